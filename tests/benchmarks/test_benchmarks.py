"""The harness's arithmetic and its plumbing, and every benchmark's own code on a tiny problem; nothing is timed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from fits.loaded import prepare
from models.engines.settings import Settings
from models.posterior import derive
from models.predict import pointwise
from models.predictors.predictor import parts_of
from tests.benchmarks import _problem, _scale, _table, ours_refit
from tests.benchmarks._contenders import SERVICE, _ess, contenders, ours
from tests.benchmarks._measure import CommandError, python, run
from tests.models._prepare import Case, case
from tests.running import ROOT


def one(wall: float, **told: Any) -> dict[str, Any]:
    return {"wall": wall, "cpu": wall, "peak_mib": 100.0, "told": told}


def fake() -> dict[str, list[dict[str, Any]]]:
    """Runs whose ratios are known."""
    fits = [one(wall, seconds={"sample": 2.0}, ess=1000.0, divergences=0) for wall in (6.0, 5.0, 70.0)]
    slow = one(50.0, seconds={"compile": 20.0, "sample": 10.0}, ess=500.0, divergences=1)
    refits = {
        kind: {"wall_over_sampling": w, "sampling": 2.0, "ess_bulk_min": 900.0}
        for kind, w in (("same", 1.1), ("priors", 1.3))
    }
    scale = {
        f"scale_tobit_{n}": [one(9.0, seconds={"sample": n / 1000.0}, ess=1.0, divergences=0)] for n in (1000, 100_000)
    }
    return {
        "import": [one(3.0), one(2.0), one(4.0)],
        "warm": fits,
        "censored": [slow],
        "bambi_nutpie": [one(18.0, seconds={"fit": 10.0}, ess=500.0, divergences=0)],
        "refit": [one(9.0, refits=refits, compilations=0)],
        **scale,
    }


def test_ratios_are_of_medians_and_judged_against_their_bounds() -> None:
    found = {target.text: target for target in _table.targets(fake())}
    warm = found["one service, warm, over `import pymc`"]
    assert warm.ratio == pytest.approx(6.0 / 3.0)
    assert warm.met
    nutpie = found["Bambi with nutpie over one service, warm"]
    assert nutpie.ratio == pytest.approx(3.0)
    assert nutpie.met is False
    assert found["ESS/s of one service over `pm.Censored`'s"].ratio == pytest.approx((1000 / 2) / (500 / 10))
    assert found["slowest kind of refit, wall over sampling"].ratio == pytest.approx(1.3)
    assert found["slowest kind of refit, wall over sampling"].met is False
    assert found["exponent of Tobit sampling time in n"].ratio == pytest.approx(1.0)
    assert found["brms over one service, warm"].met is None


def test_the_page_says_what_was_met_missed_and_not_run() -> None:
    runs = fake()
    record = {
        "date": "2000-01-01",
        "machine": "a machine",
        "command": "a command",
        "code": "abc",
        "no_bytecode": True,
        "what": {name: f"what {name} is" for name in [*runs, "brms"]},
        "skipped": {"brms": "no Rscript"},
        "runs": runs,
    }
    page = _table.markdown(record)
    assert "| what warm is | 3 | 6.0 | 2.00 |" in page
    assert "Not run: what brms is: no Rscript." in page
    assert "| at least 4 | 3.00 | **not met** |" in page
    assert "not measured" in page


def test_a_problem_written_for_peers_is_the_one_that_is_fitted(tmp_path: Path) -> None:
    problem = _problem.write(tmp_path, "peer_tobit", "condoms")
    given = case("peer_tobit", service="condoms")
    frame, belief = pd.read_csv(problem.rows), json.loads(problem.priors.read_text(encoding="utf-8"))
    np.testing.assert_allclose(frame["y"], given.design.y)
    assert (frame["censored"] == -1).sum() == (given.design.y == 0).sum()
    assert (frame["censored"] == 1).sum() == (given.design.y == 100).sum()
    assert belief["intercept"] == list(given.priors.located("intercept"))
    assert len(belief["exposures"]) + len(belief["controls"]) == given.design.x.shape[1] + given.design.z.shape[1]


@pytest.mark.parametrize("service", ["condoms", None])
def test_the_peer_in_plain_pymc_has_the_posterior_that_we_sample(service: str | None, tmp_path: Path) -> None:
    """Same density of the data and priors at stored draws, whatever the parametrisation: our own graph is not used."""
    from tests.benchmarks.peer_censored import build

    problem = _problem.write(tmp_path, "peer_tobit", service)
    given = case("peer_tobit", **({"service": service} if service else {"pooling": "normal"}))
    belief = json.loads(problem.priors.read_text(encoding="utf-8"))
    model = build(pd.read_csv(problem.rows), belief)
    density = given.density
    points = density.start + np.random.default_rng(1).normal(0, 0.3, (1, 3, density.dim))
    stored = derive(density.label(points), given.design, given.data)
    cells = pointwise(stored, given.design, given.family)["y"].sum("cell")
    ours = cells + sum(part.log_prior(stored, given.priors) for part in parts_of(given.design, given.family))
    logp = model.compile_logp(mode="FAST_COMPILE")
    differences = []
    for draw in range(3):
        theirs, more = _as_theirs(stored.isel(chain=0, draw=draw), given)
        assert set(theirs) == {variable.name for variable in model.value_vars}
        differences.append(float(ours[0, draw]) + more - float(logp(theirs)))
    assert np.ptp(differences) < 1e-5  # of some -2,000; PyMC computes its tails to 1e-7


def _as_theirs(stored: xr.Dataset, given: Case) -> tuple[dict[str, Any], float]:
    """A stored draw in the peer's parameters, services by name and before levels, and the log of their Jacobian.

    They have logs of sds, and effects over their sd.
    """
    order = np.argsort(given.design.services)
    found = {name: stored[name].transpose(..., "service").to_numpy()[..., order] for name in ("intercept",)}
    found["control_coef"] = stored["control_coef"].to_numpy()[:, order]
    coefficients, more = stored["exposure_coef"].to_numpy()[:, order], 0.0
    if given.design.several:
        mean, spread = stored["exposure_mean"].to_numpy(), stored["exposure_spread"].to_numpy()
        found |= {"exposure_mean": mean, "exposure_spread_log__": np.log(spread)}
        found["exposure_raw"] = (coefficients - mean[:, None]) / spread[:, None]
        more += float(np.log(spread).sum()) * (1 + coefficients.shape[1])
        unit_sd, units = float(stored["unit_sd"]), stored["unit_effect"].to_numpy()
        found |= {"unit_sd_log__": np.log(unit_sd), "unit_raw": units / unit_sd}
        more += np.log(unit_sd) * (1 + len(units))
    else:
        found["exposure_coef"] = coefficients
    for name, group in given.design.groups.items():
        sd = stored[f"{name}_sd"].to_numpy()[order]
        raw = stored[f"{name}_effect"].transpose("service", name).to_numpy()[order] / sd[:, None]
        levels = raw.shape[1] - group.exhaustive
        if group.exhaustive:
            root = np.sqrt(raw.shape[1])
            raw = raw[:, :-1] - raw[:, -1:] * root / (root + root**2)
        found |= {f"{name}_sd_log__": np.log(sd), f"{name}_raw{'_zerosum__' * group.exhaustive}": raw}
        more += float(np.log(sd).sum()) * (1 + levels)
    residual = stored["residual_sd"].to_numpy()[order]
    found["residual_sd_log__"] = np.log(residual)
    return found, more + float(np.log(residual).sum())


def test_scale_studies_have_the_size_asked_for_and_distinct_tobit_rows(tmp_path: Path) -> None:
    frame = pd.read_parquet(_scale.write(tmp_path, "tobit", 2000))
    assert len(frame) == 2000
    assert frame[f"uses_{_scale.SERVICE}"].between(0, 100).all()
    assert not frame.drop(columns="clinic").duplicated().any()
    repeated = pd.read_parquet(_scale.write(tmp_path, "bernoulli", 2000))
    assert repeated.drop(columns="clinic").duplicated().sum() > 1000


def test_draws_written_by_r_are_read_in_its_order(tmp_path: Path) -> None:
    draws = np.random.default_rng(2).normal(size=(50, 4, 3))  # (draw, chain, parameter)
    (tmp_path / "r.bin").write_bytes(draws.ravel(order="F").tobytes())
    (tmp_path / "r.json").write_text(json.dumps({"shape": draws.shape}), encoding="utf-8")
    np.save(tmp_path / "py.npy", draws.transpose(1, 0, 2))
    (tmp_path / "py.json").write_text("{}", encoding="utf-8")
    assert _ess(tmp_path / "r.json") == pytest.approx(_ess(tmp_path / "py.json"))


def test_a_command_that_fails_is_not_a_measurement(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="exited with 7"):
        run(python("-c", "print('why'); raise SystemExit(7)"), told=tmp_path / "x.json")
    done = run(python("-c", "import time; x = bytearray(200_000_000); time.sleep(0.5)"))
    assert done.wall > 0
    if sys.platform == "linux":
        assert 190 < done.peak_mib < 400


def test_every_contender_is_listed_with_why_it_cannot_run(tmp_path: Path) -> None:
    found = {one.name: one for one in contenders(tmp_path, None, (657,))}
    assert found["nssats"].missing.startswith("no N-SSATS file")
    assert {"cold", "warm", "refit", "bambi", "bambi_nutpie", "brms", "scale_tobit_657"} <= set(found)
    listed = subprocess.run(
        [*python("-m", "tests.benchmarks", "--only", "bambbi"), "--work", str(tmp_path), "--out", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert listed.returncode == 2
    assert "bambi_nutpie" in listed.stderr


TINY = 30
"""Draws of a run that shows that a benchmark's own code still works; nothing is timed."""


