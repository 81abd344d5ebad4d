"""Read text files: find the separator, the header and the blank cells; every cell stays text."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from data.arrays import Mask
from data.errors import InputError, Problem
from data.loading.encoding import decoded
from data.loading.source import SourceColumn, SourceTable

SEPARATORS = ";\t|, "
"""Possible separators, in order of preference: commas also occur in numbers, and blanks in texts."""

LOOKED_AT = 50
"""Number of rows from which the separator is found."""

LARGEST_ROW = 1 << 24
"""Most bytes of one row."""

NOT_AVAILABLE = "NA"
"""R's text for a missing cell; in quotes it is ordinary text."""

END_OF_FILE = "\x1a"
"""Character that DOS wrote after the last line."""

ESCAPE = "\\"
"""Character that R's write.table puts before a quote inside a text; other programs double the quote."""

_SEPARATOR_LINE = re.compile(r"\"?sep=(.)\"?\r?\n?", re.IGNORECASE)


csv.field_size_limit(LARGEST_ROW)


@dataclass(frozen=True)
class Layout:
    """The layout of a table's text.

    Attributes
    ----------
    names : tuple of str
        Names of all fields of a row; '' for a field that the header does not name, which is no column.
    start : int
        Position in the text at which the first row begins.
    inserted : {'', 'first', 'last'}
        The field of a row that the header does not have: R's row names, or what follows a separator at the end.
    """

    separator: str
    names: tuple[str, ...]
    start: int
    inserted: Literal["", "first", "last"] = ""


def read_delimited(path: Path, encoding: str = "") -> SourceTable:
    """Return the table of a text file, each cell as its unchanged text.

    A cell is blank if it is empty or is R's NA without quotes; the codebook decides about every other text.

    Parameters
    ----------
    encoding : str
        The declared encoding; '' finds it from the bytes.

    Raises
    ------
    InputError
        When the encoding is implausible, or rows are malformed.
    """
    text, note = decoded(path.read_bytes(), str(path), encoding)
    text = text.removesuffix(END_OF_FILE)
    layout = _layout(text, str(path))
    table = _rows(text[layout.start :], layout, str(path))
    _require_no_column(table, layout, str(path))
    kept = [place for place, name in enumerate(layout.names) if name]

    def get(position: int) -> SourceColumn:
        return _column(layout.names[kept[position]], table.column(kept[position]))

    names = tuple(layout.names[place] for place in kept)
    return SourceTable(str(path), names, table.num_rows, get, layout.separator, (note,) if note else ())


def _require_no_column(table: pa.Table, layout: Layout, path: str) -> None:
    """Raise an error where a field that the header lacks holds data after all."""
    expected = f"{len(layout.names) - 1} cells, one for each column of the header"
    if layout.inserted == "last":
        filled = np.flatnonzero(~_mask(pc.equal(pc.fill_null(table.column(len(layout.names) - 1), "NA"), "")))
        if filled.size:
            raise _bad(f"{path}, row {filled[0] + 1}", f"{len(layout.names)} cells", expected)
    if layout.inserted == "first" and pc.count_distinct(table.column(0)).as_py() < table.num_rows:
        step = "Name the first column in the header, or write decimal commas in quotes"
        raise _bad(
            path, f"{len(layout.names)} cells in each row, of which the first are not all different", expected, step
        )


def _column(name: str, cells: pa.ChunkedArray) -> SourceColumn:
    trimmed = pc.ascii_trim_whitespace(cells)
    empty = _mask(pc.equal(trimmed, ""))
    bare = _mask(cells.is_null()) | (_mask(pc.equal(trimmed, NOT_AVAILABLE)) & ~_mask(pc.equal(cells, NOT_AVAILABLE)))
    values = cells.to_pandas()
    blanks: dict[str, Mask] = {}
    for token, gone in (("", empty), (NOT_AVAILABLE, bare)):
        if gone.any():
            blanks[token] = gone
            values = values.mask(gone)
    return SourceColumn(name, pd.Series(values), blanks, text=True)


def _mask(found: pa.ChunkedArray) -> Mask:
    return np.asarray(pc.fill_null(found, False).to_numpy(zero_copy_only=False), dtype=bool)


