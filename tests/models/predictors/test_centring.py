"""What rough estimates say about an sd, against a posterior by brute force and in cases where it is plain."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from models.predictors.centring import RoughSd
from priors.prior import Prior

PRIOR = Prior(distribution="half_normal", sd=5.0)


def estimates(levels: int, sd: float, error: float, services: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Rough estimates of effects and their errors, which differ a little, (level, service) each."""
    rng = np.random.default_rng(levels)
    errors = error * rng.uniform(0.8, 1.2, (levels, services))
    return sd * rng.normal(size=(levels, services)) + errors * rng.normal(size=(levels, services)), errors


@pytest.mark.parametrize("prior", [PRIOR, Prior(distribution="gamma", shape=2.0, rate=0.5)])
def test_the_posterior_of_an_sd_is_that_by_loops(prior: Prior) -> None:
    given, errors = estimates(6, 2.0, 1.0)
    found = RoughSd.of(given, errors, prior)
    for service in range(2):
        weight = np.array([prior.log_density(np.array(sd)) + np.log(sd) for sd in found.sds])
        for estimate, error in zip(given[:, service], errors[:, service], strict=True):
            weight += stats.norm.logpdf(estimate, 0.0, np.hypot(error, found.sds))
        weight = np.exp(weight - weight.max())
        np.testing.assert_allclose(found.weight[:, service], weight / weight.sum(), rtol=1e-9, atol=1e-15)
    np.testing.assert_array_equal(found.centred, given)


def test_around_a_mean_the_mean_and_the_share_that_differs_are_integrated_over() -> None:
    given, errors = estimates(8, 1.0, 0.7, services=1)
    given[3] += 14.0
    found = RoughSd.around_a_mean(given + 3.0, errors, PRIOR, wide=15.0, share=0.8)
    means = np.linspace(given.min() + 3.0, given.max() + 3.0, 401)
    joint = np.zeros((len(means), len(found.sds)))
    for k, sd in enumerate(found.sds):
        away = given[:, 0] + 3.0 - means[:, None]
        one = 0.8 * stats.norm.pdf(away, 0.0, np.hypot(errors[:, 0], sd))
        other = 0.2 * stats.norm.pdf(away, 0.0, np.hypot(errors[:, 0], 15.0))
        joint[:, k] = np.log(one + other).sum(axis=1) + PRIOR.log_density(np.array(sd)) + np.log(sd)
    joint = np.exp(joint - joint.max())
    # ours has a tenth of the means
    np.testing.assert_allclose(found.weight[:, 0], joint.sum(axis=0) / joint.sum(), atol=2e-3)
    mean = (joint.sum(axis=1) * means).sum() / joint.sum()
    assert float((given + 3.0 - found.centred)[0, 0]) == pytest.approx(mean, abs=0.05)
    np.testing.assert_allclose(np.ptp(given + 3.0 - found.centred), 0.0, atol=1e-12)
    ours = joint[::10].sum(axis=1) / joint[::10].sum()
    far = np.abs(given + 3.0 - means[::10]) > 2.0 * errors
    np.testing.assert_allclose(found.beyond(2.0)[:, 0], (far * ours).sum(axis=1), atol=1e-9)
    alike = RoughSd.around_a_mean(given + 3.0, errors, PRIOR)
    assert (found.weight * found.sds[:, None]).sum() < 0.5 * (alike.weight * alike.sds[:, None]).sum()


def test_where_two_differ_one_of_the_others_is_far_from_some_means_only() -> None:
    # a joint logit's rough estimates of eight services, of which two differ
    given = np.array([0.081, 0.032, -0.242, -0.156, 0.007, 0.028, 0.021, -0.048])[:, None]
    errors = np.array([0.035, 0.032, 0.031, 0.032, 0.034, 0.032, 0.049, 0.034])[:, None]
    prior = Prior(distribution="half_normal", sd=0.62)
    found = RoughSd.around_a_mean(given, errors, prior, wide=1.86, share=0.8)
    assert abs(found.centred[0, 0]) > 3.0 * errors[0, 0]
    beyond = found.beyond(3.0)[:, 0]
    assert 0.3 < beyond[0] < 0.9
    assert beyond[2] > 0.95
    assert (np.delete(beyond, 2) < 0.9).all()
    assert (RoughSd.of(given, errors, prior).beyond(3.0)[:, 0] == (np.abs(given) > 3.0 * errors)[:, 0]).all()


def test_many_precise_effects_far_apart_are_centred_and_few_noisy_ones_are_not() -> None:
    many = RoughSd.of(*estimates(40, 4.0, 0.05), PRIOR)
    assert many.certain.all()
    assert (many.centring() > 0.9).all()
    assert (many.least > 2.0).all()
    few = RoughSd.of(*estimates(4, 0.0, 4.0), PRIOR)
    assert not few.certain.any()
    assert (few.centring() < 0.3).all()
    assert (few.least < 0.3).all()


def test_the_sd_that_is_nearly_always_exceeded_is() -> None:
    found = RoughSd.of(*estimates(30, 3.0, 0.3, services=3), PRIOR)
    beyond = np.array([found.weight[found.sds >= least, s].sum() for s, least in enumerate(found.least)])
    # within a step of the grid of the .99 of a normal
    assert (beyond > 0.97).all()
    assert (beyond < 1.0).all()
    assert (found.least < (found.weight * found.sds[:, None]).sum(axis=0)).all()


def test_each_level_gets_what_its_own_error_asks_for() -> None:
    given, errors = estimates(60, 3.0, 1.0, services=1)
    errors = np.geomspace(0.05, 60.0, 60)[:, None]
    found = RoughSd.of(given, errors, PRIOR).centring()[:, 0]
    assert found[:10].min() > 0.8
    assert found[-10:].max() < 0.2
    assert stats.spearmanr(found, errors[:, 0]).statistic < -0.8


def test_alike_and_exact_estimates_do_not_break_it() -> None:
    for given, errors in [(np.zeros((5, 2)), np.ones((5, 2))), (np.ones((5, 2)), np.full((5, 2), 1e-9))]:
        for found in (RoughSd.of(given, errors, PRIOR), RoughSd.around_a_mean(given, errors, PRIOR)):
            assert np.isfinite(found.weight).all()
            assert np.isfinite(found.centring()).all()
            assert np.isfinite(found.least).all()
            np.testing.assert_allclose(found.weight.sum(axis=0), 1.0)
