r"""The ordered beta family: an outcome between two finite limits, with mass at either of them.

One linear predictor moves both the chance of being at a limit and the mean in between. With
:math:`p(x) = 1/(1 + e^{-x})`, cutpoints :math:`k_1 < k_2` and precision :math:`\phi`,

.. math::

    P(y = L) &= 1 - p(\eta - k_1), \qquad P(y = U) = p(\eta - k_2) \\
    y \mid L < y < U &= L + (U - L)\,x, \qquad x \sim \mathrm{Beta}(\mu\phi, (1 - \mu)\phi), \quad \mu = p(\eta)

so that :math:`E[y] = L\,P(y = L) + U\,P(y = U) + P(L < y < U)\,(L + (U - L)\mu)`.

Kubinec (2023), https://doi.org/10.1017/pan.2022.20.

The beta density is computed from the remainder :math:`s` of Stirling's formula,
:math:`\log\Gamma(a) = (a - 1/2)\log a - a + \log\sqrt{2\pi} + s(a)`:

.. math::

    \log\mathrm{Beta}(x) = -\phi K + \tfrac12 \log\frac{\mu (1 - \mu) \phi}{2\pi} - \log x (1 - x)
    + s(\phi) - s(\mu\phi) - s((1 - \mu)\phi)

where :math:`K = \mu\log(\mu/x) + (1 - \mu)\log((1 - \mu)/(1 - x))`. The difference of three log-gammas would lose
the digits that count where :math:`\phi` is large. Where :math:`\mu > 1/2`, the outcome is reflected first.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.special import expit, gammaln, log_expit

from data.arrays import Array, Index
from models.family import Cell, Family, Parameter
from models.numerics.compiled_tools import CompiledTools
from models.numerics.stirling import compiled_remainder, remainder
from models.scale import Limits, Quantity, Scale, Values, limited_scales, linear_predictor
from priors.role import Role

CUTPOINTS = Role(
    "cutpoints",
    "shares at the lower limit, between, and at the upper limit where those between are in the middle on average",
    "dirichlet",
    scale="own",
    shares=3,
)
PRECISION = Role("precision", "how alike outcomes between the limits are", "gamma", ("exponential",), scale="own")

LOG_ROOT_2_PI = 0.5 * math.log(2.0 * math.pi)

NEAR, MODEST = 1.0, 256.0
"""Distance on the logit scale under which the terms of K cancel, and precision under which that costs no digits."""

REACH = 300.0
"""Size of eta and cutpoints under which products of their exponentials neither overflow nor vanish."""


def _span(limits: Limits) -> float:
    """Return the distance between the limits; an infinite one is an error."""
    lower, upper = limits
    if not (math.isfinite(lower) and math.isfinite(upper) and lower < upper):
        raise ValueError(f"ordered beta needs two finite limits, the lower one first, got {lower:g} and {upper:g}")
    return upper - lower


def _inside(xp: Any, log_gamma: Any, y: Any, eta: Any, phi: Any, limits: tuple[Any, Any]) -> Any:
    """Return the log-density of outcomes given that they are between the limits, in NumPy or PyTensor (`xp`)."""
    lower, upper = limits
    high = eta > 0.0
    start, end = xp.where(high, upper - y, y - lower), xp.where(high, y - lower, upper - y)
    log_odds, rest = xp.log(start / end), -xp.log1p(start / end)
    # `abs` would have derivative 0 at 0, where samplers may start.
    distance = xp.where(high, eta, -eta)
    fade = xp.exp(-distance)
    log_phi, log_big = xp.log(phi), -xp.log1p(fade)
    small, big, log_small = fade / (1.0 + fade), 1.0 / (1.0 + fade), log_big - distance
    gap = log_odds + distance
    near = xp.abs(gap) < NEAR
    close = xp.log1p(small * xp.expm1(xp.where(near, gap, 0.0)))
    divergence = xp.where(near, close, log_big - rest) - small * gap
    return (
        0.5 * (log_small + log_big + log_phi)
        - (phi * divergence + log_odds + 2.0 * rest + xp.log(start + end) + LOG_ROOT_2_PI)
        + remainder(xp, log_gamma, phi, log_phi)
        - remainder(xp, log_gamma, small * phi, log_small + log_phi)
        - remainder(xp, log_gamma, big * phi, log_big + log_phi)
    )


def log_density(y: Array, eta: Array, values: Values, limits: Limits) -> Array:
    """Return the log-density of each cell `y` (cell,), a point mass at the limits; `eta` is (..., cell)."""
    _span(limits)
    arrays = eta, values["cutpoints"][..., 0], values["cutpoints"][..., 1], values["precision"]
    out = np.empty(np.broadcast_shapes(y.shape, *(array.shape for array in arrays)))
    row = np.broadcast_to(y, out.shape[-1:])
    at = np.flatnonzero(row <= limits[0])
    index, first, second, phi = _of_cells(arrays, at)
    out[..., at] = log_expit(first - index)
    at = np.flatnonzero(row >= limits[1])
    index, first, second, phi = _of_cells(arrays, at)
    out[..., at] = log_expit(index - second)
    at = np.flatnonzero((row > limits[0]) & (row < limits[1]))
    index, first, second, phi = _of_cells(arrays, at)
    mass = log_expit(index - first) + log_expit(second - index) + np.log(-np.expm1(first - second))
    out[..., at] = mass + _inside(np, gammaln, row[at], index, phi, limits)
    return out


def _of_cells(arrays: tuple[Array, ...], at: Index) -> list[Array]:
    """Return the arrays at some cells; one with a single value for all cells stays as it is."""
    return [array[..., at] if array.shape[-1] > 1 else array for array in arrays]


def draw(eta: Array, values: Values, limits: Limits, rng: np.random.Generator) -> Array:
    """Return drawn outcomes; those between the limits are strictly so and have a finite log, even where draws round."""
    (lower, upper), span, phi = limits, _span(limits), values["precision"]
    low, high = at_lower(eta, values, limits), at_upper(eta, values, limits)
    tiny = np.finfo(float).tiny
    share = rng.beta(np.maximum(expit(eta) * phi, tiny), np.maximum(expit(-eta) * phi, tiny))
    least, most = np.nextafter(lower + 1e-300 * span, upper), np.nextafter(upper, lower)
    inside = np.clip(lower + span * share, least, most)
    chance = rng.random(np.broadcast_shapes(low.shape, high.shape, inside.shape))
    out: Array = np.where(chance < low, lower, np.where(1.0 - chance <= high, upper, inside))
    return out


def expected(eta: Array, values: Values, limits: Limits) -> Array:
    """Return E[y], limits included, from the end that it is nearer to."""
    span = _span(limits)
    low, high = at_lower(eta, values, limits), at_upper(eta, values, limits)
    inside = between(eta, values, limits)
    above, below = span * (high + inside * expit(eta)), span * (low + inside * expit(-eta))
    out: Array = np.where(above < below, limits[0] + above, limits[1] - below)
    return out


def at_lower(eta: Array, values: Values, limits: Limits) -> Array:
    """Return the probability of being at the lower limit."""
    probability: Array = expit(values["cutpoints"][..., 0] - eta)
    return probability


def at_upper(eta: Array, values: Values, limits: Limits) -> Array:
    """Return the probability of being at the upper limit."""
    probability: Array = expit(eta - values["cutpoints"][..., 1])
    return probability


def between(eta: Array, values: Values, limits: Limits) -> Array:
    """Return the probability of being strictly between the limits, without taking a difference of probabilities."""
    first, second = values["cutpoints"][..., 0], values["cutpoints"][..., 1]
    probability: Array = expit(eta - first) * expit(second - eta) * -np.expm1(first - second)
    return probability


def interior(eta: Array, values: Values, limits: Limits) -> Array:
    """Return the mean of y given that it is strictly between the limits, from the end that it is nearer to."""
    span = _span(limits)
    low, high = limits[0] + span * expit(eta), limits[1] - span * expit(-eta)
    mean: Array = np.where(eta > 0.0, high, low) + 0.0 * values["precision"]
    return mean


def information(y: Array, like: Array, limits: Limits) -> float:
    r"""Return the rough information of cells about the linear predictor they share.

    A cell at a limit has that of a yes or no, :math:`P(1 - P)`; one between the limits has those of both limits and
    that of a beta outcome, about :math:`(\mu(1 - \mu))^2` over its variance. Shares and the variance are those of
    `like`, with one added case each, so that neither can be zero.
    """
    span = _span(limits)
    low, high = (np.sum(like <= limits[0]) + 1.0, np.sum(like >= limits[1]) + 1.0) / np.array(len(like) + 3.0)
    inside = (like[(like > limits[0]) & (like < limits[1])] - limits[0]) / span
    count = len(inside)
    mean = (inside.sum() + 0.5) / (count + 1.0)
    variance = (np.sum((inside - mean) ** 2) + 1.0 / 12.0) / (count + 1.0)
    ends = low * (1.0 - low), high * (1.0 - high)
    beta = (mean * (1.0 - mean)) ** 2 / variance
    each = np.where(y <= limits[0], ends[0], np.where(y >= limits[1], ends[1], ends[0] + ends[1] + beta))
    return float(each.sum())


def slope(y: Array, limits: Limits) -> float:
    """Return how much the mean moves with the linear predictor, as the information says of a normal outcome."""
    variance = max(float(np.var(y)), 1e-12)
    return float(np.sqrt(information(y, y, limits) / y.size * variance))


def _compiled_log_p(tools: CompiledTools) -> Any:
    """Return log p(z) in compiled code, with its derivative p(-z)."""

    @tools.jit
    def log_p(z: float) -> Any:
        fade = math.exp(-abs(z))
        log_1_plus, share = math.log1p(fade), 1.0 / (1.0 + fade)
        return (-log_1_plus, fade * share) if z > 0.0 else (z - log_1_plus, share)

    return log_p


def _compiled_beta(tools: CompiledTools, stirling: Any) -> Any:
    """Return the beta density but for what phi alone adds, and its derivatives by the mean's logit and log phi.

    The mean is at most half: its logit is -`distance`.
    """

    @tools.jit
    def beta(odds: float, distance: float, fade: float, big: float, phi: float, log_phi: float) -> Any:
        small, log_odds = fade * big, math.log(odds)
        gap = log_odds + distance
        # log1p and expm1 take more time; what they add shows only if the precision is high
        if phi < MODEST:
            rest, log_big = -math.log(1.0 + odds), -math.log(1.0 + fade)
        else:
            rest, log_big = -math.log1p(odds), -math.log1p(fade)
        divergence = log_big - rest - small * gap
        if phi >= MODEST and abs(gap) < NEAR:
            divergence = math.log1p(small * math.expm1(gap)) - small * gap
        log_small = log_big - distance
        less, less_slope = stirling(small * phi, log_small + log_phi)
        more, more_slope = stirling(big * phi, log_big + log_phi)
        value = 0.5 * (log_small + log_big) - phi * divergence - log_odds - 2.0 * rest - less - more
        slope = phi * small * big * gap + 0.5 * (big - small) - big * less_slope + small * more_slope
        return value, slope, 0.5 - phi * divergence - less_slope - more_slope

    return beta


def cell(tools: CompiledTools) -> Cell:
    """Return the log-density of one cell in compiled code; the slots are k1, log(k2 - k1) and log phi."""
    log_p, stirling = _compiled_log_p(tools), compiled_remainder(tools)
    beta = _compiled_beta(tools, stirling)

    @tools.jit
    def prepare(slots: Any, ready: Any) -> None:
        gap, phi = math.exp(min(slots[1], 700.0)), math.exp(slots[2])
        k1, k2 = slots[0], slots[0] + gap
        rest, rest_slope = stirling(phi, slots[2])
        # log(1 - exp(-gap)) and its derivative by log gap; their formulas are 0/0 where gap is tiny or huge
        log_mass = math.log(-math.expm1(-gap)) if gap > 1e-17 else slots[1]
        ready[0], ready[1], ready[2] = k1, k2, gap
        ready[3], ready[4] = phi, slots[2]
        ready[5] = log_mass + 0.5 * slots[2] - LOG_ROOT_2_PI + rest
        ready[6] = 1.0 if gap < 1e-17 else (gap / math.expm1(gap) if gap < 700.0 else 0.0)
        ready[7] = rest_slope
        # zeros say that the cutpoints are too far out for products of exponentials
        close = max(abs(k1), abs(k2)) < REACH
        ready[8], ready[9] = (math.exp(k1), math.exp(-k2)) if close else (0.0, 0.0)

    @tools.jit
    def pointwise(
        kind: int, y: float, weight: float, eta: float, lower: float, upper: float, ready: Any, bar: Any
    ) -> Any:
        k1, k2, gap, phi, log_phi = ready[0], ready[1], ready[2], ready[3], ready[4]
        if kind != 0:
            value, slope = log_p(k1 - eta if kind < 0 else eta - k2)
            step = -weight * slope if kind < 0 else weight * slope
            bar[0] -= step
            if kind > 0:
                bar[1] -= step * gap
            return weight * value, step
        distance, start, end, up1, down2 = -eta, y - lower, upper - y, ready[8], ready[9]
        high = eta > 0.0
        if high:  # reflect the outcome, so that its mean is at most half
            distance, start, end, up1, down2 = eta, end, start, down2, up1
            k1, k2 = -k2, -k1
        fade = math.exp(-distance)
        if distance < REACH and up1 > 0.0:  # p(eta - k1) p(k2 - eta) by one log and one division
            a, b, c = fade + up1, 1.0 + down2 * fade, 1.0 + fade
            each = 1.0 / (a * b * c)
            mass = -math.log(a * b * (upper - lower)) - distance
            first, second, big = up1 * (b * c * each), down2 * (fade * a * c * each), a * b * each
        else:
            lead, first = log_p(-distance - k1)
            rest, second = log_p(k2 + distance)
            mass, big = lead + rest - math.log(upper - lower), 1.0 / (1.0 + fade)
        value, slope, stretch = beta(start / end, distance, fade, big, phi, log_phi)
        change = second - first if high else first - second
        bar[0] -= weight * change
        bar[1] += weight * (gap * (first if high else second) + ready[6])
        bar[2] += weight * (stretch + ready[7])
        return weight * (value + mass + ready[5]), weight * (change + (-slope if high else slope))

    return Cell(prepare, pointwise)


def graph(pt: Any, y: Any, eta: Any, values: Any, limits: Any, left: Any, interior: Any, right: Any) -> Any:
    """Return the pointwise symbolic log-density, each cell from its own branch."""
    first, second = values["cutpoints"][..., 0], values["cutpoints"][..., 1]
    index, k1, k2 = eta[interior], first[interior], second[interior]
    mass = pt.log(-pt.expm1(k1 - k2)) - pt.softplus(k1 - index) - pt.softplus(index - k2)
    inside = _inside(pt, pt.gammaln, y[interior], index, values["precision"][interior], limits)
    out = pt.zeros_like(eta)
    out = out[left].set(-pt.softplus(eta[left] - first[left]))
    out = out[right].set(-pt.softplus(second[right] - eta[right]))
    return out[interior].set(mass + inside)


FAMILY = Family(
    name="ordered_beta",
    unit="points",
    support="limited",
    parameters=(
        Parameter("location", "logit"),
        Parameter("cutpoints", "identity", CUTPOINTS, dim="cutpoint", labels=("lower", "upper")),
        Parameter("precision", "log", PRECISION),
    ),
    equation="{y} in [{lower}, {upper}] ~ OrderedBeta(logit(mean) = eta, cutpoints[service], precision[service])",
    log_density=log_density,
    draw=draw,
    expected=expected,
    information=information,
    slope=slope,
    scales=limited_scales(
        expected=expected,
        at_lower=at_lower,
        at_upper=at_upper,
        interior=interior,
        between=between,
        index=Scale("log_odds", "log-odds of the mean between the limits", "index", Quantity(linear_predictor)),
    ),
    graph=graph,
    cell=cell,
    prepared=10,
    both_limits=True,
    index_unit="logits",
)
