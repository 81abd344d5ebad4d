"""The limits of the gate: what good chains exceed by chance, and how values are printed beside them."""

from __future__ import annotations

import math

import arviz_stats
import numpy as np
import pytest
import xarray as xr
from scipy.stats import chi2

from fits.gate import (
    ESS_PER_CHAIN,
    FALSE_ALARM,
    RHAT_BEFORE,
    RHAT_MOST,
    checks_of,
    limit_of,
    rhat_limit,
    shown_limit,
    shown_values,
)
from tests.fits._fakes import autocorrelated

RUNS, DRAWS = 2_000, 500

OF_PARAMETERS = {1: 1.029, 40: 1.041, 400: 1.048}
"""What the docstring of `rhat_limit` tells of 4 chains with 400 effective draws."""


def rhat_of(draws: np.ndarray) -> np.ndarray:
    """R-hat of parameters (parameter, chain, draw), the larger of ranks and of folded ranks."""
    found = arviz_stats.rhat(xr.Dataset({"x": (("parameter", "chain", "draw"), draws)}))
    return np.asarray(found["x"].to_numpy())


@pytest.mark.parametrize("parameters", OF_PARAMETERS)
def test_the_limit_is_what_its_docstring_says(parameters: int) -> None:
    limit = rhat_limit(parameters, 4, 400.0)
    assert round(limit, 3) == OF_PARAMETERS[parameters]
    assert f"{OF_PARAMETERS[parameters]:g} for" in " ".join(str(rhat_limit.__doc__).split())


def test_the_limit_rises_with_parameters_and_falls_with_effective_draws_up_to_the_most() -> None:
    assert RHAT_BEFORE < rhat_limit(1, 4, 800.0) < rhat_limit(1, 4, 400.0) < rhat_limit(2, 4, 400.0) < RHAT_MOST
    assert rhat_limit(1, 4, 400.0) < rhat_limit(1, 8, 400.0)
    assert rhat_limit(100_000, 4, 400.0) == rhat_limit(1, 2, 40.0) == RHAT_MOST
    assert rhat_limit(0, 4, 400.0) == rhat_limit(1, 4, 400.0)


@pytest.mark.parametrize("chains", [2, 4, 8])
def test_one_in_a_hundred_good_fits_at_most_exceeds_it(chains: int) -> None:
    """Good chains with just the effective draws that are needed, or half of them for the pooled chains of two runs.

    .2 to .7 of a hundred exceeded it with each of six seeds: less than one, as the folded half of the two R-hats
    counted stays lower in such chains.
    """
    needed = ESS_PER_CHAIN * min(chains, 4)
    found = rhat_of(autocorrelated(needed, (RUNS, chains, DRAWS), seed=chains))
    alarms = float(np.mean(found > rhat_limit(1, chains, needed)))
    assert 0.001 <= alarms <= FALSE_ALARM
    # Of what decides it, the ranks, the limit is the quantile that is meant.
    assert rhat_limit(1, chains, needed) == pytest.approx(np.quantile(found, 1.0 - FALSE_ALARM / 2.0), abs=0.005)


@pytest.mark.parametrize(("chains", "needed", "percent"), [(2, 200, (46, 2)), (8, 400, (27, 0)), (4, 400, (0, 0))])
def test_how_often_good_fits_of_many_parameters_exceed_the_most_is_what_its_docstring_says(
    chains: int, needed: int, percent: tuple[int, int]
) -> None:
    halves = 2 * chains
    for effective, expected in zip((needed, 1.5 * needed), percent, strict=True):
        one = chi2.sf((RHAT_MOST**2 - 1.0) * effective * (halves - 1) / halves, halves - 1)
        assert round(100 * (1.0 - (1.0 - one) ** 400)) == expected


def test_good_fits_of_many_parameters_pass_as_often() -> None:
    found = rhat_of(autocorrelated(400.0, (RUNS, 4, DRAWS), seed=9)).reshape(-1, 40).max(axis=1)
    assert float(np.quantile(found, 0.98)) < rhat_limit(40, 4, 400.0)
    assert float(np.quantile(found, 0.5)) > RHAT_BEFORE + 0.01  # the older limit fails all of them


def test_the_older_limit_fails_a_good_fit_of_one_parameter_in_three() -> None:
    found = rhat_of(autocorrelated(400.0, (RUNS, 4, 1000), seed=5))
    assert float(np.mean(found <= RHAT_BEFORE)) == pytest.approx(0.63, abs=0.04)


@pytest.mark.parametrize(("target", "effective"), [(1.03, 120), (1.05, 60)])
def test_chains_that_disagree_lose_the_effective_draws_that_are_needed(target: float, effective: float) -> None:
    """Chains of independent draws, moved apart until R-hat is as given: far fewer are effective than are needed."""
    draws = np.random.default_rng(3).normal(size=(20, 4, 1000))
    draws -= draws.mean(axis=-1, keepdims=True)
    apart = np.random.default_rng(4).normal(size=(20, 4, 1))
    apart = (apart - apart.mean(axis=1, keepdims=True)) / apart.std(axis=1, ddof=1, keepdims=True)
    # Both halves of a chain are moved alike: 6 / 7 of the chains' variance is between halves.
    moved = draws + math.sqrt((target**2 - 1.0) * 7.0 / 6.0) * apart
    assert np.median(rhat_of(moved)) == pytest.approx(target, abs=0.003)
    ess = arviz_stats.ess(xr.Dataset({"x": (("parameter", "chain", "draw"), moved)}), method="bulk")["x"]
    assert float(ess.median()) == pytest.approx(effective, rel=0.15)
    assert float(ess.max()) < 400.0


def test_a_fit_that_does_not_say_its_limit_is_held_to_the_older_one() -> None:
    assert limit_of({}) == RHAT_BEFORE == 1.01
    assert checks_of({"rhat_max": 1.01})["rhat"]
    assert not checks_of({"rhat_max": 1.0101})["rhat"]
    assert checks_of({"rhat_max": 1.02, "rhat_limit": 1.03})["rhat"]
    assert not checks_of({"rhat_max": 1.031, "rhat_limit": 1.03})["rhat"]


@pytest.mark.parametrize("limit", [1.3, float("inf"), float("nan")])
def test_no_stored_limit_excuses_chains_that_disagree(limit: float) -> None:
    assert not checks_of({"rhat_max": 1.06, "rhat_limit": limit})["rhat"]


def test_a_value_and_its_limit_are_printed_apart() -> None:
    close = {"rhat_max": 1.0484, "rhat_limit": 1.04834, "ess_bulk_min": 399.7, "ess_needed": 400, "bfmi_min": 0.2996}
    assert shown_values(close) == {"rhat_max": "1.0484", "ess_bulk_min": "399.7", "bfmi_min": "0.2996"}
    assert shown_limit(close) == "1.0483"
    far = {"divergences": 3, "rhat_max": 1.0834, "rhat_limit": 1.0483, "ess_tail_min": 33.4, "ess_needed": 400}
    assert shown_values(far) == {"divergences": "3", "rhat_max": "1.083", "ess_tail_min": "33"}
    assert shown_limit(far) == "1.048"
    # Without a value beside it, and of a fit that does not say what it needed.
    assert shown_limit({}) == "1.010"
    assert shown_values({"rhat_max": 1.0104, "ess_bulk_min": 399.7}) == {"rhat_max": "1.0104", "ess_bulk_min": "400"}
    assert shown_values({"rhat_max": float("nan")}) == {"rhat_max": "nan"}
