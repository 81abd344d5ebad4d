"""Calibrations under every shape of pooling: their names, what their requests say, and the truths they draw."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import kstest, norm, t

from fits.calibration.compact import SUFFIX
from fits.calibration.from_prior import FromPrior
from fits.calibration.plan import CalibrationPlan
from fits.calibration.recorded import read_record, shape_of
from fits.loaded import load
from fits.verdicts.rule import Rule
from models.calibrate import app
from models.components.mixture_exposures import WIDE
from tests.making import plan_of
from tests.running import called
from tests.small_study import kinds, small_codebook, write

OUTCOMES = ("y", "other", "third", "fourth")

SHAPES: dict[str, tuple[list[str], str, dict[str, Any]]] = {
    "own": ([], "", {"pooling": "mixture", "pooling_weight": 0.8}),
    "weight": (["--pooling-weight", ".5"], "pooling_mixture_0.5-", {"pooling": "mixture", "pooling_weight": 0.5}),
    "normal": (["--pooling", "normal"], "pooling_normal-", {"pooling": "normal", "pooling_weight": None}),
    "student": (["--pooling", "student"], "pooling_student-", {"pooling": "student", "pooling_weight": None}),
    "none": (["--pooling", "none"], "pooling_none-", {"pooling": "none", "pooling_weight": None}),
}
"""By shape its options, its part of the name, and what the request says."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    table = kinds(60, outcomes=OUTCOMES)
    return write(tmp_path_factory.mktemp("own"), small_codebook(*OUTCOMES, m={"groups": []}), table)


@pytest.mark.parametrize("shape", SHAPES)
def test_its_name_and_request_say_the_shape(shape: str, files: dict[str, Any]) -> None:
    _, part, said = SHAPES[shape]
    plan = plan_of(**files, **{key: value for key, value in said.items() if value is not None})
    loaded, calibration = load(plan), CalibrationPlan(plan, ("prior",))
    assert calibration.name("prior", loaded) == f"m-weak-own-{part}prior"
    request = calibration.request("prior", loaded, Rule.read())
    assert {key: request[key] for key in said} == said


@pytest.mark.parametrize("shape", ["own", "weight", "none"])
def test_a_calibration_is_run_under_the_shape(shape: str, files: dict[str, Any], tmp_path: Path) -> None:
    words, part, said = SHAPES[shape]
    given = [
        "m",
        "--study",
        files["study"],
        "--data",
        files["data"],
        "--sims",
        1,
        "--calibrations-dir",
        tmp_path,
        "--out",
        tmp_path,
    ]
    result = called(app, *given, *words, "--draws", 60, "--tune", 150, "--chains", 2, code=None)
    assert result.exit_code in (0, 1), result.output
    folder = tmp_path / f"m-weak-own-{part}prior"
    request = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    assert {key: request[key] for key in said} == said
    assert (f"pooling {shape_of(said)}" in result.stdout) == (shape != "none")
    record = read_record(tmp_path / f"{folder.name}{SUFFIX}")
    assert shape_of(record.head) == shape_of(said)
    (one,) = record.records
    assert one["status"] != "error", one
    ranked = {name.partition("[")[0] for name in one["ranks"]}
    assert ("exposure_mean" in ranked) == (shape != "none")
    assert "exposure_coef" in ranked
    assert "exposure_outlying" not in ranked


def test_a_service_alone_is_calibrated_without_pooling(files: dict[str, Any]) -> None:
    plan = plan_of(**files, service="y")
    loaded = load(plan)
    request = CalibrationPlan(plan, ("prior",)).request("prior", loaded, Rule.read())
    assert (request["pooling"], request["pooling_weight"]) == ("none", None)
    assert CalibrationPlan(plan, ("prior",)).name("prior", loaded) == "m-weak-own-y-prior"


def uniform(shape: str, truth: dict[str, np.ndarray], scales: tuple[float, float]) -> np.ndarray:
    """Where coefficients lie in the distribution of their shape given mean and spread, from 0 to 1."""
    coef, spread = truth["coef"], truth.get("spread")
    if spread is None:
        return np.asarray(norm.cdf(coef / np.hypot(*scales))).ravel()
    away = coef - truth["mean"][:, None]
    near = away / spread[:, None]
    weight = {"own": 0.8, "weight": 0.5}.get(shape, 1.0)
    inside = t.cdf(near, 3) if shape == "student" else norm.cdf(near)
    return np.asarray(weight * inside + (1.0 - weight) * norm.cdf(away / (WIDE * scales[1]))).ravel()


@pytest.mark.parametrize("shape", SHAPES)
def test_truths_are_drawn_from_the_shape(shape: str, files: dict[str, Any]) -> None:
    asked = {key: value for key, value in SHAPES[shape][2].items() if value is not None}
    plan = plan_of(**files, **asked)
    source = FromPrior.of(CalibrationPlan(plan, ("prior",)), load(plan))
    draws = [source.drawn(k)[0].isel(chain=0, draw=0, exposure=0) for k in range(50)]
    assert {*draws[0].data_vars} >= {"exposure_coef", "constant"}
    truth = {"coef": np.array([one["exposure_coef"].to_numpy() for one in draws])}
    if shape != "none":
        truth |= {key: np.array([float(one[f"exposure_{key}"]) for one in draws]) for key in ("mean", "spread")}
    scales = source.priors.located("exposure_mean")[1], source.priors.scale("exposure_spread")
    # 200 coefficients of 50 truths at a fixed seed: one right shape in a hundred would lie beyond.
    assert kstest(uniform(shape, truth, scales), "uniform").pvalue > 0.01
    if shape == "weight":
        assert kstest(uniform("normal", truth, scales), "uniform").pvalue < 0.01
