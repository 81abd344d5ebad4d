"""A family's loop over cells as a C function: the log-likelihood, and its derivatives by what cells depend on."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from numba import carray
from numpy import float64

from models.engines.compiled.call import CELLS
from models.engines.compiled.jit import jit_uncounted, stored
from models.engines.compiled.tools import CELL_TOOLS
from models.family import Cell
from models.numerics.compiled_tools import CompiledTools

HEAD = 9
"""Numbers before the tables: the lengths of block and effects, rows, services, cells, effects added cell by cell,
slots, where these start among the effects, and the length of what is prepared for a service."""


@cache
def cells_of(cell: Callable[[CompiledTools], Cell]) -> Any:
    """Return the compiled loop of a family's cells, read from disk where it has been compiled before."""
    return stored(CELLS, lambda: _cells(cell(CELL_TOOLS)), of=cell.__module__, part="cells")


def _cells(cell: Cell) -> Any:
    prepare, pointwise = cell.prepare, cell.pointwise

    @jit_uncounted
    def loop(ints: Any, reals: Any, eta: Any, eta_bar: Any, effects: Any, bar: Any, ready: Any) -> float:
        services, cells, extra, slots, first = ints[3], ints[4], ints[5], ints[6], ints[7]
        service, at = ints[HEAD : HEAD + cells], HEAD + cells
        row, at = ints[at : at + cells], at + cells
        kind, at = ints[at : at + cells], at + cells
        place, at = ints[at : at + cells * extra].reshape(cells, extra), at + cells * extra
        lower, upper, at = reals[at], reals[at + 1], at + 2
        y, at = reals[at : at + cells], at + cells
        weight, at = reals[at : at + cells], at + cells
        times = reals[at : at + cells * extra].reshape(cells, extra)
        total = 0.0
        known = effects[first : first + services * slots].reshape(services, slots)
        known_bar = bar[first : first + services * slots].reshape(services, slots)
        for s in range(services):
            prepare(known[s], ready[s])
        for i in range(cells):
            at_row, s = row[i], service[i]
            index = eta[at_row]
            if extra == 1:  # as a rule, the units' intercepts; a loop of unknown length costs a tenth of the time
                index += times[i, 0] * effects[place[i, 0]]
            else:
                for u in range(extra):
                    index += times[i, u] * effects[place[i, u]]
            value, slope = pointwise(kind[i], y[i], weight[i], index, lower, upper, ready[s], known_bar[s])
            total += value
            eta_bar[at_row] += slope
            if extra == 1:
                bar[place[i, 0]] += times[i, 0] * slope
            else:
                for u in range(extra):
                    bar[place[i, u]] += times[i, u] * slope
        return total

    def cells(block: Any, eta: Any, eta_bar: Any, effects: Any, effects_bar: Any, ready: Any) -> float:
        ints = carray(block, (carray(block, (1,))[0],))
        rows, size = ints[2], ints[1]
        return loop(
            ints,
            ints.view(float64),
            carray(eta, (rows,)),
            carray(eta_bar, (rows,)),
            carray(effects, (size,)),
            carray(effects_bar, (size,)),
            carray(ready, (ints[3], ints[8])),
        )

    return cells
