"""Children that are forked from here, so that nothing is imported again, and that may die at a chosen moment.

A child dies as from `kill -9`: nothing of Python runs after it, and what is in its buffers is lost.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Callable
from typing import Any

DIED, RAISED = 77, 70
"""Exit codes of children that died where they should, and of those that raised."""

CHANGES = {"os.chmod", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink", "os.truncate"}
"""Events before calls that change what is on the disk, besides files opened for writing; `shutil` is made of these."""

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

SECONDS = 120.0
"""After which a child hangs."""


def kills(work: Callable[[], object], *, at: int) -> bool:
    """Whether a child that does this work died before the call `at`, from 0, that changes what is on the disk.

    Calls within libraries in C are not seen, such as HDF5's: `kills_after` meets those.
    """

    def before(count: int) -> None:
        if count == at:
            os._exit(DIED)

    def watched() -> None:
        _watch(before)
        work()

    return _died(forked(watched), DIED)


def kills_after(work: Callable[[], object], *, seconds: float) -> bool:
    """Whether a child that does this work died after so many seconds; it may have finished before."""
    return _died(forked(work, seconds=seconds), -signal.SIGALRM)


def calls(work: Callable[[], object]) -> int:
    """How many calls that change what is on the disk this work makes."""
    made = 0

    def count(number: int) -> None:
        nonlocal made
        made = number + 1

    def watched() -> None:
        _watch(count)
        try:
            work()
        finally:
            print(f"\n{made}")

    code, said = forked(watched)
    assert code == 0, said
    return int(said.splitlines()[-1])


def forked(work: Callable[[], object], *, seconds: float = SECONDS) -> tuple[int, str]:
    """Do the work in a child; its exit code, or a signal's number below 0, and all that it printed.

    Parameters
    ----------
    work : callable
        May end by `SystemExit`, as a command does.
    seconds : float
        After which the child dies.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of threads, which a child of these does not need
        child = os.fork()
    if child == 0:
        os.close(reading)
        _child(work, writing, seconds)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8", errors="replace") as stream:
        said = stream.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said


def _child(work: Callable[[], object], writing: int, seconds: float) -> None:
    code = RAISED
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        os.dup2(writing, 1)
        os.dup2(writing, 2)
        sys.stdout, sys.stderr = (os.fdopen(number, "w", encoding="utf-8", closefd=False) for number in (1, 2))
        work()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001 (a child must never come back as the parent)
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _died(ended: tuple[int, str], code: int) -> bool:
    assert ended[0] in (0, code), ended
    return ended[0] == code


def _watch(before: Callable[[int], None]) -> None:
    count = 0

    def heard(event: str, args: tuple[Any, ...]) -> None:
        nonlocal count
        if event in CHANGES or (event == "open" and isinstance(args[2], int) and args[2] & WRITES):
            before(count)
            count += 1

    sys.addaudithook(heard)
