"""What the terminal's tables of a comparison share."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

TIGHT = 72
"""Columns of a terminal below which there is one space between columns, not two."""

NAMES = 12
"""Least width of a column of names, however narrow the terminal."""

NAMING = ("outcome", "parameter")
"""Headings of columns of names."""


def heading(text: str, console: Console) -> None:
    """Print a heading."""
    console.print(Text(f"\n{text}", style="bold underline"))


def table_of(console: Console, *headings: str, numbers: tuple[str, ...] = ()) -> Table:
    """Return an empty table; columns of `numbers` are never folded."""
    out = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 1 if console.width < TIGHT else 2, 0, 0))
    for name in headings:
        if name in numbers:
            out.add_column(name, justify="right", no_wrap=True)
        else:
            out.add_column(name, overflow="fold", min_width=NAMES if name in NAMING else None)
    return out
