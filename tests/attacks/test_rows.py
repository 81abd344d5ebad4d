"""A thousand damaged data files and declarations: each is refused or read right, and none ends in a traceback."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from tests.attacks._record import Keep
from tests.running import python

SEED, WHOLE = 20261127, 1000

SECONDS_EACH = 20.0
"""No case may take longer; most take a tenth of a second."""


def run(first: int, count: int) -> list[dict[str, object]]:
    """The cases' ends; a process that dies is told by the case that it had begun, and the next goes on."""
    ends: list[dict[str, object]] = []
    done = first
    while done < first + count:
        left = first + count - done
        ran = python("-m", "tests.attacks._rows", done, left, SEED, code=None, timeout=60 + 2.0 * left)
        lines = [json.loads(line) for line in ran.stdout.splitlines()]
        ends += [line for line in lines if "ended" in line]
        begun = max((line["begins"] for line in lines if "begins" in line), default=done)
        if ran.returncode:
            why = f"exit {ran.returncode}: {ran.stderr[-500:]}"
            ends.append({"case": begun, "ended": "died", "why": why, "seconds": 0.0})
        done = begun + 1
    return ends


@pytest.mark.attack
def test_damaged_files_and_declarations_are_refused_or_read_right(whole: bool, keep: Keep) -> None:
    count = WHOLE if whole else WHOLE // 10
    ends = run(0, count)
    counts = Counter(str(end["ended"]) for end in ends)
    bad = [end for end in ends if end["ended"] not in {"refused", "right"}]
    slow = [end for end in ends if float(str(end["seconds"])) > SECONDS_EACH]
    keep("rows", {"cases": count, "seed": SEED, **counts})
    assert len(ends) == count
    assert not bad, json.dumps(bad[:5], indent=1)
    assert not slow, slow[:5]
    # an attack that everything survives, or that nothing does, attacks nothing
    assert min(counts["refused"], counts["right"]) > count / 20, counts
