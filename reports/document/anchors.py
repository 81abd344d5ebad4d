"""What can be linked to in a document: every section, table and figure, by name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from reports.document.blocks import Block, Cell, Figure, Prose, Table
from reports.document.document import Document

NAME = re.compile(r"\w([\w.-]*\w)?")
"""A name is an anchor and the stem of files at once: no spaces, slashes or leading dots, any alphabet."""

LONGEST = 150
"""Bytes of a name, so that every file system takes it with a suffix."""


@dataclass(frozen=True)
class Anchor:
    """A place in the page.

    Attributes
    ----------
    label : str
        What a link to it says: 'Table 3', 'Figure 1', a section's title.
    """

    name: str
    label: str


def anchors(document: Document) -> dict[str, Anchor]:
    """Return every place by its name, tables and figures numbered in order.

    Raises
    ------
    ValueError
        When a name cannot be one, stands twice, or is linked to and nowhere; when a table names columns it lacks.
    """
    found: dict[str, Anchor] = {}
    places = [(section.name, section.title) for section in document.sections]
    places += [(table.name, f"Table {k}") for k, table in enumerate(document.tables(), 1)]
    places += [(figure.name, f"Figure {k}") for k, figure in enumerate(document.figures(), 1)]
    folded: set[str] = set()
    for name, label in places:
        if not NAME.fullmatch(name) or len(name.encode()) > LONGEST:
            raise ValueError(f"{name!r} cannot be the name of a section, table or figure")
        # Some file systems do not tell A from a.
        if name.casefold() in folded:
            raise ValueError(f"two sections, tables or figures are named {name!r}")
        folded.add(name.casefold())
        found[name] = Anchor(name, label)
    for block in document.blocks():
        _check(block, found)
    return found


def _check(block: Block, known: dict[str, Anchor]) -> None:
    if isinstance(block, Table):
        _check_columns(block)
    for to in _links(block):
        if to not in known:
            where = block.name if isinstance(block, Table | Figure) else "a paragraph"
            raise ValueError(f"{where} links to {to!r}, which is no section, table or figure of the page")


def _links(block: Any) -> list[str]:
    if isinstance(block, Prose):
        return [block.to] if block.to else []
    if isinstance(block, Table):
        cells = [cell for row in block.rows for cell in row.values() if isinstance(cell, Cell)]
        return [to for cell in cells for to in (cell.to, cell.below_to) if to]
    return []


def _check_columns(table: Table) -> None:
    keys = [column.key for column in table.columns]
    if len(set(keys)) < len(keys):
        raise ValueError(f"table {table.name!r} has two columns of one key")
    used = {*table.filters, *([table.groups] if table.groups else []), *(key for row in table.rows for key in row)}
    if unknown := sorted(used - set(keys)):
        raise ValueError(f"table {table.name!r} has no column {unknown[0]!r}")
