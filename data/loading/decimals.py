"""Numbers written as text: a file has one decimal mark, and ambiguous numbers are refused."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data.errors import Problem
from data.loading.source import SourceColumn, SourceTable
from data.numbers import NUMBER

Mark = Literal[".", ","]

AMBIGUOUS = {mark: rf"[+-]?[1-9][0-9]{{0,2}}\{mark}[0-9]{{3}}" for mark in ".,"}
"""Patterns by mark: numbers in which the mark may be decimal or may separate thousands, such as 4.567."""

GROUPED = {mark: rf"[+-]?[1-9][0-9]{{0,2}}(?:\{mark}[0-9]{{3}})+" for mark in ".,"}
"""Patterns by mark: whole numbers whose thousands it separates."""

ANY = re.compile(r"[+-]?[0-9.,]*[0-9][0-9.,]*(?:[eE][+-]?[0-9]{1,3})?")
"""Pattern of text that is a number under either decimal mark."""

NUMERIC = 0.9
"""Share of numbers among a column's texts from which the column counts as numbers."""

STEP = 'Declare `decimal = ","` or `decimal = "."` in [study] or in the --columns file'


def _decimal(mark: str) -> str:
    """Return the pattern of a number with this decimal mark, with or without the other mark between thousands."""
    other = "," if mark == "." else "."
    whole = rf"(?:[1-9][0-9]{{0,2}}(?:\{other}[0-9]{{3}})+|[0-9]+)"
    return rf"[+-]?(?:{whole})?\{mark}[0-9]+(?:[eE][+-]?[0-9]{{1,3}})?"


@dataclass(frozen=True)
class _Found:
    """The first number of each kind: (text, column)."""

    decimal: dict[str, tuple[str, str]]
    ambiguous: dict[str, tuple[str, str]]


def decimal_mark(table: SourceTable, numbers: Iterable[SourceColumn], declared: str = "") -> tuple[Mark, list[Problem]]:
    """Return the decimal mark of a text file, and problems where it is ambiguous.

    A mark is decimal where a number can be read in no other way, as in 43,7 or 0.5; 4.567 shows nothing. Columns
    that are read as numbers decide first, then all others.

    Parameters
    ----------
    numbers : iterable of SourceColumn
        Columns that the codebook reads as numbers, without what it declares as missing.
    declared : {'', '.', ','}
    """
    if declared or not table.separator:
        return ("," if declared == "," else "."), []
    asked = _find(column for column in numbers if column.text)
    if len(asked.decimal) == 2:
        shown = " and ".join(f"{text!r} in column {name!r}" for text, name in asked.decimal.values())
        return ".", [Problem(table.path, f"decimal commas beside decimal points ({shown})", "one decimal mark", STEP)]
    if asked.decimal:
        return ("," if "," in asked.decimal else "."), []
    if not asked.ambiguous:
        return ".", []
    others = _find(column for place in range(len(table.names)) if _numeric(column := table.column(place)))
    if len(others.decimal) == 1:
        return ("," if "," in others.decimal else "."), []
    if table.separator == "," and set(asked.ambiguous) == {"."}:
        return ".", []  # with commas between cells, a point is a decimal point
    text, name = next(iter(asked.ambiguous.values()))
    plain = re.sub(r"[.,]", "", text)
    got = f"{text!r} and the like, which may mean {re.sub(r'[.,]', '.', text)} or {plain}"
    return ".", [Problem(f"{table.path}, column {name!r}", got, "numbers that can be read in one way", STEP)]


def _find(columns: Iterable[SourceColumn]) -> _Found:
    found = _Found({}, {})
    for column in columns:
        texts = _marked(column)
        for mark in ".,":
            sure = pc.and_(_match(texts, _decimal(mark)), pc.invert(_match(texts, GROUPED[mark])))
            other = "," if mark == "." else "."
            grouped = pc.and_(_match(texts, GROUPED[other]), pc.invert(_match(texts, AMBIGUOUS[other])))
            for hits, kept in (
                (pc.or_(sure, grouped), found.decimal),
                (_match(texts, AMBIGUOUS[mark]), found.ambiguous),
            ):
                if mark not in kept and pc.any(hits).as_py():
                    kept[mark] = (texts.filter(hits)[0].as_py(), column.name)
    return found


def _marked(column: SourceColumn) -> pa.Array:
    """Return a column's distinct texts that hold a point or a comma."""
    texts = pc.drop_null(pa.array(column.values, pa.string(), from_pandas=True))
    return pc.unique(pc.utf8_trim_whitespace(texts.filter(pc.match_substring_regex(texts, "[.,]"))))


def _match(texts: pa.Array, pattern: str) -> pa.Array:
    return pc.match_substring_regex(texts, f"^(?:{pattern})$")


def _numeric(column: SourceColumn) -> bool:
    texts = pc.drop_null(pa.array(column.values, pa.string(), from_pandas=True))
    if not len(texts):
        return False
    return bool(pc.mean(_match(pc.utf8_trim_whitespace(texts), ANY.pattern)).as_py() >= NUMERIC)


def parse(values: pd.Series, mark: Mark) -> tuple[pd.Series, pd.Series]:
    """Return the numbers in a text column, and which texts are no number; thousands marks are read, blanks stay blank.

    Parameters
    ----------
    values : pandas.Series
        Text, missing where blank.
    mark : {'.', ','}
        The decimal mark.

    Returns
    -------
    numbers : pandas.Series of float
    bad : pandas.Series of bool
    """
    texts = pc.utf8_trim_whitespace(pa.array(values, pa.string(), from_pandas=True))
    thousands = "," if mark == "." else "."
    if pc.any(pc.match_substring_regex(texts, "[,]" if mark == "." else "[.,]")).as_py():
        grouped = pc.or_(_match(texts, GROUPED[thousands]), _match(texts, _decimal(mark)))
        plain = pc.replace_substring(pc.replace_substring(texts, thousands, ""), mark, ".")
        # a text that is no number with this mark keeps its marks, and is refused below
        texts = pc.if_else(grouped, plain, pc.if_else(_foreign(texts, mark), pa.scalar("x"), texts))
    good = pc.fill_null(_match(texts, NUMBER), False)
    numbers = pc.cast(pc.if_else(good, texts, pa.scalar(None, pa.string())), pa.float64())
    bad = ~good.to_numpy(zero_copy_only=False) & values.notna().to_numpy()
    return pd.Series(numbers.to_numpy(zero_copy_only=False), index=values.index), pd.Series(bad, index=values.index)


def _foreign(texts: pa.Array, mark: Mark) -> pa.Array:
    """Return texts with a mark that is neither decimal here nor between thousands."""
    return pc.match_substring(texts, "," if mark == "." else ".")


def uneven(values: pd.Series, mark: Mark) -> tuple[str, str] | None:
    """Return a number of a column with a thousands mark and one without, or None if all are written alike."""
    texts = pc.drop_null(pc.utf8_trim_whitespace(pa.array(values, pa.string(), from_pandas=True)))
    thousands = "," if mark == "." else "."
    with_ = texts.filter(_match(texts, rf"{GROUPED[thousands]}(?:\{mark}[0-9]+)?"))
    if not len(with_):
        return None
    without = texts.filter(_match(texts, rf"[+-]?[1-9][0-9]{{3,}}(?:\{mark}[0-9]+)?"))
    return (with_[0].as_py(), without[0].as_py()) if len(without) else None


def as_floats(values: pd.Series) -> np.ndarray:
    """Return a column of numbers or booleans as floats, NaN where blank."""
    return values.astype("Float64").to_numpy(dtype=float, na_value=np.nan)
