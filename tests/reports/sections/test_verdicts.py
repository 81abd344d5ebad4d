"""The table of claims: what stands in the page below what, and what its files hold."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from fits.verdicts.events import VERDICTS
from fits.verdicts.rule import Rule
from reports.document.blocks import Cell, Section, Table
from reports.document.document import Document
from reports.document.write import write_page
from reports.report_inputs import ReportInputs
from reports.sections import verdicts
from tests.fits.verdicts._made import judged, named, quantity
from tests.reports.sections._stored_fits import blocks_of


@pytest.fixture(scope="module")
def inputs() -> ReportInputs:
    sure = named(judged(quantity([9.0] * 400)), name="sure", fit="first-fit")
    like = replace(named(judged(quantity([-9.0] * 400)), name="like", fit="other-fit"), analogue=True)
    unasked = replace(sure, verdict="not evaluable", why="no fit", fit="", place=2, quantity=None, next_step="")
    judgements = (unasked, sure, like)
    return ReportInputs((), sources=(sure.source,), judgements=judgements, rule=Rule.read())


def table(inputs: ReportInputs) -> Table:
    (found,) = [one for one in blocks_of(verdicts.section(inputs), Table) if one.name == "claims"]
    assert isinstance(found, Table)
    return found


def cells(inputs: ReportInputs, key: str) -> list[Cell]:
    found = table(inputs)
    return [found.cell(row, key) for row in found.rows]


def test_fit_and_rule_stand_below_what_they_gave(inputs: ReportInputs) -> None:
    assert inputs.rule is not None
    assert [column.heading for column in table(inputs).columns if column.heading] == [
        "Claim, and how it is read", "Verdict", "What the data say", "Pr sign", "Pr claimed", "Pr opposite", "Pr none",
    ]  # fmt: skip
    assert {cell.below for cell in cells(inputs, "verdict")} == {f"rule {inputs.rule.sha256[:8]}"}
    below = [(cell.below, cell.below_to) for cell in cells(inputs, "found")]
    assert below == [("fit first-fit", "provenance"), ("fit other-fit (analogue)", "provenance"), ("", "")]


def test_every_verdict_is_marked_by_its_own_word(inputs: ReportInputs) -> None:
    found = cells(inputs, "verdict")
    assert [cell.mark for cell in found] == [cell.shown for cell in found]
    style = (Path(verdicts.__file__).parents[1] / "document/templates/style.css").read_text(encoding="utf-8")
    for verdict in VERDICTS:
        assert f'[data-mark="{verdict}"]' in style


def test_files_hold_fit_and_rule_whole(inputs: ReportInputs, tmp_path: Path) -> None:
    assert inputs.rule is not None
    section = Section("provenance", "Where it is from", (table(inputs),))
    write_page(Document("t", "", (), (section,), "now", "c"), tmp_path / "r.html")
    rows = json.loads((tmp_path / "r_files/claims.json").read_text(encoding="utf-8"))["rows"]
    assert [row["fit"] for row in rows] == ["first-fit", "other-fit", ""]
    assert {row["rule"] for row in rows} == {inputs.rule.sha256}
    with (tmp_path / "r_files/claims.csv").open(encoding="utf-8", newline="") as file:
        listed = list(csv.DictReader(file))
    assert list(listed[0])[:9] == [
        "claim", "verdict", "found", "pr_direction", "pr_holds", "pr_against", "pr_inside", "fit", "rule",
    ]  # fmt: skip
    assert [(row["fit"], row["rule"], row["verdict"]) for row in listed] == [
        (row["fit"], row["rule"], row["verdict"]) for row in rows
    ]
