"""Separation: a predictor alone decides a yes-or-no outcome, so that the likelihood has no maximum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from data.arrays import Array
from data.auditing.scope import Outcome, Predictor, Scope
from data.disclosure import SMALLEST_SHOWN, Count

YES_OR_NO = ("0", "1")

Kind = Literal["complete", "quasi-complete"]


@dataclass(frozen=True)
class Separation:
    """One outcome that one predictor separates.

    Attributes
    ----------
    role : str
        The predictor's: exposure, control or group.
    kind : {'complete', 'quasi-complete'}
        Complete: the predictor determines every unit's outcome. Quasi-complete: it does so except at one
        value, or in some of its levels only.
    never, always : tuple of str
        Levels with 11 units or more in which the outcome never, or always, happens; for a number
        "lower values" or "higher values".
    small_levels : int
        Number of such levels with fewer units, which are not named because that would disclose answers.
    units : Count
        Units in all such levels; for a number, all units.
    pooled : bool
        The levels are a sample of all levels, so a model pools them.
    by_range : bool
        The predictor is a number whose ranges separate.
    """

    outcome: str
    service: str
    predictor: str
    role: str
    kind: Kind
    never: tuple[str, ...]
    always: tuple[str, ...]
    small_levels: int
    units: Count
    pooled: bool
    by_range: bool = False


def separations(scope: Scope) -> tuple[Separation, ...]:
    """Return every separation of a binary outcome by one predictor, among the usable units.

    Only single predictors are examined, not combinations. A predictor or an outcome that does not vary
    separates nothing.
    """
    found = []
    for outcome in scope.outcomes:
        if outcome.variable.type != "binary":
            continue
        for predictor in scope.predictors:
            rows = scope.usable & np.isfinite(outcome.values)
            y, x = outcome.values[rows], predictor.values[rows]
            if np.unique(y).size < 2 or np.unique(x).size < 2:
                continue
            levelled = predictor.levels or predictor.variable.type == "binary"
            found.append((_by_levels if levelled else _by_range)(outcome, predictor, y, x))
    return tuple(separation for separation in found if separation)


def _by_levels(outcome: Outcome, predictor: Predictor, y: Array, x: Array) -> Separation | None:
    levels = predictor.levels or YES_OR_NO
    position = x.astype(int)
    size = np.bincount(position, minlength=len(levels))
    events = np.bincount(position, weights=y, minlength=len(levels))
    never, always = (size > 0) & (events == 0), (size > 0) & (events == size)
    decided = never | always
    if not decided.any():
        return None
    named = size >= SMALLEST_SHOWN
    return Separation(
        outcome=outcome.name,
        service=outcome.service,
        predictor=predictor.name,
        role=predictor.role,
        kind="complete" if decided[size > 0].all() else "quasi-complete",
        never=tuple(level for level, hit in zip(levels, never & named, strict=True) if hit),
        always=tuple(level for level, hit in zip(levels, always & named, strict=True) if hit),
        small_levels=int((decided & ~named).sum()),
        units=Count(int(size[decided].sum()), of=len(y)),
        pooled=predictor.pooled,
    )


def _by_range(outcome: Outcome, predictor: Predictor, y: Array, x: Array) -> Separation | None:
    """Return the separation by a number: complete if ranges do not overlap, quasi-complete if they share a value."""
    without, with_ = x[y == 0], x[y == 1]
    rising, falling = without.max() <= with_.min(), with_.max() <= without.min()
    if not (rising or falling):
        return None
    touch = without.max() == with_.min() if rising else with_.max() == without.min()
    return Separation(
        outcome=outcome.name,
        service=outcome.service,
        predictor=predictor.name,
        role=predictor.role,
        kind="quasi-complete" if touch else "complete",
        never=("lower values",) if rising else ("higher values",),
        always=("higher values",) if rising else ("lower values",),
        small_levels=0,
        units=Count(len(y)),
        pooled=False,
        by_range=True,
    )
