"""The main command is a test: it is run as a user runs it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from data.simulate import app as simulate
from fits.storage.fit import Fit
from models.fit import app
from models.ladder import app as ladder
from tests.fits._tamper import files_of
from tests.running import ROOT, called, python

NAME = "peer_tobit-weak-ndatss"


def fit(*arguments: str, home: Path, code: int | None = 0, **env: str) -> subprocess.CompletedProcess[str]:
    return python("-m", "models.fit", *arguments, "--fits-dir", home, code=code, **env)


def times(home: Path) -> dict[Path, int]:
    """When each file of the stored fit was written."""
    return {path: path.stat().st_mtime_ns for path in files_of(home, NAME).iterdir()}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fits")


@pytest.fixture(scope="module")
def main_run(home: Path) -> subprocess.CompletedProcess[str]:
    """The README's first command, sampled once for this module."""
    return fit("peer_tobit", home=home, COLUMNS="100")


@pytest.fixture(scope="module")
def manifest(main_run: subprocess.CompletedProcess[str], home: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((files_of(home, NAME) / "manifest.json").read_text(encoding="utf-8"))
    return found


def test_the_main_command_passes_its_own_gate(manifest: dict[str, Any]) -> None:
    assert manifest["status"] == "passed"
    assert all(manifest["checks"].values())
    values = manifest["diagnostics"]
    assert values["divergences"] == 0
    assert values["rhat_max"] <= 1.01
    assert values["ess_bulk_min"] >= 400
    assert manifest["simulated"] is True


def test_the_table_says_what_was_fitted_and_that_it_is_simulated(main_run: subprocess.CompletedProcess[str]) -> None:
    out = main_run.stdout
    assert "SIMULATED DATA" in out
    assert "pooled over services" in out
    for name in ("lived_experience_share", "peer_influence", "peer_senior", "methadone", "hiv_testing"):
        assert name in out
    assert "Diagnostics PASSED: 0 divergences" in out
    assert "Next: python -m reports.effects peer_tobit-weak-ndatss --fits-dir" in " ".join(out.split())
    assert "python -m models.fit peer_tobit --priors skeptical" in " ".join(out.split())


def test_the_stored_fit_is_readable_without_this_code_and_holds_no_covariate(
    manifest: dict[str, Any], home: Path
) -> None:
    for file, more in (("private.nc", {"maximum_likelihood"}), ("fit.nc", set())):
        with xr.open_datatree(files_of(home, NAME) / file, engine="h5netcdf") as tree:
            assert set(tree.children) == {"posterior", "sample_stats"} | more
            assert tree["posterior"]["exposure_coef"].dims == ("chain", "draw", "exposure", "service")
            assert tree["posterior"].sizes["service"] == 8
            assert tree.attrs["stamp"].startswith("SIMULATED")
            held = set(tree["posterior"].variables) | set(tree["sample_stats"].variables)
        assert not held & {"lived_experience_share", "ownership", "state_index", "x", "z", "observed"}


def test_an_identical_request_returns_the_stored_fit(manifest: dict[str, Any], home: Path) -> None:
    before = times(home)
    again = fit("peer_tobit", "--json", home=home)
    assert times(home) == before
    told = json.loads(again.stdout)
    assert told["created"] == manifest["created"]
    rows = [row for row in told["coefficients"] if row["parameter"] == "exposure_coef"]
    assert len(rows) == 3 * 8
    assert "Compiling" not in again.stderr


def test_extras_are_added_to_the_stored_fit_with_the_limits_kept(manifest: dict[str, Any], home: Path) -> None:
    fit("peer_tobit", "--log-likelihood", "--predictive", home=home)
    with xr.open_datatree(files_of(home, NAME) / "private.nc", engine="h5netcdf") as tree:
        likelihood, replicated = tree["log_likelihood"]["y"], tree["posterior_predictive"]["y"]
        assert likelihood.dims == replicated.dims == ("chain", "draw", "cell")
        assert likelihood.sizes["cell"] == manifest["design"]["cells"]
        assert np.isfinite(likelihood.isel(draw=slice(0, 50))).all()
        draws = replicated.isel(draw=slice(0, 50)).to_numpy()
        assert set(np.unique(likelihood["service"])) == set(manifest["design"]["services"])
    assert draws.min() == 0.0
    assert draws.max() == 100.0
    assert 0.05 < (draws == 0).mean() < 0.5


def test_same_seed_same_bytes_and_another_data_set_does_not_share_the_directory(tmp_path: Path) -> None:
    called(simulate, "--scenario", "null", "--seed", 5, "--out", tmp_path / "s.csv")
    short = ("peer_staffing", "--draws", "60", "--tune", "120", "--chains", "2")
    first, second = (fit(*short, home=tmp_path / folder, code=None) for folder in "ab")
    assert first.returncode in {0, 3}, first.stderr
    name = "peer_staffing-weak-ndatss"
    assert second.returncode == first.returncode
    one, two = (files_of(tmp_path / folder, name) for folder in "ab")
    for inner in ("fit.nc", "private.nc"):
        assert (one / inner).read_bytes() == (two / inner).read_bytes()
    other = fit(*short, "--data", str(tmp_path / "s.csv"), home=tmp_path / "a", code=None)
    assert "holds a fit of other data" in other.stderr
    assert len([path for path in (tmp_path / "a").iterdir() if path.name.startswith(name)]) == 2
    replaced = fit(*short, "--seed", "9", home=tmp_path / "a", code=None)
    assert "seed 2017 -> 9" in replaced.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("peer_tobbit",), "Did you mean 'peer_tobit'"),
        (("peer_tobit", "--study", "ndats"), "Did you mean 'ndatss'"),
        (("peer_tobit", "--service", "condom"), "Did you mean 'condoms'"),
        (("peer_tobit", "--priors", "week"), "Did you mean 'weak'"),
        (("peer_tobit", "--wave", "2015"), "2014, 2017"),
        (("peer_tobit", "--data", "nowhere.csv"), "no such file"),
        (("peer_tobit", "--study", "nssats_2017"), "'utilisation'"),
        (("peer_logit", "--study", "nssats_2017"), "SAMHSA"),
    ],
)
def test_bad_requests_exit_with_2_and_write_nothing(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = called(app, *arguments, "--fits-dir", tmp_path / "fits", code=2)
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "fits").exists()


