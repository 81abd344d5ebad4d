"""Contrasts: two settings of every unit's covariates that differ in one exposure.

A coefficient is about one column. A contrast is about a variable, and moves every column made of it (a variable
and its square, the dummies of a category).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from data.arrays import Array
from data.codebook import Codebook
from data.errors import unknown
from models.design import Design
from models.predictors.measures import Measures
from models.spec import Term
from models.terms import DesignColumn


@dataclass(frozen=True)
class Contrast:
    """Two settings, given by the changes that each makes.

    Attributes
    ----------
    label : str
        The exposure's label, such as ``peer_influence`` or ``ownership[for_profit]``.
    words : str
        The change in words, such as ``0 -> 1`` or ``+10 percent of staff``.
    low, high : dict of str to array (unit,)
        Distance that each unit is moved from its own value, in the column's contrasts, by column. Columns
        not named stay.
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
    every unit whatever its own value; ``"iqr"`` goes from the lower to the upper quartile; any other step is
    added to each unit's own value.

    Parameters
    ----------
    dataset : xarray.Dataset
        The study from which the design was made.
    exposures : sequence of str
        Labels or variables of the exposures; by default all.

    Raises
    ------
    InputError
        For an exposure that is not in the model, with the nearest name.
    """
    measures = Measures(dataset, codebook, design.contrasts)
    found: list[Contrast] = []
    for name in dict.fromkeys(column.variable for column in design.exposures):
        focal = [column for column in design.exposures if column.variable == name]
        columns = [column for column in (*design.exposures, *design.controls) if column.variable == name]
        if codebook.variables[name].type == "category":
            found += [_level(column, columns) for column in focal]
        else:
            found.append(_number(focal[0], columns, design, measures))
    known = [one.label for one in found]
    variables = {column.label: column.variable for column in design.exposures}
    # A square has no contrast of its own: its name means its variable's contrast.
    wanted = {name if name in known else variables.get(name, name) for name in exposures}
    for name in wanted:
        if name not in (*known, *variables.values()):
            raise unknown("exposure", name, known)
    return tuple(one for one in found if not exposures or wanted & {one.label, variables.get(one.label)})


def _level(column: DesignColumn, columns: list[DesignColumn]) -> Contrast:
    """Return the contrast of a level with the reference: all dummies 0, then this one 1."""
    off = {other.label: -other.values / other.step for other in columns}
    return Contrast(column.label, column.contrast, off, {**off, column.label: (1.0 - column.values) / column.step})


def _number(focal: DesignColumn, columns: list[DesignColumn], design: Design, measures: Measures) -> Contrast:
    if len(columns) == 1 and focal.term.transform != "none":
        # A transformed column without others is moved on its own scale, as its coefficient is.
        ends = _ends(focal, focal.values, measures)
        low, high = ({focal.label: (end - focal.values) / focal.step} for end in ends)
        return Contrast(focal.label, focal.contrast, low, high)
    plain = next((column for column in columns if column.term.transform == "none"), None)
    base = plain or replace(focal, term=Term(focal.variable, contrast="sd"), contrast="+1 sd")
    ends = _ends(base, measures.dataset[focal.variable].to_numpy()[design.units], measures)
    low, high = (
        {column.label: (measures.transformed(column.term, end) - column.values) / column.step for column in columns}
        for end in ends
    )
    return Contrast(base.label if plain else focal.variable, base.contrast, low, high)


def _ends(column: DesignColumn, has: Array, measures: Measures) -> tuple[Array, Array]:
    """Return the values of every unit at the lower and at the upper end, after the column's transformation."""
    term = column.term
    if term.transform == "none" and measures.codebook.variables[term.variable].type == "binary":
        return np.zeros_like(has), np.ones_like(has)
    if term.contrast == "iqr":
        low, high = (measures.of(f"{end} quartile", term) for end in ("lower", "upper"))
        return np.full_like(has, low), np.full_like(has, high)
    return has, has + measures.step(term)
