"""The rule: what it says of probabilities, and which rule files it refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from data.errors import InputError
from fits.verdicts.rule import EFFECT_VERDICTS, Probabilities, Rule

RULE = Rule.read()

GOOD = """
title = "Mine"
sure = 0.9
source = "a protocol"

[smallest]
points = 3
"""


def rule(folder: Path, text: str) -> Rule:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return Rule.read(path)


@pytest.mark.parametrize(
    ("above", "below", "within", "verdict"),
    [
        (0.95, 0.0, 0.05, "positive"),
        (0.949, 0.0, 0.051, "undecided"),
        (0.0, 0.95, 0.05, "negative"),
        (0.03, 0.02, 0.95, "practically none"),
        (0.6, 0.0, 0.4, "undecided"),
        (np.nan, 0.0, 0.4, "no verdict"),
    ],
)
def test_verdict_follows_the_probabilities(above: float, below: float, within: float, verdict: str) -> None:
    assert RULE.verdict(Probabilities(above, below, within), passed=True) == verdict
    assert RULE.verdict(Probabilities(above, below, within), passed=False) == "no verdict"
    assert verdict in EFFECT_VERDICTS


def test_probabilities_are_counted_beyond_the_smallest_effect_either_way() -> None:
    draws = np.array([[-9.0, -5.0, -1.0, 0.0, 1.0], [4.0, 5.0, 6.0, 7.0, 8.0]])
    found = RULE.probabilities(draws, "points")  # smallest: 5 points
    assert (found.above, found.below, found.within) == (0.3, 0.1, 0.4)
    assert RULE.probabilities(draws / 100, "probability") == found


def test_the_default_rule_says_that_its_smallest_effect_is_an_assumption() -> None:
    assert (RULE.smallest, RULE.sure) == ({"points": 5.0, "probability": 0.05}, 0.95)
    assert RULE.assumed
    assert "assumption" in RULE.reason


def test_a_rule_of_ones_own_is_read_from_its_file(tmp_path: Path) -> None:
    mine = rule(tmp_path, GOOD)
    assert (mine.name, mine.smallest_on("points"), mine.sure) == ("mine", 3.0, 0.9)
    assert mine.sha256 != RULE.sha256
    with pytest.raises(InputError, match=r"rule 'mine': got no smallest effect in probability"):
        mine.smallest_on("probability")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("points = 3", "points = 0", r"smallest\.points: got 0; expected a finite number above 0"),
        ("points = 3", "points = inf", "expected a finite number above 0"),
        ("points = 3", "", "`points`, `probability` or both"),
        ("points = 3", "point = 3", r"smallest"),
        ("sure = 0.9", "sure = 0.5", "a probability above .5 and below 1"),
        ("sure = 0.9", "sure = 1.0", "a probability above .5 and below 1"),
        ("sure", "sur", "an unknown key"),
        ('source = "a protocol"', "", "`source`, or `assumed = true` with a `reason`"),
        ('source = "a protocol"', "assumed = true", "with a `reason`"),
    ],
)
def test_every_fault_of_a_rule_file_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in GOOD
    with pytest.raises(InputError, match=said):
        rule(tmp_path, GOOD.replace(old, new, 1))


def test_an_unknown_rule_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match="Did you mean 'default'"):
        Rule.read("defalt")
