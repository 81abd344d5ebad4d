"""The model's hierarchy in compiled code: from unconstrained parameters to effects, and derivatives back.

It equals that of `models.engines.graph.density`. Parameters are in the order of the graph's free variables:
exposures, controls, each group's sds and levels, the units' sd and units, intercepts, residual sds; see
`parameters`.

The units' sd is not its parameter's exponential, as in the graph, but the parameter's absolute value: the
parameter is standard normal under the prior, its sign multiplies the units, and changing both signs changes
nothing. If the data allow an sd near 0, its log has a long tail, in which a chain stays for hundreds of draws; this
form has no such tail. Gelman (2004), https://doi.org/10.1198/016214504000000458, describes such signed parameters.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from models.engines.compiled.jit import jit
from models.engines.compiled.memory import Block

LOG_ROOT_2_PI = 0.5 * math.log(2.0 * math.pi)
LOG_HALF_NORMAL = 0.5 * math.log(2.0 / math.pi)

TINY = 1e-200
"""Number that replaces 0 in divisors."""


class Effects(NamedTuple):
    """The parts of the linear predictor, or the log-density's derivatives by them."""

    coef: Any  # (service, exposure + control)
    effect: Any  # (level, service), groups one below the other
    unit: Any  # (unit,)
    intercept: Any  # (service,)
    log_sd: Any  # (service,), log of the residual sd


@jit
def zeros(data: Block) -> Effects:
    """Return effects that are all 0."""
    width, services = data.exposures + data.controls, data.services
    return Effects(
        np.zeros((services, width)),
        np.zeros((data.levels, services)),
        np.zeros(data.units),
        np.zeros(services),
        np.zeros(services),
    )


@jit
def forward(data: Block, q: Any) -> Any:
    """Return the effects at a point, and the shift of the intercept that they cause, (service,)."""
    here = zeros(data)
    shift = np.zeros(data.services)
    at = _exposures(data, q, here.coef)
    at = _controls(data, q, here.coef, at)
    first = 0
    for g in range(data.groups):
        at = _group(data, g, first, q, at, here.effect, shift)
        first += data.level_count[g]
    if data.unit_intercept:
        at = _units(data, q, at, here.unit, shift)
    for s in range(data.services):
        here.intercept[s] = q[at + s] - shift[s]
        if data.residual:
            here.log_sd[s] = q[at + data.services + s]
    return here, shift


@jit
def backward(data: Block, q: Any, here: Effects, bar: Effects, shift: Any, q_bar: Any) -> Any:
    """Return the log-density of the hierarchy and write the derivatives of the whole density into `q_bar`.

    `bar` holds the likelihood's derivatives. The residual sds are left out.
    """
    services = data.services
    intercept = data.dim - services * (2 if data.residual else 1)
    location, scale = data.intercept_prior
    shift_bar = np.empty(services)
    total = 0.0
    for s in range(services):
        z = (q[intercept + s] - location - shift[s]) / scale
        total -= 0.5 * z * z + math.log(scale) + LOG_ROOT_2_PI
        q_bar[intercept + s] = bar.intercept[s] - z / scale
        shift_bar[s] = z / scale - bar.intercept[s]
    value, at = _exposures_back(data, q, bar.coef, q_bar)
    total += value
    value, at = _controls_back(data, q, at, bar.coef, q_bar)
    total += value
    first = 0
    for g in range(data.groups):
        value, at = _group_back(data, g, first, q, at, here.effect, bar.effect, shift_bar, q_bar)
        total += value
        first += data.level_count[g]
    if data.unit_intercept:
        total += _units_back(data, q, at, here.unit, bar.unit, shift_bar, q_bar)
    return total


@jit
def half_normal(log_sd: float, scale: float) -> Any:
    """Return the log-density of the log of a half-normal sd, and its derivative."""
    ratio = math.exp(log_sd) / scale
    return LOG_HALF_NORMAL - math.log(scale) - 0.5 * ratio * ratio + log_sd, 1.0 - ratio * ratio


@jit
def _scales(share: float, log_sd: float, sd: float) -> Any:
    """Return sd ** (1 - share) and sd ** -share; most shares are 0 and need no power."""
    if share == 0.0:
        return sd, 1.0
    return math.exp((1.0 - share) * log_sd), math.exp(-share * log_sd)


