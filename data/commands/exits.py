"""Exit codes and last messages of commands: success, bad input, a full disk, Ctrl-C, or a closed pipe."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from io import TextIOWrapper
from pathlib import Path
from typing import NoReturn

import typer

from data.commands.interrupts import end_at_ctrl_c, interrupted, leave, raise_at_ctrl_c
from data.commands.options import FITS
from data.errors import InputError

BAD_INPUT, STOPPED = 2, 130
"""Exit codes that all commands share; a command's function may return others."""

EXIT_OF = {"passed": 0, "look": 0, "failed": 3}
"""The exit code of a command that makes a fit, by the fit's status."""

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""Errors of a full disk, and of a file larger than is allowed."""

UNWRITTEN = {*FULL, errno.EROFS}
"""Errors that only writing raises."""

UNFINISHED = re.compile(r"\.[^/\\]+\.([a-z0-9_]{8}\.(new|old)|ready)[/\\]")
"""Part of a path in a temporary folder of `data.files.replacing`, which no longer exists when the message is read."""

ROOT = Path(__file__).parents[2]

PLACES = {"out": ROOT / "reports" / "out", "fits_dir": FITS, "calibrations_dir": ROOT / "fits"}
"""Options that name a place to write, with their defaults."""


def exits[**P](stopped: str = "") -> Callable[[Callable[P, int | None]], Callable[P, None]]:
    """Return a decorator that ends a command's function with an exit code and, if needed, a message.

    The code is what the function returns, 0 for None. Bad input and refusals by the system (a file, disk space,
    memory) are named on standard error. When the reader of a pipe has gone, Typer ends the command with 1 and no
    message. Before and after the function runs, Ctrl-C ends the process as `data.commands.interrupts` describes.

    Parameters
    ----------
    stopped : str
        Message after Ctrl-C, which says what is stored by then. By default there is none.
    """

    def ended(main: Callable[P, int | None]) -> Callable[P, None]:
        @wraps(main)
        def command(*args: P.args, **kwargs: P.kwargs) -> None:
            if isinstance(sys.stdout, TextIOWrapper):
                sys.stdout.reconfigure(errors="replace")  # an odd locale must not turn an accent into a crash
            try:
                raise_at_ctrl_c()
                try:
                    code = main(*args, **kwargs)
                finally:
                    end_at_ctrl_c()
                print(end="", flush=True)  # raises for a closed pipe here, and not while Python shuts down
            except BaseException as error:
                if isinstance(error, KeyboardInterrupt) or interrupted():
                    _end(str(error) if isinstance(error, StoppedError) else stopped, STOPPED)
                said = _refused(error, kwargs)
                if not said:
                    raise
                _end(said, BAD_INPUT, error)
            raise typer.Exit(code or 0)

        return command

    return ended


class StoppedError(KeyboardInterrupt):
    """Ctrl-C, with the message of the part of a command in which it came."""


@contextlib.contextmanager
def stopping(said: str) -> Iterator[None]:
    """Have another message than the command's where Ctrl-C comes inside, when more is stored by then."""
    try:
        yield
    except KeyboardInterrupt as stopped:
        raise StoppedError(said) from stopped


def _refused(error: BaseException, given: Mapping[str, object]) -> str:
    """Return the message for an error that users can do something about; '' for any other."""
    if isinstance(error, InputError):
        return str(error)
    if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
        return refusal(error, given)
    if isinstance(error, MemoryError):
        what = f"not enough memory ({error})" if str(error) else "not enough memory"
        return f"Stopped: {what}. Ask for less at once, or close other programs"
    return ""


def refusal(error: OSError, given: Mapping[str, object]) -> str:
    """Return one line that says what the system refused, for which file, and what to do about it.

    Parameters
    ----------
    given : mapping
        The command's options by name.
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
    return ""  # a library's own message, which needs no addition


def _options(path: Path, given: Mapping[str, object]) -> list[str]:
    """Return the options that could name another place than that of a file."""
    here, found = path.resolve(), []
    for name, usual in PLACES.items():
        place = Path(str(given.get(name) or usual)).resolve()
        place = place.parent if place.suffix else place
        if name in given and (here.is_relative_to(place) or place.is_relative_to(here)):
            found.append(name)
    return found


def _end(said: str, code: int, cause: BaseException | None = None) -> NoReturn:
    with contextlib.suppress(OSError):  # nobody can read the message
        if said:
            typer.echo(said, err=True)
    if not _printable():
        with contextlib.suppress(OSError):
            sys.stdout.close()  # else Python tries again while it shuts down, and reports that
    if code == STOPPED:
        leave(STOPPED)
    raise typer.Exit(code) from cause


def _printable() -> bool:
    """Whether everything printed could be written out."""
    try:
        sys.stdout.flush()
    except OSError:
        return False
    return True
