"""The declaration of a family: its scale, its likelihood, and the information in a cell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from data.arrays import Array, Index
from data.errors import unknown
from data.registry import member, members
from priors.prior_set import Scale


@dataclass(frozen=True)
class Family:
    """A likelihood, declared in one file of `models/families/` and implemented in files of the same name.

    `engines/graph/likelihoods/NAME` declares it to PyMC (the reference), `engines/compiled/cells/NAME` computes it
    in compiled code, `engines/maximum/likelihoods/NAME` maximises it. A family without compiled code is sampled on
    PyMC's graph.

    Attributes
    ----------
    scale : {'points', 'probability'}
        The outcome scale of its priors.
    equation : str
        The outcome's distribution given the linear predictor, for readers.
    has_residual : bool
        Whether there is a residual sd per service.
    counts : bool
        Whether answers with one linear predictor may be counted together without loss: compiled
        code then reads their mean, with their number as its weight.
    log_density : callable
        ``log_density(y, eta, sigma, lower, upper)`` -> log-density of each cell, in NumPy.
    draw : callable
        ``draw(eta, sigma, lower, upper, rng)`` -> outcomes, limits included, in NumPy.
    pieces : callable
        ``pieces(y, lower, upper)`` -> dict of int arrays: positions of the cells of each branch of
        the likelihood, so that each cell is evaluated in its own branch only.
    expected : callable
        ``expected(eta, sigma, lower, upper)`` -> the outcome's expectation, limits included, in
        NumPy.
    information : callable
        ``information(y, like, limits)`` -> rough Fisher information of the cells `y` about the
        linear predictor they share, where `like` are all cells of their service; it decides the
        parametrisation and does not change the posterior.
    likelihood : str
        The family whose engine files it shares; '' for its own.
    censored : bool
        Whether values at the outcome's limits are censored; if not, they are like any other.
    """

    name: str
    scale: Scale
    equation: str
    has_residual: bool
    counts: bool
    log_density: Callable[[Array, Array, Array | None, float, float], Array]
    draw: Callable[[Array, Array | None, float, float, np.random.Generator], Array]
    pieces: Callable[[Array, float, float], dict[str, Index]]
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
        """Return the names of all families, which are the files in `families/`."""
        return members("models.families")

    @classmethod
    def find(cls, name: str) -> Family:
        """Return the family of that name; an unknown name is an error that names the nearest."""
        if name not in cls.names():
            raise unknown("family", name, cls.names())
        family: Family = member("models.families", name).FAMILY
        return family

    def rivals(self) -> tuple[Family, ...]:
        """Return the other families on the same outcome scale."""
        others = (Family.find(name) for name in Family.names() if name != self.name)
        return tuple(family for family in others if family.scale == self.scale)
