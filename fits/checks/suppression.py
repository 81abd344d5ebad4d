"""Which observed values speak of too few units to be printed, or would give such a number away by subtraction."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np

from data.arrays import Index, Mask
from data.disclosure import FEW, SMALLEST_SHOWN, Count, gives_away
from fits.checks.splits import CellSplit
from models.design import Design
from models.sizes import Sizes

BESIDE = "withheld"
"""Said of a value that is large, but whose neighbour is small and could be had from a printed total."""


class Few:
    """What may be printed of the labels of a split: units in all, at a limit, or between the limits.

    Attributes
    ----------
    untold : bool array (label,)
        Parts of a number of units that is itself withheld, so that none of them is told.
    coarse : bool array (label,)
        Whose shares, of that number's parts, must not tell it by how finely they are spaced.
    """

    def __init__(self, split: CellSplit, design: Design, limits: tuple[float, float], *, binary: bool) -> None:
        lower, upper = (0.0, 1.0) if binary else limits
        at_lower, at_upper = design.y <= lower, design.y >= upper
        self.totals = split.totals
        self.units = split.units(design, np.ones_like(at_lower))
        self.parts = {
            "at_lower": split.units(design, at_lower),
            "between": split.units(design, ~at_lower & ~at_upper),
            "at_upper": split.units(design, at_upper),
        }
        self.rest = {"at_lower": split.units(design, ~at_lower), "at_upper": split.units(design, ~at_upper)}
        sizes = Sizes.of(design)
        self.counts = (
            list(sizes.by_service.values()) if split.name == "service" else [Count(int(n)) for n in self.units]
        )
        pairs = np.unique(np.column_stack([split.index, design.service_of]), axis=0)
        alone = np.bincount(pairs[:, 0], minlength=len(split.labels)) == 1  # all of its answers are on one service
        first = np.searchsorted(pairs[:, 0], np.arange(len(split.labels))).clip(max=len(pairs) - 1)
        service = pairs[first, 1]
        lost = np.array([bool(count.missing) for count in sizes.by_service.values()])[service]
        self.untold = np.where(alone, lost, sizes.units.hidden)
        self.coarse = np.where(alone, lost, sizes.cells.hidden)

    @cached_property
    def hidden(self) -> Mask:
        """Whose number of units may not be printed, as it is small or its neighbour, (label,)."""
        return beside(_few(self.units), self.units, self.totals)

    def told(self, k: int) -> int | str:
        """Return a label's number of units, or the text that withholds it."""
        return replace(self.counts[k], withheld=bool(self.hidden[k] or self.untold[k])).plain()

    def why(self, statistic: str) -> list[str]:
        """Return why each label's observed value is withheld; '' where it is not."""
        own = _few(self.units) | self._part(statistic)
        size = self.parts.get(statistic, self.units)
        hidden = beside(own | self.hidden, size, self.totals)
        return [FEW if small else BESIDE if also else "" for small, also in zip(own, hidden, strict=True)]

    def _part(self, statistic: str) -> Mask:
        """Where a statistic counts few units itself, or gives away the rest, (label,)."""
        # Units may be in several parts, at a limit in one service and not in another, so parts may exceed all.
        few = {name: _few(self.parts[name]) | _few(rest) for name, rest in self.rest.items()}
        if statistic == "rate":
            return few["at_lower"] | few["at_upper"]
        if statistic not in few:
            return np.zeros(len(self.units), dtype=bool)
        alone = _few(self.parts["between"]) & ~few["at_lower"] & ~few["at_upper"]  # which is had from the other two
        lower, upper = self.parts["at_lower"], self.parts["at_upper"]
        return few[statistic] | (alone & (lower <= upper if statistic == "at_lower" else upper < lower))


def beside(hidden: Mask, sizes: Index, totals: tuple[Index, ...]) -> Mask:
    """Return what must be hidden, (label,), so that what is hidden of a printed total is never one label or few units.

    Parameters
    ----------
    hidden : bool array (label,)
    sizes : int array (label,)
        The smallest neighbour that is not nothing is taken along.
    totals : tuple of int array (label,)
        Of each way in which the labels add up to printed numbers, which one each is a part of.
    """
    found = hidden.copy()
    while True:
        before = int(found.sum())
        for parts in totals:
            for total in np.unique(parts[found]):
                here = parts == total
                rest = np.flatnonzero(here & ~found & (sizes > 0))
                if rest.size and gives_away(sizes[here & found].tolist()):
                    found[rest[sizes[rest].argmin()]] = True
        if int(found.sum()) == before:
            return found


def _few(counts: Index) -> Mask:
    return (counts > 0) & (counts < SMALLEST_SHOWN)