def _rows(text: str, layout: Layout, path: str) -> pa.Table:
    ragged: list[tuple[int | None, int]] = []

    def refuse(row: arrow_csv.InvalidRow) -> str:
        ragged.append((row.number, row.actual_columns))
        return "skip"

    escape, rows = _quoting(text, layout, path)
    # NA in quotes is text; without quotes it is R's missing value
    convert = arrow_csv.ConvertOptions(
        column_types={str(k): pa.string() for k in range(len(layout.names))},
        null_values=[NOT_AVAILABLE],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    parse = arrow_csv.ParseOptions(
        delimiter=layout.separator,
        newlines_in_values=True,
        invalid_row_handler=refuse,
        escape_char=escape or False,
        double_quote=not escape,
        ignore_empty_lines=len(layout.names) > 1,  # in a file of one column an empty line is an empty cell
    )
    content = text.encode("utf-8")
    read = arrow_csv.ReadOptions(
        column_names=[str(k) for k in range(len(layout.names))],
        use_threads=False,
        block_size=min(max(len(content), 1), 4 * LARGEST_ROW),
    )
    if not content.strip():
        return pa.table({str(k): pa.array([], pa.string()) for k in range(len(layout.names))})
    try:
        table = arrow_csv.read_csv(io.BytesIO(content), read_options=read, parse_options=parse, convert_options=convert)
    except pa.ArrowInvalid as error:
        raise _bad(path, f"bytes that do not read as .csv ({_short(str(error))})", "a readable file") from error
    if ragged:
        number, fields = ragged[0]
        more = f" (and {len(ragged) - 1} more rows)" if len(ragged) > 1 else ""
        got = f"{fields} cells{more}"
        step = "Is there a separator inside a text without quotes, or a decimal comma?"
        where = f"{path}, row {number}" if number else path
        raise _bad(where, got, f"{len(layout.names)} cells, one for each column of the header", step)
    if rows is not None and rows != table.num_rows:
        got = f"{table.num_rows} rows for one reader and {rows} for another"
        raise _bad(path, got, "rows that every reader finds", "Is a quote left open, or an odd line end in a text?")
    return table


def _quoting(text: str, layout: Layout, path: str) -> tuple[str, int | None]:
    """Return how a quote inside a text is escaped ('' where it is doubled), and the number of rows.

    An unclosed quote makes several rows one, and is refused with its place. In a text without quotes rows are not
    counted.
    """
    if '"' not in text:
        return "", None
    said, line = "", 0
    for escape in ("", ESCAPE) if f'{ESCAPE}"' in text else ("",):
        reader = csv.reader(
            io.StringIO(text, newline=""),
            delimiter=layout.separator,
            doublequote=not escape,
            escapechar=escape or None,
            strict=True,
        )
        try:
            return escape, sum(1 for row in reader if row or len(layout.names) == 1)
        except csv.Error as fault:
            said, line = str(fault), reader.line_num
    got = f"a quote that is not closed, or not at the end of a cell ({said})"
    raise _bad(f"{path}, about line {line + 1} of the data", got, "quotes around whole cells, doubled inside them")


def _short(message: str) -> str:
    """Return a parser's message without the row it quotes."""
    return message.partition(": ")[2].partition(": ")[0] or message.partition("\n")[0]


def _layout(text: str, path: str) -> Layout:
    start, declared = 0, ""
    if line := _SEPARATOR_LINE.match(text):
        start, declared = line.end(), line[1]
    while text[start : start + 1] in {"\r", "\n"}:
        start += 1
    head = text[start : start + LARGEST_ROW]
    separator = declared or _separator(head)
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=separator)
    try:
        header = next(reader, [])
        start = _line_start(text, start, head, reader.line_num)
        rows = [row for row in islice(reader, LOOKED_AT) if row]
    except csv.Error as error:
        raise _bad(path, f"bytes that do not read as .csv ({error})", "a readable file") from error
    if not header:
        raise _bad(path, "bytes that do not read as .csv (no line of text)", "a table with a header and rows")
    quoted = head.startswith('"') and text[start : start + 1] == '"'
    return _fields(header, rows, quoted=quoted, start=start, separator=separator)


def _fields(header: list[str], rows: list[list[str]], *, quoted: bool, start: int, separator: str) -> Layout:
    if rows and all(len(row) == len(header) + 1 for row in rows):
        if all(not row[-1] for row in rows):
            return Layout(separator, (*header, ""), start, "last")
        # R's row names are all different, and in quotes like the header
        if quoted and len({row[0] for row in rows}) == len(rows):
            return Layout(separator, ("", *header), start, "first")
    return Layout(separator, tuple(header), start)


def _separator(text: str) -> str:
    """Return the separator that splits the first rows evenly into the most fields, as many as the header has."""
    best, most = ",", (False, 1)
    for candidate in SEPARATORS:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=candidate)
        try:
            counts = [len(row) for row in islice(reader, LOOKED_AT) if row]
        except csv.Error:
            continue
        if not counts or counts[0] < 2:
            continue
        even = all(count in (counts[0], counts[0] + 1) for count in counts)
        # blanks also occur inside texts: they separate only where nothing else does, and evenly
        if (even, counts[0]) > most and (even or candidate != " "):
            best, most = candidate, (even, counts[0])
    return best


def _line_start(text: str, start: int, head: str, lines: int) -> int:
    """Return the position in the text at which the line after `lines` lines begins."""
    ends = [end.end() for end in islice(re.finditer(r"\r\n|\n|\r", head), lines)]
    return start + ends[-1] if ends else len(text)


def _bad(where: str, got: str, expected: str, next_step: str = "") -> InputError:
    return InputError([Problem(where, got, expected, next_step)])
