"""What Ctrl-C does in a command: an exception while its work is done, and the process's silent end before and after."""

from __future__ import annotations

import _thread
import contextlib
import os
import signal
import sys
import time

# Imported before all else, and so with little: until it is, Ctrl-C is still a traceback.

AGAIN = 0.05
"""Seconds after which an ignored Ctrl-C is repeated."""

_started: list[str] = []
"""The package whose command this process runs; empty where our packages are only imported."""

_interrupted: list[int] = []
"""One entry for each Ctrl-C since the work began."""


def starting(package: str) -> None:
    """Have Ctrl-C end the process at once and without words, if it has just been started to run a command.

    Nothing is stored and nothing is to be tidied up yet, and Python would print the traceback of whatever it was
    importing. Each package calls this when it is imported. In a notebook or a test, and where Ctrl-C is
    ignored, as in the background, nothing is changed.

    Parameters
    ----------
    package : str
        The caller's name. Its commands are run by ``python -m PACKAGE.NAME``.
    """
    # Python imports the package first, and only then puts the command's file in the place of "-m".
    if sys.argv[:1] != ["-m"] or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        return
    if sys.orig_argv[-len(sys.argv)].removeprefix("-m").startswith(f"{package}."):
        _started.append(package)
        end_at_ctrl_c()


def end_at_ctrl_c() -> None:
    """Have Ctrl-C end a command's process, at once and without words."""
    if _started:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        sys.unraisablehook = sys.__unraisablehook__


def raise_at_ctrl_c() -> None:
    """Have Ctrl-C raise KeyboardInterrupt in a command, as it does by itself in other processes."""
    if _started:
        signal.signal(signal.SIGINT, _interrupt)
        sys.unraisablehook = _ignored


def interrupted() -> bool:
    """Whether there was a Ctrl-C since the work began.

    An extension module that is being imported then may raise something else in place of KeyboardInterrupt.
    """
    return bool(_interrupted)


def leave(code: int) -> None:
    """End a command's process now, without Python's own tidying up.

    Compiled code that was interrupted has been seen to crash or to wait for ever in it.
    """
    if _started:
        with contextlib.suppress(OSError, ValueError):  # nobody reads any more
            print(end="", flush=True)
        os._exit(code)


def _interrupt(number: int, frame: object) -> None:
    _interrupted.append(number)
    raise KeyboardInterrupt


def _ignored(unraisable: sys.UnraisableHookArgs) -> None:
    """Interrupt once more where Python has to ignore a KeyboardInterrupt, and would print a traceback and go on.

    So it is in a function that was called from C: the compiler calls one after each long piece of its work.
    """
    if unraisable.exc_type is KeyboardInterrupt:
        _thread.start_new_thread(_interrupt_soon, ())  # by then the function has been left
    else:
        sys.__unraisablehook__(unraisable)


def _interrupt_soon() -> None:
    time.sleep(AGAIN)
    _thread.interrupt_main()
