"""Memory and disk space of this machine, checked before a file is read or a draw is made."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from data.errors import InputError, Problem

USABLE = 0.8
"""Largest share of the machine's memory that one operation may take."""

UNKNOWN = 8 * 2**30
"""Bytes of memory that are assumed where the system does not report them."""


def machine_memory() -> int:
    """Return this machine's memory in bytes."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return UNKNOWN


def require_memory(needed: float, *, asked: str, what: str, next_step: str) -> None:
    """Raise an `InputError` when something needs more memory than this machine has.

    Parameters
    ----------
    needed : float
        Bytes.
    asked : str
        The request that needs them, such as ``--draws 1000000000`` or a file's path.
    what : str
        The contents of the memory, such as "draws".
    next_step : str
        The user's alternative.
    """
    have = USABLE * machine_memory()
    if needed > have:
        got = f"about {needed / 2**30:,.0f} GiB of {what}"
        expected = f"at most {have / 2**30:,.0f} GiB on this machine"
        raise InputError([Problem(asked, got, expected, next_step)])


def require_disk(folder: Path, needed: int, *, what: str, next_step: str) -> None:
    """Raise an `InputError` when a folder cannot be made and written to, or its disk has too little space.

    Parameters
    ----------
    folder : Path
        Made if it does not exist.
    needed : int
        Bytes.
    what : str
        The contents of the files, such as "draws".
    next_step : str
        The user's alternative.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        free = shutil.disk_usage(folder).free
    except OSError as error:
        got = f"a folder that cannot be written ({error.strerror or error})"
        raise InputError([Problem(str(folder), got, f"a place for {what}", next_step)]) from error
    if needed > free:
        got = f"{free / 1e6:,.0f} MB free"
        raise InputError([Problem(str(folder), got, f"about {needed / 1e6:,.0f} MB for {what}", next_step)])
