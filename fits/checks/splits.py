"""By what a check counts answers: service, group within service, crossed groups, level of an exposure."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from data.arrays import Index, Mask
from data.numbers import number_text
from models.design import Design, Group
from models.terms import DesignColumn

MOST_LEVELS = 5
"""A column with more values than this is cut at quantiles."""

PARTS = 4
"""Into so many of about equal size, fewer where many units share a value."""


@dataclass(frozen=True)
class CellSplit:
    """A partition of the cells.

    Attributes
    ----------
    name : str
        Such as ``state within service``.
    index : int array (cell,)
        Which label each cell has.
    parts : tuple of int array (label,)
        Of each other split whose labels these add up to, which of its labels each is a part of.
    """

    name: str
    labels: tuple[str, ...]
    index: Index
    parts: tuple[Index, ...] = field(default=())

    @property
    def key(self) -> str:
        """The name as part of an identifier."""
        return self.name.replace(" ", "_")

    @property
    def totals(self) -> tuple[Index, ...]:
        """Every way in which the labels add up to numbers that are printed: `parts`, or all of them together."""
        return self.parts or (np.zeros(len(self.labels), dtype=np.int64),)

    @property
    def sizes(self) -> Index:
        """How many cells each label has."""
        return np.bincount(self.index, minlength=len(self.labels))

    def units(self, design: Design, cells: Mask) -> Index:
        """Return how many units are behind some of the cells of each label."""
        pairs = np.unique(np.column_stack([self.index, design.unit_of])[cells], axis=0)
        return np.bincount(pairs[:, 0], minlength=len(self.labels))


def splits_of(design: Design) -> list[CellSplit]:
    """Return every split of a design's cells, coarse ones first.

    Groups that a single-level design does not pool are among them: whether leaving them out does harm is
    what a check is for.
    """
    service = CellSplit("service", design.services, design.service_of)
    groups = {**design.groups, **design.clusters}
    found = [service]
    for name, group in groups.items():
        by_unit = CellSplit(name, group.levels, group.index[design.unit_of])
        found.append(_crossed(f"{name} within service", by_unit, service) if design.several else by_unit)
    if len(groups) > 1:
        found.append(_all_groups(groups, design))
    return found + [_levels(column, design) for column in design.exposures]


def by_exposure(split: CellSplit, design: Design) -> bool:
    """Return whether a split is by the level of an exposure."""
    return split.name in {column.label for column in design.exposures}


def _all_groups(groups: dict[str, Group], design: Design) -> CellSplit:
    (first, *rest) = groups
    out = CellSplit(first, groups[first].levels, groups[first].index[design.unit_of])
    for name in rest:
        other = CellSplit(name, groups[name].levels, groups[name].index[design.unit_of])
        out = _crossed(f"{out.name} x {name}", out, other)
    return out


def _crossed(name: str, one: CellSplit, other: CellSplit) -> CellSplit:
    """The combinations of two splits that some cell has."""
    code, index = np.unique(one.index * len(other.labels) + other.index, return_inverse=True)
    first, second = np.divmod(code, len(other.labels))
    labels = [f"{one.labels[i]}, {other.labels[j]}" for i, j in zip(first, second, strict=True)]
    parts = (*(part[first] for part in one.parts), first, second)
    return CellSplit(name, tuple(labels), index.astype(np.int64), parts)


def _levels(column: DesignColumn, design: Design) -> CellSplit:
    distinct = np.unique(column.values)
    if len(distinct) <= MOST_LEVELS:
        labels = tuple(f"{column.label} = {number_text(value)}" for value in distinct)
        index = np.searchsorted(distinct, column.values).astype(np.int64)
    else:
        found, edges = pd.qcut(column.values, PARTS, labels=False, retbins=True, duplicates="drop")
        index = np.asarray(found, dtype=np.int64)
        parts = len(edges) - 1
        labels = tuple(f"part {k + 1} of {parts}, low to high" for k in range(parts))
    return CellSplit(column.label, labels, index[design.unit_of])
