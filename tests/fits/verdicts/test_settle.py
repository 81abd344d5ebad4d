"""How many units would settle a question, against studies of that size simulated one by one."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import norm

from fits.verdicts import settle
from fits.verdicts.events import decide
from fits.verdicts.settle import CHANCE, TIMES, Settle, _chance
from tests.fits.verdicts._made import RULE, claim, normal_draws, quantity, reading

NOW, SD_OF_ONE = 100, 30.0
"""Units today and the known sd of one unit's answer: the posterior's sd is 3 points."""


def chance(mean: float, times: float, *, kind: str = "direction", sd: float = SD_OF_ONE / math.sqrt(NOW)) -> float:
    said = reading() if kind == "direction" else reading(direction=None)
    draws = quantity(normal_draws(mean, sd, chains=1, draws=4000), units=NOW)
    return _chance(draws, claim(kind, said), said, times, least=5.0, rule=RULE)


def settled(mean: float, sd: float, *, kind: str = "direction", units: int = NOW) -> Settle:
    said = reading() if kind == "direction" else reading(direction=None)
    draws = quantity(normal_draws(mean, sd), units=units)
    return Settle.of(draws, claim(kind, said), said, least=5.0, rule=RULE)


def chance_by_simulation(mean: float, times: float, *, kind: str, studies: int = 4000) -> float:
    """Draw a truth from today's posterior, then more units from it; judge the conjugate posterior of all of them."""
    rng = np.random.default_rng(11)
    more = round((times - 1) * NOW)
    truth = rng.normal(mean, SD_OF_ONE / math.sqrt(NOW), studies)
    total = NOW * mean + more * rng.normal(truth, SD_OF_ONE / math.sqrt(more))
    centre, sd = total / (NOW + more), SD_OF_ONE / math.sqrt(NOW + more)
    above, below = norm.sf(5.0, centre, sd), norm.cdf(-5.0, centre, sd)
    inside = 1.0 - above - below
    if kind == "null":
        chances = zip(inside, np.maximum(above, below), inside, strict=True)
    else:
        chances = zip(above, below, inside, strict=True)
    made = claim(kind, reading() if kind == "direction" else reading(direction=None))
    return float(np.mean([decide(made, one, RULE) != "undecided" for one in chances]))


@pytest.mark.parametrize("kind", ["direction", "null"])
@pytest.mark.parametrize(("mean", "times"), [(0.0, 1.5), (0.0, 4.0), (4.0, 16.0), (6.0, 4.0), (-7.0, 8.0), (2.0, 64.0)])
def test_the_chance_of_a_decision_is_that_of_simulated_studies(kind: str, mean: float, times: float) -> None:
    """200 futures, spread over the posterior: within some .03 by the module's own word, and .008 of simulation."""
    found = chance(mean, times, kind=kind)
    expected = chance_by_simulation(mean, times, kind=kind)
    assert abs(found - expected) <= 3 * math.sqrt(max(expected * (1 - expected), 0.005) / 200), (found, expected)


@pytest.mark.parametrize("mean", [0.0, 3.0, 4.9, 7.0, -7.0])
def test_more_units_decide_more_often(mean: float) -> None:
    """Within the error of 200 futures; a search by halves rests on it."""
    chances = [chance(mean, times) for times in TIMES]
    assert chances[-1] > 0.85
    assert all(later >= earlier - 0.03 for earlier, later in pairwise(chances))


def test_the_least_that_settles_is_found() -> None:
    """None that was tried before gives the chance, and this one does."""
    found = settled(0.0, 4.0)
    assert found.times in TIMES
    place = TIMES.index(found.times)
    assert found.chance >= CHANCE
    assert chance(0.0, TIMES[place], sd=4.0) >= CHANCE - 0.03
    assert chance(0.0, TIMES[place - 1], sd=4.0) < CHANCE + 0.03


