"""Probability integral transforms with point masses and few draws, and the words about them."""

from __future__ import annotations

import re

import numpy as np
import pytest
from scipy.stats import kstest, norm

from fits.checks.pit import pit_of, pit_test, shape

RNG = np.random.default_rng(12)


def alike(draws: int) -> np.ndarray:
    return np.full((1, draws, 1), 1.0 / draws)


@pytest.mark.parametrize("draws", [100, 1000])
def test_without_ties_it_is_a_rank_among_draws_and_answer(draws: int) -> None:
    replicated, observed = RNG.normal(size=(1, draws, 30)), RNG.normal(size=30)
    observed[:2] = -99.0, 99.0
    pit = pit_of(replicated, observed, alike(draws), np.random.default_rng(1))
    u = np.random.default_rng(1).uniform(size=30)
    ranks = [sum(replicated[0, :, k] < observed[k]) for k in range(30)]
    np.testing.assert_allclose(pit, (np.array(ranks) + u) / (draws + 1), rtol=1e-12)
    assert pit.min() > 0.0  # an answer beyond all draws is no proof
    assert pit.max() < 1.0


def test_weights_count_draws() -> None:
    """Whole weights are the same as repeated draws, but for the weight of the answer itself."""
    replicated, observed = RNG.normal(size=(1, 40, 50)), RNG.normal(size=50)
    times = RNG.integers(1, 4, 40)
    weights = np.broadcast_to((times / times.sum())[None, :, None], replicated.shape)
    pit = pit_of(replicated, observed, weights, np.random.default_rng(1))
    again = np.repeat(replicated[0], times, axis=0)
    one = np.sum((times / times.sum()) ** 2)
    u = np.random.default_rng(1).uniform(size=50)
    np.testing.assert_allclose(pit, ((again < observed).mean(axis=0) + u * one) / (1 + one), rtol=1e-12)


def limited(hair: float, cells: int = 1200, draws: int = 600) -> np.ndarray:
    """PIT values of a right model with limits 0 and 1, whose draws at a limit are a hair inside of it."""
    rng = np.random.default_rng(6)
    eta, sd = rng.normal(0.5, 0.3, cells), 0.6
    observed = np.clip(rng.normal(eta, sd), 0.0, 1.0)
    replicated = np.clip(rng.normal(eta, sd, (1, draws, cells)), hair, 1.0 - hair)
    assert 0.4 < np.isin(observed, [0.0, 1.0]).mean() < 0.6
    pit = pit_of(replicated, observed, alike(draws), rng)
    at_lower, below_upper = norm.cdf(-eta / sd), norm.cdf((1.0 - eta) / sd)
    if not hair:  # spread over the whole of the point mass, and nothing beyond
        lower, upper = observed == 0.0, observed == 1.0
        near = 5 * np.sqrt(0.25 / draws)
        assert (pit[lower] < at_lower[lower] + near).all()
        assert (pit[upper] > below_upper[upper] - near).all()
        assert kstest(pit[lower] / at_lower[lower], "uniform").pvalue > 0.001
        assert kstest((1 - pit[upper]) / (1 - below_upper[upper]), "uniform").pvalue > 0.001
    return pit


def test_point_masses_need_identical_floats() -> None:
    assert pit_test(limited(0.0), "pit", "").p > 0.02
    assert pit_test(limited(1e-9), "pit", "").p < 1e-6


@pytest.mark.parametrize("draws", [200, 1000])
def test_few_draws_give_no_false_alarm(draws: int) -> None:
    """Of a thousand answers some lie beyond all draws, in a right model as in any other."""
    rng, ps = np.random.default_rng(2), []
    for _ in range(60):
        replicated, observed = rng.normal(size=(1, draws, 800)), rng.normal(size=800)
        ps.append(pit_test(pit_of(replicated, observed, alike(draws), rng), "pit", "").p)
    # At .01 ArviZ's test raises 1.6 % on exactly uniform values; without the answer among the draws it is 30 % here.
    assert sum(p < 0.01 for p in ps) <= 4


def test_words_do_not_make_up_a_direction() -> None:
    """A Gaussian in place of a Tobit has lumps at both limits and little else."""
    pit = np.concatenate([np.full(150, 0.3), np.full(150, 0.7), np.linspace(0.0, 1.0, 200)])
    pit = np.append(pit, np.tile([0.05, 0.95], 38))
    assert pit_test(pit, "", "").p < 0.001
    assert shape(pit).endswith("neither too high nor too low, too narrow nor too wide, but of another shape")


@pytest.mark.parametrize(
    ("spread", "shift", "said"),
    [
        (0.6, 0.0, r"predictions are too narrow \((2[1-9]|[345]\d)% of answers in the outer fifth\)"),
        (1.8, 0.0, r"predictions are too wide \(1?\d% of answers in the outer fifth\)"),
        (1.0, 0.6, r"answers tend to lie below what is predicted \([67]\d% in the lower half\)"),
        (1.0, -0.6, r"answers tend to lie above what is predicted \([23]\d% in the lower half\)"),
    ],
)
def test_words_say_how_predictions_are_wrong(spread: float, shift: float, said: str) -> None:
    """Answers are standard normal; predictions have this spread and are this much too high."""
    rng = np.random.default_rng(3)
    observed, replicated = rng.normal(size=500), rng.normal(shift, spread, (1, 800, 500))
    pit = pit_of(replicated, observed, alike(800), rng)
    test = pit_test(pit, "loo_pit", "Each answer")
    assert test.p < 0.001
    assert test.name == "loo_pit"
    assert test.fails == f"Each answer: not uniform (p < 0.001); {shape(pit)}."
    assert re.fullmatch(said, shape(pit))
