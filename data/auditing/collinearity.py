"""Columns that other columns explain: variance inflation, condition number, exact dependence."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.linalg import qr

from data.arrays import Array, Mask
from data.auditing.coverage import row_use
from data.auditing.scope import Predictor, Scope
from data.disclosure import Count

HIGH_VIF = 10.0
"""Variance inflation that counts as high, by the usual threshold: others explain 90 % of the column's variance."""

EXACT = 1e-8
"""Residual length over column length below which a column is a combination of others; rounding gives 1e-13."""


@dataclass(frozen=True)
class ColumnVif:
    """A column's variance inflation factor: how much wider its coefficient is than if it stood alone.

    Attributes
    ----------
    column : str
        A variable, or ``variable[level]``.
    vif : float
        1 is uncorrelated with the others; infinite in an exact dependence; NaN for a constant.
    flag : str
        '', 'high', 'singular' or 'constant'.
    """

    column: str
    vif: float
    flag: str


@dataclass(frozen=True)
class Dependence:
    """A column that is exactly a combination of others."""

    column: str
    of: tuple[str, ...]


@dataclass(frozen=True)
class Collinearity:
    """Collinearity of the exposures' and controls' columns, groups left out, among the usable units.

    Attributes
    ----------
    dependences : tuple of Dependence
        Columns that a fit without priors must drop.
    condition_number : float
        Largest over smallest singular value of the standardised columns; NaN with fewer than two.
    """

    columns: tuple[ColumnVif, ...]
    dependences: tuple[Dependence, ...]
    condition_number: float
    rows: Count


def collinearity(scope: Scope) -> Collinearity:
    """Return variance inflation factors and exact dependences of the usable units' columns."""
    labels, matrix = design_columns(scope.exposures + scope.controls, scope.usable)
    matrix = matrix[scope.usable]
    rows = row_use(scope, scope.units).usable
    if len(matrix) < 2 or not labels:
        return Collinearity((), (), math.nan, rows)
    # one test for "does not vary", relative, so that a constant such as 0.1 is recognised despite rounding
    spread = matrix.std(axis=0)
    varies = spread > EXACT * np.abs(matrix).max(axis=0, initial=0.0)
    standard = (matrix[:, varies] - matrix[:, varies].mean(axis=0)) / spread[varies]
    kept = [label for label, moves in zip(labels, varies, strict=True) if moves]
    vifs = dict(zip(kept, _vifs(standard), strict=True))
    dependences = _dependences(kept, standard)
    singular = {dependence.column for dependence in dependences}
    columns = tuple(_flagged(label, vifs.get(label, math.nan), singular) for label in labels)
    return Collinearity(columns, dependences, _condition(standard), rows)


def design_columns(predictors: tuple[Predictor, ...], usable: Mask) -> tuple[list[str], Array]:
    """Return labels and columns, (unit, column): numbers as they are, a category's usable levels but its reference."""
    labels: list[str] = []
    columns: list[Array] = []
    for predictor in predictors:
        if not predictor.levels:
            labels.append(predictor.name)
            columns.append(predictor.values)
            continue
        kept = predictor.usable_levels(usable)
        declared = predictor.declared_reference
        reference = declared if declared in kept else kept[0] if kept else ""
        for level in kept:
            if level != reference:
                labels.append(f"{predictor.name}[{level}]")
                place = predictor.levels.index(level)
                columns.append(np.where(np.isfinite(predictor.values), predictor.values == place, np.nan))
    return labels, np.column_stack(columns).astype(float) if columns else np.empty((len(usable), 0))


def _flagged(label: str, vif: float, singular: set[str]) -> ColumnVif:
    if math.isnan(vif):
        return ColumnVif(label, vif, "constant")
    return ColumnVif(label, vif, "singular" if label in singular else "high" if vif > HIGH_VIF else "")


def _vifs(standard: Array) -> list[float]:
    """Return total over residual sum of squares of each column given the others, from R of QR: (n, p) -> (p, p)."""
    triangle = np.linalg.qr(standard, mode="r")
    factors = []
    for position in range(triangle.shape[1]):
        column, others = triangle[:, position], np.delete(triangle, position, axis=1)
        residual = column - others @ np.linalg.lstsq(others, column, rcond=None)[0]
        unexplained = float(residual @ residual) / float(column @ column)
        factors.append(math.inf if unexplained < EXACT**2 else 1 / unexplained)
    return factors


def _dependences(labels: list[str], standard: Array) -> tuple[Dependence, ...]:
    """Return columns that are combinations of others by pivoted QR, each with those others."""
    if not labels:
        return ()
    triangle, pivot = qr(standard, mode="r", pivoting=True)
    diagonal = np.zeros(len(labels))
    diagonal[: min(triangle.shape)] = np.abs(np.diag(triangle))
    rank = int((diagonal > EXACT * diagonal[0]).sum())
    kept, left = np.sort(pivot[:rank]), np.sort(pivot[rank:])
    found = []
    for column in left:
        weights = np.linalg.lstsq(standard[:, kept], standard[:, column], rcond=None)[0]
        made_of = tuple(labels[k] for k, weight in zip(kept, weights, strict=True) if abs(weight) > 1e-6)
        found.append(Dependence(labels[column], made_of))
    return tuple(found)


def _condition(standard: Array) -> float:
    if standard.shape[1] < 2:
        return math.nan
    singular = np.linalg.svd(standard, compute_uv=False)
    exact = len(singular) < standard.shape[1] or singular[-1] < EXACT * singular[0]
    return math.inf if exact else float(singular[0] / singular[-1])
