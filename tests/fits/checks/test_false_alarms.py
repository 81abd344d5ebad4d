"""A model that knows the truth is judged: how often is it failed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fits.checks.check import FALSE_ALARM, Test, judge
from fits.checks.interior import interior_test
from fits.checks.pit import pit_of, pit_test
from fits.checks.prior import prior_test
from fits.checks.rates import Rates
from fits.checks.replicates import replicate
from fits.checks.splits import splits_of
from models.families import gaussian
from models.family import Family
from models.predict import predictive
from tests.fits.checks._worlds import drawn_with, steady, truth
from tests.models._prepare import Case, few_kinds
from tests.small_study import kinds

WORLDS, DRAWS, LIMITS = 120, 200, (0.0, 10.0)


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return few_kinds(
        tmp_path_factory.mktemp("two"), groups=("place", "kind"), outcomes=("y", "other"), table=kinds(120)
    )


def judged(given: Case, family: Family, world: int) -> list[Test]:
    """Every test of data drawn with the very parameters that are believed; the replications serve as a prior too."""
    rng = np.random.default_rng(world)
    drawn = truth(given, world)
    draw = drawn.assign(intercept=0.0 * drawn["intercept"] + 5.0, residual_sd=0.0 * drawn["residual_sd"] + 5.0)
    design = replace(given.design, limits=LIMITS if family.support == "limited" else (-np.inf, np.inf))
    design, believed = drawn_with(draw, design, family, rng), steady(draw, draws=DRAWS // 2)
    limits = design.limits
    found = replicate(believed, design, family, splits=splits_of(design), limits=limits, seed=world)
    assert found.interior is not None
    rates = Rates.all_of(found, design, binary=False, unit="")
    again = predictive(believed, design, family, seed=10_000 + world)["y"].to_numpy()
    alike = np.full((2, DRAWS // 2, 1), 1.0 / DRAWS)
    return [
        *(one.test for one in rates),
        interior_test(found.interior, design.services),
        pit_test(pit_of(again, design.y, alike, rng), "pit", ""),
        *prior_test([one for one in rates if one.rows[0].split == "service"]),
    ]


@pytest.mark.parametrize("censored", [True, False])
def test_a_right_model_is_failed_no_more_often_than_said(censored: bool, given: Case) -> None:
    family = given.family if censored else gaussian.FAMILY
    made = [judged(given, family, world) for world in range(WORLDS)]
    ps = np.array([[test.p for test in tests] for tests in made])
    names = [test.name for test in made[0]]
    assert len(names) == (22 if censored else 10)
    for level in (0.05, 0.2):
        # Tests of one world depend on each other, so each is held to its own bound, of 3.5 standard errors.
        error = np.sqrt(level * (1 - level) / WORLDS)
        alarms = (ps <= level).mean(axis=0)
        # ArviZ's test of uniformity adds p-values up by an approximation, which is for small ones.
        alarms[names.index("pit")] /= 1.4
        assert alarms.max() <= level + 3.5 * error
        assert (ps <= level).mean() <= level + error
    assert ((ps <= 0.5).mean(axis=0) > 0.25).all()  # none of them is idle
    # All together; a p of 1 / 201 is the smallest there is with 200 replications.
    failed = sum(any(not check.passed for check in judge(tests)) for tests in made)
    assert failed / WORLDS <= FALSE_ALARM + 3 * np.sqrt(FALSE_ALARM * (1 - FALSE_ALARM) / WORLDS)
