"""Exhaustive groups of two, ten and thirty levels: compiled code's prior is the one written, and chains mix."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import arviz_stats
import numpy as np
import pytest
from scipy import stats

from models.engines.compiled.density import density_of
from models.engines.graph.density import build
from models.engines.settings import Settings
from models.posterior import derive
from priors.prior import Prior
from tests.models._prepare import Case, own, sampled
from tests.models.engines._in_the_graph import places
from tests.models.engines.test_kernel import equal, unequal
from tests.small_study import category, kinds, small_codebook

HALF_NORMAL = Prior(distribution="half_normal", sd=3.0)
GAMMA = Prior(distribution="gamma", shape=2.0, rate=0.7)
PRIORS = pytest.mark.parametrize("prior", [HALF_NORMAL, GAMMA], ids=lambda one: one.distribution)
LEVELS = pytest.mark.parametrize("levels", [2, 10, 30])


def study(folder: Path, levels: int, prior: Prior = HALF_NORMAL, *, exhaustive: bool = True) -> Case:
    """The small study on two outcomes, with a group of many levels."""
    text = small_codebook("y", "other", variables={"place": category("Place", exhaustive=exhaustive)})
    table = kinds(60 * levels if levels < 20 else 900, places=[f"p{k:02d}" for k in range(levels)])
    given = own(folder, text, table)
    roles = {**given.priors.roles, "group_sd.place": prior}
    return replace(given, priors=replace(given.priors, roles=roles))


@PRIORS
@LEVELS
def test_standard_normal_points_are_draws_from_the_prior(levels: int, prior: Prior, tmp_path: Path) -> None:
    given = study(tmp_path, levels, prior)
    density, count = given.density, 4000
    points = np.random.default_rng(1).normal(size=(1, count, density.dim))
    drawn = derive(density.label(points), given.design, given.data)
    sd, effect = drawn["place_sd"].to_numpy()[0], drawn["place_effect"].to_numpy()[0]
    assert effect.shape == (count, levels, 2)
    np.testing.assert_allclose(effect.sum(axis=1), 0.0, atol=1e-9)
    for service in range(2):
        assert stats.kstest(sd[:, service], prior._in_scipy().cdf).pvalue > 1e-3
        square = (effect[..., service] ** 2).sum(axis=1) / sd[:, service] ** 2
        assert stats.kstest(square, stats.chi2(levels - 1).cdf).pvalue > 1e-3
        assert abs(stats.spearmanr(square, sd[:, service]).statistic) < 0.06  # 4 errors of 4,000 draws
        one = effect[:, 0, service] / (sd[:, service] * np.sqrt(1.0 - 1.0 / levels))
        assert stats.kstest(one, stats.norm.cdf).pvalue > 1e-3
    assert abs(stats.spearmanr(sd[:, 0], sd[:, 1]).statistic) < 0.06


@PRIORS
@pytest.mark.parametrize(("levels", "exhaustive"), [(2, True), (10, True), (10, False)])
def test_value_and_gradient_equal_the_graph(levels: int, exhaustive: bool, prior: Prior, tmp_path: Path) -> None:
    given = study(tmp_path, levels, prior, exhaustive=exhaustive)
    model = build(given.design, given.family, given.priors)
    compiled = model, model.logp_dlogp_function(ravel_inputs=True, mode="FAST_COMPILE")
    equal(given, compiled, given.data, np.random.default_rng(1))
    equal(given, compiled, unequal(given, np.random.default_rng(2)), np.random.default_rng(2))


@pytest.mark.parametrize("levels", [2, 10])
def test_chains_mix(levels: int, tmp_path: Path) -> None:
    given = study(tmp_path, levels)
    posterior = sampled(given, Settings(draws=500, tune=400, chains=4, seed=3))
    held = posterior[["place_sd", "place_effect", "intercept", "exposure_spread"]]
    assert float(arviz_stats.rhat(held).to_array().max()) < 1.03
    assert float(arviz_stats.ess(held, method="bulk").to_array().min()) > 300
    assert float(arviz_stats.ess(held, method="tail").to_array().min()) > 200


@pytest.mark.parametrize("exhaustive", [True, False])
def test_a_masked_group_has_its_prior_and_no_effect(exhaustive: bool, tmp_path: Path) -> None:
    given = study(tmp_path, 10, exhaustive=exhaustive)
    data = {**given.data, "place_mask": np.asarray(0.0)}
    density = density_of(given.design, given.family, given.priors, data)
    place = places(density)
    points = density.start + np.random.default_rng(4).normal(0.0, 0.5, (2, density.dim))
    points[1] = points[0]
    here = np.r_[place["place_sd"], place["place_raw"]]
    points[1, here] = np.random.default_rng(5).normal(size=here.size)
    stored = derive(density.label(points[None]), given.design, data)
    assert not stored["place_effect"].any()
    values, slopes = zip(*(density.at(point) for point in points), strict=True)
    change = (stats.norm.logpdf(points[1, here]) - stats.norm.logpdf(points[0, here])).sum()
    centring = data.get("place_centring", np.zeros(1))
    assert not np.any(centring)
    assert values[1] - values[0] == pytest.approx(change, rel=1e-9)
    np.testing.assert_allclose(slopes[1][here], -points[1, here], rtol=1e-12)
