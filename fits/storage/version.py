"""One version of a stored fit: found by its pointer, locked while it is read, and compared with its digests.

A fit's folder has versions ``v1``, ``v2``, ..., which never change, and ``current``, a line with the name of the
current one and the SHA-256 of its manifest. The manifest has the SHA-256 of every other file. Readers of a version
hold a shared lock on its manifest, and only versions without a lock are removed. The digests detect accidents, not
forgeries.
"""

from __future__ import annotations

import errno
import functools
import hashlib
import operator
import os
import re
import stat
import time
import weakref
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from data.errors import InputError, Problem
from fits.storage.manifest import AGAIN, Manifest, StoredFile

fcntl: Any = import_module("fcntl") if find_spec("fcntl") else None
"""Module for locks; systems without it cannot remove open files anyway."""

POINTER, MANIFEST = "current", "manifest.json"
PUBLIC, PRIVATE = "fit.nc", "private.nc"
CHECKS = "checks"

LINE = re.compile(rb"(v[1-9][0-9]{0,8}) ([0-9a-f]{64})\n")
INNER = re.compile(rf"{re.escape(PUBLIC)}|{re.escape(PRIVATE)}|{CHECKS}/[\w-][\w.-]*")
"""Paths of files that a version may have besides its manifest."""

LARGEST_MANIFEST = 2**24
"""Most bytes of a manifest; a large one has about 20,000."""

ROUNDS = 200
"""Number of retries while other processes replace the fit, a hundredth of a second each."""


@dataclass(frozen=True)
class Version:
    """A version that stays on disk while this object lives.

    Attributes
    ----------
    folder : Path
        The version's folder, such as ``NAME/v3``.
    """

    folder: Path
    manifest: Manifest
    _held: _Held = field(repr=False, compare=False)
    _good: set[str] = field(default_factory=set, repr=False, compare=False)

    @classmethod
    def current(cls, fit: Path) -> Version:
        """Return the current version of a fit.

        Parameters
        ----------
        fit : Path
            The fit's folder.

        Raises
        ------
        InputError
            When there is none, or anything differs from its pointer or its manifest.
        """
        for _ in range(ROUNDS):
            line = pointer_of(fit)
            try:
                return cls._of(fit, line)
            except _GoneError:
                pass
            except InputError:
                # Another process may have replaced and removed it since the pointer was read.
                if pointer_of(fit) == line:
                    raise
            time.sleep(0.01)
        raise damaged(fit, "a version that another process removes")

    @classmethod
    def _of(cls, fit: Path, line: bytes) -> Version:
        name, digest = read_line(fit, line)
        path = fit / name / MANIFEST
        held = _Held(path)
        content = held.content()
        if hashlib.sha256(content).hexdigest() != digest:
            raise damaged(path, f"a damaged file (not the one that `{POINTER}` names)")
        found = cls(fit / name, Manifest.decoded(content, path), held)
        for inner, stored in found.manifest.files.items():
            found._require_size(inner, stored)
        return found

    @classmethod
    def made(cls, folder: Path, manifest: Manifest, *, staged: Path) -> Version:
        """Return a version that was just written to `staged` and will be at `folder`."""
        return cls(folder, manifest, _Held(staged / MANIFEST))

    def has(self, inner: str) -> bool:
        """Return whether the manifest has a file of that path."""
        return inner in self.manifest.files

    def path(self, inner: str) -> Path:
        """Return a file's path after comparing its content with its digest, once for each version.

        Raises
        ------
        InputError
            When it is not what was written, or there is none.
        """
        path, stored = self.folder / inner, self.manifest.files.get(inner)
        if stored is None:
            raise damaged(path, "no file")
        if inner not in self._good:
            self._require_size(inner, stored)
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
            if found != stored.sha256:
                raise damaged(path, "a damaged file (its SHA-256 is not the manifest's)")
            self._good.add(inner)
        return path

    def verify(self) -> None:
        """Compare every file with its digest, and raise an `InputError` for the first that differs."""
        for inner in self.manifest.files:
            self.path(inner)

    def _require_size(self, inner: str, stored: StoredFile) -> None:
        path = self.folder / inner
        require_inner(inner, self.folder)
        try:
            found = path.lstat()
            linked = path.parent.is_symlink()
        except FileNotFoundError as error:
            raise damaged(path, "no file") from error
        except OSError as error:
            raise damaged(path, f"a file that cannot be read ({error.strerror})") from error
        if linked or not stat.S_ISREG(found.st_mode):
            raise damaged(path, "no regular file")
        if found.st_size != stored.size:
            raise damaged(path, f"a damaged file of {found.st_size:,} bytes in place of {stored.size:,}")


class _GoneError(Exception):
    """The version was removed while it was being opened."""


class _Held:
    """An open, locked manifest, which keeps its version from being removed."""

    def __init__(self, path: Path) -> None:
        try:
            self.file = open_regular(path)
        except FileNotFoundError as error:
            raise damaged(path, "no manifest", "a stored fit") from error
        except OSError as error:
            raise damaged(path, error.strerror or str(error)) from error
        weakref.finalize(self, os.close, self.file)
        self.path = path
        if not locked(self.file, alone=False) or os.fstat(self.file).st_nlink == 0:
            raise _GoneError

    def content(self) -> bytes:
        """Return all bytes of the manifest."""
        if os.fstat(self.file).st_size > LARGEST_MANIFEST:
            raise damaged(self.path, f"more than {LARGEST_MANIFEST:,} bytes")
        with open(self.file, "rb", closefd=False) as file:
            return file.read()


def damaged(path: Path, got: str, expected: str = "what was stored") -> InputError:
    """Return the error for a stored fit that is not what was written."""
    return InputError([Problem(str(path), got, expected, AGAIN)])


def require_inner(inner: str, folder: Path) -> None:
    """Raise an error unless a name is one that a version's files may have."""
    if not INNER.fullmatch(inner):
        raise damaged(folder / MANIFEST, f"a file called {inner[:80]!r}")


def pointer_of(fit: Path) -> bytes:
    """Return the line that names the current version of a fit."""
    path = fit / POINTER
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise damaged(path, "no regular file")
        with path.open("rb") as file:
            return file.read(200)
    except FileNotFoundError as error:
        raise damaged(path, "no file", "a stored fit") from error
    except OSError as error:
        raise damaged(path, f"no readable file ({error.strerror})") from error


def read_line(fit: Path, line: bytes) -> tuple[str, str]:
    """Return the version that a pointer names, and the digest of its manifest."""
    found = LINE.fullmatch(line)
    if not found:
        raise damaged(fit / POINTER, "a damaged line", "a version and the SHA-256 of its manifest")
    return found[1].decode(), found[2].decode()


def open_regular(path: Path) -> int:
    """Open a regular file for reading, else raise an `OSError`; opening anything else might wait for ever."""
    if path.parent.is_symlink() or not stat.S_ISREG(path.lstat().st_mode):
        raise OSError(errno.EINVAL, "no regular file", str(path))
    flags = (getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))
    return os.open(path, functools.reduce(operator.or_, flags, os.O_RDONLY))


def locked(handle: int, *, alone: bool) -> bool:
    """Lock an open file, shared or `alone`, and return whether that succeeded; some file systems have no locks."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(handle, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return not alone
    return True
