"""The table of coefficients: right numbers under the right labels, and no digit that the draws do not carry."""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal

import numpy as np
import pytest
import xarray as xr
from hypothesis import example, given
from hypothesis import strategies as st

from fits.effects.coefficients import Coefficients
from fits.effects.summary import Summary, probability_text
from fits.number_format import INTERVAL, decimals, rounded

CHAINS, DRAWS = 4, 250
EXPOSURES = ("peer_influence", "peer_senior", "invites_patients")
SERVICES = ("condoms", "transportation")
LOW, HIGH = (1.0 - INTERVAL) / 2.0, (1.0 + INTERVAL) / 2.0


def posterior(chains: int = CHAINS) -> xr.Dataset:
    """Every scalar has a mean of its own, in an order of dims that is not alphabetical."""
    rng = np.random.default_rng(4)
    sizes = (chains, DRAWS)
    centre = np.array([[0.0, 1.0], [-2.0, 3.0], [10.0, -20.0]])
    return xr.Dataset(
        {
            "exposure_coef": (("chain", "draw", "exposure", "service"), rng.normal(centre, 1.0, (*sizes, 3, 2))),
            "exposure_mean": (("chain", "draw", "exposure"), rng.normal(centre.mean(axis=1), 0.5, (*sizes, 3))),
            "unit_sd": (("chain", "draw"), rng.gamma(4.0, 2.0, sizes)),
        },
        coords={"exposure": list(EXPOSURES), "service": list(SERVICES)},
    )


def summary(**changes: float) -> Summary:
    values = {"mean": 1.0, "low": -1.0, "high": 3.0, "positive": 0.9, "ess_bulk": 800.0, "ess_tail": 700.0, "rhat": 1.0}
    return Summary(**(values | dict.fromkeys(("mcse", "mcse_low", "mcse_high"), 0.02) | changes))


def all_errors(error: float) -> dict[str, float]:
    """The same Monte Carlo error of the mean and of both ends."""
    return dict.fromkeys(("mcse", "mcse_low", "mcse_high"), error)


def test_numbers_are_those_of_numpy() -> None:
    draws = posterior()
    found = Coefficients.of(draws, ("exposure_coef", "unit_sd"))
    assert INTERVAL == 0.95
    assert len(found.rows) == 7
    for e, exposure in enumerate(EXPOSURES):
        for s, service in enumerate(SERVICES):
            values = draws["exposure_coef"].to_numpy()[:, :, e, s].ravel()
            one = found.where("exposure_coef", exposure=exposure, service=service)[0].summary
            # Sums in another order differ in the last digits of a double.
            np.testing.assert_allclose(
                [one.mean, one.low, one.high, one.positive],
                [values.mean(), *np.quantile(values, [LOW, HIGH]), (values > 0).mean()],
                rtol=1e-12,
                atol=1e-12,
            )
            # Independent draws: about as many effective draws as draws, and nearly sd / sqrt(n).
            assert one.mcse == pytest.approx(values.std() / math.sqrt(values.size), rel=0.15)
            # Of a normal's 2.5 % point it is 2.67 sd / sqrt(n); ArviZ's own estimate of it is rough.
            expected = 2.67 * values.std() / math.sqrt(values.size)
            assert [one.mcse_low, one.mcse_high] == pytest.approx([expected] * 2, rel=0.8)
            assert one.ess_bulk == pytest.approx(values.size, rel=0.3)
            assert one.rhat == pytest.approx(1.0, abs=0.02)


def test_labels_belong_to_their_numbers() -> None:
    found = Coefficients.of(posterior(), ("exposure_coef", "exposure_mean"))
    means = {(r.label["exposure"], r.label["service"]): round(r.summary.mean) for r in found.where("exposure_coef")}
    assert means == {
        ("peer_influence", "condoms"): 0,
        ("peer_influence", "transportation"): 1,
        ("peer_senior", "condoms"): -2,
        ("peer_senior", "transportation"): 3,
        ("invites_patients", "condoms"): 10,
        ("invites_patients", "transportation"): -20,
    }
    assert [r.label for r in found.where("exposure_mean")] == [{"exposure": exposure} for exposure in EXPOSURES]


