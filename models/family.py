"""What a family declares: its scale, its likelihood, and how much a cell tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.errors import unknown
from data.registry import member, members
from priors.prior_set import Scale

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Family:
    """A likelihood: one public file each in `models/`, named as the family, and private ones beside it.

    `_NAME_graph` declares it to PyMC (the reference), `_NAME_kernel` writes it out for compiled code,
    `_NAME_mle` maximises it. A family without a kernel is sampled on PyMC's graph.

    Attributes
    ----------
    name : str
    scale : {'points', 'probability'}
        The outcome scale that priors are written on.
    equation : str
        How the outcome follows from the linear predictor, for people.
    has_residual : bool
        Whether there is a residual sd per service.
    counts : bool
        Whether answers on one linear predictor may be counted together, exactly: compiled code
        then sees their mean, with their number as its weight.
    log_density : callable
        ``log_density(y, eta, sigma, lower, upper)`` -> log-density of each cell, in NumPy.
    draw : callable
        ``draw(eta, sigma, lower, upper, rng)`` -> outcomes, limits included, in NumPy.
    pieces : callable
        ``pieces(y, lower, upper)`` -> dict of int arrays: positions of the cells that each part
        of the likelihood is for, so that no part is evaluated for a cell it does not concern.
    expected : callable
        ``expected(eta, sigma, lower, upper)`` -> the outcome's expectation, limits included, in
        NumPy.
    information : callable
        ``information(y, like, limits)`` -> rough Fisher information of the cells `y` about a
        linear predictor they share, `like` being all cells of their service; steers the
        parametrisation, never the posterior.
    likelihood : str
        The family whose private files it shares; its own unless said otherwise.
    censored : bool
        Whether limits of the outcome are limits; if not, values there are like any other.
    """

    name: str
    scale: Scale
    equation: str
    has_residual: bool
    counts: bool
    log_density: Callable[[Array, Array, Array | None, float, float], Array]
    draw: Callable[[Array, Array | None, float, float, np.random.Generator], Array]
    pieces: Callable[[Array, float, float], dict[str, NDArray[np.int64]]]
    expected: Callable[[Array, Array | None, float, float], Array]
    information: Callable[[Array, Array, tuple[float, float]], float]
    likelihood: str = ""
    censored: bool = True

    @property
    def engine_name(self) -> str:
        """The name of its files in the engines' folders."""
        return self.likelihood or self.name

    @staticmethod
    def names() -> list[str]:
        """Return the families there are: the files in `families/`."""
        return members("models.families")

    @classmethod
    def find(cls, name: str) -> Family:
        """Return the family of that name; an unknown one is an error that names the nearest."""
        if name not in cls.names():
            raise unknown("family", name, cls.names())
        family: Family = member("models.families", name).FAMILY
        return family

    def rivals(self) -> tuple[Family, ...]:
        """Return the other families on the same outcome scale."""
        others = (Family.find(name) for name in Family.names() if name != self.name)
        return tuple(family for family in others if family.scale == self.scale)
