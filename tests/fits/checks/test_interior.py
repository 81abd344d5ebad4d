"""The distribution strictly between the limits, against SciPy's and loops."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import ecdf

from fits.checks.interior import distribution, interior_test
from fits.checks.replicates import BINS, Interior

EDGES = np.tile(np.linspace(0.0, 1.0, BINS + 1), (2, 1))
NAMES = ("first", "second")


def counts(*answers: np.ndarray) -> np.ndarray:
    return np.stack([np.histogram(y, EDGES[0])[0] for y in answers])


def interior(observed: tuple[np.ndarray, ...], sizes: tuple[int, int] = (150, 80), draws: int = 300) -> Interior:
    rng = np.random.default_rng(5)
    replicated = np.stack([counts(*(rng.beta(2, 2, n) for n in sizes)) for _ in range(draws)])
    return Interior(EDGES, np.array(sizes), counts(*observed), replicated)


def test_the_distribution_is_that_of_the_answers() -> None:
    y = np.random.default_rng(1).beta(2, 3, 50)
    found = distribution(counts(y)[None])[0, 0]
    np.testing.assert_allclose(found, ecdf(y).cdf.evaluate(EDGES[0, 1:]), rtol=1e-12)


@pytest.mark.parametrize(
    ("shapes", "passes", "worst"),
    [(((2, 2), (2, 2)), True, ""), (((2, 2), (12, 12)), False, "second"), (((3, 2), (2, 2)), False, "first")],
)
def test_right_shapes_pass_and_others_fail_by_name(
    shapes: tuple[tuple[int, int], ...], passes: bool, worst: str
) -> None:
    rng = np.random.default_rng(8)
    found = interior(tuple(rng.beta(*shape, n) for shape, n in zip(shapes, (150, 80), strict=True)))
    test = interior_test(found, NAMES)
    assert (test.p > 0.02) == passes
    assert passes or f"farthest for {worst}, " in test.fails


def test_the_tail_probability_equals_loops() -> None:
    rng = np.random.default_rng(9)
    found = interior((rng.beta(2, 2.4, 150), rng.beta(2, 2, 80)), draws=60)
    expected = np.mean([[np.cumsum(row) / row.sum() for row in draw] for draw in found.replicated], axis=0)

    def far(draw: np.ndarray) -> float:
        gaps = []
        for row, mean in zip(draw, expected, strict=True):
            gaps += [np.sqrt(row.sum()) * abs(f - m) for f, m in zip(np.cumsum(row) / row.sum(), mean, strict=True)]
        return float(max(gaps))

    reached = sum(far(draw) >= far(found.observed) for draw in found.replicated)
    assert interior_test(found, NAMES).p == pytest.approx((1 + reached) / 61)


def test_the_points_apart_are_those_of_the_service_that_is_named() -> None:
    """A service with three answers inside is far off by nature, and must not lend its distance to another."""
    rng = np.random.default_rng(3)
    found = interior((rng.beta(5, 2, 150), np.array([0.01, 0.02, 0.03])))
    three = [counts(rng.beta(2, 2, 3))[0] for _ in found.replicated]
    found = replace(found, replicated=np.stack([found.replicated[:, 0], three], axis=1))
    test = interior_test(found, NAMES)
    expected = distribution(found.replicated)[:, 0].mean(axis=0)
    apart = np.abs(distribution(found.observed[None])[0, 0] - expected).max()
    assert test.fails.endswith(f"farthest for first, {100 * apart:.0f} points apart.")
    other = np.abs(distribution(found.observed[None])[0, 1] - distribution(found.replicated)[:, 1].mean(axis=0)).max()
    assert apart < 0.6 < other


def test_a_service_with_nothing_inside_is_no_fault() -> None:
    rng = np.random.default_rng(7)
    found = interior((rng.beta(2, 2, 150), np.array([])))
    test = interior_test(found, NAMES)
    assert test.p > 0.02
    assert "farthest for first" in test.fails
    nothing = replace(found, observed=np.zeros_like(found.observed), replicated=np.zeros_like(found.replicated))
    assert interior_test(nothing, NAMES).p == 1.0
