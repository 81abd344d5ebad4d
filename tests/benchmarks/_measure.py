"""Run a command as a user would and measure the whole process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.running import ROOT

POLL_SECONDS = 0.03


@dataclass
class Run:
    """One measured process.

    Attributes
    ----------
    wall, cpu : float
        Seconds; `cpu` with the children that were waited for.
    peak_mib : float
        Largest resident size of any one process of the command.
    told : dict
        What the command wrote about itself.
    """

    wall: float
    cpu: float
    peak_mib: float
    told: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


class CommandError(RuntimeError):
    """A benchmarked command that did not end well."""


def python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


def run(
    command: list[str], *, env: dict[str, str | None] | None = None, told: Path | None = None, log: Path | None = None
) -> Run:
    """Run a command and return what it cost; `told` is a JSON file that it writes, `log` takes what it prints.

    A value of None in `env` removes the variable.
    """
    environment = {**os.environ, **{key: value for key, value in (env or {}).items() if value is not None}}
    for key, value in (env or {}).items():
        if value is None:
            environment.pop(key, None)
    if told is not None:
        told.unlink(missing_ok=True)
    log = log or (told.with_suffix(".log") if told else Path(os.devnull))
    with log.open("wb") as stream:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=stream, stderr=subprocess.STDOUT)
        peak, ended = 0.0, 0
        while not ended:
            peak = max(peak, _peak_mib(process.pid))
            time.sleep(POLL_SECONDS)
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
        wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in {0, 3}:  # 3: a fit that failed its gate is a result too
        tail = log.read_text(encoding="utf-8", errors="replace")[-2000:] if log.is_file() else ""
        raise CommandError(f"{' '.join(command)} exited with {process.returncode}\n{tail}")
    found = json.loads(told.read_text(encoding="utf-8")) if told is not None and told.is_file() else {}
    return Run(round(wall, 3), round(usage.ru_utime + usage.ru_stime, 3), round(peak, 1), found)


def _peak_mib(pid: int) -> float:
    """Largest high-water mark among a process and its descendants; the kernel's own `ru_maxrss` counts our size too."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
    except OSError:  # ended meanwhile, or not Linux
        return 0.0
    own = [int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")]
    return max([0.0, *own, *(_peak_mib(int(child)) for child in children)])
