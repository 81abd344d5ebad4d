"""A split of the units by the levels of a variable, with the number of units in each."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from data.arrays import Index, Mask
from data.disclosure import Count, counts_beside
from models.design import Design
from models.predict import by_service
from models.sizes import Sizes


@dataclass(frozen=True)
class Split:
    """A split of the units, over which averages are taken.

    Attributes
    ----------
    name : str
        The variable's name; '' for no split.
    index : int array (unit,)
        Level of each of the design's units; -1 for none.
    all_index : int array (unit of the study,)
        Level of each unit of the study, in the design or not; empty where unknown.
    """

    name: str
    labels: tuple[str, ...]
    index: Index
    all_index: Index = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    @classmethod
    def none(cls, design: Design) -> Split:
        """Return the split into a single level of all units."""
        every, there = (np.zeros(len(units), dtype=np.int64) for units in (design.units, design.answered))
        return cls("", ("all",), every, there)

    def counts(self, design: Design) -> Index:
        """Return how many units answer each service, (service, level)."""
        out = np.zeros((len(design.services), len(self.labels)), dtype=np.int64)
        for s, cells in by_service(design):
            level = self.index[design.unit_of[cells]]
            out[s] = np.bincount(level[level >= 0], minlength=len(self.labels))
        return out

    def answering(self, design: Design) -> Index:
        """Return how many of the design's units are on each level; each of them answers some service."""
        return self._at(self.index, np.ones(len(design.units), dtype=bool))

    def told(self, design: Design) -> list[list[Count]]:
        """Return how many units answer each service, and any, with disclosure control against all known totals.

        The outer list is by service, and last for all services; the inner lists are by level.
        """
        sizes, there = Sizes.of(design), np.ones(len(design.answered), dtype=bool)
        known = [(answered, asked, there) for answered, asked in zip(design.answered.T, design.asked.T, strict=True)]
        rows = [
            *zip(self.counts(design), sizes.by_service.values(), known, strict=True),
            (self.answering(design), sizes.units, known[0] if not design.several else (there,)),
        ]
        return [self._told(counts, whole, totals) for counts, whole, totals in rows]

    def _told(self, counts: Index, whole: Count, known: tuple[Mask, ...]) -> list[Count]:
        totals = [self._at(self.all_index, units).tolist() for units in known] if self.all_index.size else []
        of = list(zip(*totals, strict=True)) or [()] * len(counts)
        return counts_beside(counts.tolist(), of=of, unseen=whole.n + whole.missing - int(counts.sum()))

    def _at(self, index: Index, units: Mask) -> Index:
        """Return how many of some units are on each level, (level,)."""
        return np.bincount(index[units & (index >= 0)], minlength=len(self.labels))
