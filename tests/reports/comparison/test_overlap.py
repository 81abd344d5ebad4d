"""The overlapping coefficient, against known values."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from reports.comparison.overlap import Overlap

ESS = (4000.0, 4000.0)

SMOOTHED = 0.01
"""What smoothing and the noise of 4,000 draws move the value by at most."""


def normal(mean: float, sd: float = 1.0, *, seed: int, count: int = 4000) -> np.ndarray:
    return np.random.default_rng(seed).normal(mean, sd, count).reshape(4, -1)


def test_the_same_draws_overlap_wholly_and_distant_ones_not_at_all() -> None:
    one = normal(3.0, seed=1)
    same, apart = Overlap.of(one, one, ess=ESS), Overlap.of(one, one + 100.0, ess=ESS)
    assert (same.value, same.error, same.text) == (pytest.approx(1.0, abs=1e-9), 0.0, "> 0.99")
    assert (apart.value, apart.text) == (pytest.approx(0.0, abs=1e-9), "< 0.01")


@pytest.mark.parametrize("d", [0.25, 0.5, 1.0, 2.0, 3.0, -1.0])
def test_two_normals_overlap_as_the_formula_says(d: float) -> None:
    found = Overlap.of(normal(0.0, seed=1), normal(d, seed=2), ess=ESS)
    assert abs(found.value - 2.0 * norm.cdf(-abs(d) / 2.0)) < 3.0 * found.error + SMOOTHED


@pytest.mark.parametrize(("mean", "sd"), [(0.0, 0.5), (1.0, 3.0), (0.2, 0.05)])
def test_normals_of_different_width_overlap_as_the_integral_says(mean: float, sd: float) -> None:
    truth = quad(lambda x: min(norm.pdf(x), norm.pdf(x, mean, sd)), -12, 12, points=[mean - sd, mean, mean + sd])[0]
    found = Overlap.of(normal(0.0, seed=3), normal(mean, sd, seed=4), ess=ESS)
    assert abs(found.value - truth) < 3.0 * found.error + SMOOTHED


def test_the_order_and_the_unit_do_not_matter() -> None:
    one, other = normal(0.0, seed=1), normal(1.0, 2.0, seed=2)
    found = Overlap.of(one, other, ess=ESS).value
    assert Overlap.of(other, one, ess=ESS).value == pytest.approx(found, abs=1e-3)
    assert Overlap.of(1e6 * one, 1e6 * other, ess=ESS).value == pytest.approx(found, abs=1e-9)


def test_its_error_is_how_far_it_scatters() -> None:
    found = [Overlap.of(normal(0.0, seed=k), normal(1.0, seed=1000 + k), ess=ESS) for k in range(60)]
    scatter = float(np.std([one.value for one in found], ddof=1))
    assert 0.7 < scatter / np.mean([one.error for one in found]) < 1.4  # 60 repetitions know an sd to a tenth


def test_fewer_effective_draws_support_fewer_digits() -> None:
    one, other = normal(0.0, seed=1), normal(1.0, seed=2)
    assert len(Overlap.of(one, other, ess=(20_000.0, 20_000.0)).text) == len("0.62")
    assert Overlap.of(one, other, ess=(400.0, 400.0)).text == "0.6"


def test_a_quantity_that_never_moves() -> None:
    still = np.zeros((4, 1000))
    assert Overlap.of(still, still, ess=ESS).value == 1.0
    assert Overlap.of(still, still + 1.0, ess=ESS).value == 0.0
