"""What `models.check` prints: every check in a line, failures in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Console

from fits.checks.check import Check
from fits.checks.comparison import Comparison
from fits.storage.fit import Fit
from reports.comparison.scores import how_clear
from reports.document.blocks import Block, Cell, Prose, Table
from reports.document.terminal import show
from reports.terminal.fit_head import head_of

PASSED = {True: Cell("passed", tone="good"), False: Cell("FAILED", tone="bad")}

SPOKEN = ("khat", "left_out", "refits")
"""Starts of the names of checks whose sentence is worth reading even if they pass."""

MOST_SENTENCES = 6
"""On failures; the rest say the same of other splits, as a rule."""


def print_checks(fit: Fit, checks: list[Check], console: Console) -> None:
    """Print the checks of one fit."""
    show([*head_of(fit), *_blocks(checks)], console)


def _blocks(checks: list[Check]) -> Iterator[Block]:
    yield Table.of(
        ("check", "value and limit", ""), [(check.name, check.rule, PASSED[check.passed]) for check in checks]
    )
    spoken = [check for check in checks if check.name.startswith(SPOKEN)]
    wrong = [check for check in checks if not check.passed and check not in spoken]
    for check in (*wrong[:MOST_SENTENCES], *spoken):
        yield Prose(check.sentence, "plain" if check.passed else "lead")
    if len(wrong) > MOST_SENTENCES:
        yield Prose(f"{len(wrong) - MOST_SENTENCES} more sentences in checks.json")
    failed = sum(not check.passed for check in checks)
    yield Prose(
        f"All {len(checks)} checks passed." if not failed else f"{failed} of {len(checks)} checks FAILED.", "lead"
    )


def print_comparison(rows: list[Comparison], console: Console) -> None:
    """Print models compared on one scale."""
    title = "Predicting each answer without it, on one scale (probability at the limits)"
    show([scores_table(rows, title), Prose(how_clear(rows))], console)


def scores_table(rows: Iterable[Comparison], title: str = "") -> Table:
    """Return the predictive scores of several fits."""
    return Table.of(
        ("fit", "elpd", "difference", "se", "weight", "k-hat bad"),
        [
            (
                row.fit,
                f"{row.elpd:.1f}",
                f"{row.difference:.1f}",
                f"{row.difference_error:.1f}",
                f"{row.weight:.2f}",
                str(row.bad),
            )
            for row in rows
        ],
        title=title,
    )
