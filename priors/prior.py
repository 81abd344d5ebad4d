"""A prior distribution as it is written in a prior set, or as it is run on the model's scale."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from pydantic.dataclasses import dataclass
from scipy import stats

from data.arrays import Array
from data.toml_files import STRICT

Support = Literal["real", "positive", "probability", "simplex", "correlation"]


class Distribution(NamedTuple):
    """The numbers that a distribution takes, all above 0 but a mean, and the values it is about."""

    numbers: tuple[str, ...]
    support: Support


DISTRIBUTIONS: dict[str, Distribution] = {
    "normal": Distribution(("mean", "sd"), "real"),
    "half_normal": Distribution(("sd",), "positive"),
    "gamma": Distribution(("shape", "rate"), "positive"),
    "exponential": Distribution(("rate",), "positive"),
    "beta": Distribution(("alpha", "beta"), "probability"),
    "dirichlet": Distribution(("concentration",), "simplex"),
    "lkj": Distribution(("shape",), "correlation"),
}
"""The distributions that a role may have, as Stan's and PyMC's manuals define them. A half-normal's sd is that of the
normal before folding; a gamma's mean is shape over rate."""


@dataclass(frozen=True, config=STRICT)
class Prior:
    """A distribution and its numbers.

    Attributes
    ----------
    distribution : str
        A key of `DISTRIBUTIONS`; in a prior set '' stands for the role's usual one.
    mean, sd, shape, rate, alpha, beta : float, optional
        Those that the distribution takes; a normal's mean is 0 by default.
    concentration : tuple of float
        A Dirichlet's, one for each share.
    """

    sd: float | None = None
    mean: float = 0.0
    distribution: str = ""
    shape: float | None = None
    rate: float | None = None
    alpha: float | None = None
    beta: float | None = None
    concentration: tuple[float, ...] = ()

    @property
    def numbers(self) -> Array:
        """Return the distribution's numbers in the order of `DISTRIBUTIONS`, as engines read them."""
        held = [getattr(self, name) for name in DISTRIBUTIONS[self.distribution].numbers]
        return np.hstack([np.asarray(value, dtype=float) for value in held])

    @property
    def width(self) -> float:
        """Return the standard deviation, or that of the normal before folding: how far values may be believed."""
        if self.sd is not None:
            return self.sd
        if self.rate is not None:
            return float(np.sqrt(self.shape or 1.0)) / self.rate
        return 1.0

    @property
    def median(self) -> float:
        """Return the median of a positive prior."""
        if self.distribution == "half_normal":
            return 0.6745 * self.width  # the normal's upper quartile, with the digits that centring has always had
        shape = 1.0 if self.distribution == "exponential" else self.shape
        return float(stats.gamma.ppf(0.5, shape, scale=1.0 / (self.rate or 1.0)))

    def words(self, unit: str = "") -> str:
        """Return the prior in words, such as ``normal, mean 0, sd 8 points``."""
        names = DISTRIBUTIONS[self.distribution].numbers
        told = ", ".join(f"{name} {_told(getattr(self, name))}" for name in names)
        return f"{self.distribution.replace('_', '-')}, {told}{' ' if unit else ''}{unit}"

    def symbol(self) -> str:
        """Return the prior as it stands in an equation, such as ``HalfNormal(10)``."""
        name = {"lkj": "LKJ"}.get(self.distribution, self.distribution.title().replace("_", ""))
        return f"{name}({', '.join(f'{value:.4g}' for value in self.numbers)})"

    def log_density(self, value: Array, *, above: float = 0.0) -> Array:
        """Return the log-density of values of a normal or a positive prior, in NumPy.

        Parameters
        ----------
        above : float
            The prior is restricted to values above this one, and is a density on these.
        """
        held: dict[str, Array] = (
            {
                "normal": stats.norm.logpdf(value, self.mean, self.sd),
                "half_normal": stats.halfnorm.logpdf(value, scale=self.sd),
            }
            if self.sd is not None
            else {}
        )
        if self.distribution not in held:
            shape = 1.0 if self.distribution == "exponential" else self.shape
            gamma = stats.gamma(shape, scale=1.0 / (self.rate or 1.0))
            density: Array = gamma.logpdf(value) - gamma.logsf(above)
            return density
        density = held[self.distribution]
        if above and self.distribution == "half_normal":
            density = density - stats.halfnorm.logsf(above, scale=self.sd)
        return density


def _told(value: float | tuple[float, ...]) -> str:
    return " ".join(f"{one:g}" for one in value) if isinstance(value, tuple) else f"{value:g}"
