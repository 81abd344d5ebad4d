"""Calibration proper: the right prior passes and a shifted one fails; intervals cover; who calls what.

What is marked `sbc` takes from minutes to an hour, and uses and adds to what is stored under `fits/_calibrations`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fits.calibration.simulated_effects import PROCEDURES
from fits.calibration.true_sizes import NONE
from models.calibrate import app
from tests.models._prepare import few_kinds
from tests.running import ROOT, called
from tests.small_study import kinds


def told(*arguments: object) -> tuple[int, dict[str, Any]]:
    """Exit code, and the one scenario of the JSON output."""
    result = called(app, *arguments, "--json", code=None)
    assert result.exit_code in (0, 1), result.output
    (part,) = json.loads(result.stdout)["scenarios"]
    return result.exit_code, part


def failing(part: dict[str, Any]) -> dict[str, str]:
    return {one["name"]: one["sentence"] for one in part["quantities"] if not one["passed"]}


def shifted(folder: Path) -> Path:
    """The default prior set with exposures that matter: more than two of its standard deviations away."""
    text = (ROOT / "priors" / "weak.toml").read_text(encoding="utf-8")
    role = text.index("[roles.exposure_mean]")
    found = text[role:].replace("mean = 0, sd = 8", "mean = 20, sd = 8", 1)
    found = found.replace("mean = 0, sd = 0.2", "mean = 0.4, sd = 0.2", 1)
    (folder / "shifted.toml").write_text(text[:role] + found, encoding="utf-8")
    return folder / "shifted.toml"


@pytest.mark.slow
def test_a_shifted_prior_fails_and_the_right_one_passes_on_a_small_model(tmp_path: Path) -> None:
    few_kinds(tmp_path, table=kinds(100))
    study = ["m", "--study", tmp_path / "own.toml", "--data", tmp_path / "own.csv", "--scenario", "prior"]
    short = ["--sims", 30, "--draws", 300, "--tune", 250, "--chains", 2, "--calibrations-dir", tmp_path]
    code, right = told(*study, *short)
    assert (code, right["passed"], failing(right)) == (0, True, {})
    code, wrong = told(*study, *short, "--drawn-from", shifted(tmp_path))
    assert (code, wrong["passed"]) == (1, False)
    assert failing(wrong)["exposure_coef[yes, y]"].endswith("its posterior is too low")


@pytest.mark.sbc
@pytest.mark.parametrize("model", ["peer_tobit", "peer_logit"])
def test_the_single_service_model_is_calibrated(model: str) -> None:
    code, part = told(model, "--service", "condoms", "--scenario", "prior", "--sims", 200)
    assert part["simulations"] == 200
    assert (code, failing(part)) == (0, {})


@pytest.mark.sbc
@pytest.mark.parametrize("model", ["peer_tobit", "peer_logit"])
def test_truths_from_a_shifted_prior_are_noticed(model: str, tmp_path: Path) -> None:
    prior = ["--service", "condoms", "--scenario", "prior", "--drawn-from", shifted(tmp_path)]
    code, part = told(model, *prior, "--sims", 100)
    assert code == 1
    assert any(name.startswith("exposure_coef") and "too low" in words for name, words in failing(part).items())


def shares(part: dict[str, Any], what: str, true: str) -> dict[str, float]:
    """By procedure, of single services' effects."""
    return {
        row["procedure"]: row["value"]
        for row in part["characteristics"]
        if row["table"] == "calls" and row["what"] == what and row["true"] == true and not row["pooled"]
    }


@pytest.mark.sbc
def test_intervals_of_the_joint_model_cover_effects_in_points() -> None:
    code, part = told("peer_tobit", "--scenario", "as_claimed", "--sims", 100)
    assert part["simulations"] == 100
    assert part["check"]["passed"] is True
    assert 0.84 <= part["check"]["value"] <= 0.95
    assert code == 0


@pytest.mark.sbc
def test_where_there_is_no_effect_both_halves_stand_in_one_table() -> None:
    code, part = told("peer_tobit", "--scenario", "null", "--sims", 100)
    called = shares(part, "called", NONE)
    assert set(called) == set(PROCEDURES)
    # p < .05 is called of one true null effect in twenty; a rule that asks for a size that matters calls fewer.
    assert 0.02 < called["ML: p < .05"] < 0.1
    assert called["Bayes: rule"] < called["ML: p < .05"]
    assert code == 0
