r"""From a range that somebody believes in to the prior that holds it: exact, as the priors here are normal.

A normal belief that holds the share :math:`p` between :math:`a` and :math:`b`, and as much above as below, has mean
:math:`(a + b) / 2` and sd :math:`(b - a) / (2 z)`, with :math:`z` the normal's quantile at :math:`(1 + p) / 2`; the sd
of a half-normal that holds it below :math:`b` is :math:`b / z`. In probability, both hold for log-odds
(`priors.translate`), so the ends are taken there and the belief back again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from scipy.stats import norm

from data.errors import InputError, Problem, unknown
from priors.prior_set import GOVERNS, LOCATED, Normal, Scale, known_role, scale_faults

Array = NDArray[np.float64]

DIGITS = 4
"""Significant digits of what is written: no belief has more."""


@dataclass(frozen=True)
class Elicited:
    """A range that is believed in, and the prior that holds it.

    Attributes
    ----------
    role : str
    scale : {'points', 'probability'}
    lower, upper : float
        In points, or in probability: a level for the intercept, for others a change from one half.
    share : float
        The probability that is held between them.
    normal : Normal
        As it stands in a prior set; folded at 0 for a spread.
    location, sd : float
        The same on the model's scale: points, or log-odds.
    """

    role: str
    scale: Scale
    lower: float
    upper: float
    share: float
    normal: Normal
    location: float
    sd: float

    @property
    def spread(self) -> bool:
        """Whether the prior is a half-normal."""
        return self.role.partition(".")[0] not in LOCATED

    @property
    def sentence(self) -> str:
        """The belief in words, which is the reason in the prior set."""
        change = "a probability" if self.role == "intercept" else "a change in probability"
        unit = "points" if self.scale == "points" else f"({change})"
        between = f"Below {self.upper:g}" if self.spread else f"Between {self.lower:g} and {self.upper:g}"
        return f"{between} {unit}, with {100 * self.share:g} % probability."

    @property
    def toml(self) -> str:
        """The lines of a prior set."""
        general, _, group = self.role.partition(".")
        mean = "" if self.spread else f"mean = {self.normal.mean:g}, "
        return "\n".join(
            [
                f'[roles."{general}.{group}"]' if group else f"[roles.{general}]",
                f"{self.scale} = {{ {mean}sd = {self.normal.sd:g} }}",
                f'reason = "{self.sentence}"',
                'source = "assumption: write whose belief it is"',
            ]
        )

    def density(self, points: int = 400) -> tuple[Array, Array]:
        """Return values on the scale of the range, and the prior's density there, each (point,)."""
        free = self.location + self.sd * np.linspace(0.0 if self.spread else -4.0, 4.0, points)
        density = norm.pdf(free, self.location, self.sd) * (2.0 if self.spread else 1.0)
        if self.scale == "points":
            return free, density
        at = expit(free)
        return at - _zero(self.role), density / (at * (1.0 - at))


def elicit(*, role: str, scale: Scale, lower: float | None, upper: float, share: float) -> Elicited:
    """Return the prior that holds a share of its probability within a range.

    Parameters
    ----------
    role : str
        Of a prior set, such as ``exposure_mean`` or ``group_sd.state``.
    scale : {'points', 'probability'}
    lower : float or None
        Of a range; a spread has none, as it begins at 0.
    upper, share : float

    Raises
    ------
    InputError
        For an unknown role, and every fault of the range at once.
    """
    if not known_role(role):
        raise unknown("role", role, GOVERNS)
    spread = role.partition(".")[0] not in LOCATED
    problems = _faults(role=role, scale=scale, lower=lower, upper=upper, share=share)
    if problems:
        raise InputError(problems)
    zero, z = _zero(role), float(norm.isf((1.0 - share) / 2.0))
    low, high = lower or 0.0, upper
    if scale == "probability":
        low, high = float(logit(low + zero)), float(logit(high + zero))
    location, sd = (0.0, high / z) if spread else ((low + high) / 2.0, (high - low) / 2.0 / z)
    mean, width = location, sd
    if scale == "probability":
        mean = float(expit(location)) - zero
        width = float(expit(location + sd)) - zero - mean if role == "intercept" else float(expit(sd)) - 0.5
    normal = Normal(sd=_rounded(width), mean=_rounded(mean))
    faults = scale_faults(f"the prior of {role} in {scale}", role, scale, normal)
    if faults:
        raise InputError(faults)
    return Elicited(role, scale, lower or 0.0, upper, share, normal, location, sd)


def _zero(role: str) -> float:
    """What is added to a change in probability; an intercept is a level."""
    return 0.0 if role == "intercept" else 0.5


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}") if abs(value) > 1e-12 else 0.0


def _faults(*, role: str, scale: Scale, lower: float | None, upper: float, share: float) -> list[Problem]:
    problems = []
    spread = role.partition(".")[0] not in LOCATED
    if not 0.0 < share < 1.0:
        problems.append(Problem("--probability", f"{share:g}", "a number between 0 and 1, such as .9"))
    if spread and lower not in (None, 0.0):
        problems.append(Problem("--lower", f"{lower:g}", f"none for {role}, which begins at 0", "Leave it out"))
    if not spread and lower is None:
        problems.append(Problem("--lower", "none", f"where the range of {role} begins", "Give --lower and --upper"))
    low = lower or 0.0
    if not (math.isfinite(low) and math.isfinite(upper) and low < upper):
        problems.append(
            Problem("--upper", f"{upper:g}", f"a finite number above {'0' if spread else f'--lower {low:g}'}")
        )
    if role == "residual_sd" and scale == "probability":
        problems.append(Problem("--scale", "probability", "points: an outcome that is yes or no has no residual sd"))
    elif scale == "probability":
        ends = (0.0, 1.0) if role == "intercept" else (-0.5, 0.5)
        what = "a level between 0 and 1" if role == "intercept" else "a change between -0.5 and 0.5, from one half"
        problems += [
            Problem(option, f"{value:g} in probability", what)
            for option, value in (("--lower", lower), ("--upper", upper))
            if value is not None and not ends[0] < value < ends[1]
        ]
    return problems
