"""How every door ends: with its work done, bad input, Ctrl-C, or nobody left to read what it prints."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from io import TextIOWrapper

import typer

from data._errors import InputError

BAD_INPUT, STOPPED = 2, 130
"""Exit codes; a door's own are what its function returns."""


def exits[**P](stopped: str = "") -> Callable[[Callable[P, int | None]], Callable[P, None]]:
    """Return what makes a door's function end with an exit code and, where that is due, a few words.

    The code is what the function returns, 0 for None. Bad input is named on standard error. When the
    reader of a pipe has gone, Typer ends the door with 1 and no words.

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
                code = main(*args, **kwargs)
                print(end="", flush=True)  # a closed pipe is met here, and not while Python shuts down
            except InputError as error:
                typer.echo(str(error), err=True)
                raise typer.Exit(BAD_INPUT) from error
            except KeyboardInterrupt:
                if stopped:
                    typer.echo(stopped, err=True)
                raise typer.Exit(STOPPED) from None
            raise typer.Exit(code or 0)

        return door

    return ended
