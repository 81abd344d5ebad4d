"""A table as its template for HTML needs it: cells with their classes and what scripts read of them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from reports.document.anchors import Anchor
from reports.document.blocks import Cell, Column, Table

SHORT, INTERVAL, LONG = 14, 24, 40
"""Letters up to which text and numbers stay on one line, and from which a column is given room."""

TIGHT = 8
"""Letters up to which a formula as a heading stays on one line: `Pr(> 0)` is no two words."""

WORDY = 2
"""Columns of long text from which a table becomes cards on a phone; tables of numbers are read across."""

JOINTS = re.compile(r"_(?=\w)|(?<=[^\W\d_])[./](?=[^\W\d_])")
"""Where a name may be cut by the end of a line: never in a number, nor in the entities of escaped text."""

UNBROKEN = re.compile(r"[^\s_./-]{24}")
"""What has no such place for so long, a checksum say, that it may be cut anywhere."""


BLANKS = {ord("."): "\u2008", ord("0"): "\u2007"}
"""Blanks as wide as a point and as a digit."""


@dataclass(frozen=True)
class Filter:
    """A column by whose values rows can be chosen: what a reader is asked for, and the choices."""

    label: str
    choices: tuple[str, ...]

    @classmethod
    def of(cls, table: Table, key: str) -> Filter:
        """Read the choices off the rows, in the order in which they come."""
        heading = next(column.heading for column in table.columns if column.key == key)
        choices = dict.fromkeys(table.cell(row, key).shown for row in table.rows)
        return cls(heading or key.replace("_", " ").capitalize(), tuple(choices))


@dataclass(frozen=True)
class Head:
    """The heading of a column: its text, the side that it is aligned to, and a class for its length."""

    text: str
    side: str
    size: str

    @classmethod
    def of(cls, column: Column) -> Head:
        """Return the heading of a column that is shown."""
        text = column.heading or ""
        whole = all(len(word) <= INTERVAL for word in text.split())
        tight = len(text) <= TIGHT and "(" in text
        size = "one-line" if tight else "short" if len(text) <= SHORT else "whole" if whole else ""
        return cls(text, "right" if column.numeric else "left", size)


@dataclass(frozen=True)
class Shown:
    """A cell: its two lines with what they lead to, and the attributes of the first."""

    text: str
    to: str
    below: str
    below_to: str
    attributes: Mapping[str, str | int]


@dataclass(frozen=True)
class View:
    """A table for the template.

    Attributes
    ----------
    stub : bool
        Whether the first cell of a row heads it.
    cards : bool
        Whether a phone shows a card for every row.
    parts : list of (Shown or None, list of rows)
        Groups of rows with what heads them. The first cell of a row says in `data-filter` what it is chosen by, as
        indices into the choices of every filter; numbers stand at full precision in `data-value`.
    """

    name: str
    heads: list[Head]
    stub: bool
    cards: bool
    parts: list[tuple[Shown | None, list[list[Shown]]]]

    @classmethod
    def of(cls, table: Table, places: Mapping[str, Anchor]) -> View:
        """Lay a table out, `places` being what can be linked to."""
        columns = table.shown
        marks = list(_marks(table))
        lacks = {column.key: table.lacking(column) for column in columns}
        parts = [
            (
                None if group is None else _shown(group, places, {}, most=SHORT),
                [
                    [
                        _shown(
                            table.cell(table.rows[k], column.key),
                            places,
                            marks[k] if column is columns[0] else {},
                            most=INTERVAL if column.numeric else SHORT,
                            number=column.numeric,
                            lacks=lacks[column.key][k],
                        )
                        for column in columns
                    ]
                    for k in rows
                ],
            )
            for group, rows in table.grouped()
        ]
        stub = not columns[0].numeric and len(columns) > 1
        return cls(table.name, [Head.of(column) for column in columns], stub, _wordy(table), parts)


def breakable(text: str) -> Markup:
    """Return escaped text whose names break at their joints; what is copied from it holds no more than the text."""
    return Markup(JOINTS.sub(r"\g<0><wbr>", escape(text)))  # noqa: S704 (escaped, and a tag of ours)


def _wordy(table: Table) -> bool:
    texts = [column.key for column in table.shown if not column.numeric]
    long = [key for key in texts if any(len(table.cell(row, key).shown) >= LONG for row in table.rows)]
    return len(long) >= WORDY


def _marks(table: Table) -> Iterator[dict[str, str | int]]:
    """What the first cell of every row says of the row."""
    index = {key: {text: k for k, text in enumerate(Filter.of(table, key).choices)} for key in table.filters}
    for k, row in enumerate(table.rows):
        chosen = (str(index[key][table.cell(row, key).shown]) for key in index)
        yield {"data-row": k, "data-filter": " ".join(chosen)}


def _shown(
    cell: Cell,
    places: Mapping[str, Anchor],
    marks: Mapping[str, str | int],
    *,
    most: int,
    number: bool = False,
    lacks: str = "",
) -> Shown:
    """A cell whose text stays on one line up to so many letters, with blanks for the decimals that it lacks."""
    text = cell.shown or (places[cell.to].label if cell.to else "")
    size = "short" if len(text) <= most else "long" if len(text) >= LONG else ""
    names = ["above" if cell.below else "", size, "unbroken" if UNBROKEN.search(text) else ""]
    attributes = {
        **marks,
        **({"data-value": _number(cell.value)} if number else {}),
        **({"data-mark": cell.mark} if cell.mark else {}),
        **({"data-tone": cell.tone} if cell.tone != "plain" else {}),
        **({"class": " ".join(filter(None, names))} if any(names) else {}),
    }
    return Shown(text + lacks.translate(BLANKS), cell.to, cell.below, cell.below_to, attributes)


def _number(value: Any) -> str:
    """Return what scripts sort by: '' for what is no number."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return ""
    return repr(number) if math.isfinite(number) else ""
