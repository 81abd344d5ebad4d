"""Prior sets: the project's are whole, a faulty one says what is wrong with it, and hashes follow content."""

from __future__ import annotations

import inspect
from collections import Counter
from pathlib import Path

import pytest

from data.codebook import Codebook
from data.errors import InputError
from fits.plan import FitPlan
from models import fit
from models.predictors.predictor import known_roles
from priors.faults import require_roles
from priors.prior_set import PriorSet
from priors.role import Role
from tests.running import ROOT

WEAK = ROOT / "priors" / "weak.toml"
HEAD = 'title = "Mine"\nreason = "A reader."\n'
WHY = 'reason = "Because."\nsource = "assumption"\n'

# The abstracts' claims that name an exposure and a service, by number (domain.md, section 2), and their signs.
CLAIMS = {
    (8, "pcc_composite", "overdose_education", "probability", 1),
    (8, "pcc_composite", "routine_medical_care", "probability", 1),
    (9, "lived_experience_share", "opioid_maintenance", "probability", -1),
    (9, "lived_experience_share", "methadone", "probability", -1),
    (10, "pcc_composite", "routine_medical_care", "points", 1),
    (11, "invites_patients", "transportation", "points", 1),
    (12, "peer_influence", "condoms", "points", 1),
    (12, "peer_influence", "transportation", "points", 1),
}


KNOWN = {role.name: role for role in known_roles()}
NEEDED = [
    KNOWN[name]
    for name in ("intercept", "exposure_mean", "control", "exposure_spread", "group_sd", "unit_sd", "residual_sd")
]
"""The roles that the models of the project's own studies have."""

DEGREES = Role("degrees_of_freedom", "how heavy the tails are", "gamma", scale="own")
CUTPOINTS = Role("cutpoints", "how many outcomes are at a limit", "dirichlet", scale="own", shares=3)
"""Made up, as there may be any others."""


def table(role: str, beliefs: str) -> str:
    return f'[roles."{role}"]\n{beliefs}\n{WHY}\n'


SOUND = {
    "intercept": "points = { mean = 50, sd = 35 }\nprobability = { mean = 0.5, sd = 0.4 }",
    "exposure_mean": "points = { sd = 8 }\nprobability = { sd = 0.2 }",
    "control": "points = { sd = 10 }\nprobability = { sd = 0.2 }",
    "exposure_spread": "points = { sd = 5 }\nprobability = { sd = 0.15 }",
    "group_sd": "points = { sd = 10 }\nprobability = { sd = 0.15 }",
    "unit_sd": "points = { sd = 15 }\nprobability = { sd = 0.25 }",
    "residual_sd": "points = { sd = 50 }",
}


def text_of(changes: dict[str, str | None] | None = None) -> str:
    """A prior set with some tables changed, added, or (None) left out."""
    roles = {**SOUND, **(changes or {})}
    return HEAD + "".join(table(role, beliefs) for role, beliefs in roles.items() if beliefs is not None)


def read(text: str, folder: Path) -> PriorSet:
    (folder / "mine.toml").write_text(text, encoding="utf-8")
    return PriorSet.read(folder / "mine.toml")


def used(text: str, folder: Path, *others: Role) -> PriorSet:
    """The set, once it is held to the roles that there are and to those of a model."""
    priors = read(text, folder)
    require_roles(priors, known=[*KNOWN.values(), *others], needed=[*NEEDED, *others])
    return priors


def faults(text: str, folder: Path, *others: Role) -> list[str]:
    with pytest.raises(InputError) as caught:
        used(text, folder, *others)
    return [str(problem) for problem in caught.value.problems]


def test_the_project_brings_these_sets() -> None:
    assert {"weak", "skeptical", "wide", "as_claimed"} <= set(PriorSet.names())


@pytest.mark.parametrize("name", PriorSet.names())
def test_every_set_of_the_project_is_whole(name: str) -> None:
    priors = PriorSet.read(name)
    assert priors.name == name
    assert priors.title.strip()
    assert priors.reason.strip()
    require_roles(priors, known=list(KNOWN.values()), needed=NEEDED)
    for role, belief in priors.roles.items():
        assert belief.reason.strip(), role
        assert belief.source.strip(), role
        scales = {"points"} if role.startswith("residual_") else {"points", "probability"}
        of = KNOWN[role.partition(".")[0]]
        assert set(belief.given) == ({"own"} if of.scale == "own" else scales), role
    for claimed in priors.claimed:
        assert claimed.reason.strip()
        assert claimed.source.strip()


