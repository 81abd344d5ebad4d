"""Leave-one-out predictions, against ArviZ's, SciPy's densities and exact refits."""

from __future__ import annotations

from dataclasses import replace

import arviz_stats
import numpy as np
import pytest
import xarray as xr
from scipy.special import logsumexp
from scipy.stats import kstest, norm

from fits.checks import loo as module
from fits.checks.loo import Loo, _efficiency, good_k
from fits.checks.pit import pit_test
from fits.checks.predicted import predict
from models.families import gaussian
from models.predict import pointwise
from tests.fits.checks._worlds import drawn_with, logit, near, truth
from tests.models._prepare import Case, few_kinds, linear_predictor
from tests.small_study import kinds

LIMITS = (0.0, 10.0)


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> tuple[Case, xr.Dataset]:
    """Two services whose answers are of the truth, which the posterior knows to a few hundredths."""
    given = few_kinds(tmp_path_factory.mktemp("two"), outcomes=("y", "other"), table=kinds(240))
    drawn = truth(given)
    draw = drawn.assign(intercept=0.0 * drawn["intercept"] + 4.5, residual_sd=0.0 * drawn["residual_sd"] + 5.0)
    design = drawn_with(draw, given.design, given.family, np.random.default_rng(4))
    return replace(given, design=design), near(draw, draws=400, part=0.04)


def sd_of(posterior: xr.Dataset, service: np.ndarray) -> np.ndarray:
    """The residual sd of each cell's service, (chain, draw, cell)."""
    return posterior["residual_sd"].transpose("chain", "draw", "service").to_numpy()[..., service]


def loo_of(given: Case, posterior: xr.Dataset) -> Loo:
    return Loo.of(posterior, given.design, given.family, limits=LIMITS, seed=2)


def density(y: np.ndarray, eta: np.ndarray, sd: np.ndarray) -> np.ndarray:
    """Log-probability at a limit and log-density between them, with SciPy."""
    inside = norm.logpdf(y, eta, sd)
    return np.where(y <= 0.0, norm.logcdf((0.0 - eta) / sd), np.where(y >= 10.0, norm.logsf((10.0 - eta) / sd), inside))


def test_a_tobit_is_scored_as_arviz_does(right: tuple[Case, xr.Dataset]) -> None:
    given, posterior = right
    ours = loo_of(given, posterior)
    tree = xr.DataTree.from_dict(
        {"posterior": posterior, "log_likelihood": pointwise(posterior, given.design, given.family)[["y"]]}
    )
    theirs = arviz_stats.loo(tree, pointwise=True, reff=_efficiency(posterior))
    np.testing.assert_allclose(ours.elpd, theirs.elpd_i.to_numpy(), rtol=1e-8)
    np.testing.assert_allclose(ours.khat, theirs.pareto_k.to_numpy(), rtol=1e-6, atol=1e-8)
    assert ours.total == pytest.approx(theirs.elpd, rel=1e-10)
    assert ours.effective == pytest.approx(theirs.p, abs=1e-6)
    assert ours.error == pytest.approx(theirs.se, rel=0.01)  # ArviZ divides by n, and this by n - 1
    assert good_k(ours.draws) == theirs.good_k
    held = ours.as_arviz()
    assert (held.elpd, held.p, held.n_data_points) == (ours.total, ours.effective, len(given.design.y))


def test_cells_in_blocks_are_the_same(right: tuple[Case, xr.Dataset], monkeypatch: pytest.MonkeyPatch) -> None:
    given, posterior = right
    whole = loo_of(given, posterior)
    monkeypatch.setattr(module, "BLOCK", 800 * 7)
    parts = loo_of(given, posterior)
    np.testing.assert_allclose(parts.elpd, whole.elpd, rtol=1e-12)
    np.testing.assert_allclose(parts.khat, whole.khat, rtol=1e-12)
    assert parts.pit.shape == whole.pit.shape


def test_a_gaussian_is_weighted_by_its_own_likelihood_and_scored_as_if_cut_off(right: tuple[Case, xr.Dataset]) -> None:
    given, posterior = right
    design = replace(given.design, limits=(-np.inf, np.inf))
    ours = loo_of(replace(given, family=gaussian.FAMILY, design=design), posterior)
    eta = linear_predictor(posterior, design)
    sd = sd_of(posterior, design.service_of)
    fitted = norm.logpdf(design.y, eta, sd)
    log_weights, khat = xr.DataArray(fitted, dims=("chain", "draw", "cell")).azstats.psislw(
        dim=["chain", "draw"], r_eff=_efficiency(posterior)
    )
    weights = np.exp(log_weights.transpose("chain", "draw", "cell").to_numpy())
    score = np.exp(density(design.y, eta, sd))
    expected = np.log((weights * score).sum(axis=(0, 1)) / weights.sum(axis=(0, 1)))
    np.testing.assert_allclose(ours.elpd, expected, rtol=1e-8)
    np.testing.assert_allclose(ours.khat, khat.to_numpy(), rtol=1e-10, atol=1e-13)  # some are next to 0
    np.testing.assert_allclose(ours.lpd, np.log(score.mean(axis=(0, 1))), rtol=1e-8)
    # Scored by its own density at a limit it would be another number.
    plain = -logsumexp(-fitted, axis=(0, 1)) + np.log(fitted[..., 0].size)
    at = np.isin(design.y, LIMITS)
    assert np.abs(ours.elpd - plain)[at].mean() > 0.3
    np.testing.assert_allclose(ours.elpd[~at], plain[~at], atol=0.01)


