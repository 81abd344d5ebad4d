"""What is told on standard error while work goes on; that nobody can be told must not end the work."""

from __future__ import annotations

import contextlib
import sys
from typing import IO, Any, cast

from rich.console import Console


def telling() -> Console:
    """Return a console on standard error for progress and warnings that a full disk or closed pipe does not stop."""
    return Console(file=cast(IO[str], _Deaf()), highlight=False, markup=False)


class _Deaf:
    """Standard error as it is when something is written, without its errors."""

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            return sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            sys.stderr.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(sys.stderr, name)
