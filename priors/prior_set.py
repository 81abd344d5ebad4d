"""A prior set: a named belief about every parameter role, written on the outcome's scale."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, field
from pathlib import Path
from typing import Any, Literal, cast

from pydantic.dataclasses import dataclass

from data.errors import InputError, Problem
from data.toml_files import STRICT, Declared
from priors.prior import DISTRIBUTIONS, Prior
from priors.role import Role, general

ADD = "Add it with a reason and a source; priors/weak.toml shows how"

Unit = Literal["points", "probability"]
"""The unit of an outcome in which beliefs are written: hundredths of its range, or probability."""

ADDED = ("own", "distribution", "shape", "rate", "alpha", "beta", "concentration")
"""Keys that older versions did not know. They change a set's hash only where they are given, so that the sets that
stored fits were made with are still known by it."""


@dataclass(frozen=True, config=STRICT)
class Belief:
    """The belief about one role, with its reason.

    Attributes
    ----------
    points : Prior
        For outcomes in points: hundredths of the outcome's range.
    probability : Prior
        For outcomes that are probabilities: a change in probability from one half; for the intercept, a probability.
    own : Prior
        For a role that is about neither, such as degrees of freedom: in the role's own unit.
    """

    reason: str
    source: str
    points: Prior | None = None
    probability: Prior | None = None
    own: Prior | None = None

    @property
    def given(self) -> dict[str, Prior]:
        """The priors that are given, by unit."""
        units = {"points": self.points, "probability": self.probability, "own": self.own}
        return {unit: prior for unit, prior in units.items() if prior is not None}


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

    @property
    def file(self) -> str:
        """The name of its file, for errors."""
        return f"{self.name}.toml"

    @property
    def sha256(self) -> str:
        """Hash of the content, which comments in the file do not change."""

        def held(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
            return {key: value for key, value in pairs if value not in (None, "", ()) or key not in ADDED}

        content = asdict(cast(Any, self), dict_factory=held)
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def entry(self, name: str, unit: str) -> Belief | None:
        """Return the belief about a role in a unit, or None; that of all groups stands in for a group's own.

        A ``group_sd.NAME`` without a value in this unit counts as missing.

        Parameters
        ----------
        name : str
            The role's, or that of one group's own, such as ``group_sd.state``.
        unit : {'points', 'probability', 'own'}
        """
        entries = [self.roles[key] for key in (name, general(name)) if key in self.roles]
        return next((entry for entry in entries if unit in entry.given), None)

    def belief(self, role: Role, unit: Unit, *, of: str = "") -> Prior:
        """Return the belief about a role, with its distribution named.

        Parameters
        ----------
        unit : {'points', 'probability'}
            The outcome's. A role that has a unit of its own is written in that instead.
        of : str
            A group, whose own belief comes before that of all groups; '' for none.

        Raises
        ------
        InputError
            When the set has no belief about the role in that unit.
        """
        key = "own" if role.scale == "own" else unit
        name = role.of(of)
        found = self.entry(name, key)
        if found is None:
            numbers = ", ".join(f"{number} = ..." for number in DISTRIBUTIONS[role.usual].numbers if number != "mean")
            line = f"`{key} = {{ {numbers} }}` under [roles.{role.name}]"
            where = f"no prior for role {name!r}" + ("" if key == "own" else f" in {key}")
            raise InputError([Problem(self.file, where, line, ADD)])
        return role.completed(found.given[key])

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
