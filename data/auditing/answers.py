"""The outcomes' answers: shares at the limits, shares of yes, and shares of yes by level of small groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.auditing.scope import Outcome, Predictor, Scope
from data.disclosure import Average, Count, Share, beside, part_of, shares

MANY_LEVELS = 8
"""Groups with more levels are left out of the table of shares of yes by level."""


@dataclass(frozen=True)
class NumberOutcome:
    """An outcome measured in a number, with or without limits.

    Attributes
    ----------
    lower, upper : float or None
        The outcome's limits; None where there are none.
    at_lower, at_upper : Share or None
        Shares of the units that answered.
    between : Count
        Units strictly between the limits; a Tobit learns its spread from these alone.
    mean : Average
        Mean over the units that answered, limits included.
    strays : Count
        Units that do not offer the service and report patients who use it.
    """

    outcome: str
    service: str
    label: str
    unit: str
    lower: float | None
    upper: float | None
    answered: Count
    at_lower: Share | None
    at_upper: Share | None
    between: Count
    mean: Average
    strays: Count


@dataclass(frozen=True)
class BinaryOutcome:
    """A yes-or-no outcome: how many units answered, and the share of yes."""

    outcome: str
    service: str
    label: str
    answered: Count
    yes: Share


@dataclass(frozen=True)
class Rate:
    """The share of yes to one outcome among the units of one level of a group that answered."""

    outcome: str
    service: str
    group: str
    level: str
    yes: Share


def number_outcomes(scope: Scope) -> tuple[NumberOutcome, ...]:
    """Return a row per outcome that is a number, over all units of the wave."""
    return tuple(_number(outcome) for outcome in scope.outcomes if outcome.variable.type == "number")


def binary_outcomes(scope: Scope) -> tuple[BinaryOutcome, ...]:
    """Return a row per binary outcome, over all units of the wave."""
    return tuple(_binary(outcome) for outcome in scope.outcomes if outcome.variable.type == "binary")


def rates(scope: Scope) -> tuple[Rate, ...]:
    """Return the share of yes by outcome and level, for the groups with few levels."""
    return tuple(
        rate
        for group in scope.groups
        if 1 < len(group.levels) <= MANY_LEVELS
        for outcome in scope.outcomes
        if outcome.variable.type == "binary"
        for rate in _rates(outcome, group)
    )


def _number(outcome: Outcome) -> NumberOutcome:
    values = outcome.values[np.isfinite(outcome.values)]
    lower, upper = outcome.limits or (-np.inf, np.inf)
    counts = {"lower": int((values <= lower).sum()), "upper": int((values >= upper).sum())}
    counts["between"] = len(values) - sum(counts.values())
    answered = _answered(outcome)
    share = shares(counts, coarse=answered.hidden)
    return NumberOutcome(
        outcome=outcome.name,
        service=outcome.service,
        label=outcome.label,
        unit=outcome.variable.unit,
        lower=float(lower) if np.isfinite(lower) else None,
        upper=float(upper) if np.isfinite(upper) else None,
        answered=answered,
        at_lower=share["lower"] if np.isfinite(lower) else None,
        at_upper=share["upper"] if np.isfinite(upper) else None,
        between=Count(counts["between"], of=len(values)),
        mean=Average(float(values.mean()) if values.size else np.nan, len(values)),
        strays=Count(outcome.strays),
    )


def _binary(outcome: Outcome) -> BinaryOutcome:
    values = outcome.values[np.isfinite(outcome.values)]
    answered = _answered(outcome)
    yes = Share(int(values.sum()), len(values), coarse=answered.hidden)
    return BinaryOutcome(outcome.name, outcome.service, outcome.label, answered, yes)


def _answered(outcome: Outcome) -> Count:
    """Return how many units answered, beside how many were asked and how many there are."""
    return part_of(int(np.isfinite(outcome.values).sum()), int(outcome.asked.sum()), len(outcome.values))


def _rates(outcome: Outcome, group: Predictor) -> list[Rate]:
    known = np.isfinite(outcome.values) & np.isfinite(group.values)
    position = group.values[known].astype(int)
    size = np.bincount(position, minlength=len(group.levels))
    events = np.bincount(position, weights=outcome.values[known], minlength=len(group.levels))
    parts = zip(group.levels, events, size, strict=True)
    coarse = _answered(outcome).hidden
    by_level = beside({level: Share(int(event), int(units), coarse=coarse) for level, event, units in parts})
    return [Rate(outcome.name, outcome.service, group.name, level, share) for level, share in by_level.items()]
