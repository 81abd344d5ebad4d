"""Contrasts: two settings of the covariates of every unit, alike but for one exposure.

A coefficient speaks of one column; a contrast speaks of a variable, and moves every column that is made of it
(a variable and its square, the dummies of a category).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from data.codebook import Codebook
from data.errors import unknown
from data.variable import Variable
from models.design import Design
from models.spec import Term
from models.terms import QUARTILES, Column, transformed

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Contrast:
    """The two settings, as what each changes.

    Attributes
    ----------
    label : str
        The exposure's, such as ``peer_influence`` or ``ownership[for_profit]``.
    words : str
        Such as ``0 -> 1`` or ``+10 percent of staff``.
    low, high : dict of str to array (unit,)
        By column, how far each unit is moved from what it has, in the column's contrasts. A column
        that is not named stays.
    """

    label: str
    words: str
    low: dict[str, Array]
    high: dict[str, Array]


def contrasts_of(
    design: Design, dataset: xr.Dataset, codebook: Codebook, *, exposures: Sequence[str] = ()
) -> tuple[Contrast, ...]:
    """Return the declared contrast of each exposure.

    A yes-or-no variable goes from 0 to 1 and a category from its reference to each other level, for
    every unit whatever it has; ``"iqr"`` goes from the lower to the upper quartile; any other step is
    added to what each unit has.

    Parameters
    ----------
    design : Design
    dataset : xarray.Dataset
        The study that the design was made from.
    codebook : Codebook
    exposures : sequence of str
        Only these, by label or by variable; by default all.

    Raises
    ------
    InputError
        For an exposure that is not in the model, naming the nearest.
    """
    found: list[Contrast] = []
    for name in dict.fromkeys(column.variable for column in design.exposures):
        focal = [column for column in design.exposures if column.variable == name]
        columns = [column for column in (*design.exposures, *design.controls) if column.variable == name]
        if codebook.variables[name].type == "category":
            found += [_level(column, columns) for column in focal]
        else:
            found.append(_number(focal[0], columns, dataset[name].to_numpy(), design, codebook.variables[name]))
    known = [one.label for one in found]
    variables = {column.label: column.variable for column in design.exposures}
    # A square has no contrast of its own: its name stands for its variable's.
    wanted = {name if name in known else variables.get(name, name) for name in exposures}
    for name in wanted:
        if name not in (*known, *variables.values()):
            raise unknown("exposure", name, known)
    return tuple(one for one in found if not exposures or wanted & {one.label, variables.get(one.label)})


def _level(column: Column, columns: list[Column]) -> Contrast:
    """From the reference to one level: every dummy off, then this one on."""
    off = {other.label: -other.values / other.step for other in columns}
    return Contrast(column.label, column.contrast, off, {**off, column.label: (1.0 - column.values) / column.step})


def _number(focal: Column, columns: list[Column], values: Array, design: Design, variable: Variable) -> Contrast:
    if len(columns) == 1 and focal.term.transform != "none":
        # Alone, a transformed column is moved on its own scale, as its coefficient says.
        like = transformed(focal.term, values, values)
        ends = _ends(focal, focal.values, like, binary=False)
        low, high = ({focal.label: (end - focal.values) / focal.step} for end in ends)
        return Contrast(focal.label, focal.contrast, low, high)
    plain = next((column for column in columns if column.term.transform == "none"), None)
    base = plain or replace(
        focal,
        term=Term(focal.variable, contrast="sd"),
        step=float(np.nanstd(values, ddof=1)),
        contrast="+1 sd",
        values=values,
    )
    ends = _ends(base, values[design.units], values, binary=variable.type == "binary")
    low, high = (
        {column.label: (transformed(column.term, end, values) - column.values) / column.step for column in columns}
        for end in ends
    )
    return Contrast(base.label if plain else focal.variable, base.contrast, low, high)


def _ends(column: Column, has: Array, like: Array, *, binary: bool) -> tuple[Array, Array]:
    """The values of every unit at the lower and at the upper end."""
    if binary:
        return np.zeros_like(has), np.ones_like(has)
    if column.term.contrast == "iqr":
        first, third = np.nanquantile(like, QUARTILES)
        return np.full_like(has, first), np.full_like(has, third)
    return has, has + column.step
