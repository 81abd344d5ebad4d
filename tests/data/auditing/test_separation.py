"""Separation against brute force, and what is said of it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from data.auditing.audit import Audit
from data.auditing.separation import Separation
from data.disclosure import Count
from tests.data._small_study import audited, units


def separation(audit: Audit, predictor: str) -> Separation | None:
    return next((row for row in audit.separations if row.predictor == predictor), None)


def brute_kind(y: np.ndarray, x: np.ndarray) -> str:
    """By trying every cut: a cut between values separates completely, a cut at a value quasi-completely."""
    values = np.unique(x)
    if len(values) < 2 or len(np.unique(y)) < 2:
        return ""
    for direction in (x, -x):
        cuts = np.unique(direction)
        for cut in (cuts[1:] + cuts[:-1]) / 2:
            if ((direction > cut) == (y == 1)).all():
                return "complete"
    for direction in (x, -x):
        for cut in np.unique(direction):
            if (direction[y == 1] >= cut).all() and (direction[y == 0] <= cut).all():
                return "quasi-complete"
    return ""


def brute_levels(y: np.ndarray, level: np.ndarray) -> str:
    """By the table of levels and answers: empty cells."""
    if len(np.unique(level)) < 2 or len(np.unique(y)) < 2:
        return ""
    decided = [len(np.unique(y[level == one])) == 1 for one in np.unique(level)]
    return "complete" if all(decided) else "quasi-complete" if any(decided) else ""


@pytest.mark.parametrize("seed", range(40))
def test_separation_agrees_with_brute_force(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    frame = units(int(rng.integers(4, 14)), seed)
    # few distinct values make ties at the boundary, which is where the two kinds differ
    frame["money"] = rng.integers(0, 4, len(frame))
    frame["share"] = np.where(frame["offers"] == 1, 3, 0) + rng.integers(0, 6, len(frame))
    audit = audited(frame, tmp_path)
    y = frame["offers"].to_numpy()
    for predictor in ("peer", "share", "money"):
        found = separation(audit, predictor)
        assert (found.kind if found else "") == brute_kind(y, frame[predictor].to_numpy(dtype=float)), predictor
    for predictor in ("owner", "region", "kind"):
        found = separation(audit, predictor)
        assert (found.kind if found else "") == brute_levels(y, frame[predictor].to_numpy()), predictor


def test_nothing_is_flagged_where_nothing_separates(tmp_path: Path) -> None:
    audit = audited(units(180), tmp_path)
    assert audit.separations == ()
    assert not any("separation" in text for text in audit.warnings)


def test_complete_separation_by_a_number_and_by_yes_or_no(tmp_path: Path) -> None:
    frame = units(120)
    frame["share"] = 10.0 + frame["offers"] * 50 + np.arange(120) % 7
    frame["peer"] = 1 - frame["offers"]
    audit = audited(frame, tmp_path)
    number, yes_no = separation(audit, "share"), separation(audit, "peer")
    assert number
    assert (number.kind, number.never, number.always) == ("complete", ("lower values",), ("higher values",))
    assert yes_no
    assert (yes_no.kind, yes_no.never, yes_no.always) == ("complete", ("1",), ("0",))
    assert yes_no.units == Count(120, of=120)
    told = [text for text in audit.warnings if "complete separation, 120 units" in text]
    assert any("never occurs at lower values of share and always occurs at higher values of share" in t for t in told)
    assert any("never occurs where peer is 1 and always occurs where peer is 0" in t for t in told)
    assert all("Prefer `weak` to `wide`" in t for t in told)


def test_overlap_at_one_value_is_quasi_complete(tmp_path: Path) -> None:
    frame = units(120)
    frame["share"] = np.where(frame["offers"] == 1, 50.0, 10.0)
    frame.loc[[0, 1], "share"] = 30.0
    found = separation(audited(frame, tmp_path), "share")
    assert found
    assert found.kind == "quasi-complete"
    assert found.never == ("lower values",)


def test_one_row_across_the_boundary_ends_a_separation(tmp_path: Path) -> None:
    frame = units(120)
    frame["share"] = np.where(frame["offers"] == 1, 50.0, 10.0) + np.arange(120) % 7
    frame.loc[frame.index[frame["offers"] == 1][0], "share"] = 11.0
    assert separation(audited(frame, tmp_path), "share") is None


def test_levels_of_a_group_in_which_an_outcome_never_happens(tmp_path: Path) -> None:
    frame = units(120)
    frame["kind"] = np.where(frame["offers"] == 1, "otp", "inpatient")
    frame.loc[frame.index[frame["offers"] == 0][:20], "kind"] = "otp"
    audit = audited(frame, tmp_path)
    found = separation(audit, "kind")
    assert found
    assert found.kind == "quasi-complete"
    assert not found.pooled
    assert (found.never, found.always, found.units.n) == (("inpatient",), (), 40)
    assert audit.warnings[0].startswith(
        "condoms never occurs where kind is inpatient (quasi-complete separation, 40 units)"
    )


def test_small_levels_are_counted_and_not_named(tmp_path: Path) -> None:
    frame = units(120)
    zeros, ones = (frame.index[frame["offers"] == answer] for answer in (0, 1))
    frame.loc[zeros[:10], "region"] = "tiny"
    frame.loc[zeros[10:21], "region"] = "large"
    frame.loc[ones[:3], "region"] = "smallest"
    audit = audited(frame, tmp_path)
    found = separation(audit, "region")
    assert found
    assert (found.never, found.always, found.small_levels) == (("large",), (), 2)
    told = json.dumps([audit.to_dict()["separations"], audit.warnings])
    assert "large" in told
    assert "tiny" not in told
    assert "smallest" not in told
    assert any(
        "Some levels of region" in warning and "partial pooling keeps them" in warning for warning in audit.warnings
    )


def test_separation_is_judged_on_the_rows_a_fit_can_use(tmp_path: Path) -> None:
    frame = units(120)
    frame["peer"] = frame["offers"]
    frame.loc[frame.index[frame["offers"] == 1][:15], "peer"] = 0
    assert separation(audited(frame, tmp_path), "peer") is not None
    frame.loc[(frame["peer"] == 1) & (np.arange(120) % 3 > 0), "money"] = np.nan
    frame.loc[(frame["peer"] == 0) & (frame["offers"] == 1), "money"] = np.nan
    found = separation(audited(frame, tmp_path), "peer")
    assert found
    assert found.kind == "complete"
