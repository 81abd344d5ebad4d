"""The cells of a design for compiled code: grouped by covariate pattern, and counted together where that is exact."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.arrays import Array, Index
from models.component import Component, Data
from models.design import Design
from models.family import Family, kinds_of


@dataclass(frozen=True)
class PatternedCells:
    """Cells, and the rows of the linear predictor that they share.

    Neighbours are on different services where they can be: a processor waits for a sum in memory before it adds to it
    again, and the sums of a service's coefficients are such.

    Attributes
    ----------
    x : array (pattern, column)
        Distinct rows of all components' columns; units with equal columns and levels share one.
    level : int array (pattern, group)
        Levels of components whose effects are added as they are.
    timed, times : array (pattern, slope)
        Levels of components whose effects a column multiplies, and that column.
    row_pattern, row_service : int array (row,)
    row : int array (cell,)
    unit : int array (cell,)
        Any of them where several units are counted together.
    y, weight : array (cell,)
        Mean outcome and number of answers, which are 1 unless counted together.
    kind : int array (cell,)
        What a cell holds; see `models.family.kinds_of`.
    """

    x: Array
    level: Index
    timed: Index
    times: Array
    row_pattern: Index
    row_service: Index
    row: Index
    unit: Index
    y: Array
    weight: Array
    kind: Index


def collapse(design: Design, family: Family, parts: Sequence[Component], data: Data) -> PatternedCells:
    """Return the design's cells, with equal rows stored once.

    Where the family allows it (`Family.counts`) and no effect belongs to single units, the cells of a
    row become one: n Bernoulli answers with one index are exactly a binomial count.

    Parameters
    ----------
    parts : sequence of Component
    data : mapping
        The model's data, as `inputs` returns them.
    """
    columns = [found for part in parts if (found := part.columns(data)) is not None]
    x = np.hstack([np.zeros((len(design.units), 0)), *columns])
    held = [levels for part in parts if (levels := part.levels()) is not None]
    shared = [levels for levels in held if not levels.of_units]
    plain = _stacked([one.index for one in shared if one.times is None], len(design.units))
    timed = _stacked([one.index for one in shared if one.times is not None], len(design.units))
    times = np.column_stack([np.zeros((len(design.units), 0)), *(one.times for one in shared if one.times is not None)])
    pattern_of, first = patterns([*x.T, *plain.T, *timed.T, *times.T], len(design.units))
    services, unit, y, weight = len(design.services), design.unit_of, design.y, np.asarray(data["weight"])
    row, keys = pd.factorize(pattern_of[unit] * services + design.service_of)
    of_units = any(one.of_units for one in held)
    if family.counts and not of_units and len(keys) < len(y):
        together = np.bincount(row, weight)
        # A row whose cells all have weight 0 keeps the mean 0, which does not count.
        y = np.bincount(row, weight * y) / np.where(together > 0, together, 1.0)
        weight, unit, row = together, np.zeros_like(keys), np.arange(len(keys))
    return PatternedCells(
        x=x[first],
        level=plain[first],
        timed=timed[first],
        times=times[first],
        row_pattern=keys // services,
        row_service=keys % services,
        row=row,
        unit=unit,
        y=y,
        weight=weight,
        kind=kinds_of(y, design.limits),
    )


def _stacked(columns: list[Index], units: int) -> Index:
    return np.column_stack([np.zeros((units, 0), dtype=np.int64), *columns])


def patterns(columns: Iterable[Array | Index], units: int) -> tuple[Index, Index]:
    """Return each unit's pattern, (unit,), and the first unit of each pattern, (pattern,).

    Parameters
    ----------
    columns : iterable of array (unit,)
        Units that agree on all of them share a pattern.
    """
    pattern, count = np.zeros(units, dtype=np.int64), 1
    for column in columns:
        codes, distinct = pd.factorize(column)
        pattern, found = pd.factorize(pattern * len(distinct) + codes)
        count = len(found)
        if count == units:
            break
    if count == units:
        return np.arange(units), np.arange(units)
    first = np.full(count, units, dtype=np.int64)
    np.minimum.at(first, pattern, np.arange(units))
    return pattern, first
