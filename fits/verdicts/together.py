"""The number of claims that hold together, and the number of associations that chance alone would name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import binom

from data.arrays import Array, Mask
from fits.verdicts.judgement import Judgement
from fits.verdicts.source import Multiplicity


@dataclass(frozen=True)
class Together:
    """The joint probability of judged claims.

    Attributes
    ----------
    names : tuple of str
        The readings counted: the first of each claim that a fit could judge, without null claims.
    each : tuple of float
        Probability that each holds, in the same order.
    chance : array (count,)
        Probability that exactly 0, 1, ... of them hold.
    largest : tuple of str
        The largest set found that holds together with the rule's probability; empty for none.
    largest_chance : float
        Probability that all of that set hold; 1 for an empty set.
    fits : tuple of str
        Fits whose draws were counted. Claims of one fit hold or fail together as its draws do; claims of
        different fits are taken as independent.
    """

    names: tuple[str, ...]
    each: tuple[float, ...]
    chance: Array
    largest: tuple[str, ...]
    largest_chance: float
    fits: tuple[str, ...]

    @property
    def expected(self) -> float:
        """The expected number of claims that hold."""
        return float(np.arange(len(self.chance)) @ self.chance)

    def at_least(self, count: int) -> float:
        """Return the probability that `count` or more hold."""
        return float(self.chance[count:].sum())

    @property
    def all_hold(self) -> float:
        """The probability that all hold."""
        return float(self.chance[-1])

    @classmethod
    def of(cls, judgements: Iterable[Judgement], *, sure: float) -> Together | None:
        """Return the joint probability of the claims in these judgements; None for fewer than two.

        Parameters
        ----------
        sure : float
            The rule's probability.
        """
        counted = _counted(judgements)
        if len(counted) < 2:
            return None
        fits = tuple(dict.fromkeys(one.fit for one in counted))
        by_fit = {fit: [one for one in counted if one.fit == fit] for fit in fits}
        chance = np.ones(1)
        for members in by_fit.values():
            holds = np.stack([_holds(one) for one in members])  # (claim, draw)
            found = np.bincount(holds.sum(axis=0), minlength=len(members) + 1) / holds.shape[1]
            chance = np.convolve(chance, found)
        largest, largest_chance = _largest(counted, by_fit, sure)
        names = tuple(one.id for one in counted)
        each = tuple(float(_holds(one).mean()) for one in counted)
        return cls(names, each, chance, largest, largest_chance, fits)


def _counted(judgements: Iterable[Judgement]) -> list[Judgement]:
    """Return the first reading of each judged claim, once where two sources make the same claim."""
    found: dict[tuple[object, ...], Judgement] = {}
    claims: set[tuple[str, str]] = set()
    for one in judgements:
        if one.events is None or one.claim.kind == "null" or one.analogue or one.reading is None:
            continue
        if not one.decided and one.verdict != "undecided" and not one.why.startswith("Monte Carlo"):
            continue
        if (one.source.name, one.claim.id) in claims:
            continue
        claims.add((one.source.name, one.claim.id))
        bare = replace(one.reading, says="", assumed=False, reason="")
        found.setdefault((bare, one.claim.kind, one.claim.wave, one.source.study), one)
    return list(found.values())


def _holds(judgement: Judgement) -> Mask:
    if judgement.events is None:
        raise ValueError(f"{judgement.id} was not judged")
    return judgement.events.holds


def _largest(
    counted: list[Judgement], by_fit: dict[str, list[Judgement]], sure: float
) -> tuple[tuple[str, ...], float]:
    """Return the set built by adding claims, most probable first, while all hold with the rule's probability."""
    together: dict[str, Mask] = {}
    kept: list[str] = []
    best = 1.0
    for one in sorted(counted, key=lambda judgement: -float(_holds(judgement).mean())):
        tried = {**together, one.fit: together.get(one.fit, np.ones(len(_holds(one)), bool)) & _holds(one)}
        chance = float(np.prod([mask.mean() for mask in tried.values()]))
        if chance < sure:
            break
        together, best = tried, chance
        kept.append(one.id)
    return tuple(kept), best


@dataclass(frozen=True)
class ByChance:
    """The results of a search through many coefficients where all are zero.

    Attributes
    ----------
    expected : float
        Expected number of associations named by chance.
    as_many : float
        Probability of naming as many as were named, or more, if the coefficients are independent.
    """

    expected: float
    as_many: float


def by_chance(search: Multiplicity) -> ByChance:
    """Return the associations that chance alone would have named in a source's search."""
    expected = search.coefficients * search.level
    return ByChance(expected, float(binom.sf(search.named - 1, search.coefficients, search.level)))
