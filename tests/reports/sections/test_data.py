"""The data: once for all fits on them, warnings first, and no count of few units."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fits.fit_with_study import Evidence
from reports.document.blocks import Fold, Prose, Table
from reports.report_inputs import ReportInputs
from reports.sections import data
from tests.fakes import drawn
from tests.reports.sections._stored_fits import RARE, blocks_of, study

GONE, SILENT = 7, 4
"""Units without an exposure, and units without any outcome."""


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    found = study(tmp_path_factory.mktemp("data"))
    table = pd.read_csv(found["data"])
    table["yes"] = table["yes"].astype(float)
    table.loc[20 : 19 + GONE, "yes"] = np.nan
    table.loc[40 : 39 + SILENT, ["y", "other"]] = np.nan
    table.to_csv(found["data"], index=False)
    return found


@pytest.fixture(scope="module")
def fits(given: dict[str, Any]) -> tuple[Evidence, ...]:
    return drawn(given), drawn(given, service="other")


def test_several_fits_on_the_same_data_are_told_once(fits: tuple[Evidence, ...]) -> None:
    found = data.section(ReportInputs(fits))
    tables = blocks_of(found, Table)
    assert len([one for one in tables if one.name.startswith("data-study")]) == 1
    (units,) = [one for one in tables if one.name.startswith("data-units")]
    assert [row["fit"] for row in units.rows] == [one.name for one in fits]
    assert len({one.name for one in tables}) == len(tables)


def test_the_file_is_named_by_name_and_hash(fits: tuple[Evidence, ...], given: dict[str, Any]) -> None:
    (study_table,) = [
        one for one in blocks_of(data.section(ReportInputs(fits)), Table) if one.name.startswith("data-study")
    ]
    facts = {row["what"]: row["value"] for row in study_table.rows}
    assert facts["File"] == "own.csv"
    assert facts["SHA-256 of the file"] == fits[0].manifest.request.data_sha256
    assert str(Path(given["data"]).parent) not in str(facts)


def test_counts_of_few_units_stay_withheld(fits: tuple[Evidence, ...]) -> None:
    design = fits[0].design
    assert (design.rows_lost, design.rows_unanswered) == (GONE, SILENT)
    found = data.section(ReportInputs(fits[:1]))
    (units,) = [one for one in blocks_of(found, Table) if one.name.startswith("data-units")]
    (row,) = units.rows
    assert [row[key].shown for key in ("lost", "unanswered")] == ["<11", "<11"]
    assert row["lost"].value == row["unanswered"].value == "<11"  # in files too
    for table in blocks_of(found, Table):
        numbers = [cell for one in table.to_list() for cell in one.values()]
        # 5 units are on the rare level; no table may say 4, 5 or 7 of units, and names of rare levels are not shown
        assert RARE not in numbers
    everything = [str(value) for table in blocks_of(found, Table) if "audit" in table.name
                  for row in table.to_list() for value in row.values()]  # fmt: skip
    assert "<11" in everything


def test_warnings_stand_before_tables(fits: tuple[Evidence, ...]) -> None:
    found = data.section(ReportInputs(fits))
    audit = data.audit_of(fits)
    assert audit.warnings
    said = [one.text for one in blocks_of(found, Prose)]
    assert [text for text in said if text in audit.warnings] == list(audit.warnings)
    places = [place for place, block in enumerate(found.blocks) if getattr(block, "text", "") in audit.warnings]
    folds = [place for place, block in enumerate(found.blocks) if isinstance(block, Fold) and "audit" in block.summary]
    assert max(places) < folds[0]


def test_the_audit_looks_at_what_the_fits_use(fits: tuple[Evidence, ...]) -> None:
    both, one = data.audit_of(fits), data.audit_of(fits[1:])
    assert {row.service for row in both.numbers} == {"y", "other"}
    assert {row.service for row in one.numbers} == {"other"}


def test_meanings_are_told(fits: tuple[Evidence, ...]) -> None:
    (columns,) = [
        one for one in blocks_of(data.section(ReportInputs(fits[:1])), Table) if one.name.startswith("data-columns")
    ]
    told = [(row["role"], row["column"], row["meaning"]) for row in columns.rows]
    assert told == [
        ("outcome", "y", "Outcome"),
        ("outcome", "other", "Another outcome"),
        ("exposure", "yes", "Yes or no"),
        ("exposure", "no", "No or yes"),
    ]