def test_what_is_nearly_known_takes_fewer_units() -> None:
    times = [settled(0.0, sd).times or math.inf for sd in (2.7, 4.0, 8.0, 16.0)]
    assert times == sorted(times)
    assert times[0] < times[-1]


def test_what_the_most_cannot_settle_has_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """An effect of just the smallest size: no study of a few times the units tells on which side it lies."""
    assert settled(5.0, 3.0).units is not None
    monkeypatch.setattr(settle, "TIMES", (1.5, 2, 3))
    found = settled(5.0, 3.0)
    assert (found.times, found.units) == (None, None)
    assert found.chance == pytest.approx(chance_by_simulation(5.0, 3.0, kind="direction"), abs=0.1)
    assert found.text == "more than 3 times as many units"


def test_the_same_draws_give_the_same_number() -> None:
    assert settled(6.0, 3.0) == settled(6.0, 3.0)


def test_a_future_as_large_as_today_is_today() -> None:
    """With nothing more to come, every future is the posterior that there is."""
    assert chance(9.0, 1.0, sd=1.0) == 1.0
    assert chance(0.0, 1.0, sd=4.0) == 0.0


def test_several_effects_move_together() -> None:
    """Two effects that are one: as many units as for one; two that are not: more."""
    said = reading(estimand="every_effect", services=())
    one, other = normal_draws(7.0, 3.0, seed=1), normal_draws(7.0, 3.0, seed=2)
    made = claim("direction", said)
    rule = replace(RULE, sure=0.9)
    numbers = {
        name: Settle.of(draws, made, said, least=5.0, rule=rule).times
        for name, draws in {
            "one": quantity(one),
            "alike": quantity(one, one),
            "apart": quantity(one, other),
        }.items()
    }
    assert numbers["one"] == numbers["alike"]
    assert numbers["one"] is not None
    assert (numbers["apart"] or math.inf) >= numbers["one"]


@pytest.mark.parametrize(
    ("now", "times", "units", "text"),
    [
        (657, 4, 2600, "about 2,600 units, 4 times as many"),
        (100, 1.5, 150, "about 150 units, 1.5 times as many"),
        (45, 1.5, 68, "about 68 units, 1.5 times as many"),
        (650, 192, 120_000, "about 120,000 units, 192 times as many"),
        (5, 1.5, 8, "about 8 units, 1.5 times as many"),
    ],
)
def test_units_are_told_to_two_digits(now: int, times: float, units: int, text: str) -> None:
    found = Settle(now, times, 0.8)
    assert (found.units, found.text) == (units, text)


def test_long_posteriors_are_thinned_over_all_chains() -> None:
    """The first chain by itself would say that next to nothing is missing."""
    apart = np.concatenate([normal_draws(0.0, 0.5, chains=1), normal_draws(5.0, 3.0, chains=3)])
    mixed = np.random.default_rng(4).permutation(apart.ravel()).reshape(apart.shape)
    said = reading()
    found, of_mixed, of_first = (
        Settle.of(quantity(draws), claim("direction", said), said, least=5.0, rule=RULE)
        for draws in (apart, mixed, apart[:1])
    )
    assert apart[:1].size > settle.DRAWS
    assert of_first.times == TIMES[0]
    assert found.times is not None
    assert of_mixed.times is not None
    # 200 futures tell neighbours among the sizes tried no better apart.
    assert abs(TIMES.index(found.times) - TIMES.index(of_mixed.times)) <= 1
    assert found.times > 4


@pytest.mark.parametrize(
    ("population", "end"), [(0, "4 times as many"), (4000, "4 times as many"), (3999, ", where there are 3,999 in all")]
)
def test_more_units_than_there_are_is_said(population: int, end: str) -> None:
    assert Settle(1000, 4.0, 0.8, population).text.endswith(end)


def test_how_many_there_are_is_the_codebooks_to_say() -> None:
    said = reading()
    draws = replace(quantity(normal_draws(4.0, 3.0), units=NOW), population=321)
    assert Settle.of(draws, claim("direction", said), said, least=5.0, rule=RULE).population == 321
