"""True effects sorted by their size, and by what is true of the same exposure on the other services.

Sizes are in points of E[y], of 100 patients or clinics. An effect smaller than `NOTHING` is 0. A size that the
scenario plants exactly is a class of its own, of true effects within `NEAR` of it; every other effect belongs to
the interval between the `BOUNDS` that it lies in, so that each effect has exactly one class. In a scenario that
plants nothing, 5 points belong to ``(2, 5]``; where 5 is planted, what is nearer to it than `NEAR` is called ``5``,
and the intervals beside it are ``(2, 5)`` and ``(5, 8)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from data.arrays import Array, Index
from data.simulation.constants import simulator_constants
from priors.prior_set import Unit

NOTHING = 0.05
"""A twentieth of a patient in a hundred, a clinic in two thousand: an effect below it is none."""

NEAR = 0.1
"""Distance from a planted size within which a true effect is of that size."""

BOUNDS = (2.0, 5.0, 8.0, 10.0, 15.0, 20.0)

NONE, ALL = "0", "all"
"""The class without an effect, and the name of all classes together."""

World = Literal["alike", "one", "varied", ""]

WORLDS: dict[World, str] = {
    "alike": "the exposure has the same effect on all services",
    "one": "it has an effect on one service and none on the others",
    "varied": "its effects differ",
    "": "only one service is looked at",
}
"""What is true of an exposure on all services of a study, in words."""


def in_points(true: Array, scale: Unit) -> Array:
    """Return true effects in points, of 100 patients or clinics."""
    return np.asarray(true * (1.0 if scale == "points" else 100.0))


@dataclass(frozen=True)
class TrueSizes:
    """The classes of true effects of a scenario.

    Attributes
    ----------
    planted : tuple of float
        Sizes that have a class of their own, in points, increasing.
    """

    planted: tuple[float, ...] = ()

    @classmethod
    def of(cls, scenario: str) -> TrueSizes:
        """Return the classes of a scenario of the simulator; one that it no longer has plants nothing."""
        known = simulator_constants().scenarios.get(scenario)
        return cls(tuple(sorted(known.planted.points)) if known is not None and known.planted is not None else ())

    @property
    def names(self) -> tuple[str, ...]:
        """Return the classes' names, from the smallest effect to the largest."""
        named = [(size, 1, f"{size:g}") for size in self.planted]
        for low, high in zip((0.0, *BOUNDS), BOUNDS, strict=False):
            named.append((low, 2, f"({low:g}, {high:g}{')' if high in self.planted else ']'}"))
        named.append((BOUNDS[-1], 2, f"over {BOUNDS[-1]:g}"))
        return (NONE, *(name for _, _, name in sorted(named)))

    def sizes(self, true: Array) -> Array:
        """Return the size of each true effect in points: 0, the planted size that it is near, or its own."""
        size = np.abs(true)
        for planted in self.planted:
            size = np.where(np.abs(size - planted) <= NEAR, planted, size)
        return np.where(size < NOTHING, 0.0, size)

    def classes(self, true: Array) -> NDArray[np.str_]:
        """Return the class of each true effect in points."""
        size = self.sizes(true)
        intervals = np.array([name for name in self.names if name.startswith(("(", "over"))], dtype="U12")
        found = intervals[np.searchsorted(BOUNDS, size)]  # a bound itself belongs to the interval that it ends
        for planted in self.planted:
            found = np.where(size == planted, f"{planted:g}", found)
        return np.asarray(np.where(size == 0.0, NONE, found))


def worlds(true: Array, of: Index) -> NDArray[np.str_]:
    """Return what is true of each effect's exposure on all services of its study, see `WORLDS`.

    Parameters
    ----------
    true : array
        True effects on single services, in points.
    of : int array
        Which of them belong to the same study and exposure: equal numbers do.
    """
    found = np.empty(len(true), dtype="U8")
    for one in np.unique(of):
        here = of == one
        found[here] = _world(true[here])
    return found


def _world(true: Array) -> World:
    if len(true) < 2:
        return ""
    if np.ptp(true) < NOTHING:
        return "alike"
    return "one" if (np.abs(true) >= NOTHING).sum() == 1 else "varied"


def words_of(true: str, world: str = "") -> str:
    """Return a class of true effects in words, such as ``0, another is real``."""
    if true == ALL:
        return "all sizes"
    company = {"alike": ", all alike", "one": ", another is real" if true == NONE else ", alone"}
    return f"{'0' if true == NONE else f'{true} points'}{company.get(world, '')}"
