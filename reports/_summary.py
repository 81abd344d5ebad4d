"""Draws in, a summary that knows its own Monte Carlo error out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import arviz_stats
import numpy as np
import xarray as xr

from reports._level import INTERVAL, decimals, rounded

TAIL = (1.0 - INTERVAL) / 2.0


@dataclass(frozen=True)
class Summary:
    """One quantity's posterior, and how exactly its draws give it.

    Attributes
    ----------
    mean, low, high : float
        Posterior mean and equal-tailed interval.
    positive : float
        Posterior probability of being above the null value.
    mcse, mcse_low, mcse_high : float
        Monte Carlo standard errors of the mean and of the interval's ends.
    ess_bulk, ess_tail, rhat : float
    """

    mean: float
    low: float
    high: float
    positive: float
    mcse: float
    mcse_low: float
    mcse_high: float
    ess_bulk: float
    ess_tail: float
    rhat: float

    @property
    def text(self) -> tuple[str, str, str]:
        """Mean, interval and probability, each with no more digits than its own Monte Carlo error supports."""
        places = min(decimals(self.mcse_low), decimals(self.mcse_high))
        low, high = (rounded(value, places) for value in (self.low, self.high))
        mean = rounded(self.mean, decimals(self.mcse))
        return mean, f"{low} to {high}", probability_text(self.positive, self.ess_bulk)

    def numbers(self) -> dict[str, float]:
        """Return everything by name, at full precision."""
        found = asdict(self)
        return {"probability_positive" if key == "positive" else key: found[key] for key in found}


def summaries(values: xr.DataArray, *, null: float = 0.0) -> list[tuple[dict[str, str], Summary]]:
    """Return the summary of every element, with its labels by dim.

    Parameters
    ----------
    values : xarray.DataArray
        Dims (chain, draw, ...).
    null : float
        What no effect is: 0 for a difference, 1 for a ratio.
    """
    over = ("chain", "draw")
    name = str(values.name or "value")
    dataset = values.rename(name).to_dataset()
    bounds = values.quantile([TAIL, 1.0 - TAIL], dim=over, skipna=False)
    several = values.sizes["chain"] > 1
    with np.errstate(divide="ignore", invalid="ignore"):  # a quantity that never moves: its R-hat is NaN
        rhat = arviz_stats.rhat(dataset)[name] if several else values.isel(chain=0, draw=0) * np.nan
        columns = {
            "mean": values.mean(over, skipna=False),
            "low": bounds.isel(quantile=0),
            "high": bounds.isel(quantile=1),
            "positive": (values > null).where(values.notnull()).mean(over, skipna=False),
            "mcse": arviz_stats.mcse(dataset, method="mean")[name],
            "mcse_low": arviz_stats.mcse(dataset, method="quantile", prob=TAIL)[name],
            "mcse_high": arviz_stats.mcse(dataset, method="quantile", prob=1.0 - TAIL)[name],
            "ess_bulk": arviz_stats.ess(dataset, method="bulk")[name],
            "ess_tail": arviz_stats.ess(dataset, method="tail")[name],
            "rhat": rhat,
        }
    found = []
    for place in np.ndindex(columns["mean"].shape):
        at = dict(zip(columns["mean"].dims, place, strict=True))
        label = {str(dim): str(values[dim].to_numpy()[i]) for dim, i in at.items()}
        found.append((label, Summary(**{key: float(column.isel(at)) for key, column in columns.items()})))
    return found


def finite(numbers: dict[str, Any]) -> dict[str, Any]:
    """Return numbers for JSON, which has none that are not finite: None instead."""
    return {
        key: value if not isinstance(value, float) or np.isfinite(value) else None for key, value in numbers.items()
    }


def probability_text(value: float, ess: float) -> str:
    """Return a probability with the digits that `ess` effective draws carry; it is never known to be 0 or 1."""
    error = max((value * (1.0 - value) / ess) ** 0.5, 1.0 / ess) if ess > 0 else 1.0
    places = min(max(decimals(error), 1), 3)
    least = 10.0**-places
    if value < least:
        return f"< {least:.{places}f}"
    if value > 1.0 - least:
        return f"> {1.0 - least:.{places}f}"
    return f"{value:.{places}f}"
