"""Recode a file's columns and codes into the codebook's variables, levels and numbers."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from data.arrays import Mask
from data.codebook import Codebook
from data.errors import InputError, Problem, did_you_mean, nearest
from data.loading.cell_problems import each
from data.loading.cells import Cells, blanked
from data.loading.codes import NO_ANSWER, Codes, meant
from data.loading.decimals import Mark, as_floats, decimal_mark, parse, uneven
from data.loading.levels import Decoded, decode, derive
from data.loading.mapping import Mapping as ColumnMapping
from data.loading.source import SourceColumn, SourceTable, cell_text
from data.numbers import as_decimal
from data.variable import Variable

CODES_STEP = (
    "Give its codes under [codes.{name}] of a --columns file, such as 1 = 0 and 2 = 1, or as `codes` in the study"
)


HEADER_ROWS = 2
"""Rows of labels that some packages write under the header."""


@dataclass(frozen=True)
class Recoded:
    """A table with one column per variable of the codebook.

    Attributes
    ----------
    table : pandas.DataFrame
        Numbers are float64 with NaN for missing; categories and ids are object with None.
    blanks : dict of str to dict of str to bool array
        The rows that are missing, by variable and token.
    levels : dict of str to tuple of str
        The levels that the file holds, in order, by category.
    problems : tuple of Problem
        Each with row, column and value.
    notes : tuple of str
        Sentences about the file that readers should know.
    unread : frozenset of str
        Variables with problems, whose values are not to be judged further.
    """

    table: pd.DataFrame
    blanks: Mapping[str, Mapping[str, Mask]]
    levels: Mapping[str, tuple[str, ...]]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...] = ()
    unread: frozenset[str] = frozenset()


@dataclass
class _Progress:
    columns: dict[str, pd.Series] = field(default_factory=dict)
    blanks: dict[str, dict[str, Mask]] = field(default_factory=dict)
    levels: dict[str, tuple[str, ...]] = field(default_factory=dict)
    absent: list[Problem] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)


def recode(source: SourceTable, codebook: Codebook, mapping: ColumnMapping) -> Recoded:
    """Return a table with one column per variable of the codebook, and the problems found.

    Codes are translated, missing codes become missing, categories become text. Values are not yet checked against
    ranges. A variable whose columns are absent is left out.

    Parameters
    ----------
    source : SourceTable
        The file as read.
    """
    done = _Progress()
    cells = {name: _cells(name, source, codebook, mapping, done) for name in codebook.variables}
    found = {name: columns for name, columns in cells.items() if columns}
    numbers = [_unnamed(name, columns[0], codebook, mapping) for name, columns in found.items()]
    declared = mapping.decimal or codebook.study.decimal
    mark, ambiguous = decimal_mark(source, [column for column in numbers if column is not None], declared)
    done.problems += ambiguous
    for name, columns in found.items():
        before = len(done.problems)
        _variable(name, columns, codebook.variables[name], mapping, None if ambiguous else mark, done)
        if len(done.problems) > before or (ambiguous and columns[0].text):
            done.unread.add(name)
    notes = (*source.notes, *done.notes)
    return Recoded(
        pd.DataFrame(done.columns),
        done.blanks,
        done.levels,
        (*done.absent, *done.problems),
        tuple(dict.fromkeys(notes)),
        frozenset(done.unread),
    )


def _cells(
    name: str, source: SourceTable, codebook: Codebook, mapping: ColumnMapping, done: _Progress
) -> tuple[Cells, ...]:
    """Return a variable's columns with their blanks found; no column where one is absent or unusable."""
    variable = codebook.variables[name]
    wanted = (mapping.columns[name],) if name in mapping.columns else variable.columns or (name,)
    places = [_place(column, source, done) for column in wanted]
    absent = [column for column, place in zip(wanted, places, strict=True) if place is None]
    if absent:
        if not variable.optional:
            done.absent += [_absent(column, name, variable, source, listed=not done.absent) for column in absent]
        return ()
    columns = [column for place in places if place is not None and (column := _column(place, source, done))]
    if len(columns) < len(wanted):
        return ()
    unfit = [problem for column in columns for problem in _unfit(column, source)]
    done.problems += unfit
    if unfit:
        return ()
    renamed, missing = _renamed(name, variable, mapping)
    return tuple(blanked(column, variable, renamed, missing) for column in columns)


def _renamed(
    name: str, variable: Variable, mapping: ColumnMapping
) -> tuple[dict[str, str | float], tuple[float | str, ...]]:
    """Return the mapping's codes that have a meaning, and its codes that mean no answer."""
    codes = mapping.codes.get(name, {})
    gone = [code for code, value in codes.items() if meant(cell_text(value), variable) == NO_ANSWER]
    kept = {code: value for code, value in codes.items() if code not in gone}
    return kept, (*mapping.missing_of(name), *gone)


def _column(place: int, source: SourceTable, done: _Progress) -> SourceColumn | None:
    """Return a column of the file, or None and a problem where it cannot be read."""
    try:
        return source.column(place)
    except InputError as error:
        done.problems += error.problems
        return None


def _place(column: str, source: SourceTable, done: _Progress) -> int | None:
    """Return a column's position, or that of the only one whose name differs just in case or blanks."""
    if column in source.names:
        return source.names.index(column)
    alike = [k for k, held in enumerate(source.names) if _folded(held) == _folded(column)]
    if len(alike) != 1:
        return None
    done.notes.append(f"The file's column {source.names[alike[0]]!r} was taken for {column!r}.")
    return alike[0]


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip().casefold()


