"""The Tobit likelihood for PyMC, the reference for compiled code; `models.families.tobit` has the equation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from data.arrays import Array
from models.families import tobit

TAIL = -1.0
"""Argument below which the normal cdf is computed from its scaled complement, which does not underflow."""


def log_cdf(z: Any) -> Any:
    """Return the log of the standard normal cdf, exact in both tails.

    Each branch gets only arguments in its own range, so that neither the value nor the gradient of the other
    branch can overflow.
    """
    low, high = pt.minimum(z, TAIL), pt.maximum(z, TAIL)
    left = pt.log(pt.erfcx(-low / np.sqrt(2.0)) / 2.0) - low**2 / 2.0
    right = pt.log1p(-pt.erfc(high / np.sqrt(2.0)) / 2.0)
    return pt.switch(pt.lt(z, TAIL), left, right)


def log_density(
    y: Any, eta: Any, sigma: Any, weight: Any, lower: Any, upper: Any, left: Any, interior: Any, right: Any
) -> Any:
    """Return the pointwise log-density, each cell from its own branch; both tails for all cost three times as much."""
    z = (y[interior] - eta[interior]) / sigma[interior]
    out = pt.zeros_like(eta)
    out = out[left].set(log_cdf((lower - eta[left]) / sigma[left]))
    out = out[right].set(log_cdf((eta[right] - upper) / sigma[right]))
    out = out[interior].set(-0.5 * z**2 - 0.5 * np.log(2.0 * np.pi) - pt.log(sigma[interior]))
    return weight * out


def draw(
    eta: Array,
    sigma: Array,
    weight: Array,
    lower: Array,
    upper: Array,
    left: Array,
    interior: Array,
    right: Array,
    rng: np.random.Generator | None = None,
    size: Any = None,
) -> Array:
    """Return drawn outcomes, with the signature that PyMC requires."""
    return tobit.draw(eta, sigma, float(lower), float(upper), rng if rng is not None else np.random.default_rng())


def observe(*, eta: Any, sigma: Any, y: Any, weight: Any, lower: Any, upper: Any, pieces: dict[str, Any]) -> Any:
    """Add the observed variable `y` with dims ``("cell",)`` to the open model."""
    return pm.CustomDist(
        "y",
        eta,
        sigma,
        weight,
        lower,
        upper,
        pieces["left"],
        pieces["interior"],
        pieces["right"],
        logp=log_density,
        random=draw,
        signature="(n),(n),(n),(),(),(a),(b),(c)->(n)",
        observed=y,
        dims="cell",
    )
