"""Compile this project's numba functions, all with the same options."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from numba import cfunc, njit
from numba.core import sigutils
from numba.core.caching import FunctionCache
from numba.core.ccallback import CFunc

from data.code_hash import ROOT, code_digest
from data.registry import members
from models.engines.compiled.jit_cache import check_caches

OPTIONS: dict[str, Any] = {"error_model": "numpy", "fastmath": {"reassoc", "contract", "nsz", "arcp"}}
"""Options that allow sums to be reordered for vectorisation, and keep infinities (absent limits) valid."""

SHARED = "models.engines.compiled"
"""The package whose code every compiled function may call."""


def jit[F: Callable[..., Any]](function: F) -> F:
    """Return the function compiled into those that use it.

    Left as a function of its own, it would be the one in memory on the first run on a machine, and the one kept on
    disk with its user later: two compilations, which may add numbers in another order.
    """
    compiled: F = njit(forceinline=True, **OPTIONS)(function)
    return compiled


def jit_uncounted[F: Callable[..., Any]](function: F) -> F:
    """Return the function compiled without counting references to arrays, which takes longer than a cell.

    Such a function makes no array: what it reads is kept alive by its caller.
    """
    compiled: F = njit(_nrt=False, **OPTIONS)(function)
    return compiled


def stored(signature: Any, make: Callable[[], Callable[..., Any]], *, of: str, part: str) -> Any:
    """Return a C function, read from the cache on disk, or else made and compiled now.

    The cache also holds the functions it calls, so that the first run on a machine uses the same instructions as every
    later run. Cached code is checked before it is loaded.

    Parameters
    ----------
    make : callable
        Returns the function in Python; called where it is not in the cache.
    of : str
        The module whose code it is; the cache notices changes in its package, in `SHARED` and in the numerics.
    part : str
        Which of that module's functions it is.
    """
    normal = sigutils.normalize_signature(signature)
    try:
        if check_caches():
            found: Any = CFunc(_kept, normal, locals={}, options=OPTIONS)
            found._cache = _Stored(_kept, f"{of} {part} {_digest(of)}")
            found._compile_uncached = lambda: _compiled(make(), normal)
            found.compile()
            return found
    # The cache cannot be written, or another version of numba raises its own errors. Errors in the function
    # itself are raised again below.
    except Exception:  # noqa: BLE001, S110
        pass
    return cfunc(signature, **OPTIONS)(make())


def _compiled(function: Callable[..., Any], signature: Any) -> Any:
    made: Any = CFunc(function, signature, {}, OPTIONS)
    return made._compile_uncached()


def _kept() -> None:
    """Stand for every stored function, whose files are named after this one."""


def _digest(module: str) -> str:
    """Return a digest of the code that a compiled function is made of."""
    path, shared = Path(sys.modules[module].__file__ or ""), _shared_digest()
    if not path.is_relative_to(ROOT):
        return shared + hashlib.sha256(path.read_bytes()).hexdigest()
    return shared + code_digest(module, within=module.rpartition(".")[0])


@cache
def _shared_digest() -> str:
    """Return a digest of the code that every compiled function may call."""
    engine = code_digest(f"{SHARED}.tools", f"{SHARED}.component_code", f"{SHARED}.cell_code", within=SHARED)
    numerics = [f"models.numerics.{name}" for name in members("models.numerics")]
    return engine + code_digest(*numerics, within="models.numerics")


class _Stored(FunctionCache):  # type: ignore[misc]
    """numba's cache of one function with a key of our own, as numba's own sees one file alone."""

    def __init__(self, function: Any, name: str) -> None:
        super().__init__(function)
        self._known_as = name

    def _index_key(self, sig: Any, codegen: Any) -> tuple[Any, ...]:
        return sig, codegen.magic_tuple(), self._known_as
