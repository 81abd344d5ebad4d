"""Compile this project's numba functions, all with the same options."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import cfunc, njit

from models.engines.compiled.jit_cache import check_caches

OPTIONS: dict[str, Any] = {"error_model": "numpy", "fastmath": {"reassoc", "contract", "nsz", "arcp"}}
"""Options that allow sums to be reordered for vectorisation, and keep infinities (absent limits) valid."""


def jit[F: Callable[..., Any]](function: F) -> F:
    """Return the function compiled on its first use, for use by other compiled functions."""
    compiled: F = njit(**OPTIONS)(function)
    return compiled


def callback(signature: Any) -> Callable[[Callable[..., Any]], Any]:
    """Return a decorator that makes a C function, compiled now or read from the cache on disk.

    Numba's cache notices changes in the function's own file and in the values it closes over, not
    in other files. The cache also holds the functions it calls, so that the first run on a machine
    uses the same instructions as every later run. Cached code is checked before it is loaded.
    """
    checked = check_caches()

    def decorate(function: Callable[..., Any]) -> Any:
        try:
            return cfunc(signature, cache=checked, **OPTIONS)(function)
        # The cache cannot be written, or another version of numba raises its own errors. Errors in the function
        # itself are raised again below.
        except Exception:  # noqa: BLE001
            return cfunc(signature, **OPTIONS)(function)

    return decorate
