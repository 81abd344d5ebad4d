"""Levels that a model has not seen: their prediction and score, by hand; and what may be told of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from data.disclosure import FEW
from fits.checks.left_out import LeftOut, left_out_test, plain
from fits.checks.splits import splits_of
from fits.number_format import INTERVAL
from models.sizes import Sizes
from tests.fits.checks._worlds import drawn_with, steady, truth
from tests.fits.checks.test_loo import density
from tests.models._prepare import Case, few_kinds, linear_predictor
from tests.small_study import kinds

LIMITS = (0.0, 10.0)


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Twenty places."""
    table = kinds(400)
    table["place"] = [f"p{k % 20:02d}" for k in range(len(table))]
    return few_kinds(tmp_path_factory.mktemp("places"), table=table)


def unseen(draw: xr.Dataset, rng: np.random.Generator, *, sd: float, draws: int = 500) -> xr.Dataset:
    """A posterior that knows all but the effects of places, which are of this spread."""
    out = steady(draw, draws=draws)
    effects = rng.normal(0.0, sd, (2, draws, 20, 1))
    return out.assign(place_effect=(("chain", "draw", "place", "service"), effects))


def world(given: Case, seed: int, *, believed: float = 3.0, sd: float = 3.0) -> list[LeftOut]:
    """Every place left out, by one who believes that they have this spread."""
    rng = np.random.default_rng(seed)
    drawn = truth(given, seed)
    draw = drawn.assign(
        intercept=0.0 * drawn["intercept"] + 5.0,
        residual_sd=0.0 * drawn["residual_sd"] + 4.0,
        place_effect=drawn["place_effect"].copy(data=rng.normal(0.0, sd, drawn["place_effect"].shape)),
    )
    design = drawn_with(draw, given.design, given.family, rng)
    level_of = splits_of(design)[1].index
    known = np.full(len(design.y), -1.0)
    return [
        LeftOut.of(
            given.design.groups["place"].levels[level],
            np.flatnonzero(level_of == level),
            unseen(draw, rng, sd=believed),
            design,
            given.family,
            limits=LIMITS,
            known=known,
            seed=seed + level,
        )
        for level in range(20)
    ]


def test_a_level_is_scored_by_hand(given: Case) -> None:
    rng = np.random.default_rng(1)
    draw = truth(given)
    design = drawn_with(draw, given.design, given.family, rng)
    posterior = unseen(draw, rng, sd=3.0)
    cells = np.flatnonzero(splits_of(design)[1].index == 4)
    known = rng.normal(size=len(design.y))
    found = LeftOut.of("p04", cells, posterior, design, given.family, limits=LIMITS, known=known, seed=9)
    eta, sd = linear_predictor(posterior, design)[..., cells], float(draw["residual_sd"].item())
    expected = sum(np.log(np.mean(np.exp(density(design.y[c], eta[..., k], sd)))) for k, c in enumerate(cells))
    assert found.elpd == pytest.approx(expected, rel=1e-10)
    assert found.known == pytest.approx(sum(known[c] for c in cells))
    y = given.family.draw(eta, {"residual_sd": np.full(eta.shape, sd)}, LIMITS, np.random.default_rng(9))
    means = np.array([one.mean() for one in y.reshape(-1, len(cells))])
    low, high = np.quantile(means, [(1 - INTERVAL) / 2, (1 + INTERVAL) / 2])
    got = (found.observed, found.mean, found.low, found.high)
    np.testing.assert_allclose(got, (design.y[cells].mean(), means.mean(), low, high), rtol=1e-10)
    assert found.pit == pytest.approx(np.mean(means < found.observed), abs=0.002)
    assert (found.units, found.answers) == (20, 20)


def test_right_predictions_pass_and_the_sentence_adds_up(given: Case) -> None:
    levels = world(given, 3)
    test = left_out_test(levels, "place")
    assert test.p > 0.02
    inside = sum(one.low <= one.observed <= one.high for one in levels)
    elpd = sum(one.elpd for one in levels)
    assert test.name == "left_out_place"
    assert test.holds == (
        f"Leave one place out: predicted as it should be (p {test.p:.3f}; {inside} of 20 means in their 95% predictive "
        f"intervals; elpd {elpd:.1f} for a place not seen, -400.0 for one that is: "
        f"{(-400.0 - elpd) / 400:.3f} lower an answer)."
    )


@pytest.mark.parametrize(("believed", "passes"), [(3.0, True), (0.1, False)])
def test_places_that_differ_more_than_believed_fail(believed: float, passes: bool, given: Case) -> None:
    levels = world(given, 5, believed=believed)
    test = left_out_test(levels, "place")
    assert (test.p > 0.02) == passes
    assert passes or "means are not where they are predicted (p < 0.001; " in test.fails
    inside = sum(one.low <= one.observed <= one.high for one in levels)
    assert (inside >= 17) == passes


def test_a_mean_beyond_all_draws_is_no_proof(given: Case) -> None:
    """Of 20 levels and 1000 draws each, a right model has such a level in every 25th study."""
    level = world(given, 3)[0]
    assert 0.0 < level.pit < 1.0
    rng, ps = np.random.default_rng(1), []
    for _ in range(300):
        draws, observed = rng.normal(size=(99, 20)), rng.normal(size=20)
        pits = ((draws < observed).sum(axis=0) + rng.uniform(size=20)) / 100
        ps.append(left_out_test([replace(level, pit=float(pit)) for pit in pits], "place").p)
    assert np.mean(np.array(ps) < 0.01) < 0.04


@pytest.mark.parametrize(
    ("units", "told"),
    [
        ((40, 60, 30), [40, 60, 30]),
        ((40, 3, 30), [40, "<11", ">10"]),
        ((4, 3, 30), ["<11", "<11", ">26"]),
        ((6, 8, 30), ["<11", "<11", 30]),
    ],
)
def test_few_units_tell_nothing_and_are_not_alone(units: tuple[int, ...], told: list[int | str], given: Case) -> None:
    level = world(given, 3)[0]
    rows = plain([replace(level, level=f"p{k}", units=count) for k, count in enumerate(units)], Sizes.of(given.design))
    assert [row["units"] for row in rows] == told
    for row in rows:
        hidden = {row[key] for key in ("observed", "elpd", "elpd_known", "answers", "predicted", "low", "high")}
        # A predicted mean of three answers is often a multiple of a third.
        assert (hidden == {FEW}) == isinstance(row["units"], str)
        assert FEW not in hidden or len(hidden) == 1
