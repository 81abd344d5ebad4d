"""Group effects without most of their common shift, as a PyMC distribution; see `models.engines.centring`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytensor.tensor as pt

from data.arrays import Array


def restore_common_shift(value: Any, weight: Any, factor: Any) -> Any:
    """Return raw effects from the sampled values, (level, service), by adding their common shift again."""
    return value + factor * (weight * value).sum(axis=0)


def log_density(value: Any, sd: Any, weight: Any, factor: Any) -> Any:
    """Return the log-density: independent normals after `restore_common_shift`, without the constant determinant."""
    return -0.5 * (restore_common_shift(value, weight, factor) / sd) ** 2 - pt.log(sd) - 0.5 * np.log(2.0 * np.pi)


def draw(sd: Array, weight: Array, factor: Array, rng: np.random.Generator | None = None, size: Any = None) -> Array:
    """Return raw effects drawn from their prior, with most of their common shift removed."""
    generator = rng if rng is not None else np.random.default_rng()
    raw = generator.normal(0.0, sd)
    return np.asarray(raw - factor / (1.0 + factor) * (weight * raw).sum(axis=0))
