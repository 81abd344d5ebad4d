"""From the outcome's scale to the model's: by hand, by simulation, and as a pure function of what is written."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from data.errors import InputError
from fits.plan import FitPlan
from priors.prior_set import LOCATED, SPREAD, Belief, Claimed, Normal, PriorSet
from priors.translate import Translated, translate

HOURS = {"floor": 0.0, "span": 4950.0}
"""The range of hours in the Mroz data: a scale that is neither percent nor starts a hundredth at 1."""


def belief(points: Normal | None, probability: Normal | None) -> Belief:
    return Belief(reason="r", source="s", points=points, probability=probability)


def priors(**changes: Belief) -> PriorSet:
    """Every role with an sd of its own, so that none can be taken for another."""
    roles = {
        "intercept": belief(Normal(mean=50, sd=35), Normal(mean=0.5, sd=0.4)),
        "exposure_mean": belief(Normal(mean=1, sd=8), Normal(mean=0.05, sd=0.2)),
        "control": belief(Normal(mean=-2, sd=10), Normal(mean=-0.1, sd=0.21)),
        "exposure_spread": belief(Normal(sd=5), Normal(sd=0.15)),
        "group_sd": belief(Normal(sd=11), Normal(sd=0.16)),
        "unit_sd": belief(Normal(sd=15), Normal(sd=0.25)),
        "residual_sd": belief(Normal(sd=50), None),
        **changes,
    }
    return PriorSet(name="mine", title="Mine", reason="r", roles=roles)


def translated(given_priors: PriorSet, scale: Any = "points", **changes: Any) -> Translated:
    names = {"exposures": ["a", "b", "c"], "services": ["x", "y"], "groups": ["state", "unit_type"]}
    return translate(given_priors, scale=scale, **{**names, **changes})


def test_points_on_a_range_of_0_to_100_are_what_is_written() -> None:
    found = translated(priors())
    assert found.intercept == (50, 35)
    assert found.exposure_mean == (1, 8)
    assert found.control == (-2, 10)
    assert (found.exposure_spread, found.unit_sd, found.residual_sd) == (5, 15, 50)
    assert found.group_sd == {"state": 11, "unit_type": 11}
    assert not found.exposure_shift.any()
    assert found.exposure_shift.shape == (3, 2)


def test_points_are_hundredths_of_any_other_range() -> None:
    found = translated(priors(), **HOURS)
    assert found.intercept == pytest.approx((2475, 1732.5))
    assert found.exposure_mean == pytest.approx((49.5, 396))
    assert found.control == pytest.approx((-99, 495))
    assert (found.exposure_spread, found.unit_sd, found.residual_sd) == pytest.approx((247.5, 742.5, 2475))
    assert found.group_sd == pytest.approx({"state": 544.5, "unit_type": 544.5})


def test_a_level_starts_at_the_floor_and_a_change_does_not() -> None:
    found = translated(priors(), floor=20.0, span=10.0)
    assert found.intercept == pytest.approx((25, 3.5))
    assert found.exposure_mean == pytest.approx((0.1, 0.8))
    # A scale from 1 to 5 points.
    assert translated(priors(), floor=1.0, span=4.0).intercept == pytest.approx((3.0, 1.4))


def test_probabilities_by_hand() -> None:
    found = translated(priors(), "probability")
    assert found.intercept == pytest.approx((0.0, math.log(0.9 / 0.1)))
    assert found.exposure_mean == pytest.approx((math.log(0.55 / 0.45), math.log(0.7 / 0.3)))
    assert found.control == pytest.approx((math.log(0.4 / 0.6), math.log(0.71 / 0.29)))
    assert found.exposure_spread == pytest.approx(math.log(0.65 / 0.35))
    assert found.group_sd == pytest.approx(dict.fromkeys(("state", "unit_type"), math.log(0.66 / 0.34)))
    assert found.unit_sd == pytest.approx(math.log(0.75 / 0.25))


def test_an_intercept_that_is_not_in_the_middle() -> None:
    found = translated(priors(intercept=belief(None, Normal(mean=0.1, sd=0.2))), "probability")
    assert found.intercept == pytest.approx((math.log(0.1 / 0.9), math.log(0.3 / 0.7) - math.log(0.1 / 0.9)))


def test_a_probability_does_not_depend_on_the_range() -> None:
    one, other = translated(priors(), "probability"), translated(priors(), "probability", **HOURS)
    assert replace(one, exposure_shift=None) == replace(other, exposure_shift=None)  # type: ignore[arg-type]


def test_a_probability_needs_no_residual() -> None:
    assert translated(priors(), "probability").residual_sd == 1.0
    with pytest.raises(InputError, match="no prior for role 'residual_sd' in points"):
        translated(priors(residual_sd=belief(None, None)))


def test_the_sd_of_one_group_and_that_of_the_others() -> None:
    changes = {"group_sd.state": belief(Normal(sd=3), None)}
    found = translated(priors(**changes), groups=["state", "unit_type", "clinic"])
    assert found.group_sd == {"state": 3, "unit_type": 11, "clinic": 11}
    in_logits = translated(priors(**changes), "probability", groups=["state"])
    assert in_logits.group_sd == pytest.approx({"state": math.log(0.66 / 0.34)})
    assert translated(priors(), groups=[]).group_sd == {}


@pytest.mark.parametrize("role", [role for role in LOCATED + SPREAD if role != "residual_sd"])
@pytest.mark.parametrize("scale", ["points", "probability"])
def test_a_role_that_says_nothing_on_the_scale_is_an_error_before_sampling(role: str, scale: str) -> None:
    with pytest.raises(InputError, match=rf"mine\.toml: got no prior for role '{role}.*' in {scale}"):
        translated(priors(**{role: belief(None, None)}), scale)


def claimed(exposure: str, service: str, **size: float) -> Claimed:
    return Claimed(exposure=exposure, service=service, reason="r", source="s", **size)


def test_a_claim_shifts_its_own_coefficient_on_its_own_scale() -> None:
    made = replace(
        priors(),
        claimed=(
            claimed("c", "x", points=10, probability=0.2),
            claimed("a", "y", points=-5),
            claimed("b", "y", probability=-0.1),
            claimed("absent", "x", points=99),
            claimed("a", "absent", points=99),
        ),
    )
    np.testing.assert_allclose(translated(made).exposure_shift, [[0, -5], [0, 0], [10, 0]])
    np.testing.assert_allclose(translated(made, **HOURS).exposure_shift, [[0, -247.5], [0, 0], [495, 0]])
    in_logits = [[0, 0], [0, math.log(0.4 / 0.6)], [math.log(0.7 / 0.3), 0]]
    np.testing.assert_allclose(translated(made, "probability").exposure_shift, in_logits)
    # Another order of the model's dims is another place of the same claim.
    turned = translated(made, exposures=("c", "a", "b"), services=("y", "x"))
    np.testing.assert_allclose(turned.exposure_shift, [[0, 10], [-5, 0], [0, 0]])


def test_as_claimed_shifts_the_claimed_coefficients_of_the_study() -> None:
    exposures = ["invites_patients", "pcc_composite", "lived_experience_share", "peer_influence", "peer_senior"]
    services = [
        "overdose_education",
        "routine_medical_care",
        "opioid_maintenance",
        "methadone",
        "condoms",
        "transportation",
    ]
    made = PriorSet.read("as_claimed")
    points = translate(made, scale="points", exposures=exposures, services=services, groups=[]).exposure_shift
    where = {(exposures[e], services[s]): points[e, s] for e, s in np.argwhere(points)}
    assert where == {
        ("invites_patients", "transportation"): 10,
        ("pcc_composite", "routine_medical_care"): 5,
        ("peer_influence", "condoms"): 5,
        ("peer_influence", "transportation"): 5,
    }
    logits = translate(made, scale="probability", exposures=exposures, services=services, groups=[]).exposure_shift
    size = pytest.approx(math.log(0.6 / 0.4))
    assert {(exposures[e], services[s]): abs(logits[e, s]) for e, s in np.argwhere(logits)} == {
        ("pcc_composite", "overdose_education"): size,
        ("pcc_composite", "routine_medical_care"): size,
        ("lived_experience_share", "opioid_maintenance"): size,
        ("lived_experience_share", "methadone"): size,
    }
    assert (logits[exposures.index("lived_experience_share")] <= 0).all()


DRAWS = 200_000
Z = np.random.default_rng(12).normal(size=DRAWS)
CLOSE = 0.01
"""Relative; the Monte Carlo error of an sd from so many draws is 1 / sqrt(2 n) = .0016."""


@pytest.mark.parametrize("name", PriorSet.names())
@pytest.mark.parametrize("scale_of_outcome", [{"floor": 0.0, "span": 100.0}, HOURS, {"floor": 1.0, "span": 4.0}])
def test_the_prior_written_is_the_prior_run_in_points(name: str, scale_of_outcome: dict[str, float]) -> None:
    written, run = PriorSet.read(name), translated(PriorSet.read(name), **scale_of_outcome)
    hundredth = scale_of_outcome["span"] / 100.0
    located = {"intercept": run.intercept, "exposure_mean": run.exposure_mean, "control": run.control}
    for role, (location, scale) in located.items():
        outcome = location + scale * Z
        points = (outcome - (scale_of_outcome["floor"] if role == "intercept" else 0.0)) / hundredth
        said = written.belief(role, "points")
        assert points.std() == pytest.approx(said.sd, rel=CLOSE), role
        assert points.mean() == pytest.approx(said.mean, abs=CLOSE * said.sd), role
    spreads = {"exposure_spread": run.exposure_spread, "unit_sd": run.unit_sd, "residual_sd": run.residual_sd}
    spreads |= {f"group_sd.{group}": sd for group, sd in run.group_sd.items()}
    for role, scale in spreads.items():
        # The sd of the normal that is folded is the root mean square of the folded one.
        folded = np.abs(scale * Z) / hundredth
        assert np.sqrt((folded**2).mean()) == pytest.approx(written.belief(role, "points").sd, rel=CLOSE), role


@pytest.mark.parametrize("name", PriorSet.names())
def test_the_prior_written_is_the_prior_run_in_probability(name: str) -> None:
    """One sd above the middle moves a probability of one half by what is written."""
    written, run = PriorSet.read(name), translated(PriorSet.read(name), "probability")
    above = 0.8413447460685429  # of a normal's draws lie below one sd above its mean
    changes = {
        "exposure_mean": run.exposure_mean,
        "control": run.control,
        "exposure_spread": (0.0, run.exposure_spread),
        "unit_sd": (0.0, run.unit_sd),
        **{f"group_sd.{group}": (0.0, sd) for group, sd in run.group_sd.items()},
    }
    for role, (location, scale) in changes.items():
        said = written.belief(role, "probability")
        assert said.mean == 0.0
        moved = np.quantile(expit(location + scale * Z), above) - 0.5
        assert moved == pytest.approx(said.sd, rel=CLOSE), role
    level = written.belief("intercept", "probability")
    draws = expit(run.intercept[0] + run.intercept[1] * Z)
    assert np.median(draws) == pytest.approx(level.mean, abs=CLOSE)
    assert np.quantile(draws, above) == pytest.approx(level.mean + level.sd, rel=CLOSE)


def test_the_claimed_ten_points_would_surprise_the_sceptic_alone() -> None:
    """What skeptical.toml and weak.toml say of themselves: 95 % below 5, and below 16, points on average."""
    for name, bound in (("skeptical", 5.0), ("weak", 16.0)):
        location, scale = translated(PriorSet.read(name)).exposure_mean
        assert np.quantile(np.abs(location + scale * Z), 0.95) == pytest.approx(bound, rel=0.03)
    location, scale = translated(PriorSet.read("weak"), "probability").exposure_mean
    assert np.quantile(np.abs(expit(location + scale * Z) - 0.5), 0.95) < 0.4


ROLES = ("exposure_mean", "control", "exposure_spread", "unit_sd", "group_sd", "intercept")


def scale_of(found: Translated, role: str) -> float:
    value = getattr(found, role)
    return value["state"] if role == "group_sd" else value[1] if isinstance(value, tuple) else value


@given(
    role=st.sampled_from(ROLES),
    sds=st.lists(st.floats(min_value=1e-4, max_value=0.49), min_size=2, max_size=2, unique=True),
    scale=st.sampled_from(["points", "probability"]),
)
def test_more_doubt_is_a_wider_prior_whatever_the_scale(role: str, sds: list[float], scale: str) -> None:
    mean = 0.5 if role == "intercept" else 0.0
    low, high = sorted(sds)
    narrow, wide = (
        scale_of(translated(priors(**{role: belief(Normal(mean=mean, sd=sd), Normal(mean=mean, sd=sd))}), scale), role)
        for sd in (low, high)
    )
    # Two doubles so close that their logits are the same are not told apart.
    assert 0.0 < narrow <= wide < math.inf
    assert narrow < wide or high - low < 1e-12


spans = st.floats(min_value=1e-3, max_value=1e6)


@given(span=spans, factor=st.floats(min_value=1e-2, max_value=1e2), floor=st.floats(min_value=-1e3, max_value=1e3))
def test_points_are_linear_in_the_span(span: float, factor: float, floor: float) -> None:
    made = replace(priors(), claimed=(claimed("b", "x", points=7),))
    one, other = (translated(made, floor=floor, span=width) for width in (span, factor * span))
    for role in (*ROLES, "residual_sd"):
        assert scale_of(other, role) == pytest.approx(factor * scale_of(one, role), rel=1e-12)
    for role in ("exposure_mean", "control"):
        assert getattr(other, role)[0] == pytest.approx(factor * getattr(one, role)[0], rel=1e-12)
    np.testing.assert_allclose(other.exposure_shift, factor * one.exposure_shift, rtol=1e-12)
    # The floor is subtracted from a number that may be far larger than what remains.
    tolerance = 1e-12 * (abs(floor) + span * max(factor, 1.0)) * max(factor, 1.0)
    assert other.intercept[0] - floor == pytest.approx(factor * (one.intercept[0] - floor), abs=tolerance)


@given(mean=st.floats(min_value=-0.499, max_value=0.499))
def test_a_claim_up_and_a_claim_down_of_one_size_are_opposite(mean: float) -> None:
    up, down = (
        translated(replace(priors(), claimed=(claimed("a", "x", probability=size),)), "probability").exposure_shift[
            0, 0
        ]
        for size in (mean, -mean)
    )
    assert up == pytest.approx(-down, abs=1e-9)
    assert expit(up) == pytest.approx(0.5 + mean, abs=1e-12)


def test_translating_changes_nothing_in_the_set() -> None:
    made = PriorSet.read("as_claimed")
    before = made.sha256
    translated(made)
    translated(made, "probability")
    assert made.sha256 == before == PriorSet.read("as_claimed").sha256


def test_a_request_without_a_prior_set_is_for_the_weak_one() -> None:
    assert FitPlan(model="peer_tobit").priors == "weak"
