"""Problems of bad cells: each different value with its first row, its frequency, and what to do."""

from __future__ import annotations

import pandas as pd

from data.errors import Problem

SHOWN_PER_COLUMN = 3
"""Different bad values of a column that are reported one by one."""

LONGEST = 60
"""Characters of a value that are shown."""


def each(column: str, bad: pd.Series, expected: str, next_step: str = "") -> list[Problem]:
    """Return one problem per distinct bad value, with its first row and its frequency.

    Only the first few values are reported one by one and the rest are counted, so that other columns' faults stay
    visible.

    Parameters
    ----------
    bad : pandas.Series
        The bad cells, indexed by row from 0.
    """
    groups = list(bad.groupby(bad.map(shown), sort=False).groups.items())
    problems = []
    for value, rows in groups[:SHOWN_PER_COLUMN]:
        more = f" (and {len(rows) - 1} more rows)" if len(rows) > 1 else ""
        problems.append(Problem(f"row {int(rows[0]) + 1}, column {column!r}", f"{value}{more}", expected, next_step))
    if len(groups) > SHOWN_PER_COLUMN:
        problems.append(Problem(f"column {column!r}", f"{len(groups) - SHOWN_PER_COLUMN} more such values", expected))
    return problems


def shown(value: object) -> str:
    """Return a value as errors show it, shortened where it is long."""
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
