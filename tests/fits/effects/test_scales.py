"""Every scale against brute force: simulation, numerical integrals, SciPy's own truncated normal, differences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import norm, truncnorm

from data.arrays import Array
from data.errors import InputError
from models.family import Family
from models.numerics.integration import averaged
from models.scale import Quantity, Scale, choose

LIMITS = {"both": (0.0, 100.0), "lower": (0.0, np.inf), "upper": (-np.inf, 100.0), "none": (-np.inf, np.inf)}
ETA = np.array([-90.0, -20.0, 0.0, 35.0, 60.0, 100.0, 130.0, 210.0])
RESIDUAL, GROUP = np.array([28.0]), np.array([21.0])
DRAWS = 200_000
ERRORS = 4.5
"""Monte Carlo standard errors that a simulation may lie off; of a hundred numbers one does so once in 1500 runs."""


@dataclass(frozen=True)
class Spread:
    """The residual sd, and that of group effects that are integrated."""

    residual: Array | None = None
    group: Array | None = None


def read(family: str, of: Quantity | None, eta: Array, spread: Spread, limits: tuple[float, float]) -> Array:
    """A quantity of units whose group effects are known or integrated."""
    assert of is not None
    values = {} if spread.residual is None else {"residual_sd": spread.residual}
    return averaged(of, Family.find(family), eta, values, spread=spread.group, limits=limits)


def value(name: str, eta: Array, spread: Spread, limits: tuple[float, float]) -> Array:
    return read("tobit", Family.find("tobit").scales_within(limits)[name].of, eta, spread, limits)


def change(name: str, low: Array, high: Array, spread: Spread, limits: tuple[float, float]) -> Array:
    found = Family.find("tobit").scales_within(limits)[name]
    assert found.combine is not None
    ends = [tuple(read("tobit", part, eta, spread, limits) for part in found.parts) for eta in (low, high)]
    return found.combine(*ends)


@pytest.mark.parametrize("limits", LIMITS.values(), ids=LIMITS)
@pytest.mark.parametrize("group", [None, GROUP], ids=["known groups", "groups integrated"])
def test_tobit_scales_are_what_clipped_normal_draws_give(limits: tuple[float, float], group: Array | None) -> None:
    rng, (lower, upper) = np.random.default_rng(11), limits
    spread = Spread(RESIDUAL, group)
    for eta in ETA:
        place = eta if group is None else eta + rng.normal(0.0, GROUP, DRAWS)
        seen = np.clip(place + rng.normal(0.0, RESIDUAL, DRAWS), lower, upper)
        between = seen[(seen > lower) & (seen < upper)]
        drawn = {"expected": seen, "at_lower": seen == lower, "at_upper": seen == upper, "interior": between}
        for name in drawn.keys() & Family.find("tobit").scales_within(limits).keys():
            found = float(value(name, np.array([eta]), spread, limits)[0])
            error = max(drawn[name].std() / np.sqrt(drawn[name].size), 1.0 / DRAWS)  # none seen: about one in all
            assert abs(found - drawn[name].mean()) < ERRORS * error, (name, eta)


def test_limits_decide_which_scales_there_are() -> None:
    every = ["expected", "latent", "at_lower", "at_upper", "interior", "within", "across"]
    assert list(Family.find("tobit").scales_within(LIMITS["both"])) == every
    assert list(Family.find("tobit").scales_within(LIMITS["lower"])) == [name for name in every if name != "at_upper"]
    assert list(Family.find("tobit").scales_within(LIMITS["upper"])) == [name for name in every if name != "at_lower"]
    assert list(Family.find("tobit").scales_within()) == [name for name in every if not name.startswith("at_")]
    assert list(Family.find("gaussian").scales_within()) == ["expected", "latent"]
    assert list(Family.find("bernoulli").scales_within()) == ["probability", "log_odds"]
    assert Family.find("tobit").scales_within(LIMITS["both"])["at_upper"].label == "P(y = 100)"


@pytest.mark.parametrize("group", [None, GROUP], ids=["known groups", "groups integrated"])
def test_without_limits_a_tobit_is_its_latent_index(group: Array | None) -> None:
    spread = Spread(RESIDUAL, group)
    for family in ("tobit", "gaussian"):
        for scale in Family.find(family).scales_within().values():
            if scale.of is not None:
                np.testing.assert_array_equal(read(family, scale.of, ETA, spread, LIMITS["none"]), ETA)
    # Everybody is between: all of a change is within.
    np.testing.assert_array_equal(change("within", ETA, ETA + 7.0, spread, LIMITS["none"]), ETA + 7.0 - ETA)
    np.testing.assert_array_equal(change("across", ETA, ETA + 7.0, spread, LIMITS["none"]), np.zeros_like(ETA))


@pytest.mark.parametrize("width", [1.0, 5.0, 40.0])
def test_interior_keeps_its_digits_in_far_tails(width: float) -> None:
    sd = 100.0 / width
    beyond = np.array([-30.0, -20.0, -12.0, -5.0, -1.0, -0.1, 0.0, 0.1, 0.5]) * sd
    for eta, from_end in [*((at, "lower") for at in beyond), *((100.0 - at, "upper") for at in beyond)]:
        found = float(value("interior", np.array([eta]), Spread(np.array([sd])), LIMITS["both"])[0])
        assert np.isfinite(found)
        assert 0.0 < found < 100.0
        by_scipy = truncnorm.mean(-eta / sd, (100.0 - eta) / sd, loc=eta, scale=sd)
        # 30 sd off, the distance to the limit is a thirtieth of an sd, a difference of two numbers of 30 sd.
        near, reference = (x if from_end == "lower" else 100.0 - x for x in (found, by_scipy))
        assert near == pytest.approx(reference, rel=1e-9), (eta, sd)


def test_interior_with_one_limit_is_the_inverse_mills_ratio() -> None:
    eta, sd = np.array([-300.0, -30.0, 0.0, 30.0, 300.0]), 10.0
    ratio = np.exp(norm.logpdf(-eta / sd) - norm.logsf(-eta / sd))
    found = value("interior", eta, Spread(np.array([sd])), LIMITS["lower"])
    # At -30 sd the logarithms are 450, whose exponential loses 3 digits, and all but a thousandth of the sum cancels.
    np.testing.assert_allclose(found, eta + sd * ratio, rtol=1e-9)
    mirrored = value("interior", 100.0 - eta, Spread(np.array([sd])), LIMITS["upper"])
    np.testing.assert_allclose(100.0 - mirrored, found, rtol=1e-11)


etas = st.floats(min_value=-800.0, max_value=900.0)
sds = st.floats(min_value=3.0, max_value=300.0)


@given(eta=etas, sd=sds)
def test_the_mean_is_made_of_its_parts(eta: float, sd: float) -> None:
    at, spread = np.array([eta]), Spread(np.array([sd]))
    part = {name: value(name, at, spread, LIMITS["both"])[0] for name in ("at_lower", "at_upper", "interior")}
    between = 1.0 - part["at_lower"] - part["at_upper"]
    # The subtraction from 1 leaves errors of 1e-16 of 100 points; the formulae share few terms.
    whole = between * part["interior"] + 100.0 * part["at_upper"]
    assert value("expected", at, spread, LIMITS["both"])[0] == pytest.approx(whole, rel=1e-11, abs=1e-11)
    assert 0.0 < part["interior"] < 100.0


@given(low=etas, high=etas, sd=sds)
def test_within_and_across_are_the_whole_change(low: float, high: float, sd: float) -> None:
    ends, spread = (np.array([low]), np.array([high])), Spread(np.array([sd]))
    for limits in LIMITS.values():
        parts = [change(name, *ends, spread, limits)[0] for name in ("within", "across")]
        moved = value("expected", ends[1], spread, limits)[0] - value("expected", ends[0], spread, limits)[0]
        # One rounding of a difference.
        assert sum(parts) == pytest.approx(moved, rel=1e-14, abs=1e-13)
        back = [change(name, *ends[::-1], spread, limits)[0] for name in ("within", "across")]
        np.testing.assert_allclose(back, -np.array(parts), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("limits", LIMITS.values(), ids=LIMITS)
def test_across_is_the_formula_of_the_docstring(limits: tuple[float, float]) -> None:
    """The part of those who cross, written out, where the code has it as the rest."""
    spread, low, high = Spread(RESIDUAL, GROUP), ETA, ETA + 45.0
    sd = np.hypot(RESIDUAL, GROUP)
    below, above = (
        [norm.cdf((limits[0] - eta) / sd) for eta in (low, high)],
        [norm.sf((limits[1] - eta) / sd) for eta in (low, high)],
    )
    between = [1.0 - one - other for one, other in zip(below, above, strict=True)]
    inner = [value("interior", eta, spread, limits) for eta in (low, high)]
    crossing = 0.5 * (inner[0] + inner[1]) * (between[1] - between[0])
    crossing += limits[0] * (below[1] - below[0]) if np.isfinite(limits[0]) else 0.0
    crossing += limits[1] * (above[1] - above[0]) if np.isfinite(limits[1]) else 0.0
    # Differences of tail probabilities known to 1e-16, times 200 points.
    np.testing.assert_allclose(change("across", low, high, spread, limits), crossing, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("limits", LIMITS.values(), ids=LIMITS)
def test_a_small_change_splits_as_mcdonald_and_moffitt_do(limits: tuple[float, float]) -> None:
    """Derivatives by central differences: P(between) dE[y | between] within, all else across."""
    spread, step, small = Spread(RESIDUAL, GROUP), 1e-3, 1e-2

    def slope(of: Scale) -> Array:
        up, down = (read("tobit", of.of, ETA + move, spread, limits) for move in (step, -step))
        return (up - down) / (2.0 * step)

    known, sd = Family.find("tobit").scales_within(limits), np.hypot(RESIDUAL, GROUP)
    between = norm.cdf((limits[1] - ETA) / sd) - norm.cdf((limits[0] - ETA) / sd)
    inner, whole = between * slope(known["interior"]), slope(known["expected"])
    # The mean's slope is the probability of being between; central differences err by step^2 / 6 sd^2 and 1e-14 / step.
    np.testing.assert_allclose(whole, between, rtol=1e-7, atol=1e-10)
    moved = {name: change(name, ETA, ETA + small, spread, limits) / small for name in ("within", "across")}
    # A one-sided difference errs by half its step times a curvature under 1 / sd.
    bound = small / sd[0]
    np.testing.assert_allclose(moved["within"], inner, atol=bound)
    np.testing.assert_allclose(moved["across"], whole - inner, atol=bound)
    assert limits == LIMITS["none"] or np.abs(whole - inner).max() > 100 * bound


def by_integral(eta: float, tau: float) -> float:
    """The probability averaged over normal group effects, by adaptive integration on either side of its step."""
    middle = float(np.clip(-eta / tau, -11.0, 11.0))
    parts = [
        quad(lambda z: expit(eta + tau * z) * norm.pdf(z), start, end, epsabs=1e-12, limit=200)[0]
        for start, end in ((-12.0, middle), (middle, 12.0))
    ]
    return float(sum(parts))


@pytest.mark.parametrize("tau", [0.05, 0.3, 1.0, 1.9, 2.0, 2.1, 3.0, 4.0, 4.5, 5.0])
def test_probability_over_group_effects_is_its_integral(tau: float) -> None:
    known = Family.find("bernoulli").scales_within()["probability"].of
    assert known is not None
    eta = np.linspace(-10.0, 10.0, 21)
    found = read("bernoulli", known, eta, Spread(None, np.array([tau])), LIMITS["none"])
    reference = [by_integral(float(one), tau) for one in eta]
    # The docstring's promise.
    np.testing.assert_allclose(found, reference, atol=1e-5, rtol=0)


def test_probability_is_what_simulated_groups_give() -> None:
    known, rng = Family.find("bernoulli").scales_within()["probability"].of, np.random.default_rng(3)
    assert known is not None
    for eta in (-3.0, 0.0, 0.7, 2.5):
        for tau in (0.4, 1.7, 3.5):
            drawn = expit(eta + rng.normal(0.0, tau, DRAWS))
            found = float(read("bernoulli", known, np.array([eta]), Spread(None, np.array([tau])), LIMITS["none"])[0])
            assert abs(found - drawn.mean()) < ERRORS * drawn.std() / np.sqrt(DRAWS)
            plain = float(read("bernoulli", known, np.array([eta]), Spread(), LIMITS["none"])[0])
            assert plain == pytest.approx(1.0 / (1.0 + np.exp(-eta)), rel=1e-15)
            # Unlike places average out.
            assert eta == 0.0 or abs(found - 0.5) < abs(plain - 0.5)


def test_log_odds_are_the_linear_predictor_whatever_the_groups() -> None:
    known = Family.find("bernoulli").scales_within()["log_odds"]
    for spread in (Spread(), Spread(None, GROUP)):
        np.testing.assert_array_equal(read("bernoulli", known.of, ETA, spread, LIMITS["none"]), ETA)
    assert known.unit("", index="logits") == "logits"


def test_units_in_words() -> None:
    known = Family.find("tobit").scales_within(LIMITS["both"])
    assert known["expected"].unit("percent of patients", index="") == "points (percent of patients)"
    assert known["latent"].unit("hours", index="") == "hours"
    assert known["within"].unit("", index="") == "outcome units"
    assert known["at_lower"].unit("percent of patients", index="") == "probability"
    assert known["expected"].array_name("points (percent of patients)", ratio=False) == "expected_points"
    assert known["expected"].array_name("points (percent of patients)", ratio=True) == "expected_ratio"
    assert known["latent"].array_name("thousand dollars", ratio=False) == "latent_thousand_dollars"


def test_scales_are_chosen_by_name() -> None:
    known = Family.find("tobit").scales_within(LIMITS["both"])

    def names(*asked: str, ratio: bool = False) -> list[str]:
        return [scale.name for scale in choose(asked, known, ratio=ratio)]

    assert names() == ["expected"]
    assert names("latent", "at_lower", "latent") == ["latent", "at_lower"]
    assert names("latent", "all") == list(known)
    assert names("all", ratio=True) == ["expected", "at_lower", "at_upper", "interior"]
    with pytest.raises(InputError, match=r"got 'at_lowr'.*Did you mean 'at_lower'\?"):
        names("at_lowr")
    with pytest.raises(InputError, match=r"Did you mean 'at_lower'\?"):
        choose(("at_upper",), Family.find("tobit").scales_within(LIMITS["lower"]), ratio=False)


@pytest.mark.parametrize("name", ["latent", "within", "across"])
def test_a_ratio_needs_a_natural_zero(name: str) -> None:
    known = Family.find("tobit").scales_within(LIMITS["both"])
    with pytest.raises(InputError, match=rf"'{name}', which has no natural zero; expected one of expected, at_lower"):
        choose(("expected", name), known, ratio=True)
    assert [scale.ratio for scale in choose(("all",), Family.find("bernoulli").scales_within(), ratio=True)] == [
        "of averages",
        "of odds",
    ]
