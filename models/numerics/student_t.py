r"""The log of Student's t cdf, in NumPy, and tables of it from which compiled code gets both derivatives.

With :math:`w = 1/\nu` and :math:`u = w z^2`, the density is :math:`t(z) = K (1 + u)^{-(\nu + 1)/2}`. In the tail,
substituting :math:`s = \tfrac{\nu}{2} \log(1 + w x^2)` in the integral over x, less its value at z,

.. math::

    T(z) = \frac{1 + u}{|z|}\, t(z)\, \rho(w, 1/z^2), \quad z < 0, \qquad
    \rho(w, y) = \int_0^\infty \frac{e^{-s}}{\sqrt{1 + y\, p(s)}}\, ds, \qquad p(s) = \frac{1 - e^{-2 w s}}{w}

where :math:`\rho` is smooth in w and y down to zero: no case is special, neither the normal (w = 0) nor the far tail
(y = 0). The derivative by :math:`\nu` has no closed form; polynomials in w give it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.polynomial import chebyshev
from scipy.special import stdtr

from data.arrays import Array

TINY = 1e-290
"""Probability below which a product of small numbers may have lost digits."""

EDGE = 4.0
"""Size of the argument up to which the log of the cdf is tabulated, and from which the tail's ratio is."""

PER_UNIT, BANDS, DEGREE = 4, 2, 9
"""Pieces per unit of z up to the edge, bands of y = 1 / z^2 beyond it, and the degree of each polynomial."""

CENTRE = int(2 * EDGE) * PER_UNIT
PIECES = CENTRE + BANDS
ENTRIES = PIECES * (DEGREE + 1) + 1
"""Pieces within the edge, and in all; coefficients for one w: those of all pieces, and the density's constant."""

STRETCH, SPANS, POWER = 16.0, 4, 11
"""The tables are polynomials of this power in v = log(1 + stretch w), one for each of equal spans of v."""

SPAN = float(np.log1p(STRETCH)) / SPANS


