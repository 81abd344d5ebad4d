"""Ctrl-C in a command: it raises an exception during the work, and ends the process silently before and after."""

from __future__ import annotations

import _thread
import contextlib
import os
import signal
import sys
import time

# Imported before everything else and therefore small: before that, Ctrl-C still prints a traceback.

AGAIN = 0.05
"""Seconds after which an ignored Ctrl-C is repeated."""

_started: list[str] = []
"""The package whose command this process runs; empty where our packages are only imported."""

_interrupted: list[int] = []
"""One entry for each Ctrl-C since the work began."""


def starting(package: str) -> None:
    """Make Ctrl-C end the process at once and silently, if it has just been started to run a command.

    Nothing is stored or to be cleaned up yet, and Python would print the traceback of whatever it was importing.
    Each package calls this when it is imported. In a notebook or a test, and where Ctrl-C is ignored, as in the
    background, nothing is changed.

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
    """Make Ctrl-C end a command's process, at once and silently."""
    if _started:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        sys.unraisablehook = sys.__unraisablehook__


def raise_at_ctrl_c() -> None:
    """Make Ctrl-C raise KeyboardInterrupt in a command, as it does in other processes."""
    if _started:
        signal.signal(signal.SIGINT, _interrupt)
        sys.unraisablehook = _ignored


def interrupted() -> bool:
    """Return whether there was a Ctrl-C since the work began.

    An extension module that is being imported at that time may raise something other than KeyboardInterrupt.
    """
    return bool(_interrupted)


def leave(code: int) -> None:
    """End a command's process now, without Python's own cleanup.

    Interrupted compiled code has been seen to crash or to wait for ever during cleanup.
    """
    if _started:
        with contextlib.suppress(OSError, ValueError):  # the reader has gone
            print(end="", flush=True)
        os._exit(code)


def _interrupt(number: int, frame: object) -> None:
    _interrupted.append(number)
    raise KeyboardInterrupt


def _ignored(unraisable: sys.UnraisableHookArgs) -> None:
    """Interrupt again where Python must ignore a KeyboardInterrupt and would print a traceback and go on.

    This happens in functions called from C; the compiler calls one after each long piece of its work.
    """
    if unraisable.exc_type is KeyboardInterrupt:
        _thread.start_new_thread(_interrupt_soon, ())  # by then the function has been left
    else:
        sys.__unraisablehook__(unraisable)


def _interrupt_soon() -> None:
    time.sleep(AGAIN)
    _thread.interrupt_main()
