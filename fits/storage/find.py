"""Stored fits as a door is given them: by name, or by folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from data.errors import InputError, Problem
from fits.storage.fit import Fit

USUAL = "weak-ndatss"
"""How the name goes on of the fit that `models.fit MODEL` makes: its prior set, its study."""


def find(name: str, home: Path) -> Fit:
    """Return the stored fit of that name under `home`, or in that folder.

    A model's name alone means the fit that ``models.fit MODEL`` makes.

    Raises
    ------
    InputError
        For an unknown name (naming the nearest) or a damaged manifest.
    """
    given = Path(name)
    usual = home / f"{name}-{USUAL}"
    if given.parent == Path() and not (home / name).is_dir() and usual.is_dir():
        return Fit.read(usual.name, home)
    if not given.name:
        raise InputError([Problem("fit", repr(name), "a fit's name, or its folder")])
    return Fit.read(given.name, given.parent if given.parent != Path() else home)


def require_once(names: Iterable[str], *, where: str = "fits", what: str = "fits") -> None:
    """Raise an `InputError` for names that are given more than once; `where` they are given, and of `what`."""
    twice = sorted(name for name, times in Counter(names).items() if times > 1)
    if twice:
        raise InputError([Problem(where, f"{', '.join(twice)} more than once", f"{what} of different names")])
