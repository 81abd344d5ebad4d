"""A file as it was read: columns that keep what stands in their cells, before any codebook is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.errors import InputError, Problem
from data.numbers import number_text

Mask = NDArray[np.bool_]

YES, NO = "TRUE", "FALSE"
"""How a yes-or-no cell is written where no codebook names it, as R writes it."""


@dataclass(frozen=True)
class SourceColumn:
    """One column of a file.

    Attributes
    ----------
    name : str
    values : pandas.Series
        Text, numbers or booleans, as the file holds them; missing where a cell is blank.
    blanks : dict of str to bool array
        By token, the rows that are missing by the file's own account: an empty cell, R's ``NA``, Stata's ``.a``,
        an answer that SPSS was told to leave out.
    levels : tuple of str
        The order of its levels, where the file has one: that of a factor, or of value labels.
    labels : dict of str to str
        Value labels: the code, as text, to its label.
    text : bool
        Whether numbers are written out as text, so that it must be found out how.
    """

    name: str
    values: pd.Series
    blanks: Mapping[str, Mask] = field(default_factory=dict)
    levels: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    text: bool = False


@dataclass(frozen=True)
class SourceTable:
    """The rows of a file.

    Attributes
    ----------
    path : str
        For errors; '' for a table that was not read from a file.
    names : tuple of str
        Of the columns, in the file's order; a name may stand twice.
    rows : int
    get : callable
        ``get(position)`` -> SourceColumn.
    separator : str
        Between the cells of a text file; '' for other kinds.
    notes : tuple of str
        What was found out about the file and a reader should know, one sentence each.
    """

    path: str
    names: tuple[str, ...]
    rows: int
    get: Callable[[int], SourceColumn]
    separator: str = ""
    notes: tuple[str, ...] = ()

    def column(self, place: int) -> SourceColumn:
        """Return a column.

        Raises
        ------
        InputError
            Where its cells are of a kind that cannot be read: libraries look at a column when it is asked for.
        """
        try:
            return self.get(place)
        except InputError:
            raise
        # Each library has its own errors.
        except Exception as error:
            got = f"cells that cannot be read ({' '.join(str(error).split())[:200]})"
            raise InputError([Problem(f"column {self.names[place]!r}", got, "text, numbers, or yes and no")]) from error

    def positions(self, name: str) -> list[int]:
        """Return where the columns of a name are."""
        return [place for place, held in enumerate(self.names) if held == name]


def cell_text(value: object) -> str:
    """Return what stands in a cell as text: text as it is, a number with all its digits."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | np.bool_):
        return YES if value else NO
    if isinstance(value, int | np.integer):
        return str(int(value))
    if isinstance(value, float | np.floating):
        return number_text(float(value))
    return str(value)


def from_frame(table: pd.DataFrame, *, path: str = "") -> SourceTable:
    """Return the table of a data frame, of which a categorical's order is its levels' order; its index is no column."""
    frame = table.reset_index(drop=True)

    def get(place: int) -> SourceColumn:
        values = frame.iloc[:, place]
        name = str(frame.columns[place])
        levels: tuple[str, ...] = ()
        if isinstance(values.dtype, pd.CategoricalDtype):
            levels = tuple(cell_text(level) for level in values.cat.categories)
            values = values.astype(object)
        gone = values.isna().to_numpy()
        return SourceColumn(name, values, {"": gone} if gone.any() else {}, levels)

    return SourceTable(path, tuple(map(str, frame.columns)), len(frame), get)