def test_labels_follow_the_draws_whatever_the_order_of_dims() -> None:
    draws = posterior()
    turned = draws.transpose("service", "draw", "exposure", "chain")
    here, there = (Coefficients.of(each, ("exposure_coef",)) for each in (draws, turned))
    for exposure in EXPOSURES:
        for service in SERVICES:
            (one,) = here.where("exposure_coef", exposure=exposure, service=service)
            (other,) = there.where("exposure_coef", exposure=exposure, service=service)
            assert one.summary.text == other.summary.text
            assert one.summary.numbers() == pytest.approx(other.summary.numbers(), rel=1e-12, nan_ok=True)


def test_rows_are_found_by_parameter_and_by_label() -> None:
    found = Coefficients.of(posterior(), ("exposure_coef", "exposure_mean", "unit_sd"))
    assert len(found.where("exposure_coef")) == 6
    assert len(found.where("exposure_coef", service="condoms")) == 3
    assert found.where("exposure_coef", service="methadone") == found.where("absent") == ()
    assert found.where("unit_sd")[0].label == {}
    # A parameter without the dim has no such label.
    assert found.where("exposure_mean", service="condoms") == ()


def test_parameters_that_the_posterior_lacks_are_passed_over() -> None:
    found = Coefficients.of(posterior(), ("residual_sd", "unit_sd"))
    assert [r.parameter for r in found.rows] == ["unit_sd"]


def test_one_chain_has_everything_but_r_hat() -> None:
    one = Coefficients.of(posterior(chains=1), ("unit_sd",)).rows[0].summary
    values = posterior(chains=1)["unit_sd"].to_numpy()
    assert one.mean == pytest.approx(values.mean(), rel=1e-12)
    assert one.mcse > 0
    assert one.ess_bulk > 100
    assert math.isnan(one.rhat)
    assert "nan" not in " ".join(one.text)


def test_draws_that_are_not_numbers_are_not_averaged_away() -> None:
    draws = posterior()
    draws["unit_sd"].to_numpy()[2, 17] = np.nan
    one = Coefficients.of(draws, ("unit_sd",)).rows[0].summary
    assert np.isnan([one.mean, one.low, one.high, one.positive]).all()


def test_a_parameter_that_never_moves_is_no_crash() -> None:
    draws = posterior()
    draws["unit_sd"].to_numpy()[:] = 2.5
    one = Coefficients.of(draws, ("unit_sd",)).rows[0].summary
    assert (one.mean, one.low, one.high, one.mcse) == (2.5, 2.5, 2.5, 0.0)
    assert one.text[:2] == ("2.500", "2.500 to 2.500")


def test_plain_data_is_json_at_full_precision() -> None:
    found = Coefficients.of(posterior(chains=1), ("exposure_coef", "unit_sd"))
    plain = json.loads(json.dumps(found.to_list(), allow_nan=False))
    assert plain[0] | {"rhat": 0} == {
        "parameter": "exposure_coef",
        "exposure": "peer_influence",
        "service": "condoms",
        **found.rows[0].summary.numbers(),
        "rhat": 0,
    }
    assert [entry["rhat"] for entry in plain] == [None] * 7
    assert set(plain[-1]) == set(plain[0]) - {"exposure", "service"}


def unit(printed: str) -> float:
    """What one more in the last printed digit means, where zeros before the point are not taken for digits."""
    if "." in printed:
        return 10.0 ** Decimal(printed).as_tuple().exponent  # type: ignore[operator]
    digits = printed.lstrip("-")
    return 10.0 ** (len(digits) - len(digits.rstrip("0"))) if digits.strip("0") else math.inf


errors = st.floats(min_value=1e-12, max_value=1e4)
values = st.floats(min_value=-1e5, max_value=1e5)


