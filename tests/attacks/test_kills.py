"""Commands that are killed: whatever the moment, the next command finds files of one run, whole, and nothing else."""

from __future__ import annotations

import math
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tests.attacks._kill import calls, forked, kills, kills_after
from tests.attacks._record import Keep
from tests.attacks._writers import NAMES, Place, Writer

SEED, AT_RANDOM = 20261128, 20


@pytest.mark.attack
@pytest.mark.parametrize("name", NAMES)
def test_a_kill_at_any_moment_leaves_all_of_one_run(
    name: str, commands: dict[str, Writer], tmp_path: Path, whole: bool, keep: Keep
) -> None:
    place = Place(commands[name], tmp_path / "here", tmp_path / "kept")
    rng = np.random.default_rng([SEED, NAMES.index(name)])
    ends: Counter[str] = Counter()
    for there in (True, False):
        place.put(there=there)
        count = calls(place.write)
        for at in range(count) if whole else rng.choice(count, math.ceil(count / 10), replace=False):
            place.put(there=there)
            assert kills(place.write, at=int(at))
            ends[place.judged(there=there)] += 1
    place.put(there=True)
    began = time.monotonic()
    forked(place.write)
    took = time.monotonic() - began
    for _ in range(AT_RANDOM if whole else AT_RANDOM // 10):
        place.put(there=True)
        kills_after(place.write, seconds=float(rng.uniform(0, took)))
        ends[place.judged(there=True)] += 1
    keep(f"kills_{name}", {"seed": SEED, **ends})
    assert set(ends) <= {"old", "new"}, ends
    # an attack that everything survives in one way attacks nothing
    assert len(ends) == 2 or not whole, ends


def test_a_kill_finds_what_is_written_in_place(tmp_path: Path) -> None:
    """What the attack looks for, where it is: a file that is half."""
    path = tmp_path / "file"

    def write() -> None:
        path.write_text("new")
        (tmp_path / "other").write_text("new")

    assert calls(write) == 2
    path.write_text("old")
    assert kills(write, at=0)
    assert path.read_text() == "old"
    assert kills(write, at=1)
    assert path.read_text() == "new"
    assert not kills(write, at=2)

    def open_for_long() -> None:
        with path.open("w") as stream:
            stream.write("new")
            time.sleep(60)

    assert kills_after(open_for_long, seconds=0.2)
    assert path.read_text() == ""


def test_a_child_that_raises_is_no_kill() -> None:
    code, said = forked(lambda: print(1 // 0))
    assert code
    assert "ZeroDivisionError" in said
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        kills(lambda: print(1 // 0), at=5)
