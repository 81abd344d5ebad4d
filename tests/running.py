"""Commands as tests run them: in this process, or in one of their own as a user does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

TESTS = Path(__file__).parent
ROOT = TESTS.parent


def called(app: Any, *words: object, code: int | None = 0, columns: int = 400) -> Result:
    """Return what a command says in this process, once it has ended with the exit code, if one is given."""
    done = CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": str(columns)})
    assert code is None or done.exit_code == code, (done.output, done.exception)
    return done


def python(*words: object, code: int | None = 0, cwd: Path = ROOT, **env: object) -> subprocess.CompletedProcess[str]:
    """Return what `python` with these words says, once it has ended with the exit code, if one is given.

    `env` is set besides what is set here; the modules of the project are found from any folder.
    """
    around = {**os.environ, "PYTHONPATH": str(ROOT), **{key: str(value) for key, value in env.items()}}
    command = [sys.executable, *map(str, words)]
    done = subprocess.run(command, cwd=cwd, env=around, capture_output=True, text=True, check=False)
    assert code is None or done.returncode == code, done.stdout + done.stderr
    return done
