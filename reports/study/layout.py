"""Tables for a terminal: side by side where they fit, one block per row where they do not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rich import box
from rich.console import Console, JustifyMethod
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

WRAPPED = 22
"""A text column is not squeezed below this many characters."""

GAP = 3
"""Characters between two columns."""

INDENT = 2


@dataclass(frozen=True)
class Section:
    """One table.

    Attributes
    ----------
    title : str
    headings : tuple of str
    rows : tuple of tuple of str
    numeric : frozenset of int
        Columns set to the right and never wrapped.
    note : str
        How to read it; stands below the title.
    """

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()
    note: str = ""


def show(console: Console, sections: Iterable[Section], stamp: str = "") -> None:
    """Print the sections that have rows or a note; `stamp` stands on each, as simulated data must say so.

    Parameters
    ----------
    console : rich.console.Console
    sections : iterable of Section
    stamp : str
    """
    for section in sections:
        if not section.rows and not section.note:
            continue
        console.print()
        _title(console, section.title, stamp)
        if section.note:
            console.print(section.note, style="dim")
        if section.rows:
            widths = _widths(section, console.width)
            if widths:
                console.print(_table(section, widths))
            else:
                _blocks(console, section)


def show_list(console: Console, title: str, items: Iterable[str], stamp: str = "") -> None:
    """Print numbered sentences under a title."""
    console.print()
    _title(console, title, stamp)
    grid = Table.grid(padding=(0, 1))
    for number, item in enumerate(items, 1):
        grid.add_row(f"{number}.", Text(item))
    console.print(grid)


def _title(console: Console, title: str, stamp: str) -> None:
    console.print(Text.assemble((title, "bold"), (f"  [{stamp}]" if stamp else "", "bold red")))


def _widths(section: Section, room: int) -> list[int]:
    """Widths of the columns; none when words or numbers would have to be cut."""
    columns = range(len(section.headings))
    widths = [_least(section, column) for column in columns]
    spare = room - sum(widths) - GAP * (len(widths) - 1)
    if spare < 0:
        return []
    wanted = [_widest(section, column) for column in columns]
    while spare and any(width < most for width, most in zip(widths, wanted, strict=True)):
        # the column that is furthest from its full width gains most lines
        needy = max(columns, key=lambda column: wanted[column] / widths[column])
        widths[needy] += 1
        spare -= 1
    return widths


def _least(section: Section, column: int) -> int:
    """Numbers are never wrapped and names never cut; text may be wrapped."""
    words = [word for text in _texts(section, column) for word in text.split()]
    cells = max((len(row[column]) for row in section.rows), default=0)
    return max(cells if column in section.numeric else min(WRAPPED, cells), 1, *map(len, words))


def _widest(section: Section, column: int) -> int:
    return max(1, *map(len, _texts(section, column)))


def _texts(section: Section, column: int) -> list[str]:
    return [section.headings[column], *(row[column] for row in section.rows)]


def _table(section: Section, widths: list[int]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column, heading in enumerate(section.headings):
        justify: JustifyMethod = "right" if column in section.numeric else "left"
        table.add_column(heading, justify=justify, overflow="fold", width=widths[column])
    for row in section.rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def _blocks(console: Console, section: Section) -> None:
    """One row below the other, its first cell as a heading; empty cells are left out."""
    for row in section.rows:
        console.print(Text(row[0], style="bold"))
        cells = zip(section.headings[1:], row[1:], strict=True)
        for line in _packed([f"{heading}: {cell}" for heading, cell in cells if cell], console.width - INDENT):
            console.print(Padding(Text(line), (0, 0, 0, INDENT)))


def _packed(items: list[str], room: int) -> list[str]:
    """Put items on one line as long as they fit."""
    lines: list[str] = []
    for item in items:
        if lines and len(lines[-1]) + len(item) + GAP <= room:
            lines[-1] += " " * GAP + item
        else:
            lines.append(item)
    return lines
