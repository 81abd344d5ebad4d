"""Translate beliefs on the outcome's scale into priors on the model's scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import logit

from data.arrays import Array
from data.errors import InputError, Problem
from priors.prior import Prior
from priors.prior_set import PriorSet, Unit
from priors.role import Role

Link = Literal["identity", "log", "logit", "log_above_one"]
"""What turns a parameter into its linear predictor. `log_above_one` is log(x - 1), of what is above 1."""

LOGITS_PER_UNIT = 4.0
"""Slope of the logit at one half: how many logits a change of the whole range is, if the logit were straight."""


@dataclass(frozen=True)
class Outcome:
    """The scale on which beliefs are written, and that on which the model's linear predictor lies.

    Attributes
    ----------
    unit : {'points', 'probability'}
        The beliefs' unit.
    link : {'identity', 'logit'}
        Of the family's location.
    floor, span : float
        Lowest value and width of the outcome's range, in its own unit.
    """

    unit: Unit
    link: Link
    floor: float = 0.0
    span: float = 100.0


@dataclass(frozen=True)
class Translated:
    """Priors on the model's scale (latent index or logit), per contrast.

    Attributes
    ----------
    roles : mapping of str to Prior
        By role; a group's own under ``group_sd.NAME``.
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
        """Return the sd of a half-normal prior, or how wide another positive one is."""
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
    logit link it is .04 logits, the slope of the logit at one half, so that large numbers stay as good as flat. In
    probability, a change d is the change in log-odds from one half to one half plus d, and a level's sd the change
    from its mean m to m + sd.

    Parameters
    ----------
    roles : sequence of (Role, str)
        The model's, each with the group whose own it is, or ''.
    exposures, services : sequence of str
        Names along the model's dims.

    Raises
    ------
    InputError
        For a role without a prior in the outcome's unit, and for one that cannot be written in it.
    """
    found = {}
    for role, group in roles:
        belief = priors.belief(role, outcome.unit, of=group)
        name = f"{role.name}.{group}" if group else role.name
        found[name] = belief if role.scale == "own" else _run(belief, outcome, level=role.scale == "level")
    return Translated(found, _shifts(priors, outcome, exposures, services))


def _run(belief: Prior, outcome: Outcome, *, level: bool) -> Prior:
    """Return a belief about the outcome as a prior about the linear predictor."""
    if belief.sd is None:
        return _stretched(belief, outcome)
    mean = _change(belief.mean, outcome)
    if level:
        mean = _level(belief.mean, outcome)
    sd = _change(belief.sd, outcome)
    if level and outcome.unit == "probability":
        sd = float(logit(belief.mean + belief.sd) - logit(belief.mean))
    return Prior(distribution=belief.distribution, mean=mean, sd=sd)


def _stretched(belief: Prior, outcome: Outcome) -> Prior:
    """Return a gamma or an exponential in another unit; it has a rate, which only a straight scale stretches."""
    if outcome.unit == "probability" or belief.rate is None:
        got = f"a {belief.distribution} in {outcome.unit}"
        raise InputError([Problem("prior", got, "a half-normal", "Give an `sd`")])
    rate = belief.rate / _change(1.0, outcome)
    return Prior(distribution=belief.distribution, shape=belief.shape, rate=rate)


def _change(value: float, outcome: Outcome) -> float:
    if outcome.unit == "probability":
        return float(logit(0.5 + value))
    return value * outcome.span / 100 if outcome.link == "identity" else LOGITS_PER_UNIT * value / 100


def _level(value: float, outcome: Outcome) -> float:
    if outcome.unit == "probability":
        return float(logit(value))
    return outcome.floor + value * outcome.span / 100 if outcome.link == "identity" else float(logit(value / 100))


def _shifts(priors: PriorSet, outcome: Outcome, exposures: Sequence[str], services: Sequence[str]) -> Array:
    shifts = np.zeros((len(exposures), len(services)))
    for claimed in priors.claimed:
        value = getattr(claimed, outcome.unit)
        if value is None or claimed.exposure not in exposures or claimed.service not in services:
            continue
        shifts[exposures.index(claimed.exposure), services.index(claimed.service)] = _change(value, outcome)
    return shifts
