"""CSV for people: the one writer, whose text no spreadsheet takes for a formula, and the reader that undoes it.

A cell that begins with a sign is a formula to a spreadsheet, which runs it when the file is opened. Such text gets
an apostrophe before it, as OWASP advises (https://owasp.org/www-community/attacks/CSV_Injection). Numbers stay as
they are, so that they read back as numbers. A study that is to be read back is no table for people and is written
by `data.simulation.simulator`.
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
"""What a formula begins with, and the same in the width of Chinese letters, which some spreadsheets take for it."""

_UNSEEN = r"[\s\"'\x00-\x1f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]*"
"""What may precede a sign and be dropped by a program: white space, quotes, letters without width."""

_AT_START = rf"(?={_UNSEEN}[{SIGNS}\t\r\n])"
_INSIDE = rf"(?={_UNSEEN}[{SIGNS}])"

_LIVE = re.compile(_AT_START)
_NEXT = re.compile(rf"(?<=[;\t\r\n]){_INSIDE}")
"""Where another cell would begin for a program that takes semicolons, tabs or line ends inside quotes for its own."""

_GUARD = re.compile(rf"'{_AT_START}")
_NEXT_GUARD = re.compile(rf"(?<=[;\t\r\n])'{_INSIDE}")

_NUMBER = re.compile(NUMBER, re.ASCII)


def guarded(text: str) -> str:
    """Return text as a cell that no spreadsheet runs; what is nothing but a number stays one."""
    if _NUMBER.fullmatch(text):
        return text
    return f"{"'" if _LIVE.match(text) else ''}{_NEXT.sub("'", text)}"


def unguarded(cell: str) -> str:
    """Return the text that `guarded` made a cell of."""
    text = cell[1:] if _GUARD.match(cell) else cell
    return _NEXT_GUARD.sub("", text)


def csv_text(names: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """Return a table as CSV: numbers as they are, None as an empty cell, all else as text.

    Parameters
    ----------
    names : iterable of str
        Of the columns.
    rows : iterable of iterables
        Values in the order of the names.
    """
    buffer = StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([guarded(name) for name in names])
    writer.writerows([_cell(value) for value in row] for row in rows)
    return buffer.getvalue()


def csv_records(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as CSV under the names that any of them has."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return csv_text(names, ([row.get(name) for name in names] for row in rows))


def read_records(text: str) -> list[dict[str, str]]:
    """Return the rows of a table that was written here, as text; what a row lacks is ''."""
    rows = csv.DictReader(StringIO(text, newline=""))
    return [{unguarded(name): unguarded(row[name] or "") for name in rows.fieldnames or ()} for row in rows]


def _cell(value: Any) -> Any:
    return value if value is None or isinstance(value, Number) else guarded(str(value))