def _absent(column: str, name: str, variable: Variable, source: SourceTable, *, listed: bool) -> Problem:
    """Return the problem of an absent column; only the first one lists the columns that the file has."""
    advice = "If it has another name, give --columns a [columns] file"
    step = f"{nearest(column, source.names)}. {advice}" if listed else did_you_mean(column, source.names)
    wanted = f"{variable.label!r} (variable {name!r})"
    return Problem(f"column {column!r}", "nothing: the file has no such column", wanted, step.strip())


def _unfit(column: SourceColumn, source: SourceTable) -> list[Problem]:
    """Return problems of a name that several columns have, or of cells that hold lists."""
    count = len(source.positions(column.name))
    where = f"column {column.name!r}"
    if count > 1:
        return [Problem(where, f"{count} columns of that name", "one", "Rename or delete the others")]
    if (
        column.values.dtype == object
        and column.values.map(lambda cell: isinstance(cell, list | dict | np.ndarray)).any()
    ):
        return [Problem(where, "cells that hold lists or tables", "one value in each cell")]
    return []


def _unnamed(name: str, cells: Cells, codebook: Codebook, mapping: ColumnMapping) -> SourceColumn | None:
    """Return a column that is read as numbers and not through codes, without its blanks; None for others."""
    variable = codebook.variables[name]
    if variable.type not in {"number", "binary"} or variable.codes or variable.first_match:
        return None
    values, codes = cells.values, Codes({code: code for code in mapping.codes.get(name, {})})
    if codes:
        named = [value for value in values.dropna().unique() if codes.key(cell_text(value)) is not None]
        values = values.mask(values.isin(named))
    return SourceColumn(cells.column, values, text=cells.text)


def _variable(
    name: str,
    cells: tuple[Cells, ...],
    variable: Variable,
    mapping: ColumnMapping,
    mark: Mark | None,
    done: _Progress,
) -> None:
    """Add one variable: its values, its blanks, its levels, its problems."""
    if variable.first_match and name not in mapping.columns:
        found = derive(variable, cells)
        done.blanks[name] = {"": found.values.isna().to_numpy()}
    else:
        renamed = _renamed(name, variable, mapping)[0]
        found = decode(name, cells[0], variable, renamed=renamed, mark=mark or ".")
        done.blanks[name] = dict(cells[0].blanks)
    done.problems += found.problems
    if variable.type in {"category", "id"}:
        done.columns[name] = found.values
        done.levels[name] = found.levels
        return
    if found.problems or mark is None:
        done.columns[name] = pd.Series(np.nan, index=found.values.index)
        return
    # the meanings of codes come from TOML and package numbers from Python: both have decimal points
    own = cells[0].text and not variable.codes
    numbers, problems = _numbers(name, cells[0], found, variable, mark=mark if own else ".")
    done.problems += problems
    _blank_numbers(numbers, cells[0], done.blanks[name])
    done.columns[name] = numbers * mapping.multiply.get(name, 1.0)


def _blank_numbers(numbers: pd.Series, cells: Cells, blanks: dict[str, Mask]) -> None:
    """Blank numbers that equal a missing code however they were written, such as 9.999 for the code 9999."""
    if not cells.text:
        return
    for code in cells.missing:
        number = as_decimal(code)
        gone = (numbers == float(number)).to_numpy() if number is not None else np.zeros(len(numbers), dtype=bool)
        if gone.any():
            numbers[gone] = np.nan
            blanks[code] = blanks[code] | gone if code in blanks else gone


def _numbers(
    name: str, cells: Cells, found: Decoded, variable: Variable, *, mark: Mark
) -> tuple[pd.Series, list[Problem]]:
    if pd.api.types.is_bool_dtype(found.values.dtype) or pd.api.types.is_numeric_dtype(found.values.dtype):
        return pd.Series(as_floats(found.values), index=found.values.index), []
    expected = "0 or 1" if variable.type == "binary" else "a number"
    texts = _yes_or_no(found.values) if variable.type == "binary" else found.values
    if not isinstance(texts.dtype, pd.StringDtype):
        texts = texts.map(cell_text, na_action="ignore")
    numbers, bad = parse(texts, mark)
    wrong = found.values[bad]
    step = CODES_STEP.format(name=name) if variable.type == "binary" else _number_step(mark, wrong, text=cells.text)
    problems = each(cells.column, wrong, expected, step)
    if not problems and cells.text and (pair := uneven(texts, mark)):
        got = f"{pair[0]!r} with a mark between thousands beside {pair[1]!r} without"
        step = "Write all numbers without a mark between thousands"
        problems = [Problem(f"column {cells.column!r}", got, "numbers written in one way", step)]
    return numbers, problems


def _yes_or_no(values: pd.Series) -> pd.Series:
    """Return the packages' texts for yes and no as 1 and 0, and anything else unchanged."""
    place, distinct = pd.factorize(values, use_na_sentinel=True)
    texts = [cell_text(value) for value in distinct]
    digits = [BOOLEANS.get(text.strip().lower(), text) for text in texts]
    return pd.Series(np.array([*digits, None], dtype=object)[place], index=values.index)


BOOLEANS = {"true": "1", "false": "0"}


def _number_step(mark: Mark, bad: pd.Series, *, text: bool) -> str:
    """Return the next step for texts that are no numbers: labels under the header, signs, or missing codes."""
    first = str(bad.iloc[0]) if len(bad) else ""
    if " " in first.strip() and bad.index.max() < HEADER_ROWS and len(bad) == bad.index.max() + 1:
        return "If the first rows are labels and no data, delete them; else add what means no answer to missing_codes"
    if len(first) > 1 and any(letter.isdigit() for letter in first) and not first[:1].isalpha():
        return "Write the number alone, without signs or words; or, if it means no answer, add it to missing_codes"
    if not text:
        return "Add what means no answer to missing_codes"
    marks = "decimal commas" if mark == "," else "decimal points"
    return f"Add what means no answer to missing_codes; this file's numbers are read with {marks}"
