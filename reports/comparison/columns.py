"""The columns that one fit takes in a page's table of effects or parameters."""

from __future__ import annotations

from fits.effects.effect_table import Judged
from fits.number_format import INTERVAL
from reports.comparison.difference import Difference
from reports.document.blocks import Cell, Column


def columns_of(label: str, first: str, *, sd: bool = False) -> tuple[Column, ...]:
    """Return a fit's columns; the first fit has no differences."""
    own = (
        Column(f"{label}_mean", label, True),
        *((Column(f"{label}_sd", f"{label} sd", True),) if sd else ()),
        Column(f"{label}_low", f"{label} {INTERVAL:.0%} interval", True),
        Column(f"{label}_high"),
    )
    if label == first:
        return own
    return (
        *own,
        Column(f"{label}_difference", f"{label} - {first}", True),
        Column(f"{label}_difference_mcse"),
        Column(f"{label}_in_sd", f"{label} in sd", True),
        Column(f"{label}_overlap", f"{label} overlap", True),
    )


def cells_of(label: str, said: Judged, found: Difference | None) -> dict[str, Cell]:
    """Return a fit's cells, by column."""
    mean, interval, _ = said.text
    cells = {
        f"{label}_mean": Cell(said.mean, mean),
        f"{label}_low": Cell(said.low, interval),
        f"{label}_high": Cell(said.high),
    }
    if found:
        value, sds, overlap = found.text
        cells |= {
            f"{label}_difference": Cell(found.value, value),
            f"{label}_difference_mcse": Cell(found.error),
            f"{label}_in_sd": Cell(found.sds, sds),
            f"{label}_overlap": Cell(found.overlap.value if found.overlap else None, overlap),
        }
    return cells
