"""What `models.check` prints: every check in a line, failures in sentences."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from fits.checks.check import Check
from fits.checks.comparison import Comparison
from fits.storage.fit import Fit

MARK = {True: Text("passed", "green"), False: Text("FAILED", "bold red")}

SPOKEN = ("khat", "left_out", "refits")
"""Starts of the names of checks whose sentence is worth reading even if they pass."""

MOST_SENTENCES = 6
"""On failures; the rest say the same of other splits, as a rule."""


def print_checks(fit: Fit, checks: list[Check], console: Console) -> None:
    """Print the checks of one fit."""
    manifest = fit.manifest
    console.print(Text(f"{fit.name}: {manifest.design['title']}", style="bold"))
    if manifest.simulated:
        console.print(Text(f"SIMULATED DATA, not evidence about any clinic ({manifest.stamp}).", style="bold red"))
    console.print()
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("check", overflow="fold")
    table.add_column("value and limit", justify="right")
    table.add_column("", justify="right")
    for check in checks:
        table.add_row(check.name, check.rule, MARK[check.passed])
    console.print(table)
    console.print()
    spoken = [check for check in checks if check.name.startswith(SPOKEN)]
    wrong = [check for check in checks if not check.passed and check not in spoken]
    for check in (*wrong[:MOST_SENTENCES], *spoken):
        console.print(Text(check.sentence, style="" if check.passed else "bold"))
    if len(wrong) > MOST_SENTENCES:
        console.print(f"{len(wrong) - MOST_SENTENCES} more sentences in checks.json")
    failed = sum(not check.passed for check in checks)
    said = f"All {len(checks)} checks passed." if not failed else f"{failed} of {len(checks)} checks FAILED."
    console.print(Text(said, style="bold"))


def print_comparison(rows: list[Comparison], console: Console) -> None:
    """Print models compared on one scale."""
    console.print(Text("Predicting each answer without it, on one scale (probability at the limits)", style="bold"))
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("fit", "elpd", "difference", "se", "weight", "k-hat bad"):
        table.add_column(heading, overflow="fold", justify="left" if heading == "fit" else "right")
    for row in rows:
        table.add_row(
            row.fit,
            f"{row.elpd:.1f}",
            f"{row.difference:.1f}",
            f"{row.difference_error:.1f}",
            f"{row.weight:.2f}",
            str(row.bad),
        )
    console.print(table)
    best = rows[0]
    clear = [row for row in rows[1:] if abs(row.difference) > 4 and abs(row.difference) > 2 * row.difference_error]
    if len(clear) == len(rows) - 1:
        console.print(f"{best.fit} predicts better than the rest by more than two standard errors.")
    else:
        console.print("A difference below 4, or within two of its standard errors, says little.")
