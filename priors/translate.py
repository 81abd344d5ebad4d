"""Translate beliefs on the outcome's scale into priors on the model's scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.special import logit

from data.arrays import Array
from data.errors import InputError, Problem
from priors.prior import Prior, a_or_an
from priors.prior_set import PriorSet, Unit
from priors.role import Role

Link = Literal["identity", "log", "logit", "log_above_one"]
"""What turns a parameter into its linear predictor. `log_above_one` is log(x - 1), of what is above 1."""

LOGITS_PER_RANGE = 4.0
"""The logits of a change by the outcome's whole range, as if the logit were as steep everywhere as at one half."""


@dataclass(frozen=True)
class Outcome:
    """The scale on which beliefs are written, and that on which the model's linear predictor lies.

    Attributes
    ----------
    unit : {'points', 'probability'}
        The beliefs' unit; probabilities have a logit link.
    link : {'identity', 'logit'}
        The link of the family's location.
    floor, span : float
        Lowest value and width of the outcome's range, in its own unit; used for points with an identity link only.
    """

    unit: Unit
    link: Link
    floor: float = 0.0
    span: float = 100.0

    def __post_init__(self) -> None:
        if self.link != "logit" and (self.unit, self.link) != ("points", "identity"):
            raise ValueError(f"beliefs in {self.unit} have no translation for a location with a link {self.link!r}")


@dataclass(frozen=True)
class Translated:
    """Priors on the model's scale (latent index or logit), per contrast.

    Attributes
    ----------
    roles : mapping of str to Prior
        By role; that of each group NAME is under ``group_sd.NAME``, whether the set has one for it alone or not.
    exposure_shift : array (exposure, service)
        Claimed shifts of single coefficients.
    """

    roles: Mapping[str, Prior]
    exposure_shift: Array

    def __getitem__(self, role: str) -> Prior:
        """Return the prior of a role."""
        return self.roles[role]

    def located(self, role: str) -> tuple[float, float]:
        """Return a normal prior's mean and sd."""
        mean, sd = self.roles[role].numbers
        return float(mean), float(sd)

    def scale(self, role: str) -> float:
        """Return how wide a prior is: of a spread, the root mean square; of a half-normal, the sd before folding."""
        return self.roles[role].width


def translate(
    priors: PriorSet,
    outcome: Outcome,
    *,
    roles: Sequence[tuple[Role, str]],
    exposures: Sequence[str],
    services: Sequence[str],
) -> Translated:
    """Return the prior set on the model's scale.

    In points, a change of 1 is a hundredth of the outcome's range on the latent index; where the location has a
    logit link it is .04 logits, as at the middle of the range, so that large numbers stay as good as flat. In
    probability, a change d is the change in log-odds from one half to one half plus d, and a level's sd the change
    from its mean m to m + sd.

    Parameters
    ----------
    roles : sequence of (Role, str)
        The model's roles, each with the group that its parameter belongs to, or ''.
    exposures, services : sequence of str
        Names along the model's dims.

    Raises
    ------
    InputError
        For every role without a prior in the outcome's unit, and for every prior that cannot be translated.
    """
    found: dict[str, Prior] = {}
    problems: list[Problem] = []
    for role, group in roles:
        try:
            belief = priors.belief(role, outcome.unit, of=group)
        except InputError as error:
            problems += error.problems
            continue
        name = role.of(group)
        if role.scale == "own":
            found[name] = belief
        elif fault := _fault(f"{priors.file}: roles.{name}.{outcome.unit}", role, belief, outcome):
            problems.append(fault)
        else:
            found[name] = _run(belief, outcome, level=role.scale == "level")
    if problems:
        raise InputError(problems)
    return Translated(found, _shifts(priors, outcome, exposures, services))


def _fault(where: str, role: Role, belief: Prior, outcome: Outcome) -> Problem | None:
    """Return what keeps a belief about the outcome from being translated, or None."""
    if outcome.unit == "probability":
        got, step = f"{a_or_an(belief.distribution)} in probability", "Write it in `points`, or give an `sd`"
        return Problem(where, got, "a normal or a half-normal", step) if belief.sd is None else None
    if outcome.link == "logit" and role.scale == "level" and not 0 < belief.mean < 100:
        step = "This model's outcome never reaches the limits of its range on average"
        return Problem(f"{where}.mean", f"{belief.mean:g}", "a number of points between 0 and 100", step)
    return None


def _run(belief: Prior, outcome: Outcome, *, level: bool) -> Prior:
    """Return a belief about the outcome as a prior about the linear predictor."""
    if belief.rate is not None:
        # a gamma or an exponential, of points alone: where a value is stretched, its rate shrinks
        return replace(belief, rate=belief.rate / _change(1.0, outcome))
    if belief.sd is None:
        raise ValueError(f"{a_or_an(belief.distribution)} is not about the outcome's scale")
    mean = _level(belief.mean, outcome) if level else _change(belief.mean, outcome)
    sd = _change(belief.sd, outcome)
    if level and outcome.unit == "probability":
        sd = float(logit(belief.mean + belief.sd) - logit(belief.mean))
    return Prior(distribution=belief.distribution, mean=mean, sd=sd)


def _change(value: float, outcome: Outcome) -> float:
    """Return a change of the outcome as one of the linear predictor."""
    if outcome.unit == "probability":
        return float(logit(0.5 + value))
    return value * outcome.span / 100 if outcome.link == "identity" else LOGITS_PER_RANGE * value / 100


def _level(value: float, outcome: Outcome) -> float:
    """Return a level of the outcome as one of the linear predictor."""
    if outcome.unit == "probability":
        return float(logit(value))
    return outcome.floor + value * outcome.span / 100 if outcome.link == "identity" else float(logit(value / 100))


def _shifts(priors: PriorSet, outcome: Outcome, exposures: Sequence[str], services: Sequence[str]) -> Array:
    """Return the claimed shifts of single coefficients, (exposure, service)."""
    shifts = np.zeros((len(exposures), len(services)))
    for claimed in priors.claimed:
        value = getattr(claimed, outcome.unit)
        if value is None or claimed.exposure not in exposures or claimed.service not in services:
            continue
        shifts[exposures.index(claimed.exposure), services.index(claimed.service)] = _change(value, outcome)
    return shifts
