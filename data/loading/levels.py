"""Levels of a category, in order, as the codebook, the value labels or the file itself name them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.errors import Problem
from data.loading.cell_problems import each
from data.loading.cells import Cells
from data.loading.codes import Codes, meanings, meant
from data.loading.decimals import Mark
from data.loading.source import cell_text
from data.numbers import in_order
from data.variable import Variable


@dataclass(frozen=True)
class Decoded:
    """The meaning of a variable's cells.

    Attributes
    ----------
    values : pandas.Series
        Levels as text, None where missing; for numbers and yes-or-no variables, text that is yet to be read as numbers.
    levels : tuple of str
        Levels that some row has, in order; empty for a variable without levels.
    """

    values: pd.Series
    levels: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def decode(
    name: str, cells: Cells, variable: Variable, *, renamed: Mapping[str, str | float], mark: Mark = "."
) -> Decoded:
    """Return the meaning of a variable's cells by its codes, its value labels, or the cells themselves.

    Parameters
    ----------
    name : str
        The variable's name.
    renamed : dict
        The mapping's codes: the file's code -> the codebook's.
    mark : {'.', ','}
        The file's decimal mark, which numbers that stay text use.
    """
    declared = meanings(variable)
    if renamed:
        table = {code: cell_text(value) for code, value in renamed.items()}
        if not declared and cells.text and variable.type in {"number", "binary"}:
            table = {code: text.replace(".", mark) for code, text in table.items()}
        if declared:
            table = {code: meant(text, variable) or text for code, text in table.items()}
        # a code that the mapping does not name is still the codebook's
        table |= {code: value for code, value in declared.items() if Codes(table).key(code) is None}
        return _by_codes(name, cells, variable, Codes(table), order=_order(variable, renamed), others_stay=not declared)
    if declared:
        return _by_codes(name, cells, variable, Codes(declared), order=_order(variable, {}), others_stay=False)
    if variable.type in {"number", "binary"}:
        return Decoded(cells.values)
    if variable.type == "id":
        return Decoded(_mapped(cells.values, _own_name))
    return _by_file(cells)


def _order(variable: Variable, renamed: Mapping[str, str | float]) -> tuple[str, ...]:
    declared = (*variable.levels, *map(cell_text, variable.codes.values()))
    return tuple(dict.fromkeys(declared or map(cell_text, renamed.values())))


def _by_codes(
    name: str,
    cells: Cells,
    variable: Variable,
    codes: Codes[str],
    *,
    order: tuple[str, ...],
    others_stay: bool,
) -> Decoded:
    place, distinct = pd.factorize(cells.values, use_na_sentinel=True)
    texts = [cell_text(value) for value in distinct]
    keys, clash = _keys(texts, cells, codes)
    if clash:
        step = f"Say what each code means under [codes.{name}] of a --columns file"
        return Decoded(
            cells.values, (), (Problem(f"column {cells.column!r}", clash, "one meaning for each code", step),)
        )
    found = [
        codes[key] if key is not None else (_own_name(text) if others_stay else None)
        for key, text in zip(keys, texts, strict=True)
    ]
    unknown = np.array([meaning is None for meaning in found] + [False])[place]
    step = f"Add it under [codes.{name}] of a --columns file, or to missing_codes"
    known = ", ".join(codes)
    problems = each(cells.column, cells.values[unknown], f"one of the codes {known}", step)
    out = np.array([*found, None], dtype=object)[place]
    values = pd.Series(out, index=cells.values.index, dtype=object)
    if variable.type != "category":
        return Decoded(values, (), tuple(problems))
    present = {meaning for meaning in found if meaning is not None}
    levels = [level for level in order if level in present]
    return Decoded(values, (*levels, *in_order(present - set(levels))), tuple(problems))


def _keys(texts: list[str], cells: Cells, codes: Codes[str]) -> tuple[list[str | None], str]:
    """Return the declared code of each cell, by its text or else by its value label; or why that is unclear."""
    raw = [codes.key(text) for text in texts]
    named = [codes.key(cells.labels[text]) if text in cells.labels else None for text in texts]
    if not any(key is not None for key in named):
        return raw, ""
    levels_alone = all(codes[code] == code for code in codes)
    if None not in named and levels_alone:
        return named, ""  # the codebook names levels, and so do value labels
    for text, one, other in zip(texts, raw, named, strict=True):
        if one is not None and other is not None and codes[one] != codes[other]:
            return raw, f"code {text} with the value label {cells.labels[text]!r}, both of which are declared as codes"
    if levels_alone:
        return [one if other is None else other for one, other in zip(raw, named, strict=True)], ""
    return (raw if any(key is not None for key in raw) else named), ""


def _by_file(cells: Cells) -> Decoded:
    """Return levels named by value labels where the file has them, else by the cells' text."""
    texts = {cell_text(value) for value in cells.values.dropna().unique()}
    names = {text: cells.labels.get(text, _own_name(text)) for text in texts}
    times = Counter(names.values())
    twice = sorted(name for name, count in times.items() if count > 1)
    alike = {text: name for text, name in names.items() if name in twice and text in cells.labels}
    if alike:
        codes = " and ".join(in_order({text for text, name in names.items() if name == twice[0]}))
        got = f"codes {codes} with the one value label {twice[0]!r}"
        step = "Give `codes` in the study, or under [codes] of a --columns file"
        problem = Problem(f"column {cells.column!r}", got, "a label for each level", step)
        return Decoded(cells.values, (), (problem,))
    values = _mapped(cells.values, lambda text: names[text])
    present = set(names.values())
    if cells.labels:
        return Decoded(values, tuple(dict.fromkeys(names[text] for text in in_order(names))))
    own = [level for level in map(_own_name, cells.levels) if level in present]
    return Decoded(values, (*dict.fromkeys(own), *in_order(present - set(own))))


def _own_name(text: str) -> str:
    """Return an undeclared level without the invisible blanks around it."""
    return text.strip()


def _mapped(values: pd.Series, name: Callable[[str], str]) -> pd.Series:
    place, distinct = pd.factorize(values, use_na_sentinel=True)
    out = np.array([*(name(cell_text(value)) for value in distinct), None], dtype=object)[place]
    return pd.Series(out, index=values.index, dtype=object)


def derive(variable: Variable, columns: tuple[Cells, ...]) -> Decoded:
    """Return the level of the first matching line of a rule; a blank before a match leaves the level blank.

    Parameters
    ----------
    variable : Variable
        A variable with a `first_match` rule.
    columns : tuple of Cells
        The cells, in the order of the variable's `columns`.
    """
    by_column = dict(zip(variable.columns, columns, strict=True))
    index = columns[0].values.index
    level = pd.Series([None] * len(index), index=index, dtype=object)
    undecided = pd.Series(True, index=index)
    for line in variable.first_match:
        cells = by_column[line.column]
        hit = undecided & _equal(cells, cell_text(line.equals))
        level[hit] = line.level
        undecided &= ~hit & cells.values.notna()
    level[undecided] = variable.otherwise or None
    order = dict.fromkeys([line.level for line in variable.first_match] + [variable.otherwise])
    present = set(level.dropna())
    return Decoded(level, tuple(name for name in order if name in present))


def _equal(cells: Cells, code: str) -> pd.Series:
    """Return which rows hold a code, in the cell or as its value label."""
    place, distinct = pd.factorize(cells.values, use_na_sentinel=True)
    codes = Codes({code: True})
    texts = [cell_text(value) for value in distinct]
    hits = [codes.key(text) is not None or codes.key(cells.labels.get(text, "")) is not None for text in texts]
    return pd.Series(np.array([*hits, False])[place], index=cells.values.index)
