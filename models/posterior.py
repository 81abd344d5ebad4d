"""Compute the stored posterior, labelled effects on the model's scale, from the sampled parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from models.design import Design
from models.predictors.predictor import components_of

DERIVED = ("_effect", "_outlying")
"""Ends of the names of stored variables that are no parameters: one number per level, or a probability."""


def parameters_of(posterior: xr.Dataset) -> list[str]:
    """Return the names of a stored posterior's top-level parameters."""
    return [str(name) for name in posterior.data_vars if not str(name).endswith(DERIVED)]


def derive(raw: xr.Dataset, design: Design, data: dict[str, np.ndarray]) -> xr.Dataset:
    """Return the posterior to store, computed from the sampled parameters.

    Parameters
    ----------
    raw : xarray.Dataset
        Draws of the free variables, (chain, draw, ...); or, as Bambi gives them, with the
        `intercept` and the groups' effects themselves.
    data : dict
        The model's data, as `inputs` returns them.

    Returns
    -------
    xarray.Dataset
        Per contrast, on the latent index (in the outcome's unit) or in logits: what each component stores, such as
        `intercept` (service), the level at average covariates in a typical group; `constant`, the level where
        every covariate is 0; `exposure_coef` (exposure, service); and the family's other parameters.
    """
    kept = [str(name) for name in raw.data_vars if not str(name).endswith(("_raw", "_swept"))]
    out = raw[kept]
    if "intercept" not in raw:
        shift: Any = 0.0
        for part in components_of(design):
            found, moved = part.derive(raw, data, shift)
            out, shift = out.assign(found), shift + moved
    return with_constant(out, design)


def with_constant(out: xr.Dataset, design: Design) -> xr.Dataset:
    """Return the draws with `constant`: the intercept moved to the unit whose covariates are all 0.

    Parameters
    ----------
    out : xarray.Dataset
        Draws with `intercept` and the coefficients.
    """
    constant: Any = 0.0
    for part in reversed(components_of(design)):
        constant = constant + part.at_zero(out)
    return out.assign(constant=constant.transpose("chain", "draw", "service"))
