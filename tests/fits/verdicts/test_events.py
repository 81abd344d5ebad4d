"""When a claim of a sign, a size, a ranking or a prevalence holds, on draws made by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.fits.verdicts._made import RULE, events, quantity

ON_BOTH_SIDES = [-9.0, -5.0, -4.0, 0.0, 0.5, 4.0, 5.0, 6.0, 7.0, 8.0]
"""Two lie on the smallest effect itself, and one on no effect."""


@pytest.mark.parametrize(
    ("said", "holds", "against", "direction"),
    [
        ("positive", 0.3, 0.1, 0.6),
        ("negative", 0.1, 0.3, 0.3),
        ("either", 0.3, 0.0, None),
    ],
)
def test_a_sign_holds_beyond_the_smallest_effect(
    said: str, holds: float, against: float, direction: float | None
) -> None:
    """An effect of just the smallest size neither holds nor opposes nor is none."""
    found = events(quantity(ON_BOTH_SIDES), "direction", direction=said)
    assert found.chances == (holds, against, 0.5 - 0.1)
    assert (None if found.direction is None else found.direction.mean()) == direction


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_an_association_without_a_sign_has_the_one_that_is_surer(sign: float) -> None:
    """It is not the probability of being large either way: of a sign nobody knows that is nothing."""
    found = events(quantity(sign * np.array([9.0, 9.0, 9.0, 0.0, -9.0])), "direction", direction="either")
    assert found.chances == (0.6, 0.0, 0.2)


def test_the_smallest_effect_may_be_nothing() -> None:
    found = events(quantity(ON_BOTH_SIDES), "direction", direction="positive", least=0.0)
    assert found.chances == (0.6, 0.3, 0.0)


def test_several_effects_hold_together_in_the_same_draw() -> None:
    first, second = [9.0, 9.0, 1.0, 9.0, -9.0], [9.0, 1.0, 9.0, -9.0, 1.0]
    every = {"direction": "positive", "estimand": "every_effect", "services": ()}
    found = events(quantity(first, second), "direction", **every)
    assert found.holds.tolist() == [True, False, False, False, False]
    assert found.against.tolist() == [False, False, False, True, True]
    assert found.inside is not None
    assert found.inside.tolist() == [False] * 5
    assert found.direction is not None
    assert found.direction.tolist() == [True, True, True, False, False]
    turned = events(quantity(first, -np.array(second)), "direction", **{**every, "direction": "either"})
    assert turned.holds.tolist() == found.holds.tolist()  # each effect has a sign of its own
    assert not turned.against.any()


@pytest.mark.parametrize(
    ("number", "holds", "against"),
    [(1, [True, True, True, False], [False] * 4), (2, [True, True, False, False], [False, False, True, False])],
)
def test_a_number_of_effects_is_counted_in_every_draw(number: int, holds: list[bool], against: list[bool]) -> None:
    effects = quantity([9.0, 9.0, 9.0, 1.0], [9.0, 1.0, 1.0, 1.0], [9.0, 9.0, -9.0, 1.0])
    said = {"direction": "positive", "estimand": "number_of_effects", "number": number, "services": ()}
    found = events(effects, "direction", **said)
    assert found.holds.tolist() == holds
    assert found.against.tolist() == against
    assert found.inside is not None
    assert found.inside.tolist() == [False, False, False, True]
    assert found.direction is None


@pytest.mark.parametrize("within", [0.5, 0.3])
def test_a_size_holds_within_a_part_of_itself(within: float) -> None:
    rule = replace(RULE, size_within=within)
    edge = 10 * within
    draws = np.array([10 - edge - 0.1, 10 - edge, 10.0, 10 + edge, 10 + edge + 0.1, -10.0, 0.0, 4.9])
    found = events(quantity(draws), "size", size=10.0, rule=rule)
    assert found.holds.tolist() == [False, True, True, True, False, False, False, False]
    assert found.against.tolist() == (~found.holds).tolist()
    assert found.inside is not None
    assert found.inside.tolist() == (np.abs(draws) < 5.0).tolist()
    assert found.direction is not None
    assert found.direction.tolist() == (draws > 0).tolist()


def test_a_negative_size_has_its_own_sign() -> None:
    found = events(quantity([-10.0, -4.0, -16.0, 10.0]), "size", size=-10.0)
    assert found.holds.tolist() == [True, False, False, False]
    assert found.direction is not None
    assert found.direction.tolist() == [True, True, True, False]


def test_a_relative_size_is_a_part_of_the_lower_end_in_every_draw() -> None:
    effects = quantity([4.0, 4.0, 4.0, -4.0])
    base = np.array([40.0, 20.0, 100.0, 40.0]).reshape(effects.base.shape)
    found = events(replace(effects, base=base), "size", size=0.1, relative=True)  # .1, .2, .04 and -.1 of it
    assert found.holds.tolist() == [True, False, False, False]
    assert found.direction is not None
    assert found.direction.tolist() == [True, True, True, False]
    # What is practically none is still a matter of points.
    assert found.inside is not None
    assert found.inside.all()


def test_a_lead_must_be_larger_than_matters() -> None:
    said: dict[str, Any] = {"estimand": "lead", "over": ("a[b]",)}
    found = events(quantity(ON_BOTH_SIDES), "ranking", **said)
    assert found.chances == (0.3, 0.1, 0.4)
    assert found.direction is not None
    assert found.direction.mean() == 0.6


def test_a_prevalence_has_no_smallest_effect() -> None:
    """Draws are the average less what is claimed."""
    found = events(quantity([-0.2, 0.0, 0.01, 0.3]), "prevalence", least=0.0, estimand="level", above=0.5)
    assert found.holds.tolist() == [False, False, True, True]
    assert found.against.tolist() == [True, False, False, False]
    assert found.inside is None
    assert math.isnan(found.chances[2])


def test_draws_of_several_chains_stand_end_to_end() -> None:
    effects = quantity(np.array([[9.0, 1.0], [-9.0, 6.0]]))
    found = events(effects, "direction", direction="positive")
    assert found.holds.tolist() == [True, False, False, True]
    assert found.against.tolist() == [False, False, True, False]
