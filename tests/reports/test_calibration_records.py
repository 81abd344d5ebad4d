"""The dated records under reports/calibrations/ say what they are said to say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.running import ROOT

HOME = ROOT / "reports" / "calibrations"
RECORDS = sorted(HOME.glob("*/*.json"))
NAMES = [path.stem for path in RECORDS]


def scenario(path: Path) -> dict[str, Any]:
    (found,) = json.loads(path.read_text(encoding="utf-8"))["scenarios"]
    return dict(found)


@pytest.mark.parametrize("path", RECORDS, ids=NAMES)
def test_a_record_has_its_command_its_figure_and_its_stamp(path: Path) -> None:
    page = (HOME / "README.md").read_text(encoding="utf-8")
    found = scenario(path)
    model = path.stem.split("-")[0]
    assert f"models.calibrate {model} " in page
    assert f"--scenario {found['scenario']} --sims {found['simulations']} " in page
    assert found["stamp"].startswith("SIMULATED DATA")
    for suffix in (".csv", ".svg", ".txt"):
        assert path.with_suffix(suffix).is_file()
    assert found["fits"].splitlines()[0] in " ".join(path.with_suffix(".txt").read_text(encoding="utf-8").split())


@pytest.mark.parametrize("path", sorted(HOME.glob("*/*.svg")), ids=lambda path: path.stem)
def test_a_figure_of_a_record_is_small(path: Path) -> None:
    assert path.stat().st_size < 100_000


@pytest.mark.parametrize("model", ["peer_tobit", "peer_logit"])
def test_ranks_of_200_simulations_are_within_their_bands(model: str) -> None:
    (path,) = (path for path in RECORDS if path.stem == f"{model}-weak-condoms-prior")
    found = scenario(path)
    assert found["simulations"] >= 200
    assert all(one["passed"] and one["value"] <= one["limit"] for one in found["quantities"])
    ranked = {one["name"].split("[")[0] for one in found["quantities"]}
    assert {"intercept", "exposure_coef", "control_coef", "state_sd", "unit_type_sd", "log_likelihood"} <= ranked


def test_intervals_of_effects_in_points_cover_as_they_should() -> None:
    (path,) = (path for path in RECORDS if path.stem == "peer_tobit-weak-as_claimed")
    found = scenario(path)
    assert found["simulations"] >= 100
    assert 0.84 <= found["check"]["value"] <= 0.95
    assert found["passed"]
