r"""The remainder of Stirling's formula, in NumPy, in PyTensor and in compiled code.

.. math::

    s(a) = \log\Gamma(a) - (a - \tfrac12)\log a + a - \log\sqrt{2\pi}

Differences of log-gammas of large arguments lose the digits that differences of these remainders keep.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from data.arrays import Array
from models.numerics.compiled_tools import CompiledTools

LOG_ROOT_2_PI = 0.5 * math.log(2.0 * math.pi)

SERIES = (1.0 / 12.0, -1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0)
"""Coefficients of 1/a, 1/a^3, ... in the remainder of Stirling's formula."""

LARGE, LOG_LARGE = math.exp(3.0), 3.0
"""Argument from which this series has all digits, and its log."""


def _series(a: Any) -> Any:
    """Return the remainder of Stirling's formula for large arguments."""
    inverse, total = 1.0 / a, 0.0
    for coefficient in reversed(SERIES):
        total = coefficient + total * inverse**2
    return total * inverse


def remainder(xp: Any, log_gamma: Any, a: Any, log_a: Any) -> Any:
    """Return the remainder of Stirling's formula for log-gamma; each branch gets only arguments in its own range."""
    low, log_low = xp.where(a < LARGE, a, LARGE), xp.where(a < LARGE, log_a, LOG_LARGE)
    small = log_gamma(1.0 + low) - (low + 0.5) * log_low + low - LOG_ROOT_2_PI
    return xp.where(a < LARGE, small, _series(xp.where(a < LARGE, LARGE, a)))


def of_log(log_a: Array) -> Array:
    """Return the remainder as a function of log a: by the recurrence it needs no log-gamma, whose digits cancel."""
    a = np.exp(log_a)
    steps = a + np.arange(20.0)[:, np.newaxis]
    return np.asarray(np.sum((steps + 0.5) * np.log1p(1.0 / steps) - 1.0, axis=0) + _series(a + 20.0))


def compiled_remainder(tools: CompiledTools) -> Any:
    """Return Stirling's remainder in compiled code: (a, log a) -> (s, its derivative by log a)."""
    table = tools.pieces(of_log, -8.0, LOG_LARGE, per_unit=8.0, degree=7)
    low, per_unit, coefficients = table.low, table.per_unit, table.coefficients
    value_and_slope = tools.value_and_slope
    c1, c3, c5, c7, c9 = SERIES
    euler, zeta2, zeta3 = 0.5772156649015329, 1.6449340668482264, 1.2020569031595942

    @tools.jit
    def remainder(a: float, log_a: float) -> Any:
        if log_a >= LOG_LARGE:
            r = 1.0 / a
            q = r * r
            value = r * (c1 + q * (c3 + q * (c5 + q * (c7 + q * c9))))
            return value, -r * (c1 + q * (3.0 * c3 + q * (5.0 * c5 + q * (7.0 * c7 + q * 9.0 * c9))))
        if log_a > low:
            return value_and_slope(log_a, low, per_unit, coefficients)
        # log-gamma(1 + a) by its Taylor series
        value = a * (1.0 - euler + a * (zeta2 / 2.0 - a * zeta3 / 3.0)) - (a + 0.5) * log_a - LOG_ROOT_2_PI
        return value, -0.5 - a * (log_a + euler - a * (zeta2 - a * zeta3))

    return remainder
