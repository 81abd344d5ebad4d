"""Replace files and folders all together or not at all, even if the process dies in between.

New content is written to a folder beside its place, flushed to the disk, and renamed to the one name that
means *complete*. Then it is moved into place entry by entry; if the process dies meanwhile, the next process
that looks moves the rest. A folder that does not yet have that name is incomplete, and the next process removes it.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

PATIENCE = 2.0
"""Seconds of waiting after which a message says what is waited for."""

LITTER = "[a-z0-9_]{8}"
"""Pattern of the random part that `tempfile` puts into names."""

OLD = ".old"
"""Subfolder of the complete content that holds the folders that were replaced."""


@contextlib.contextmanager
def replacing(folder: Path, name: str, *, after: str = "") -> Iterator[Path]:
    """Give an empty folder; what is written into it is moved into `folder`, all of it or nothing.

    Folders are moved before files, and `after` last of all. One process at a time replaces content of one name;
    others wait as long as it takes.

    Parameters
    ----------
    folder : Path
        Made if it does not exist, unless nothing is written.
    name : str
        Name of the content that is replaced together; only the remains of an interrupted replacement carry it.
    after : str
        An entry that points to the others.

    Raises
    ------
    OSError
        When the disk is full, or the folder cannot be written; its former content is then unchanged.
    """
    with (
        alone(lock_of(folder, name), what=f"writes {folder / name}"),
        _made(folder),
        replacing_alone(folder, name, after=after) as fresh,
    ):
        yield fresh


@contextlib.contextmanager
def replacing_alone(folder: Path, name: str, *, after: str = "") -> Iterator[Path]:
    """Replace as `replacing` does, for a caller that holds the lock of an existing folder."""
    recover_alone(folder, name, after=after)
    fresh = Path(tempfile.mkdtemp(prefix=f".{name}.", suffix=".new", dir=folder))
    try:
        fresh.chmod(0o777 & ~_umask())
        yield fresh
        _require_kinds(fresh, folder)
        (fresh / OLD).mkdir()  # made now, because a full disk would have no room later
        flush(fresh)
        fresh.rename(_ready(folder, name))
    except BaseException as error:
        shutil.rmtree(fresh, ignore_errors=True)
        if isinstance(error, OSError) and error.errno is not None and error.filename is None:
            error.filename = str(folder)  # errors of writing to an open file do not name it
        raise
    _flush_one(folder)
    ready, wanted = _ready(folder, name), len(_entries(_ready(folder, name)))
    try:
        _take_places(folder, name, after)
    except OSError:
        if ready.is_dir() and len(_entries(ready)) == wanted and not any((ready / OLD).iterdir()):
            ready.rename(fresh)  # nothing was moved: the former content stays
            shutil.rmtree(fresh, ignore_errors=True)
        raise
    except BaseException:
        recover_alone(folder, name, after=after)  # Ctrl-C: all is written, half of it is in place
        raise


def require_place(folder: Path, name: str, *, after: str = "") -> None:
    """Raise an `OSError` where nothing can be replaced, found out before any work by replacing nothing."""
    with replacing(folder, name, after=after):
        pass


def recover(folder: Path, name: str, *, after: str = "") -> None:
    """Finish an interrupted replacement and remove the remains of others, unless a replacement is running."""
    if not left_over(folder, name):
        return
    with contextlib.suppress(Timeout, OSError), FileLock(lock_of(folder, name), timeout=0):
        recover_alone(folder, name, after=after)


def is_ready(folder: Path, name: str) -> bool:
    """Return whether complete content waits to be moved into place, by a process that runs or has died."""
    return os.path.isdir(_ready(folder, name))


def recover_alone(folder: Path, name: str, *, after: str = "") -> None:
    """Recover as `recover` does, for a caller that holds the lock."""
    if _ready(folder, name).is_dir():
        _take_places(folder, name, after)
    for path in left_over(folder, name):
        shutil.rmtree(path, ignore_errors=True)


def left_over(folder: Path, name: str) -> list[Path]:
    """Return the folders of interrupted or running replacements."""
    ours = re.compile(rf"\.{re.escape(name)}\.({LITTER}\.(new|old)|ready)")
    try:
        return [folder / there for there in os.listdir(folder) if ours.fullmatch(there)]
    except OSError:
        return []


def lock_of(folder: Path, name: str) -> Path:
    """Return the lock file for content of one name in a folder, for this user on this machine.

    It lies outside that folder, where it would stay among the user's own files.
    """
    place = hashlib.sha256(str(folder.resolve() / name).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"coproduction-{getattr(os, 'getuid', int)()}-{place}.lock"


@contextlib.contextmanager
def alone(lock: Path, *, what: str) -> Iterator[None]:
    """Wait for a lock and hold it; a long wait is explained and can be stopped by Ctrl-C."""
    held = FileLock(lock)
    try:
        held.acquire(timeout=PATIENCE)
    except Timeout:
        print(f"Waiting for another process that {what} ...", file=sys.stderr)
        held.acquire(timeout=-1)
    try:
        yield
    finally:
        held.release()


def set_aside(path: Path, name: str) -> None:
    """Remove a file or folder so that it is never seen half removed; the caller holds the lock."""
    old = Path(tempfile.mkdtemp(prefix=f".{name}.", suffix=".old", dir=path.parent))
    path.rename(old / path.name)
    shutil.rmtree(old, ignore_errors=True)


def flush(folder: Path) -> None:
    """Flush everything below a folder to the disk, so that it survives a power cut."""
    for place, _, files in os.walk(folder, topdown=False):
        for file in files:
            _flush_one(Path(place) / file)
        _flush_one(Path(place))


@contextlib.contextmanager
def _made(folder: Path) -> Iterator[None]:
    """Make a folder, and remove it again if nothing was written into it."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    finally:
        with contextlib.suppress(OSError):
            for path in missing:
                path.rmdir()


def _require_kinds(fresh: Path, folder: Path) -> None:
    """Raise an error where a file would replace a folder, or a folder a file."""
    for entry in _entries(fresh):
        target = folder / entry.name
        if os.path.lexists(target) and _is_folder(target) != _is_folder(entry):
            code = errno.EISDIR if _is_folder(target) else errno.ENOTDIR
            raise OSError(code, os.strerror(code), str(target))


def _take_places(folder: Path, name: str, after: str) -> None:
    ready = _ready(folder, name)
    for entry in sorted(_entries(ready), key=lambda path: (path.name == after, not path.is_dir(), path.name)):
        target, old = folder / entry.name, ready / OLD / entry.name
        if _is_folder(target):
            shutil.rmtree(old, ignore_errors=True)
            target.rename(old)
        try:
            os.replace(entry, target)
        except OSError:
            if _is_folder(old) and not target.exists():
                old.rename(target)
            raise
    _flush_one(folder)
    gone = folder / f".{name}.{secrets.token_hex(4)}.old"
    with contextlib.suppress(OSError):  # all is in place, and the next process removes the remains
        ready.rename(gone)
        shutil.rmtree(gone)


def _entries(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name != OLD]


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _ready(folder: Path, name: str) -> Path:
    return folder / f".{name}.ready"


def _flush_one(path: Path) -> None:
    # Not every system lets a folder be opened.
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(path, flags)
    except PermissionError:
        if path.is_dir():
            return
        raise
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _umask() -> int:
    now = os.umask(0)
    os.umask(now)
    return now
