"""Files and folders that take the place of others all together, whatever happens in between.

What is written goes into a folder beside its place, is flushed to the disk, and is renamed to the
one name that means *all of it is there*. From then on it takes its place entry by entry; a process
that dies in between leaves the rest to the next one that looks. Before that name there is only
litter, which the next one removes.
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
"""Seconds after which one is told what is waited for."""

LITTER = "[a-z0-9_]{8}"
"""What `tempfile` puts into names."""

OLD = ".old"
"""Within what is ready: folders whose places were taken."""


@contextlib.contextmanager
def replacing(folder: Path, name: str, *, after: str = "") -> Iterator[Path]:
    """Give an empty folder; what is written into it takes its place in `folder`, all of it or nothing.

    Folders go before files, and `after` last of all. One process at a time replaces what is of one name;
    others wait, as long as it takes.

    Parameters
    ----------
    folder : Path
        Made if it is not there, unless nothing comes into it.
    name : str
        Of what is replaced together; it distinguishes only what is left of an interrupted replacement.
    after : str
        An entry that points to the others.

    Raises
    ------
    OSError
        When the disk is full, or the folder cannot be written; what stood there stands then.
    """
    with (
        alone(lock_of(folder, name), what=f"writes {folder / name}"),
        _made(folder),
        replacing_alone(folder, name, after=after) as fresh,
    ):
        yield fresh


@contextlib.contextmanager
def replacing_alone(folder: Path, name: str, *, after: str = "") -> Iterator[Path]:
    """`replacing` for who holds the lock, of a folder that is there."""
    recover_alone(folder, name, after=after)
    fresh = Path(tempfile.mkdtemp(prefix=f".{name}.", suffix=".new", dir=folder))
    try:
        fresh.chmod(0o777 & ~_umask())
        yield fresh
        _require_kinds(fresh, folder)
        (fresh / OLD).mkdir()  # now, as a full disk has no room for it later
        flush(fresh)
        fresh.rename(_ready(folder, name))
    except BaseException as error:
        shutil.rmtree(fresh, ignore_errors=True)
        if isinstance(error, OSError) and error.errno is not None and error.filename is None:
            error.filename = str(folder)  # what is written to an open file is told without its name
        raise
    _flush_one(folder)
    ready, wanted = _ready(folder, name), len(_entries(_ready(folder, name)))
    try:
        _take_places(folder, name, after)
    except OSError:
        if ready.is_dir() and len(_entries(ready)) == wanted and not any((ready / OLD).iterdir()):
            ready.rename(fresh)  # nothing is in place: what stood there stands
            shutil.rmtree(fresh, ignore_errors=True)
        raise
    except BaseException:
        recover_alone(folder, name, after=after)  # Ctrl-C: all of it is written, and half of it is in place
        raise


def require_place(folder: Path, name: str, *, after: str = "") -> None:
    """Raise an `OSError` where nothing could be replaced, before any work is done for it, by replacing nothing."""
    with replacing(folder, name, after=after):
        pass


def recover(folder: Path, name: str, *, after: str = "") -> None:
    """Finish a replacement that was interrupted and remove what is left of others, unless one is going on."""
    if not left_over(folder, name):
        return
    with contextlib.suppress(Timeout, OSError), FileLock(lock_of(folder, name), timeout=0):
        recover_alone(folder, name, after=after)


def is_ready(folder: Path, name: str) -> bool:
    """Whether something whole waits there for its place: of a process that is at it, or that has died."""
    return os.path.isdir(_ready(folder, name))


def recover_alone(folder: Path, name: str, *, after: str = "") -> None:
    """`recover` for who holds the lock."""
    if _ready(folder, name).is_dir():
        _take_places(folder, name, after)
    for path in left_over(folder, name):
        shutil.rmtree(path, ignore_errors=True)


def left_over(folder: Path, name: str) -> list[Path]:
    """Return what an interrupted replacement left there, or one that is going on."""
    ours = re.compile(rf"\.{re.escape(name)}\.({LITTER}\.(new|old)|ready)")
    try:
        return [folder / there for there in os.listdir(folder) if ours.fullmatch(there)]
    except OSError:
        return []


def lock_of(folder: Path, name: str) -> Path:
    """Return the file that locks what is of one name in a folder, for this user on this machine.

    It is no file beside people's own, which would stay there.
    """
    place = hashlib.sha256(str(folder.resolve() / name).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"coproduction-{getattr(os, 'getuid', int)()}-{place}.lock"


@contextlib.contextmanager
def alone(lock: Path, *, what: str) -> Iterator[None]:
    """Hold a lock as long as it takes; who waits is told for what, and may stop it by Ctrl-C."""
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
    """Remove a file or folder so that nobody sees half of it; the lock is held."""
    old = Path(tempfile.mkdtemp(prefix=f".{name}.", suffix=".old", dir=path.parent))
    path.rename(old / path.name)
    shutil.rmtree(old, ignore_errors=True)


def flush(folder: Path) -> None:
    """Have everything below a folder on the disk itself, where a power cut leaves it."""
    for place, _, files in os.walk(folder, topdown=False):
        for file in files:
            _flush_one(Path(place) / file)
        _flush_one(Path(place))


@contextlib.contextmanager
def _made(folder: Path) -> Iterator[None]:
    """Make a folder, and take it away again if nothing came into it."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    finally:
        with contextlib.suppress(OSError):
            for path in missing:
                path.rmdir()


def _require_kinds(fresh: Path, folder: Path) -> None:
    """Refuse to put a file in the place of a folder, or a folder in the place of a file."""
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
    with contextlib.suppress(OSError):  # all is in place, and the next one removes what is left
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