def test_a_set_of_ones_own_is_read_by_its_path(tmp_path: Path) -> None:
    priors = read(text_of(), tmp_path)
    assert (priors.name, priors.title) == ("mine", "Mine")
    assert priors.belief(KNOWN["intercept"], "points").mean == 50
    assert priors.belief(KNOWN["control"], "probability").sd == 0.2
    assert priors == PriorSet.read(str(tmp_path / "mine.toml"))


def test_an_unknown_set_names_the_nearest() -> None:
    with pytest.raises(InputError, match="Did you mean 'skeptical'") as caught:
        PriorSet.read("sceptical")
    assert "expected a known prior set" in str(caught.value)
    assert all(name in str(caught.value) for name in PriorSet.names())


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.toml: got no such file"):
        PriorSet.read(tmp_path / "gone.toml")


LEVEL = "A probability must stay between 0 and 1"
CHANGE = f"{LEVEL}; changes are counted from one half"
ADD = "Add it with a reason and a source; priors/weak.toml shows how"
WITHIN = "mean + sd below 1 and a mean above 0"
AT_MOST_HALF = "a mean between -0.5 and 0.5, an sd below 0.5"

FAULTS: dict[str, tuple[dict[str, str | None], str]] = {
    "an unknown role": (
        {"exposure_men": "points = { sd = 1 }"},
        "mine.toml: roles.exposure_men: got an unknown role; expected a parameter role. Did you mean 'exposure_mean'?",
    ),
    "an override of what is no group": (
        {"control.age": "points = { sd = 1 }"},
        "mine.toml: roles.control.age: got an unknown role; expected a parameter role.",
    ),
    "a role without a belief": (
        {"control": None},
        f"mine.toml: got no prior for role 'control'; expected a table [roles.control]. {ADD}",
    ),
    "only the group's own sd": (
        {"group_sd": None, "group_sd.state": "points = { sd = 10 }"},
        f"mine.toml: got no prior for role 'group_sd'; expected a table [roles.group_sd]. {ADD}",
    ),
    "an sd of 0": (
        {"control": "points = { sd = 0 }"},
        "mine.toml: roles.control.points.sd: got 0; expected a finite number above 0. For a prior as good as flat give",
    ),
    "an sd below 0": (
        {"group_sd.state": "probability = { sd = -0.1 }"},
        "mine.toml: roles.group_sd.state.probability.sd: got -0.1; expected a finite number above 0.",
    ),
    "an sd without end": (
        {"exposure_mean": "points = { sd = inf }"},
        "mine.toml: roles.exposure_mean.points.sd: got inf; expected a finite number above 0. For a prior as good as",
    ),
    "an sd that is no number": (
        {"exposure_mean": "points = { sd = nan }"},
        "mine.toml: roles.exposure_mean.points.sd: got nan; expected a finite number above 0.",
    ),
    "a mean that is no number": (
        {"exposure_mean": "points = { mean = nan, sd = 1 }"},
        "mine.toml: roles.exposure_mean.points.mean: got nan; expected a finite number",
    ),
    "a mean on a spread": (
        {"unit_sd": "points = { mean = 5, sd = 15 }"},
        "mine.toml: roles.unit_sd.points.mean: got 5; expected no mean: a spread's prior is folded at 0. Remove `mean`",
    ),
    "a mean on a group's own sd": (
        {"group_sd.state": "points = { mean = 5, sd = 15 }"},
        "mine.toml: roles.group_sd.state.points.mean: got 5; expected no mean",
    ),
    "a level above 1": (
        {"intercept": "probability = { mean = 1.2, sd = 0.1 }"},
        f"mine.toml: roles.intercept.probability: got mean 1.2, sd 0.1; expected {WITHIN}. {LEVEL}",
    ),
    "a level of 0": (
        {"intercept": "probability = { mean = 0, sd = 0.4 }"},
        "mine.toml: roles.intercept.probability: got mean 0, sd 0.4; expected mean + sd below 1 and a mean above 0.",
    ),
    "a level whose sd reaches 1": (
        {"intercept": "probability = { mean = 0.5, sd = 0.5 }"},
        "mine.toml: roles.intercept.probability: got mean 0.5, sd 0.5; expected mean + sd below 1",
    ),
    "a change of one half": (
        {"control": "probability = { mean = 0.5, sd = 0.1 }"},
        f"mine.toml: roles.control.probability: got mean 0.5, sd 0.1; expected {AT_MOST_HALF}. {CHANGE}",
    ),
    "a change of minus one half": (
        {"control": "probability = { mean = -0.5, sd = 0.1 }"},
        f"mine.toml: roles.control.probability: got mean -0.5, sd 0.1; expected {AT_MOST_HALF}. {CHANGE}",
    ),
    "a change's sd of one half": (
        {"exposure_spread": "probability = { sd = 0.5 }"},
        f"mine.toml: roles.exposure_spread.probability: got mean 0, sd 0.5; expected {AT_MOST_HALF}. {CHANGE}",
    ),
    # One half plus .6 is no probability although the mean plus the sd is one.
    "a change's sd that only its mean makes small": (
        {"exposure_mean": "probability = { mean = -0.3, sd = 0.6 }"},
        f"mine.toml: roles.exposure_mean.probability: got mean -0.3, sd 0.6; expected {AT_MOST_HALF}. {CHANGE}",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_with_its_file_its_role_and_the_next_step(fault: str, tmp_path: Path) -> None:
    changes, expected = FAULTS[fault]
    (only,) = faults(text_of(changes), tmp_path)
    assert only.startswith(expected)


@pytest.mark.parametrize(
    "changes",
    [
        {"exposure_mean": "probability = { mean = 0.3, sd = 0.25 }"},  # the sd is counted from one half
        {"exposure_mean": "probability = { mean = -0.49, sd = 0.499 }"},
        {"intercept": "probability = { mean = 0.05, sd = 0.9 }"},
        {"unit_sd": "points = { mean = 0, sd = 1 }"},
    ],
)
def test_what_is_just_within_the_scale_is_no_fault(changes: dict[str, str | None], tmp_path: Path) -> None:
    assert used(text_of(changes), tmp_path).name == "mine"


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    found = faults(
        text_of({"control": None, "unit_sd": "points = { sd = 0 }", "sigma": "points = { sd = 1 }"}), tmp_path
    )
    assert len(found) == 3


@pytest.mark.parametrize("key", ["reason", "source"])
def test_a_belief_without_a_reason_or_a_source_is_refused(key: str, tmp_path: Path) -> None:
    lines = [line for line in text_of().splitlines(keepends=True) if not line.startswith(f"{key} =")]
    head = [line for line in HEAD.splitlines(keepends=True) if line.startswith(f"{key} =")]
    found = faults("".join([*head, *lines]), tmp_path)
    assert f"mine.toml: roles.intercept.{key}: got nothing; expected this key to be given" in found
    assert len(found) == len(SOUND)


def test_a_set_is_held_to_the_roles_that_it_is_used_with(tmp_path: Path) -> None:
    """A set says nothing of roles that its author has not heard of, or does not need."""
    silent = read(text_of({"unit_sd": None, "residual_sd": None}), tmp_path)
    needed = [KNOWN[name] for name in ("intercept", "control")]
    require_roles(silent, known=[*KNOWN.values(), DEGREES], needed=needed)
    require_roles(silent, known=[*KNOWN.values(), DEGREES])
    with pytest.raises(InputError, match="no prior for role 'degrees_of_freedom'; expected a table") as caught:
        require_roles(silent, known=[*KNOWN.values(), DEGREES], needed=[*needed, DEGREES, KNOWN["unit_sd"], DEGREES])
    assert len(caught.value.problems) == 2
    # What one role's family declares is a fault where that family is not known.
    of_another = read(text_of({"degrees_of_freedom": "own = { shape = 2, rate = 0.1 }"}), tmp_path)
    require_roles(of_another, known=[*KNOWN.values(), DEGREES], needed=NEEDED)
    with pytest.raises(InputError, match=r"roles\.degrees_of_freedom: got an unknown role"):
        require_roles(of_another, known=[one for one in KNOWN.values() if one.name != DEGREES.name], needed=NEEDED)


GAMMA = "shape and rate of a gamma"

OF_DISTRIBUTIONS: dict[str, tuple[str, str, str]] = {
    "a gamma without a rate": (
        "unit_sd",
        'points = { distribution = "gamma", shape = 2 }',
        f"mine.toml: roles.unit_sd.points.rate: got nothing; expected {GAMMA}",
    ),
    "an exponential without a rate": (
        "residual_sd",
        'points = { distribution = "exponential" }',
        "mine.toml: roles.residual_sd.points.rate: got nothing; expected rate of an exponential",
    ),
    "a half-normal without an sd": (
        "unit_sd",
        "points = { }",
        "mine.toml: roles.unit_sd.points.sd: got nothing; expected sd of a half-normal",
    ),
    "a normal without an sd": (
        "control",
        "points = { mean = 3 }",
        "mine.toml: roles.control.points.sd: got nothing; expected mean and sd of a normal",
    ),
    "a gamma with an sd": (
        "unit_sd",
        'points = { distribution = "gamma", shape = 2, rate = 0.1, sd = 3 }',
        f"mine.toml: roles.unit_sd.points.sd: got a number that it does not take; expected only {GAMMA}. Remove `sd`",
    ),
    "an exponential with a shape": (
        "unit_sd",
        'points = { distribution = "exponential", rate = 0.1, shape = 1 }',
        "mine.toml: roles.unit_sd.points.shape: got a number that it does not take; expected only rate of an",
    ),
    "a half-normal with a rate": (
        "unit_sd",
        "points = { sd = 3, rate = 0.1 }",
        "mine.toml: roles.unit_sd.points.rate: got a number that it does not take; expected only sd of a half-normal",
    ),
    "a gamma with a mean": (
        "unit_sd",
        'points = { distribution = "gamma", shape = 2, rate = 0.1, mean = 20 }',
        f"mine.toml: roles.unit_sd.points.mean: got 20; expected no mean, only {GAMMA}. Remove `mean`",
    ),
    "a rate of 0": (
        "unit_sd",
        'points = { distribution = "exponential", rate = 0 }',
        "mine.toml: roles.unit_sd.points.rate: got 0; expected a finite number above 0",
    ),
    "a shape without end": (
        "group_sd.state",
        'points = { distribution = "gamma", shape = inf, rate = 1 }',
        "mine.toml: roles.group_sd.state.points.shape: got inf; expected a finite number above 0",
    ),
    "a gamma in probability": (
        "unit_sd",
        'probability = { distribution = "gamma", shape = 2, rate = 10 }',
        "mine.toml: roles.unit_sd.probability: got a gamma in probability; expected a normal or a half-normal. Write",
    ),
    "an exponential in probability": (
        "exposure_spread",
        'probability = { distribution = "exponential", rate = 10 }',
        "mine.toml: roles.exposure_spread.probability: got an exponential in probability; expected a normal or a half",
    ),
    "a distribution that nobody knows": (
        "unit_sd",
        'points = { distribution = "gama", shape = 2, rate = 0.1 }',
        "mine.toml: roles.unit_sd.points.distribution: got 'gama'; expected half_normal or gamma or exponential. "
        "Did you mean 'gamma'?",
    ),
    "a distribution that is not of this role": (
        "control",
        'points = { distribution = "gamma", shape = 2, rate = 0.1 }',
        "mine.toml: roles.control.points.distribution: got 'gamma'; expected normal. Known: normal",
    ),
    "a belief of its own unit about the outcome's scale": (
        "unit_sd",
        "own = { sd = 3 }",
        "mine.toml: roles.unit_sd.own: got a unit that the role does not have; expected `points` or `probability`",
    ),
}


@pytest.mark.parametrize("fault", OF_DISTRIBUTIONS)
def test_a_distribution_is_given_the_numbers_that_it_takes(fault: str, tmp_path: Path) -> None:
    role, beliefs, expected = OF_DISTRIBUTIONS[fault]
    (only,) = faults(text_of({role: beliefs}), tmp_path)
    assert only.startswith(expected)


OWN = {
    "degrees_of_freedom": "own = { shape = 2, rate = 0.1 }",
    "cutpoints": "own = { concentration = [2, 1, 2] }",
}


def test_a_role_of_its_own_unit_is_the_same_whatever_the_outcomes_is(tmp_path: Path) -> None:
    priors = used(text_of(OWN), tmp_path, DEGREES, CUTPOINTS)
    for unit in ("points", "probability"):
        assert priors.belief(DEGREES, unit).words() == "gamma, shape 2, rate 0.1"
        assert priors.belief(CUTPOINTS, unit).concentration == (2, 1, 2)
    with pytest.raises(InputError) as caught:
        read(text_of(), tmp_path).belief(DEGREES, "points")
    (only,) = caught.value.problems
    assert str(only) == (
        "mine.toml: got no prior for role 'degrees_of_freedom'; "
        f"expected `own = {{ shape = ..., rate = ... }}` under [roles.degrees_of_freedom]. {ADD}"
    )


@pytest.mark.parametrize(
    ("role", "beliefs", "expected"),
    [
        (
            "degrees_of_freedom",
            "points = { shape = 2, rate = 0.1 }",
            "mine.toml: roles.degrees_of_freedom.points: got a unit that the role does not have; expected `own`",
        ),
        (
            "degrees_of_freedom",
            "own = { sd = 3 }",
            f"mine.toml: roles.degrees_of_freedom.own.shape: got nothing; expected {GAMMA}",
        ),
        (
            "degrees_of_freedom",
            'own = { distribution = "half_normal", sd = 3 }',
            "mine.toml: roles.degrees_of_freedom.own.distribution: got 'half_normal'; expected gamma.",
        ),
        (
            "cutpoints",
            "own = { }",
            "mine.toml: roles.cutpoints.own.concentration: got nothing; expected concentration of a dirichlet",
        ),
        (
            "cutpoints",
            "own = { concentration = [1, 0, 2] }",
            "mine.toml: roles.cutpoints.own.concentration: got 0; expected a finite number above 0",
        ),
        (
            "cutpoints",
            "own = { concentration = [1, 2] }",
            "mine.toml: roles.cutpoints.own.concentration: got 2 numbers; expected 3, one for each share",
        ),
        (
            "degrees_of_freedom.state",
            "own = { shape = 2, rate = 0.1 }",
            "mine.toml: roles.degrees_of_freedom.state: got an unknown role; expected a parameter role.",
        ),
    ],
)
def test_a_belief_about_a_role_of_its_own_unit_is_held_to_it(
    role: str, beliefs: str, expected: str, tmp_path: Path
) -> None:
    found = faults(text_of({**OWN, role: beliefs}), tmp_path, DEGREES, CUTPOINTS)
    assert found[0].startswith(expected)
    assert all(f"roles.{role}.own." in one for one in found[1:])


def test_a_misspelt_key_is_refused(tmp_path: Path) -> None:
    found = faults(text_of({"control": "point = { sd = 10 }"}), tmp_path)
    assert found[0].startswith("mine.toml: roles.control.point: got an unknown key")


def test_a_role_that_says_nothing_on_the_scale_is_an_error_when_it_is_used(tmp_path: Path) -> None:
    priors = read(text_of({"control": "points = { sd = 10 }"}), tmp_path)
    assert priors.belief(KNOWN["control"], "points").sd == 10
    with pytest.raises(InputError) as caught:
        priors.belief(KNOWN["control"], "probability")
    (only,) = caught.value.problems
    assert str(only) == (
        "mine.toml: got no prior for role 'control' in probability; "
        f"expected `probability = {{ sd = ... }}` under [roles.control]. {ADD}"
    )


def test_a_role_that_nobody_has_heard_of_is_an_error_when_it_is_used() -> None:
    with pytest.raises(InputError, match="no prior for role 'slope' in points"):
        PriorSet.read("weak").belief(Role("slope", "how steep it is", "normal"), "points")


def test_a_groups_own_sd_comes_before_that_of_all_groups(tmp_path: Path) -> None:
    priors = read(text_of({"group_sd.state": "points = { sd = 3 }"}), tmp_path)
    assert priors.belief(KNOWN["group_sd"], "points", of="state").sd == 3
    assert priors.belief(KNOWN["group_sd"], "points", of="region").sd == 10
    # It says nothing in probability, and so does not hide what is said of all groups there.
    assert priors.belief(KNOWN["group_sd"], "probability", of="state").sd == 0.15


OLD_HASH = "716e0b4828de075118f4b216f5842033ece7bf50de0d79eef1aee6b7ba86f8db"


def claim(**keys: object) -> str:
    given = {"exposure": "a", "service": "b", "reason": "r", "source": "s", **keys}
    return "\n[[claimed]]\n" + "".join(f"{key} = {value!r}\n" for key, value in given.items())


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        (claim(), "mine.toml: claimed 1 (a, b): got no size; expected `points` or `probability`."),
        (
            claim(probability=0.5),
            "mine.toml: claimed 1 (a, b).probability: got 0.5; expected a change between -0.5 and",
        ),
        (claim(probability=-0.7), "mine.toml: claimed 1 (a, b).probability: got -0.7; expected a change between -0.5"),
        (claim(points=float("inf")), "mine.toml: claimed 1 (a, b).points: got inf; expected a finite number"),
        (
            claim(points=1) + claim(points=2),
            "mine.toml: claimed 2 (a, b): got a second size in points; expected one per",
        ),
    ],
)
def test_a_claim_that_cannot_be_used_is_refused(claims: str, expected: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(text_of() + claims, tmp_path)
    (only,) = caught.value.problems
    assert str(only).startswith(expected)


def test_one_claim_in_points_and_one_in_probability_is_no_fault(tmp_path: Path) -> None:
    assert len(used(text_of() + claim(points=1) + claim(probability=0.1), tmp_path).claimed) == 2


def test_the_hash_is_of_the_content(tmp_path: Path) -> None:
    plain = read(text_of(), tmp_path).sha256
    assert len(plain) == 64
    commented = "# a remark\n" + text_of().replace("[roles", "\n\n# another\n[roles").replace("sd = 8 ", "sd = 8.0 ")
    assert read(commented, tmp_path).sha256 == plain
    turned = HEAD + "".join(table(role, beliefs) for role, beliefs in reversed(SOUND.items()))
    assert read(turned, tmp_path).sha256 == plain


def test_the_hash_of_a_set_is_what_it_was_before_there_were_other_distributions(tmp_path: Path) -> None:
    """Fits that are stored know their prior set by it."""
    assert read(text_of() + claim(points=1), tmp_path).sha256 == OLD_HASH


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("sd = 8 }", "sd = 8.001 }"),
        ("points = { sd = 15 }", 'points = { distribution = "exponential", rate = 15 }'),
        ("points = { sd = 15 }", 'points = { distribution = "half_normal", sd = 15 }'),
        ("points = { sd = 15 }", "points = { sd = 15, shape = 2 }"),
        ("points = { sd = 15 }", "points = { sd = 15 }\nown = { sd = 15 }"),
        ("mean = 50", "mean = 51"),
        ('title = "Mine"', 'title = "Ours"'),
        ("[roles.", claim(points=1).lstrip() + "[roles."),
    ],
)
def test_the_hash_changes_with_a_value(old: str, new: str, tmp_path: Path) -> None:
    before, text = read(text_of(), tmp_path).sha256, text_of()
    assert old in text
    assert read(text.replace(old, new, 1), tmp_path).sha256 != before


