"""Coefficients of a fit as a table: mean, interval, probability of being positive, Monte Carlo error."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import arviz_stats
import numpy as np
import xarray as xr

from reports._level import INTERVAL, decimals, rounded

__all__ = ["Coefficients"]


@dataclass(frozen=True)
class Row:
    """One parameter's summary, on the model's scale, per contrast.

    Attributes
    ----------
    parameter : str
        Such as ``exposure_coef``.
    label : dict of str to str
        Dim -> label, such as ``{"exposure": "peer_influence", "service": "condoms"}``.
    mean, low, high : float
        Posterior mean and equal-tailed interval.
    positive : float
        Posterior probability of being above 0.
    mcse : float
        Monte Carlo standard error of the mean.
    ess_bulk, rhat : float
    """

    parameter: str
    label: dict[str, str]
    mean: float
    low: float
    high: float
    positive: float
    mcse: float
    ess_bulk: float
    rhat: float

    @property
    def text(self) -> tuple[str, str, str]:
        """Mean, interval and probability, with no more digits than the Monte Carlo error supports."""
        places = decimals(self.mcse)
        mean, low, high = (rounded(value, places) for value in (self.mean, self.low, self.high))
        return mean, f"{low} to {high}", _probability(self.positive, self.ess_bulk)


@dataclass(frozen=True)
class Coefficients:
    """The table of a fit's top-level parameters.

    Attributes
    ----------
    rows : tuple of Row
    interval : float
        Probability of the intervals.
    """

    rows: tuple[Row, ...]
    interval: float = INTERVAL

    @classmethod
    def of(cls, posterior: xr.Dataset, parameters: tuple[str, ...]) -> Coefficients:
        """Return the summaries of the parameters that the posterior has.

        Parameters
        ----------
        posterior : xarray.Dataset
            Dims (chain, draw, ...).
        parameters : tuple of str
        """
        rows: list[Row] = []
        for name in parameters:
            if name in posterior:
                rows += _summaries(posterior[name])
        return cls(tuple(rows))

    def where(self, parameter: str, **label: str) -> tuple[Row, ...]:
        """Return the rows of one parameter whose labels agree with those given."""
        return tuple(
            row
            for row in self.rows
            if row.parameter == parameter and all(row.label.get(dim) == value for dim, value in label.items())
        )

    def to_list(self) -> list[dict[str, Any]]:
        """Return the rows as plain data for JSON, at full precision; None for what is not a number there."""
        return [
            {
                "parameter": row.parameter,
                **row.label,
                **{key: value if math.isfinite(value) else None for key, value in _numbers(row).items()},
            }
            for row in self.rows
        ]


def _numbers(row: Row) -> dict[str, float]:
    return {
        "mean": row.mean,
        "low": row.low,
        "high": row.high,
        "probability_positive": row.positive,
        "mcse": row.mcse,
        "ess_bulk": row.ess_bulk,
        "rhat": row.rhat,
    }


def _summaries(values: xr.DataArray) -> list[Row]:
    name = str(values.name)
    tail = (1.0 - INTERVAL) / 2.0
    over = ("chain", "draw")
    bounds = values.quantile([tail, 1.0 - tail], dim=over, skipna=False)
    several = values.sizes["chain"] > 1
    with np.errstate(divide="ignore", invalid="ignore"):  # a parameter that never moves: its R-hat is NaN
        rhat = arviz_stats.rhat(values.to_dataset())[name] if several else values.isel(chain=0, draw=0) * np.nan
    columns = {
        "mean": values.mean(over, skipna=False),
        "low": bounds.isel(quantile=0),
        "high": bounds.isel(quantile=1),
        "positive": (values > 0).where(values.notnull()).mean(over, skipna=False),
        "mcse": arviz_stats.mcse(values.to_dataset(), method="mean")[name],
        "ess_bulk": arviz_stats.ess(values.to_dataset(), method="bulk")[name],
        "rhat": rhat,
    }
    dims = columns["mean"].dims
    rows = []
    for place in np.ndindex(columns["mean"].shape):
        at = dict(zip(dims, place, strict=True))
        label = {str(dim): str(values[dim].to_numpy()[i]) for dim, i in at.items()}
        rows.append(Row(name, label, **{key: float(column.isel(at)) for key, column in columns.items()}))
    return rows


def _probability(value: float, ess: float) -> str:
    """A probability from `ess` effective draws is never known to be 0 or 1."""
    error = max((value * (1.0 - value) / ess) ** 0.5, 1.0 / ess) if ess > 0 else 1.0
    places = min(max(decimals(error), 1), 3)
    least = 10.0**-places
    if value < least:
        return f"< {least:.{places}f}"
    if value > 1.0 - least:
        return f"> {1.0 - least:.{places}f}"
    return f"{value:.{places}f}"
