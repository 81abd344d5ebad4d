"""The Bernoulli log-density of a cell and its derivatives; `models.families.bernoulli` has the equation."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from data.arrays import Array
from models.engines.compiled.jit import callback, jit
from models.engines.compiled.kernel import SIGNATURE, WRONG_SIZE, around
from models.engines.compiled.piecewise import pieces, value_and_slope


def _log_1_plus_exp(a: Array) -> Array:
    """Return log(1 + exp(-a))."""
    return np.asarray(np.log1p(np.exp(-a)))


NEAR = pieces(_log_1_plus_exp, 0.0, 32.0, per_unit=2.0, degree=9)
"""log(1 + exp(-a)) to 14 digits and its slope to 11; above the range, both are exp(-a) to as many digits."""

HIGH, PER_UNIT, COEFFICIENTS = NEAR.high, NEAR.per_unit, NEAR.coefficients


@jit
def pointwise(y: float, weight: float, eta: float, inverse: float, log_sd: float, lower: float, upper: float) -> Any:
    """Return the log-density of a cell, and its derivatives by eta and by the log of the sd.

    Where `y` is the share of yes among `weight` answers, it is the log-density of all of them: a binomial count.
    """
    distance = abs(eta)
    if distance < HIGH:
        rest, slope = value_and_slope(distance, 0.0, PER_UNIT, COEFFICIENTS)
    else:
        rest = math.exp(-distance)
        slope = -rest
    p = 1.0 + slope if eta > 0.0 else -slope
    return weight * (y * eta - max(eta, 0.0) - rest), weight * (y - p), 0.0


evaluate = around(pointwise)


def compiled(version: int) -> Any:
    """Return the compiled callback, from the cache on disk unless `version` is new."""

    @callback(SIGNATURE)
    def log_density(dim: int, point: Any, gradient: Any, value: Any, block: Any) -> int:
        # A changed version makes numba compile again; see `callback`.
        return evaluate(dim, point, gradient, value, block) if version else WRONG_SIZE

    return log_density
