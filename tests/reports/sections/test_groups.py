"""The section on groups: pooling factors and levels, with few units withheld and labels as text."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fits.effects.shrinkage import Shrinkage
from fits.fit_with_study import Evidence
from reports.document.blocks import Figure, Prose, Section, Table
from reports.document.document import Document
from reports.document.html import page_html
from reports.report_inputs import ReportInputs
from reports.sections import groups
from tests.fakes import drawn
from tests.reports.sections._stored_fits import RARE, UGLY, blocks_of


@pytest.fixture(scope="module")
def section(joint: Evidence) -> Section:
    found = groups.section(ReportInputs((joint,)))
    assert found is not None
    return found


@pytest.fixture(scope="module")
def shrinkage(joint: Evidence) -> Shrinkage:
    with joint.posterior() as posterior:
        return Shrinkage.of(posterior, joint.design, joint.family, group="place", outcome_unit=joint.outcome_unit)


def test_the_tables_hold_the_numbers_of_the_shrinkage(section: Section, shrinkage: Shrinkage) -> None:
    factors, levels = blocks_of(section, Table)
    assert {row["service"]: row["place_factor"] for row in factors.to_list()} == shrinkage.factors
    for row, true in zip(levels.to_list(), shrinkage.to_list(), strict=True):
        assert {key: row[key] for key in true} == true


def test_a_level_of_few_units_is_withheld_everywhere(section: Section) -> None:
    levels = blocks_of(section, Table)[1]
    rare = [row for row in levels.rows if row["level"] == RARE]
    assert len(rare) == 2
    for row in rare:
        shown = {column.key: levels.cell(row, column.key).shown for column in levels.columns if column.heading}
        assert (shown["units"], shown["raw"]) == ("<11", "<11 units")
        assert (shown["pooled_mean"], shown["pooled_low"], shown["shrunk"]) == ("", "", "")
        numbers = [levels.cell(row, key).value for key in row if key != "pooling_factor"]
        assert not [value for value in numbers if isinstance(value, float)]
    assert "2 raw values are withheld" in levels.note
    (figure,) = blocks_of(section, Figure)
    assert RARE not in json.dumps(figure.plotly)
    points = [trace for trace in figure.plotly["data"] if trace["mode"] == "markers"]
    assert [len(trace["x"]) for trace in points] == [len({row["level"] for row in levels.rows}) - 1] * 2
    assert not [trace for trace in points if isinstance(trace["marker"]["size"], list)]


def test_a_point_is_where_its_level_is(section: Section, shrinkage: Shrinkage) -> None:
    (figure,) = blocks_of(section, Figure)
    (first, *_) = (trace for trace in figure.plotly["data"] if trace["mode"] == "markers")
    shown = [one for one in shrinkage.levels if one.service == "y" and one.level != RARE]
    for x, y, hover, one in zip(first["x"], first["y"], first["hovertext"], shown, strict=True):
        assert one.typical is not None
        assert one.pooled is not None
        assert x == pytest.approx(one.raw.plain() - one.typical.mean)
        assert y == pytest.approx(one.pooled.mean - one.typical.mean)
        assert f"raw {one.raw}" in hover


def test_an_ugly_label_stays_text(section: Section) -> None:
    (figure,) = blocks_of(section, Figure)
    text = json.dumps(figure.plotly)
    assert "&lt;img src=x onerror=" in text
    assert "<img" not in text
    page = page_html(Document("t", "", (), (section,), "2026-01-01T00:00:00+00:00", ""), "files")
    assert UGLY not in page
    assert "<img src=x onerror" not in page


def test_the_sentence_names_the_least_and_the_most_pooled(section: Section, shrinkage: Shrinkage) -> None:
    said = " ".join(block.text for block in blocks_of(section, Prose))
    low, high = sorted(shrinkage.factors, key=lambda service: shrinkage.factors[service])
    values = (f"{shrinkage.factors[low]:.2f} ({low})", f"{shrinkage.factors[high]:.2f} ({high})")
    assert f"from {values[0]} to {values[1]}" in said
    assert "tell little of how much they differ" in said


def test_many_levels_stand_in_the_files_alone(
    joint: Evidence, section: Section, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert all(table.in_page for table in blocks_of(section, Table))
    monkeypatch.setattr(groups, "MOST_LEVELS", 3)
    again = groups.section(ReportInputs((joint,)))
    assert [table.name for table in blocks_of(again, Table) if not table.in_page] == [f"levels-{joint.name}-place"]


def test_fits_that_pool_nothing_are_said_so(apart: dict[str, Any], joint: Evidence, mle: Evidence) -> None:
    single = drawn(apart, service="y", single_level=True)
    assert groups.section(ReportInputs((mle, single))) is None
    said = [block.text for block in blocks_of(groups.section(ReportInputs((joint, mle, single))), Prose)]
    assert f"{mle.name} is of maximum likelihood, which pools no group." in said
    assert f"{single.name} pools no group." in said
