"""A console for progress on standard error; failure to write there never ends the work."""

from __future__ import annotations

import contextlib
import sys
from typing import IO, Any, cast

from rich.console import Console


def telling() -> Console:
    """Return a console on standard error that ignores a full disk or a closed pipe."""
    return Console(file=cast(IO[str], _Deaf()), highlight=False, markup=False)


class _Deaf:
    """A stream that writes to the current standard error and ignores errors of writing."""

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            return sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            sys.stderr.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(sys.stderr, name)
