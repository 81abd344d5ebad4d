"""A judgement: the verdict of a fit on one reading of a claim, under a rule that was fixed before looking."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import arviz_stats
import xarray as xr

from data.arrays import Array, Mask
from fits.effects.summary import Summary, finite, summaries
from fits.fit_with_study import Evidence
from fits.number_format import chance_text
from fits.verdicts.events import Events, Verdict, decide, events_of
from fits.verdicts.match import is_analogue
from fits.verdicts.quantity import Averages, Quantity
from fits.verdicts.rule import Rule
from fits.verdicts.settle import Settle
from fits.verdicts.source import Claim, Reading, Source

STRADDLES = 2.0
"""Number of Monte Carlo errors by which a probability must differ from the rule's for a verdict."""


@dataclass(frozen=True)
class Probability:
    """A posterior probability and its Monte Carlo standard error."""

    value: float
    error: float

    @property
    def text(self) -> str:
        """Return the probability with the digits that its error supports; it never reads 0 or 1."""
        return chance_text(self.value, self.error)

    @classmethod
    def of(cls, event: Mask, chains: int, ess: float) -> Probability:
        """Return the probability of an event (draw,), chains one after the other.

        Parameters
        ----------
        ess : float
            Effective draws of the quantity behind the event, because an event that always or never
            happens has no estimate of its own.
        """
        value = float(event.mean())
        floor = 1.0 / max(ess, 1.0)
        if event.all() or not event.any():
            return cls(value, floor)
        draws = xr.DataArray(event.reshape(chains, -1).astype(float), dims=("chain", "draw"), name="x")
        error = float(arviz_stats.mcse(draws, method="mean"))
        return cls(value, error if math.isfinite(error) else 1.0)  # too few draws give no error, so nothing is known


