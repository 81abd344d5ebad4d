r"""The two-limit Tobit with Student-t errors: a heavy-tailed latent index that is observed only between its limits.

.. math::

    y^*_{is} &= \eta_{is} + \sigma_s \varepsilon_{is}, \qquad \varepsilon_{is} \sim t(\nu), \quad \nu > 1 \\
    y_{is} &= \min(U, \max(L, y^*_{is}))

so that a cell at the lower limit contributes :math:`\log T_\nu((L - \eta)/\sigma)`, one at the upper limit
:math:`\log T_\nu((\eta - U)/\sigma)`, and one between them the log-density. A few values far from the others move
it less than they move a normal Tobit, which is its limit as :math:`\nu` grows. A limit may be infinite.

:math:`\sigma` is the scale, and the sd only as :math:`\nu` grows. Lange, Little and Taylor (1989),
https://doi.org/10.2307/2290063; censored: Arellano-Valle, Castro, Gonzalez-Farias and Munoz-Gajardo (2012),
https://doi.org/10.1007/s10260-012-0199-y.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.special import stdtr

from data.arrays import Array
from models.families import tobit
from models.family import Cell, Family, Parameter
from models.numerics import student_t
from models.numerics.compiled_tools import CompiledTools
from models.numerics.student_t import (
    BANDS,
    CENTRE,
    DEGREE,
    EDGE,
    ENTRIES,
    PER_UNIT,
    PIECES,
    POWER,
    SPAN,
    SPANS,
    STRETCH,
)
from models.scale import Limits, Values, limited_scales
from priors.role import SPREAD, Role

SCALE, NU = "residual_scale", "degrees_of_freedom"

RESIDUAL = Role(
    SCALE, "scale of the outcome's t-distributed spread among units alike in everything", "half_normal", SPREAD
)
FREEDOM = Role(
    "degrees_of_freedom",
    "how heavy the tails of the outcome are among units alike in everything: normal when many",
    "gamma",
    ("exponential",),
    scale="own",
)

CONSTANTS = 8
"""Numbers at the start of `ready`; after them come all coefficients, and then their derivatives."""


def log_density(y: Array, eta: Array, values: Values, limits: Limits) -> Array:
    """Return the log-density of each cell `y` (cell,), a point mass at the limits; `eta` is (..., cell)."""
    sd, nu = values[SCALE], values[NU]
    z = (y - eta) / sd
    out: Array = student_t.log_pdf(z, nu) - np.log(sd)
    at = np.flatnonzero((y <= limits[0]) | (y >= limits[1]))
    # where y is the limit itself
    signed = np.where(y[at] <= limits[0], z[..., at], -z[..., at])
    out[..., at] = student_t.log_cdf(signed, np.broadcast_to(nu, z.shape)[..., at])
    return out


def draw(eta: Array, values: Values, limits: Limits, rng: np.random.Generator) -> Array:
    """Return clipped draws: values beyond a limit become exactly that limit, as in the data."""
    shape = np.broadcast_shapes(np.shape(eta), np.shape(values[SCALE]), np.shape(values[NU]))
    errors = rng.standard_t(np.broadcast_to(values[NU], shape))
    return np.clip(eta + values[SCALE] * errors, *limits)


def between(eta: Array, values: Values, limits: Limits) -> Array:
    """Return the probability of being strictly between the limits."""
    a, b, _, _ = _from_near_limit(eta, values[SCALE], limits)
    probability: Array = stdtr(values[NU], -a) - stdtr(values[NU], -b)
    return probability


def at_lower(eta: Array, values: Values, limits: Limits) -> Array:
    """Return the probability of being at the lower limit."""
    probability: Array = stdtr(values[NU], (limits[0] - eta) / values[SCALE])
    return probability


def at_upper(eta: Array, values: Values, limits: Limits) -> Array:
    """Return the probability of being at the upper limit."""
    probability: Array = stdtr(values[NU], (eta - limits[1]) / values[SCALE])
    return probability


def expected(eta: Array, values: Values, limits: Limits) -> Array:
    r"""Return E[y], limits included.

    Seen from the limit that is nearer to the tail, :math:`E[y] - L = \sigma (\int_a^b z\, t(z)\, dz + b T(-b) -
    a T(-a))` with a and b the distances to the limits in scales, which holds its digits far beyond a limit.
    """
    sd, nu = values[SCALE], values[NU]
    a, b, sign, limit = _from_near_limit(eta, sd, limits)
    inner, beyond = np.where(np.isfinite(a), a, 0.0), np.where(np.isfinite(b), b, 0.0)
    excess = student_t.moment(a, b, nu) + beyond * stdtr(nu, -b) - inner * stdtr(nu, -a)
    out: Array = np.where(np.isfinite(a), limit, eta) + sign * sd * excess
    return out


def interior(eta: Array, values: Values, limits: Limits) -> Array:
    """Return the mean of y given that it is strictly between the limits, with all digits in far tails."""
    sd, nu = values[SCALE], values[NU]
    a, b, sign, limit = _from_near_limit(eta, sd, limits)
    lower, upper = stdtr(nu, -a), stdtr(nu, -b)
    inside = lower - upper
    with np.errstate(divide="ignore", invalid="ignore"):  # replaced below
        out: Array = eta + sign * sd * student_t.moment(a, b, nu) / inside
    # Beyond a limit, where the probability is a small difference or the mean is next to the limit
    hard = (a > 1.0) & ((a > 8.0) | (inside < 0.05 * lower))
    if hard.any():
        width = np.broadcast_to((limits[1] - limits[0]) / sd, out.shape)[hard]
        offset = student_t.mean_offset(a[hard], width, np.broadcast_to(nu, out.shape)[hard])
        out[hard] = limit[hard] + sign[hard] * np.broadcast_to(sd, out.shape)[hard] * offset
    return out


def _from_near_limit(eta: Array, sd: Array, limits: Limits) -> tuple[Array, Array, Array, Array]:
    """Return the near and the far limit's distance in scales, the direction between them, and the near limit.

    Both are mirrored where the index is above the upper limit, so that the distances are those of an upper tail.
    """
    a, b = (limits[0] - eta) / sd, (limits[1] - eta) / sd
    mirrored = b < 0.0
    near, far = np.where(mirrored, -b, a), np.where(mirrored, -a, b)
    return near, far, np.where(mirrored, -1.0, 1.0), np.where(mirrored, limits[1], limits[0])


def cell(tools: CompiledTools) -> Cell:
    """Return the compiled functions of a cell, for slots (log sd, log(nu - 1)).

    `prepare` reduces the table to polynomials for one nu, of the log of the cdf and of its derivative by the slot.
    """
    table = student_t.table()
    slopes = CONSTANTS + ENTRIES
    beyond = tools.jit(_beyond)

    def prepare(slots: Any, ready: Any) -> None:
        above_one = math.exp(slots[1])
        w = max(1.0 / (1.0 + above_one), student_t.TINY)
        left = 1.0 / (1.0 + math.exp(-slots[1]))  # 1 - w
        v = math.log1p(STRETCH * w) / SPAN
        span = max(0, min(int(v), SPANS - 1))
        t = 2.0 * (v - span) - 1.0
        # the derivative of t by the slot, where that of w is -w (1 - w)
        scale = -w * left * 2.0 / SPAN * STRETCH / (1.0 + STRETCH * w)
        for entry in range(ENTRIES):
            value, slope = table[span, POWER, entry], 0.0
            for power in range(POWER - 1, -1, -1):
                slope = slope * t + value
                value = value * t + table[span, power, entry]
            ready[CONSTANTS + entry] = value
            ready[slopes + entry] = slope * scale
        ready[0], ready[1], ready[2] = math.exp(-slots[0]), w, left
        ready[3], ready[4] = ready[slopes - 1], ready[slopes + ENTRIES - 1]  # log K
        ready[5], ready[6] = ready[slopes - 1] - slots[0], 0.5 * (1.0 + w) / w

    def pointwise(
        kind: int, y: float, weight: float, eta: float, lower: float, upper: float, ready: Any, bar: Any
    ) -> Any:
        inverse, w, left = ready[0], ready[1], ready[2]
        if kind == 0:
            z, sign = (y - eta) * inverse, 1.0
            u = w * z * z
            q, g = math.log1p(u), u / (1.0 + u)
            slope = (1.0 + w) * z / (1.0 + u)
            by_sd, by_nu = z * slope - 1.0, ready[4] - 0.5 * left * ((q - g) / w - g)
            value = ready[5] - ready[6] * q
        else:
            sign = -1.0 if kind < 0 else 1.0
            z = sign * (eta - (lower if kind < 0 else upper)) * inverse
            central = -EDGE < z < EDGE
            scaled = (z + EDGE) * PER_UNIT if central else CENTRE + BANDS * EDGE * EDGE / (z * z)
            piece = max(0, min(int(scaled), PIECES - 1))
            t = 2.0 * (scaled - piece) - 1.0
            first = CONSTANTS + piece * (DEGREE + 1)
            value, slope, by_nu = ready[first + DEGREE], 0.0, ready[first + DEGREE + ENTRIES]
            for power in range(DEGREE - 1, -1, -1):
                slope = slope * t + value
                value = value * t + ready[first + power]
                by_nu = by_nu * t + ready[first + power + ENTRIES]
            slope *= 2.0 * PER_UNIT
            if not central:
                value, slope, by_nu = beyond(z, value, by_nu, w, left, ready[3], ready[4])
            by_sd = -slope * z
        bar[0] += weight * by_sd
        bar[1] += weight * by_nu
        return weight * value, weight * sign * slope * ready[0]

    return Cell(tools.jit(prepare), tools.jit(pointwise))


def _beyond(
    z: float, rho: float, rho_by_nu: float, w: float, left: float, constant: float, constant_by_nu: float
) -> tuple[float, float, float]:
    """Return the log of the cdf beyond the edge, and its derivatives by z and by the slot of nu, from those of rho.

    `left` is 1 - w. Compiled code calls it with numbers only, which costs less than passing arrays.
    """
    size = abs(z)
    u = w * size * size
    q, g = math.log1p(u), u / (1.0 + u)
    value = constant - 0.5 * left / w * q + math.log(rho / size)
    slope = size / ((1.0 + u) * rho)
    by_nu = constant_by_nu - 0.5 * left * ((q - g) / w + g) + rho_by_nu / rho
    if z < 0.0:
        return value, slope, by_nu
    p = math.exp(value)
    odds = p / (1.0 - p)
    return math.log1p(-p), odds * slope, -odds * by_nu


def graph(
    pt: Any, y: Any, eta: Any, values: Mapping[str, Any], limits: Limits, left: Any, interior: Any, right: Any
) -> Any:
    """Return the pointwise log-density, each cell from its own branch, with integrals by fixed rules."""
    sd, nu = values[SCALE], values[NU]
    z = (y[interior] - eta[interior]) / sd[interior]
    w = 1.0 / nu[interior]
    inside = student_t.log_constant(nu[interior], pt.log1p) - 0.5 * (1.0 + 1.0 / w) * pt.log1p(w * z**2)
    out = pt.zeros_like(eta)
    out = out[left].set(_graph_log_cdf(pt, (limits[0] - eta[left]) / sd[left], nu[left]))
    out = out[right].set(_graph_log_cdf(pt, (eta[right] - limits[1]) / sd[right], nu[right]))
    return out[interior].set(inside - pt.log(sd[interior]))


def _graph_log_cdf(pt: Any, z: Any, nu: Any) -> Any:
    """Return the log of the cdf; each branch gets only arguments in its own range, so that no other can overflow."""
    w, constant = 1.0 / nu, student_t.log_constant(nu, pt.log1p)
    nodes, weights = student_t.unit_rule(20)
    near = pt.clip(z, -1.0, 1.0)
    bell = pt.exp(-0.5 * (1.0 + 1.0 / w)[:, None] * pt.log1p((w * near**2)[:, None] * nodes**2))
    centre = pt.log(0.5 + near * pt.exp(constant) * (bell * weights).sum(axis=1))
    size = pt.maximum(pt.abs(z), 1.0)
    grown = -pt.expm1(-2.0 * w[:, None] * student_t.STEPS) / w[:, None]
    rho = (student_t.DECAY / pt.sqrt(1.0 + (1.0 / size**2)[:, None] * grown)).sum(axis=1)
    tail = constant - 0.5 * (1.0 / w - 1.0) * pt.log1p(w * size**2) + pt.log(rho / size)
    tails = pt.switch(pt.lt(z, 0.0), tail, pt.log1p(-pt.exp(tail)))
    return pt.switch(pt.lt(pt.abs(z), 1.0), centre, tails)


FAMILY = Family(
    name="student_tobit",
    unit="points",
    support="limited",
    parameters=(
        Parameter("location", "identity"),
        Parameter(SCALE, "log", RESIDUAL),
        Parameter(NU, "log_above_one", FREEDOM, per_service=False),
    ),
    equation="{y} = min({upper}, max({lower}, eta + residual_scale[service] * e)),  e ~ StudentT(degrees_of_freedom)",
    log_density=log_density,
    draw=draw,
    expected=expected,
    information=tobit.information,
    slope=tobit.slope,
    scales=limited_scales(expected=expected, at_lower=at_lower, at_upper=at_upper, interior=interior, between=between),
    graph=graph,
    cell=cell,
    prepared=CONSTANTS + 2 * ENTRIES,
    widened_by=SCALE,
)
