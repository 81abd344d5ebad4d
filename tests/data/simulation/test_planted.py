"""Scenarios that plant effects of exact sizes: the data's truth has them, on the services and in the sizes stated."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from scipy.stats import norm

from data.codebook import Codebook
from data.errors import InputError
from data.simulation import simulator
from data.simulation.constants import Planted, simulator_constants
from data.simulation.covariates import clinic_waves
from data.simulation.equations import column
from data.simulation.outcomes import share_offering
from data.simulation.planted import planted_effects

SEED = 11
EXPOSURES = ("invites_patients", "pcc_composite", "lived_experience_share", "peer_influence", "peer_senior")
OUTCOMES = ("utilisation", "availability")
SIZES = (5.0, 8.0, 10.0, 15.0, 20.0)
QUIET = ("aftercare", "methadone")
"""Services on whose availability one_real plants nothing."""


@cache
def study(scenario: str, seed: int = SEED) -> tuple[pd.DataFrame, dict[str, Any]]:
    return simulator.simulate(scenario, seed)


def true_change(rows: pd.DataFrame, block: dict[str, Any], exposure: str, service: str) -> float:
    """The average change of E[y], in points, from the truth's numbers alone and by other formulas than the solver's."""
    eta = np.full(len(rows), block["intercept"][service])
    for label, row in {**block["exposure_coef"], **block["control_coef"]}.items():
        eta = eta + column(rows, label) / block["step"][label] * row[service]
    for name in ("state", "unit_type"):
        eta = eta + np.array([block[f"{name}_effect"][level][service] for level in rows[name]])
    coef = block["exposure_coef"][exposure][service]
    x, step = column(rows, exposure), block["step"][exposure]
    if Codebook.read("ndatss").variables[exposure].type == "binary":
        low, high = eta - coef * x / step, eta + coef * (1 - x) / step
    else:
        low, high = eta, eta + coef
    if "residual_sd" not in block:
        units = block["unit_sd"] * norm.ppf((np.arange(2000) + 0.5) / 2000)  # units' effects, evenly spaced
        rate = [expit(at[:, None] + units).mean() for at in (low, high)]
        return float(100 * (rate[1] - rate[0]))
    answers = rows[f"uses_{service}"].notna().to_numpy()
    sd = np.hypot(block["residual_sd"][service], block["unit_sd"])
    y = np.linspace(0.0, 100.0, 2001)  # E[y] of a value cut at 0 and 100 is the integral of P(y > t) between them
    mean = [np.trapezoid(norm.sf(y, at[answers][:, None], sd), y, axis=1).mean() for at in (low, high)]
    return float(mean[1] - mean[0])


@pytest.mark.parametrize("wave", [2014, 2017])
@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("scenario", ["one_real", "alike"])
def test_planted_effects_are_in_the_truth_to_a_tenth_of_a_point(scenario: str, outcome: str, wave: int) -> None:
    frame, truth = study(scenario)
    rows, block = frame[frame["wave"] == wave], truth["waves"][str(wave)][outcome]
    planted = {
        (one["exposure"], one["service"]): one["points"] for one in truth["planted"] if one["outcome"] == outcome
    }
    for exposure in EXPOSURES:
        for service in block["services"]:
            wanted = planted.get((exposure, service), 0.0)
            if not wanted:
                assert block["exposure_coef"][exposure][service] == 0.0
            else:
                assert abs(true_change(rows, block, exposure, service) - wanted) < 0.1, (exposure, service)


@pytest.mark.parametrize("seed", range(5))
def test_one_real_has_one_effect_of_each_exposure_on_services_and_of_sizes_that_differ(seed: int) -> None:
    _, truth = study("one_real", seed)
    for outcome in OUTCOMES:
        here = [one for one in truth["planted"] if one["outcome"] == outcome]
        assert tuple(one["exposure"] for one in here) == EXPOSURES
        assert len({one["service"] for one in here}) == len(here)
        assert sorted(abs(one["points"]) for one in here) == list(SIZES)
        assert {one["service"] for one in here} <= set(truth["waves"]["2017"][outcome]["services"])


def test_alike_has_four_points_for_every_exposure_on_every_service_of_any_wave() -> None:
    _, truth = study("alike")
    assert {one["points"] for one in truth["planted"]} == {4.0}
    for outcome in OUTCOMES:
        named = {(one["exposure"], one["service"]) for one in truth["planted"] if one["outcome"] == outcome}
        every = {service for wave in truth["waves"].values() for service in wave[outcome]["services"]}
        assert named == {(exposure, service) for exposure in EXPOSURES for service in every}


def drawn(seeds: int, units: int | None = None) -> list[Any]:
    """The effects that one_real plants, without the studies."""
    constants, codebook = simulator_constants(), Codebook.read("ndatss")
    planted = constants.scenario("one_real").planted
    rng = np.random.default_rng(1)
    frame = clinic_waves(constants, rng)
    if units is not None:
        frame = pd.concat([rows.head(units) for _, rows in frame.groupby("wave")])
    offered = {
        outcome: share_offering(outcome, frame, constants, codebook=codebook, every=False) for outcome in OUTCOMES
    }
    return [effect for _ in range(seeds) for effect in planted_effects(planted, EXPOSURES, offered, rng)]


def test_over_studies_every_size_and_every_service_comes_about_equally_often() -> None:
    seeds = 400
    effects = drawn(seeds)
    for outcome, services in (("utilisation", 8), ("availability", 6)):
        here = [effect for effect in effects if effect.outcome == outcome]
        counts = Counter(effect.service for effect in here)
        expected = seeds * len(EXPOSURES) / services
        assert len(counts) == services
        # four standard errors of a binomial number, which is wider than that of draws without return
        assert all(abs(count - expected) < 4 * np.sqrt(expected) for count in counts.values()), counts
        assert Counter(abs(effect.points) for effect in here) == dict.fromkeys(SIZES, seeds)
    sizes = {(effect.exposure, abs(effect.points)) for effect in effects}
    assert sizes == {
        (exposure, size)
        for exposure in EXPOSURES
        for size in SIZES
        if size <= 8 or exposure != "lived_experience_share"
    }


def test_no_effect_is_drawn_where_few_clinics_can_answer_or_there_is_no_room() -> None:
    effects = drawn(40)
    assert not [one for one in effects if one.outcome == "availability" and one.service in QUIET]
    assert {one.service for one in effects if one.outcome == "utilisation"} >= set(QUIET)
    # three hundred clinics, of which one in seven or eight offers methadone, too few for an equation of its own
    assert "methadone" not in {one.service for one in drawn(40, units=300) if one.outcome == "utilisation"}
    down = {one.service for one in effects if one.points < 0}
    assert down == {"overdose_education"}
    assert not [one for one in effects if one.outcome == "utilisation" and one.points < 0]


def test_claims_state_the_coefficients_that_were_solved_for() -> None:
    _, truth = study("alike")
    last = truth["waves"]["2017"]
    for claim in truth["claims"]:
        if claim["outcome"] == "adoption":
            assert claim["true"] == 0.0
        else:
            assert claim["true"] == last[claim["outcome"]]["exposure_coef"][claim["exposure"]][claim["service"]] > 0


def test_scenarios_of_one_seed_share_their_clinics_and_what_is_not_planted() -> None:
    (null, null_truth), (planted, planted_truth) = study("null"), study("one_real")
    given = [*EXPOSURES, "clinic", "state", "unit_type", "oud_share"]
    pd.testing.assert_frame_equal(null[given], planted[given])
    for key in ("control_coef", "state_effect", "unit_type_effect"):
        assert null_truth["waves"]["2014"]["utilisation"][key] == planted_truth["waves"]["2014"]["utilisation"][key]
    assert "planted" not in null_truth


def test_a_size_that_no_coefficient_gives_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    impossible = Planted(on="every", points=(60.0,), assumed=True, reason="More than a share can do.")
    scenario = simulator_constants().scenario("alike")
    monkeypatch.setitem(
        simulator_constants().scenarios, "alike", type(scenario)(line="too much", background=False, planted=impossible)
    )
    with pytest.raises(InputError, match="planted effects: got 60 of invites_patients"):
        simulator.simulate("alike", 1)
