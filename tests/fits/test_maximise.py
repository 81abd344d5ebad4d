"""Maximum likelihood, single-level and rival fits by the door `models.fit`; and where they meet the posterior."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from data.commands.exits import EXIT_OF
from data.errors import InputError
from fits import produce
from fits.effects import answer
from fits.effects.effect_table import EffectTable
from fits.listing import line_of
from fits.loaded import design_of, load
from fits.plan import FitPlan
from fits.planning import sources
from fits.reload import reload
from fits.storage.fit import Fit
from models.engines.maximum.estimates import estimate
from models.fit import app
from tests.making import command_run, made
from tests.running import TESTS, called, python, raising
from tests.small_study import write

NAME = "peer_tobit-mle-ndatss"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fits")


def fitted(home: Path, **wanted: Any) -> Fit:
    short = {"draws": 250, "tune": 250, "chains": 2}
    return made(**{"model": "peer_tobit", "home": home, **short, **wanted})


@pytest.fixture(scope="module")
def stored(home: Path) -> Fit:
    return fitted(home, engine="mle")


@pytest.fixture
def mroz(tmp_path: Path, mroz_csv: Path) -> dict[str, Any]:
    """A study of one's own, in files that may be changed."""
    text = (TESTS / "studies" / "mroz.toml").read_text(encoding="utf-8")
    return {"model": "hours", **write(tmp_path, text, mroz_csv.read_text(encoding="utf-8"), stem="mroz")}


def test_the_stored_fit_says_what_it_is(stored: Fit) -> None:
    assert stored.name == NAME
    manifest = Fit.read(NAME, stored.directory.parent).manifest
    assert (manifest.created, manifest.request) == (stored.manifest.created, stored.manifest.request)
    assert (manifest.kind, manifest.status, manifest.simulated) == ("mle", "passed", True)
    request = manifest.request
    assert (request.priors, request.priors_sha256, request.settings) == ("", "", {"engine": "mle"})
    assert request.single_level
    services = manifest.design["services"]
    assert len(services) == 8
    # One service without a maximum takes nothing from the others.
    assert manifest.checks == {f"maximum[{service}]": service != "methadone" for service in services}
    assert set(manifest.diagnostics) == set(services)
    methadone, condoms = (manifest.diagnostics[name] for name in ("methadone", "condoms"))
    assert methadone["words"].startswith("separated by unit_type[inpatient]")
    assert condoms["words"] == ""
    assert np.isfinite(condoms["log_likelihood"])
    assert sum(found["cells"] for found in manifest.diagnostics.values()) == manifest.design["cells"]
    assert manifest.attempts == []


def test_numbers_of_each_service_are_numbers_again_when_read(stored: Fit) -> None:
    """JSON has no NaN, so it is written as text: what is read must be what was written."""
    read = Fit.read(NAME, stored.directory.parent).manifest.diagnostics
    for service, said in stored.manifest.diagnostics.items():
        assert isinstance(read[service]["log_likelihood"], float), service
        np.testing.assert_equal(read[service], said)  # NaN equals NaN


def test_plain_xarray_reads_it(stored: Fit) -> None:
    with xr.open_datatree(stored.files / "private.nc", engine="h5netcdf") as tree:
        assert set(tree.children) == {"estimates"}
        assert tree.attrs["stamp"].startswith("SIMULATED")
        found = tree["estimates"].to_dataset().load()
    loaded = load(FitPlan(model="peer_tobit", engine="mle"))
    expected = estimate(*design_of(loaded, None, single_level=True))
    xr.testing.assert_allclose(found, expected, rtol=1e-12)  # what was computed is what is read, but for sums' order
    assert found["converged"].dtype == bool
    assert list(found["errors"].to_numpy()) == ["classical", "robust", "state", "unit_type"]


