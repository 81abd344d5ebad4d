"""A plan says what decides the draws: its command makes it again, and its key knows contents and no paths."""

from __future__ import annotations

import shlex
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from data.errors import InputError
from fits import make
from fits.plan import QUICK, FitPlan
from fits.storage.fit import HOME
from models.fit import app
from tests.fakes import stored
from tests.making import made
from tests.running import ROOT, called
from tests.small_study import kinds, small_codebook, write

PLANS = [
    FitPlan("peer_tobit"),
    FitPlan("peer_logit", study="nssats_2017", data=Path("a file.RData"), service="it's", priors="wide", seed=0),
    FitPlan("m", study="own.toml", columns=Path("c.toml"), wave=2014, priors="my priors.toml", single_level=True),
    FitPlan("peer_tobit", family="gaussian", engine="pymc", draws=20, tune=30, chains=2),
    FitPlan("peer_tobit", quick=True, **QUICK),
    FitPlan("peer_tobit", quick=True, **{**QUICK, "draws": 300}),
    FitPlan("peer_tobit", engine="mle", service="condoms"),
    FitPlan("peer_tobit", pooling="normal"),
    FitPlan("peer_tobit", pooling="mixture", pooling_weight=0.5, quick=True, **QUICK),
    FitPlan("peer_tobit", pooling_weight=0.25),
]


@pytest.fixture
def plan(tmp_path: Path) -> FitPlan:
    """A plan whose every file is the user's own."""
    files = write(tmp_path / "here", small_codebook("y"), kinds())
    priors = shutil.copy(ROOT / "priors" / "weak.toml", tmp_path / "here" / "mine.toml")
    return FitPlan("m", study=files["study"], data=files["data"], priors=str(priors))


@pytest.mark.parametrize("home", [HOME, Path("other fits")])
@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.command()[20:60])
def test_its_command_asks_for_the_very_same(plan: FitPlan, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}

    def caught(given: FitPlan, listen: object, **named: Any) -> None:
        asked.update(plan=given, home=named["home"])
        raise KeyboardInterrupt

    monkeypatch.setattr(make, "make", caught)
    called(app, *shlex.split(plan.command(home))[3:], code=130)
    assert (asked["plan"], asked["home"]) == (plan, home)


def test_plans_are_values() -> None:
    assert len({*PLANS, *(replace(plan) for plan in PLANS)}) == len(PLANS)
    with pytest.raises(AttributeError):
        PLANS[0].seed = 1  # type: ignore[misc]


def test_where_files_lie_is_no_part_of_the_key(plan: FitPlan, tmp_path: Path) -> None:
    there = shutil.copytree(tmp_path / "here", tmp_path / "there")
    moved = replace(plan, study=str(there / "own.toml"), data=there / "own.csv", priors=str(there / "mine.toml"))
    assert moved != plan
    assert moved.key == plan.key


@pytest.mark.parametrize("change", [{"seed": 1}, {"draws": 999}, {"engine": "graph"}, {"single_level": True}])
def test_settings_are_part_of_the_key(plan: FitPlan, change: dict[str, Any]) -> None:
    assert replace(plan, **change).key != plan.key


@pytest.mark.parametrize(
    ("file", "old", "new"), [("own.csv", "1", "0"), ("own.toml", "0, 10", "0, 11"), ("mine.toml", "sd = ", "sd = 1")]
)
def test_the_contents_of_files_are_part_of_the_key(
    plan: FitPlan, file: str, old: str, new: str, tmp_path: Path
) -> None:
    before, path = plan.key, tmp_path / "here" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert plan.key != before


def test_a_look_is_known_by_its_name_and_a_name_like_it_is_none(plan: FitPlan, tmp_path: Path) -> None:
    quick = shutil.copy(plan.priors, tmp_path / "here" / "quick.toml")
    study = str(shutil.copy(plan.study, tmp_path / "here" / "my-quick.toml"))
    wanted: dict[str, Any] = {"study": study, "data": plan.data, "priors": str(quick), "home": tmp_path / "fits"}
    for given in ({}, {"quick": True}, {"draws": 300, "quick": True}):
        fit = stored(**wanted, **given)
        assert FitPlan.of(fit).quick == bool(given), fit.name
    other = stored(f"{fit.name}-{fit.manifest.request.data_sha256[:8]}", **wanted, quick=True)
    assert FitPlan.of(other).quick
    estimates = made(engine="mle", **wanted)
    assert FitPlan.of(estimates) == FitPlan("m", study=study, data=plan.data, engine="mle")
    assert "--quick" not in FitPlan.of(estimates).command()


def test_a_study_without_data_has_no_key() -> None:
    with pytest.raises(InputError, match="got no data file; expected --data FILE"):
        _ = FitPlan("peer_logit", study="nssats_2017").key


def test_in_full_a_plan_keeps_what_it_asks() -> None:
    look = FitPlan("m", quick=True, priors="wide", engine="pymc", seed=5, **QUICK)
    assert look.in_full() == FitPlan("m", priors="wide", engine="pymc", seed=5)


def test_a_stored_fit_knows_the_plan_that_made_it(plan: FitPlan, tmp_path: Path) -> None:
    wanted: dict[str, Any] = {"study": plan.study, "data": plan.data, "priors": plan.priors}
    fit = stored(home=tmp_path / "fits", **wanted)
    assert FitPlan.of(fit) == plan
    assert fit.manifest.request.sha256 == plan.key
