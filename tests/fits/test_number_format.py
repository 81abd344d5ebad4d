"""Numbers have the decimals that their errors support, however small they are."""

from __future__ import annotations

import pytest

from fits.effects.asymptotic import Asymptotic
from fits.effects.summary import NOTHING, Summary
from fits.number_format import EXACT_DECIMALS, chance_text, decimals, decimals_beside, told_apart


@pytest.mark.parametrize(
    ("error", "places"), [(0.000004, 5), (2e-9, 8), (0.5, 0), (3.0, -1), (0.0, EXACT_DECIMALS), (float("nan"), 0)]
)
def test_a_monte_carlo_error_is_not_larger_than_the_last_digit(error: float, places: int) -> None:
    assert decimals(error) == places


@pytest.mark.parametrize(
    ("error", "places"), [(7.18e-06, 7), (0.0177, 3), (0.3, 2), (12.0, 0), (446.0, -1), (0.0, EXACT_DECIMALS)]
)
def test_an_estimate_goes_down_to_the_second_digit_of_its_error(error: float, places: int) -> None:
    assert decimals_beside(error) == places


def test_rounding_is_no_error() -> None:
    assert decimals(1e-17, 2.5) == decimals_beside(1e-17, 2.5) == EXACT_DECIMALS
    assert decimals(2e-17, 2.5e-16) == 16


def test_a_small_effect_is_not_nothing() -> None:
    values = {**NOTHING.numbers(), "mean": 0.00021, "low": -0.0000312, "high": 0.00044, "ess_bulk": 2000.0}
    positive = {"positive": values.pop("probability_positive")}
    errors = {"mcse": 0.000004, "mcse_low": 0.000009, "mcse_high": 0.000008}
    one = Summary(**{**values, **positive, **errors, "positive": 0.9})
    assert one.text == ("0.00021", "-0.00003 to 0.00044", "0.90")
    assert Asymptotic.of(5.793e-06, 7.18e-06).text == ("0.0000058", "-0.0000083 to 0.0000199", "0.42")


def test_a_chance_has_three_decimals_at_most() -> None:
    assert chance_text(0.123456, 1e-7) == "0.123"


@pytest.mark.parametrize(
    ("value", "limit", "places", "text"),
    [
        (1.0042, 1.0483, 3, "1.004"),
        (1.0484, 1.04834, 3, "1.0484"),
        (1.0483, 1.0483, 3, "1.048"),
        (399.96, 400.0, 0, "399.96"),
        (399.4, 400.0, 0, "399"),
        (0.29999, 0.3, 2, "0.29999"),
        (1.0 + 1e-15, 1.0, 3, "1.000000000"),
        (float("nan"), 1.05, 3, "nan"),
        (float("inf"), 1.05, 3, "inf"),
    ],
)
def test_a_value_has_the_digits_that_tell_it_from_its_limit(value: float, limit: float, places: int, text: str) -> None:
    assert told_apart(value, limit, places) == text
