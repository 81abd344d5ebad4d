"""The README's commands on an extract in an archive's style, from the first look to the report."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.running import python

pytestmark = pytest.mark.slow

FIT = "peer_tobit-weak-ndatss-condoms-quick"
STAMP = "SIMULATED mixed seed 2017"

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs a command as a user does, in a folder that holds the extract and its mapping."""
    home = tmp_path_factory.mktemp("archive")

    def command(module: str, *arguments: str, code: int | None = 0) -> subprocess.CompletedProcess[str]:
        return python("-m", module, *arguments, code=code, cwd=home, COLUMNS=100)

    made = command("data.simulate", "--seed", "2017", "--style", "archive", "--out", "extract.dta")
    assert "Next:    python -m models.fit peer_tobit --data extract.dta --columns extract.columns.toml" in made.stdout
    return command


EXTRACT = ("--data", "extract.dta", "--columns", "extract.columns.toml")
STORED = ("--fits-dir", "fits")


@pytest.fixture(scope="module")
def looked(run: Run) -> subprocess.CompletedProcess[str]:
    """A quick fit of one service, made once for this module."""
    return run("models.fit", "peer_tobit", "--service", "condoms", "--quick", "--draws", "60", *EXTRACT, *STORED)


@pytest.mark.parametrize(("wave", "not_asked"), [("2014", 0), ("2017", 4)])
def test_describe_finds_every_variable_of_both_waves(run: Run, wave: str, not_asked: int) -> None:
    done = run("data.describe", "ndatss", *EXTRACT, "--wave", wave, "--json")
    told = json.loads(done.stdout)
    assert told["data"]["rows_in_file"] == 1352
    assert told["data"]["wave"] == int(wave)
    notes = [variable["found"]["note"] for variable in told["variables"].values() if variable["found"]["note"]]
    # housing and family therapy were asked in 2014 only, two questions each
    assert sorted(notes) == [STAMP, *[f"not asked in wave {wave}"] * not_asked]


def test_fit_loses_only_the_units_without_an_answer(looked: subprocess.CompletedProcess[str]) -> None:
    assert f"SIMULATED DATA, not evidence about any clinic ({STAMP})" in looked.stdout
    out = " ".join(looked.stdout.split())
    assert f"Stored in fits/{FIT}/" in out
    # 260 clinics offer condoms in 2017; about one in five of them lacks some answer
    answers = int(out.split(" answers on 1 outcome")[0].rsplit(" ", 1)[1])
    assert 180 < answers < 260


@pytest.mark.usefixtures("looked")
def test_effects_check_and_list_read_the_stored_fit(run: Run) -> None:
    effects = run("reports.effects", FIT, *STORED)
    assert "peer_influence: 0 -> 1" in effects.stdout
    # a fit of so few draws is too coarse to pass the check of its sampler, which is a finding and no fault of the file
    checked = run("models.check", FIT, *STORED, code=1)
    assert "at_lower_by_service" in checked.stdout
    assert "Sampler: fails on" in checked.stdout
    listed = run("fits.ls", *STORED, "--json")
    fits = {fit["name"]: fit for fit in json.loads(listed.stdout)}
    assert fits[FIT]["status"] == "look"
    assert fits[FIT]["stale"] == []
    assert fits[FIT]["simulated"] is True


@pytest.mark.usefixtures("looked")
def test_maximum_likelihood_priors_and_a_comparison_read_the_extract(run: Run) -> None:
    estimated = run("models.fit", "peer_logit", "--engine", "mle", *EXTRACT, *STORED)
    assert "Maximum likelihood, an equation per service" in estimated.stdout
    run("priors.show", "weak", "--service", "condoms", "--draws", "20", "--out", "prior.svg", *EXTRACT)
    run("models.fit", "peer_tobit", "--service", "condoms", "--quick", "--priors", "skeptical", *EXTRACT, *STORED)
    compared = run("reports.compare", FIT, FIT.replace("weak", "skeptical"), *STORED)
    assert "What moved from A to B" in compared.stdout


def test_a_calibration_draws_outcomes_for_the_rows_of_the_extract(run: Run) -> None:
    short = ("--sims", "1", "--chains", "2", "--draws", "60", "--tune", "60", "--scenario", "prior")
    done = run(
        "models.calibrate",
        "peer_tobit",
        "--service",
        "condoms",
        *short,
        *EXTRACT,
        "--calibrations-dir",
        "calibrations",
        code=None,
    )
    assert done.returncode in {0, 1}, done.stderr  # one short simulation judges nothing
    assert "Fits: 1 simulations" in done.stdout


def test_the_ladder_climbs_from_maximum_likelihood(run: Run) -> None:
    short = ("--draws", "200", "--tune", "300", "--chains", "2")
    wanted = ("--exposure", "peer_influence", "--service", "condoms")
    done = run("models.ladder", "peer_tobit", *wanted, *short, *EXTRACT, *STORED, code=None)
    assert done.returncode in {0, 3}, done.stderr  # with so few draws a step may fail its diagnostics, and says so
    assert "Traceback" not in done.stderr
    for step in ("maximum likelihood, a single equation", "pooling over 8 services", "rival likelihood: gaussian"):
        assert step in done.stdout


@pytest.mark.usefixtures("looked")
def test_the_report_is_one_page_with_its_stamp(run: Run, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    run("reports.build", FIT, *STORED, "--claims", "sswr2020", "--out", str(page))
    text = page.read_text(encoding="utf-8")
    assert STAMP in text
    assert "extract.dta" in text