def test_an_identical_request_is_not_computed_again(stored: Fit, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {path: path.stat().st_mtime_ns for path in stored.files.iterdir()}
    monkeypatch.setattr(produce, "estimated", raising(AssertionError("computed again")))
    # Priors, seed and draws mean nothing to maximum likelihood, so they make no other fit.
    again = fitted(home, engine="mle", seed=5, draws=7)
    assert again.manifest.created == stored.manifest.created
    assert {path: path.stat().st_mtime_ns for path in again.files.iterdir()} == before
    with pytest.raises(AssertionError, match="computed again"):
        fitted(home, engine="mle", force=True)
    with pytest.raises(AssertionError, match="computed again"):
        fitted(home, engine="mle", service="condoms")


def test_the_terminal_shows_estimates_and_words(stored: Fit, home: Path) -> None:
    ran = command_run(model="peer_tobit", engine="mle", home=home)
    assert ran.exit_code == 0
    out = ran.stdout
    assert "SIMULATED DATA, not evidence about any clinic" in out
    assert "peer_influence: 0 -> 1, in latent points (percent of patients)" in out
    assert "95% Wald intervals from classical standard errors. Also stored: robust, state, unit_type." in out
    assert "methadone: separated by unit_type[inpatient]: the likelihood rises" in out
    assert f"Next: python -m reports.effects {NAME} " in out
    rows = [line.split() for line in out.splitlines() if line.startswith("methadone ")]
    assert rows == [["methadone", "none"]] * 3


def test_json_holds_the_manifest_and_every_coefficient(stored: Fit, home: Path) -> None:
    ran = command_run("--json", model="peer_tobit", engine="mle", home=home)
    assert ran.exit_code == 0
    told = json.loads(ran.stdout, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert (told["fit"], told["errors"], told["interval"]) == (NAME, "classical", 0.95)
    assert told["request"]["settings"] == {"engine": "mle"}
    estimates = stored.estimates()
    assert len(told["coefficients"]) == estimates["estimate"].size
    for row in told["coefficients"]:
        if row["parameter"] == "exposure_coef":
            at = {"service": row["service"], "parameter": f"exposure_coef[{row['exposure']}]"}
            value = float(estimates["estimate"].sel(at))
            assert row["estimate"] == (None if np.isnan(value) else pytest.approx(value, rel=1e-12))
    # The residual sd is told itself, not its logarithm.
    (sd,) = (r for r in told["coefficients"] if (r["parameter"], r["service"]) == ("residual_sd", "condoms"))
    log_sd = float(estimates["estimate"].sel(service="condoms", parameter="log_residual_sd"))
    assert sd["estimate"] == pytest.approx(np.exp(log_sd), rel=1e-12)
    at = {"errors": "classical", "service": "condoms", "service_other": "condoms"}
    variance = float(estimates["covariance"].sel(at).isel(parameter=-1, parameter_other=-1))
    assert sd["error"] == pytest.approx(np.exp(log_sd) * np.sqrt(variance), rel=1e-12)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--priors weak", "--priors"),
        *((option, option) for option in ("--show", "--predictive", "--log-likelihood", "--quick")),
        ("--priors wide --quick", "--priors, --quick"),
    ],
)
def test_options_that_mean_nothing_here_are_refused(options: str, said: str, tmp_path: Path) -> None:
    done = called(app, "peer_tobit", "--engine", "mle", *options.split(), "--fits-dir", tmp_path / "fits", code=2)
    assert f"--engine mle: got also {said}; expected none of them: it has no priors or draws" in done.stderr
    assert not (tmp_path / "fits").exists()


def test_the_command_makes_it(tmp_path: Path) -> None:
    python("-m", "models.fit", "peer_tobit", "--engine", "mle", "--fits-dir", tmp_path / "fits", "--family", "gaussian")
    assert [path.name for path in Fit.stored(tmp_path / "fits")] == [f"{NAME}-gaussian"]


def test_where_no_service_has_a_maximum_the_fit_failed(home: Path) -> None:
    fit = fitted(home, engine="mle", service="methadone")
    assert (fit.name, fit.manifest.status) == (f"{NAME}-methadone", "failed")
    assert EXIT_OF[fit.manifest.status] == 3
    assert line_of(fit.name, home).note == "failed on maximum[methadone]"


