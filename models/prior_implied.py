"""Implications of a prior set on the outcome's scale: levels, shares at the limits, spreads, effects."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import xarray as xr

from data.arrays import Array
from models.design import Design
from models.family import Family
from models.predictors.family_parameter import values_at

BAND = (0.025, 0.5, 0.975)


@dataclass(frozen=True)
class Band:
    """The median and the middle 95 % of a quantity over draws from the prior."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, values: Array) -> Band:
        """Return the band of draws along all axes."""
        return cls(*(float(value) for value in np.quantile(values, BAND)))

    def text(self, places: int) -> str:
        """Return the band as text for a table."""
        return f"{self.median:.{places}f}  ({self.low:.{places}f} to {self.high:.{places}f})"


@dataclass(frozen=True)
class Implied:
    """Implications of a prior set. Levels and effects are in the outcome's unit.

    Attributes
    ----------
    limits : (lower, upper) or None
        None for a probability.
    level : dict of str to Band
        Mean outcome over units, by service.
    at_lower, at_upper : dict of str to Band
        Share of units at each finite limit, by service; empty without limits.
    between : dict of str to Band
        Sd over levels of a typical unit's expected outcome, services pooled, by group.
    effects : dict of str to Band
        Change of a typical unit's expected outcome per contrast, services pooled, by exposure.
    draws : list of float
        A thinned sample of outcomes, for the figure.
    """

    name: str
    outcome: str
    unit: str
    limits: tuple[float, float] | None
    level: dict[str, Band]
    at_lower: dict[str, Band]
    at_upper: dict[str, Band]
    between: dict[str, Band]
    effects: dict[str, Band]
    contrasts: dict[str, str]
    draws: list[float]

    @classmethod
    def of(cls, parameters: xr.Dataset, outcome: xr.DataArray, design: Design, family: Family, *, name: str) -> Implied:
        """Return the implications of draws from the prior.

        Parameters
        ----------
        parameters : xarray.Dataset
            Draws from the prior, as `derive` returns them.
        outcome : xarray.DataArray
            Replicated outcomes, (chain, draw, cell).
        name : str
            The prior set's name.
        """
        y = outcome.stack(sample=("chain", "draw")).transpose("sample", "cell").to_numpy()
        by_service = {s: y[:, design.service_of == k] for k, s in enumerate(design.services)}
        lower, upper = design.limits
        limited = not family.binary
        return cls(
            name=name,
            outcome=design.reading.role or ", ".join(design.services),
            unit="" if limited else "probability",
            limits=design.limits if limited else None,
            level={s: Band.of(values.mean(axis=1)) for s, values in by_service.items()},
            at_lower=_shares(by_service, lower) if limited else {},
            at_upper=_shares(by_service, upper) if limited else {},
            between=_between(parameters, design, family),
            effects=_effects(parameters, design, family),
            contrasts={column.label: column.contrast for column in design.exposures},
            draws=[float(value) for value in y.ravel()[:: max(1, y.size // 20_000)]],
        )

    def tables(self) -> dict[str, list[dict[str, str]]]:
        """Return the tables for readers: heading -> rows of column -> text."""
        places = 2 if self.limits is None else 0
        what = "share that offers it" if self.limits is None else "mean"
        out = {
            f"Level of {self.outcome}: median (95 % of draws)": [
                {
                    "service": service,
                    what: band.text(places),
                    **({"share at the lower limit": self.at_lower[service].text(2)} if self.at_lower else {}),
                    **({"share at the upper limit": self.at_upper[service].text(2)} if self.at_upper else {}),
                }
                for service, band in self.level.items()
            ]
        }
        if self.between:
            out["SD of the expected outcome between groups, for a typical unit"] = [
                {"group": name, "sd": band.text(places + 1 if places == 0 else places)}
                for name, band in self.between.items()
            ]
        out["Effects on the expected outcome of a typical unit that it allows"] = [
            {
                "exposure": name,
                "contrast": self.contrasts[name],
                "effect": band.text(places + 1 if places == 0 else places),
            }
            for name, band in self.effects.items()
        ]
        return out

    def to_dict(self) -> dict[str, object]:
        """Return everything but the draws as plain data."""
        return {key: value for key, value in asdict(self).items() if key != "draws"}


def _shares(by_service: dict[str, Array], limit: float) -> dict[str, Band]:
    if not np.isfinite(limit):
        return {}
    return {service: Band.of((values == limit).mean(axis=1)) for service, values in by_service.items()}


def _expected(eta: xr.DataArray, parameters: xr.Dataset, design: Design, family: Family) -> xr.DataArray:
    """Return E[y] of linear predictors, (chain, draw, ..., service)."""
    rest = eta.transpose("chain", "draw", ..., "service")
    out = np.empty(rest.shape)
    for s in range(len(design.services)):
        values = values_at(parameters.isel(service=s), family)
        here = rest.isel(service=s)
        flat = here.to_numpy().reshape(*here.shape[:2], -1)
        out[..., s] = family.expected(flat, values, design.limits).reshape(here.shape)
    return rest.copy(data=out)


def _between(parameters: xr.Dataset, design: Design, family: Family) -> dict[str, Band]:
    return {
        name: Band.of(
            _expected(parameters["intercept"] + parameters[f"{name}_effect"], parameters, design, family)
            .std(name)
            .to_numpy()
        )
        for name in design.groups
    }


def _effects(parameters: xr.Dataset, design: Design, family: Family) -> dict[str, Band]:
    base = parameters["intercept"]
    out = {}
    for column in design.exposures:
        moved = base + parameters["exposure_coef"].sel(exposure=column.label)
        change = _expected(moved, parameters, design, family) - _expected(base, parameters, design, family)
        out[column.label] = Band.of(change.to_numpy())
    return out