@pytest.fixture(scope="module")
def refits(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the refits write of themselves."""
    out = tmp_path_factory.mktemp("refits") / "refit.json"
    ours_refit.main(SERVICE, str(out), Settings(draws=TINY, tune=TINY, chains=2))
    return dict(json.loads(out.read_text(encoding="utf-8")))


def test_the_refits_run_and_compile_nothing_anew(refits: dict[str, Any]) -> None:
    assert set(refits["refits"]) == {"same", "data", "priors", "exposures", "controls", "groups"}
    for one in refits["refits"].values():
        assert one["wall"] > one["sampling"] > 0
        assert one["ess_bulk_min"] > 0
    assert refits["compilations"] == 0


def test_each_kind_of_refit_is_another_problem() -> None:
    made = {name: prepare(given.loaded, SERVICE) for name, given in ours_refit.variants(SERVICE).items()}
    design, _, priors = made["same"]
    assert len(made["exposures"][0].exposures) == 1 < len(design.exposures)
    assert len(made["controls"][0].controls) < len(design.controls)
    assert len(made["groups"][0].groups) == 1 < len(design.groups)
    assert not np.array_equal(made["data"][0].y, design.y)
    assert made["priors"][2].located("exposure_mean") != priors.located("exposure_mean")


def test_what_runs_write_fills_the_table(refits: dict[str, Any], tmp_path: Path) -> None:
    """The harness as a user calls it, and one of our fits, read into the page of results."""
    done = called_as_user("--only", "help", "--only", "list", "--repeat", "1", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    (path,) = (tmp_path / "out").glob("*.json")
    record = json.loads(path.read_text(encoding="utf-8"))
    assert {name: len(runs) for name, runs in record["runs"].items()} == {"help": 1, "list": 1}
    fit = ours(tmp_path, "peer_tobit", "--service", SERVICE, "--quick")
    assert fit.told["ess"] > 0
    assert fit.told["seconds"]["sample"] > 0
    record["runs"] |= {"refit": [one(9.0, **refits)], "warm": [fit.to_dict()], "import": [one(2.0)]}
    record["what"] |= {name: name for name in record["runs"]}
    page = _table.markdown(record)
    assert "slowest kind of refit, wall over sampling" in page
    assert "one service, warm, over `import pymc`" in page


def called_as_user(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "out").mkdir(exist_ok=True)
    places = ("--work", str(folder / "work"), "--out", str(folder / "out"))
    return subprocess.run(
        [*python("-m", "tests.benchmarks", *arguments), *places], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
@pytest.mark.parametrize("peer", ["bambi default", "bambi nutpie", "censored"])
def test_a_peer_runs_and_its_draws_are_read(peer: str, tmp_path: Path) -> None:
    problem = _problem.write(tmp_path, "peer_tobit", SERVICE)
    out = tmp_path / "peer.json"
    name, *sampler = peer.split()
    words = [str(problem.rows), str(problem.priors), *sampler, str(out)]
    # In a process of its own, as it is timed: what its libraries warn of is none of our errors.
    run(python("-c", f"from tests.benchmarks.peer_{name} import main; main(*{words}, draws={TINY})"), told=out)
    told = json.loads(out.read_text(encoding="utf-8"))
    assert sum(told["seconds"].values()) > 0
    assert told["divergences"] >= 0
    assert _ess(out) > 0


RECORDS = sorted((ROOT / "tests" / "benchmarks" / "results").glob("*.json"))


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_a_committed_page_is_what_its_record_says(path: Path) -> None:
    record = json.loads(path.read_text(encoding="utf-8"))
    assert path.with_suffix(".md").read_text(encoding="utf-8") == _table.markdown(record)
    assert record["date"] == path.stem


def test_the_readme_holds_the_newest_promises_with_machine_and_date() -> None:
    record = json.loads(RECORDS[-1].read_text(encoding="utf-8"))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = _table.markdown(record).partition("| promise |")[2]
    assert len(table.splitlines()) > 15
    assert table.strip() in readme
    assert record["date"] in readme
    assert record["machine"].partition(", Python")[0] in readme
