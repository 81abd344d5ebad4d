"""Compute the stored posterior, labelled effects on the model's scale, from the sampled parameters."""

from __future__ import annotations

import numpy as np
import xarray as xr

from models.design import Design


def derive(raw: xr.Dataset, design: Design, data: dict[str, np.ndarray]) -> xr.Dataset:
    """Return the posterior to store, computed from the sampled parameters.

    Parameters
    ----------
    raw : xarray.Dataset
        Draws of the graph's free variables, (chain, draw, ...); or, as Bambi gives them, with the
        `intercept` and the groups' effects themselves.
    data : dict
        The model's data, as `inputs` returns them.

    Returns
    -------
    xarray.Dataset
        Per contrast, on the latent index (in the outcome's unit) or in logits: `intercept`
        (service), the level at average covariates in a typical group; `constant`, the level where
        every covariate is 0; `exposure_mean`, `exposure_spread` (exposure), `exposure_coef`
        (exposure, service), `control_coef` (control, service), `residual_sd` (service); per group
        its `_sd` (service) and `_effect` (level, service); `unit_sd` and `unit_effect` (unit).
    """
    kept = [str(name) for name in raw.data_vars if not str(name).endswith(("_raw", "_swept"))]
    out = raw[kept]
    if "intercept" in raw:
        return with_constant(out, design)
    shift: xr.DataArray | float = 0.0
    for name in design.groups:
        dims = (name, "service")
        effect = _effect(raw, name, data, dims)
        out[f"{name}_effect"] = effect
        shift = shift + (effect * _as(data[f"{name}_sweep"], dims)).sum(name)
    if design.unit_intercept:
        effect = _effect(raw, "unit", data, ("unit",))
        out["unit_effect"] = effect
        shift = shift + xr.dot(effect, _as(data["unit_sweep"], ("unit", "service")), dim="unit")
    out["intercept"] = (raw["intercept_swept"] - shift).transpose("chain", "draw", "service")
    if design.several:
        out["exposure_coef"] = _coefficients(raw, data)
    return with_constant(out, design)


def _effect(raw: xr.Dataset, name: str, data: dict[str, np.ndarray], dims: tuple[str, ...]) -> xr.DataArray:
    power = 1.0 - _centring(data, name, dims)
    effects = raw[f"{name}_raw"]
    if f"{name}_common_shift" in data:
        weight, factor = _as(data[f"{name}_sweep"], dims), _as(data[f"{name}_common_shift"], dims[1:])
        effects = effects + factor * xr.dot(effects, weight, dim=name)
    effect: xr.DataArray = raw[f"{name}_sd"] ** power * effects * float(data[f"{name}_mask"])
    return effect.transpose("chain", "draw", *dims)


def _coefficients(raw: xr.Dataset, data: dict[str, np.ndarray]) -> xr.DataArray:
    dims = ("exposure", "service")
    centring, shift = _as(data["exposure_centring"], dims), _as(data["exposure_shift"], dims)
    mean, spread = raw["exposure_mean"], raw["exposure_spread"]
    coefficients = mean + shift + spread ** (1.0 - centring) * (raw["exposure_raw"] - centring * mean)
    return coefficients.transpose("chain", "draw", *dims)


def with_constant(out: xr.Dataset, design: Design) -> xr.Dataset:
    """Return the draws with `constant`: the intercept moved to the unit whose covariates are all 0.

    Parameters
    ----------
    out : xarray.Dataset
        Draws with `intercept` and the coefficients; changed in place.
    """
    constant = out["intercept"]
    for dim, coefficient, columns in (
        ("exposure", "exposure_coef", design.exposures),
        ("control", "control_coef", design.controls),
    ):
        if columns:
            centre = _as(np.array([column.values.mean() / column.step for column in columns]), (dim,))
            constant = constant - xr.dot(out[coefficient], centre, dim=dim)
    out["constant"] = constant.transpose("chain", "draw", "service")
    return out


def _centring(data: dict[str, np.ndarray], name: str, dims: tuple[str, ...]) -> xr.DataArray:
    values = data[f"{name}_centring"]
    return _as(values, dims[-values.ndim :])


def _as(values: np.ndarray, dims: tuple[str, ...]) -> xr.DataArray:
    return xr.DataArray(values, dims=dims)
