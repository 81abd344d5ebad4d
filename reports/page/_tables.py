"""A table as HTML, through great_tables, whose strings are all escaped here."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from great_tables import GT, html
from markupsafe import Markup, escape

from reports.page._anchors import Anchor
from reports.page._blocks import Cell, Column, Table

BRACES = {ord("{"): "&#123;", ord("}"): "&#125;"}
"""great_tables reads double braces as its notation of units."""

HEADERS = re.compile(r' (?:headers|id)="gt:[^"]*"')
"""Which great_tables writes into every cell, at the length of three names; no text holds it, since quotes in text
are escaped. The scope of header cells says the same to a screen reader."""

SHORT, INTERVAL, LONG = 14, 24, 40
"""Letters up to which text and numbers stay on one line, and from which a column is given room."""


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
    return Markup(f'<table aria-labelledby="caption:{safe(table.name)}"{inner}</table>')  # noqa: S704 (escaped above)


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
    return f'<span class="heading {size}">{safe(column.heading)}</span>'


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
    inner = f'<a href="#{safe(cell.to)}">{safe(text)}</a>' if cell.to else str(safe(text))
    if column.numeric:
        mark += f' data-value="{_number(cell.value)}"'
    if size := _size(text, INTERVAL if column.numeric else SHORT):
        mark += f' class="{size}"'
    return f"<span{mark}>{inner}</span>" if mark else inner


def _size(text: str, most: int) -> str:
    return "short" if len(text) <= most else "long" if len(text) >= LONG else ""


def _number(value: Any) -> str:
    """Return what scripts sort by: '' for what is no number."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return ""
    return repr(number) if math.isfinite(number) else ""
