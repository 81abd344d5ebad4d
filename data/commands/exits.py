"""How every door ends: its work done, bad input, no room on the disk, Ctrl-C, or nobody left to read what it prints."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import sys
from collections.abc import Callable, Mapping
from functools import wraps
from io import TextIOWrapper
from pathlib import Path
from typing import NoReturn

import typer

from data.commands.interrupts import end_at_ctrl_c, interrupted, leave, raise_at_ctrl_c
from data.commands.options import FITS
from data.errors import InputError

BAD_INPUT, STOPPED = 2, 130
"""Exit codes; a door's own are what its function returns."""

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""Errors of a disk without room, and of a file larger than is allowed."""

UNWRITTEN = {*FULL, errno.EROFS}
"""Errors of writing alone."""

UNFINISHED = re.compile(r"\.[^/\\]+\.([a-z0-9_]{8}\.(new|old)|ready)[/\\]")
"""The folder of what was about to take its place, which is gone when its name is read."""

ROOT = Path(__file__).parents[2]

PLACES = {"out": ROOT / "reports" / "out", "fits_dir": FITS, "calibrations_dir": ROOT / "fits"}
"""Options that say where a door writes, and where it does without them."""


def exits[**P](stopped: str = "") -> Callable[[Callable[P, int | None]], Callable[P, None]]:
    """Return what makes a door's function end with an exit code and, where that is due, a few words.

    The code is what the function returns, 0 for None. Bad input is named on standard error, and so is what
    the system refused: a file, the disk's room, memory. When the reader of a pipe has gone, Typer ends the
    door with 1 and no words. Before and after the function runs, Ctrl-C ends the process as `_interrupts` says.

    Parameters
    ----------
    stopped : str
        What is said after Ctrl-C: what is stored by then. By default nothing.
    """

    def ended(main: Callable[P, int | None]) -> Callable[P, None]:
        @wraps(main)
        def door(*args: P.args, **kwargs: P.kwargs) -> None:
            if isinstance(sys.stdout, TextIOWrapper):
                sys.stdout.reconfigure(errors="replace")  # an odd locale must not turn an accent into a crash
            try:
                raise_at_ctrl_c()
                try:
                    code = main(*args, **kwargs)
                finally:
                    end_at_ctrl_c()
                print(end="", flush=True)  # a closed pipe is met here, and not while Python shuts down
            except BaseException as error:
                if isinstance(error, KeyboardInterrupt) or interrupted():
                    _end(stopped, STOPPED)
                said = _refused(error, kwargs)
                if not said:
                    raise
                _end(said, BAD_INPUT, error)
            raise typer.Exit(code or 0)

        return door

    return ended


def _refused(error: BaseException, given: Mapping[str, object]) -> str:
    """What is said of an error that people can do something about; '' of any other."""
    if isinstance(error, InputError):
        return str(error)
    if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
        return refusal(error, given)
    if isinstance(error, MemoryError):
        what = f"not enough memory ({error})" if str(error) else "not enough memory"
        return f"Stopped: {what}. Ask for less at once, or close other programs"
    return ""


def refusal(error: OSError, given: Mapping[str, object]) -> str:
    """Return what the system refused, of which file, and what to do about it, in one line.

    Parameters
    ----------
    error : OSError
    given : mapping
        The door's options by name.
    """
    file = error.filename2 or error.filename
    path = Path(UNFINISHED.sub("", os.fsdecode(file))) if isinstance(file, str | bytes | os.PathLike) else None
    why = " ".join((error.strerror or str(error) or type(error).__name__).split())
    where = str(path or "")
    if error.errno in UNWRITTEN:
        where = f"Could not write {where or 'a file, or what is printed'}"
    options = [f"--{name.replace('_', '-')}" for name in _options(path, given)] if path else []
    elsewhere = f"name another place with {' or '.join(options)}" if options else ""
    return f"{where}: {why}{_step(error, elsewhere)}".removeprefix(": ")


def _step(error: OSError, elsewhere: str) -> str:
    if error.errno in FULL:
        return ". Free space there" + (f", or {elsewhere}" if elsewhere else "")
    if elsewhere:
        return f". {elsewhere[0].upper()}{elsewhere[1:]}"
    if error.filename is not None:
        return ". Check that it is there and may be used"
    return ""  # a library's own words, which say what they mean


def _options(path: Path, given: Mapping[str, object]) -> list[str]:
    """The options that could name another place than that of a file."""
    here, found = path.resolve(), []
    for name, usual in PLACES.items():
        place = Path(str(given.get(name) or usual)).resolve()
        place = place.parent if place.suffix else place
        if name in given and (here.is_relative_to(place) or place.is_relative_to(here)):
            found.append(name)
    return found


def _end(said: str, code: int, cause: BaseException | None = None) -> NoReturn:
    with contextlib.suppress(OSError):  # nobody can be told
        if said:
            typer.echo(said, err=True)
    if not _printable():
        with contextlib.suppress(OSError):
            sys.stdout.close()  # else Python tries once more while it shuts down, and says so
    if code == STOPPED:
        leave(STOPPED)
    raise typer.Exit(code) from cause


def _printable() -> bool:
    """Whether what was printed has got out."""
    try:
        sys.stdout.flush()
    except OSError:
        return False
    return True