WEAK = (ROOT / "priors" / "weak.toml").read_text(encoding="utf-8")


RESIDUAL = "[roles.residual_sd]\npoints = { sd = 50 }"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"[roles.exposure_mean]": "[roles.exposure_men]", RESIDUAL: RESIDUAL.replace("50", "0")},
            [
                "3 problems found",
                "mine.toml: roles.exposure_men: got an unknown role; expected a parameter role. Did you mean "
                "'exposure_mean'?",
                "mine.toml: roles.residual_sd.points.sd: got 0; expected a finite number above 0",
                "mine.toml: got no prior for role 'exposure_mean'; expected a table [roles.exposure_mean]",
            ],
        ),
        (
            {"points = { sd = 15 }\nprobability = { sd = 0.25 }": "", RESIDUAL: "[roles.residual_sd]"},
            [
                "2 problems found",
                "mine.toml: got no prior for role 'unit_sd' in points; expected `points = { sd = ... }`",
                "mine.toml: got no prior for role 'residual_sd' in points",
            ],
        ),
    ],
)
@pytest.mark.parametrize("command", ["fit", "ladder"])
def test_every_fault_of_the_priors_is_told_before_anything_is_done(
    command: str, changes: dict[str, str], said: list[str], tmp_path: Path
) -> None:
    text = WEAK
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    words = ("peer_tobit", "--priors", tmp_path / "mine.toml", "--fits-dir", tmp_path / "fits")
    more = ("--service", "condoms", "--exposure", "peer_influence") if command == "ladder" else ()
    done = called(app if command == "fit" else ladder, *words, *more, code=2)
    assert done.stderr.startswith(said[0])
    assert all(one in done.stderr for one in said)
    assert not (tmp_path / "fits").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="signals differ")
def test_ctrl_c_leaves_nothing_half_written(tmp_path: Path) -> None:
    words = ["peer_tobit", "--service", "condoms", "--draws", "200000", "--fits-dir", str(tmp_path / "fits")]
    command = [sys.executable, "-m", "models.fit", *words]
    running = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert running.stderr is not None
    for line in running.stderr:
        if line.startswith("sampling"):
            break
    started = time.monotonic()
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "nothing was stored" in err
    assert time.monotonic() - started < 30  # a guard against hanging, not a benchmark
    assert Fit.stored(tmp_path / "fits") == []
    assert [path.name for path in (tmp_path / "fits").iterdir()] in ([], [".locks"])


def test_list_and_show_do_not_sample(tmp_path: Path) -> None:
    assert "peer_staffing" in called(app, "--list", "--fits-dir", tmp_path).stdout
    shown = called(app, "peer_staffing", "--show", "--fits-dir", tmp_path)
    assert "min(100, max(0, eta + e))" in shown.stdout
    assert "director_belief" in shown.stdout
    assert not list(tmp_path.iterdir())
