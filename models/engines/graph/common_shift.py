"""Sheared group effects as a PyMC distribution; `_parametrise` says what they are for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytensor.tensor as pt
from numpy.typing import NDArray

Array = NDArray[np.float64]


def unshear(value: Any, weight: Any, factor: Any) -> Any:
    """What is sampled, (level, service) -> raw effects."""
    return value + factor * (weight * value).sum(axis=0)


def log_density(value: Any, sd: Any, weight: Any, factor: Any) -> Any:
    """Independent normals, after `unshear`; the determinant is constant and left out."""
    return -0.5 * (unshear(value, weight, factor) / sd) ** 2 - pt.log(sd) - 0.5 * np.log(2.0 * np.pi)


def draw(sd: Array, weight: Array, factor: Array, rng: np.random.Generator | None = None, size: Any = None) -> Array:
    """Raw effects from their prior, sheared."""
    generator = rng if rng is not None else np.random.default_rng()
    raw = generator.normal(0.0, sd)
    return np.asarray(raw - factor / (1.0 + factor) * (weight * raw).sum(axis=0))
