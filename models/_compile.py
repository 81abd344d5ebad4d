"""Compile so that the same seed gives the same draws, on the first run as on every later one."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pymc as pm
import pytensor
from rich.console import Console

from models._engines import compile_model

RESTARTED = "COPRODUCTION_RESTARTED"
"""Set in the environment of a process that has started again, so that it does so once."""


def compile_from_cache(model: pm.Model, console: Console) -> Any:
    """Return nutpie's compiled form, made from the compiler's cache on disk.

    Numba inlines what it has just compiled but only links what it finds in its cache; the last
    digits differ, and after some dozens of draws the chains do. So a command that had to compile
    anything new runs itself again, once, in place: it then finds everything in the cache.

    Parameters
    ----------
    model : pymc.Model
    console : rich.console.Console
        For a word to the user.
    """
    before = _cached()
    compiled = compile_model(model)
    a_command = os.name == "posix" and "models.fit" in sys.orig_argv
    if a_command and _cached() != before and RESTARTED not in os.environ:
        console.print(
            "Compiled for the first time; starting again from the cache, so that a seed always means the same."
        )
        sys.stdout.flush()
        sys.stderr.flush()
        os.environ[RESTARTED] = "1"
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 (no shell is wanted)
    return compiled


def _cached() -> set[Path]:
    return set(Path(pytensor.config.compiledir).rglob("*.nbc")) | set(
        Path(pytensor.config.base_compiledir).rglob("*.nbc")
    )
