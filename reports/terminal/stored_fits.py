"""The list of stored fits, as `fits.ls` prints it."""

from __future__ import annotations

from collections.abc import Sequence

from fits.listing import NAMED, FitLine
from reports.document.blocks import Block, Cell, Prose, Table, Tone
from reports.document.terminal import screen, show

TONE: dict[str, Tone] = {"passed": "good", "look": "warning", "failed": "bad", "damaged": "bad"}

DATA = {True: "SIMULATED", False: "own", None: "unknown"}


def print_lines(lines: Sequence[FitLine], earlier: Sequence[str]) -> None:
    """Print a row for every stored fit, and name those of an earlier layout."""
    none = Prose("No fits are stored yet. Make one: python -m models.fit peer_tobit")
    blocks: list[Block] = [_table(lines) if lines else none]
    if earlier:
        named = ", ".join(earlier[:NAMED]) + (", ..." if len(earlier) > NAMED else "")
        blocks.append(
            Prose(f"Not listed: {len(earlier)} in fits/ of an earlier layout ({named}). Fit again, then remove them.")
        )
    show(blocks, screen())


def _table(lines: Sequence[FitLine]) -> Table:
    rows = [
        (
            line.name,
            Cell(line.status + (", stale" if line.stale else ""), tone=TONE[line.status]),
            DATA[line.simulated],
            f"{line.size_mb:.1f}",
            line.created[:16].replace("T", " "),
            "; ".join(filter(None, [line.note, *line.stale])),
        )
        for line in lines
    ]
    headings = ("fit", "status", "data", "MB", "made (UTC)", "remarks")
    shown = None if any(row[-1] for row in rows) else -1  # where nothing is remarked there is no column for it
    return Table.of(headings[:shown], [row[:shown] for row in rows], numbers=(3,))
