"""Call a compiled function by its address, which stands in the block: any combination of functions compiles nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

BYTES = 8

REAL, WHOLE = types.CPointer(types.double), types.CPointer(types.int64)

FORWARD = types.int64(WHOLE, REAL, REAL, REAL)
"""A component's first half: (block, point, effects, shift) -> 0."""

BACKWARD = types.double(WHOLE, REAL, REAL, REAL, REAL, REAL, REAL)
"""Its second half: (block, point, effects, effects_bar, shift, shift_bar, gradient) -> log prior density."""

CELLS = types.double(WHOLE, REAL, REAL, REAL, REAL, REAL)
"""A family's loop: (block, eta, eta_bar, effects, effects_bar, ready) -> log-likelihood."""


@intrinsic  # type: ignore[untyped-decorator]
def call_forward(context: Any, address: Any, block: Any, at: Any, q: Any, effects: Any, shift: Any) -> Any:
    """Call a component's first half on its part of the block, `at` whole numbers from the start."""
    return FORWARD.return_type(address, block, at, q, effects, shift), _calling(FORWARD)


@intrinsic  # type: ignore[untyped-decorator]
def call_backward(
    context: Any, address: Any, block: Any, at: Any, q: Any, effects: Any, bar: Any, shift: Any, pull: Any, out: Any
) -> Any:
    """Call a component's second half."""
    return BACKWARD.return_type(address, block, at, q, effects, bar, shift, pull, out), _calling(BACKWARD)


@intrinsic  # type: ignore[untyped-decorator]
def call_cells(
    context: Any, address: Any, block: Any, at: Any, eta: Any, eta_bar: Any, effects: Any, bar: Any, ready: Any
) -> Any:
    """Call a family's loop over cells."""
    return CELLS.return_type(address, block, at, eta, eta_bar, effects, bar, ready), _calling(CELLS)


def _calling(signature: Any) -> Any:
    """Return what writes the call: an address, a pointer moved on, and the data of arrays."""

    def write(context: Any, builder: Any, signed: Any, given: Sequence[Any]) -> Any:
        address, block, at, *arrays = given
        real = ir.DoubleType().as_pointer()
        whole = ir.IntType(64).as_pointer()
        result = ir.DoubleType() if signature.return_type == types.double else ir.IntType(64)
        kind = ir.FunctionType(result, [whole, *[real] * len(arrays)])
        function = builder.inttoptr(address, kind.as_pointer())
        data = [
            builder.bitcast(context.make_array(held)(context, builder, value).data, real)
            for held, value in zip(signed.args[3:], arrays, strict=True)
        ]
        return builder.call(function, [builder.bitcast(builder.gep(block, [at]), whole), *data])

    return write