def unit_rule(count: int) -> tuple[Array, Array]:
    """Return the nodes and weights of the Gauss-Legendre rule on [0, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return 0.5 * (nodes + 1.0), 0.5 * weights


def graded(top: Array | float, at: Array | float, weight: Array | float) -> tuple[Array, Array]:
    """Return a point of a rule on [0, top], denser at 0, with its weight, from those of the rule on [0, 1]."""
    stretch = np.log1p(top / 0.8)
    grown = 0.8 * np.exp(at * stretch)
    return np.asarray(grown - 0.8), np.asarray(weight * stretch * grown)


RULE = tuple(zip(*unit_rule(28), strict=True))
"""Nodes and weights of a rule with 15 digits for the integrals over s of this file."""

STEPS, STEP_WEIGHTS = graded(37.0, *unit_rule(28))
DECAY = STEP_WEIGHTS * np.exp(-STEPS)
"""That rule for a whole tail, with exp(-s) in its weights: what is beyond 37 is below the last digit."""


STIRLING = (-1.0 / 8.0, 1.0 / 192.0, -1.0 / 640.0, 17.0 / 14336.0, -31.0 / 18432.0, 691.0 / 180224.0)
"""Coefficients of 1/x, 1/x^3, ... in the series of log gamma(x + 1/2) - log gamma(x) - log(x) / 2 for large x."""


def log_constant(nu: Any, log1p: Any = np.log1p) -> Any:
    """Return log K, to the last digit for large `nu` too, where log-gammas would cancel; of arrays, or of a graph."""
    half = 0.5 * nu
    shifted = half + 10.0
    total = 0.5 * log1p(10.0 / half) - 0.5 * np.log(2.0 * np.pi)
    for k in range(10):
        total = total - log1p(0.5 / (half + k))
    series = 0.0
    for coefficient in reversed(STIRLING):
        series = coefficient + series / (shifted * shifted)
    return total + series / shifted


def log_pdf(z: Array, nu: Array) -> Array:
    """Return the log-density."""
    out: Array = log_constant(nu) - 0.5 * (nu + 1.0) * np.log1p(z * z / nu)
    return out


def ratio(w: Array, y: Array) -> Array:
    """Return rho(w, y) for y up to 1, to the last digits."""
    total = np.zeros(np.broadcast_shapes(np.shape(w), np.shape(y)))
    for step, weight in zip(STEPS, DECAY, strict=True):
        total += weight / np.sqrt(1.0 - y * (np.expm1(-2.0 * w * step) / w))
    return total


def log_tail(z: Array, nu: Array) -> Array:
    """Return log T(z) for z of at most -1, where T may be below the smallest number."""
    out: Array = log_pdf(z, nu) + np.log((1.0 + z * z / nu) / -z * ratio(1.0 / nu, 1.0 / (z * z)))
    return out


def log_cdf(z: Array, nu: Array) -> Array:
    """Return log T(z), with all digits in both tails."""
    z, nu = np.broadcast_arrays(z, nu)
    tail = stdtr(nu, -np.abs(z))
    small = tail < TINY
    out: Array = np.where(z > 0.0, np.log1p(-tail), np.log(np.maximum(tail, TINY)))
    far = small & (z < 0.0)
    out[far] = log_tail(z[far], nu[far])
    return out


def moment(a: Array, b: Array, nu: Array) -> Array:
    """Return the integral of z t(z) from `a` to `b`; where both are far it is finite even as `nu` goes to 1."""
    half = 0.5 * (nu - 1.0)
    low, high = np.log1p(a * a / nu), np.log1p(b * b / nu)
    near, sign = np.minimum(low, high), np.where(low > high, -1.0, 1.0)
    apart = np.maximum(low, high) - np.where(np.isinf(near), 0.0, near)
    out: Array = -sign * 0.5 * nu * np.exp(log_constant(nu) - half * near) * np.expm1(-half * apart) / half
    return out


def mean_offset(a: Array, width: Array, nu: Array) -> Array:
    """Return the mean of x - a given that x is between `a` and `a + width`, for `a` of at least 1, far tails included.

    Where the range has a part that cannot be seen, the integral of x t(x) comes from its closed form.
    """
    w, y = 1.0 / nu, 1.0 / (a * a)
    whole = 0.5 * nu * np.log1p(width * (2.0 * a + width) / (nu + a * a))
    top = np.minimum(whole, 37.0)
    mass, first = np.zeros_like(a), np.zeros_like(a)
    for node in RULE:
        s, weight = graded(top, *node)
        grown = np.expm1(2.0 * w * s) / w
        # (x / a)^2 = 1 + (w + y) grown
        x = np.sqrt(1.0 + (w + y) * grown)
        share = weight * np.exp(-(1.0 - w) * s) / x
        mass += share
        first += share * (w + y) * grown / (1.0 + x)
    all_of_it = -np.expm1(-(1.0 - w) * whole) / (1.0 - w)
    out: Array = a * np.where(whole > top, all_of_it / mass - 1.0, first / mass)
    return out


def table() -> Array:
    """Return the coefficients (span of v, power of v, entry) from which `ENTRIES` coefficients follow for one w.

    The entries are polynomials in the distance from the middle of each piece of z, scaled to [-1, 1], of log T; of
    each band of y, of rho; and the log of the density's constant.
    """
    nodes = chebyshev.chebpts1(POWER + 1)
    out = np.empty((SPANS, POWER + 1, ENTRIES))
    for span in range(SPANS):
        w = np.expm1(SPAN * (span + 0.5 * (nodes + 1.0)))[:, None] / STRETCH
        centre = _fitted(lambda z, w=w: log_cdf(z, 1.0 / w), -EDGE, EDGE, CENTRE)
        bands = _fitted(lambda y, w=w: ratio(w, y), 0.0, 1.0 / EDGE**2, BANDS)
        values = np.concatenate([centre, bands, log_constant(1.0 / w)], axis=1)
        out[span] = _powers(values)
    return out


def _fitted(function: Any, low: float, high: float, count: int) -> Array:
    """Return each piece's coefficients (row, piece * power) of functions of a row's argument, one row each."""
    half = 0.5 * (high - low) / count
    middles = low + half * (2.0 * np.arange(count) + 1.0)
    points = middles[:, None] + half * chebyshev.chebpts1(DEGREE + 1)
    values = function(points.ravel()[None, :]).reshape(-1, count, DEGREE + 1)
    return np.moveaxis(_powers(np.moveaxis(values, -1, 0)), 0, -1).reshape(len(values), -1)


def _powers(values: Array) -> Array:
    """Return the coefficients of powers (power, ...) of polynomials with values (node, ...) at Chebyshev nodes.

    In two steps, as one matrix for both has large entries, whose rounding would show in the derivatives.
    """
    degree = len(values) - 1
    at_nodes = chebyshev.chebvander(chebyshev.chebpts1(degree + 1), degree)
    fitted = np.linalg.solve(at_nodes, values.reshape(degree + 1, -1))
    rows = [np.pad(c, (0, degree + 1 - len(c))) for c in map(chebyshev.cheb2poly, np.eye(degree + 1))]
    out: Array = (np.array(rows).T @ fitted).reshape(values.shape)
    return out
