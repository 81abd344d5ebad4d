"""CSV for people: no cell that a spreadsheet runs, numbers that read back, text that comes back whole."""

from __future__ import annotations

import ast
import csv
import math
import re
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.files.csv_text import csv_records, csv_text, guarded, read_records, unguarded
from tests.running import ROOT

SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20"
UNSEEN = " \"'\u00a0\u3000\u200b\ufeff\x00\x0b\t\r\n"
NASTY = st.text(st.sampled_from([*SIGNS, *UNSEEN, *";,|!a1."]), max_size=8)
TEXT = st.one_of(NASTY, st.text(max_size=12))

READS = {"data/files/csv_text.py", "data/loading/delimited.py"}
"""Files that may import `csv`: the writer, and the reader of what others wrote."""

ANY_STUDY = "data/simulation/simulator.py"
"""Writes rows that are to be read back, not a table for people."""


def live(cell: str) -> bool:
    """Whether a program may take a cell for a formula, whatever it drops before the sign but an apostrophe."""
    seen = cell.lstrip(UNSEEN.replace("'", ""))
    dropped = cell[:1] in ("\t", "\r", "\n")
    return (dropped or seen[:1] in tuple(SIGNS)) and not re.fullmatch(r"[-+]?[0-9.]+([eE][-+]?[0-9]+)?", cell)


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(StringIO(text, newline="")))


@given(st.lists(TEXT, min_size=1, max_size=4), st.lists(TEXT, min_size=1, max_size=4))
def test_no_text_is_a_formula_nor_begins_one_elsewhere(names: list[str], row: list[str]) -> None:
    found = cells(csv_text(names, [row]))
    assert not [cell for line in found for cell in line if live(cell)]
    # A program that splits at semicolons, tabs or any line end sees no formula either.
    parts = [part for line in found for cell in line for part in re.split(r"[;\t\r\n]", cell)[1:]]
    assert not [part for part in parts if part.strip(UNSEEN.replace("'", ""))[:1] in tuple(SIGNS)]


@given(TEXT)
def test_text_comes_back_as_it_was(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert read_records(csv_records([{text or "a": text, "other": "x"}])) == [{text or "a": text, "other": "x"}]


@given(st.one_of(st.integers(), st.floats()))
def test_numbers_read_back_as_numbers_whether_typed_or_text(value: float) -> None:
    (row,) = read_records(csv_records([{"typed": value}]))
    back = type(value)(row["typed"])
    assert back == value or (math.isnan(back) and math.isnan(value))
    assert cells(csv_text(["typed"], [[value]]))[1] == [str(value)]
    if math.isfinite(value):
        assert cells(csv_text(["text"], [[str(value)]]))[1] == [str(value)]


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"), ("+10 percent", "'+10 percent"), ("-3 to 6", "'-3 to 6"), ("@SUM(A1)", "'@SUM(A1)"),
        (' "=1', "' \"=1"), ("\uff1d1", "'\uff1d1"), ("\ufeff=1", "'\ufeff=1"), ("\rx", "'\rx"), ("a;=1", "a;'=1"),
        ("'=1", "''=1"), ("-1.5", "-1.5"), ("-1_000", "'-1_000"), ("-inf", "'-inf"), ("-\u0661", "'-\u0661"),
        ("plain; text, 5", "plain; text, 5"), ("it's", "it's"), ("'quoted'", "'quoted'"), ("", ""),
    ],
)  # fmt: skip
def test_what_a_cell_looks_like(text: str, cell: str) -> None:
    assert (guarded(text), unguarded(cell)) == (cell, text)


def test_rows_have_the_names_of_all_and_none_is_empty() -> None:
    text = csv_records([{"=a": 1, "b": None}, {"=a": -2.5, "c": "x"}])
    assert text == "'=a,b,c\n1,,\n-2.5,,x\n"
    assert read_records(text) == [{"=a": "1", "b": "", "c": ""}, {"=a": "-2.5", "b": "", "c": "x"}]


def test_tables_of_before_there_were_apostrophes_are_read_too() -> None:
    assert read_records("label,n\n+a,\n-b,3\n") == [{"label": "+a", "n": ""}, {"label": "-b", "n": "3"}]


def test_nobody_else_writes_csv() -> None:
    for folder in ("data", "priors", "models", "fits", "reports"):
        for path in (ROOT / folder).rglob("*.py"):
            name = path.relative_to(ROOT).as_posix()
            tree = ast.parse(path.read_text(encoding="utf-8"))
            used = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
            called = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
            assert "csv" not in used or name in READS, name
            assert "to_csv" not in called or name == ANY_STUDY, name
