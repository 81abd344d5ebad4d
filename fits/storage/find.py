"""Find stored fits as commands are given them, by name or by folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from data.errors import InputError, Problem
from fits.storage.fit import Fit

USUAL = "weak-ndatss"
"""Rest of the name, after the model, of the fit that `models.fit MODEL` makes: prior set and study."""


def find(name: str, home: Path) -> Fit:
    """Return the stored fit of that name under `home`, or in that folder.

    A model's name alone means the fit that ``models.fit MODEL`` makes.

    Raises
    ------
    InputError
        For an unknown name (with the nearest one) or a damaged manifest.
    """
    given = Path(name)
    usual = home / f"{name}-{USUAL}"
    if given.parent == Path() and not (home / name).is_dir() and usual.is_dir():
        return Fit.read(usual.name, home)
    if not given.name:
        raise InputError([Problem("fit", repr(name), "a fit's name, or its folder")])
    return Fit.read(given.name, given.parent if given.parent != Path() else home)


def require_once(names: Iterable[str], *, where: str = "fits", what: str = "fits") -> None:
    """Raise an `InputError` for names given more than once; `where` and `what` word the message."""
    twice = sorted(name for name, times in Counter(names).items() if times > 1)
    if twice:
        raise InputError([Problem(where, f"{', '.join(twice)} more than once", f"{what} of different names")])
