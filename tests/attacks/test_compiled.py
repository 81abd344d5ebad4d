"""A hundred damaged files of compiled code: none is loaded, none ends the process, each is replaced by a whole one."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.attacks._record import Keep
from tests.running import python

SEED, WHOLE = 20261128, 100


@pytest.mark.attack
def test_damaged_compiled_code_is_dropped_and_replaced(whole: bool, keep: Keep, tmp_path: Path) -> None:
    count = WHOLE if whole else WHOLE // 10
    words = ("-m", "tests.attacks._compiled", count, SEED, tmp_path)
    ran = python(*words, code=None, timeout=60 + 3 * count, NUMBA_CACHE_DIR=tmp_path)
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    ends = [line for line in lines if "ended" in line]
    counts = Counter(str(end["ended"]) for end in ends)
    keep("compiled", {"cases": count, "seed": SEED, **counts})
    assert ran.returncode == 0, f"{lines[-1:]}: {ran.stderr[-500:]}"
    assert counts == {"dropped": count}, [end for end in ends if end["ended"] != "dropped"][:5]