@given(value=values, error=errors)
@example(value=52.3, error=2.5)
@example(value=965.31, error=12.0)
@example(value=0.123456, error=0.1)
@example(value=0.123456, error=0.01)
@example(value=-0.04, error=0.3)
@example(value=0.00021, error=0.000004)
def test_no_digit_is_printed_that_the_error_does_not_carry(value: float, error: float) -> None:
    places = decimals(error)
    step = 10.0**-places
    # A power of ten and its logarithm may differ in the last bit.
    assert step >= error * (1 - 1e-12)
    assert unit(rounded(value, places)) >= step * (1 - 1e-12)
    # Nor is a digit held back that it does carry, however small the number.
    assert step < 10 * error * (1 + 1e-12)
    # What is printed is the nearest that can be printed.
    assert abs(float(rounded(value, places)) - value) <= step / 2 * (1 + 1e-9) + 1e-9


@given(value=values, low=values, high=values, error=errors)
@example(value=-0.0004, low=-0.4, high=-1e-9, error=0.001)
@example(value=-4.0, low=-0.0, high=-3.0, error=5.0)
def test_no_zero_carries_a_minus_sign(value: float, low: float, high: float, error: float) -> None:
    mean, interval, _ = summary(mean=value, low=low, high=high, **all_errors(error)).text
    for printed in (mean, *interval.split(" to ")):
        assert not re.fullmatch(r"-0*\.?0*", printed), printed
        assert re.fullmatch(r"-?\d+(\.\d+)?", printed), printed


@pytest.mark.parametrize(
    ("mcse", "text"),
    [
        (0.0004, ("1.235", "-0.988 to 31.416")),
        (0.004, ("1.23", "-0.99 to 31.42")),
        (0.04, ("1.2", "-1.0 to 31.4")),
        (0.4, ("1", "-1 to 31")),
        (4.0, ("0", "0 to 30")),
        (0.0, ("1.235", "-0.988 to 31.416")),
        (float("nan"), ("1", "-1 to 31")),
    ],
)
def test_digits_by_hand(mcse: float, text: tuple[str, str]) -> None:
    assert summary(mean=1.2346, low=-0.98765, high=31.4159, **all_errors(mcse)).text[:2] == text


@given(positive=st.floats(min_value=0.0, max_value=1.0), ess=st.floats(min_value=0.0, max_value=1e6))
@example(positive=0.0, ess=1e6)
@example(positive=1.0, ess=1e6)
@example(positive=0.9996, ess=4000.0)
@example(positive=0.0004, ess=4000.0)
@example(positive=0.96, ess=10.0)
@example(positive=0.5, ess=float("nan"))
def test_no_probability_is_printed_as_0_or_1(positive: float, ess: float) -> None:
    printed = probability_text(positive, ess)
    sign, number = re.fullmatch(r"([<>] )?(0\.\d{1,3})", printed).groups()  # type: ignore[union-attr]
    assert 0.0 < float(number) < 1.0
    if sign is None:
        assert abs(float(number) - positive) <= 0.5 * 10.0 ** -len(number[2:]) * (1 + 1e-9)
    else:
        assert positive < float(number) if sign == "< " else positive > float(number)


@given(positive=st.floats(min_value=0.0, max_value=1.0), ess=st.floats(min_value=100.0, max_value=1e6))
@example(positive=0.5, ess=400.0)
def test_a_probability_has_no_digit_that_its_error_does_not_carry(positive: float, ess: float) -> None:
    number = probability_text(positive, ess).removeprefix("< ").removeprefix("> ")
    error = math.sqrt(positive * (1.0 - positive) / ess)
    assert 10.0 ** -len(number[2:]) >= error * (1 - 1e-12)


@pytest.mark.parametrize(
    ("positive", "ess", "text"),
    [
        (1.0, 4000.0, "> 0.999"),
        (1.0, 400.0, "> 0.99"),
        (0.0, 4000.0, "< 0.001"),
        (0.0, 50.0, "< 0.1"),
        (0.5, 400.0, "0.5"),
        (0.978, 4000.0, "0.98"),
        (0.9984, 40000.0, "0.998"),
    ],
)
def test_probabilities_by_hand(positive: float, ess: float, text: str) -> None:
    assert summary(positive=positive, ess_bulk=ess).text[2] == text
