"""From the outcome's scale to the model's: by hand, by simulation, and as a pure function of what is written."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from data.errors import InputError
from fits.plan import FitPlan
from models.predictors.predictor import known_roles
from priors.prior import Prior
from priors.prior_set import Belief, Claimed, PriorSet
from priors.role import Role
from priors.translate import Outcome, Translated, translate

HOURS = {"floor": 0.0, "span": 4950.0}
"""The range of hours in the Mroz data: a scale that is neither percent nor starts a hundredth at 1."""


KNOWN = {role.name: role for role in known_roles()}
LOCATED = ("intercept", "exposure_mean", "control")
SPREAD = ("exposure_spread", "group_sd", "unit_sd", "residual_sd")
DEGREES = Role("degrees_of_freedom", "how heavy the tails are", "gamma", scale="own")
CUTPOINTS = Role("cutpoints", "how many outcomes are at a limit", "dirichlet", scale="own", shares=3)
"""Made up, as there may be any others."""


def belief(points: Prior | None, probability: Prior | None) -> Belief:
    return Belief(reason="r", source="s", points=points, probability=probability)


def priors(**changes: Belief) -> PriorSet:
    """Every role with an sd of its own, so that none can be taken for another."""
    roles = {
        "intercept": belief(Prior(mean=50, sd=35), Prior(mean=0.5, sd=0.4)),
        "exposure_mean": belief(Prior(mean=1, sd=8), Prior(mean=0.05, sd=0.2)),
        "control": belief(Prior(mean=-2, sd=10), Prior(mean=-0.1, sd=0.21)),
        "exposure_spread": belief(Prior(sd=5), Prior(sd=0.15)),
        "group_sd": belief(Prior(sd=11), Prior(sd=0.16)),
        "unit_sd": belief(Prior(sd=15), Prior(sd=0.25)),
        "residual_sd": belief(Prior(sd=50), None),
        **changes,
    }
    return PriorSet(name="mine", title="Mine", reason="r", roles=roles)


def roles_of(unit: str, groups: Sequence[str]) -> list[tuple[Role, str]]:
    """The roles of a model with everything in it; a probability needs no residual."""
    names = [name for name in (*LOCATED, *SPREAD) if unit == "points" or name != "residual_sd"]
    return [(KNOWN[name], of) for name in names for of in (groups if name == "group_sd" else ("",))]


def translated(
    given_priors: PriorSet,
    unit: Any = "points",
    *,
    link: Any = "",
    floor: float = 0.0,
    span: float = 100.0,
    groups: Sequence[str] = ("state", "unit_type"),
    **changes: Any,
) -> Translated:
    outcome = Outcome(unit, link or ("identity" if unit == "points" else "logit"), floor, span)
    names = {"exposures": ["a", "b", "c"], "services": ["x", "y"], "roles": roles_of(unit, groups)}
    return translate(given_priors, outcome, **{**names, **changes})


def groups_of(found: Translated) -> dict[str, float]:
    """The sds of groups by name."""
    return {name.partition(".")[2]: found.scale(name) for name in found.roles if name.startswith("group_sd")}


def scales(found: Translated, *names: str) -> tuple[float, ...]:
    return tuple(found.scale(name) for name in names)


def test_points_on_a_range_of_0_to_100_are_what_is_written() -> None:
    found = translated(priors())
    assert found.located("intercept") == (50, 35)
    assert found.located("exposure_mean") == (1, 8)
    assert found.located("control") == (-2, 10)
    assert scales(found, "exposure_spread", "unit_sd", "residual_sd") == (5, 15, 50)
    assert groups_of(found) == {"state": 11, "unit_type": 11}
    assert {name: prior.distribution for name, prior in found.roles.items()} == {
        **dict.fromkeys(LOCATED, "normal"),
        **dict.fromkeys(("exposure_spread", "unit_sd", "residual_sd"), "half_normal"),
        **dict.fromkeys(("group_sd.state", "group_sd.unit_type"), "half_normal"),
    }
    assert not found.exposure_shift.any()
    assert found.exposure_shift.shape == (3, 2)


def test_points_are_hundredths_of_any_other_range() -> None:
    found = translated(priors(), **HOURS)
    assert found.located("intercept") == pytest.approx((2475, 1732.5))
    assert found.located("exposure_mean") == pytest.approx((49.5, 396))
    assert found.located("control") == pytest.approx((-99, 495))
    assert scales(found, "exposure_spread", "unit_sd", "residual_sd") == pytest.approx((247.5, 742.5, 2475))
    assert groups_of(found) == pytest.approx({"state": 544.5, "unit_type": 544.5})


def test_a_level_starts_at_the_floor_and_a_change_does_not() -> None:
    found = translated(priors(), floor=20.0, span=10.0)
    assert found.located("intercept") == pytest.approx((25, 3.5))
    assert found.located("exposure_mean") == pytest.approx((0.1, 0.8))
    # A scale from 1 to 5 points.
    assert translated(priors(), floor=1.0, span=4.0).located("intercept") == pytest.approx((3.0, 1.4))


def test_probabilities_by_hand() -> None:
    found = translated(priors(), "probability")
    assert found.located("intercept") == pytest.approx((0.0, math.log(0.9 / 0.1)))
    assert found.located("exposure_mean") == pytest.approx((math.log(0.55 / 0.45), math.log(0.7 / 0.3)))
    assert found.located("control") == pytest.approx((math.log(0.4 / 0.6), math.log(0.71 / 0.29)))
    assert found.scale("exposure_spread") == pytest.approx(math.log(0.65 / 0.35))
    assert groups_of(found) == pytest.approx(dict.fromkeys(("state", "unit_type"), math.log(0.66 / 0.34)))
    assert found.scale("unit_sd") == pytest.approx(math.log(0.75 / 0.25))


def test_an_intercept_that_is_not_in_the_middle() -> None:
    found = translated(priors(intercept=belief(None, Prior(mean=0.1, sd=0.2))), "probability")
    by_hand = (math.log(0.1 / 0.9), math.log(0.3 / 0.7) - math.log(0.1 / 0.9))
    assert found.located("intercept") == pytest.approx(by_hand)


def test_a_probability_does_not_depend_on_the_range() -> None:
    one, other = translated(priors(), "probability"), translated(priors(), "probability", **HOURS)
    assert replace(one, exposure_shift=None) == replace(other, exposure_shift=None)  # type: ignore[arg-type]


def test_a_probability_needs_no_residual() -> None:
    assert "residual_sd" not in translated(priors(), "probability").roles
    with pytest.raises(InputError, match="no prior for role 'residual_sd' in points"):
        translated(priors(residual_sd=belief(None, None)))


def test_the_sd_of_one_group_and_that_of_the_others() -> None:
    changes = {"group_sd.state": belief(Prior(sd=3), None)}
    found = translated(priors(**changes), groups=["state", "unit_type", "clinic"])
    assert groups_of(found) == {"state": 3, "unit_type": 11, "clinic": 11}
    in_logits = translated(priors(**changes), "probability", groups=["state"])
    assert groups_of(in_logits) == pytest.approx({"state": math.log(0.66 / 0.34)})
    assert groups_of(translated(priors(), groups=[])) == {}


@pytest.mark.parametrize("role", [role for role in LOCATED + SPREAD if role != "residual_sd"])
@pytest.mark.parametrize("scale", ["points", "probability"])
def test_a_role_that_says_nothing_on_the_scale_is_an_error_before_sampling(role: str, scale: str) -> None:
    with pytest.raises(InputError, match=rf"mine\.toml: got no prior for role '{role}.*' in {scale}"):
        translated(priors(**{role: belief(None, None)}), scale)


@pytest.mark.parametrize("unit", ["points", "probability"])
def test_every_role_that_says_nothing_on_the_scale_is_told_at_once(unit: str) -> None:
    silent = belief(None, None)
    with pytest.raises(InputError) as caught:
        translated(priors(control=silent, unit_sd=silent, group_sd=silent), unit, groups=["state"])
    told = [str(problem).partition(";")[0] for problem in caught.value.problems]
    names = ("control", "group_sd.state", "unit_sd")
    assert told == [f"mine.toml: got no prior for role {name!r} in {unit}" for name in names]


POSITIVE = {
    "gamma": Prior(distribution="gamma", shape=2.0, rate=0.25),
    "exponential": Prior(distribution="exponential", rate=0.05),
}


@pytest.mark.parametrize("name", POSITIVE)
@pytest.mark.parametrize("role", SPREAD)
def test_another_prior_of_an_sd_is_stretched_with_the_range(name: str, role: str) -> None:
    """What is believed of points is the same whatever a point is: a hundredth of the range is, too."""
    said = POSITIVE[name]
    key = "group_sd.state" if role == "group_sd" else role
    for span in (100.0, 4950.0, 4.0):
        found = translated(priors(**{role: belief(said, None)}), floor=7.0, span=span)[key]
        hundredth = span / 100
        assert (found.distribution, found.shape, found.sd) == (name, said.shape, None)
        assert found.rate == pytest.approx(said.rate / hundredth, rel=1e-14)
        assert found.width == pytest.approx(said.width * hundredth, rel=1e-14)
        at = np.array([0.1, 3.0, 40.0])
        density = said.log_density(at) - math.log(hundredth)
        np.testing.assert_allclose(found.log_density(at * hundredth), density, rtol=1e-12)


@pytest.mark.parametrize("name", POSITIVE)
def test_another_prior_of_an_sd_has_no_translation_from_probability(name: str) -> None:
    """Only a straight scale stretches it into one of its kind."""
    changes = {"unit_sd": belief(None, POSITIVE[name]), "exposure_spread": belief(None, POSITIVE[name])}
    with pytest.raises(InputError) as caught:
        translated(priors(**changes), "probability")
    said = [str(problem) for problem in caught.value.problems]
    assert len(said) == 2
    for role, one in zip(("exposure_spread", "unit_sd"), said, strict=True):
        assert one.startswith(f"mine.toml: roles.{role}.probability: got a")
        assert f"{name} in probability; expected a normal or a half-normal" in one


OF_ITS_OWN = {
    "degrees_of_freedom": Belief(reason="r", source="s", own=Prior(shape=2.0, rate=0.1)),
    "cutpoints": Belief(reason="r", source="s", own=Prior(concentration=(2.0, 1.0, 2.0))),
}


@pytest.mark.parametrize("outcome", [Outcome("points", "identity", 5.0, 7.0), Outcome("probability", "logit")])
def test_a_role_in_a_unit_of_its_own_is_run_as_it_is_written(outcome: Outcome) -> None:
    made = priors(**OF_ITS_OWN)
    found = translate(made, outcome, roles=[(DEGREES, ""), (CUTPOINTS, "")], exposures=[], services=[])
    assert found.roles == {
        "degrees_of_freedom": Prior(distribution="gamma", shape=2.0, rate=0.1),
        "cutpoints": Prior(distribution="dirichlet", concentration=(2.0, 1.0, 2.0)),
    }
    in_points = priors(degrees_of_freedom=belief(Prior(shape=2.0, rate=0.1), None))
    with pytest.raises(InputError, match=r"no prior for role 'degrees_of_freedom'; expected `own = \{ shape = "):
        translate(in_points, outcome, roles=[(DEGREES, "")], exposures=[], services=[])


def test_points_on_a_logit_link_are_hundredths_of_four_logits() -> None:
    """As steep as the logit is at one half, so that wide priors stay wide."""
    changes = {"unit_sd": belief(POSITIVE["gamma"], None)}
    made = replace(priors(**changes), claimed=(claimed("c", "x", points=10),))
    for span in (100.0, 4950.0):
        found = translated(made, link="logit", floor=3.0, span=span)
        assert found.located("intercept") == pytest.approx((0.0, 1.4))
        assert found.located("exposure_mean") == pytest.approx((0.04, 0.32))
        assert found.located("control") == pytest.approx((-0.08, 0.4))
        assert found.scale("exposure_spread") == pytest.approx(0.2)
        assert groups_of(found) == pytest.approx({"state": 0.44, "unit_type": 0.44})
        assert (found["unit_sd"].shape, found["unit_sd"].rate) == pytest.approx((2.0, 0.25 / 0.04))
        np.testing.assert_allclose(found.exposure_shift, [[0, 0], [0, 0], [0.4, 0]])
    # Small changes from the middle are what is written: one point is a hundredth of the range.
    assert expit(translated(priors(), link="logit").located("exposure_mean")[0]) == pytest.approx(0.51, abs=1e-5)
    assert translated(PriorSet.read("wide"), link="logit").located("control")[1] == pytest.approx(40.0)


@pytest.mark.parametrize("mean", [0.5, 12.0, 99.9])
def test_a_level_in_points_on_a_logit_link_is_that_level(mean: float) -> None:
    found = translated(priors(intercept=belief(Prior(mean=mean, sd=35), None)), link="logit")
    assert 100 * expit(found.located("intercept")[0]) == pytest.approx(mean)
    assert found.located("intercept")[1] == pytest.approx(1.4)


@pytest.mark.parametrize("mean", [0.0, 100.0, -3.0, 140.0])
def test_a_level_in_points_on_a_logit_link_is_within_the_range(mean: float) -> None:
    made = priors(intercept=belief(Prior(mean=mean, sd=35), None), control=belief(None, None))
    with pytest.raises(InputError) as caught:
        translated(made, link="logit")
    first, second = (str(problem) for problem in caught.value.problems)
    assert first.startswith(
        f"mine.toml: roles.intercept.points.mean: got {mean:g}; expected a number of points between 0 and 100"
    )
    assert "no prior for role 'control' in points" in second
    # A latent index has no limits, and changes may be as large as one likes.
    assert translated(replace(made, roles={**made.roles, "control": belief(Prior(mean=140, sd=1), None)}))
    assert translated(priors(control=belief(Prior(mean=mean, sd=1), None)), link="logit")


@pytest.mark.parametrize(
    ("unit", "link"), [("probability", "identity"), ("points", "log"), ("points", "log_above_one")]
)
def test_a_link_without_a_translation_is_refused(unit: Any, link: Any) -> None:
    with pytest.raises(ValueError, match=f"beliefs in {unit} have no translation for a location with a link '{link}'"):
        Outcome(unit, link)


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
    points = translated(made, exposures=exposures, services=services, groups=[]).exposure_shift
    where = {(exposures[e], services[s]): points[e, s] for e, s in np.argwhere(points)}
    assert where == {
        ("invites_patients", "transportation"): 10,
        ("pcc_composite", "routine_medical_care"): 5,
        ("peer_influence", "condoms"): 5,
        ("peer_influence", "transportation"): 5,
    }
    logits = translated(made, "probability", exposures=exposures, services=services, groups=[]).exposure_shift
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
    for role in LOCATED:
        location, scale = run.located(role)
        outcome = location + scale * Z
        points = (outcome - (scale_of_outcome["floor"] if role == "intercept" else 0.0)) / hundredth
        said = written.belief(KNOWN[role], "points")
        assert points.std() == pytest.approx(said.sd, rel=CLOSE), role
        assert points.mean() == pytest.approx(said.mean, abs=CLOSE * said.sd), role
    spreads = [name for name in run.roles if name not in LOCATED]
    assert {name.partition(".")[0] for name in spreads} == set(SPREAD)
    for name in spreads:
        role, _, group = name.partition(".")
        scale, said = run.scale(name), written.belief(KNOWN[role], "points", of=group)
        # The sd of the normal that is folded is the root mean square of the folded one.
        folded = np.abs(scale * Z) / hundredth
        assert np.sqrt((folded**2).mean()) == pytest.approx(said.sd, rel=CLOSE), name


@pytest.mark.parametrize("name", PriorSet.names())
def test_the_prior_written_is_the_prior_run_in_probability(name: str) -> None:
    """One sd above the middle moves a probability of one half by what is written."""
    written, run = PriorSet.read(name), translated(PriorSet.read(name), "probability")
    above = 0.8413447460685429  # of a normal's draws lie below one sd above its mean
    changes = [name for name in run.roles if name != "intercept"]
    expected = {"exposure_mean", "control", "exposure_spread", "unit_sd", "group_sd.state", "group_sd.unit_type"}
    assert set(changes) == expected
    for name in changes:
        role, _, group = name.partition(".")
        location, scale = run[name].mean, run.scale(name)
        said = written.belief(KNOWN[role], "probability", of=group)
        assert said.mean == 0.0
        moved = np.quantile(expit(location + scale * Z), above) - 0.5
        assert moved == pytest.approx(said.sd, rel=CLOSE), name
    level = written.belief(KNOWN["intercept"], "probability")
    location, scale = run.located("intercept")
    draws = expit(location + scale * Z)
    assert np.median(draws) == pytest.approx(level.mean, abs=CLOSE)
    assert np.quantile(draws, above) == pytest.approx(level.mean + level.sd, rel=CLOSE)


def test_the_claimed_ten_points_would_surprise_the_sceptic_alone() -> None:
    """What skeptical.toml and weak.toml say of themselves: 95 % below 5, and below 16, points on average."""
    for name, bound in (("skeptical", 5.0), ("weak", 16.0)):
        location, scale = translated(PriorSet.read(name)).located("exposure_mean")
        assert np.quantile(np.abs(location + scale * Z), 0.95) == pytest.approx(bound, rel=0.03)
    location, scale = translated(PriorSet.read("weak"), "probability").located("exposure_mean")
    assert np.quantile(np.abs(expit(location + scale * Z) - 0.5), 0.95) < 0.4


ROLES = ("exposure_mean", "control", "exposure_spread", "unit_sd", "group_sd", "intercept")


def scale_of(found: Translated, role: str) -> float:
    return found.scale("group_sd.state" if role == "group_sd" else role)


@given(
    role=st.sampled_from(ROLES),
    sds=st.lists(st.floats(min_value=1e-4, max_value=0.49), min_size=2, max_size=2, unique=True),
    scale=st.sampled_from(["points", "probability"]),
)
def test_more_doubt_is_a_wider_prior_whatever_the_scale(role: str, sds: list[float], scale: str) -> None:
    mean = 0.5 if role == "intercept" else 0.0
    low, high = sorted(sds)
    narrow, wide = (
        scale_of(translated(priors(**{role: belief(Prior(mean=mean, sd=sd), Prior(mean=mean, sd=sd))}), scale), role)
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
        assert other[role].mean == pytest.approx(factor * one[role].mean, rel=1e-12)
    np.testing.assert_allclose(other.exposure_shift, factor * one.exposure_shift, rtol=1e-12)
    # The floor is subtracted from a number that may be far larger than what remains.
    tolerance = 1e-12 * (abs(floor) + span * max(factor, 1.0)) * max(factor, 1.0)
    low, high = (found.located("intercept")[0] - floor for found in (one, other))
    assert high == pytest.approx(factor * low, abs=tolerance)


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
