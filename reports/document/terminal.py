"""A document on a terminal: tables in columns where they fit, one block per row where they do not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from reports.document.blocks import Block, Cell, Column, Command, Figure, Fold, Prose, Section, Table

STYLES = {"plain": "", "lead": "bold", "warning": "yellow", "note": "dim", "good": "green", "bad": "bold red"}

WRAPPED = 22
"""A column of text is not squeezed below this many characters."""

NAMES = 12
"""A column of names beside numbers is not squeezed below this many, however narrow the terminal."""

GAP, TIGHT = 2, 1
"""Characters between two columns: as they should be, and where there is no room."""

INDENT = 2


@dataclass(frozen=True)
class _Title:
    text: str
    style: str


@dataclass(frozen=True)
class _End:
    """The end of a section."""


type _Shown = Block | _Title | _End


def screen() -> Console:
    """Return a console on standard output that takes no text for markup."""
    return Console(highlight=False, markup=False, emoji=False)


def show(blocks: Iterable[Block | Section], console: Console) -> None:
    """Print blocks and sections; tables without rows and a note are left out."""
    for before, block in pairwise([None, *_flat(blocks)]):
        if before is not None and _apart(before, block):
            console.print()
        match block:
            case _Title():
                console.print(Text(block.text, block.style))
            case Prose():
                console.print(Text(block.text, STYLES[block.tone]))
            case Command():
                console.print(Text(" " * INDENT + block.text), soft_wrap=True)  # it must be copied whole
            case Figure():
                console.print(Text(f"{block.title}: {block.alt}"))
            case Table():
                _print_table(block, console)


def natural_width(table: Table) -> int:
    """Return the characters that a table takes where nothing in it is broken over lines."""
    return sum(_widest(table, column) for column in table.shown) + GAP * (len(table.shown) - 1)


def _flat(blocks: Iterable[Block | Section]) -> Iterator[_Shown]:
    for block in blocks:
        if isinstance(block, Section):
            yield _Title(block.title, "bold underline")
            yield from _flat(block.blocks)
            yield _End()
        elif isinstance(block, Fold):
            yield _Title(block.summary, "bold")
            yield from _flat(block.blocks)
        elif not isinstance(block, Table) or block.rows or block.note:
            yield block


def _apart(before: _Shown, block: _Shown | None) -> bool:
    """Whether a line is left free between two blocks."""
    if isinstance(block, _End):
        return False
    if isinstance(before, Table | _End) or isinstance(block, _Title):
        return True
    return isinstance(block, Table) and bool(block.title or not isinstance(before, _Title))


def _print_table(table: Table, console: Console) -> None:
    if table.title:
        console.print(Text(table.title, "bold"))
    if table.note:
        console.print(Text(table.note, "dim"))
    if not table.rows or not table.shown:
        return None
    pointed = _pointed(_ungrouped(table))
    for gap, folded in ((GAP, False), (TIGHT, False), (TIGHT, True)):
        if widths := _widths(pointed, console.width - gap * (len(pointed.shown) - 1), folded=folded):
            return console.print(_grid(pointed, widths, gap))
    table = _ungrouped(table)
    for row in table.rows:
        first, *rest = ((column, table.cell(row, column.key)) for column in table.shown)
        if first[1].shown:
            console.print(Text(first[1].shown, STYLES["lead"]))
        said = [f"{_flat_heading(column)}: {cell.shown}" if column.heading else cell.shown for column, cell in rest]
        for line in _packed([text for (_, cell), text in zip(rest, said, strict=True) if cell.shown], console.width):
            console.print(Padding(Text(line), (0, 0, 0, INDENT)))
    return None


def _flat_heading(column: Column) -> str:
    """Return a heading in one line, also one that is over several where there are columns."""
    return " ".join((column.heading or "").split())


def _ungrouped(table: Table) -> Table:
    """Return the table with a row of its own above every group, whose rows are indented."""
    if not table.groups:
        return table
    name = table.shown[0].key
    rows: list[Mapping[str, Any]] = []
    for head, places in table.grouped():
        rows.append({name: replace(head or Cell(None), tone="note")})
        for row in (table.rows[k] for k in places):
            first = table.cell(row, name)
            rows.append({**row, name: replace(first, text=" " * INDENT + first.shown)})
    return replace(table, columns=table.shown, rows=tuple(rows), groups="")


def _pointed(table: Table) -> Table:
    """Return the table with blanks after numbers, so that the points of a column stand under each other."""
    lacks = {column.key: table.lacking(column) for column in table.shown}
    rows = tuple(
        {
            **row,
            **{
                key: replace(table.cell(row, key), text=table.cell(row, key).shown + " " * len(lack[place]))
                for key, lack in lacks.items()
                if lack[place]
            },
        }
        for place, row in enumerate(table.rows)
    )
    return replace(table, rows=rows)


def _widths(table: Table, room: int, *, folded: bool) -> list[int]:
    """Return the widths of the columns; none when words or numbers would have to be cut.

    Parameters
    ----------
    room : int
        Characters for all columns.
    folded : bool
        Whether names may be folded, which is worth it where the rest are numbers to be compared.
    """
    columns = table.shown
    if folded and not all(column.numeric for column in columns[1:]):
        return []
    widths = [min(NAMES, _widest(table, one)) if folded and not one.numeric else _least(table, one) for one in columns]
    spare = room - sum(widths)
    if spare < 0:
        return []
    wanted = [_widest(table, column) for column in columns]
    while spare and any(width < most for width, most in zip(widths, wanted, strict=True)):
        # The column that is furthest from its full width gains most lines.
        needy = max(range(len(columns)), key=lambda k: wanted[k] / widths[k])
        widths[needy] += 1
        spare -= 1
    return widths


def _least(table: Table, column: Column) -> int:
    """Numbers are never wrapped and names never cut; text may be wrapped."""
    words = [word for text in _texts(table, column) for word in text.split()]
    cells = max(cell_len(text) for text in _texts(table, column)[1:])
    return max(cells if column.numeric else min(WRAPPED, cells), 1, *map(cell_len, words))


def _widest(table: Table, column: Column) -> int:
    return max(1, *(cell_len(line) for text in _texts(table, column) for line in text.split("\n")))


def _texts(table: Table, column: Column) -> list[str]:
    return [column.heading or "", *(table.cell(row, column.key).shown for row in table.rows)]


def _grid(table: Table, widths: Sequence[int], gap: int) -> Grid:
    grid = Grid(
        box=None,
        pad_edge=False,
        padding=(0, gap, 0, 0),
        header_style="dim",
        show_header=any(column.heading for column in table.shown),
    )
    for column, width in zip(table.shown, widths, strict=True):
        grid.add_column(
            Text(column.heading or ""), justify="right" if column.numeric else "left", overflow="fold", width=width
        )
    for row in table.rows:
        cells = (table.cell(row, column.key) for column in table.shown)
        grid.add_row(*(_placed(cell, width) for cell, width in zip(cells, widths, strict=True)))
    return grid


def _placed(cell: Cell, width: int) -> Text:
    """Return a cell's text; Rich takes away the blanks after a number that it aligns to the right itself."""
    padded = cell.shown.endswith(" ")
    return Text(
        cell.shown.rjust(width) if padded else cell.shown, STYLES[cell.tone], justify="left" if padded else None
    )


def _packed(items: Iterable[str], width: int) -> list[str]:
    """Put items on one line as long as they fit."""
    lines: list[str] = []
    for item in items:
        if lines and cell_len(lines[-1]) + cell_len(item) + GAP + 1 <= width - INDENT:
            lines[-1] += " " * (GAP + 1) + item
        else:
            lines.append(item)
    return lines
