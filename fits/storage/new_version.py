"""Write a fit's next version beside the current one, and make it current by replacing one line."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from data.errors import InputError
from data.files import replacing
from fits.storage.manifest import Manifest, StoredFile
from fits.storage.version import MANIFEST, POINTER, Version, locked, open_regular, pointer_of, read_line, require_inner

NUMBERED = re.compile(r"v([1-9][0-9]{0,8})")

REPLACED = "fit"
"""Name of a fit's replacement while it is being written."""


@contextlib.contextmanager
def new_version(fit: Path, lock: Path) -> Iterator[Next]:
    """Give the next version of a fit to write; it is current when the block ends, and older ones are removed.

    Parameters
    ----------
    fit : Path
        The fit's folder; made if it does not exist.
    lock : Path
        The fit's lock file.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    with replacing.alone(lock, what=f"writes {fit}"):
        fresh_folder = not fit.is_dir()
        fit.mkdir(exist_ok=True)
        try:
            with replacing.replacing_alone(fit, REPLACED, after=POINTER) as fresh:
                after = max((int(found[1]) for found in map(NUMBERED.fullmatch, os.listdir(fit)) if found), default=0)
                name = f"v{after + 1}"
                (fresh / name).mkdir()
                yield Next(fit / name, fresh / name)
        except BaseException:
            if fresh_folder:
                with contextlib.suppress(OSError):
                    fit.rmdir()
            raise
        _sweep(fit)


@dataclass(frozen=True)
class Next:
    """A version that is being written at `staged` and will be at `folder`."""

    folder: Path
    staged: Path

    def put(self, inner: str, content: bytes) -> StoredFile:
        """Write a file and return its entry for the manifest."""
        staged = self._place(inner)
        staged.write_bytes(content)
        return StoredFile.of(content)

    def keep(self, inner: str, version: Version) -> StoredFile:
        """Copy a file from another version unchanged, damaged or not."""
        staged = self._place(inner)
        try:
            os.link(version.folder / inner, staged)
        except OSError:
            staged.write_bytes((version.folder / inner).read_bytes())
        return version.manifest.files[inner]

    def _place(self, inner: str) -> Path:
        require_inner(inner, self.folder)
        path = self.staged / inner
        path.parent.mkdir(exist_ok=True)
        return path

    def done(self, manifest: Manifest) -> Version:
        """Write the manifest and the line that points to it, and return the locked version."""
        content = manifest.encoded()
        (self.staged / MANIFEST).write_bytes(content)
        line = f"{self.folder.name} {hashlib.sha256(content).hexdigest()}\n"
        (self.staged.parent / POINTER).write_bytes(line.encode("ascii"))
        again = Manifest.decoded(content, self.folder / MANIFEST)
        return Version.made(self.folder, again, staged=self.staged)


def tidy(fit: Path, lock: Path) -> None:
    """Finish what an interrupted process left of a fit, and remove former versions that nobody reads."""
    try:
        there = os.listdir(fit)
    except OSError:
        return
    versions = [name for name in there if NUMBERED.fullmatch(name)]
    if there and len(versions) <= 1 and not replacing.left_over(fit, REPLACED):
        return
    with contextlib.suppress(OSError, Timeout), FileLock(lock, timeout=0):
        replacing.recover_alone(fit, REPLACED, after=POINTER)
        if os.listdir(fit):
            _sweep(fit)
        else:
            fit.rmdir()  # its first version was never finished


def _sweep(fit: Path) -> None:
    """Remove former versions that nobody reads; the caller holds the fit's lock."""
    try:
        counts, _ = read_line(fit, pointer_of(fit))
    except InputError:
        return
    for name in os.listdir(fit):
        if not NUMBERED.fullmatch(name) or name == counts:
            continue
        with contextlib.suppress(OSError):
            try:
                handle = open_regular(fit / name / MANIFEST)
            except OSError:  # no readable file, so nobody reads it
                replacing.set_aside(fit / name, REPLACED)
                continue
            try:
                if locked(handle, alone=True):
                    replacing.set_aside(fit / name, REPLACED)
            finally:
                os.close(handle)
