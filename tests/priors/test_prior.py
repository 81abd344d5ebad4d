"""A prior distribution by itself: its numbers, its density beside SciPy's, and how readers see it."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy import integrate, stats

from data.arrays import Array
from priors.prior import DISTRIBUTIONS, Prior

CASES: dict[str, tuple[Prior, Any, list[float]]] = {
    "normal": (Prior(distribution="normal", mean=-3.0, sd=8.0), stats.norm(-3.0, 8.0), [-3.0, 8.0]),
    "half_normal": (Prior(distribution="half_normal", sd=10.0), stats.halfnorm(scale=10.0), [10.0]),
    "gamma": (Prior(distribution="gamma", shape=2.0, rate=0.1), stats.gamma(2.0, scale=10.0), [2.0, 0.1]),
    "exponential": (Prior(distribution="exponential", rate=0.5), stats.expon(scale=2.0), [0.5]),
    "beta": (Prior(distribution="beta", alpha=2.0, beta=5.0), stats.beta(2.0, 5.0), [2.0, 5.0]),
}
"""Each beside SciPy's, and its numbers in the order in which engines read them."""

MANY = {
    "dirichlet": (Prior(distribution="dirichlet", concentration=(2.0, 1.0, 3.0)), [2.0, 1.0, 3.0]),
    "lkj": (Prior(distribution="lkj", shape=2.0), [2.0]),
}
"""Those of several numbers together."""


def points_of(theirs: Any) -> Array:
    """Values all over a distribution, far tails included."""
    return np.asarray(theirs.ppf([1e-9, 0.01, 0.3, 0.5, 0.9, 1 - 1e-9]))


def test_every_distribution_has_a_case_here() -> None:
    assert {*CASES, *MANY} == set(DISTRIBUTIONS)


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_numbers_are_in_the_order_of_the_table(name: str) -> None:
    prior, numbers = (CASES[name][0], CASES[name][2]) if name in CASES else MANY[name]
    assert prior.numbers.dtype == float
    assert prior.numbers.tolist() == numbers


@pytest.mark.parametrize("name", CASES)
def test_its_density_is_scipys(name: str) -> None:
    prior, theirs, _ = CASES[name]
    at = points_of(theirs)
    np.testing.assert_allclose(prior.log_density(at), theirs.logpdf(at), rtol=1e-12)
    below = np.array([-1.0])
    assert (prior.log_density(below) == -np.inf).all() == (name != "normal")


def test_densities_by_hand() -> None:
    at = np.array([3.0])
    assert CASES["normal"][0].log_density(at)[0] == pytest.approx(-0.5 * 36 / 64 - math.log(8 * math.sqrt(2 * math.pi)))
    half = math.log(2) - 0.5 * 0.09 - math.log(10 * math.sqrt(2 * math.pi))
    assert CASES["half_normal"][0].log_density(at)[0] == pytest.approx(half)
    assert CASES["gamma"][0].log_density(at)[0] == pytest.approx(math.log(0.1**2 * 3 * math.exp(-0.3)))
    assert CASES["exponential"][0].log_density(at)[0] == pytest.approx(math.log(0.5) - 1.5)


@pytest.mark.parametrize("name", ["normal", "half_normal", "gamma", "exponential"])
def test_restricted_to_above_one_it_is_a_density_there(name: str) -> None:
    prior, theirs, _ = CASES[name]

    def density(value: float) -> float:
        return float(np.exp(prior.log_density(np.array(value), above=1.0)))

    top = float(theirs.isf(1e-14))
    # in three pieces, so that the quadrature sees the bulk
    edges = [1.0, *theirs.isf(theirs.sf(1.0) * np.array([0.5, 0.01])), top]
    whole = sum(integrate.quad(density, low, high, epsabs=1e-12)[0] for low, high in pairwise(edges))
    assert whole == pytest.approx(1.0, abs=1e-9)
    assert (prior.log_density(np.array([0.5, -2.0]), above=1.0) == -np.inf).all()
    at = np.array([1.0, 4.0])
    higher = prior.log_density(at, above=1.0) - prior.log_density(at)
    np.testing.assert_allclose(higher, -theirs.logsf(1.0), rtol=1e-12)


@pytest.mark.parametrize("name", ["half_normal", "gamma", "exponential"])
def test_a_positive_prior_restricted_to_above_zero_is_itself(name: str) -> None:
    prior, theirs, _ = CASES[name]
    at = points_of(theirs)
    np.testing.assert_allclose(prior.log_density(at, above=0.0), prior.log_density(at), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", CASES)
def test_width_is_scipys(name: str) -> None:
    prior, theirs, _ = CASES[name]
    # of a half-normal, the width is the sd before folding
    # the variance of an effect is the mean square of its sd
    width = np.sqrt(theirs.moment(2)) if name in ("gamma", "exponential") else theirs.std()
    assert prior.width == (10.0 if name == "half_normal" else pytest.approx(width, rel=1e-12))


@pytest.mark.parametrize("name", MANY)
def test_what_a_prior_of_several_numbers_lacks_is_refused(name: str) -> None:
    prior, _ = MANY[name]
    for ask in (lambda: prior.width, lambda: prior.log_density(np.ones(1))):
        with pytest.raises(ValueError, match=f"a {name} is not about a single number"):
            ask()


@pytest.mark.parametrize(
    ("prior", "symbol", "words"),
    [
        (CASES["normal"][0], "Normal(-3, 8)", "normal, mean -3, sd 8 points"),
        (CASES["half_normal"][0], "HalfNormal(10)", "half-normal, sd 10 points"),
        (CASES["gamma"][0], "Gamma(2, 0.1)", "gamma, shape 2, rate 0.1 (points)"),
        (CASES["exponential"][0], "Exponential(0.5)", "exponential, rate 0.5 (points)"),
        (CASES["beta"][0], "Beta(2, 5)", "beta, alpha 2, beta 5 (points)"),
        (MANY["dirichlet"][0], "Dirichlet(2, 1, 3)", "dirichlet, concentration 2 1 3 (points)"),
        (MANY["lkj"][0], "LKJ(2)", "lkj, shape 2 (points)"),
        (Prior(distribution="half_normal", sd=1 / 3), "HalfNormal(0.3333)", "half-normal, sd 0.333333 points"),
    ],
)
def test_readers_see_its_name_and_numbers(prior: Prior, symbol: str, words: str) -> None:
    assert prior.symbol() == symbol
    assert prior.words("points") == words
    assert prior.words() == words.removesuffix(" points").removesuffix(" (points)")
