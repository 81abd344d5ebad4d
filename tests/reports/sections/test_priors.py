"""Priors: as they were written and on the model's scale, never another set in the place of the fit's."""

from __future__ import annotations

import csv
import json
import shlex
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from fits.fit_with_study import Evidence
from priors.prior_set import PriorSet
from priors.show import app as show_door
from reports.document.blocks import Cell, Command, Prose, Table
from reports.report_inputs import ReportInputs
from reports.sections import priors
from reports.sections.parts.prior_checks import checked
from reports.sections.parts.prior_effects import learned
from tests.fakes import drawn
from tests.reports.sections._stored_fits import blocks_of, with_checks, with_manifest


@pytest.fixture(scope="module")
def own(apart: dict[str, Any]) -> Evidence:
    """Under a prior set of one's own, with a claim."""
    path = Path(apart["home"]) / "mine.toml"
    text = Path("priors/weak.toml").read_text(encoding="utf-8").replace("mean = 50, sd = 35", "mean = 30, sd = 20")
    claim = '[[claimed]]\nexposure = "yes"\nservice = "y"\npoints = 7\nreason = "a claim"\nsource = "me"\n'
    path.write_text(f"{text}\n{claim}", encoding="utf-8")
    return drawn(apart, priors=str(path))


@pytest.fixture
def _undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is drawn from the prior, which takes seconds to compile."""
    monkeypatch.setattr(priors, "learned", lambda evidence, found: [])


def tables(found: Any, start: str) -> list[Table]:
    return [one for one in blocks_of(found, Table) if one.name.startswith(start)]


@pytest.mark.usefixtures("_undrawn")
def test_every_role_stands_as_written_and_on_the_models_scale(own: Evidence) -> None:
    found = priors.section(ReportInputs((own,)))
    (table,) = tables(found, "priors-set")
    rows = {row["role"]: row for row in table.rows}
    assert set(rows) == {"intercept", "exposure_mean", "exposure_spread", "group_sd", "unit_sd", "residual_sd"}
    assert rows["intercept"]["belief"] == "normal, mean 30, sd 20 points"
    assert rows["intercept"]["on_model"] == "N(3, 2)"  # the outcome runs from 0 to 10
    assert rows["residual_sd"]["belief"] == "half-normal, sd 50 points"
    assert rows["residual_sd"]["on_model"] == "half-N(5)"
    declared = PriorSet.read(own.manifest.paths["priors"])
    for role, row in rows.items():
        assert (row["reason"], row["source"]) == (declared.roles[role].reason, declared.roles[role].source)


@pytest.mark.usefixtures("_undrawn")
def test_claimed_shifts_stand_beside(own: Evidence, joint: Evidence) -> None:
    (table,) = tables(priors.section(ReportInputs((own,))), "priors-claimed")
    (row,) = table.rows
    assert (row["exposure"], row["service"], row["shift"].shown, row["used"]) == ("yes", "y", "+7 points", "yes")
    assert not tables(priors.section(ReportInputs((joint,))), "priors-claimed")


@pytest.mark.usefixtures("_undrawn")
def test_one_set_is_shown_once(joint: Evidence, apart: dict[str, Any]) -> None:
    found = priors.section(ReportInputs((joint, drawn(apart, family="gaussian"))))
    assert len(tables(found, "priors-set")) == 1
    assert len(tables(found, "priors-model")) == 2


@pytest.mark.usefixtures("_undrawn")
def test_a_family_with_priors_of_its_own_has_a_table_of_its_own(joint: Evidence, apart: dict[str, Any]) -> None:
    other = drawn(apart, family="ordered_beta")
    first, second = tables(priors.section(ReportInputs((joint, other))), "priors-set")
    on_model = {row["role"]: row["on_model"] for row in second.rows}
    assert {"cutpoints", "precision"} == on_model.keys() - {row["role"] for row in first.rows}
    assert on_model["exposure_mean"] == "N(0, 0.32) logits"
    assert on_model["precision"] == "exponential(0.1)"
    assert "latent index" in first.note
    assert "latent" not in second.note


def test_a_set_that_has_changed_is_not_shown_as_the_fits(joint: Evidence) -> None:
    request = replace(joint.manifest.request, priors_sha256="0" * 64)
    found = priors.section(ReportInputs((with_manifest(joint, request=request),)))
    assert not tables(found, "priors-")
    first = blocks_of(found, Prose)[0]
    assert first.tone == "warning"
    assert "has changed since (hash" in first.text
    assert "then 00000000" in first.text


@pytest.mark.parametrize(
    ("text", "why"),
    [("", "mine.toml is gone"), ("title =", "mine.toml: got Invalid value (at end of document); expected valid TOML")],
)
def test_a_set_that_cannot_be_read_is_said_so_without_its_folder(
    text: str, why: str, own: Evidence, tmp_path: Path
) -> None:
    path = tmp_path / "secret" / "mine.toml"
    if text:
        path.parent.mkdir()
        path.write_text(text, encoding="utf-8")
    fit = replace(own.fit, manifest=replace(own.manifest, paths={**own.manifest.paths, "priors": str(path)}))
    gone = replace(own, reloaded=replace(own.reloaded, fit=fit))
    found = priors.section(ReportInputs((gone,)))
    assert not tables(found, "priors-set")
    said = " ".join(one.text for one in blocks_of(found, Prose))
    assert f"the prior set 'mine' cannot be read any more ({why}" in said
    assert "secret" not in said


def test_maximum_likelihood_has_no_priors(mle: Evidence) -> None:
    found = priors.section(ReportInputs((mle,)))
    assert not blocks_of(found, Table)
    assert "has no priors" in blocks_of(found, Prose)[0].text


@pytest.mark.usefixtures("_undrawn")
def test_the_command_is_one_that_the_door_takes(own: Evidence) -> None:
    command = [
        one.text for one in blocks_of(priors.section(ReportInputs((own,))), Command) if "priors.show" in one.text
    ][-1]
    words = shlex.split(command)
    assert words[:4] == ["python", "-m", "priors.show", own.manifest.paths["priors"]]
    done = CliRunner().invoke(show_door, [*words[3:], "--help"])
    assert done.exit_code == 0, done.output


def checks(evidence: Evidence, *, passed: bool) -> Evidence:
    rows = [
        {"label": "y", "statistic": "at_lower", "units": "120", "observed": ".25", "predicted": ".3", "low": "0.0",
         "high": ".6", "inside": "True"},
        {"label": "other", "statistic": "mean", "units": "<11", "observed": "<11 units", "predicted": "", "low": "",
         "high": "", "inside": ""},
    ]  # fmt: skip
    table = StringIO(newline="")
    writer = csv.DictWriter(table, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    sentence = "Prior, share at 0 by service: the data surprise the prior (p < 0.001)."
    found = [{"name": "prior_at_lower", "passed": passed, "sentence": sentence},
             {"name": "mean_by_service", "passed": True, "sentence": "not of the prior"}]  # fmt: skip
    told = {"seed": 3, "replications": 1000, "checks": found}
    return with_checks(evidence, {"prior.csv": table.getvalue().encode(), "checks.json": json.dumps(told).encode()})


def test_what_the_check_withheld_stays_withheld(apart: dict[str, Any]) -> None:
    evidence = drawn(apart, service="y")
    before = checked(evidence)
    assert isinstance(before[-1], Command)
    assert before[-1].text.startswith(f"python -m models.check {evidence.name}")
    evidence = checks(evidence, passed=False)
    said, table = checked(evidence)
    assert isinstance(said, Prose)
    assert said.tone == "warning"
    assert isinstance(table, Table)
    first, second = table.rows
    assert [first[key].shown for key in ("units", "observed", "predicted")] == ["120", "25.0 %", "30 %"]
    assert first["interval"] == "0 to 60 %"
    assert second["units"] == Cell("<11", "<11")
    assert second["observed"].shown == "<11 units"
    assert second["interval"] == "withheld"
    assert all(second[key].value is None for key in ("predicted", "low", "high"))


def test_prior_and_posterior_stand_side_by_side(joint: Evidence) -> None:
    """Draws of the fake posterior are a tenth of the outcome's range wide, a little less than the prior's."""
    said, fold = learned(joint, PriorSet.read("weak"))
    assert isinstance(said, Prose)
    (table,) = fold.blocks  # type: ignore[union-attr]
    assert isinstance(table, Table)
    assert len(table.rows) == 2 * 3
    for row in table.rows:
        width = {when: row[f"{when}_high"] - row[f"{when}_low"] for when in ("prior", "posterior")}
        assert row["ratio"].value == pytest.approx(width["posterior"] / width["prior"])
        # per contrast N(0, sd^2) with sd = hypot(8, 5) points at most, of 10 to the hundred
        assert 0.3 < width["prior"] < 2 * 1.96 * np.hypot(8.0, 5.0) / 10.0