@dataclass(frozen=True)
class Judgement:
    """The result of asking one fit about one reading.

    Attributes
    ----------
    reading : Reading or None
        None for a claim without readings.
    place : int
        Position of the reading in its claim, from 1; 0 for a claim without readings.
    verdict : str
        See `Verdict`.
    why : str
        The reason why there is no verdict, or what would give one; '' where there is one.
    fit : str
        The fit's name; '' for none.
    analogue : bool
        Whether the fit is of another study than the source is about.
    least : float or None
        The smallest effect that it had to exceed, in the quantity's unit.
    nothing : float or None
        Size below which there is practically no effect; smaller than `least` for a strong claim.
    estimate : Summary or None
        Summary of a single effect; for a prevalence, of the level itself.
    percent : Summary or None
        For a claimed size in percent: the effect in percent of the lower end.
    parts : tuple of (str, Summary)
        Each effect, where several are judged together.
    settle : Settle or None
        For an undecided reading: the number of units that would settle it.
    next_step : str
        The command to run next; '' for none.
    """

    source: Source
    claim: Claim
    reading: Reading | None
    place: int
    verdict: Verdict
    why: str = ""
    fit: str = ""
    analogue: bool = False
    holds: Probability | None = None
    against: Probability | None = None
    inside: Probability | None = None
    direction: Probability | None = None
    least: float | None = None
    nothing: float | None = None
    estimate: Summary | None = None
    percent: Summary | None = None
    parts: tuple[tuple[str, Summary], ...] = ()
    quantity: Quantity | None = field(default=None, repr=False, compare=False)
    events: Events | None = field(default=None, repr=False, compare=False)
    settle: Settle | None = None
    next_step: str = ""

    @property
    def id(self) -> str:
        """Source, claim and reading, such as ``sswr2020/influence-condoms#1``."""
        return f"{self.source.name}/{self.claim.id}" + (f"#{self.place}" if self.place else "")

    @property
    def decided(self) -> bool:
        """Whether the data settle the reading."""
        return self.verdict in ("supported", "contradicted", "practically none")

    @classmethod
    def of(
        cls,
        source: Source,
        claim: Claim,
        place: int,
        *,
        evidence: Evidence,
        averages: Averages,
        rule: Rule,
    ) -> Judgement:
        """Return the judgement of a reading by a fit that can answer it.

        Parameters
        ----------
        place : int
            Position of the reading, from 1.
        averages : Averages
            The same fit's averages.
        """
        reading = claim.readings[place - 1]
        quantity = averages.quantity(reading)
        shown = quantity.base if claim.kind == "prevalence" else quantity.draws
        named = tuple(zip(quantity.names, _summaries(shown), strict=True))
        single = named[0][1] if len(named) == 1 else None
        base = cls(
            source,
            claim,
            reading,
            place,
            "described",
            fit=evidence.name,
            analogue=is_analogue(source, evidence),
            estimate=single,
            percent=_summaries(100.0 * quantity.draws / quantity.base)[0] if reading.relative else None,
            parts=() if single else named,
            quantity=quantity,
        )
        level = claim.kind == "prevalence"  # which has no smallest effect
        least = 0.0 if level else rule.least(quantity.measure, quantity.outcomes, strong=reading.strong)
        if least is None:
            what = "strong effect" if reading.strong else "smallest effect"
            name = quantity.measure or quantity.unit
            why = "; ".join(filter(None, [f"rule {rule.name!r} names no {what} in {name}", evidence.why_no_verdict]))
            return replace(base, why=why)
        judged = _with_probabilities(base, quantity, claim, reading, least, rule)
        if evidence.why_no_verdict:
            return replace(judged, verdict="no verdict", why=evidence.why_no_verdict)
        return _with_verdict(judged, rule)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data, at full precision; None for values that are not finite."""
        found: dict[str, Any] = {
            "id": self.id,
            "source": self.source.name,
            "wave": self.claim.wave or None,
            "number": self.claim.number,
            "words": self.claim.words,
            "kind": self.claim.kind,
            "reading": self.reading.says if self.reading else "",
            "estimand": self.reading.estimand if self.reading and self.quantity else "",
            "verdict": self.verdict,
            "why": self.why,
            "fit": self.fit,
            "analogue": self.analogue,
            "scale": self.quantity.scale.name if self.quantity else "",
            "unit": self.quantity.unit if self.quantity else "",
            "contrast": self.quantity.contrast if self.quantity else "",
            "target": self.reading.target if self.reading and self.quantity else "",
            "smallest_effect": self.least,
        }
        for name in ("direction", "holds", "against", "inside"):
            one = getattr(self, name)
            found |= {f"pr_{name}": one.value if one else None, f"pr_{name}_mcse": one.error if one else None}
        found |= finite({f"percent_{key}": v for key, v in self.percent.numbers().items()}) if self.percent else {}
        found |= finite({f"effect_{key}": v for key, v in self.estimate.numbers().items()}) if self.estimate else {}
        settle = self.settle
        found |= {"units_to_settle": settle.units if settle else None, "times_more": settle.times if settle else None}
        return found | {"next_step": self.next_step}


def _summaries(draws: Array) -> list[Summary]:
    values = xr.DataArray(draws, dims=("chain", "draw", "effect")).assign_coords(effect=range(draws.shape[-1]))
    return [summary for _, summary in summaries(values)]


def _with_probabilities(
    base: Judgement, quantity: Quantity, claim: Claim, reading: Reading, least: float, rule: Rule
) -> Judgement:
    nothing = least
    if reading.strong and claim.kind != "null":
        nothing = rule.least(quantity.measure, quantity.outcomes) or least
    events = events_of(quantity, claim, reading, least=least, rule=rule, nothing=nothing)
    known = [base.estimate] if base.estimate else [one for _, one in base.parts]
    ess = min((one.ess_bulk for one in known if math.isfinite(one.ess_bulk)), default=1.0)
    chains = quantity.draws.shape[0]

    def of(event: Mask | None) -> Probability | None:
        return None if event is None else Probability.of(event, chains, ess)

    return replace(
        base,
        holds=of(events.holds),
        against=of(events.against),
        inside=of(events.inside),
        direction=of(events.direction),
        least=least,
        nothing=nothing,
        events=events,
    )


def _values(three: Sequence[Probability | None]) -> tuple[float, float, float]:
    holds, against, inside = (one.value if one else math.nan for one in three)
    return holds, against, inside


def _with_verdict(judged: Judgement, rule: Rule) -> Judgement:
    """Return the judgement with its verdict, unless Monte Carlo error leaves it open; if undecided, with `settle`."""
    three = [judged.holds, judged.against, judged.inside]
    values = _values(three)
    verdict = decide(judged.claim, values, rule)
    for k, one in enumerate(three):
        for sign in (-STRADDLES, STRADDLES):
            moved = [p and replace(p, value=p.value + sign * p.error * (p is one)) for p in three]
            if one and decide(judged.claim, _values(moved), rule) != verdict:
                which = ("as claimed", "opposite", "none")[k]
                near = f"Pr {which} {values[k]:.3f} ± {one.error:.3f}"
                why = f"Monte Carlo error straddles the rule: {near}; ask for more --draws"
                return replace(judged, verdict="no verdict", why=why)
    if verdict != "undecided" or judged.quantity is None or judged.reading is None:
        return replace(judged, verdict=verdict)
    settle = Settle.of(
        judged.quantity,
        judged.claim,
        judged.reading,
        least=judged.least or 0.0,
        nothing=judged.nothing,
        rule=rule,
    )
    return replace(judged, verdict=verdict, settle=settle)
