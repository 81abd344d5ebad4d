"""Directions that are called, and the number of them that is expected to be false, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fits.verdicts.called import Called
from tests.fits.verdicts._made import fake_fit, judged, named, quantity


def draws(positive: int, of: int = 100) -> np.ndarray:
    """Draws of which so many of a hundred are positive, forty times over."""
    return np.tile([1.0] * positive + [-1.0] * (of - positive), 40)


def test_sure_signs_are_called_and_their_chances_of_being_wrong_add_up() -> None:
    several = quantity(draws(97), draws(60), draws(2), draws(95), names=("a", "b", "c", "d"))
    found = Called.of([judged(several, estimand="every_effect")], sure=0.95)
    assert found.effects == 4
    assert [(one.effect, one.positive) for one in found.calls] == [("d", True), ("a", True), ("c", False)]
    assert [one.wrong for one in found.calls] == pytest.approx([0.05, 0.03, 0.02])
    assert found.expected_false == pytest.approx(0.10)


def test_an_effect_that_two_readings_name_counts_once_and_two_fits_of_it_twice() -> None:
    first = judged(quantity(draws(97)))
    again, elsewhere = named(first, name="again", direction="negative"), named(first, fit="other")
    found = Called.of([first, again, elsewhere], sure=0.95)
    assert (found.effects, [one.fit for one in found.calls]) == (2, ["fit", "other"])
    assert found.expected_false == pytest.approx(0.06)


def test_only_judged_claims_of_a_direction_count() -> None:
    sure = quantity(draws(100))
    unjudged = judged(sure, fit=fake_fit(why_no_verdict="failed its checks"))
    not_asked = replace(judged(sure), verdict="not evaluable", quantity=None)
    null = judged(sure, "null", estimand="every_effect", number=0)
    assert Called.of([unjudged, not_asked, null], sure=0.95) == Called(0, ())
    unsure = Called.of([judged(quantity(draws(60)))], sure=0.95)
    assert (unsure.effects, unsure.calls, unsure.expected_false) == (1, (), 0.0)