@jit
def _exposures(data: Block, q: Any, coef: Any) -> int:
    """Write the exposure coefficients; like all of these functions, return where the next parameters start."""
    n, services = data.exposures, data.services
    start = 2 * n if data.several else 0
    for e in range(n):
        for s in range(services):
            value = q[start + e * services + s]
            if data.several:
                share = data.exposure_centring[e, s]
                factor, _ = _scales(share, q[n + e], math.exp(q[n + e]))
                value = q[e] + data.exposure_shift[e, s] + factor * (value - share * q[e])
            coef[s, e] = value
    return start + n * services


@jit
def _exposures_back(data: Block, q: Any, coef_bar: Any, q_bar: Any) -> Any:
    n, services = data.exposures, data.services
    location, scale = data.exposure_prior
    if not data.several:
        marginal = math.sqrt(scale**2 + data.exposure_spread_prior**2)
        total = -n * services * (math.log(marginal) + LOG_ROOT_2_PI)
        for e in range(n):
            for s in range(services):
                z = (q[e * services + s] - location - data.exposure_shift[e, s]) / marginal
                total -= 0.5 * z * z
                q_bar[e * services + s] = coef_bar[s, e] - z / marginal
        return total, n * services
    total = 0.0
    for e in range(n):
        mean, log_spread = q[e], q[n + e]
        z = (mean - location) / scale
        value, log_spread_bar = half_normal(log_spread, data.exposure_spread_prior)
        total += value - 0.5 * z * z - math.log(scale) - LOG_ROOT_2_PI
        mean_bar = -z / scale
        for s in range(services):
            at = 2 * n + e * services + s
            share = data.exposure_centring[e, s]
            factor, inverse = _scales(share, log_spread, math.exp(log_spread))
            rest = q[at] - share * mean
            z = rest * inverse
            total -= 0.5 * z * z + share * log_spread + LOG_ROOT_2_PI
            q_bar[at] = coef_bar[s, e] * factor - z * inverse
            mean_bar += coef_bar[s, e] - share * q_bar[at]
            log_spread_bar += coef_bar[s, e] * (1.0 - share) * factor * rest + share * (z * z - 1.0)
        q_bar[e], q_bar[n + e] = mean_bar, log_spread_bar
    return total, 2 * n + n * services


@jit
def _controls(data: Block, q: Any, coef: Any, at: int) -> int:
    for c in range(data.controls):
        for s in range(data.services):
            coef[s, data.exposures + c] = q[at + c * data.services + s]
    return at + data.controls * data.services


@jit
def _controls_back(data: Block, q: Any, at: int, coef_bar: Any, q_bar: Any) -> Any:
    location, scale = data.control_prior
    total = -data.controls * data.services * (math.log(scale) + LOG_ROOT_2_PI)
    for c in range(data.controls):
        for s in range(data.services):
            z = (q[at] - location) / scale
            total -= 0.5 * z * z
            q_bar[at] = coef_bar[s, data.exposures + c] - z / scale
            at += 1
    return total, at


@jit
def _raw(data: Block, g: int, first: int, levels: Any, s: int, raw: Any) -> None:
    """Write a group's effects on one service before scaling, with their common shift added again or summing to zero.

    `levels` is (level, service), or (service, level - 1) where the sum is zero; PyMC's `ZeroSumTransform` turns
    n - 1 numbers into n in the same way.
    """
    n = len(raw)
    if data.exhaustive[g]:
        total = levels[s].sum()
        norm = total / (math.sqrt(n) + n)
        for level in range(n - 1):
            raw[level] = levels[s, level] - norm
        raw[n - 1] = -total / math.sqrt(n)
        return
    common = 0.0
    for level in range(n):
        common += data.sweep[first + level, s] * levels[level, s]
    for level in range(n):
        raw[level] = levels[level, s] + data.common_shift[g, s] * common


@jit
def _raw_back(data: Block, g: int, first: int, raw_bar: Any, s: int, levels_bar: Any) -> None:
    n = len(raw_bar)
    if data.exhaustive[g]:
        pull = raw_bar[: n - 1].sum() / (math.sqrt(n) + n) + raw_bar[n - 1] / math.sqrt(n)
        for level in range(n - 1):
            levels_bar[s, level] = raw_bar[level] - pull
        return
    common = data.common_shift[g, s] * raw_bar.sum()
    for level in range(n):
        levels_bar[level, s] = raw_bar[level] + data.sweep[first + level, s] * common


