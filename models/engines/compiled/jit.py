"""How this project's compiled code is compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import cfunc, njit

from models.engines.compiled.jit_cache import check_caches

OPTIONS: dict[str, Any] = {"error_model": "numpy", "fastmath": {"reassoc", "contract", "nsz", "arcp"}}
"""Sums may be reordered to be vectorised; infinities (absent limits) keep their meaning."""


def jit[F: Callable[..., Any]](function: F) -> F:
    """Return the function compiled on its first use, for use by other compiled functions."""
    compiled: F = njit(**OPTIONS)(function)
    return compiled


def callback(signature: Any) -> Callable[[Callable[..., Any]], Any]:
    """Return a decorator that makes a C function, compiled now or read from the cache on disk.

    Numba's cache notices changes in the function's own file and in the values it closes over, not
    in other files. The cache holds what the function calls too, so that the first run on a machine
    computes with the very same instructions as every later one. What is read from there is checked first.
    """
    checked = check_caches()

    def decorate(function: Callable[..., Any]) -> Any:
        try:
            return cfunc(signature, cache=checked, **OPTIONS)(function)
        # Nowhere to write, or another numba, which raises whatever it likes. What is wrong with the function
        # itself is raised again below.
        except Exception:  # noqa: BLE001
            return cfunc(signature, **OPTIONS)(function)

    return decorate
