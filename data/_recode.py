"""From a file's columns and codes to the codebook's variables and values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic.dataclasses import dataclass

from data._errors import Problem, did_you_mean, nearest
from data._toml import STRICT, declare, read_toml
from data.codebook import Codebook, Match, Variable

SHOWN_PER_COLUMN = 3
"""Different bad values of a column that are reported one by one."""


@dataclass(frozen=True, config=STRICT)
class Mapping:
    """How a user's extract differs from the codebook, by variable.

    Attributes
    ----------
    columns : dict
        Variable -> the file's column.
    codes : dict
        Variable -> {the file's code -> the codebook's code}.
    multiply : dict
        Variable -> factor, such as 100 for a share stored as 0-1.
    """

    columns: dict[str, str] = field(default_factory=dict)
    codes: dict[str, dict[str, str | float]] = field(default_factory=dict)
    multiply: dict[str, float] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path | None) -> Mapping:
        """Return the mapping in a TOML file; none given is the empty mapping."""
        return cls() if path is None else declare(cls, read_toml(path), path.name)

    def problems(self, codebook: Codebook) -> list[Problem]:
        """Return a problem for each variable mapped that the codebook does not have or cannot multiply."""
        named = [*self.columns, *self.codes, *self.multiply]
        unknown = [
            Problem(
                "column mapping",
                repr(name),
                f"a variable of study {codebook.name!r}",
                nearest(name, codebook.variables),
            )
            for name in dict.fromkeys(named)
            if name not in codebook.variables
        ]
        words = [
            Problem("column mapping, [multiply]", repr(name), "a number or a yes-or-no variable")
            for name in self.multiply
            if name in codebook.variables and codebook.variables[name].type in {"category", "id"}
        ]
        return unknown + words


def recode(frame: pd.DataFrame, codebook: Codebook, mapping: Mapping) -> tuple[pd.DataFrame, list[Problem]]:
    """Return a table with one column per variable of the codebook, and what stood in the way.

    Codes are translated, missing codes become missing, categories become text. Values are not yet
    checked against ranges. A variable whose columns are absent is left out.

    Parameters
    ----------
    frame : pandas.DataFrame
        As read from the file.
    codebook : Codebook
    mapping : Mapping

    Returns
    -------
    table : pandas.DataFrame
        Numbers are float64 with NaN for missing; categories and ids are object with None.
    problems : list of Problem
        Missing columns, unknown codes, text in a number column; each with row, column and value.
    """
    problems = mapping.problems(codebook)
    missing: list[Problem] = []
    out: dict[str, pd.Series] = {}
    for name, variable in codebook.variables.items():
        sources = _sources(name, variable, mapping)
        absent = [column for column in sources if column not in frame.columns]
        if absent:
            if not variable.optional:
                missing += [_absent(column, name, variable, frame, listed=not missing) for column in absent]
            continue
        unfit = [problem for column in sources for problem in _unfit(column, frame)]
        if unfit:
            problems += unfit
            continue
        raw = [_blank(frame[column], variable) for column in sources]
        if variable.first_match and name not in mapping.columns:
            out[name] = _derive(variable, sources, raw)
            continue
        out[name], found = _single(name, variable, sources[0], raw[0], mapping)
        problems += found
    return pd.DataFrame(out), [*missing, *problems]


def _sources(name: str, variable: Variable, mapping: Mapping) -> tuple[str, ...]:
    if name in mapping.columns:
        return (mapping.columns[name],)
    return variable.columns or (name,)


def _absent(column: str, name: str, variable: Variable, frame: pd.DataFrame, *, listed: bool) -> Problem:
    """What the file does hold is listed once, not with each column that it lacks."""
    held = [str(held) for held in frame.columns]
    hint = nearest(column, held) + "." if listed else did_you_mean(column, held)
    step = f"{hint} If it has another name, give --columns a [columns] file"
    wanted = f"{variable.label!r} (variable {name!r})"
    return Problem(f"column {column!r}", "nothing: the file has no such column", wanted, step.strip())


def _unfit(column: str, frame: pd.DataFrame) -> list[Problem]:
    """A name that stands for several columns, or cells that hold lists."""
    count = int((frame.columns == column).sum())
    if count > 1:
        return [Problem(f"column {column!r}", f"{count} columns of that name", "one", "Rename or delete the others")]
    cells = frame[column]
    if cells.dtype == object and cells.map(lambda cell: isinstance(cell, list | dict | np.ndarray)).any():
        return [Problem(f"column {column!r}", "cells that hold lists or tables", "one value in each cell")]
    return []


def _blank(raw: pd.Series, variable: Variable) -> pd.Series:
    """Empty text and missing codes become missing; text is stripped of padding."""
    gone = {_key(code) for code in variable.missing_codes}

    def keep(value: object) -> object:
        value = value.strip() if isinstance(value, str) else value
        return None if value == "" or _key(value) in gone else value

    return _per_value(raw, keep)


def _per_value(column: pd.Series, judge: Callable[[Any], object]) -> pd.Series:
    """Apply `judge` once per distinct value; missing stays missing (None)."""
    codes, values = pd.factorize(column, use_na_sentinel=True)
    judged = np.empty(len(values) + 1, dtype=object)
    judged[:-1] = [judge(value) for value in values]
    judged[-1] = None
    return pd.Series(judged[codes], index=column.index, dtype=object)


def _key(value: object) -> str:
    """One spelling for 1, 1.0, '1' and True, as files of different packages hold the same code."""
    text = str(int(value)) if isinstance(value, (bool, np.bool_)) else str(value).strip()
    try:
        # whole numbers stay exact: as floats, long identifiers would become one another
        number = int(text) if text.lstrip("+-").isdigit() else float(text)
    except ValueError:
        return text
    return str(int(number)) if number.is_integer() else str(number)


def _single(
    name: str, variable: Variable, column: str, raw: pd.Series, mapping: Mapping
) -> tuple[pd.Series, list[Problem]]:
    renamed = {_key(code): value for code, value in mapping.codes.get(name, {}).items()}
    values = _per_value(raw, lambda value: renamed.get(_key(value), value)) if renamed else raw
    values, problems = _decode(name, column, values, variable) if variable.codes else (values, [])
    if variable.type in {"category", "id"}:
        return _per_value(values, _key), problems
    step = f"Give its codes under [codes.{name}] of a --columns file" if variable.type == "binary" else ""
    numbers, more = _numbers(column, values, "0 or 1" if variable.type == "binary" else "a number", step)
    return numbers * mapping.multiply.get(name, 1.0), problems + more


def _decode(name: str, column: str, values: pd.Series, variable: Variable) -> tuple[pd.Series, list[Problem]]:
    table = {_key(code): meaning for code, meaning in variable.codes.items()}
    unknown = values[values.notna() & ~_per_value(values, lambda value: _key(value) in table).eq(True)]
    problems = _each(
        column,
        unknown,
        f"one of the codes {', '.join(table)}",
        f"Add it under [codes.{name}] of a --columns file, or to missing_codes",
    )
    return _per_value(values, lambda value: table.get(_key(value))), problems


def _numbers(column: str, values: pd.Series, expected: str, next_step: str) -> tuple[pd.Series, list[Problem]]:
    numbers = pd.to_numeric(values, errors="coerce").astype(float)
    return numbers, _each(column, values[numbers.isna() & values.notna()], expected, next_step)


def _each(column: str, bad: pd.Series, expected: str, next_step: str = "") -> list[Problem]:
    """One problem per distinct bad value, with the first row it stands in and how often.

    The first few values tell what is wrong with a column; the rest are counted, so that other
    columns' faults are seen.
    """
    groups = list(bad.groupby(bad.map(repr), sort=False).groups.items())
    problems = []
    for value, rows in groups[:SHOWN_PER_COLUMN]:
        more = f" (and {len(rows) - 1} more rows)" if len(rows) > 1 else ""
        problems.append(Problem(f"row {int(rows[0]) + 1}, column {column!r}", f"{value}{more}", expected, next_step))
    if len(groups) > SHOWN_PER_COLUMN:
        problems.append(Problem(f"column {column!r}", f"{len(groups) - SHOWN_PER_COLUMN} more such values", expected))
    return problems


def _derive(variable: Variable, columns: tuple[str, ...], raw: list[pd.Series]) -> pd.Series:
    """The first matching line decides; a blank in a column that is still to decide leaves a blank."""
    by_column = dict(zip(columns, raw, strict=True))
    level = pd.Series(None, index=raw[0].index, dtype=object)
    undecided = pd.Series(True, index=raw[0].index)
    for line in variable.first_match:
        hit = undecided & _per_value(by_column[line.column], partial(_equals, line)).eq(True)
        level[hit] = line.level
        undecided &= ~hit & by_column[line.column].notna()
    level[undecided] = variable.otherwise or None
    return level


def _equals(line: Match, value: object) -> bool:
    return _key(value) == _key(line.equals)
