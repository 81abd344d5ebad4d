"""Components' code, each half a C function of its own: compiled once, kept on disk, called by its address.

A component's ``compiled(tools)`` returns two functions of arrays,

    forward(ints, reals, q, effects, shift)
    backward(ints, reals, q, effects, effects_bar, shift, shift_bar, q_bar) -> log prior density

where `ints` and `reals` are what its ``block`` gave, `q` its own unconstrained parameters, `effects` its own effects,
(column or level, service), and `shift` the intercept's shift by all components, (service,). `forward` writes effects
and adds to the shift. `backward` writes the derivatives of the whole density by `q` into `q_bar`, given those by
effects and by the shift; a name ending in `_bar` is the derivative of the log-density by the variable named before it.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from numba import carray
from numpy import float64

from models.component import Component
from models.engines.compiled.call import BACKWARD, FORWARD
from models.engines.compiled.jit import jit, stored
from models.engines.compiled.tools import TOOLS

HEAD = 11
"""Numbers before a component's own: the lengths of block, point and effects, the services, its first parameter and
their number, where its effects start, their rows, the distance from one to the next, the first of its columns or -1
where levels lie one below the other, and how many whole numbers follow."""


class Code(NamedTuple):
    """The two C functions of a component."""

    forward: Any
    backward: Any


@jit
def own_effects(ints: Any, effects: Any) -> Any:
    """Return a component's own effects, (column or level, service)."""
    first, rows, distance, column = ints[6], ints[7], ints[8], ints[9]
    if column >= 0:
        services = ints[3]
        return effects[first : first + services * distance].reshape(services, distance)[:, column : column + rows].T
    return effects[first : first + rows * distance].reshape(rows, distance)[:, 0:distance]


def code_of(part: Component) -> Code:
    """Return the compiled code of a component's kind, read from disk where it has been compiled before."""
    kind: Any = type(part)
    return _code(kind)


@cache
def _code(kind: type[Component]) -> Code:
    return Code(
        stored(FORWARD, lambda: _forward(kind), of=kind.__module__, part=f"{kind.__name__} forward"),
        stored(BACKWARD, lambda: _backward(kind), of=kind.__module__, part=f"{kind.__name__} backward"),
    )


def _forward(kind: type[Component]) -> Any:
    ahead = jit(kind.compiled(TOOLS)[0])

    def forward(block: Any, point: Any, effects: Any, shift: Any) -> int:
        ints = carray(block, (carray(block, (1,))[0],))
        q = carray(point, (ints[1],))[ints[4] : ints[4] + ints[5]]
        own = own_effects(ints, carray(effects, (ints[2],)))
        reals = ints.view(float64)[HEAD + ints[10] :]
        ahead(ints[HEAD:], reals, q, own, carray(shift, (ints[3],)))
        return 0

    return forward


def _backward(kind: type[Component]) -> Any:
    back = jit(kind.compiled(TOOLS)[1])

    def backward(
        block: Any, point: Any, effects: Any, effects_bar: Any, shift: Any, shift_bar: Any, gradient: Any
    ) -> Any:
        ints = carray(block, (carray(block, (1,))[0],))
        first, last = ints[4], ints[4] + ints[5]
        q, q_bar = carray(point, (ints[1],))[first:last], carray(gradient, (ints[1],))[first:last]
        own, bar = own_effects(ints, carray(effects, (ints[2],))), own_effects(ints, carray(effects_bar, (ints[2],)))
        moved, moved_bar = carray(shift, (ints[3],)), carray(shift_bar, (ints[3],))
        reals = ints.view(float64)[HEAD + ints[10] :]
        return back(ints[HEAD:], reals, q, own, bar, moved, moved_bar, q_bar)

    return backward
