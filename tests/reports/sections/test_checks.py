"""The section on predictive checks: what is stored beside the fit, and never another fit's."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any

import pytest

from data.errors import InputError
from fits.fit_with_study import Evidence
from reports.document.blocks import Command, Figure, Fold, Prose, Section, Table
from reports.document.document import Document
from reports.document.html import page_html
from reports.report_inputs import ReportInputs
from reports.sections import checks
from tests.fakes import drawn
from tests.reports.sections._stored_fits import UGLY, blocks_of, with_checks

SVG = '<svg xmlns="http://www.w3.org/2000/svg"/>'
HEAD = "fit,stamp,status,split,label,statistic,units,observed,predicted,low,high,inside"


@pytest.fixture
def evidence(apart: dict[str, Any]) -> Evidence:
    return drawn(apart, length=8)


def check(name: str, *, passed: bool) -> dict[str, Any]:
    said = f"{name}: {'as' if passed else 'not as'} the model predicts."
    value = 0.4 if passed else "nan"
    return {"name": name, "value": value, "limit": 0.0017, "kind": "p", "passed": passed, "sentence": said}


def store(evidence: Evidence, files: Mapping[str, bytes] | None = None, **changes: Any) -> Evidence:
    """The fit with checks in the form in which `models.check` stores them, and other `files` in place of theirs."""
    loo = {"elpd": -123.456, "se": 7.89, "effective_parameters": 20.5, "answers": 300, "khat_max": 0.81}
    found = {
        "made": "2026-11-24T23:37:40+00:00",
        "seed": 99,
        "request_sha256": evidence.manifest.request.sha256,
        "replications": 1000,
        "checks": [check("mean_by_service", passed=True), check("loo_pit", passed=False), check("khat", passed=True)],
        "loo": {**loo, "khat_too_high": 3, "refitted": 2},
        "left_out": [],
    }
    rows = [
        f"f,,passed,place,{UGLY.replace('"', '""')},mean,120,4.56789,4.51234,3.98765,5.12345,True",
        "f,,passed,place,seldom,mean,<11,<11 units,,,,",
    ]
    quoted = rows[0].replace(UGLY.replace('"', '""'), f'"{UGLY.replace(chr(34), chr(34) * 2)}"')
    texts = {
        "checks.json": json.dumps({**found, **changes}),
        "rates.csv": "\n".join([HEAD, quoted, rows[1]]) + "\n",
        **{f"{name}.svg": SVG for name in ("pit", "rates-service", "rates-place")},
    }
    return with_checks(evidence, {name: text.encode() for name, text in texts.items()} | dict(files or {}))


def said(section: Section | None, tone: str) -> list[str]:
    return [block.text for block in blocks_of(section, Prose) if block.tone == tone]


def test_how_many_passed_comes_first_then_each_failure(evidence: Evidence) -> None:
    evidence = store(evidence)
    section = checks.section(ReportInputs((evidence,)))
    second, first, *_ = blocks_of(section, Prose)
    assert (first.tone, first.text) == ("warning", "loo_pit: not as the model predicts.")
    assert second.text == f"{evidence.name}: 1 of 3 checks FAILED."
    notes = " ".join(said(section, "note"))
    assert "2026-11-24T23:37:40+00:00" in notes
    assert "seed 99" in notes
    assert "expected log density -123.5, standard error 7.9, 20.5 effective parameters" in notes
    assert "for 3 of them the largest Pareto k-hat of 0.81 is too high to trust" in notes


def test_every_check_is_in_the_table(evidence: Evidence) -> None:
    evidence = store(evidence)
    table = blocks_of(checks.section(ReportInputs((evidence,))), Table)[0]
    assert [row["name"] for row in table.to_list()] == ["loo_pit", "mean_by_service", "khat"]
    assert [row["value"] for row in table.to_list()] == ["nan", 0.4, 0.4]
    assert table.cell(table.rows[1], "value").shown == "p 0.400, at least 0.0017"
    assert [table.cell(row, "passed").shown for row in table.rows] == ["FAILED", "passed", "passed"]


def test_figures_are_as_they_are_stored_and_say_what_they_show(evidence: Evidence) -> None:
    evidence = store(evidence)
    section = checks.section(ReportInputs((evidence,)))
    figures = blocks_of(section, Figure)
    assert {figure.svg for figure in figures} == {SVG}
    assert [figure.alt for figure in figures[:2]] == [
        "loo_pit: not as the model predicts.",
        "mean_by_service: as the model predicts.",
    ]
    assert section is not None
    assert [figure for figure in section.blocks if isinstance(figure, Figure)] == figures[:2]
    assert page_html(Document("t", "", (), (section,), "2026-01-01T00:00:00+00:00", ""), "files").count("<img ") == 3


def test_rates_have_no_more_digits_than_replications_carry_and_stay_withheld(evidence: Evidence) -> None:
    evidence = store(evidence)
    section = checks.section(ReportInputs((evidence,)))
    table = next(table for table in blocks_of(section, Table) if table.name.startswith("rates"))
    first, second = table.rows
    keys = ("label", "units", "observed", "predicted", "low", "inside")
    assert [table.cell(first, key).shown for key in keys] == [UGLY, "120", "4.6", "4.5", "4.0 to 5.1", "yes"]
    assert [table.cell(second, key).shown for key in keys] == ["seldom", "<11", "<11 units", "", "", ""]
    assert table.to_list()[0]["observed"] == 4.56789
    assert UGLY not in page_html(Document("t", "", (), (section,), "2026-01-01T00:00:00+00:00", ""), "files")
    assert table in [block for fold in blocks_of(section, Fold) for block in fold.blocks]


def test_checks_that_were_never_made_are_a_warning_and_a_command(apart: dict[str, Any], evidence: Evidence) -> None:
    section = checks.section(ReportInputs((evidence,)))
    assert said(section, "warning") == [f"{evidence.name}: its predictions were never checked. To check them:"]
    (command,) = blocks_of(section, Command)
    words = shlex.split(command.text)
    assert words == ["python", "-m", "models.check", evidence.name, "--fits-dir", str(apart["home"])]


def test_checks_of_another_fit_are_a_warning_and_not_shown(evidence: Evidence) -> None:
    evidence = store(evidence, request_sha256="0" * 64)
    section = checks.section(ReportInputs((evidence,)))
    (warning,) = said(section, "warning")
    assert "are of another fit and are not shown" in warning
    assert blocks_of(section, Table) == blocks_of(section, Figure) == []
    assert len(blocks_of(section, Command)) == 1


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("checks.json", b'{"made": ', r"checks\.json: got damaged JSON .*Check again with python -m models\.check"),
        ("checks.json", b"\xff\xfe{", r"checks\.json: got no readable text"),
        ("checks.json", b'{"made": "now"}', r"checks\.json: got seed: Field required"),
        ("rates.csv", b"split,label\na,b\n", r"rates\.csv: got no column 'high'"),
    ],
)
def test_damaged_files_are_named(name: str, content: bytes, said: str, evidence: Evidence) -> None:
    evidence = store(evidence, {name: content})
    with pytest.raises(InputError, match=said):
        checks.section(ReportInputs((evidence,)))


def test_a_file_that_was_changed_on_the_disk_is_refused(evidence: Evidence) -> None:
    evidence = store(evidence)
    path = evidence.fit.files / "checks" / "rates.csv"
    path.write_bytes(path.read_bytes().replace(b"4.56789", b"4.56788"))
    with pytest.raises(InputError, match=r"rates\.csv: got a damaged file \(its SHA-256 is not the manifest's\)"):
        checks.section(ReportInputs((evidence,)))


def test_maximum_likelihood_predicts_nothing(mle: Evidence, evidence: Evidence) -> None:
    assert checks.section(ReportInputs((mle,))) is None
    assert f"{mle.name} is of maximum likelihood" in said(checks.section(ReportInputs((evidence, mle))), "note")[0]
