"""A hundred damaged files of compiled code: none is loaded, none ends the process, each is replaced by a whole one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.attacks._record import write_record
from tests.running import ROOT

SEED, WHOLE = 20261128, 100


@pytest.mark.attack
def test_damaged_compiled_code_is_dropped_and_replaced(whole: bool, tmp_path: Path) -> None:
    count = WHOLE if whole else WHOLE // 10
    started = time.monotonic()
    command = [sys.executable, "-m", "tests.attacks._compiled", str(count), str(SEED), str(tmp_path)]
    env = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    ran = subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60 + 3 * count, check=False
    )
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    ends = [line for line in lines if "ended" in line]
    counts = Counter(str(end["ended"]) for end in ends)
    if whole:
        write_record("compiled", {"cases": count, "seed": SEED, **counts}, seconds=time.monotonic() - started)
    assert ran.returncode == 0, f"{lines[-1:]}: {ran.stderr[-500:]}"
    assert counts == {"dropped": count}, [end for end in ends if end["ended"] != "dropped"][:5]
