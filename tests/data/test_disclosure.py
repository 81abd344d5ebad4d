"""What must never be printed: counts of 1 to 10 units, and what gives them away."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data.disclosure import Average, Count, Share, places, shares
from tests.data._small_study import audited, units


@pytest.mark.parametrize("n", range(1, 11))
def test_small_counts_are_withheld_and_so_is_what_gives_them_away(n: int) -> None:
    assert str(Count(n)) == Count(n).plain() == "<11"
    assert str(Count(100 - n, of=100)) == ">89"
    assert str(Share(n, 100)) == Share(n, 100).plain() == "<11 units"
    assert str(Share(100 - n, 100)) == "all but <11 units"
    assert str(Share(0, n)) == "<11 units"
    assert str(Average(3.0, n)) == "<11 units"


def test_eleven_and_none_are_shown() -> None:
    assert (str(Count(11)), str(Count(0)), str(Count(0, of=5)), str(Count(89, of=100))) == ("11", "0", "0", "89")
    assert (str(Share(11, 100)), str(Share(0, 100)), str(Share(100, 100))) == ("11.0 %", "0.0 %", "100.0 %")
    assert (Share(11, 90).plain(), Count(1234).plain(), str(Count(1234))) == (0.1222, 1234, "1,234")
    assert (str(Average(3.25, 11)), str(Share(0, 0)), str(Average(math.nan, 0))) == ("3.25", "no units", "no units")


def test_a_lone_small_level_takes_its_smallest_neighbour_along() -> None:
    table = shares({"a": 100, "b": 40, "c": 5})
    assert [str(share) for share in table.values()] == ["69.0 %", "withheld", "<11 units"]
    two_small = shares({"a": 80, "b": 60, "c": 7, "d": 9})
    assert [str(share) for share in two_small.values()] == ["51.3 %", "38.5 %", "<11 units", "<11 units"]


def test_a_lone_small_rate_takes_another_level_along(tmp_path: Path) -> None:
    frame = units(240)
    yes = {"n": 5, "e": 20, "s": 40}
    frame["region"] = np.repeat(list(yes), 80)
    frame["offers"] = np.concatenate([np.arange(80) < count for count in yes.values()]).astype(int)
    frame["uses"] = np.where(frame["offers"] == 1, 50.0, np.nan)
    told = {rate.level: str(rate.yes) for rate in audited(frame, tmp_path).rates if rate.group == "region"}
    assert told == {"n": "<11 units", "e": "withheld", "s": "50.0 %"}


@pytest.mark.parametrize("without", [0, 5, 60])
@pytest.mark.parametrize("silent", [0, 4, 30])
def test_how_few_did_not_answer_or_were_not_asked_cannot_be_had(without: int, silent: int, tmp_path: Path) -> None:
    """From how many there are, which is printed, and how many answered, were asked and are usable."""
    whole = 220
    frame = units(whole)
    frame["offers"] = (np.arange(whole) >= without).astype(int)
    frame["uses"] = np.where(frame["offers"] == 1, np.resize([0.0, 100.0, 30.5, 60.0], whole), np.nan)
    frame.loc[without : without + silent - 1, "uses"] = np.nan
    audit = audited(frame, tmp_path, outcomes=["uses"]).to_dict()
    (gap,) = (row for row in audit["missing"] if row["variable"] == "uses")
    (answers,), rows = audit["numbers"], audit["rows"]
    told = [answers["answered"], gap["missing"], gap["not_asked"]]
    assert [rows["usable"], rows["unusable"], rows["not_asked"]] == told
    exact = [n for n in told if isinstance(n, int)]
    assert not {*exact} & {*FEW_THERE_ARE}
    if len(exact) == 2:
        assert whole - sum(exact) not in FEW_THERE_ARE
    if silent in FEW_THERE_ARE and gap["not_asked"] == without:
        assert isinstance(answers["answered"], str)  # who was asked is had by subtraction
    if isinstance(answers["answered"], str):
        assert answers["at_upper"] == round(answers["at_upper"], 2)
        assert rows["lost"] == "<11 units" or rows["lost"] == round(rows["lost"], 2)


@pytest.mark.parametrize("whole", [20, 89, 150, 652, 1843])
def test_a_share_of_a_number_that_is_withheld_could_be_of_any(whole: int) -> None:
    for part in range(11, whole - 10):
        told = Share(part, whole, coarse=True).plain()
        assert isinstance(told, float)
        for n in (n for n in range(whole - 10, whole + 11) if len(str(n)) == len(str(whole))):
            nearest = round(told * n)
            assert told in {round(k / n, places(n)) for k in (nearest - 1, nearest, nearest + 1)}


def test_what_a_coarse_share_looks_like() -> None:
    shown = [str(Share(part, whole, coarse=True)) for part, whole in ((30, 80), (413, 652), (1000, 1843), (5, 652))]
    assert shown == ["40 %", "63 %", "54.3 %", "<11 units"]


FEW_THERE_ARE = range(1, 11)

COUNTS = {
    "usable",
    "answered",
    "between",
    "strays",
    "units",
    "rows",
    "smallest",
    "median",
    "not_asked",
    "missing",
    "alone",
    "largest",
}
"""Fields of an audit that hold a number of units."""


def unit_counts(value: Any, key: str = "") -> list[Any]:
    """Every number of units in an audit's JSON, by the names of the fields that hold one."""
    if isinstance(value, dict):
        return [count for name, item in value.items() for count in unit_counts(item, name)]
    if isinstance(value, list):
        return [count for item in value for count in unit_counts(item, "")]
    return [value] if key in COUNTS else []


@pytest.mark.parametrize("seed", range(8))
def test_no_small_count_stands_in_the_json(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    frame = units(60, seed)
    frame["region"] = rng.choice(list("abcdefgh"), 60)
    for name in ("money", "share", "owner"):
        frame.loc[rng.choice(60, 4, replace=False), name] = None
    audit = audited(frame, tmp_path)
    plain = audit.to_dict()
    counts = unit_counts(plain)
    assert "<11" in counts
    assert len(counts) > 30
    assert not [count for count in counts if isinstance(count, int) and 0 < count < 11]
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
