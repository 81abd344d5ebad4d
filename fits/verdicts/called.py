"""The directions that verdicts call, and how many of them are expected to be false."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fits.verdicts.judgement import Judgement


@dataclass(frozen=True)
class Call:
    """One effect whose direction is called.

    Attributes
    ----------
    effect : str
        The effect's name for readers.
    fit : str
    positive : bool
        The direction that is called.
    wrong : float
        The posterior probability of the other one.
    """

    effect: str
    fit: str
    positive: bool
    wrong: float


@dataclass(frozen=True)
class Called:
    """The effects that direction claims are about, and those whose direction the posterior is sure of.

    Each call is wrong with a probability of up to one less the rule's, so of many calls some are: the expected number
    is the sum of their probabilities, whether or not they depend on one another.

    Attributes
    ----------
    effects : int
        Effects that judged direction claims are about, each once for each fit.
    calls : tuple of Call
        Those with a sign that is as probable as the rule asks, the least sure first.
    """

    effects: int
    calls: tuple[Call, ...]

    @property
    def expected_false(self) -> float:
        """The expected number of calls with the wrong sign."""
        return float(sum(one.wrong for one in self.calls))

    @classmethod
    def of(cls, judgements: Iterable[Judgement], *, sure: float) -> Called:
        """Return the calls among the effects of judged direction claims.

        Parameters
        ----------
        sure : float
            The rule's probability.
        """
        found: dict[tuple[str, str], Call] = {}
        for one in judgements:
            if one.claim.kind != "direction" or one.quantity is None or not (one.decided or one.verdict == "undecided"):
                continue
            above = (one.quantity.flat > 0.0).mean(axis=0)
            for effect, chance in zip(one.quantity.names, above.tolist(), strict=True):
                call = Call(effect, one.fit, chance > 0.5, min(chance, 1.0 - chance))
                found.setdefault((one.fit, effect), call)
        calls = [one for one in found.values() if one.wrong <= 1.0 - sure]
        return cls(len(found), tuple(sorted(calls, key=lambda one: -one.wrong)))
