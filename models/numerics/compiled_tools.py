"""What compiled code of components and families may use, without an import of numba."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol


class CompiledTools(Protocol):
    """The functions of `models.engines.compiled.tools`."""

    pieces: Any
    value_and_slope: Any
    log_cdf: Any
    positive_prior: Any
    spread: Any
    spread_prior: Any
    by_log: Any
    scales: Any
    table: Any

    def jit[F: Callable[..., Any]](self, function: F) -> F:
        """Return the function compiled, for use by other compiled functions."""
