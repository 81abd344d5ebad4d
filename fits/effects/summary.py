"""Summaries of draws, with their Monte Carlo errors."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import arviz_stats
import numpy as np
import xarray as xr

from data.arrays import Array
from fits.number_format import INTERVAL, chance_text, decimals, rounded

TAIL = (1.0 - INTERVAL) / 2.0


@dataclass(frozen=True)
class Summary:
    """The summary of one quantity's posterior, with the precision of its draws.

    Attributes
    ----------
    mean, low, high : float
        Posterior mean and equal-tailed interval.
    positive : float
        Posterior probability of being above the null value.
    mcse, mcse_low, mcse_high : float
        Monte Carlo standard errors of the mean and of the interval's ends.
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
    def places(self) -> int:
        """Decimals of the mean that its Monte Carlo error supports."""
        return decimals(self.mcse, self.mean)

    @property
    def end_places(self) -> int:
        """Decimals of the interval's ends that their Monte Carlo errors support."""
        return min(decimals(self.mcse_low, self.low), decimals(self.mcse_high, self.high))

    @property
    def text(self) -> tuple[str, str, str]:
        """Return mean, interval and probability as text, each with the digits that its Monte Carlo error supports."""
        low, high = (rounded(value, self.end_places) for value in (self.low, self.high))
        mean = rounded(self.mean, self.places)
        return mean, f"{low} to {high}", probability_text(self.positive, self.ess_bulk)

    def numbers(self) -> dict[str, float]:
        """Return everything by name, at full precision."""
        found = asdict(self)
        return {"probability_positive" if key == "positive" else key: found[key] for key in found}


NOTHING = Summary(*[float("nan")] * 10)


def summaries(values: xr.DataArray, *, null: float = 0.0) -> list[tuple[dict[str, str], Summary]]:
    """Return the summary of every element, with its labels by dim.

    Parameters
    ----------
    values : xarray.DataArray
        Dims (chain, draw, ...).
    null : float
        The value of no effect: 0 for a difference, 1 for a ratio.
    """
    dims = [str(dim) for dim in values.dims if dim not in ("chain", "draw")]
    labels = [values[dim].to_numpy().astype(str) for dim in dims]
    flat = values.transpose("chain", "draw", *dims).to_numpy().reshape(values.sizes["chain"], values.sizes["draw"], -1)
    # Elements that are NaN throughout (levels that are not shown) are not passed to ArviZ.
    there = ~np.isnan(flat).all(axis=(0, 1))
    found = iter(_summaries(flat[..., there], null) if there.any() else [])
    return [
        (
            {dim: str(names[i]) for dim, names, i in zip(dims, labels, place, strict=True)},
            next(found) if there[k] else NOTHING,
        )
        for k, place in enumerate(np.ndindex(*(values.sizes[dim] for dim in dims)))
    ]


def _summaries(draws: Array, null: float) -> list[Summary]:
    """Return the summaries of draws (chain, draw, element)."""
    dataset = xr.Dataset({"x": (("chain", "draw", "element"), draws)})
    with np.errstate(divide="ignore", invalid="ignore"):  # the R-hat of a constant is NaN
        found = {
            "mcse": arviz_stats.mcse(dataset, method="mean"),
            "mcse_low": arviz_stats.mcse(dataset, method="quantile", prob=TAIL),
            "mcse_high": arviz_stats.mcse(dataset, method="quantile", prob=1.0 - TAIL),
            "ess_bulk": arviz_stats.ess(dataset, method="bulk"),
            "ess_tail": arviz_stats.ess(dataset, method="tail"),
        }
        several = draws.shape[0] > 1
        rhat = arviz_stats.rhat(dataset)["x"].to_numpy() if several else np.full(draws.shape[-1], np.nan)
    known = ~np.isnan(draws).any(axis=(0, 1))
    columns = {
        "mean": draws.mean(axis=(0, 1)),
        "low": np.quantile(draws, TAIL, axis=(0, 1)),
        "high": np.quantile(draws, 1.0 - TAIL, axis=(0, 1)),
        "positive": np.where(known, (draws > null).mean(axis=(0, 1)), np.nan),
        **{key: value["x"].to_numpy() for key, value in found.items()},
        "rhat": rhat,
    }
    return [Summary(**{key: float(column[k]) for key, column in columns.items()}) for k in range(draws.shape[-1])]


def finite(numbers: dict[str, Any]) -> dict[str, Any]:
    """Return numbers for JSON, with None for those that are not finite."""
    return {
        key: value if not isinstance(value, float) or np.isfinite(value) else None for key, value in numbers.items()
    }


def probability_text(value: float, ess: float) -> str:
    """Return a probability with the digits that `ess` effective draws support; it never reads 0 or 1."""
    error = max((value * (1.0 - value) / ess) ** 0.5, 1.0 / ess) if ess > 0 else 1.0
    return chance_text(value, error)
