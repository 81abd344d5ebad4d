"""The Bernoulli likelihood for PyMC, the reference for compiled code; `models.families.bernoulli` has the equation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from data.arrays import Array
from models.families import bernoulli


def log_density(y: Any, eta: Any, weight: Any) -> Any:
    """Return the pointwise log-density."""
    return -weight * pt.softplus((1.0 - 2.0 * y) * eta)


def draw(eta: Array, weight: Array, rng: np.random.Generator | None = None, size: Any = None) -> Array:
    """Return drawn outcomes, with the signature that PyMC requires."""
    return bernoulli.draw(eta, None, -np.inf, np.inf, rng if rng is not None else np.random.default_rng())


def observe(*, eta: Any, sigma: Any, y: Any, weight: Any, lower: Any, upper: Any, pieces: dict[str, Any]) -> Any:
    """Add the observed variable `y` with dims ``("cell",)`` to the open model."""
    return pm.CustomDist(
        "y", eta, weight, logp=log_density, random=draw, signature="(n),(n)->(n)", observed=y, dims="cell"
    )
