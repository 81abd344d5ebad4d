"""Verdicts of normal posteriors whose probabilities are known, and what bars one."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from fits.verdicts.events import VERDICTS, decide
from fits.verdicts.judgement import Judgement, Probability
from fits.verdicts.quantity import Quantity
from tests.fits.verdicts._made import (
    OTHER,
    PROBABILITY,
    RULE,
    claim,
    fake_fit,
    judged,
    normal_draws,
    quantity,
    reading,
    sticky_draws,
)


def expected(mean: float, sd: float, *, sign: float = 1.0, least: float = 5.0) -> tuple[float, float, float]:
    """Probabilities of more than the smallest effect, of less than minus it, and of neither, from scipy."""
    above, below = norm.sf(least, sign * mean, sd), norm.cdf(-least, sign * mean, sd)
    return above, below, 1.0 - above - below


def values(found: Judgement) -> tuple[float, ...]:
    assert found.holds is not None
    assert found.against is not None
    assert found.inside is not None
    return found.holds.value, found.against.value, found.inside.value


@pytest.mark.parametrize("direction", ["positive", "negative"])
@pytest.mark.parametrize(
    ("mean", "sd", "verdict"),
    [
        (9.0, 1.0, "supported"),
        (9.0, 2.0, "supported"),  # .977
        (9.0, 3.0, "undecided"),  # .909
        (0.0, 2.0, "practically none"),  # .988
        (0.0, 3.0, "undecided"),  # .904
        (0.0, 50.0, "undecided"),
        (3.0, 1.0, "practically none"),  # of the claimed sign for sure, and yet none that matters
        (-9.0, 2.0, "contradicted"),
        (-9.0, 3.0, "undecided"),
    ],
)
def test_the_verdict_of_a_normal_posterior(direction: str, mean: float, sd: float, verdict: str) -> None:
    sign = 1.0 if direction == "positive" else -1.0
    found = judged(quantity(normal_draws(sign * mean, sd)), direction=direction)
    assert found.verdict == verdict
    assert values(found) == pytest.approx(expected(mean, sd), abs=2 / 4000)
    assert found.direction is not None
    assert found.direction.value == pytest.approx(norm.sf(0.0, mean, sd), abs=1 / 4000)
    assert found.decided == (verdict != "undecided")
    assert (found.settle is not None) == (verdict == "undecided")
    assert (found.least, found.fit, found.why) == (5.0, "fit", "")


def test_the_same_in_probabilities_is_held_to_the_probability() -> None:
    in_points = judged(quantity(normal_draws(9.0, 2.0)))
    found = judged(quantity(normal_draws(0.09, 0.02), **PROBABILITY))
    assert (found.verdict, found.least, values(found)) == ("supported", 0.05, values(in_points))


def test_much_is_held_to_the_strong_effect() -> None:
    draws = quantity(normal_draws(12.0, 1.0))
    assert judged(draws).verdict == "supported"
    much = judged(draws, strong=True)
    assert (much.verdict == "supported", much.least) == (False, 15.0)
    # It is surely something that matters, and surely not much: the claim of much is contradicted.
    assert much.verdict == "contradicted"
    assert values(much)[-3:] == pytest.approx((norm.sf(15, 12), norm.cdf(15, 12), 0.0), abs=2 / 4000)
    assert judged(quantity(normal_draws(12.0, 1.0)), "null", strong=True).verdict == "supported"
    assert judged(quantity(normal_draws(12.0, 1.0)), "null").verdict == "contradicted"


def test_an_outcome_may_be_held_to_an_effect_of_its_own() -> None:
    rule = replace(RULE, outcomes={"uses_condoms": 2.0, "utilisation": 7.0})
    found = judged(quantity(normal_draws(4.0, 0.5)), rule=rule)
    assert (found.verdict, found.least) == ("supported", 2.0)
    whole = judged(quantity(normal_draws(4.0, 0.5), outcomes=("utilisation",)), rule=rule)
    assert (whole.verdict, whole.least) == ("practically none", 7.0)


@pytest.mark.parametrize(("sure_of_none", "verdict"), [(None, "undecided"), (0.85, "practically none")])
def test_the_precision_that_none_needs_is_the_rules(sure_of_none: float | None, verdict: str) -> None:
    rule = replace(RULE, sure_of_none=sure_of_none)
    draws = quantity(normal_draws(0.0, 3.0))  # .904 inside
    assert judged(draws, rule=rule).verdict == verdict
    null = judged(draws, "null", rule=rule).verdict
    assert null == ("supported" if sure_of_none else "undecided")


@pytest.mark.parametrize(
    ("kind", "chances", "verdict"),
    [
        ("direction", (0.95, 0.0, 0.05), "supported"),
        ("direction", (0.9499, 0.0, 0.05), "undecided"),
        ("direction", (0.0, 0.95, 0.05), "contradicted"),
        ("direction", (0.0, 0.9499, 0.05), "undecided"),
        ("direction", (0.0, 0.05, 0.95), "practically none"),
        ("ranking", (0.0, 0.05, 0.95), "practically none"),
        ("null", (0.95, 0.0, 0.95), "supported"),
        ("null", (0.94, 0.0, 0.99), "undecided"),  # a null claim has its own event
        ("null", (0.0, 0.95, 0.0), "contradicted"),
        ("size", (0.03, 0.97, 0.96), "practically none"),
        ("size", (0.03, 0.97, 0.5), "contradicted"),
        ("prevalence", (0.96, 0.04, math.nan), "supported"),
        ("prevalence", (0.04, 0.96, math.nan), "contradicted"),
        ("prevalence", (0.5, 0.5, math.nan), "undecided"),
    ],
)
def test_three_probabilities_decide(kind: str, chances: tuple[float, float, float], verdict: str) -> None:
    assert decide(claim(kind, reading()), chances, RULE) == verdict
    assert verdict in VERDICTS


def test_a_prevalence_is_judged_without_a_smallest_effect() -> None:
    draws = quantity(normal_draws(0.01, 0.004), **PROBABILITY)  # the average less what is claimed
    said: dict[str, Any] = {"estimand": "level", "above": 0.5, "exposure": ""}
    found = judged(draws, "prevalence", **said)
    assert (found.verdict, found.least, found.inside) == ("supported", 0.0, None)


@pytest.mark.parametrize("kind", ["direction", "null"])
@pytest.mark.parametrize("draws", [normal_draws(9.0, 1.0), normal_draws(0.0, 50.0)])
def test_a_barred_fit_has_no_verdict_but_keeps_its_probabilities(kind: str, draws: np.ndarray) -> None:
    free = judged(quantity(draws), kind)
    found = judged(quantity(draws), kind, fit=fake_fit(why_no_verdict="the fit failed its diagnostics (rhat)"))
    assert (found.verdict, found.why) == ("no verdict", "the fit failed its diagnostics (rhat)")
    assert (found.holds, found.against, found.inside) == (free.holds, free.against, free.inside)
    assert (found.decided, found.settle) == (False, None)


def straddling() -> tuple[Quantity, Quantity]:
    """The very same values, .965 of them beyond the smallest effect: well mixed, and in chains that hardly move."""
    mean = 5.0 + 2.0 * norm.ppf(0.965)
    return quantity(normal_draws(mean, 2.0)), quantity(sticky_draws(mean, 2.0))


def test_a_probability_that_monte_carlo_error_straddles_has_no_verdict() -> None:
    mixed, sticky = straddling()
    good, bad = judged(mixed), judged(sticky)
    assert good.holds is not None
    assert bad.holds is not None
    assert good.holds.value == bad.holds.value == pytest.approx(0.965, abs=1 / 4000)
    assert good.holds.error == pytest.approx(math.sqrt(0.965 * 0.035 / 4000), rel=0.2)
    assert bad.holds.error > 3 * good.holds.error
    assert (good.verdict, bad.verdict) == ("supported", "no verdict")
    assert bad.why == (
        f"Monte Carlo error straddles the rule: Pr as claimed 0.965 ± {bad.holds.error:.3f}; ask for more --draws"
    )
    assert bad.settle is None


def test_more_draws_end_the_straddling() -> None:
    mean = 5.0 + 2.0 * norm.ppf(0.955)
    assert judged(quantity(normal_draws(mean, 2.0, draws=250))).verdict == "no verdict"
    assert judged(quantity(normal_draws(mean, 2.0, draws=5000))).verdict == "supported"


def test_a_probability_just_below_the_rule_straddles_too() -> None:
    mean = 5.0 + 2.0 * norm.ppf(0.949)
    assert judged(quantity(normal_draws(mean, 2.0))).verdict == "no verdict"


def test_no_smallest_effect_is_described_and_not_judged() -> None:
    no_probability = replace(RULE, smallest={"points": 5.0}, strong={})
    for made, rule, said, name in (
        (quantity(normal_draws(9.0, 1.0), **OTHER), RULE, {}, "no smallest effect in scale points"),
        (quantity(normal_draws(0.9, 0.1), **PROBABILITY), no_probability, {}, "no smallest effect in probability"),
        (quantity(normal_draws(9.0, 1.0)), no_probability, {"strong": True}, "no strong effect in points"),
    ):
        found = judged(made, rule=rule, **said)
        assert found.verdict == "described"
        assert found.why == f"rule 'mine' names {name}"
        assert (found.holds, found.against, found.inside, found.least, found.events) == (None,) * 5
        assert found.estimate is not None


def test_a_fit_of_another_study_is_an_analogue() -> None:
    assert not judged(quantity(normal_draws(9.0, 1.0))).analogue
    assert judged(quantity(normal_draws(9.0, 1.0)), fit=fake_fit(study="nssats_2017")).analogue


def test_several_effects_have_no_single_estimate() -> None:
    found = judged(quantity(normal_draws(9.0, 1.0), normal_draws(1.0, 2.0, seed=2), names=("a", "b")), "null")
    assert found.estimate is None
    assert [(name, round(one.mean, 6)) for name, one in found.parts] == [("a", 9.0), ("b", 1.0)]


def test_a_judgement_as_plain_data() -> None:
    found = judged(quantity(normal_draws(9.0, 3.0)))
    told = found.to_dict()
    assert told["id"] == "s/c#1"
    assert (told["verdict"], told["wave"], told["kind"], told["fit"]) == ("undecided", 2017, "direction", "fit")
    assert (told["scale"], told["unit"]) == ("expected", "points (percent of patients)")
    assert (told["smallest_effect"], told["effect_mean"]) == (5.0, pytest.approx(9.0))
    assert (told["pr_holds"], told["pr_against"], told["pr_inside"]) == values(found)
    assert found.holds is not None
    assert told["pr_holds_mcse"] == found.holds.error
    assert found.settle is not None
    assert (told["units_to_settle"], told["times_more"]) == (found.settle.units, found.settle.times)


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (0.5, 0.008, "0.50"),  # .008 supports the second decimal
        (0.5, 0.02, "0.5"),
        (0.9996, 0.0005, "> 0.999"),
        (0.0, 0.00025, "< 0.001"),
        (1.0, 0.02, "> 0.9"),
        (0.04, 0.02, "< 0.1"),
        (0.04, 0.002, "0.04"),
        (0.1234, 0.0, "0.123"),
    ],
)
def test_a_probability_is_told_with_the_digits_it_has(value: float, error: float, text: str) -> None:
    assert Probability(value, error).text == text


def test_an_event_that_always_or_never_happens_is_not_known_exactly() -> None:
    for event in (np.ones(4000, bool), np.zeros(4000, bool)):
        found = Probability.of(event, 4, 500.0)
        assert (found.value, found.error) == (float(event[0]), 1 / 500)
        assert Probability.of(event, 4, 0.1).error == 1.0


def test_the_error_of_a_probability_minds_the_chains() -> None:
    """Two chains that disagree: much less is known than 4,000 independent draws would tell."""
    agreeing = np.tile([True, False], 2000)
    apart = np.repeat([True, True, False, False], 1000)
    assert Probability.of(agreeing, 4, 100.0).error < 0.02 < 0.1 < Probability.of(apart, 4, 100.0).error
