"""Maximum likelihood beside a posterior: the same rows, and commands where something is missing."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from fits.effects.effects_of_fit import Question
from fits.fit_with_study import Evidence
from models.family import Family
from models.fit import app as fit_door
from models.ladder import app as ladder_door
from reports.document.blocks import Command, Figure, Prose, Table
from reports.report_inputs import ReportInputs
from reports.sections import frequentist
from tests.fakes import drawn, maximised
from tests.reports.sections._stored_fits import blocks_of, study


@pytest.fixture(scope="module")
def steps(apart: dict[str, Any]) -> tuple[Evidence, ...]:
    """Of one of the two services."""
    single = drawn(apart, service="other", single_level=True)
    return (single, drawn(apart, service="other"), drawn(apart, family="gaussian"))


def test_both_answers_stand_in_one_row(joint: Evidence, mle: Evidence) -> None:
    table, *_ = blocks_of(frequentist.section(ReportInputs((joint,), (mle,))), Table)
    scale = Family.find("tobit").scales_within(joint.design.limits)["expected"]
    ours, theirs = (one.tables(Question(scales=(scale,)))[0] for one in (joint, mle))
    assert len(table.rows) == len(ours.rows) == len(theirs.rows) == 6
    for row, posterior, estimate in zip(table.rows, ours.to_list(), theirs.to_list(), strict=True):
        plain = {key: table.cell(row, key).value for key in row}
        assert (plain["exposure"], plain["service"]) == (estimate["exposure"], estimate["service"])
        assert [plain[f"ml_{key}"] for key in ("estimate", "low", "high", "p_value")] == [
            estimate[key] for key in ("estimate", "low", "high", "p_value")
        ]
        assert [plain[f"posterior_{key}"] for key in ("mean", "low", "high", "mcse")] == [
            posterior[key] for key in ("mean", "low", "high", "mcse")
        ]
    assert "Not over the same units" not in table.note


def test_a_missing_fit_is_a_warning_and_the_command_that_makes_it(
    small: dict[str, Any], joint: Evidence, mle: Evidence
) -> None:
    section = frequentist.section(ReportInputs((joint,)))
    assert blocks_of(section, Prose)[0].tone == "warning"
    command = blocks_of(section, Command)[0].text
    study, data, home = (str(small[key]) for key in ("study", "data", "home"))
    where = ["--study", study, "--data", data, "--engine", "mle", "--fits-dir", home]
    assert shlex.split(command) == ["python", "-m", "models.fit", "m", *where]
    made = CliRunner().invoke(fit_door, shlex.split(command)[3:])
    assert made.exit_code == 0, made.output
    assert mle.name in made.output


def test_another_services_maximum_likelihood_does_not_stand_in(apart: dict[str, Any], joint: Evidence) -> None:
    section = frequentist.section(ReportInputs((joint,), (maximised(apart, service="other"),)))
    assert "no maximum likelihood fit stored beside it" in blocks_of(section, Prose)[0].text
    alone = frequentist.mle_command(drawn(apart, service="other", single_level=True, priors="wide", length=8, tune=7))
    assert "--service other" in alone
    assert not [word for word in ("--single-level", "--draws", "--tune", "--priors") if word in alone]


def test_the_ladder_climbs_the_stored_fits(joint: Evidence, mle: Evidence, steps: tuple[Evidence, ...]) -> None:
    section = frequentist.section(ReportInputs((joint,), (mle, *steps)))
    table = blocks_of(section, Table)[1]
    plain = table.to_list()
    assert [(row["step"], row["fit"]) for row in plain] == [
        ("maximum likelihood, a single equation", "m-mle-own"),
        ("the same equation with priors", "m-weak-own-other-single_level"),
        ("pooling over place", "m-weak-own-other"),
        ("pooling over 2 services", "m-weak-own"),
        ("rival likelihood: gaussian", "m-weak-own-gaussian"),
    ]
    assert {row["service"] for row in plain} == {"other"}
    assert plain[1]["moved"] == pytest.approx(plain[1]["centre"] - plain[0]["centre"])
    scale = Family.find("tobit").scales_within(joint.design.limits)["expected"]
    rows = joint.tables(Question(scales=(scale,)))[0].to_list()
    full = next(r for r in rows if (r["exposure"], r["service"]) == (plain[3]["exposure"], "other"))
    assert plain[3]["centre"] == full["mean"]
    figure = blocks_of(section, Figure)[0]
    assert "step" in figure.alt
    assert figure.alt in " ".join(block.text for block in blocks_of(section, Prose))
    assert not blocks_of(section, Command)


def test_without_steps_there_is_the_ladders_command(joint: Evidence, mle: Evidence) -> None:
    section = frequentist.section(ReportInputs((joint,), (mle,)))
    (command,) = blocks_of(section, Command)
    words = shlex.split(command.text)
    table = blocks_of(section, Table)[0].to_list()
    single = [row for row in table if row["service"] != "mean over services"]
    clear = max(single, key=lambda row: abs(row["posterior_mean"]) / (row["posterior_high"] - row["posterior_low"]))
    assert words[:8] == [
        "python", "-m", "models.ladder", "m", "--exposure", clear["exposure"], "--service", clear["service"]
    ]  # fmt: skip
    # Typer reads every option before the door looks at the study.
    words[words.index("--study") + 1] = "nowhere.toml"
    refused = CliRunner().invoke(ladder_door, words[3:])
    assert "nowhere.toml" in refused.output


def test_a_prior_set_of_another_belief_is_no_step(apart: dict[str, Any], joint: Evidence) -> None:
    other = (drawn(apart, priors="wide", service="other"), drawn(apart, priors="wide", service="y"))
    assert len(frequentist.steps_shown(joint, "other", ReportInputs((joint,), other))) == 1


def test_a_model_that_pools_nothing_is_a_step_all_the_same(tmp_path: Path) -> None:
    alone = study(tmp_path, outcome=["y"], groups=[])
    evidence, single, mle = drawn(alone), drawn(alone, single_level=True), maximised(alone)
    shown = frequentist.steps_shown(evidence, "y", ReportInputs((evidence,), (single, mle)))
    assert [(step.words, fit.name) for step, fit in shown] == [
        ("maximum likelihood, a single equation", mle.name),
        ("the same equation with priors", single.name),
        ("the same with priors", evidence.name),
    ]


def test_maximum_likelihood_alone_has_no_section(mle: Evidence, tmp_path: Path) -> None:
    assert frequentist.section(ReportInputs((mle,))) is None
