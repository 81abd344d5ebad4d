"""A likelihood earns trust three ways: against scipy, in its limits, and by contrast (test_recovery)."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import log_ndtr

from models.families import bernoulli, tobit
from models.family import AT_LOWER, AT_UPPER, EXACT, kinds_of

NONE = (-np.inf, np.inf)

RTOL = 1e-8  # the issue's own bound; both sides are correct to about 1e-14


@cache
def compiled_tobit() -> Any:
    eta, sigma, y = pt.dvectors("eta", "sigma", "y")
    lower, upper = pt.dscalars("lower", "upper")
    parts = [pt.lvector(name) for name in ("left", "interior", "right")]
    logp = tobit.graph(pt, y, eta, {"residual_sd": sigma}, (lower, upper), *parts)
    return pytensor.function([eta, sigma, y, lower, upper, *parts], [logp, *pt.grad(logp.sum(), [eta, sigma])])


def tobit_logp(y: np.ndarray, eta: np.ndarray, sigma: np.ndarray, lower: float, upper: float) -> list[np.ndarray]:
    kind = kinds_of(y, (lower, upper))
    parts = [np.flatnonzero(kind == one) for one in (AT_LOWER, EXACT, AT_UPPER)]
    out: list[np.ndarray] = compiled_tobit()(eta, sigma, y, lower, upper, *parts)
    return out


def by_scipy(y: np.ndarray, eta: np.ndarray, sigma: np.ndarray, lower: float, upper: float) -> np.ndarray:
    dist = stats.norm(eta, sigma)
    return np.where(y <= lower, dist.logcdf(lower), np.where(y >= upper, dist.logsf(upper), dist.logpdf(y)))


def test_tobit_equals_scipy_in_all_pieces() -> None:
    rng = np.random.default_rng(1)
    eta, sigma = rng.normal(50, 40, 500), rng.uniform(5, 60, 500)
    y = np.clip(rng.normal(eta, sigma), 0, 100)
    assert (y == 0).sum() > 20
    assert (y == 100).sum() > 20
    expected = by_scipy(y, eta, sigma, 0, 100)
    np.testing.assert_allclose(tobit_logp(y, eta, sigma, 0, 100)[0], expected, rtol=RTOL)
    np.testing.assert_allclose(tobit.log_density(y, eta, {"residual_sd": sigma}, (0.0, 100.0)), expected, rtol=RTOL)


@pytest.mark.parametrize("limit", [0.0, 100.0])
def test_tobit_tails_to_30_sd(limit: float) -> None:
    z = np.concatenate([np.linspace(-30, 30, 601), [-1 - 1e-12, -1, -1 + 1e-12]])
    sigma = np.full(z.size, 7.0)
    eta = limit - z * sigma if limit == 0 else limit + z * sigma  # z is the argument of the normal cdf
    logp, d_eta, d_sigma = tobit_logp(np.full(z.size, limit), eta, sigma, 0, 100)
    np.testing.assert_allclose(logp, log_ndtr(z), rtol=RTOL)
    mills = np.exp(stats.norm.logpdf(z) - log_ndtr(z)) / sigma
    np.testing.assert_allclose(d_eta, -mills if limit == 0 else mills, rtol=1e-7, atol=1e-300)
    np.testing.assert_allclose(d_sigma, -z * mills, rtol=1e-7, atol=1e-300)


def test_tobit_far_beyond_the_tails_stays_finite() -> None:
    z = np.array([-1e4, -200.0, 200.0, 1e4])
    logp, d_eta, d_sigma = tobit_logp(np.zeros(4), -z, np.ones(4), 0, 100)
    assert np.isfinite([logp, d_eta, d_sigma]).all()


def test_infinite_limits_give_the_gaussian() -> None:
    rng = np.random.default_rng(2)
    eta, sigma, y = rng.normal(0, 30, 200), rng.uniform(1, 9, 200), rng.normal(0, 40, 200)
    np.testing.assert_allclose(
        tobit_logp(y, eta, sigma, -np.inf, np.inf)[0], stats.norm.logpdf(y, eta, sigma), rtol=RTOL
    )


@pytest.mark.parametrize(("lower", "upper"), [(0.0, np.inf), (-np.inf, 100.0)])
def test_one_limit_may_be_absent(lower: float, upper: float) -> None:
    rng = np.random.default_rng(3)
    eta, sigma = rng.normal(50, 60, 300), np.full(300, 30.0)
    y = np.clip(rng.normal(eta, sigma), lower, upper)
    np.testing.assert_allclose(
        tobit_logp(y, eta, sigma, lower, upper)[0], by_scipy(y, eta, sigma, lower, upper), rtol=RTOL
    )


@settings(max_examples=60, deadline=None)
@given(eta=st.floats(-300, 400), sigma=st.floats(0.5, 200))
def test_tobit_probabilities_sum_to_one(eta: float, sigma: float) -> None:
    grid = np.linspace(0, 100, 20_001)[1:-1]
    y = np.concatenate([[0.0], grid, [100.0]])
    density = np.exp(tobit_logp(y, np.full(y.size, eta), np.full(y.size, sigma), 0, 100)[0])
    total = density[0] + density[-1] + np.sum(density[1:-1]) * (grid[1] - grid[0])
    # The missing half cells at the ends are at most one cell's density, .005 * .8 / sigma.
    assert total == pytest.approx(1.0, abs=0.005 / sigma + 1e-6)


def test_pymc_censored_is_the_same_likelihood() -> None:
    rng = np.random.default_rng(4)
    eta, sigma = rng.normal(50, 50, 100), np.full(100, 30.0)
    y = np.clip(rng.normal(eta, sigma), 0, 100)
    other = pm.logp(pm.Censored.dist(pm.Normal.dist(eta, sigma), lower=0, upper=100), y).eval()
    np.testing.assert_allclose(tobit_logp(y, eta, sigma, 0, 100)[0], other, rtol=1e-6)  # PyMC's own tails: 1e-7


def test_tobit_draws_are_clipped_to_the_limits_exactly() -> None:
    y = tobit.draw(np.full(2000, 50.0), {"residual_sd": np.full(2000, 60.0)}, (0.0, 100.0), np.random.default_rng(5))
    assert y.min() == 0.0
    assert y.max() == 100.0
    expected = stats.norm.cdf(0, 50, 60)
    assert (y == 0).mean() == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / 2000))


@pytest.mark.parametrize(("lower", "upper"), [(0, 100), (0, np.inf), (-np.inf, 100), (-np.inf, np.inf)])
def test_tobit_expectation_against_clipped_draws(lower: float, upper: float) -> None:
    rng = np.random.default_rng(6)
    for eta, sigma in [(-40.0, 30.0), (50.0, 60.0), (130.0, 20.0)]:
        draws = np.clip(rng.normal(eta, sigma, 400_000), lower, upper)
        got = tobit.expected(np.array(eta), {"residual_sd": np.array(sigma)}, (lower, upper))
        assert float(got) == pytest.approx(draws.mean(), abs=4 * draws.std() / np.sqrt(draws.size))


def test_bernoulli_equals_scipy_and_does_not_overflow() -> None:
    eta = np.concatenate([np.linspace(-30, 30, 121), [-700.0, 700.0]])
    for value in (0.0, 1.0):
        y = np.full(eta.size, value)
        logp = bernoulli.graph(pt, pt.as_tensor(y), pt.as_tensor(eta), {}, NONE, [], [], []).eval()
        expected = stats.logistic.logcdf(eta if value else -eta)
        np.testing.assert_allclose(logp, expected, rtol=RTOL, atol=1e-300)
        got = bernoulli.log_density(y, eta, {}, NONE)
        np.testing.assert_allclose(got, expected, rtol=RTOL, atol=1e-300)
