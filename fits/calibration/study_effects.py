"""What is kept of a simulated study: the average change of each exposure, true, by posterior and by likelihood."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import xarray as xr

from data.arrays import Array
from fits.effects.asymptotic import Asymptotic
from fits.effects.averages import average_contrasts, over_services, place_of
from fits.effects.contrasts import contrasts_of
from fits.effects.delta import as_posterior, delta, probes
from fits.effects.effect_table import POOLED
from fits.effects.levels import Split
from fits.loaded import Loaded, design_of
from fits.verdicts.rule import Rule
from models.design import Design
from models.engines.maximum.estimates import CLASSICAL, estimate
from models.family import Family
from models.predictors.predictor import Place

QUANTILES = {"low_90": 0.05, "high_90": 0.95, "low_95": 0.025, "high_95": 0.975}


def changes(
    posterior: xr.Dataset, design: Design, family: Family, *, loaded: Loaded, place: Place
) -> dict[tuple[str, str], Array]:
    """Return the average change of every exposure on every service, and over services, each (draw,)."""
    contrasts = contrasts_of(design, loaded.dataset, loaded.codebook)
    scale = next(iter(family.scales_within(design.limits).values()))
    found = average_contrasts(posterior, design, family, contrasts=contrasts, scales=(scale,), place=place)
    change = found[scale.name]["change"]
    services = list(design.services)
    if design.several:
        pooled = over_services(change, Split.none(design).counts(design))
        change = xr.concat([change, pooled.expand_dims(service=[POOLED])], "service")
        services.append(POOLED)
    # (chain, draw, exposure, service, 1) -> (draw, exposure, service)
    grid = change.isel(level=0).transpose("chain", "draw", "exposure", "service").to_numpy()
    grid = grid.reshape(-1, *grid.shape[2:])
    return {(c.label, s): grid[:, i, j] for i, c in enumerate(contrasts) for j, s in enumerate(services)}


def summary(draws: Array, rule: Rule, family: Family) -> dict[str, float]:
    """Return what is kept of one effect's posterior."""
    found = rule.probabilities(draws, family.unit)
    ends = np.quantile(draws, list(QUANTILES.values())).tolist()
    return {
        "mean": float(draws.mean()),
        "sd": float(draws.std(ddof=1)),
        **dict(zip(QUANTILES, ends, strict=True)),
        "positive": float((draws > 0).mean()),
        "above": found.above,
        "below": found.below,
        "within": found.within,
    }


def maximum_likelihood(
    loaded: Loaded, family: Family, service: str | None
) -> tuple[Mapping[tuple[str, str], dict[str, float] | None], dict[str, str]]:
    """Return the frequentist half: each effect's estimate, classical error by the delta method and p-value.

    None stands for an effect without an estimate; the words say, by service, why.
    """
    design, _ = design_of(loaded, service, single_level=True)
    estimates = estimate(design, family)
    converged = estimates["converged"].to_numpy()[:, None]
    values = estimates["estimate"].to_numpy()
    # What was left out of an equation is 0 in it; an equation without a maximum has no value at all.
    at = np.where(np.isnan(values) & converged, 0.0, values).ravel()
    covariance = estimates["covariance"].sel(errors=CLASSICAL).to_numpy().reshape(at.size, at.size)
    points, step = probes(at, covariance)
    posterior = as_posterior(points, estimates, family)
    found: dict[tuple[str, str], dict[str, float] | None] = {}
    for label, grid in changes(posterior, design, family, loaded=loaded, place=place_of("these", design)).items():
        centre, error = (float(part) for part in delta(grid, step, covariance))
        one = Asymptotic.of(centre, error)
        known = math.isfinite(centre) and math.isfinite(error)
        found[label] = {"estimate": centre, "error": error, "p_value": one.p_value} if known else None
    words = {str(name): str(text) for name, text in zip(design.services, estimates["words"].to_numpy(), strict=True)}
    return found, {name: text for name, text in words.items() if text}
