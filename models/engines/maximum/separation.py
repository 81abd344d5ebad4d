r"""Find out whether a likelihood has a maximum: there must be no direction in which it rises without end.

The families here are concave in a linear index per cell. Along a direction :math:`v` such a likelihood
never falls if the index of every censored or binary cell does not decrease, :math:`a'v \ge 0`, and the index
of every exactly observed cell does not move; it rises without end if some :math:`a'v > 0`. Then there is no
maximum: for the logit this is separation.

Albert and Anderson (1984), https://doi.org/10.1093/biomet/71.1.1; by linear programming: Konis (2007,
thesis), https://ora.ox.ac.uk/objects/uuid:8f9ee0d0-d78e-4101-9ab4-f9cbceed2a2a.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linprog

from data.arrays import Array
from models.engines.maximum.maximum import NoMaximum, listed

SAME = 1e-9
"""Singular value of unit rows, over the root of their number, below which they do not vary in its direction."""

RISES = 1e-6
"""Largest growth of a cell's index, in root mean squares, that counts as 0."""

FALLS = 1e-8
"""Loss relative to the largest growth that counts as rounding; the solver's tolerance is 1e-10."""


def direction(grows: Array, fixed: Array) -> Array | None:
    """Return a direction (column,) in which the likelihood never falls and somewhere rises, or None.

    Its largest component is 1, with components in units of their columns' root mean squares. Columns
    of zeros, and combinations of columns that cancel, do not count.

    Parameters
    ----------
    grows : array (cell, column)
        Rows whose product with the direction may grow and must not fall.
    fixed : array (cell, column)
        Rows whose product with it must stay 0; there may be none.

    Raises
    ------
    NoMaximum
        When the linear programme cannot be solved.
    """
    scale = _sizes(np.concatenate([grows, fixed]).T) / np.sqrt(len(grows) + len(fixed))
    # Neither a column's unit nor a row's length changes the set of directions.
    rows, still = _unit_rows(grows / scale), _unit_rows(fixed / scale)
    free = _null_space(still)
    left, size, right = np.linalg.svd(rows @ free, full_matrices=False)
    moves = size > SAME * np.sqrt(len(rows))
    if not moves.any():
        return None
    weights = _steepest(left[:, moves] * np.sqrt(len(rows)))
    if weights is None:
        return None
    found = free @ (right[moves].T / size[moves]) @ weights
    unscaled: Array = found / np.abs(found).max() / scale
    return unscaled


def _steepest(growth: Array) -> Array | None:
    """Return weights in [-1, 1] of the columns of `growth` (cell, column) with the largest total growth, or None."""
    found = linprog(
        -growth.sum(axis=0),
        A_ub=-growth,
        b_ub=np.zeros(len(growth)),
        bounds=(-1.0, 1.0),
        method="highs",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    if not found.success:
        raise NoMaximum(f"did not converge: the search for separation failed ({found.message})")
    grown = growth @ found.x
    if grown.max() < RISES or grown.min() < -FALLS * grown.max():
        return None
    weights: Array = found.x
    return weights


def _null_space(rows: Array) -> Array:
    """Return an orthonormal basis (column, dimension) of the null space of rows (cell, column) of length 1 or 0."""
    width = rows.shape[1]
    # With fewer rows than columns, rows of 0 supply the missing singular values.
    padded = np.concatenate([rows, np.zeros((max(width - len(rows), 0), width))])
    _, size, right = np.linalg.svd(padded, full_matrices=False)
    unseen: Array = right[size <= SAME * np.sqrt(len(padded))].T
    return unseen


def _unit_rows(rows: Array) -> Array:
    return rows / _sizes(rows)[:, None]


def _sizes(rows: Array) -> Array:
    """Return the length of each row, and 1 for a row of zeros."""
    size = np.linalg.norm(rows, axis=1)
    return np.where(size > 0, size, 1.0)


def require_bounded(grows: Array, fixed: Array, labels: Sequence[str]) -> None:
    """Raise `NoMaximum` if the likelihood rises without end, with the columns responsible.

    Parameters
    ----------
    grows, fixed : array (cell, column)
        As for `direction`; the first column is the constant.
    labels : sequence of str
        The columns' names.
    """
    if direction(grows, fixed) is None:
        return
    columns = culprits(grows, fixed)
    if not columns:
        raise NoMaximum("the outcome is the same in every cell, so there is no estimate")
    names = listed([labels[column] for column in columns])
    whose = "its coefficient grows" if len(columns) == 1 else "their coefficients grow"
    raise NoMaximum(f"separated by {names}: the likelihood rises without end as {whose}, so there is no estimate")


def culprits(grows: Array, fixed: Array) -> tuple[int, ...]:
    """Return the columns that make a direction: each one that does so alone, or else a minimal set.

    The constant, the first column, is always available and not returned: if it suffices, the result is empty.

    Parameters
    ----------
    grows, fixed : array (cell, column)
        The arguments of `direction`, which must have found one.
    """

    def suffice(columns: Sequence[int]) -> bool:
        chosen = [0, *columns]
        return direction(grows[:, chosen], fixed[:, chosen]) is not None

    others = range(1, grows.shape[1])
    if suffice(()):
        return ()
    alone = tuple(column for column in others if suffice((column,)))
    if alone:
        return alone
    needed = list(others)
    for column in others:
        fewer = [kept for kept in needed if kept != column]
        if suffice(fewer):
            needed = fewer
    return tuple(needed)
