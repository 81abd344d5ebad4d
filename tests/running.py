"""Commands as tests run them: in this process, or in one of their own as a user does."""

from __future__ import annotations

import errno
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import typer
from typer.testing import CliRunner, Result

from data.commands.command_line import command_line

TESTS = Path(__file__).parent
ROOT = TESTS.parent


def called(app: Any, *words: object, code: int | None = 0, columns: int = 400) -> Result:
    """Return what a command says in this process, once it has ended with the exit code, if one is given."""
    done = CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": str(columns)})
    assert code is None or done.exit_code == code, (done.output, done.exception)
    return done


def python(
    *words: object, code: int | None = 0, cwd: Path = ROOT, timeout: float | None = None, **env: object
) -> subprocess.CompletedProcess[str]:
    """Return what `python` with these words says, once it has ended with the exit code, if one is given.

    `env` is set besides what is set here; the modules of the project are found from any folder.
    """
    around = {**os.environ, "PYTHONPATH": str(ROOT), **{key: str(value) for key, value in env.items()}}
    command = [sys.executable, *map(str, words)]
    done = subprocess.run(command, cwd=cwd, env=around, capture_output=True, text=True, timeout=timeout, check=False)
    assert code is None or done.returncode == code, done.stdout + done.stderr
    return done


def files_in(folder: Path) -> dict[str, bytes]:
    """Return the content of every file below a folder."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def raising(error: BaseException) -> Callable[..., NoReturn]:
    """Return what fails in this way, to be put in the place of something."""

    def fail(*given: object, **named: object) -> NoReturn:
        raise error

    return fail


FULL = OSError(errno.ENOSPC, "No space left on device")


class RefusedError(Exception):
    """What a command says on standard error when it ends with 2."""


def run(app: typer.Typer, *arguments: str, **options: Any) -> Result:
    """Run a command; `home` is the folder of fits.

    Raises
    ------
    RefusedError
        When it ends with 2.
    """
    given = {{"home": "fits_dir", "as_json": "json"}.get(name, name): value for name, value in options.items()}
    listed = {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}
    done = CliRunner().invoke(app, shlex.split(command_line("command", arguments, **listed))[3:])
    if done.exit_code == 2:
        raise RefusedError(done.stderr)
    if not isinstance(done.exception, SystemExit | None):
        raise done.exception
    return done


def printed(app: typer.Typer, *arguments: str, **options: Any) -> str:
    """Return what a command prints that ends with 0."""
    done = run(app, *arguments, **options)
    assert done.exit_code == 0, done.output
    return done.stdout


def told(app: typer.Typer, *arguments: str, **options: Any) -> dict[str, Any]:
    """Return what a command tells as JSON, which must be strict."""
    out = printed(app, *arguments, as_json=True, **options)
    found: dict[str, Any] = json.loads(out, parse_constant=raising(AssertionError("no JSON")))
    return found
