"""The log-density of every model and its gradient in compiled code: components around a family's loop over cells.

The parts are C functions whose addresses stand in the block (`memory`), so that no combination of them compiles
anything. `models.engines.graph.density` is the reference: tests hold the two equal, in value and gradient, for every
model, family and prior set.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
from numba import carray, types

from models.engines.compiled.call import call_backward, call_cells, call_forward
from models.engines.compiled.jit import jit, stored
from models.engines.compiled.memory import Rows, rows_of

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


@cache
def driver() -> Any:
    """Return the compiled callback, read from disk where it has been compiled before."""
    return stored(SIGNATURE, lambda: log_density, of=__name__, part="driver")


@jit
def add_rows(data: Rows, effects: Any, eta: Any) -> None:
    """Write the linear predictor, without what is added cell by cell, of each pattern on a service."""
    width, groups, slopes = data.x.shape[1], data.place.shape[1], data.times.shape[1]
    for row in range(data.rows):
        p, s = data.pattern[row], data.service[row]
        x, coef, total = data.x[p], effects[s * width : (s + 1) * width], 0.0
        for k in range(width):
            total += x[k] * coef[k]
        for g in range(groups):
            total += effects[data.place[p, g] + s]
        for g in range(slopes):
            total += data.times[p, g] * effects[data.timed[p, g] + s]
        eta[row] = total


@jit
def add_rows_back(data: Rows, eta_bar: Any, bar: Any) -> None:
    """Add the derivatives by effects, given those by the linear predictor."""
    width, groups, slopes = data.x.shape[1], data.place.shape[1], data.times.shape[1]
    for row in range(data.rows):
        p, s, slope = data.pattern[row], data.service[row], eta_bar[row]
        x, coef_bar = data.x[p], bar[s * width : (s + 1) * width]
        for k in range(width):
            coef_bar[k] += slope * x[k]
        for g in range(groups):
            bar[data.place[p, g] + s] += slope
        for g in range(slopes):
            bar[data.timed[p, g] + s] += data.times[p, g] * slope


def log_density(dim: int, point: Any, gradient: Any, value: Any, block: Any) -> int:
    """Write value and gradient at a point, and return the status."""
    # An exception would reach C as status 0, which means success; this status means failure.
    carray(value, (1,))[0] = np.nan
    data = rows_of(block)
    if dim != data.dim:
        return WRONG_SIZE
    q, q_bar = carray(point, (data.dim,)), carray(gradient, (data.dim,))
    effects, bar = np.zeros(data.effects), np.zeros(data.effects)
    shift, shift_bar = np.zeros(data.services), np.zeros(data.services)
    eta, eta_bar = np.empty(data.rows), np.zeros(data.rows)
    ready = np.empty(data.services * data.prepared + 1)
    for c in range(data.components):
        call_forward(data.parts[c, 0], block, data.parts[c, 2], q, effects, shift)
    add_rows(data, effects, eta)
    total = call_cells(data.cells[0], block, data.cells[1], eta, eta_bar, effects, bar, ready)
    add_rows_back(data, eta_bar, bar)
    for c in range(data.components - 1, -1, -1):
        total += call_backward(data.parts[c, 1], block, data.parts[c, 2], q, effects, bar, shift, shift_bar, q_bar)
    carray(value, (1,))[0] = total
    if not np.isfinite(q_bar).all():
        return GRADIENT_NOT_FINITE
    return FINITE if math.isfinite(total) else VALUE_NOT_FINITE
