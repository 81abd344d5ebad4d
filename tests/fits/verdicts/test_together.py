"""Claims that hold together, by hand, and what a search finds by chance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from fits.verdicts.judgement import Judgement
from fits.verdicts.source import Multiplicity, Source
from fits.verdicts.together import Together, by_chance
from tests.fits.verdicts._made import OTHER, fake_fit, judged, named, normal_draws, quantity

SIX_OF_TEN = [9.0] * 6 + [-9.0] * 4
THE_OTHERS = [-9.0] * 4 + [9.0] * 6
FIVE_OF_TEN = [9.0] * 5 + [-9.0] * 5


def one(draws: Any, *, name: str = "a", origin: str = "s", fit: str = "f", **said: Any) -> Judgement:
    """A claim on a service of its own; its draws tell when it holds."""
    repeated = np.tile(np.asarray(draws, dtype=float), 40)
    return named(judged(quantity(repeated)), name=name, origin=origin, fit=fit, **{"services": (name,), **said})


def together(*judgements: Judgement, sure: float = 0.95) -> Together:
    found = Together.of(judgements, sure=sure)
    assert found is not None
    return found


def test_claims_of_one_fit_that_hold_in_the_same_draws() -> None:
    found = together(one(SIX_OF_TEN), one(SIX_OF_TEN, name="b"))
    assert found.names == ("s/a#1", "s/b#1")
    assert found.each == (0.6, 0.6)
    assert found.chance.tolist() == [0.4, 0.0, 0.6]
    assert (found.all_hold, found.expected) == (0.6, pytest.approx(1.2))
    assert [found.at_least(count) for count in range(3)] == pytest.approx([1.0, 0.6, 0.6])
    assert found.fits == ("f",)


def test_claims_of_one_fit_that_exclude_each_other_nearly() -> None:
    found = together(one(SIX_OF_TEN), one(THE_OTHERS, name="b"))
    assert found.chance == pytest.approx([0.0, 0.8, 0.2])
    assert found.expected == pytest.approx(1.2)


def test_claims_of_two_fits_are_independent() -> None:
    found = together(one(SIX_OF_TEN), one(SIX_OF_TEN, name="b", fit="g"))
    assert found.chance == pytest.approx([0.16, 0.48, 0.36])
    assert (found.all_hold, found.expected) == (pytest.approx(0.36), pytest.approx(1.2))
    assert found.fits == ("f", "g")


def test_fits_may_have_draws_of_different_number() -> None:
    found = together(
        one(SIX_OF_TEN), one(THE_OTHERS, name="b"), one(FIVE_OF_TEN[:1] + FIVE_OF_TEN[-1:], name="c", fit="g")
    )
    assert found.chance == pytest.approx(np.convolve([0.0, 0.8, 0.2], [0.5, 0.5]))


SURE = [9.0] * 97 + [-9.0] * 3
SURE_ELSEWHERE = [-9.0] * 3 + [9.0] * 97


def test_the_largest_set_holds_together_with_the_rules_probability() -> None:
    same = (one(SURE, name="a"), one(SURE, name="b"), one(SIX_OF_TEN * 10, name="c"))
    found = together(*same)
    assert (found.largest, found.largest_chance) == (("s/a#1", "s/b#1"), pytest.approx(0.97))
    apart = together(one(SURE, name="a"), one(SURE_ELSEWHERE, name="b"))
    assert (apart.largest, apart.largest_chance) == (("s/a#1",), pytest.approx(0.97))  # both: .94
    assert together(one(SURE, name="a"), one(SURE_ELSEWHERE, name="b"), sure=0.94).largest == ("s/a#1", "s/b#1")
    two_fits = together(one(SURE, name="a"), one(SURE, name="b", fit="g"))
    assert two_fits.largest == ("s/a#1",)  # .97 x .97 = .941
    none = together(one(SIX_OF_TEN), one(SIX_OF_TEN, name="b"))
    assert (none.largest, none.largest_chance) == ((), 1.0)


def test_the_same_claim_by_two_sources_is_counted_once() -> None:
    twice = (one(SIX_OF_TEN, origin="s"), one(SIX_OF_TEN, origin="t"), one(FIVE_OF_TEN, name="b"))
    found = together(*twice)
    assert found.names == ("s/a#1", "s/b#1")
    other_sign = one(SIX_OF_TEN, origin="t", direction="negative")
    assert together(twice[0], other_sign).names == ("s/a#1", "t/a#1")


def test_a_claim_is_counted_once_whatever_its_readings_and_fits() -> None:
    first = one(SIX_OF_TEN)
    again = one(FIVE_OF_TEN, services=("elsewhere",))
    by_another_fit = one(FIVE_OF_TEN, fit="g")
    found = together(first, again, by_another_fit, one(FIVE_OF_TEN, name="b"))
    assert found.names == ("s/a#1", "s/b#1")
    assert found.each == (0.6, 0.5)
    assert found.fits == ("f",)


def test_what_was_not_judged_is_not_counted() -> None:
    good = one(SIX_OF_TEN)
    null = named(judged(quantity(np.tile(SIX_OF_TEN, 40)), "null"), name="n", services=("n",))
    described = named(judged(quantity(normal_draws(9.0, 1.0), **OTHER)), name="o", services=("o",))
    barred = named(
        judged(quantity(normal_draws(9.0, 1.0)), fit=fake_fit(why_no_verdict="failed")), name="p", services=("p",)
    )
    analogue = named(judged(quantity(normal_draws(9.0, 1.0)), fit=fake_fit(study="other")), name="q", services=("q",))
    unanswered = Judgement(good.source, good.claim, good.reading, 1, "not evaluable", "no fit")
    rest = (null, described, barred, analogue, unanswered)
    assert {one.verdict for one in rest} >= {"described", "no verdict", "not evaluable"}
    assert Together.of((good, *rest), sure=0.95) is None
    assert together(*rest, good, one(SIX_OF_TEN, name="b")).names == ("s/a#1", "s/b#1")


def test_what_monte_carlo_error_leaves_open_still_has_draws() -> None:
    open_ = judged(quantity(normal_draws(8.3, 2.0)))
    assert open_.why.startswith("Monte Carlo error straddles")
    found = together(named(open_, name="o", services=("o",)), named(open_, name="b", services=("b",)))
    assert found.names == ("s/o#1", "s/b#1")


def test_none_or_one_is_no_set() -> None:
    assert Together.of([], sure=0.95) is None
    assert Together.of([one(SIX_OF_TEN)], sure=0.95) is None


def test_chance_names_four_and_eight_or_more_now_and_then() -> None:
    """80 coefficients at .05 with 8 named: 4 expected, and P(8 or more) = .047 (domain.md, section 2)."""
    search = Source.read("sswr2020").multiplicity
    assert search is not None
    found = by_chance(search)
    assert found.expected == pytest.approx(4.0)
    assert found.as_many == pytest.approx(0.047, abs=0.0005)
    by_hand = 1.0 - sum(binom.pmf(count, 80, 0.05) for count in range(8))
    assert found.as_many == pytest.approx(by_hand)


def test_naming_none_or_more_than_none_by_chance() -> None:
    def of(named_: int) -> float:
        return by_chance(Multiplicity(coefficients=10, named=named_, level=0.1, reason="")).as_many

    assert of(0) == 1.0
    assert of(1) == pytest.approx(1 - 0.9**10)
    assert of(10) == pytest.approx(1e-10)
