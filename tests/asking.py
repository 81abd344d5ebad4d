"""Commands run in tests by the names of their options."""

from __future__ import annotations

import json
import shlex
from typing import Any

import typer
from typer.testing import CliRunner, Result

from data.commands.command_line import command_line


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

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    out = printed(app, *arguments, as_json=True, **options)
    found: dict[str, Any] = json.loads(out, parse_constant=refuse)
    return found