def test_weights_lean_towards_draws_that_the_answer_speaks_against(right: tuple[Case, xr.Dataset]) -> None:
    """With the sign of the weights turned, leaving an answer out would make it more likely."""
    given, posterior = right
    found = loo_of(given, posterior)
    assert (found.elpd < found.lpd + 1e-9).mean() > 0.95
    assert 1.0 < found.effective < 40.0


def test_pit_is_uniform_and_spread_over_the_point_masses(right: tuple[Case, xr.Dataset]) -> None:
    given, posterior = right
    found = loo_of(given, posterior)
    design = given.design
    at = [np.mean(design.y == limit) for limit in LIMITS]
    assert min(at) > 0.05
    for pit in (found.pit, found.used):
        assert kstest(pit, "uniform").pvalue > 0.01
        assert pit_test(pit, "", "").p > 0.01
    draw = posterior.mean(("chain", "draw"))
    sd = draw["residual_sd"].to_numpy()[design.service_of]
    eta = linear_predictor(draw.expand_dims(chain=[0], draw=[0]), design)[0, 0]
    lower = design.y == 0.0
    assert (found.pit[lower] < norm.cdf(-eta / sd)[lower] + 0.08).all()
    assert np.ptp(found.pit[lower]) > 0.2


def test_draws_a_hair_off_the_limit_spoil_the_pit(right: tuple[Case, xr.Dataset]) -> None:
    given, posterior = right
    family = replace(given.family, draw=lambda *args: np.clip(given.family.draw(*args), 1e-9, 10.0 - 1e-9))
    found = loo_of(replace(given, family=family), posterior)
    assert pit_test(found.pit, "", "").p < 1e-6


def test_predictions_of_some_cells_are_those_of_all(right: tuple[Case, xr.Dataset]) -> None:
    given, posterior = right
    design, rng = given.design, np.random.default_rng(1)
    cells = np.array([5, 3, 77, 240])
    found = predict(posterior, design, given.family, cells=cells, limits=LIMITS, rng=rng)
    eta = linear_predictor(posterior, design)[..., cells]
    sd = sd_of(posterior, design.service_of[cells])
    np.testing.assert_allclose(found.fitted, density(design.y[cells], eta, sd), rtol=1e-8)
    assert found.drawn.shape == found.fitted.shape
    assert (found.drawn.min(), found.drawn.max()) == LIMITS


def test_an_outlier_has_a_high_khat_and_a_refit_replaces_its_prediction(right: tuple[Case, xr.Dataset]) -> None:
    given, posterior = right
    cell = int(np.flatnonzero((given.design.y > 2) & (given.design.y < 8))[0])
    narrow = posterior.assign(residual_sd=0.15 * posterior["residual_sd"])
    found = loo_of(given, narrow)
    bad = found.bad
    assert bad.size > 0
    assert (np.diff(found.khat[bad]) <= 0).all()
    assert set(bad.tolist()) == {k for k, value in enumerate(found.khat) if value > good_k(800)}
    check = found.check()
    assert not check.passed
    assert f"k-hat above 0.66 for {bad.size} answers" in check.sentence
    again = found.refit(cell, posterior, given.design, given.family, limits=LIMITS, seed=3)
    eta = linear_predictor(posterior, given.design)[..., cell]
    sd = sd_of(posterior, given.design.service_of[cell])
    expected = np.log(np.mean(np.exp(density(given.design.y[cell], eta, sd))))
    assert again.elpd[cell] == pytest.approx(expected, rel=1e-10)
    assert (again.khat[cell], again.refitted.sum(), bool(again.refitted[cell])) == (0.0, 1, True)
    others = np.arange(len(found.elpd)) != cell
    for name in ("elpd", "khat", "pit", "used", "lpd"):
        np.testing.assert_array_equal(getattr(again, name)[others], getattr(found, name)[others])
    assert not found.refitted.any()  # nothing is changed in place
    mended = replace(found, khat=np.where(np.isin(np.arange(len(found.khat)), bad), 0.0, found.khat))
    mended = replace(mended, refitted=np.isin(np.arange(len(found.khat)), bad))
    assert mended.check().passed
    assert f"{bad.size} answers predicted by exact refits, k-hat at most" in mended.check().sentence


@pytest.mark.parametrize(("draws", "limit"), [(100, 0.5), (1000, 2 / 3), (4000, 0.7), (10**6, 0.7)])
def test_the_largest_good_khat(draws: int, limit: float) -> None:
    assert good_k(draws) == pytest.approx(limit)


@pytest.mark.parametrize("khat", [np.nan, np.inf])
def test_a_khat_that_is_no_number_is_bad(khat: float, right: tuple[Case, xr.Dataset]) -> None:
    found = loo_of(*right)
    broken = found.khat.copy()
    broken[4] = khat
    assert replace(found, khat=broken).bad.tolist() == [4]


def test_leave_one_out_probabilities_of_yes_and_no(tmp_path_factory: pytest.TempPathFactory) -> None:
    given = logit(tmp_path_factory.mktemp("logit"))
    posterior = near(truth(given), part=0.1)
    design = drawn_with(truth(given), given.design, given.family, np.random.default_rng(5))
    infinite = (-np.inf, np.inf)
    found = Loo.of(posterior, design, given.family, limits=infinite, seed=1)
    p = found.probability(design.y)
    np.testing.assert_allclose(np.where(design.y == 1.0, p, 1.0 - p), np.exp(found.elpd), rtol=1e-10)
    used = (1.0 / (1.0 + np.exp(-linear_predictor(posterior, design)))).mean(axis=(0, 1))
    np.testing.assert_allclose(p, used, atol=0.05)
    assert ((p < used) == (design.y == 1.0)).mean() > 0.95  # left out, an answer is less likely
