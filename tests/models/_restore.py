"""`derive` backwards, for handing a stored or made-up posterior to the graph."""

from __future__ import annotations

import numpy as np
import xarray as xr
from scipy import stats

from models.component import as_dims as _as
from models.design import Design


def restore(posterior: xr.Dataset, design: Design, data: dict[str, np.ndarray]) -> xr.Dataset:
    """Return the draws of the graph's free variables from a stored posterior: `derive` backwards."""
    names = [str(name) for name in posterior.data_vars]
    gone = ("_effect", "intercept", "constant", "outlying")
    out = posterior[[name for name in names if not name.endswith(gone)]]
    shift: xr.DataArray | float = 0.0
    for name in [*design.groups, *(["unit"] if design.unit_intercept else [])]:
        dims = (name, "service") if name != "unit" else ("unit",)
        effect = posterior[f"{name}_effect"]
        centring = _as(data[f"{name}_centring"], dims) if f"{name}_centring" in data else 0.0
        effects = effect / posterior[f"{name}_sd"] ** (1.0 - centring)
        sweep = _as(data[f"{name}_sweep"], (name, "service"))
        if f"{name}_common_shift" in data:
            factor = _as(data[f"{name}_common_shift"], dims[1:])
            effects = effects - factor / (1.0 + factor) * xr.dot(effects, sweep, dim=name)
        # A vector that sums to zero runs along the last axis in PyMC.
        last = dims[::-1] if name in design.groups and design.groups[name].exhaustive else dims
        out[f"{name}_raw"] = effects.transpose("chain", "draw", *last)
        shift = shift + xr.dot(effect, sweep, dim=name)
    out["intercept_swept"] = (posterior["intercept"] + shift).transpose("chain", "draw", "service")
    if design.pooling:
        out["exposure_raw"] = raw_slopes(posterior, data, mixed=design.pooling == "mixture")
        out = out.drop_vars("exposure_coef")
    return out


def raw_slopes(posterior: xr.Dataset, data: dict[str, np.ndarray], *, mixed: bool) -> xr.DataArray:
    """Return raw coefficients, (chain, draw, exposure, service)."""
    dims = ("exposure", "service")
    centring, moved = _as(data["exposure_centring"], dims), _as(data["exposure_shift"], dims)
    mean, spread = posterior["exposure_mean"], posterior["exposure_spread"]
    away = (posterior["exposure_coef"] - mean - moved).transpose("chain", "draw", *dims)
    if not mixed:
        raw: xr.DataArray = away / spread ** (1.0 - centring) + centring * mean
        return raw.transpose("chain", "draw", *dims)
    middle, narrow = mean.to_numpy()[..., None], spread.to_numpy()[..., None]
    estimate, error, reach, reached = (data[f"exposure_{one}"] for one in ("estimate", "error", "reach", "reached"))
    # a product of two normals, the prior's and the estimate's
    variance = 1.0 / (1.0 / narrow**2 + 1.0 / error**2)
    rest = away.to_numpy() - (middle / narrow**2 + estimate / error**2) * variance + middle
    more = reached * stats.norm.sf(np.abs(rest) / np.sqrt(variance)) + (1.0 - reached) * stats.norm.sf(
        np.abs(rest) / reach
    )
    found = np.where(data["exposure_centring"] > 0.0, middle + away, np.sign(rest) * stats.norm.isf(more))
    return away.copy(data=found)