def test_no_two_sets_of_the_project_are_the_same() -> None:
    counted = Counter(PriorSet.read(name).sha256 for name in PriorSet.names())
    assert set(counted.values()) == {1}


def test_as_claimed_names_what_the_study_has() -> None:
    codebook = Codebook.read("ndatss")
    exposures = {*codebook.with_role("peer_exposure", 2017), *codebook.with_role("pcc_exposure", 2017)}
    role_of = {"points": "utilisation", "probability": "availability"}
    for claimed in PriorSet.read("as_claimed").claimed:
        assert claimed.exposure in exposures
        for scale, role in role_of.items():
            services = {codebook.variables[name].service for name in codebook.with_role(role, 2017)}
            assert getattr(claimed, scale) is None or claimed.service in services


def test_as_claimed_holds_the_claims_with_their_numbers_and_signs() -> None:
    found = [
        (claimed.claim, claimed.exposure, claimed.service, scale, 1 if value > 0 else -1)
        for claimed in PriorSet.read("as_claimed").claimed
        for scale in ("points", "probability")
        if (value := getattr(claimed, scale)) is not None and value != 0
    ]
    assert len(found) == len(set(found)) == len(PriorSet.read("as_claimed").claimed)
    assert set(found) == CLAIMS


def test_the_one_size_that_is_claimed_is_ten_points() -> None:
    """Claim 11 alone gives a size."""
    sizes = {claimed.claim: claimed.points for claimed in PriorSet.read("as_claimed").claimed}
    assert sizes[11] == 10


def test_no_other_set_shifts_a_single_coefficient() -> None:
    assert [name for name in PriorSet.names() if PriorSet.read(name).claimed] == ["as_claimed"]


def test_a_sceptic_believes_in_smaller_effects_and_wide_in_larger_ones() -> None:
    sd = {
        name: [
            PriorSet.read(name).belief(KNOWN[role], scale).sd
            for role in ("exposure_mean", "exposure_spread")
            for scale in ("points", "probability")
        ]
        for name in ("skeptical", "weak", "wide")
    }
    assert all(s < w < m for s, w, m in zip(*sd.values(), strict=True))


def test_weak_is_the_default_of_the_command() -> None:
    assert FitPlan("peer_tobit").priors == "weak"
    assert inspect.signature(fit.main).parameters["priors"].default is None  # not given is told from given
    assert PriorSet.read("weak").reason.startswith("The default")
    assert WEAK.is_file()
