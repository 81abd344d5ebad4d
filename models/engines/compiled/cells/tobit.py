"""The Tobit's log-density of a cell and its derivatives; `models.families.tobit` has the equation."""

from __future__ import annotations

import math
from typing import Any

from scipy.special import log_ndtr

from models.engines.compiled.hierarchy import LOG_ROOT_2_PI
from models.engines.compiled.jit import callback, jit
from models.engines.compiled.kernel import SIGNATURE, WRONG_SIZE, around
from models.engines.compiled.piecewise import pieces, value_and_slope

NEAR = pieces(log_ndtr, -8.0, 3.0, per_unit=4.0, degree=9)
"""Log of the normal cdf in the usual range of cells at a limit: 14 digits of the value, 11 of its slope."""

LOW, HIGH, PER_UNIT, COEFFICIENTS = NEAR.low, NEAR.high, NEAR.per_unit, NEAR.coefficients

MILLS = -37.0
"""Argument below which erfc underflows and the asymptotic series of the Mills ratio has all digits."""


@jit
def log_cdf(z: float) -> Any:
    """Return the log of the standard normal cdf and its derivative, with all digits in both tails."""
    if LOW < z < HIGH:
        return value_and_slope(z, LOW, PER_UNIT, COEFFICIENTS)
    if z > 0.0:
        value = math.log1p(-0.5 * math.erfc(z / math.sqrt(2.0)))
    elif z > MILLS:
        value = math.log(0.5 * math.erfc(-z / math.sqrt(2.0)))
    else:
        r = 1.0 / (z * z)
        series = 1.0 - r * (1.0 - 3.0 * r * (1.0 - 5.0 * r * (1.0 - 7.0 * r)))
        value = -0.5 * z * z - math.log(-z) - LOG_ROOT_2_PI + math.log(series)
    return value, math.exp(-0.5 * z * z - LOG_ROOT_2_PI - value)


@jit
def pointwise(y: float, weight: float, eta: float, inverse: float, log_sd: float, lower: float, upper: float) -> Any:
    """Return a cell's log-density and its derivatives by eta and by the log of the sd, given as inverse and log."""
    if lower < y < upper:
        z = (y - eta) * inverse
        return weight * (-0.5 * z * z - LOG_ROOT_2_PI - log_sd), weight * z * inverse, weight * (z * z - 1.0)
    sign = -1.0 if y <= lower else 1.0
    limit = lower if y <= lower else upper
    z = sign * (eta - limit) * inverse
    value, slope = log_cdf(z)
    return weight * value, weight * sign * slope * inverse, -weight * slope * z


evaluate = around(pointwise)


def compiled(version: int) -> Any:
    """Return the compiled callback, from the cache on disk unless `version` is new."""

    @callback(SIGNATURE)
    def log_density(dim: int, point: Any, gradient: Any, value: Any, block: Any) -> int:
        # A changed version makes numba compile again; see `callback`.
        return evaluate(dim, point, gradient, value, block) if version else WRONG_SIZE

    return log_density