def test_ls_lists_it_and_says_what_has_changed(
    stored: Fit, home: Path, mroz: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = line_of(NAME, home)
    assert (line.status, line.stale, line.simulated, line.note) == ("passed", (), True, "")
    own = fitted(engine="mle", **mroz)
    then = own.manifest.request
    assert line_of(own.name, mroz["home"]).stale == ()
    text = mroz["data"].read_text(encoding="utf-8")
    mroz["data"].write_text(text.replace("1610", "1611", 1), encoding="utf-8")
    (stale,) = line_of(own.name, mroz["home"]).stale
    assert stale.startswith(f"data_sha256 {then.data_sha256[:8]} -> ")
    monkeypatch.setattr(sources, "versions", lambda engine, family: {**then.versions, "statsmodels": "99.1"})
    assert line_of(NAME, home).stale == (f"statsmodels {then.versions['statsmodels']} -> 99.1",)


def test_single_level_and_rival_posteriors_have_names_of_their_own(home: Path) -> None:
    base = "peer_tobit-weak-ndatss-aftercare"
    single = fitted(home, service="aftercare", single_level=True)
    rival = fitted(home, service="aftercare", family="gaussian")
    both = fitted(home, service="aftercare", single_level=True, family="gaussian")
    names = [f"{base}-single_level", f"{base}-gaussian", f"{base}-single_level-gaussian"]
    assert [single.name, rival.name, both.name] == names
    assert [path.name for path in Fit.stored(home) if path.name.startswith(base)] == sorted(names)
    assert {one.manifest.kind for one in (single, rival, both)} == {"posterior"}
    with single.draws() as draws:
        posterior = draws["posterior"]
        assert not [name for name in posterior.data_vars if name.startswith(("state", "unit"))]
        dummies = {name for name in posterior["control"].to_numpy() if name.startswith("unit_type[")}
    assert dummies == {f"unit_type[{level}]" for level in ("inpatient", "outpatient_otp", "residential")}
    assert single.manifest.design["groups"] == {}
    assert set(rival.manifest.design["groups"]) == {"state", "unit_type"}
    # Naming the model's own family asks for nothing else.
    own = fitted(home, service="aftercare", single_level=True, family="tobit")
    assert own.manifest == single.manifest


def test_a_gaussian_fit_ignores_the_limits(home: Path) -> None:
    fit = fitted(home, engine="mle", service="aftercare", family="gaussian")
    assert fit.name == f"{NAME}-aftercare-gaussian"
    assert fit.manifest.design["limits"] == ["-inf", "inf"]
    assert fit.manifest.design["family"] == "gaussian"
    reloaded = reload(fit)
    assert reloaded.design.limits == (-np.inf, np.inf)
    assert reloaded.family.name == "gaussian"
    # Between limits a line is flatter than the latent one: E[y] is all it can see.
    tobit = fitted(home, engine="mle", service="aftercare")
    names = [f"exposure_coef[{name}]" for name in ("lived_experience_share", "peer_influence", "peer_senior")]
    flat, latent = (one.estimates()["estimate"].sel(parameter=names).to_numpy() for one in (fit, tobit))
    assert (np.abs(flat) < np.abs(latent)).all()


@pytest.mark.parametrize("engine", ["mle", "nutpie"])
def test_a_family_on_another_scale_is_refused(engine: str, home: Path) -> None:
    said = "--family: got 'bernoulli', which is on another scale than 'tobit'; expected one of tobit, gaussian"
    with pytest.raises(InputError, match=said):
        fitted(home, engine=engine, family="bernoulli")
    with pytest.raises(InputError, match="Did you mean 'gaussian'"):
        fitted(home, engine=engine, family="gausian")


def effects(fit: Fit, scale: str) -> EffectTable:
    (table,) = answer.tables_of(reload(fit), answer.EffectsQuestion(scales=(scale,)))
    return table


def test_under_wide_priors_a_single_equation_is_maximum_likelihood(home: Path) -> None:
    """The acceptance test: where a Bayesian adds nothing, both halves of the project say the same."""
    one = {"service": "aftercare", "engine": "mle"}
    frequentist = fitted(home, **one)
    settings = {"priors": "wide", "single_level": True, "draws": 1500, "tune": 1000, "chains": 4}
    bayesian = fitted(home, **{**one, "engine": "nutpie", **settings})
    assert bayesian.manifest.status == "passed"
    assert bayesian.manifest.design["cells"] == frequentist.manifest.design["cells"]
    pairs = list(zip(effects(bayesian, "expected").rows, effects(frequentist, "expected").rows, strict=True))
    assert len(pairs) == 3
    for ours, theirs in pairs:
        assert (ours.exposure, ours.units) == (theirs.exposure, theirs.units)
        posterior, wald = ours.change, theirs.change
        sd = (posterior.high - posterior.low) / (2 * 1.96)
        # 6000 draws, most of them effective: Monte Carlo error of the mean .013 sd, of the width 1.3 %. The rest is
        # what 563 cells leave of the prior and of skewness, of the order of 1 / sqrt(563) = .04 sd.
        assert posterior.mcse < 0.02 * sd
        assert abs(posterior.mean - wald.estimate) < 0.15 * sd, ours.exposure
        assert (posterior.high - posterior.low) / (wald.high - wald.low) == pytest.approx(1.0, abs=0.1), ours.exposure
