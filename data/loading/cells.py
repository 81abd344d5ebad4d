"""Blank cells of a column: what the file leaves empty and what is declared as no answer, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.arrays import Mask
from data.loading.codes import Codes, pointed
from data.loading.source import SourceColumn, cell_text
from data.numbers import as_decimal
from data.variable import Variable

NOTHING = ("", ".")
"""Tokens of cells that are empty whatever levels are declared: an empty cell, Stata's system missing."""


@dataclass(frozen=True)
class Cells:
    """One column's cells for one variable.

    Attributes
    ----------
    column : str
        The column's name in the file.
    values : pandas.Series
        Missing where blank.
    blanks : dict of str to bool array
        The rows that are blank, by token.
    levels, labels, text
        The source column's own.
    missing : tuple of str
        Declared missing codes.
    """

    column: str
    values: pd.Series
    blanks: Mapping[str, Mask]
    levels: tuple[str, ...]
    labels: Mapping[str, str]
    text: bool
    missing: tuple[str, ...] = ()


def blanked(
    column: SourceColumn,
    variable: Variable,
    renamed: Mapping[str, str | float],
    missing: tuple[float | str, ...],
) -> Cells:
    """Return a column with its missing cells as the codebook declares them.

    An empty cell is missing unless the codebook declares its token as a code or a level. A cell with a declared
    missing code is missing unless exactly its text is declared as a code. Nothing else is missing.

    Parameters
    ----------
    renamed : dict
        The mapping's codes.
    missing : tuple
        The mapping's missing codes.
    """
    declared = {*variable.codes, *variable.levels, *renamed, *(cell_text(line.equals) for line in variable.first_match)}
    values, blanks = column.values, {}
    for token, gone in column.blanks.items():
        named = token in declared or column.labels.get(token) in declared
        if named and token not in NOTHING:
            values = values.astype(object)
            values[gone] = token
        else:
            blanks[token] = gone
    for token, hit in _declared_missing(column, values, (*variable.missing_codes, *missing), declared).items():
        blanks[token] = blanks[token] | hit if token in blanks else hit
    if blanks:
        values = values.mask(np.logical_or.reduce(list(blanks.values())))
    codes = tuple(cell_text(code) for code in (*variable.missing_codes, *missing))
    kept = tuple(code for code in codes if code not in declared)
    return Cells(column.name, values, blanks, column.levels, column.labels, column.text, kept)


def _declared_missing(
    column: SourceColumn, values: pd.Series, missing: tuple[float | str, ...], declared: set[str]
) -> dict[str, Mask]:
    """Return, by token, the rows that hold a declared missing code or only white space.

    A code is matched by the cell itself or by its value label.
    """
    codes = Codes({cell_text(code): cell_text(code) for code in missing})
    if not codes and (column.text or pd.api.types.is_numeric_dtype(values.dtype)):
        return {}  # blank cells of a text file were found when it was read
    position, distinct = pd.factorize(values, use_na_sentinel=True)
    cells = np.asarray(distinct, dtype=object)
    tokens = np.full(len(cells) + 1, None, dtype=object)
    labelled = {text for text, label in column.labels.items() if codes.key(label) is not None}
    # a column may hold a million different numbers; only these few can be a missing code
    for place in np.flatnonzero(_candidates(pd.Series(distinct), codes, labelled)):
        text = cell_text(cells[place])
        if text not in declared:
            tokens[place] = text if text in labelled else codes.key(text) if text.strip() else ""
    found = [token for token in dict.fromkeys(tokens) if token is not None]
    return {token: np.array([one == token for one in tokens])[position] for token in found}


def _candidates(distinct: pd.Series, codes: Codes[str], labelled: set[str]) -> Mask:
    if pd.api.types.is_bool_dtype(distinct.dtype):
        return np.zeros(len(distinct), dtype=bool)
    numbers = [float(number) for code in (*codes, *labelled) if (number := as_decimal(code)) is not None]
    as_number = pd.to_numeric(distinct, errors="coerce").astype(float)
    hit: Mask = np.asarray(as_number.isin(numbers), dtype=bool)
    if pd.api.types.is_numeric_dtype(distinct.dtype):
        return hit
    stripped = distinct.map(lambda value: value.strip() if isinstance(value, str) else value)
    if numbers:
        texts = stripped.map(lambda value: pointed(value) if isinstance(value, str) else value)
        hit = hit | np.asarray(pd.to_numeric(texts, errors="coerce").astype(float).isin(numbers), dtype=bool)
    named: Mask = np.asarray(stripped.isin([*codes, *(code.strip() for code in codes), ""]), dtype=bool)
    return hit | named
