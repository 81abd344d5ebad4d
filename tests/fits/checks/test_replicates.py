"""Outcomes drawn anew and counted, against the same outcomes and loops."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fits.checks import replicates
from fits.checks.replicates import BINS, counted, interior_edges, replicate, spread
from fits.checks.splits import splits_of
from models.families import gaussian
from models.predict import predictive
from tests.fakes import posterior
from tests.fits.checks._worlds import logit
from tests.models._prepare import Case, few_kinds

LIMITS = (0.0, 10.0)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return few_kinds(tmp_path_factory.mktemp("two"), outcomes=("y", "other"))


@pytest.fixture(scope="module")
def gauss(two: Case) -> Case:
    return replace(two, family=gaussian.FAMILY, design=replace(two.design, limits=(-np.inf, np.inf)))


STATISTICS: dict[str, Callable[[float], float]] = {
    "at_lower": lambda y: float(y <= LIMITS[0]),
    "at_upper": lambda y: float(y >= LIMITS[1]),
    "mean": lambda y: y,
    "square": lambda y: y**2,
}


@pytest.mark.parametrize("limited", [True, False])
def test_counts_equal_loops_over_the_same_outcomes(limited: bool, two: Case, gauss: Case) -> None:
    given = two if limited else gauss
    fake, design = posterior(two, draws=4), given.design
    splits = splits_of(design)
    found = replicate(fake, design, given.family, splits=splits, limits=LIMITS, seed=7)
    drawn = predictive(fake, design, given.family, seed=7)["y"].to_numpy().reshape(-1, len(design.y))
    if limited:
        assert {0.0, 10.0} <= set(drawn.ravel())  # identical floats
        assert (drawn.min(), drawn.max()) == LIMITS
    else:
        assert drawn.min() < 0.0  # an answer beyond a limit counts as at it
        assert drawn.max() > 10.0
    for split in splits:
        counts = found.counts[split.name]
        for name, value in STATISTICS.items():
            for row, y in enumerate([design.y, *drawn]):
                sums = [0.0] * len(split.labels)
                for label, answer in zip(split.index, y, strict=True):
                    sums[label] += value(float(answer))
                ours = counts.observed[name] if row == 0 else counts.replicated[name][row - 1]
                np.testing.assert_allclose(ours, sums, rtol=1e-12, atol=1e-9)


@pytest.mark.parametrize("limited", [True, False])
def test_the_interior_is_what_lies_strictly_between(limited: bool, two: Case, gauss: Case) -> None:
    given = two if limited else gauss
    fake, design = posterior(two, draws=3), given.design
    found = replicate(fake, design, given.family, splits=splits_of(design), limits=LIMITS, seed=5)
    assert found.interior is not None
    drawn = predictive(fake, design, given.family, seed=5)["y"].to_numpy().reshape(-1, len(design.y))
    counts = found.counts["service"]
    for s in range(2):
        here = design.service_of == s
        assert found.interior.answers[s] == here.sum()
        np.testing.assert_allclose(found.interior.edges[s], np.linspace(0.0, 10.0, BINS + 1))
        for row, y in enumerate([design.y, *drawn]):
            inside = y[here][(y[here] > 0.0) & (y[here] < 10.0)]
            # NumPy's bins hold their left edge and ours the right one, which a drawn number never is.
            expected = np.histogram(inside, np.linspace(0.0, 10.0, BINS + 1))[0]
            ours = found.interior.observed[s] if row == 0 else found.interior.replicated[row - 1, s]
            assert ours.tolist() == expected.tolist()
            spikes = [
                (counts.observed[name] if row == 0 else counts.replicated[name][row - 1])[s]
                for name in ("at_lower", "at_upper")
            ]
            assert ours.sum() == here.sum() - sum(spikes)


def test_blocks_of_draws_change_nothing_but_the_order_of_random_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = few_kinds(tmp_path)
    fake = posterior(one, chains=1, draws=6)
    given = {"splits": splits_of(one.design), "limits": LIMITS, "seed": 5}
    whole = replicate(fake, one.design, one.family, **given)
    monkeypatch.setattr(replicates, "BLOCK", 2 * len(one.design.y))
    parts = replicate(fake, one.design, one.family, **given)
    # With one chain and one service, blocks of draws are drawn in the order of the whole.
    for name, counts in whole.counts.items():
        for statistic, values in counts.replicated.items():
            np.testing.assert_array_equal(parts.counts[name].replicated[statistic], values)


def test_given_draws_are_counted_alike(two: Case) -> None:
    y = np.random.default_rng(1).choice([0.0, 3.0, 10.0], (5, len(two.design.y)))
    found = counted(y, two.design, splits=splits_of(two.design)[:1], limits=LIMITS)
    assert found.interior is None
    for s in range(2):
        here = two.design.service_of == s
        assert found.counts["service"].replicated["at_lower"][:, s].tolist() == (y[:, here] == 0.0).sum(1).tolist()
        assert found.counts["service"].replicated["square"][:, s].tolist() == (y[:, here] ** 2).sum(1).tolist()


@pytest.mark.parametrize("limits", [(0.0, np.inf), (-np.inf, 10.0), (-np.inf, np.inf)])
def test_an_end_without_a_limit_is_open(limits: tuple[float, float], two: Case) -> None:
    design = replace(two.design, limits=limits)
    edges = interior_edges(design, limits)
    assert edges[:, 0].tolist() == [limits[0]] * 2
    assert edges[:, -1].tolist() == [limits[1]] * 2
    assert np.isfinite(edges[:, 1:-1]).all()
    assert (np.diff(edges) > 0).all()
    fake = posterior(two, draws=3)
    found = replicate(fake, design, two.family, splits=splits_of(design)[:1], limits=limits, seed=5)
    assert found.interior is not None
    spikes = sum(found.counts["service"].replicated[name] for name in ("at_lower", "at_upper"))
    np.testing.assert_array_equal(found.interior.replicated.sum(-1) + spikes, np.tile(found.interior.answers, (6, 1)))


@pytest.mark.parametrize(("chains", "draws", "wanted"), [(4, 1000, 1000), (2, 300, 1000), (3, 40, 100), (1, 7, 7)])
def test_draws_are_spread_evenly_and_serve_again_where_there_are_few(
    chains: int, draws: int, wanted: int, two: Case
) -> None:
    fake = posterior(two, chains=chains, draws=draws)
    found = spread(fake, wanted)
    assert found.sizes["chain"] == chains
    assert found.sizes["draw"] == math.ceil(wanted / chains)
    places = found["draw"].to_numpy()
    assert (places[0], places[-1]) == (0, draws - 1)
    # Ends are half as far from their neighbours, so that they may serve one time fewer.
    assert np.ptp(np.unique(places, return_counts=True)[1]) <= max(1, len(places) // draws)
    assert np.ptp(np.diff(places)) <= 1


def test_bernoulli_outcomes_have_no_interior(tmp_path_factory: pytest.TempPathFactory) -> None:
    given = logit(tmp_path_factory.mktemp("logit"))
    fake = posterior(given, draws=5)
    infinite = (-math.inf, math.inf)
    found = replicate(fake, given.design, given.family, splits=splits_of(given.design), limits=infinite, seed=1)
    assert found.interior is None
    counts = found.counts["service"]
    assert counts.observed["mean"].tolist() == [given.design.y.sum()]
    np.testing.assert_array_equal(counts.replicated["square"], counts.replicated["mean"])
    assert not counts.replicated["at_lower"].any()
