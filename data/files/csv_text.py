"""Write CSV that no spreadsheet runs as formulas, and read it back.

Spreadsheets run a cell that begins with a sign as a formula when the file is opened. Such text gets an apostrophe
before it, as OWASP advises (https://owasp.org/www-community/attacks/CSV_Injection). Numbers stay unchanged, so that
they read back as numbers. Simulated studies are not tables for people; `data.simulation.simulator` writes them.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from numbers import Number
from typing import Any

from data.numbers import NUMBER

SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20"
"""First characters of a formula, and their full-width forms, which some spreadsheets accept too."""

_UNSEEN = r"[\s\"'\x00-\x1f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]*"
"""Characters before a sign that a program may drop: white space, quotes, zero-width characters."""

_AT_START = rf"(?={_UNSEEN}[{SIGNS}\t\r\n])"
_INSIDE = rf"(?={_UNSEEN}[{SIGNS}])"

_LIVE = re.compile(_AT_START)
_NEXT = re.compile(rf"(?<=[;\t\r\n]){_INSIDE}")
"""Positions at which a program that splits at semicolons, tabs or line ends inside quotes would begin a cell."""

_GUARD = re.compile(rf"'{_AT_START}")
_NEXT_GUARD = re.compile(rf"(?<=[;\t\r\n])'{_INSIDE}")

_NUMBER = re.compile(NUMBER, re.ASCII)


def guarded(text: str) -> str:
    """Return text as a cell that no spreadsheet runs; text that is only a number stays unchanged."""
    if _NUMBER.fullmatch(text):
        return text
    return f"{"'" if _LIVE.match(text) else ''}{_NEXT.sub("'", text)}"


def unguarded(cell: str) -> str:
    """Return the text from which `guarded` made a cell."""
    text = cell[1:] if _GUARD.match(cell) else cell
    return _NEXT_GUARD.sub("", text)


def csv_text(names: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """Return a table as CSV: numbers unchanged, None as an empty cell, all else as guarded text.

    Parameters
    ----------
    names : iterable of str
        Column names.
    rows : iterable of iterables
        Values in the order of the names.
    """
    buffer = StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([guarded(name) for name in names])
    writer.writerows([_cell(value) for value in row] for row in rows)
    return buffer.getvalue()


def csv_records(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as CSV, with a column for every name that any row has."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return csv_text(names, ([row.get(name) for name in names] for row in rows))


def read_records(text: str) -> list[dict[str, str]]:
    """Return the rows of a table that `csv_text` wrote, as text; a missing cell is ''."""
    rows = csv.DictReader(StringIO(text, newline=""))
    return [{unguarded(name): unguarded(row[name] or "") for name in rows.fieldnames or ()} for row in rows]


def _cell(value: Any) -> Any:
    return value if value is None or isinstance(value, Number) else guarded(str(value))
