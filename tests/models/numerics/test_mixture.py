"""The mixture as a function of a standard normal number: against roots by Brent, SciPy's densities and Bayes' rule."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import brentq
from scipy.special import expit

from models.components.mixture_exposures import WIDE, MixtureSlopes
from models.engines.compiled.density import density_of
from models.engines.graph.density import build
from models.engines.graph.prior_draws import prior_draws
from models.numerics.mixture import narrow_share, score_of, stretched, tempered
from models.posterior import derive
from tests.models._prepare import Case, case, pooled
from tests.models.engines._in_the_graph import places

SHAPES = [(1.0, 6.0, 0.8), (0.02, 3.0, 0.995), (5.0, 3.0, 0.3), (np.exp(-20.0), 1.0, 0.8), (np.exp(20.0), 1.0, 0.8)]
"""Narrow and wide sd, and the share of the narrow one; where the data leave little, the narrow one may be the wider."""

SCORES = np.array([-36.0, -8.0, -2.5, -0.4, -1e-8, 0.0, 1e-8, 0.3, 1.0, 4.0, 20.0, 36.0])


def beyond(y: float, narrow: float, wide: float, share: float) -> float:
    """The log-probability of more than y."""
    each = np.log([share, 1.0 - share]) + stats.norm.logsf(y / np.array([narrow, wide]))
    return float(np.logaddexp(*each))


@pytest.mark.parametrize(("narrow", "wide", "share"), SHAPES)
def test_a_number_is_stretched_to_the_root_that_brent_finds(narrow: float, wide: float, share: float) -> None:
    found = stretched(SCORES, np.array(narrow), np.array(wide), np.array(share))
    np.testing.assert_array_equal(np.sign(found), np.sign(SCORES))
    for u, y in zip(SCORES, found, strict=True):
        if abs(u) > 1e-6:
            wanted, ends = (
                stats.norm.logsf(abs(u)),
                (0.5 * abs(u) * min(narrow, wide), 2.0 * abs(u) * max(narrow, wide)),
            )
            # over logs, as sds differ by factors of 1e9
            root = brentq(lambda t, w=wanted: beyond(np.exp(t), narrow, wide, share) - w, *np.log(ends), xtol=1e-13)
            assert abs(y) == pytest.approx(np.exp(root), rel=1e-9)
    back = score_of(found, np.array(narrow), np.array(wide), np.array(share))
    np.testing.assert_allclose(back, SCORES, rtol=1e-9, atol=1e-14)


def test_beyond_37_sds_and_at_none_nothing_breaks() -> None:
    found = stretched(np.array([-1e9, 0.0, 1e9]), np.array(1.0), np.array(6.0), np.array(0.8))
    assert found[1] == 0.0
    assert 37.0 < found[2] < 6.0 * 37.0
    assert found[0] == -found[2]


def test_densities_and_probabilities_are_scipys_by_bayes_rule() -> None:
    z = np.array([-90.0, -3.0, 0.0, 0.5, 11.0, 400.0])
    log_density, alike = narrow_share(z, np.array(1.5), 9.0, 0.7)
    both = np.log([[0.7], [0.3]]) + np.stack([stats.norm.logpdf(z, scale=sd) for sd in (1.5, 9.0)])
    np.testing.assert_allclose(log_density, np.logaddexp(*both), rtol=1e-12)
    np.testing.assert_allclose(alike, expit(both[0] - both[1]), rtol=1e-9, atol=1e-300)


def test_what_an_estimate_leaves_is_the_product_of_two_normals() -> None:
    grid = np.linspace(-30.0, 30.0, 60_001)
    for mean, narrow, estimate, error in [(1.0, 2.0, 4.0, 1.0), (0.0, 0.1, 5.0, 3.0), (-2.0, 4.0, -1.0, 0.5)]:
        weight = stats.norm.pdf(grid, mean, narrow) * stats.norm.pdf(grid, estimate, error)
        centre = (weight * grid).sum() / weight.sum()
        sd = np.sqrt((weight * (grid - centre) ** 2).sum() / weight.sum())
        assert tempered(mean, narrow, estimate, error) == (pytest.approx(centre - mean), pytest.approx(sd))


def made() -> tuple[Case, dict[str, np.ndarray], MixtureSlopes]:
    """A case with some coefficients sampled as themselves, and claimed shifts."""
    given = case("peer_tobit", priors="as_claimed")
    data = given.data
    data["exposure_centring"] = np.random.default_rng(3).choice([0.0, 1.0], data["exposure_centring"].shape)
    (part,) = (one for one in given.density.parts if isinstance(one, MixtureSlopes))
    return given, data, part


def test_compiled_code_stretches_as_numpy_does() -> None:
    """Coefficients that enter the compiled likelihood are those that are derived from draws."""
    given, data, _ = made()
    data = {**data, "exposure_centring": 0.0 * data["exposure_centring"]}
    density = density_of(given.design, given.family, given.priors, data)
    raw = places(density)["exposure_raw"]
    for size in (1e-3, 1.0, 6.0, 30.0):
        point = density.start.copy()
        point[raw] = np.random.default_rng(4).uniform(-size, size, raw.stop - raw.start)
        point[places(density)["exposure_spread"]] += np.random.default_rng(5).normal(size=len(given.design.exposures))
        stored = derive(density.label(point[None, None]), given.design, data)
        # the same coefficients, sampled as themselves, have the same likelihood
        centred = {**data, "exposure_centring": 1.0 + 0.0 * data["exposure_centring"]}
        other = density_of(given.design, given.family, given.priors, centred)
        at = point.copy()
        at[raw] = (stored["exposure_coef"].to_numpy()[0, 0] - data["exposure_shift"]).ravel()
        mean, spread = (stored[name].to_numpy()[0, 0][:, None] for name in ("exposure_mean", "exposure_spread"))
        drawn, near = tempered(mean, spread, data["exposure_estimate"], data["exposure_error"])
        rest = at[raw].reshape(drawn.shape) - mean - drawn
        own, _ = narrow_share(rest, near, data["exposure_reach"], data["exposure_reached"])
        jacobian = stats.norm.logpdf(point[raw]).sum() - own.sum()
        assert density.at(point)[0] == pytest.approx(other.at(at)[0] + jacobian, rel=1e-9)


def test_stored_probabilities_and_log_priors_are_those_by_hand() -> None:
    given, data, part = made()
    density = density_of(given.design, given.family, given.priors, data)
    points = density.start + np.random.default_rng(6).normal(0.0, 0.7, (1, 4, density.dim))
    stored = derive(density.label(points), given.design, data)
    coef = stored["exposure_coef"].to_numpy() - data["exposure_shift"]
    mean, spread = (stored[name].to_numpy()[..., None] for name in ("exposure_mean", "exposure_spread"))
    wide = WIDE * given.priors.scale("exposure_spread")
    one = 0.8 * stats.norm.pdf(coef, mean, spread)
    other = 0.2 * stats.norm.pdf(coef, mean, wide)
    np.testing.assert_allclose(stored["exposure_outlying"], other / (one + other), rtol=1e-9)
    assert stored["exposure_outlying"].dims == stored["exposure_coef"].dims
    expected = np.log(one + other).sum(axis=(2, 3))
    expected += stats.norm.logpdf(mean[..., 0], *given.priors.located("exposure_mean")).sum(axis=2)
    expected += stats.halfnorm.logpdf(spread[..., 0], scale=given.priors.scale("exposure_spread")).sum(axis=2)
    np.testing.assert_allclose(part.log_prior(stored, given.priors), expected, rtol=1e-10)


@pytest.mark.parametrize("weight", [0.8, 0.3])
def test_draws_from_the_graphs_prior_have_the_mixtures_distribution(weight: float) -> None:
    given = pooled(case("peer_tobit", priors="as_claimed"), "mixture", weight)
    design = replace(given.design, exposures=given.design.exposures[:2], x=given.design.x[:, :2])
    shift = given.priors.exposure_shift[:2]
    given = replace(given, design=design, priors=replace(given.priors, exposure_shift=shift))
    raw, _ = prior_draws(build(given.design, given.family, given.priors), draws=1500, seed=5)
    drawn = derive(raw, given.design, given.data)
    away = drawn["exposure_coef"] - drawn["exposure_mean"]
    away = away.transpose("chain", "draw", "exposure", "service").to_numpy() - shift
    spread = drawn["exposure_spread"].to_numpy()[..., None]
    wide = WIDE * given.priors.scale("exposure_spread")
    below = weight * stats.norm.cdf(away / spread) + (1.0 - weight) * stats.norm.cdf(away / wide)
    for e, s in [(0, 0), (1, 3)]:
        assert stats.kstest(below[0, :, e, s], stats.uniform.cdf).pvalue > 1e-3
    assert drawn["exposure_outlying"].mean().item() == pytest.approx(1.0 - weight, abs=0.02)
