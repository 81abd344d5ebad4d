"""A table as HTML, through great_tables, whose strings are all escaped here."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import pandas as pd
from great_tables import GT, html
from markupsafe import Markup, escape

from reports.document.anchors import Anchor
from reports.document.blocks import Cell, Column, Table

BRACES = {ord("{"): "&#123;", ord("}"): "&#125;"}
"""great_tables reads double braces as its notation of units."""

HEADERS = re.compile(r' (?:headers|id)="gt:[^"]*"')
"""Which great_tables writes into every cell, at the length of three names; no text holds it, since quotes in text
are escaped. The scope of header cells says the same to a screen reader."""

SHORT, INTERVAL, LONG = 14, 24, 40
"""Letters up to which text and numbers stay on one line, and from which a column is given room."""

WORDY = 2
"""Columns of long text from which a table becomes cards on a phone; tables of numbers are read across."""

JOINTS = re.compile(r"_(?=\w)|(?<=[^\W\d_])[./](?=[^\W\d_])")
"""Where a name may be cut by the end of a line: never in a number, nor in the entities of escaped text."""

UNBROKEN = re.compile(r"[^\s_./-]{24}")
"""What has no such place for so long, a checksum say, that it may be cut anywhere."""

PARTS = re.compile(r"<(thead|tbody|tr|th|td)\b([^>]*)>")
"""What great_tables makes a table of; its attributes hold no text."""

ROLES = {"thead": "rowgroup", "tbody": "rowgroup", "tr": "row", "th": "columnheader", "td": "cell"}


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


def safe(text: str) -> Markup:
    """Return text that is text to HTML and to great_tables."""
    whole = text.encode("utf-8", "replace").decode()  # half a surrogate pair would stop pyarrow
    return Markup(str(escape(whole)).translate(BRACES))  # noqa: S704 (escaped in this very line)


def breakable(text: str) -> Markup:
    """Return safe text whose names break at their joints; what is copied from it holds no more than the text."""
    return Markup(JOINTS.sub(r"\g<0><wbr>", safe(text)))  # noqa: S704 (escaped, and a tag of ours)


def table_html(table: Table, places: Mapping[str, Anchor]) -> Markup:
    """Return the bare `table` element; '' where no column is shown.

    The header cells have the scope of their column, row or group; a shown value at full precision stands in
    `data-value`, what a row is chosen by in `data-filter`, as indices into the choices of every filter.
    """
    shown = [column for column in table.columns if column.heading and column.key != table.groups]
    if not shown:
        return Markup("")
    keys = {f"c{k}": column for k, column in enumerate(shown)}
    marks = _marks(table)
    cells = {
        name: [_cell(table.cell(row, column.key), column, places, mark if name == "c0" else "")
               for row, mark in zip(table.rows, marks, strict=True)]
        for name, column in keys.items()
    }  # fmt: skip
    if table.groups:
        cells["group"] = [_cell(table.cell(row, table.groups), Column(""), places, "") for row in table.rows]
    heads = not shown[0].numeric and len(shown) > 1
    made = GT(
        pd.DataFrame(cells, dtype=object),
        id=f"gt:{table.name}",
        groupname_col="group" if table.groups else None,
        rowname_col="c0" if heads else None,
    )
    made = _labelled(made, keys, heads=heads)
    if table.rows:
        made = made.fmt(str, columns=list(cells))  # what is formatted is not escaped again
    whole = made.as_raw_html()
    # The page has its own style, once: great_tables' would stand there with every table.
    inner = whole[whole.index("<table") + len("<table") : whole.rindex("</table>")].replace("\n    <", "<")
    inner = HEADERS.sub("", inner)
    attributes = f'aria-labelledby="caption:{safe(table.name)}"'
    if _wordy(table, shown):
        inner = _carded(inner, [safe(column.heading) for column in shown])
        attributes += ' role="table" data-cards'
    return Markup(f"<table {attributes}{inner}</table>")  # noqa: S704 (escaped above)


def _wordy(table: Table, shown: list[Column]) -> bool:
    texts = [column.key for column in shown if not column.numeric]
    long = [key for key in texts if any(len(table.cell(row, key).shown) >= LONG for row in table.rows)]
    return len(long) >= WORDY


def _carded(inner: str, labels: list[Markup]) -> str:
    """Return the inside of a table whose cells name their column, for cards in which no header stands above them.

    Roles are written out, since a browser takes those of rows and cells away with their display.
    """
    label = cycle(labels)

    def told(part: re.Match[str]) -> str:
        tag, rest = part.groups()
        heads_row = 'scope="row"' in rest
        named = f' data-label="{next(label)}"' if heads_row or tag == "td" else ""
        return f'<{tag} role="{"rowheader" if heads_row else ROLES[tag]}"{named}{rest}>'

    return PARTS.sub(told, inner)


def _labelled(made: GT, keys: Mapping[str, Column], *, heads: bool) -> GT:
    labels: dict[str, Any] = {name: html(_heading(column)) for name, column in keys.items()}
    right = [name for name, column in keys.items() if column.numeric]
    left = [name for name, column in keys.items() if not column.numeric]
    if heads:
        made = made.tab_stubhead(labels.pop("c0"))
        left.remove("c0")
    if labels:
        made = made.cols_label(labels)
    for align, names in (("right", right), ("left", left)):
        if names:
            made = made.cols_align(align, columns=names)
    return made


def _heading(column: Column) -> str:
    whole = all(len(word) <= INTERVAL for word in column.heading.split())
    size = "short" if len(column.heading) <= SHORT else "whole" if whole else ""
    return f'<span class="heading {size}">{breakable(column.heading)}</span>'


def _marks(table: Table) -> list[str]:
    """What the first cell of every row says of the row."""
    chosen = [(key, Filter.of(table, key).choices) for key in table.filters]
    index = {key: {text: k for k, text in enumerate(choices)} for key, choices in chosen}
    return [
        f' data-row="{k}" data-filter="{" ".join(str(index[key][table.cell(row, key).shown]) for key in index)}"'
        for k, row in enumerate(table.rows)
    ]


def _cell(cell: Cell, column: Column, places: Mapping[str, Anchor], mark: str) -> str:
    text = cell.shown or (places[cell.to].label if cell.to else "")
    inner = _linked(text, cell.to)
    if column.numeric:
        mark += f' data-value="{_number(cell.value)}"'
    if cell.mark:
        mark += f' data-mark="{safe(cell.mark)}"'
    size = _size(text, INTERVAL if column.numeric else SHORT)
    names = ["above" if cell.below else "", size, "unbroken" if UNBROKEN.search(text) else ""]
    if any(names):
        mark += f' class="{" ".join(filter(None, names))}"'
    whole = f"<span{mark}>{inner}</span>" if mark else inner
    # The space keeps the two lines apart where they are copied or read aloud.
    return f'{whole} <span class="below">{_linked(cell.below, cell.below_to)}</span>' if cell.below else whole


def _linked(text: str, to: str) -> str:
    return f'<a href="#{safe(to)}">{breakable(text)}</a>' if to else str(breakable(text))


def _size(text: str, most: int) -> str:
    return "short" if len(text) <= most else "long" if len(text) >= LONG else ""


def _number(value: Any) -> str:
    """Return what scripts sort by: '' for what is no number."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return ""
    return repr(number) if math.isfinite(number) else ""
