"""How much this machine can hold, asked before a file is read or a draw is made."""

from __future__ import annotations

import os

from data._errors import InputError, Problem

USABLE = 0.8
"""Part of the machine's memory that one thing may take."""

UNKNOWN = 8 * 2**30
"""Bytes of memory that are assumed where the system does not say."""


def machine_memory() -> int:
    """Return this machine's memory in bytes."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return UNKNOWN


def require_memory(needed: float, *, asked: str, what: str, next_step: str) -> None:
    """Raise an error when something takes more bytes than this machine holds.

    Parameters
    ----------
    needed : float
        In bytes.
    asked : str
        What asks for them, such as ``--draws 1000000000`` or a file's path.
    what : str
        They are, such as "draws".
    next_step : str
        What to do instead.

    Raises
    ------
    InputError
    """
    have = USABLE * machine_memory()
    if needed > have:
        got = f"about {needed / 2**30:,.0f} GiB of {what}"
        expected = f"at most {have / 2**30:,.0f} GiB on this machine"
        raise InputError([Problem(asked, got, expected, next_step)])
