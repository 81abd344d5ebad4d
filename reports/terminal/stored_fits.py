"""The list of stored fits, as `fits.ls` prints it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from fits.listing import NAMED, Line

STYLE = {"passed": "green", "look": "yellow", "failed": "bold red", "damaged": "bold red"}

DATA = {True: "SIMULATED", False: "own", None: "unknown"}


def print_lines(lines: Sequence[Line], earlier: Sequence[str], console: Console) -> None:
    """Print a row for every stored fit, and name those of an earlier layout."""
    if lines:
        console.print(_table(lines))
    else:
        console.print("No fits are stored yet. Make one: python -m models.fit peer_tobit")
    if earlier:
        named = ", ".join(earlier[:NAMED]) + (", ..." if len(earlier) > NAMED else "")
        console.print(
            f"Not listed: {len(earlier)} in fits/ of an earlier layout ({named}). Fit again, then remove them."
        )


def _table(lines: Sequence[Line]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("fit", "status", "data", "MB", "made (UTC)", "remarks"):
        table.add_column(heading, overflow="fold", justify="right" if heading == "MB" else "left")
    for line in lines:
        status = Text(line.status, STYLE[line.status]) + Text(", stale" if line.stale else "", "bold yellow")
        remarks = "; ".join(filter(None, [line.note, *line.stale]))
        # Text, for a file's name or a TOML table in brackets is not markup.
        table.add_row(
            Text(line.name),
            status,
            DATA[line.simulated],
            f"{line.size_mb:.1f}",
            line.created[:16].replace("T", " "),
            Text(remarks),
        )
    return table
