r"""The shared linear predictor, and a family on top of it, as one PyMC model.

.. math::

    \eta_{is} = \alpha_s + \sum_e x_{ie}\beta_{es} + \sum_c z_{ic}\gamma_{cs}
              + \sum_g u^g_{g[i]s} + v_i

with :math:`\beta_{es} \sim N(\mu_e + m_{es}, \omega_e^2)` pooled over services around each exposure's mean (one
service alone: a direct prior), group effects :math:`u^g_{ls} \sim N(0, \tau_{gs}^2)` for every crossed group, and
:math:`v_i \sim N(0, \tau_v^2)` shared by the services of a unit. Effects of exhaustive levels (the four unit
types) also sum to zero, so that the intercept is the mean over these levels and not over a population of
levels. Everything that may vary from fit to fit (the outcome, covariates, prior locations and scales, masks and
weights) enters as `pm.Data`.

This graph is the reference. The default sampler uses `models.engines.compiled.kernel`, the same density compiled
once; tests hold the two equal.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from data.arrays import Array
from data.registry import member
from models.design import Design
from models.engines.compiled.jit_cache import check_caches
from models.engines.model_data import coordinates, inputs
from models.family import Family
from priors.translate import Translated


def build(design: Design, family: Family, priors: Translated) -> pm.Model:
    """Return the model, with `inputs` as its data and `y` (cell,) as its observed variable."""
    check_caches()  # PyTensor also keeps compiled code through numba
    with pm.Model(coords=coordinates(design)) as model:
        data = {name: pm.Data(name, value) for name, value in inputs(design, family, priors).items()}
        eta = _linear_predictor(design, data)
        sigma = None
        if family.has_residual:
            sigma = pm.HalfNormal("residual_sd", data["residual_sd_prior"], dims="service")[data["service_of"]]
        member("models.engines.graph.likelihoods", family.engine_name).observe(
            eta=eta[data["unit_of"], data["service_of"]],
            sigma=sigma,
            y=data["observed"],
            weight=data["weight"],
            lower=data.get("lower"),
            upper=data.get("upper"),
            pieces={name.removeprefix("cells_"): part for name, part in data.items() if name.startswith("cells_")},
        )
    return model


def _linear_predictor(design: Design, data: dict[str, Any]) -> Any:
    """Return the sum of all effects, (unit, service)."""
    eta = data["x"] @ _exposures(design, data)
    if design.controls:
        location, scale = data["control_prior"][0], data["control_prior"][1]
        control = pm.Normal("control_coef", location, scale, dims=("control", "service"))
        # (unit, control) * (control,) @ (control, service) -> (unit, service)
        eta += (data["z"] * data["control_mask"]) @ control
    shift: Any = 0.0
    for name in design.groups:
        effect = _effect(name, (name, "service"), "service", data, zero_sum=design.groups[name].exhaustive)
        shift += (data[f"{name}_sweep"] * effect).sum(axis=0)
        # (level, service)[(unit,)] -> (unit, service)
        eta += effect[data[f"{name}_index"]]
    if design.unit_intercept:
        effect = _effect("unit", "unit", None, data, zero_sum=False)
        shift += effect @ data["unit_sweep"]
        eta += effect[:, None]
    location, scale = data["intercept_prior"][0], data["intercept_prior"][1]
    swept = pm.Normal("intercept_swept", location + shift, scale, dims="service")
    return eta + (swept - shift)


def _effect(name: str, dims: Any, sd_dims: Any, data: dict[str, Any], *, zero_sum: bool) -> Any:
    """Return a group's effects from their raw, partially non-centred form (see `models.engines.centring`)."""
    sd = pm.HalfNormal(f"{name}_sd", data[f"{name}_sd_prior"], dims=sd_dims)
    centring = data[f"{name}_centring"]
    if f"{name}_common_shift" in data:
        weight, factor = data[f"{name}_sweep"], data[f"{name}_common_shift"]
        shifted = pm.CustomDist(
            f"{name}_raw",
            sd**centring + pt.zeros_like(weight),
            weight,
            factor,
            logp=_log_density,
            random=_draw,
            signature="(l,s),(l,s),(s)->(l,s)",
            dims=dims,
        )
        raw = _restore_common_shift(shifted, weight, factor)
    elif zero_sum:
        raw = pm.ZeroSumNormal(f"{name}_raw", (sd**centring)[:, None], dims=dims[::-1]).T
    else:
        raw = pm.Normal(f"{name}_raw", 0.0, sd**centring, dims=dims)
    return data[f"{name}_mask"] * sd ** (1.0 - centring) * raw


def _restore_common_shift(value: Any, weight: Any, factor: Any) -> Any:
    """Return raw effects from the sampled values, (level, service), by adding their common shift again."""
    return value + factor * (weight * value).sum(axis=0)


def _log_density(value: Any, sd: Any, weight: Any, factor: Any) -> Any:
    """Return the log-density: independent normals after `_restore_common_shift`, without the constant determinant."""
    return -0.5 * (_restore_common_shift(value, weight, factor) / sd) ** 2 - pt.log(sd) - 0.5 * np.log(2.0 * np.pi)


def _draw(sd: Array, weight: Array, factor: Array, rng: np.random.Generator | None = None, size: Any = None) -> Array:
    """Return raw effects drawn from their prior, with most of their common shift removed."""
    generator = rng if rng is not None else np.random.default_rng()
    raw = generator.normal(0.0, sd)
    return np.asarray(raw - factor / (1.0 + factor) * (weight * raw).sum(axis=0))


def _exposures(design: Design, data: dict[str, Any]) -> Any:
    """Return exposure coefficients, (exposure, service), pooled over services where there are several."""
    location, scale = data["exposure_prior"][0], data["exposure_prior"][1]
    shift, spread_scale = data["exposure_shift"], data["exposure_spread_prior"]
    if not design.several:
        marginal = (scale**2 + spread_scale**2) ** 0.5
        return pm.Normal("exposure_coef", location + shift, marginal, dims=("exposure", "service"))
    mean = pm.Normal("exposure_mean", location, scale, dims="exposure")[:, None]
    spread = pm.HalfNormal("exposure_spread", spread_scale, dims="exposure")[:, None]
    centring = data["exposure_centring"]
    raw = pm.Normal("exposure_raw", centring * mean, spread**centring, dims=("exposure", "service"))
    return mean + shift + spread ** (1.0 - centring) * (raw - centring * mean)
