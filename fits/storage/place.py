"""Find a place with room for a fit before it is made, and another place if the first fills up."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import xarray as xr

from data.errors import InputError, Problem
from data.files import replacing
from data.files.machine import require_disk
from fits.storage.fit import LOCKS, Fit, lock_of
from fits.storage.manifest import Manifest

ELSEWHERE = "coproduction-fits"
"""Name of the folder, in another place, for draws that cannot be stored in the intended one."""

MARGIN = 1.2
"""Factor on the estimated size, for labels, statistics and manifest."""


def require_place(home: Path, needed: int) -> None:
    """Raise an `InputError` unless a folder of fits has room for `needed` bytes."""
    next_step = "Free space, ask for fewer --draws, or name another place with --fits-dir"
    require_disk(home, int(MARGIN * needed), what="the draws", next_step=next_step)


@contextmanager
def making(home: Path, name: str) -> Iterator[None]:
    """Keep other processes from making a fit of the same name, or wait until they have made it."""
    lock = lock_of(home, name, of="making")
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        got = f"a folder that cannot be written ({error.strerror or error})"
        raise InputError([Problem(str(home), got, "a place for the fit", "Name another with --fits-dir")]) from error
    with replacing.alone(lock, what=f"makes the fit {name}"):
        yield


def store(
    name: str,
    manifest: Manifest,
    draws: xr.DataTree,
    home: Path,
    few: Mapping[str, xr.DataArray] | None = None,
) -> Fit:
    """Store a fit or, if that fails, put it in another place and say where.

    Raises
    ------
    InputError
        When it could not be stored in `home`, where nothing is then changed.
    """
    try:
        return Fit.write(name, manifest, draws, home, few)
    except OSError as error:
        why = error.strerror or str(error)
        for other in _places():
            try:
                _make_own(other)
                saved = Fit.write(name, manifest, draws, other, few)
            except OSError:
                _leave(other)
                continue
            step = f"Free space, then move {saved.directory} to {home}, or read it there with --fits-dir {other}"
            raise InputError([Problem(str(home), why, "room for the fit", step)]) from error
        step = "Free space and fit again: there was no other place for the draws either"
        raise InputError([Problem(str(home), why, "room for the fit", step)]) from error


def _make_own(folder: Path) -> None:
    """Make a folder that nobody else may read, or raise an `OSError` where another user has made it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if hasattr(os, "getuid") and folder.stat().st_uid != os.getuid():
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), str(folder))


def _leave(folder: Path) -> None:
    """Remove a folder in which nothing was stored."""
    with suppress(OSError):
        if {path.name for path in folder.iterdir()} <= {LOCKS}:
            shutil.rmtree(folder / LOCKS, ignore_errors=True)
            folder.rmdir()


def _places() -> Iterator[Path]:
    for place in (tempfile.gettempdir, Path.cwd, Path.home):
        try:
            yield Path(place()) / ELSEWHERE
        except (OSError, RuntimeError):
            continue
