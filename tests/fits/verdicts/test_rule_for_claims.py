"""What a rule says of claims: what they are held to, whether it was fixed before looking, which files it refuses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from data.errors import InputError
from data.toml_files import read_toml
from fits.verdicts.rule import REGISTER, Rule

RULE = Rule.read()

MINE = """
title = "Mine"
sure = 0.9
size_within = 0.3
source = "a protocol"

[smallest]
points = 3

[strong]
points = 12

[outcomes]
uses_methadone = 2
utilisation = 4
"""


def rule(folder: Path, text: str = MINE) -> Rule:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return Rule.read(path)


@pytest.mark.parametrize(
    ("outcomes", "strong", "least"),
    [
        (("uses_condoms", "availability"), False, 3.0),  # neither is named: the scale's
        (("uses_methadone", "utilisation"), False, 2.0),  # the most particular name first
        (("uses_condoms", "utilisation"), False, 4.0),
        (("utilisation", "uses_methadone"), False, 4.0),
        ((), False, 3.0),
        (("uses_methadone", "utilisation"), True, 12.0),
    ],
)
def test_a_claim_is_held_to_the_effect_of_its_outcome(
    tmp_path: Path, outcomes: tuple[str, ...], strong: bool, least: float
) -> None:
    assert rule(tmp_path).least("points", outcomes, strong=strong) == least


def test_a_rule_that_names_no_effect_on_a_scale_holds_nobody_to_one(tmp_path: Path) -> None:
    mine = rule(tmp_path)
    assert mine.least("probability", ("availability",)) is None
    assert mine.least("probability", ("availability",), strong=True) is None
    assert replace(mine, strong={}).least("points", ("utilisation",), strong=True) is None


def test_the_default_rule_is_registered_and_says_when() -> None:
    assert RULE.registered
    assert RULE.standing == f"registered as 'default' on {read_toml(REGISTER)['default']['on']}"


@pytest.mark.parametrize(
    "changes",
    [
        {"sure": 0.9},
        {"smallest": {"points": 4.0, "probability": 0.05}},
        {"strong": {"points": 15.0}},
        {"outcomes": {"utilisation": 5.0}},
        {"sure_of_none": None},
        {"size_within": 0.4},
    ],
)
def test_a_rule_that_was_changed_is_not_the_registered_one(changes: dict[str, object]) -> None:
    changed = replace(RULE, **changes)
    assert changed.sha256 != RULE.sha256
    assert not changed.registered
    assert changed.standing.startswith(f"NOT a registered rule; registered: 'default' ({RULE.sha256[:8]}, ")


def test_a_rule_of_ones_own_is_not_registered_and_a_comment_changes_nothing(tmp_path: Path) -> None:
    mine = rule(tmp_path)
    assert not mine.registered
    assert rule(tmp_path, "# why\n" + MINE).sha256 == mine.sha256
    assert mine.size_within == 0.3
    assert (mine.sure_of_none, mine.sure) == (None, 0.9)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("points = 12", "points = 0", r"mine\.toml: strong\.points: got 0; expected a finite number above 0"),
        ("points = 12", "points = -1", r"strong\.points: got -1; expected a finite number above 0"),
        ("points = 12", "logits = 1", "strong"),
        ("uses_methadone = 2", "uses_methadone = inf", r"outcomes\.uses_methadone: got inf"),
        ("utilisation = 4", "utilisation = nan", r"outcomes\.utilisation: got nan"),
        ("size_within = 0.3", "size_within = 1.0", "size_within: got 1; expected a part above 0 and below 1"),
        ("size_within = 0.3", "size_within = 0.0", "size_within: got 0; expected a part above 0 and below 1"),
        ("size_within = 0.3", "sure_of_none = 0.5", "sure_of_none: got 0.5; expected a probability above .5"),
        ("size_within = 0.3", "sure_of_none = 1", "sure_of_none: got 1; expected a probability above .5 and below 1"),
        ("size_within", "size_witin", "an unknown key.*Did you mean 'size_within'"),
    ],
)
def test_every_fault_of_what_is_new_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in MINE
    with pytest.raises(InputError, match=said):
        rule(tmp_path, MINE.replace(old, new, 1))