@jit
def _levels_of(data: Block, g: int, q: Any, at: int) -> Any:
    """Return a group's sampled levels, in the shape that `_raw` takes, and where the next parameters start."""
    n, services = data.level_count[g], data.services
    rows = services if data.exhaustive[g] else n
    columns = n - 1 if data.exhaustive[g] else services
    end = at + services + rows * columns
    return q[at + services : end].reshape(rows, columns), end


@jit
def _group(data: Block, g: int, first: int, q: Any, at: int, effect: Any, shift: Any) -> Any:
    n = data.level_count[g]
    levels, end = _levels_of(data, g, q, at)
    raw = np.empty(n)
    for s in range(data.services):
        sd = math.exp(q[at + s])
        _raw(data, g, first, levels, s, raw)
        for level in range(n):
            k = first + level
            factor, _ = _scales(data.centring[k, s], q[at + s], sd)
            effect[k, s] = data.group_mask[g] * factor * raw[level]
            shift[s] += data.sweep[k, s] * effect[k, s]
    return end


@jit
def _group_back(
    data: Block, g: int, first: int, q: Any, at: int, effect: Any, effect_bar: Any, shift_bar: Any, q_bar: Any
) -> Any:
    n, total = data.level_count[g], 0.0
    levels, end = _levels_of(data, g, q, at)
    levels_bar, _ = _levels_of(data, g, q_bar, at)
    raw, raw_bar = np.empty(n), np.empty(n)
    # A vector that sums to zero has one degree of freedom fewer.
    free = n - 1 if data.exhaustive[g] else n
    for s in range(data.services):
        log_sd, sd = q[at + s], math.exp(q[at + s])
        value, log_sd_bar = half_normal(log_sd, data.group_sd_prior[g])
        total += value
        _raw(data, g, first, levels, s, raw)
        for level in range(n):
            k = first + level
            share = data.centring[k, s]
            factor, inverse = _scales(share, log_sd, sd)
            z = raw[level] * inverse
            bar = effect_bar[k, s] + data.sweep[k, s] * shift_bar[s]
            raw_bar[level] = data.group_mask[g] * factor * bar - z * inverse
            log_sd_bar += bar * effect[k, s] * (1.0 - share) + share * z * z
            total -= 0.5 * z * z
            if level < free:
                total -= share * log_sd + LOG_ROOT_2_PI
                log_sd_bar -= share
        q_bar[at + s] = log_sd_bar
        _raw_back(data, g, first, raw_bar, s, levels_bar)
    return total, end


@jit
def _units_sd(data: Block, q: float) -> Any:
    """Return the signed sd of the units over its prior's scale, the log of the sd, the sd, and the signed mask."""
    size = q if q != 0.0 else TINY
    sd = data.unit_sd_prior * abs(size)
    return size, math.log(sd), sd, math.copysign(data.unit_mask, size)


@jit
def _units(data: Block, q: Any, at: int, unit: Any, shift: Any) -> int:
    _, log_sd, sd, turned = _units_sd(data, q[at])
    for u in range(data.units):
        factor, _ = _scales(data.unit_centring[u], log_sd, sd)
        unit[u] = turned * factor * q[at + 1 + u]
        for s in range(data.services):
            shift[s] += data.unit_sweep[u, s] * unit[u]
    return at + 1 + data.units


@jit
def _units_back(data: Block, q: Any, at: int, unit: Any, unit_bar: Any, shift_bar: Any, q_bar: Any) -> Any:
    size, log_sd, sd, turned = _units_sd(data, q[at])
    total, log_sd_bar = LOG_HALF_NORMAL - 0.5 * size * size, 0.0
    for u in range(data.units):
        share = data.unit_centring[u]
        factor, inverse = _scales(share, log_sd, sd)
        z = q[at + 1 + u] * inverse
        bar = unit_bar[u]
        for s in range(data.services):
            bar += data.unit_sweep[u, s] * shift_bar[s]
        total -= 0.5 * z * z + share * log_sd + LOG_ROOT_2_PI
        q_bar[at + 1 + u] = turned * factor * bar - z * inverse
        log_sd_bar += bar * unit[u] * (1.0 - share) + share * (z * z - 1.0)
    q_bar[at] = log_sd_bar / size - size
    return total
