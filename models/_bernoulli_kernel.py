"""The Bernoulli log-density of one cell and its derivatives, for compiled code; see `bernoulli` for the equation."""

from __future__ import annotations

import math
from typing import Any

from models._jit import callback, jit
from models._kernel import SIGNATURE, WRONG_SIZE, around


@jit
def pointwise(y: float, weight: float, eta: float, sd: float, log_sd: float, lower: float, upper: float) -> Any:
    """Log-density of a cell, and its derivatives by eta and by the log of the sd.

    With `y` a share of `weight` answers it is that of all of them: a binomial count.
    """
    e = math.exp(-abs(eta))
    p = 1.0 / (1.0 + e) if eta > 0.0 else e / (1.0 + e)
    return weight * (y * eta - max(eta, 0.0) - math.log1p(e)), weight * (y - p), 0.0


evaluate = around(pointwise)


def compiled(version: int) -> Any:
    """Return the compiled callback, from the cache on disk unless `version` is new."""

    @callback(SIGNATURE)
    def log_density(dim: int, point: Any, gradient: Any, value: Any, block: Any) -> int:
        # A changed version makes numba compile anew; see `callback`.
        return evaluate(dim, point, gradient, value, block) if version else WRONG_SIZE

    return log_density
