"""The cells of a design for compiled code: grouped by covariate pattern, and counted together where that is exact."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.arrays import Array, Index
from models.design import Design
from models.family import Family


@dataclass(frozen=True)
class PatternedCells:
    """Cells, and the rows of the linear predictor that they share.

    Attributes
    ----------
    x, z : array (pattern, exposure), (pattern, control)
        Distinct rows of covariates; units with equal covariates and groups share one.
    level : int array (pattern, group)
        Positions in the levels of all groups, one group after the other.
    row_pattern, row_service : int array (row,)
        Pattern and service of each row.
    row, unit : int array (cell,)
        Row and unit of each cell; `unit` is any of them where several units are counted together.
    y, weight : array (cell,)
        Mean outcome and number of answers, which are 1 unless counted together.
    """

    x: Array
    z: Array
    level: Index
    row_pattern: Index
    row_service: Index
    row: Index
    unit: Index
    y: Array
    weight: Array


def collapse(design: Design, family: Family, weight: Array) -> PatternedCells:
    """Return the design's cells, with equal covariate rows stored once.

    Where the family allows it (`Family.counts`) and units have no intercepts of their own, the cells of a
    row become one: n Bernoulli answers with one index are exactly a binomial count.
    """
    columns = [*design.x.T, *design.z.T, *(group.index for group in design.groups.values())]
    pattern_of, first = patterns(columns, len(design.units))
    services = len(design.services)
    starts = np.cumsum([0, *(len(group.levels) for group in design.groups.values())])
    level = [group.index[first] + start for group, start in zip(design.groups.values(), starts[:-1], strict=True)]
    row_key = pattern_of[design.unit_of] * services + design.service_of
    row, keys = pd.factorize(row_key)
    unit, y = design.unit_of, design.y
    if family.counts and not design.unit_intercept and len(keys) < len(y):
        together = np.bincount(row, weight)
        # A row whose cells all have weight 0 keeps the mean 0, which does not count.
        y = np.bincount(row, weight * y) / np.where(together > 0, together, 1.0)
        weight, unit, row = together, np.zeros_like(keys), np.arange(len(keys))
    return PatternedCells(
        x=design.x[first],
        z=design.z[first],
        level=np.column_stack(level) if level else np.zeros((len(first), 0), dtype=np.int64),
        row_pattern=keys // services,
        row_service=keys % services,
        row=row,
        unit=unit,
        y=y,
        weight=weight,
    )


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
