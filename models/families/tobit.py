r"""The two-limit Tobit family: a normal latent index that is observed only between its limits.

.. math::

    y^*_{is} &= \eta_{is} + \varepsilon_{is}, \qquad \varepsilon_{is} \sim N(0, \sigma_s^2) \\
    y_{is} &= \min(U, \max(L, y^*_{is}))

so that a cell at the lower limit contributes :math:`\log\Phi((L - \eta)/\sigma)`, one at the upper
limit :math:`\log\Phi((\eta - U)/\sigma)`, and one between them the normal log-density. A limit may be
infinite: with one the model is the one-limit Tobit, with both it is Gaussian. With :math:`a = (L - \eta)/\sigma`
and :math:`b = (U - \eta)/\sigma` its scales are

.. math::

    P(y = L) &= \Phi(a), \qquad P(y = U) = \Phi(-b) \\
    \mathrm{interior} &= E[y \mid L < y < U] = \eta + \sigma\,\frac{\phi(a) - \phi(b)}{\Phi(b) - \Phi(a)} \\
    E[y] &= L\,\Phi(a) + (\Phi(b) - \Phi(a))\,\mathrm{interior} + U\,\Phi(-b)

Normal group effects add to the normal residual, so that integrating over them is exact.

Tobin (1958), https://doi.org/10.2307/1907382; two limits: Rosett and Nelson (1975),
https://doi.org/10.2307/1913423; expectations: McDonald and Moffitt (1980), https://doi.org/10.2307/1924766.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.special import erfcx, log_ndtr, ndtr

from data.arrays import Array
from models.family import Cell, Family, Parameter
from models.numerics.compiled_tools import CompiledTools
from models.scale import Limits, Values, limited_scales
from priors.role import SPREAD, Role

ROOT_2 = np.sqrt(2.0)
ROOT_2_PI = np.sqrt(2.0 * np.pi)
ROOT_HALF_PI = np.sqrt(np.pi / 2.0)
LOG_ROOT_2_PI = 0.5 * math.log(2.0 * math.pi)

RESIDUAL = Role("residual_sd", "spread of the outcome among units alike in everything", "half_normal", SPREAD)

LEAST_BETWEEN = 0.05
"""The least share of cells between the limits that rough slopes are divided by."""


def log_density(y: Array, eta: Array, values: Values, limits: Limits) -> Array:
    """Return the log-density of each cell `y` (cell,), a point mass at the limits; `eta` is (..., cell)."""
    sd = values["residual_sd"]
    z = (y - eta) / sd
    out: Array = -0.5 * z * z - np.log(ROOT_2_PI * sd)
    at = np.flatnonzero((y <= limits[0]) | (y >= limits[1]))
    # where y is the limit itself
    out[..., at] = log_ndtr(np.where(y[at] <= limits[0], z[..., at], -z[..., at]))
    return out


def draw(eta: Array, values: Values, limits: Limits, rng: np.random.Generator) -> Array:
    """Return clipped draws: values beyond a limit become exactly that limit, as in the data."""
    return np.clip(rng.normal(eta, values["residual_sd"]), *limits)


def expected(eta: Array, values: Values, limits: Limits) -> Array:
    r"""Return E[y], limits included.

    As :math:`y = L + (y^* - L)^+ - (y^* - U)^+`, it takes two expected excesses over a limit.
    """
    sd, (lower, upper) = values["residual_sd"], limits
    if np.isfinite(lower):
        above = _excess((eta - lower) / sd)
        return lower + sd * (above - _excess((eta - upper) / sd) if np.isfinite(upper) else above)
    return upper - sd * _excess((upper - eta) / sd) if np.isfinite(upper) else eta + 0.0 * sd


def _excess(z: Array) -> Array:
    """Return the mean of max(0, z + e) for a standard normal e."""
    out: Array = z * ndtr(z) + np.exp(-0.5 * z * z) / ROOT_2_PI
    return out


def at_lower(eta: Array, values: Values, limits: Limits) -> Array:
    """Return the probability of being at the lower limit."""
    probability: Array = ndtr((limits[0] - eta) / values["residual_sd"])
    return probability


def at_upper(eta: Array, values: Values, limits: Limits) -> Array:
    """Return the probability of being at the upper limit."""
    probability: Array = ndtr((eta - limits[1]) / values["residual_sd"])
    return probability


def between(eta: Array, values: Values, limits: Limits) -> Array:
    """Return the probability of being strictly between the limits."""
    sd = values["residual_sd"]
    probability: Array = ndtr((limits[1] - eta) / sd) - ndtr((limits[0] - eta) / sd)
    return probability


def interior(eta: Array, values: Values, limits: Limits) -> Array:
    """Return the mean of y given that it is strictly between the limits, with all digits in far tails."""
    sd = values["residual_sd"]
    a, b = (limits[0] - eta) / sd, (limits[1] - eta) / sd
    # Beyond a limit both tails are tiny; there the formula starts from the interval's near end, mirrored if needed.
    sign = np.where(b < 0.0, -1.0, 1.0)
    near, far = np.where(b < 0.0, -b, a), np.where(b < 0.0, -a, b)
    out = np.maximum(near, 0.0)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):  # in the unused branch
        fade = np.exp(-0.5 * (far - out) * (far + out))  # density at the far end over density at the near end
        tail = (1.0 - fade) / (ROOT_HALF_PI * (erfcx(out / ROOT_2) - erfcx(far / ROOT_2) * fade))
        inside = ndtr(b) - ndtr(a)
        straddling = (np.exp(-0.5 * a * a) - np.exp(-0.5 * b * b)) / (np.sqrt(2.0 * np.pi) * inside)
    mean: Array = eta + sd * np.where(near > 0.0, sign * tail, straddling)
    return mean


def information(y: Array, like: Array, limits: Limits) -> float:
    """Return the information of cells about their shared index: 1 / variance each, half of it at a limit.

    Where all of `like` are the same, as in a simulated outcome, a variance of 1 keeps it finite.
    """
    censored = (y <= limits[0]) | (y >= limits[1])
    variance = np.var(like) if np.ptp(like) > 0.0 else 1.0
    return float(np.where(censored, 0.5, 1.0).sum() / variance)


def slope(y: Array, limits: Limits) -> float:
    """Return how much the mean moves with the index: the share of cells between the limits.

    With normal covariates least squares of a censored outcome finds the coefficients times that share: Greene (1981),
    https://doi.org/10.2307/1913323.
    """
    between = (y > limits[0]) & (y < limits[1])
    return max(float(between.mean()), LEAST_BETWEEN)


def graph(pt: Any, y: Any, eta: Any, values: Any, limits: Any, left: Any, interior: Any, right: Any) -> Any:
    """Return the pointwise log-density, each cell from its own branch; both tails for all cost three times as much."""
    sd, (lower, upper) = values["residual_sd"], limits
    z = (y[interior] - eta[interior]) / sd[interior]
    out = pt.zeros_like(eta)
    out = out[left].set(_log_cdf(pt, (lower - eta[left]) / sd[left]))
    out = out[right].set(_log_cdf(pt, (eta[right] - upper) / sd[right]))
    return out[interior].set(-0.5 * z**2 - LOG_ROOT_2_PI - pt.log(sd[interior]))


def _log_cdf(pt: Any, z: Any) -> Any:
    """Return the log of the standard normal cdf, exact in both tails.

    Below -1 it is computed from its scaled complement, which does not underflow. Each branch gets only arguments in
    its own range, so that neither the value nor the gradient of the other branch can overflow.
    """
    low, high = pt.minimum(z, -1.0), pt.maximum(z, -1.0)
    left = pt.log(pt.erfcx(-low / ROOT_2) / 2.0) - low**2 / 2.0
    right = pt.log1p(-pt.erfc(high / ROOT_2) / 2.0)
    return pt.switch(pt.lt(z, -1.0), left, right)


def cell(tools: CompiledTools) -> Cell:
    """Return the log-density of one cell in compiled code; the slot is the log of the sd."""
    log_cdf = tools.log_cdf

    @tools.jit
    def prepare(slots: Any, ready: Any) -> None:
        ready[0], ready[1] = slots[0], math.exp(-slots[0])

    @tools.jit
    def pointwise(
        kind: int, y: float, weight: float, eta: float, lower: float, upper: float, ready: Any, bar: Any
    ) -> Any:
        log_sd, inverse = ready[0], ready[1]
        if kind == 0:
            z = (y - eta) * inverse
            bar[0] += weight * (z * z - 1.0)
            return weight * (-0.5 * z * z - LOG_ROOT_2_PI - log_sd), weight * z * inverse
        sign = -1.0 if kind < 0 else 1.0
        z = sign * (eta - (lower if kind < 0 else upper)) * inverse
        value, slope = log_cdf(z)
        bar[0] -= weight * slope * z
        return weight * value, weight * sign * slope * inverse

    return Cell(prepare, pointwise)


FAMILY = Family(
    name="tobit",
    unit="points",
    support="limited",
    parameters=(Parameter("location", "identity"), Parameter("residual_sd", "log", RESIDUAL)),
    equation="{y} = min({upper}, max({lower}, eta + e)),  e ~ Normal(0, residual_sd[service])",
    log_density=log_density,
    draw=draw,
    expected=expected,
    information=information,
    slope=slope,
    scales=limited_scales(expected=expected, at_lower=at_lower, at_upper=at_upper, interior=interior, between=between),
    graph=graph,
    cell=cell,
    prepared=2,
    maximise="tobit",
    absorbs="residual_sd",
)
