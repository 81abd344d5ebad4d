"""Null claims: what is not known does not speak for them, nor against them."""

from __future__ import annotations

import numpy as np
import pytest

from fits.verdicts.events import Events, decide
from tests.fits.verdicts._made import RULE, claim, events, normal_draws, quantity, reading

NULL = claim("null", reading(direction=None))


def of(*effects: tuple[float, float], most: int | None = None, least: float = 5.0) -> Events:
    """Events of independent normal effects, each a mean and an sd."""
    made = quantity(*(normal_draws(mean, sd, seed=place) for place, (mean, sd) in enumerate(effects)))
    estimand = "every_effect" if most is None else "number_of_effects"
    return events(made, "null", estimand=estimand, number=most, least=least, services=())


def verdict(*effects: tuple[float, float], most: int | None = None) -> str:
    return decide(NULL, of(*effects, most=most).chances, RULE)


@pytest.mark.parametrize("sd", [8.0, 20.0, 1000.0])
@pytest.mark.parametrize(("many", "most"), [(1, None), (4, None), (24, None), (8, 3), (24, 3)])
def test_a_wide_posterior_neither_supports_nor_contradicts(sd: float, many: int, most: int | None) -> None:
    """In every draw some effect is large, but none is known to be."""
    assert verdict(*[(0.0, sd)] * many, most=most) == "undecided"


@pytest.mark.parametrize("many", [1, 4, 24])
@pytest.mark.parametrize("most", [None, 3])
def test_precise_effects_near_nothing_support(many: int, most: int | None) -> None:
    assert verdict(*[(0.5, 0.5)] * many, most=most) == "supported"


@pytest.mark.parametrize("effect", [9.0, -9.0])
def test_one_clear_exception_contradicts_that_there_is_none(effect: float) -> None:
    effects = [(0.5, 0.5)] * 7 + [(effect, 1.0)]
    assert verdict(*effects) == "contradicted"
    assert verdict(*effects, most=1) == "supported"
    found = of(*effects)
    assert found.against.mean() == pytest.approx(1.0, abs=1e-3)
    assert found.holds.mean() == pytest.approx(0.0, abs=1e-3)


def test_a_clear_exception_among_wide_effects_contradicts_too() -> None:
    assert verdict((9.0, 1.0), *[(0.0, 20.0)] * 7) == "contradicted"


@pytest.mark.parametrize(("clear", "expected"), [(2, "supported"), (3, "supported"), (4, "contradicted")])
def test_a_few_means_at_most_so_many(clear: int, expected: str) -> None:
    """Signs may differ: each exception is one of its own."""
    effects = [((-1) ** place * 9.0, 1.0) for place in range(clear)] + [(0.0, 0.5)] * 8
    assert verdict(*effects, most=3) == expected


def test_a_half_known_exception_leaves_it_open() -> None:
    assert verdict((6.0, 2.0), *[(0.0, 0.5)] * 7) == "undecided"


def test_the_probabilities_by_hand() -> None:
    first = [9.0, 9.0, 9.0, 0.0]
    second = [-9.0, 0.0, -9.0, 0.0]
    third = [9.0, -9.0, 0.0, 0.0]  # large half of the time, without a sign: the least known
    found = events(quantity(first, second, third), "null", estimand="number_of_effects", number=1, services=())
    assert found.holds.tolist() == [False, False, False, True]
    assert found.against.tolist() == [True, False, True, False]  # of the first two, each with its sign
    assert found.inside is not None
    assert found.inside.tolist() == [False, False, False, True]
    assert found.direction is None
    none = events(quantity(first, second, third), "null", estimand="every_effect", services=())
    assert none.holds.tolist() == [False, False, False, True]
    assert none.against.tolist() == [True, True, True, False]
    two = events(quantity(first, second, third), "null", estimand="number_of_effects", number=2, services=())
    assert two.holds.tolist() == [False, True, True, True]
    assert two.against.tolist() == [True, False, False, False]


def test_an_effect_of_just_the_smallest_size_is_no_exception() -> None:
    found = events(quantity([5.0, -5.0, 5.1, -5.1, 4.9]), "null")
    assert found.holds.tolist() == [True, True, False, False, True]
    assert found.inside is not None
    assert found.inside.tolist() == found.holds.tolist()


def test_one_effect_that_may_have_either_sign_contradicts_with_one() -> None:
    """Large in every draw and nobody knows which way: that is not known."""
    draws = np.array([9.0, 9.0, 9.0, -9.0, -9.0])
    found = events(quantity(draws), "null")
    assert found.holds.mean() == 0.0
    assert found.against.mean() == 0.6


def test_a_number_that_all_effects_together_cannot_exceed_is_not_contradicted() -> None:
    assert not of((9.0, 1.0), (9.0, 1.0), most=2).against.any()
