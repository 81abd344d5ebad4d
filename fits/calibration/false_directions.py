"""False directions: how many studies have any, and how many of the calls made they are.

A call of a single service's effect is a false direction when the effect is 0 or has the other sign.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.arrays import Array, Index, Mask
from fits.calibration.simulated_effects import (
    PROCEDURES,
    SimulatedShare,
    Table,
    called,
    estimate_of,
    families,
)


@dataclass(frozen=True)
class FalseDirections:
    """One procedure's false directions over single services.

    Attributes
    ----------
    studies, exposures : SimulatedShare
        Share of the studies, and of the exposures of a study, with any.
    of_called : SimulatedShare
        Share of the calls that are one.
    calls : int
    """

    procedure: str
    studies: SimulatedShare
    exposures: SimulatedShare
    of_called: SimulatedShare
    calls: int


def false_directions(single: Table) -> tuple[FalseDirections, ...]:
    """Return every procedure's false directions among the effects on single services."""
    return tuple(_of(procedure, single) for procedure in PROCEDURES)


def false_calls(procedure: str, table: Table) -> Mask:
    """Return which effects are called although they are 0 or have the other sign."""
    truth = np.where(table["size"] > 0, np.sign(table["true"]), 0.0)
    return np.asarray(called(procedure, table) & (np.sign(estimate_of(procedure, table)) != truth))


def any_of(false: Mask, groups: Index, simulation: Array) -> SimulatedShare:
    """Return the share of groups of effects with any false call."""
    _, first, place = np.unique(groups, return_index=True, return_inverse=True)
    some = np.bincount(place, false) > 0
    return SimulatedShare.of(some.astype(float), np.ones(len(some)), simulation[first])


def _of(procedure: str, single: Table) -> FalseDirections:
    false, hit, k = false_calls(procedure, single), called(procedure, single), single["k"]
    return FalseDirections(
        procedure,
        studies=any_of(false, k.astype(np.int64), k),
        exposures=any_of(false, families(single), k),
        of_called=SimulatedShare.of(false.astype(float), hit.astype(float), k),
        calls=int(hit.sum()),
    )
