"""The audit of rows, missing answers, groups and outcomes, of a whole study and of one model."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.auditing.audit import Audit
from data.codebook import Codebook
from data.errors import InputError
from data.study import load_study
from tests.data._small_study import VARIABLES, audited, units
from tests.small_study import codebook, loaded


def test_rows_lost_and_what_each_variable_costs(tmp_path: Path) -> None:
    frame = units(200)
    frame.loc[:39, "money"] = np.nan
    frame.loc[20:59, "owner"] = None
    frame.loc[190:, ["offers", "uses"]] = np.nan
    audit = audited(frame, tmp_path)
    predictors = frame[["region", "kind", "peer", "share", "owner", "money"]]
    usable = predictors.notna().all(axis=1) & frame[["offers", "uses"]].notna().any(axis=1)
    assert audit.rows.usable.n == usable.sum() == 130
    assert (audit.rows.lost.part, audit.rows.lost.whole) == (70, 200)
    gaps = {row.variable: row for row in audit.missing}
    assert (gaps["money"].missing.n, gaps["owner"].missing.n, gaps["share"].missing.n) == (40, 40, 0)
    # rows 20-39 lack both, so each alone costs 20
    assert (gaps["money"].alone.n, gaps["owner"].alone.n) == (20, 20)
    assert "35.0 % of the rows are lost" in audit.warnings[0]
    assert "(20 by itself)" in audit.warnings[0]


def test_utilisation_is_not_missing_where_the_service_is_not_offered(tmp_path: Path) -> None:
    frame = units(200)
    frame.loc[frame.index[frame["offers"] == 1][:30], "uses"] = np.nan
    (gap,) = [row for row in audited(frame, tmp_path).missing if row.variable == "uses"]
    assert (gap.not_asked.n, gap.missing.n, gap.share.whole) == (100, 30, 100)


def test_groups_their_sizes_and_crossings(tmp_path: Path) -> None:
    frame = units(200)
    frame["region"] = ["a"] * 120 + ["b"] * 60 + ["c"] * 17 + ["d"] * 3
    frame["kind"] = np.where(frame["region"] == "a", "in", np.where(np.arange(200) % 2, "in", "out"))
    frame["money"] = frame["region"].map({"a": 1, "b": 2, "c": 5, "d": 1})
    audit = audited(frame, tmp_path)
    region, kind = audit.groups
    assert (region.levels, region.small_levels) == (4, 1)
    assert (region.smallest.n, region.median.n, region.largest.n) == (3, 38, 120)
    assert region.constant_within == ("money",)
    assert kind.constant_within == ()
    assert not region.exhaustive
    assert kind.exhaustive
    (crossing,) = audit.crossings
    counts = pd.crosstab(frame["region"], frame["kind"]).to_numpy()
    assert crossing.empty == int((counts == 0).sum())
    assert crossing.sparse == int(((counts > 0) & (counts < 5)).sum())
    assert (crossing.cells, crossing.empty, crossing.sparse, crossing.nested) == (8, 1, 2, False)
    assert any("Within a region, money does not vary: 4 levels inform" in text for text in audit.warnings)


def test_a_cell_of_five_units_is_not_sparse_and_one_of_four_is(tmp_path: Path) -> None:
    cells = {("n", "in"): 5, ("n", "out"): 40, ("e", "in"): 40, ("e", "out"): 4, ("s", "in"): 31}
    region, kind = zip(*(cell for cell, size in cells.items() for _ in range(size)), strict=True)
    (crossing,) = audited(units(120).assign(region=region, kind=kind), tmp_path).crossings
    assert (crossing.cells, crossing.empty, crossing.sparse) == (6, 1, 1)


def test_groups_within_groups_have_no_empty_cells_to_speak_of(tmp_path: Path) -> None:
    frame = units(120)
    frame["kind"] = frame["region"].map({"n": "in", "e": "out", "s": "out"})
    audit = audited(frame, tmp_path)
    assert audit.crossings[0].nested
    assert not any("cells of" in text for text in audit.warnings)


def test_shares_at_the_limits_and_of_yes(tmp_path: Path) -> None:
    frame = units(240)
    audit = audited(frame, tmp_path)
    (number,), (binary,) = audit.numbers, audit.binaries
    used = frame["uses"].dropna()
    assert number.at_lower
    assert number.at_upper
    assert number.answered.n == 120
    assert number.mean.value == pytest.approx(used.mean())
    assert (number.at_lower.part, number.at_upper.part, number.between.n) == (
        int((used == 0).sum()),
        int((used == 100).sum()),
        int(used.between(0, 100, inclusive="neither").sum()),
    )
    assert (binary.yes.value, binary.answered.n) == (frame["offers"].mean(), 240)
    for rate in audit.rates:
        level = frame[frame["kind"] == rate.level] if rate.group == "kind" else frame[frame["region"] == rate.level]
        assert rate.yes.value == level["offers"].mean()


def test_not_offered_counts_as_zero_where_the_model_says_so(tmp_path: Path) -> None:
    frame = units(240)
    (number,) = audited(frame, tmp_path, not_offered="zero").numbers
    assert number.at_lower
    assert (number.answered.n, number.at_lower.part) == (240, 120 + (frame["uses"] == 0).sum())


def test_a_models_own_limits_replace_the_codebooks(tmp_path: Path) -> None:
    frame = units(240)
    (number,) = audited(frame, tmp_path, limits=(0, math.inf)).numbers
    assert (number.lower, number.upper, number.at_upper) == (0, None, None)


def test_use_of_a_service_that_is_not_offered_is_ignored_and_said(tmp_path: Path) -> None:
    frame = units(240)
    frame.loc[frame.index[frame["offers"] == 0][:15], "uses"] = 50
    audit = audited(frame, tmp_path)
    assert audit.numbers[0].answered.n == 120
    assert any("do not offer the service report patients who use it: condoms (15)" in text for text in audit.warnings)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"offers": 0, "uses": None}, "No unit says yes to condoms"),
        ({"offers": 1, "uses": 50.0}, "Every unit says yes to condoms"),
        ({"offers": None, "uses": None}, "No row is usable: none has every predictor and one outcome"),
        ({"uses": None}, "Nobody answered uses"),
        ({"uses": 0.0}, "Hardly any unit lies between the limits of condoms (0)"),
        ({"region": "n"}, "All units have the same region"),
        ({"money": None}, "No row is usable"),
    ],
)
def test_what_a_fit_would_stumble_over_is_said(change: dict[str, Any], told: str, tmp_path: Path) -> None:
    # two rows keep the column's type
    frame = pd.concat([units(120).assign(**change), units(2).assign(**change)], ignore_index=True)
    assert any(text.startswith(told) for text in audited(frame, tmp_path).warnings)


def test_an_audit_without_findings_has_only_the_standing_caution(tmp_path: Path) -> None:
    warnings = audited(units(300), tmp_path).warnings
    assert len(warnings) == 2
    assert all("too few to learn their spread" in text for text in warnings)


def test_another_file_than_the_declared_one_is_said(tmp_path: Path) -> None:
    audit = Audit.of(*loaded(tmp_path, codebook(VARIABLES, sha256="0" * 64), units(120)))
    assert audit.warnings[0].startswith("The file is not the one this codebook was written for")


def test_an_audit_for_one_model_sees_only_its_variables(tmp_path: Path) -> None:
    frame = units(200)
    frame.loc[:59, "money"] = np.nan
    audit = audited(frame, tmp_path, outcomes=["offers"], exposures=["peer"], controls=[], groups=["kind"])
    assert [row.outcome for row in audit.binaries] == ["offers"]
    assert audit.numbers == ()
    assert [column.column for column in audit.collinearity.columns] == ["peer"]
    assert {row.variable for row in audit.missing} == {"kind", "peer", "offers"}
    assert audit.rows.usable.n == 200
    assert audit.crossings == ()


def test_an_adoption_model_has_an_exposure_as_its_outcome(tmp_path: Path) -> None:
    audit = audited(units(200), tmp_path, outcomes=["peer"], exposures=["share", "peer"], controls=["owner"], groups=[])
    assert [row.outcome for row in audit.binaries] == ["peer"]
    assert [column.column for column in audit.collinearity.columns] == [
        "share",
        "owner[for_profit]",
        "owner[nonprofit]",
    ]


def test_unknown_names_are_reported_together_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        audited(units(30), tmp_path, outcomes=["offer"], exposures=["pear"])
    assert [str(problem).split("; ")[0] for problem in caught.value.problems] == [
        "audit: got 'offer'",
        "audit: got 'pear'",
    ]
    assert "Did you mean 'offers'?" in str(caught.value)
    assert "Did you mean 'peer'?" in str(caught.value)


def test_a_variable_of_another_wave_is_refused() -> None:
    codebook = Codebook.read("ndatss")
    with pytest.raises(InputError, match="'offers_housing': got no such column in this file in wave 2017"):
        Audit.of(load_study(codebook), codebook, outcomes=["offers_housing"])


def test_simulated_data_are_audited_under_their_stamp() -> None:
    codebook = Codebook.read("ndatss")
    audit = Audit.of(load_study(codebook), codebook)
    assert "SIMULATED" in audit.stamp
    assert "SIMULATED" in audit.to_dict()["stamp"]
    assert (audit.rows.in_file, audit.rows.in_wave, audit.wave) == (1352, 657, 2017)
    assert len(audit.numbers) == len(audit.binaries) == 8
    assert audit.crossings[0].groups == ("state", "unit_type")
