"""A prior set: a named belief about every parameter role, written on the outcome's scale."""

from __future__ import annotations

import math
from dataclasses import field
from pathlib import Path
from typing import Literal

from pydantic.dataclasses import dataclass

from data.errors import InputError, Problem, nearest
from data.toml_files import STRICT, Declared

LOCATED = ("intercept", "exposure_mean", "control")
"""Roles with a normal prior: a mean and a standard deviation."""
SPREAD = ("exposure_spread", "group_sd", "unit_sd", "residual_sd")
"""Roles with a half-normal prior, given by the standard deviation of the normal before folding."""

GOVERNS = {
    "intercept": "level of an outcome in an average unit",
    "exposure_mean": "an exposure's effect, averaged over services",
    "exposure_spread": "how far its effects on single services differ from that average",
    "control": "a control's effect on one service",
    "group_sd": "how far the levels of a group differ",
    "unit_sd": "how far units differ on all of their services together",
    "residual_sd": "spread of the outcome among units alike in everything",
}
"""What each role is about."""

ADD = "Add it with a reason and a source; priors/weak.toml shows how"

Scale = Literal["points", "probability"]


@dataclass(frozen=True, config=STRICT)
class Normal:
    """A normal belief; for a spread parameter the mean is 0 and the normal is folded."""

    sd: float
    mean: float = 0.0


@dataclass(frozen=True, config=STRICT)
class Belief:
    """The belief about one role, on either outcome scale, with its reason.

    Attributes
    ----------
    points : Normal
        For utilisation: hundredths of the outcome's range.
    probability : Normal
        For availability: a change in probability from one half; for the intercept, a probability.
    """

    reason: str
    source: str
    points: Normal | None = None
    probability: Normal | None = None


@dataclass(frozen=True, config=STRICT)
class Claimed:
    """A belief about one exposure and service, which shifts that coefficient's location.

    Attributes
    ----------
    exposure, service : str
        Names in the study; the entry has no effect in a study that lacks either.
    claim : int
        The claim's number, or 0 for none.
    points, probability : float
        The shift per contrast of the exposure.
    """

    exposure: str
    service: str
    reason: str
    source: str
    claim: int = 0
    points: float | None = None
    probability: float | None = None


@dataclass(frozen=True, config=STRICT)
class PriorSet(Declared):
    """A named prior set, read from ``priors/NAME.toml``.

    Attributes
    ----------
    roles : dict of str to Belief
        Beliefs by parameter role; ``group_sd.state`` overrides ``group_sd`` for the group `state`.
    """

    home = Path(__file__).parent
    what = "prior set"

    name: str
    title: str
    reason: str
    roles: dict[str, Belief]
    claimed: tuple[Claimed, ...] = field(default=())

    def belief(self, role: str, scale: Scale) -> Normal:
        """Return the belief about a role on a scale; `group_sd` stands in for a missing `group_sd.NAME`.

        A `group_sd.NAME` without a value on this scale counts as missing.

        Raises
        ------
        InputError
            When the set has no belief about the role on that scale.
        """
        general = role.partition(".")[0]
        entries = (self.roles[name] for name in (role, general) if name in self.roles)
        found: list[Normal] = [normal for entry in entries if (normal := getattr(entry, scale)) is not None]
        if not found:
            line = f"`{scale} = {{ sd = ... }}` under [roles.{general}]"
            raise InputError([Problem(f"{self.name}.toml", f"no prior for role {role!r} in {scale}", line, ADD)])
        return found[0]

    def faults(self, file: str) -> list[Problem]:
        """Return faults that neither keys nor types show: roles without a belief, numbers out of scale."""
        known = (*LOCATED, *SPREAD)
        problems = [
            Problem(f"{file}: roles.{role}", "an unknown role", "a parameter role", nearest(role, known))
            for role in self.roles
            if not known_role(role)
        ]
        problems += [
            Problem(file, f"no prior for role {role!r}", f"a table [roles.{role}]", ADD)
            for role in known
            if role not in self.roles
        ]
        for role, belief in self.roles.items():
            for scale in ("points", "probability"):
                normal = getattr(belief, scale)
                if normal is not None:
                    problems += _scale_faults(f"{file}: roles.{role}.{scale}", role, scale, normal)
        return problems + _claim_faults(self, file)


def known_role(role: str) -> bool:
    """Return whether a model may have a parameter of this role; a group may have its own, as ``group_sd.state``."""
    return role in GOVERNS or (role.startswith("group_sd.") and role != "group_sd.")


def _scale_faults(where: str, role: str, scale: str, normal: Normal) -> list[Problem]:
    """What is wrong with the numbers of a belief; `where` is what the problems are said of."""
    problems = []
    if not (normal.sd > 0 and math.isfinite(normal.sd)):
        step = "For a prior as good as flat give a large number, as priors/wide.toml does"
        problems.append(Problem(f"{where}.sd", f"{normal.sd:g}", "a finite number above 0", step))
    if not math.isfinite(normal.mean):
        problems.append(Problem(f"{where}.mean", f"{normal.mean:g}", "a finite number"))
    if role.partition(".")[0] in SPREAD and normal.mean != 0:
        expected = "no mean: a spread's prior is folded at 0"
        problems.append(Problem(f"{where}.mean", f"{normal.mean:g}", expected, "Remove `mean`"))
    if scale == "probability":
        # A change and its sd are counted from one half; only the intercept's sd is counted from its own mean.
        level = role == "intercept"
        centre = normal.mean if level else 0.5 + normal.mean
        above = (normal.mean if level else 0.5) + normal.sd
        if not (0 < centre < 1 and above < 1):
            expected = (
                "mean + sd below 1 and a mean above 0" if level else "a mean between -0.5 and 0.5, an sd below 0.5"
            )
            step = "A probability must stay between 0 and 1" + ("" if level else "; changes are counted from one half")
            problems.append(Problem(where, f"mean {normal.mean:g}, sd {normal.sd:g}", expected, step))
    return problems


def _claim_faults(priors: PriorSet, file: str) -> list[Problem]:
    problems, seen = [], set()
    for number, claimed in enumerate(priors.claimed, start=1):
        where = f"{file}: claimed {number} ({claimed.exposure}, {claimed.service})"
        given = {scale: value for scale in ("points", "probability") if (value := getattr(claimed, scale)) is not None}
        if not given:
            problems.append(Problem(where, "no size", "`points` or `probability`", "Give the shift per contrast"))
        if not math.isfinite(given.get("points", 0.0)):
            problems.append(Problem(f"{where}.points", f"{given['points']:g}", "a finite number"))
        if not abs(given.get("probability", 0.0)) < 0.5:
            step = "Changes in probability are counted from one half"
            expected = "a change between -0.5 and 0.5"
            problems.append(Problem(f"{where}.probability", f"{given['probability']:g}", expected, step))
        for scale in given:
            place = (claimed.exposure, claimed.service, scale)
            if place in seen:
                problems.append(Problem(where, f"a second size in {scale}", "one per exposure and service", "Keep one"))
            seen.add(place)
    return problems
