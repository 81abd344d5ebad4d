"""A file as it was read: columns of unchanged cells, before the codebook is applied."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from data.arrays import Mask
from data.errors import InputError, Problem
from data.numbers import number_text

YES, NO = "TRUE", "FALSE"
"""Texts of yes-or-no cells that the codebook does not name, as R writes them."""


@dataclass(frozen=True)
class SourceColumn:
    """One column of a file.

    Attributes
    ----------
    values : pandas.Series
        Text, numbers or booleans, as the file holds them; missing where a cell is blank.
    blanks : dict of str to bool array
        Rows that are missing according to the file itself, by token: an empty cell, R's ``NA``, Stata's ``.a``,
        or a value declared as missing in SPSS.
    levels : tuple of str
        The order of its levels, where the file has one: that of a factor, or of value labels.
    labels : dict of str to str
        Value labels: the code, as text, to its label.
    text : bool
        Whether numbers are text, so that their decimal mark must be found.
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
        The file's name in errors; '' for a table that was not read from a file.
    names : tuple of str
        Column names, in the file's order; a name may occur twice.
    get : callable
        ``get(position)`` -> SourceColumn.
    separator : str
        The separator between the cells of a text file; '' for other kinds.
    notes : tuple of str
        One sentence for each fact about the file that readers should know.
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
            When its cells are of a kind that cannot be read; libraries read a column only when asked for it.
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
        """Return the positions of all columns with a name."""
        return [place for place, held in enumerate(self.names) if held == name]


def cell_text(value: object) -> str:
    """Return a cell as text: text unchanged, a number with all its digits."""
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
    """Return the table of a data frame, without its index; categoricals keep the order of their levels."""
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
