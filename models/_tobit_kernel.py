"""The Tobit's log-density of one cell and its derivatives, for compiled code; see `tobit` for the equation."""

from __future__ import annotations

import math
from typing import Any

from models._effects import LOG_ROOT_2_PI
from models._jit import callback, jit
from models._kernel import SIGNATURE, WRONG_SIZE, around

MILLS = -37.0
"""Below this erfc underflows, and the asymptotic series of the Mills ratio has all digits."""


@jit
def log_cdf(z: float) -> float:
    """Log of the standard normal cdf, with all digits in both tails."""
    if z > -1.0:
        return math.log1p(-0.5 * math.erfc(z / math.sqrt(2.0)))
    if z > MILLS:
        return math.log(0.5 * math.erfc(-z / math.sqrt(2.0)))
    r = 1.0 / (z * z)
    series = 1.0 - r * (1.0 - 3.0 * r * (1.0 - 5.0 * r * (1.0 - 7.0 * r)))
    return -0.5 * z * z - math.log(-z) - LOG_ROOT_2_PI + math.log(series)


@jit
def pointwise(y: float, weight: float, eta: float, sd: float, log_sd: float, lower: float, upper: float) -> Any:
    """Log-density of a cell, and its derivatives by eta and by the log of the sd."""
    if lower < y < upper:
        z = (y - eta) / sd
        return weight * (-0.5 * z * z - LOG_ROOT_2_PI - log_sd), weight * z / sd, weight * (z * z - 1.0)
    sign = -1.0 if y <= lower else 1.0
    limit = lower if y <= lower else upper
    z = sign * (eta - limit) / sd
    value = log_cdf(z)
    mills = math.exp(-0.5 * z * z - LOG_ROOT_2_PI - value)
    return weight * value, weight * sign * mills / sd, -weight * mills * z


evaluate = around(pointwise)


def compiled(version: int) -> Any:
    """Return the compiled callback, from the cache on disk unless `version` is new."""

    @callback(SIGNATURE)
    def log_density(dim: int, point: Any, gradient: Any, value: Any, block: Any) -> int:
        # A changed version makes numba compile anew; see `callback`.
        return evaluate(dim, point, gradient, value, block) if version else WRONG_SIZE

    return log_density
