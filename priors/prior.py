"""A prior distribution as it is written in a prior set, or as it is run on the model's scale."""

from __future__ import annotations

import math
from importlib import import_module
from typing import Any, Literal, NamedTuple

import numpy as np
from pydantic.dataclasses import dataclass

from data.arrays import Array
from data.toml_files import STRICT

LOG_HALF_NORMAL = 0.5 * math.log(2.0 / math.pi)

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
        """The distribution's numbers in the order of `DISTRIBUTIONS`, as engines read them."""
        held = [getattr(self, name) for name in DISTRIBUTIONS[self.distribution].numbers]
        return np.hstack([np.asarray(value, dtype=float) for value in held])

    @property
    def width(self) -> float:
        """The standard deviation; of a positive number, the root mean square.

        The square of a spread's width is then the variance of what the spread is of, averaged over the prior. A
        half-normal's is the sd of the normal before folding.
        """
        if self.sd is not None:
            return self.sd
        found = self._in_scipy()
        positive = DISTRIBUTIONS[self.distribution].support == "positive"
        return float(np.hypot(found.mean(), found.std()) if positive else found.std())

    def words(self, unit: str = "") -> str:
        """Return the prior in words, such as ``normal, mean 0, sd 8 points`` or ``exponential, rate 2 (points)``."""
        names = DISTRIBUTIONS[self.distribution].numbers
        told = ", ".join(f"{name} {_told(getattr(self, name))}" for name in names)
        # only a mean and an sd are themselves in the unit; a rate is per unit, and a shape has none
        of = "" if not unit else f" {unit}" if names[-1] == "sd" else f" ({unit})"
        return f"{self.distribution.replace('_', '-')}, {told}{of}"

    def symbol(self) -> str:
        """Return the prior as it stands in an equation, such as ``HalfNormal(10)``."""
        name = {"lkj": "LKJ"}.get(self.distribution, self.distribution.title().replace("_", ""))
        return f"{name}({', '.join(f'{value:.4g}' for value in self.numbers)})"

    def log_density(self, value: Array, *, above: float = -np.inf) -> Array:
        """Return the log-density of values, in NumPy.

        Parameters
        ----------
        above : float
            The prior is restricted to values from this one on, and is a density on these.
        """
        if above == -np.inf and self.distribution == "half_normal":  # without an import of SciPy's distributions
            value = np.asarray(value)
            known = LOG_HALF_NORMAL - np.log(self.width) - 0.5 * (value / self.width) ** 2
            return np.where(value >= 0.0, known, -np.inf)
        found = self._in_scipy()
        density: Array = found.logpdf(value)
        if above == -np.inf:
            return density
        return np.where(np.asarray(value) >= above, density - found.logsf(above), -np.inf)

    def _in_scipy(self) -> Any:
        """Return the distribution of a single number in SciPy."""
        stats = import_module("scipy.stats")  # takes a third of a second, and most fits never ask
        rate = 1.0 if self.rate is None else self.rate
        made = {
            "normal": lambda: stats.norm(self.mean, self.sd),
            "half_normal": lambda: stats.halfnorm(scale=self.sd),
            "gamma": lambda: stats.gamma(self.shape, scale=1.0 / rate),
            "exponential": lambda: stats.expon(scale=1.0 / rate),
            "beta": lambda: stats.beta(self.alpha, self.beta),
        }
        if self.distribution not in made:
            raise ValueError(f"{a_or_an(self.distribution)} is not about a single number")
        return made[self.distribution]()


def a_or_an(distribution: str) -> str:
    """Return a distribution as a sentence has it, such as ``a half-normal``."""
    return f"{'an' if distribution == 'exponential' else 'a'} {distribution.replace('_', '-')}"


def _told(value: float | tuple[float, ...]) -> str:
    return " ".join(f"{one:g}" for one in value) if isinstance(value, tuple) else f"{value:g}"
