"""Posteriors and verdicts are those that were pinned before the code moved."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from tests.pins._pinned import MODELS, POSTERIORS, VERDICTS, posterior_of, verdicts

FAR = 4.0
"""Monte Carlo errors of a difference: another machine's rounding gives other draws of the same posterior."""


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_a_posterior_is_the_pinned_one(name: str) -> None:
    pinned = json.loads(POSTERIORS.read_text(encoding="utf-8"))[name]
    found = posterior_of(name)
    assert found.keys() == pinned.keys()
    apart = {
        key: (found[key]["mean"], there["mean"])
        for key, there in pinned.items()
        if abs(found[key]["mean"] - there["mean"]) > FAR * math.hypot(found[key]["mcse"], there["mcse"])
    }
    assert not apart


def test_every_verdict_is_the_pinned_one(tmp_path: Path) -> None:
    """The draws are random numbers that every machine has, so that nothing may differ but the last digits."""
    pinned = json.loads(VERDICTS.read_text(encoding="utf-8"))
    found = json.loads(json.dumps(verdicts(tmp_path / "fits")))
    assert found.keys() == pinned.keys()
    assert {one["verdict"] for one in pinned.values()} >= {"supported", "undecided", "contradicted"}
    assert {key: one for key, one in found.items() if not alike(one, pinned[key])} == {}


def alike(ours: Any, theirs: Any) -> bool:
    """Whether two values are the same, numbers but for their last digits."""
    if isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(alike(ours[key], held) for key, held in theirs.items())
    if isinstance(theirs, float):
        return math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=1e-12) or (math.isnan(ours) and math.isnan(theirs))
    return bool(ours == theirs)
