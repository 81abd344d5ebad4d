"""Levels of a loaded study's variables: their text, their order, and the one that others are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from data.arrays import Index, Mask
from data.errors import Problem, did_you_mean
from data.numbers import in_order, number_text

LISTED = 12
"""Levels that an error lists."""


def level_texts(values: NDArray[Any]) -> NDArray[np.str_]:
    """Return each unit's level as text, "" where missing; a number keeps all its digits."""
    place, distinct = _distinct(values)
    return np.array(distinct, dtype=str)[place]


def _distinct(values: NDArray[Any]) -> tuple[Index, list[str]]:
    """Return each unit's place among the different texts, and those texts; "" is missing."""
    place, distinct = pd.factorize(values, use_na_sentinel=False)
    if values.dtype.kind not in "fiu":
        return place, [str(text) for text in distinct]
    return place, ["" if np.isnan(value) else number_text(value) for value in distinct]


def levels_of(variable: xr.DataArray) -> tuple[str, ...]:
    """Return the levels that some unit has, in order: as declared, as in the file, else numbers before text."""
    return positions(variable)[1]


def positions(variable: xr.DataArray) -> tuple[Index, tuple[str, ...]]:
    """Return each unit's place among the levels, -1 where missing, and the levels in order."""
    place, distinct = _distinct(variable.to_numpy())
    present = set(distinct) - {""}
    declared = [level for level in variable.attrs.get("levels", ()) if level in present]
    levels = (*declared, *in_order(present - set(declared)))
    order = {level: k for k, level in enumerate(levels)}
    return np.array([order.get(text, -1) for text in distinct], dtype=np.int64)[place], levels


@dataclass(frozen=True)
class Levels:
    """A category's levels among the rows that a model can use.

    Attributes
    ----------
    name : str
        The variable's name.
    usable : tuple of str
        Levels that some usable row has, in order.
    lost : tuple of str
        Levels of the file that no usable row has.
    reference : str
        The level that others are compared with: the declared one, else the first.
    """

    name: str
    usable: tuple[str, ...]
    lost: tuple[str, ...]
    reference: str

    @classmethod
    def of(cls, name: str, variable: xr.DataArray, usable: Mask, declared: str = "") -> Levels:
        """Return a category's levels in the usable rows, or in all rows when none is usable.

        Parameters
        ----------
        usable : bool array (unit,)
        declared : str
            The reference that the model or the codebook declares; '' for none.
        """
        place, levels = positions(variable)
        there = set(place[usable].tolist()) if usable.any() else set(place.tolist())
        kept = tuple(level for k, level in enumerate(levels) if k in there)
        lost = tuple(level for level in levels if level not in kept)
        return cls(name, kept, lost, declared or (kept[0] if kept else ""))

    @property
    def held(self) -> bool:
        """Whether some usable row has the reference level."""
        return self.reference in self.usable

    @property
    def fault(self) -> Problem | None:
        """Return the problem of a reference that no usable row has, or None."""
        if self.held or not self.usable:
            return None
        shown = ", ".join(self.usable[:LISTED]) + (", ..." if len(self.usable) > LISTED else "")
        where = f"variable {self.name!r}, reference"
        if self.reference in self.lost:
            got = f"{self.reference!r}, whose rows are all lost to missing values"
        else:
            got = f"{self.reference!r}, which no row has"
        step = f"{did_you_mean(self.reference, self.usable)} Declare another `reference`".strip()
        return Problem(where, got, f"a level that usable rows have: {shown}", step)
