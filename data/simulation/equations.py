"""The simulator's mathematics: a linear predictor with crossed groups, and draws from it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.random import Generator
from scipy.optimize import brentq
from scipy.special import expit, ndtr

from data.arrays import Array, Index
from data.codebook import Codebook
from data.errors import unknown
from data.variable import Variable

Stated = tuple[str, str, float]
"""A declared coefficient, which is not drawn: label, outcome, size."""

DECIMALS = 2
"""Decimals of values between the limits; the limits are exact."""


def expanded(codebook: Codebook, names: list[str]) -> list[str]:
    """Return column labels: a category becomes ``name[level]`` for each level but its reference."""
    labels = []
    for name in names:
        variable = codebook.variable(name)
        if variable.type == "category":
            levels = [str(level) for level in variable.codes.values() if level != variable.reference]
            labels += [f"{name}[{level}]" for level in levels]
        else:
            labels.append(name)
    return labels


def column(frame: pd.DataFrame, label: str) -> Array:
    """Return a column's values, `(n,)`; ``name[level]`` gives 1 where the level holds."""
    dummy = re.fullmatch(r"(\w+)\[(.+)\]", label)
    if dummy:
        return np.asarray(frame[dummy[1]] == dummy[2], dtype=float)
    return frame[label].to_numpy(dtype=float)


@dataclass(frozen=True)
class PredictorColumns:
    """The columns of one wave's linear predictor.

    Attributes
    ----------
    x : array, (n, p)
        Raw columns, not centred.
    step : array, (p,)
        The codebook's contrast, in the column's own unit.
    """

    labels: tuple[str, ...]
    x: Array
    step: Array

    @classmethod
    def of(cls, rows: pd.DataFrame, codebook: Codebook, names: list[str]) -> PredictorColumns:
        """Return the columns of the rows of one wave, whose standard deviation is the `sd` contrast."""
        labels = expanded(codebook, names)
        x = np.column_stack([column(rows, label) for label in labels])
        variables = [codebook.variable(label.split("[")[0]) for label in labels]
        step = [_step(x[:, k], variables[k]) for k in range(len(labels))]
        return cls(tuple(labels), x, np.array(step))

    def steps(self) -> dict[str, float]:
        """Return the step of each label."""
        return dict(zip(self.labels, self.step.tolist(), strict=True))


def _step(x: Array, variable: Variable) -> float:
    contrast = variable.contrast or ("sd" if variable.type == "number" else 1.0)
    if contrast == "sd":
        return float(np.std(x, ddof=1))
    if contrast == "iqr":
        return float(np.subtract(*np.quantile(x, [0.75, 0.25])))
    return float(contrast)


@dataclass(frozen=True)
class Equation:
    """Coefficients and group effects of several outcomes, without their intercepts.

    Attributes
    ----------
    coef : DataFrame, (label, outcome)
        Coefficients per step.
    state_effect, unit_type_effect : DataFrame, (level, outcome)
    unit_effect : Series, (clinic,)
        The effect that all outcomes and waves of a clinic share.
    """

    coef: pd.DataFrame
    state_effect: pd.DataFrame
    unit_type_effect: pd.DataFrame
    unit_effect: pd.Series

    def only(self, outcomes: list[str]) -> Equation:
        """Return the equation of some of the outcomes."""
        return Equation(
            self.coef[outcomes], self.state_effect[outcomes], self.unit_type_effect[outcomes], self.unit_effect
        )

    def fixed(self, predictors: PredictorColumns) -> Array:
        """Return the columns' part of the linear predictor, `(n, outcome)`."""
        coef = self.coef.loc[list(predictors.labels)].to_numpy(dtype=float)
        eta: Array = (predictors.x / predictors.step) @ coef  # (n, p) @ (p, q) -> (n, q)
        return eta

    def at_mean(self, predictors: PredictorColumns) -> Array:
        """Return the columns' part at the mean of each column, `(outcome,)`."""
        return self.fixed(predictors).mean(axis=0)

    def groups(self, rows: pd.DataFrame) -> Array:
        """Return the groups' part of the linear predictor, `(n, outcome)`."""
        state = self.state_effect.loc[rows["state"]].to_numpy(dtype=float)
        kind = self.unit_type_effect.loc[rows["unit_type"]].to_numpy(dtype=float)
        unit = self.unit_effect.loc[rows["clinic"]].to_numpy(dtype=float)
        eta: Array = state + kind + unit[:, None]  # (n, q) + (n, q) + (n, 1)
        return eta


def coefficients(drawn: pd.DataFrame, stated: Iterable[Stated]) -> pd.DataFrame:
    """Return the drawn coefficients, `(label, outcome)`, with the stated ones in their places.

    Raises
    ------
    InputError
        When a stated label or outcome is not in the table.
    """
    table = drawn.copy()
    for label, outcome, size in stated:
        if label not in table.index:
            raise unknown("predictor", label, table.index)
        if outcome not in table.columns:
            raise unknown("outcome", outcome, table.columns)
        table.loc[label, outcome] = size
    return table


def solve(mean_at: Callable[[float], float], target: float, *, scale: float) -> float:
    """Return the intercept at which the mean over the units is `target`.

    Parameters
    ----------
    mean_at : callable
        The mean as an increasing function of the intercept.
    scale : float
        The search covers 100 times this on each side of zero.
    """
    return float(brentq(lambda intercept: mean_at(intercept) - target, -100 * scale, 100 * scale, xtol=1e-10))


def mean_of_tobit(eta: Array, sd: float, *, limits: tuple[float, float]) -> Array:
    """Return E[clip(Normal(eta, sd), limits)] for each element of `eta`."""
    low, high = limits
    a, b = (low - eta) / sd, (high - eta) / sd
    density = (np.exp(-0.5 * a**2) - np.exp(-0.5 * b**2)) / np.sqrt(2 * np.pi)
    mean: Array = low * ndtr(a) + eta * (ndtr(b) - ndtr(a)) + sd * density + high * ndtr(-b)
    return mean


def tobit(eta: Array, sd: float, *, limits: tuple[float, float], rng: Generator) -> Array:
    """Return draws of clip(Normal(eta, sd), limits)."""
    return np.round(np.clip(eta + sd * rng.standard_normal(eta.shape), *limits), DECIMALS)


def bernoulli(eta: Array, rng: Generator) -> Index:
    """Return 0/1 draws with P(1) = expit(eta)."""
    return np.asarray(rng.random(eta.shape) < expit(eta), dtype=np.int64)
