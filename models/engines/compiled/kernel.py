r"""The log-density of every model and its gradient in compiled code: the linear predictor around a family's cells.

One numba function, with derivatives written by hand, reads everything about a fit from a `Block`. Nothing is
therefore compiled for new data, priors, exposures, controls or groups, and compiled code is kept on disk between
processes. `models.engines.graph.density` is the reference: tests hold the two equal, in value and gradient, for
every model and prior set.

A family declares one function of one cell,

    pointwise(y, weight, eta, 1 / sd, log sd, lower, upper) -> (log-density, d/d eta, d/d log sd)

in `cells/FAMILY.py`, followed by the same few lines in every family (`evaluate`, `compiled`), because numba's cache
works by file; `cells.bernoulli` is the shortest. A name ending in `_bar` is the derivative of the log-density by the
variable named before it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import carray, types

from models.engines.compiled.hierarchy import Effects, backward, forward, half_normal, zeros
from models.engines.compiled.jit import jit
from models.engines.compiled.memory import Block, view

SIGNATURE = types.int64(
    types.uint64,
    types.CPointer(types.double),
    types.CPointer(types.double),
    types.CPointer(types.double),
    types.CPointer(types.int64),
)
"""Signature of nutpie's callback: (dim, point, gradient out, value out, block) -> status."""

FINITE, WRONG_SIZE, GRADIENT_NOT_FINITE, VALUE_NOT_FINITE = 0, -1, 3, 4
"""Statuses for nutpie: it rejects a point with a positive status and stops at a negative one."""


def around(pointwise: Any) -> Any:
    """Return the compiled evaluation of a family: `evaluate(dim, point, gradient, value, block)` -> status.

    `pointwise` is closed over, because numba cannot cache a function that takes another as its argument.
    """

    @jit
    def cells(data: Block, eta: Any, eta_bar: Any, here: Effects, bar: Effects) -> float:
        """Return the log-likelihood in one pass over the cells, and write the derivatives by what a cell depends on."""
        total = 0.0
        inverse = np.exp(-here.log_sd)
        for i in range(data.cells):
            row, unit = data.cell_row[i], data.cell_unit[i]
            s = data.row_service[row]
            index = eta[row]
            if data.unit_intercept:
                index += here.unit[unit]
            value, slope, stretch = pointwise(
                data.y[i], data.weight[i], index, inverse[s], here.log_sd[s], data.lower, data.upper
            )
            total += value
            eta_bar[row] += slope
            bar.log_sd[s] += stretch
            if data.unit_intercept:
                bar.unit[unit] += slope
        return total

    @jit
    def evaluate(dim: int, point: Any, gradient: Any, value: Any, block: Any) -> int:
        # An exception would reach C as status 0, which means success; this status means failure.
        carray(value, (1,))[0] = np.nan
        data = view(block)
        if dim != data.dim:
            return WRONG_SIZE
        q, q_bar = carray(point, (data.dim,)), carray(gradient, (data.dim,))
        here, shift = forward(data, q)
        bar = zeros(data)
        eta, eta_bar = np.empty(data.rows), np.zeros(data.rows)
        _rows(data, here, eta)
        total = cells(data, eta, eta_bar, here, bar)
        _rows_back(data, eta_bar, bar)
        total += backward(data, q, here, bar, shift, q_bar)
        total += _residual(data, here, bar, q_bar)
        carray(value, (1,))[0] = total
        if not np.isfinite(q_bar).all():
            return GRADIENT_NOT_FINITE
        return FINITE if math.isfinite(total) else VALUE_NOT_FINITE

    return evaluate


@jit
def _rows(data: Block, here: Effects, eta: Any) -> None:
    """Write the linear predictor, without the units' own intercepts, of each pattern on a service."""
    width = data.exposures + data.controls
    for row in range(data.rows):
        p, s = data.row_pattern[row], data.row_service[row]
        x, coef = data.covariates[p], here.coef[s]
        total = here.intercept[s]
        for k in range(width):
            total += x[k] * coef[k]
        for g in range(data.groups):
            total += here.effect[data.row_level[p, g], s]
        eta[row] = total


@jit
def _rows_back(data: Block, eta_bar: Any, bar: Effects) -> None:
    width = data.exposures + data.controls
    for row in range(data.rows):
        p, s, slope = data.row_pattern[row], data.row_service[row], eta_bar[row]
        x, coef_bar = data.covariates[p], bar.coef[s]
        bar.intercept[s] += slope
        for k in range(width):
            coef_bar[k] += slope * x[k]
        for g in range(data.groups):
            bar.effect[data.row_level[p, g], s] += slope


@jit
def _residual(data: Block, here: Effects, bar: Effects, q_bar: Any) -> float:
    """Return the log-density of the residual sds, the last parameters where a family has them; write derivatives."""
    total = 0.0
    if data.residual:
        first = data.dim - data.services
        for s in range(data.services):
            value, slope = half_normal(here.log_sd[s], data.residual_sd_prior)
            total += value
            q_bar[first + s] = bar.log_sd[s] + slope
    return total
