"""What is kept of a simulation from the prior: the rank of every truth among the draws."""

from __future__ import annotations

import math

import numpy as np
import xarray as xr

from fits.calibration.simulate import Fitted
from models.design import Design
from models.family import Family
from models.posterior import parameters_of
from models.predict import pointwise

KEPT = 100
"""Near-independent draws that a truth is ranked among."""


def ranks(
    truth: xr.Dataset, fitted: Fitted, design: Design, family: Family, rng: np.random.Generator
) -> dict[str, float]:
    """Return the normalised rank, in (0, 1), of each quantity's truth among near-independent draws.

    Draws are thinned by the smallest effective sample size. Within its bin, one of as many as there are draws
    and one more, the rank lies at random: it is uniform for an exact posterior, however many draws were kept.

    Parameters
    ----------
    truth : xarray.Dataset
        In the stored form, one chain and one draw.
    design : Design
        With the simulated outcomes, whose joint log-likelihood is ranked as well.
    """
    posterior, values = fitted.posterior, fitted.diagnostics.values
    chains, draws = posterior.sizes["chain"], posterior.sizes["draw"]
    effective = max(1.0, min(values["ess_bulk_min"], values["ess_tail_min"]))
    every = min(draws, max(math.ceil(chains * draws / min(effective, chains * draws)), chains * draws // KEPT))
    kept = posterior.isel(draw=slice(every - 1, None, every))
    count = kept.sizes["chain"] * kept.sizes["draw"]
    below: dict[str, float] = {}
    for name, draw in top_level(kept).data_vars.items():
        below |= _labelled((draw < truth[name].isel(chain=0, draw=0)).sum(("chain", "draw")))
    likelihood, true = (pointwise(one, design, family)["y"].sum("cell") for one in (kept, truth))
    below["log_likelihood"] = int((likelihood < true.item()).sum())
    return {name: float((number + rng.uniform()) / (count + 1)) for name, number in below.items()}


def top_level(posterior: xr.Dataset) -> xr.Dataset:
    """Return the parameters that are ranked: no single group's or unit's effect, no sum or probability of others."""
    return posterior[[name for name in parameters_of(posterior) if name != "constant"]]


def _labelled(values: xr.DataArray) -> dict[str, float]:
    """Elements under names such as ``exposure_coef[peer_senior, condoms]``."""
    if not values.ndim:
        return {str(values.name): float(values)}
    labels = [values[dim].to_numpy().astype(str) for dim in values.dims]
    found = {}
    for place in np.ndindex(values.shape):
        words = ", ".join(str(label[i]) for label, i in zip(labels, place, strict=True))
        found[f"{values.name}[{words}]"] = float(values[place])
    return found
