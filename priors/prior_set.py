"""A prior set: a named belief about every parameter role, written on the outcome's scale."""

from __future__ import annotations

import math
from dataclasses import field
from pathlib import Path
from typing import Literal

from pydantic.dataclasses import dataclass

from data.errors import InputError, Problem
from data.toml_files import STRICT, Declared
from priors.prior import DISTRIBUTIONS, Prior
from priors.role import Role, general

ADD = "Add it with a reason and a source; priors/weak.toml shows how"

Unit = Literal["points", "probability"]
"""The unit of an outcome in which beliefs are written: hundredths of its range, or probability."""


@dataclass(frozen=True, config=STRICT)
class Belief:
    """The belief about one role, with its reason.

    Attributes
    ----------
    points : Prior
        For utilisation: hundredths of the outcome's range.
    probability : Prior
        For availability: a change in probability from one half; for the intercept, a probability.
    own : Prior
        For a role that is about neither, such as degrees of freedom: in its own unit.
    """

    reason: str
    source: str
    points: Prior | None = None
    probability: Prior | None = None
    own: Prior | None = None


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

    def entry(self, role: str, unit: str) -> Belief | None:
        """Return the belief that speaks of a role in a unit; that of all groups stands in for a group's own.

        A ``group_sd.NAME`` without a value in this unit counts as missing.
        """
        entries = [self.roles[name] for name in (role, general(role)) if name in self.roles]
        return next((entry for entry in entries if getattr(entry, unit) is not None), None)

    def belief(self, role: Role, unit: Unit, *, of: str = "") -> Prior:
        """Return the belief about a role, with its distribution named.

        Parameters
        ----------
        unit : {'points', 'probability'}
            The outcome's; a role with a scale of its own is not written in it.
        of : str
            The group whose own belief is wanted, if the set has one.

        Raises
        ------
        InputError
            When the set has no belief about the role in that unit.
        """
        key = "own" if role.scale == "own" else unit
        name = f"{role.name}.{of}" if of else role.name
        found = self.entry(name, key)
        if found is None:
            numbers = ", ".join(f"{number} = ..." for number in DISTRIBUTIONS[role.usual].numbers if number != "mean")
            line = f"`{key} = {{ {numbers} }}` under [roles.{role.name}]"
            where = f"no prior for role {name!r}" + ("" if key == "own" else f" in {key}")
            raise InputError([Problem(f"{self.name}.toml", where, line, ADD)])
        return role.completed(getattr(found, key))

    def faults(self, file: str) -> list[Problem]:
        """Return faults of claimed shifts; those of roles need to know which there are, see `priors.faults`."""
        return _claim_faults(self, file)


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
