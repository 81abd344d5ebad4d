"""Normal vectors of unknown scale: their lengths by quadrature and draws, their scales given them by quadrature."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad
from scipy.special import kv, ndtr

from models.components.exhaustive_groups import stretched, stretching
from models.numerics.radial import farthest, scale_given_length, stretch
from priors.prior import Prior

HALF_NORMAL = Prior(distribution="half_normal", sd=2.0)
GAMMA = Prior(distribution="gamma", shape=2.0, rate=0.2)
EXPONENTIAL = Prior(distribution="exponential", rate=0.1)
PRIORS = pytest.mark.parametrize("prior", [HALF_NORMAL, GAMMA, EXPONENTIAL], ids=lambda one: one.distribution)
DIMENSIONS = pytest.mark.parametrize("dimensions", [1, 2, 3, 6])


@DIMENSIONS
def test_lengths_have_the_bessel_distribution_of_a_half_normal_scale(dimensions: int) -> None:
    order = 0.5 * (dimensions - 1)

    def density(r: float) -> float:
        return float(r**order * kv(order, r))

    def mass(low: float, high: float) -> float:
        return float(quad(density, low, high, limit=200, epsabs=1e-12)[0])

    whole = mass(0.0, 1.0) + mass(1.0, 60.0)
    for rho in (0.05, 0.5, 1.0, 2.0, 4.0):
        r = float(rho * stretch(np.array([rho]), dimensions, HALF_NORMAL)[0])
        assert mass(0.0, r) / whole == pytest.approx(stats.chi(dimensions).cdf(rho), abs=1e-8)


@PRIORS
@pytest.mark.parametrize("dimensions", [1, 3, 12, 52])
def test_lengths_have_the_distribution_of_every_prior(prior: Prior, dimensions: int) -> None:
    log_scales = np.linspace(-30.0, 4.5, 34_501)
    weights = np.exp(log_scales) * np.exp(prior.log_density(np.exp(log_scales) * prior.width))
    chi = stats.chi(dimensions)

    def below(r: float) -> float:
        """P(|u| < r)."""
        return float((weights * chi.cdf(r / np.exp(log_scales))).sum() / weights.sum())

    for part in (0.02, 0.3, 0.8, 0.99):
        rho = np.array([chi.ppf(part)])
        exact = float((rho * stretch(rho, dimensions, prior))[0])
        assert below(exact) == pytest.approx(part, abs=1e-7)
        # what is sampled: with two levels a half-normal's density has a logarithm at 0, which polynomials do not
        sampled = float((rho * stretched(rho, stretching(dimensions, prior)))[0])
        assert below(sampled) == pytest.approx(part, abs=1e-4 if dimensions == 1 else 1e-5)


@PRIORS
@DIMENSIONS
def test_scales_given_lengths_are_quantiles(prior: Prior, dimensions: int) -> None:
    rng = np.random.default_rng(1)
    length, score = np.geomspace(1e-2, 20.0, 8), rng.normal(size=8)
    found = scale_given_length(length, score, dimensions, prior)
    for r, at, wanted in zip(length, found, ndtr(score), strict=True):
        middle = np.log(r)

        def density(log_scale: float, r: float = r) -> float:
            """Of the log of the scale, given the length, up to a constant."""
            own = float(prior.log_density(np.array(prior.width * np.exp(log_scale))))
            return float(
                np.exp(own + log_scale + dimensions * (np.log(r) - log_scale) - 0.5 * (r / np.exp(log_scale)) ** 2)
            )

        steps = np.unique([middle - 3.0, middle - 1.0, middle, np.log(at), 2.0, middle + 1.0, 3.5])
        masses = [quad(density, *pair, limit=200)[0] for pair in pairwise(steps)]
        below = sum(mass for mass, end in zip(masses, steps[1:], strict=True) if end <= np.log(at) + 1e-12)
        assert below / sum(masses) == pytest.approx(wanted, abs=1e-5)


@PRIORS
@pytest.mark.parametrize("dimensions", [1, 3, 9])
def test_both_together_give_the_prior_of_scale_and_vector(prior: Prior, dimensions: int) -> None:
    rng, count = np.random.default_rng(2), 20_000
    z, score = rng.normal(size=(count, dimensions)), rng.normal(size=count)
    rho = np.linalg.norm(z, axis=1)
    by = stretched(rho, stretching(dimensions, prior))
    scale = scale_given_length(rho * by, score, dimensions, prior)
    standard = z * by[:, None] / scale[:, None]
    assert stats.kstest(scale * prior.width, prior._in_scipy().cdf).pvalue > 1e-3
    for column in standard.T:
        assert stats.kstest(column, stats.norm.cdf).pvalue > 1e-3
    assert stats.kstest(np.linalg.norm(standard, axis=1), stats.chi(dimensions).cdf).pvalue > 1e-3
    # standard effects know nothing of their scale
    half = np.linalg.norm(standard[scale < np.median(scale)], axis=1)
    assert stats.kstest(half, stats.chi(dimensions).cdf).pvalue > 1e-3


@pytest.mark.parametrize("dimensions", [1, 3, 52])
def test_what_is_tabulated_reaches_as_far_as_vectors_do_and_goes_on_straight(dimensions: int) -> None:
    end = farthest(dimensions)
    assert stats.chi(dimensions).sf(end) < 1e-14
    found = stretching(dimensions, HALF_NORMAL)
    assert found.high == end
    assert len(found.coefficients) == end * found.per_unit
    inside = stretched(np.array([0.0, end - 1e-3, end, end + 1.0, end + 2.0]), found)
    assert np.isfinite(inside).all()
    assert inside[3] - inside[2] == pytest.approx(inside[4] - inside[3], rel=1e-9)
    assert inside[3] - inside[2] == pytest.approx((inside[2] - inside[1]) * 1e3, rel=1e-2)


def test_one_vector_of_no_length_spoils_no_other() -> None:
    length, score = np.array([0.0, 0.5, 2.0]), np.array([0.3, -0.5, 1.0])
    found = scale_given_length(length, score, 3, HALF_NORMAL)
    assert (found > 0.0).all()
    np.testing.assert_allclose(found[1:], scale_given_length(length[1:], score[1:], 3, HALF_NORMAL), rtol=1e-3)
