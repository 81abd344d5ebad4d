"""What compiled code of components and families is made with: they do not import numba, which takes time."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from scipy.special import log_ndtr

from models.engines.compiled import jit as compiling
from models.engines.compiled.piecewise import value_and_slope
from models.numerics.compiled_tools import CompiledTools
from models.numerics.pieces import pieces

LOG_ROOT_2_PI = 0.5 * math.log(2.0 * math.pi)
LOG_HALF_NORMAL = 0.5 * math.log(2.0 / math.pi)

TINY = 1e-200
"""Number that replaces 0 in divisors."""

NEAR = pieces(log_ndtr, -8.0, 3.0, per_unit=4.0, degree=9)
"""Log of the normal cdf in the usual range of cells at a limit: 14 digits of the value, 11 of its slope."""

LOW, HIGH, PER_UNIT, COEFFICIENTS = NEAR.low, NEAR.high, NEAR.per_unit, NEAR.coefficients

MILLS = -37.0
"""Argument below which erfc underflows and the asymptotic series of the Mills ratio has all digits."""


@compiling.jit
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


@compiling.jit
def positive_prior(code: int, a: float, b: float, log_x: float) -> Any:
    """Return the log-density of the log of a positive parameter, and its derivative.

    Parameters
    ----------
    code : int
        The distribution, as in `models.component.POSITIVE`; `a` and `b` are its numbers.
    """
    x = math.exp(log_x)
    if code == 0:  # half-normal
        ratio = x / a
        return LOG_HALF_NORMAL - math.log(a) - 0.5 * ratio * ratio + log_x, 1.0 - ratio * ratio
    if code == 1:  # gamma
        return a * math.log(b) - math.lgamma(a) + a * log_x - b * x, a - b * x
    return math.log(a) - a * x + log_x, 1.0 - a * x  # exponential


@compiling.jit
def spread(signed: int, width: float, q: float) -> Any:
    """Return an sd, its log, and the sign of its parameter, which is the sd over its prior's width or the sd's log."""
    if not signed:
        return math.exp(q), q, 1.0
    sd = width * max(abs(q), TINY)
    return sd, math.log(sd), -1.0 if q < 0.0 else 1.0


@compiling.jit
def spread_prior(signed: int, code: int, a: float, b: float, q: float) -> Any:
    """Return the log-density of an sd's parameter, and its derivative."""
    if not signed:
        return positive_prior(code, a, b, q)
    return LOG_HALF_NORMAL - 0.5 * q * q, -q


@compiling.jit
def by_log(signed: int, q: float) -> float:
    """Return the derivative of an sd's log by its parameter."""
    if not signed:
        return 1.0
    return 1.0 / q if q != 0.0 else 1.0 / TINY


@compiling.jit
def scales(share: float, log_sd: float, sd: float) -> Any:
    """Return sd ** (1 - share) and sd ** -share; most shares are 0 and need no power."""
    if share == 0.0:
        return sd, 1.0
    return math.exp((1.0 - share) * log_sd), math.exp(-share * log_sd)


@compiling.jit
def table(reals: Any, at: int, rows: int, columns: int) -> Any:
    """Return a table, (row, column), of the numbers from a place on."""
    return reals[at : at + rows * columns].reshape(rows, columns)


class Tools(CompiledTools):
    """The functions above, for code that is made when it is needed.

    Attributes
    ----------
    pieces, value_and_slope : callable
        Piecewise polynomials; see `piecewise`.
    """

    pieces = staticmethod(pieces)
    value_and_slope = staticmethod(value_and_slope)
    log_cdf = staticmethod(log_cdf)
    positive_prior = staticmethod(positive_prior)
    spread = staticmethod(spread)
    spread_prior = staticmethod(spread_prior)
    by_log = staticmethod(by_log)
    scales = staticmethod(scales)
    table = staticmethod(table)

    def jit[F: Callable[..., Any]](self, function: F) -> F:
        """Return the function compiled, for use by other compiled functions."""
        return compiling.jit(function)


class CellTools(Tools):
    """The same for cells, whose functions make no arrays."""

    def jit[F: Callable[..., Any]](self, function: F) -> F:
        """Return the function compiled, without counting references to arrays."""
        return compiling.jit_uncounted(function)


TOOLS, CELL_TOOLS = Tools(), CellTools()
