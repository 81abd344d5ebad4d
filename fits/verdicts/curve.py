"""The verdict as a function of the smallest effect that matters, which shows what other rules would say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.arrays import Array
from fits.verdicts.events import decide, events_of
from fits.verdicts.judgement import Judgement
from fits.verdicts.rule import Rule

POINTS = 61
"""Number of smallest effects tried, from 0 to three times the rule's."""

REACH = 3.0


@dataclass(frozen=True)
class Curve:
    """One reading under a range of smallest effects.

    Attributes
    ----------
    least : array (point,)
        Smallest effects, in the quantity's unit.
    holds, against, inside : array (point,)
        Posterior probabilities.
    rule : float
        The rule's own smallest effect.
    """

    name: str
    fit: str
    unit: str
    least: Array
    holds: Array
    against: Array
    inside: Array
    verdicts: tuple[str, ...]
    rule: float

    @property
    def turns(self) -> tuple[tuple[float, str], ...]:
        """Return each verdict with the smallest effect from which it holds; the first holds from 0."""
        found: list[tuple[float, str]] = []
        for least, verdict in zip(self.least.tolist(), self.verdicts, strict=True):
            if not found or found[-1][1] != verdict:
                found.append((least, verdict))
        return tuple(found)


def curve_of(judgement: Judgement, rule: Rule) -> Curve | None:
    """Return the curve of a judgement; None for one without a smallest effect."""
    quantity, reading, claim = judgement.quantity, judgement.reading, judgement.claim
    if quantity is None or reading is None or not judgement.least or claim.kind == "prevalence":
        return None
    grid = np.linspace(0.0, REACH * judgement.least, POINTS)
    part = (judgement.nothing or judgement.least) / judgement.least
    rows, verdicts = [], []
    for least in grid:
        events = events_of(quantity, claim, reading, least=float(least), nothing=float(least) * part, rule=rule)
        rows.append(events.chances)
        verdicts.append(decide(claim, events.chances, rule))
    holds, against, inside_ = np.array(rows).T
    return Curve(
        judgement.id, judgement.fit, quantity.unit, grid, holds, against, inside_, tuple(verdicts), judgement.least
    )
