"""What a family declares: its outcome's support, its parameters, its density, and what readers ask of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from data.arrays import Array, Index
from data.errors import unknown
from data.registry import member, members
from models.numerics.bounds import bounded
from models.numerics.compiled_tools import CompiledTools
from models.scale import Limits, Scale, Value, Values
from priors.prior_set import Unit
from priors.role import Role
from priors.translate import Link

Support = Literal["binary", "real", "limited"]
"""Outcomes that a family is about: 0 and 1; any number; numbers between two limits, either of which may be infinite,
with mass at the limits."""

AT_LOWER, EXACT, AT_UPPER = -1, 0, 1
"""What a cell holds: its outcome is at a limit, or exactly what it is."""


ParameterSupport = Literal["real", "positive", "above_one", "ordered"]


@dataclass(frozen=True)
class Parameter:
    """A parameter of a family.

    Attributes
    ----------
    name : str
        Its name in posteriors.
    link : {'identity', 'log', 'logit', 'log_above_one'}
        What turns it into its linear predictor.
    role : Role, optional
        Its prior's; None for the location, whose components have their own.
    per_service : bool
        Whether every service has its own.
    dim, labels : str, tuple of str
        Where it is several numbers in rising order: what they run along, and what they are called.
    """

    name: str
    link: Link
    role: Role | None = None
    per_service: bool = True
    dim: str = ""
    labels: tuple[str, ...] = ()

    @property
    def support(self) -> ParameterSupport:
        """The values that it may have."""
        bounds: dict[str, ParameterSupport] = {"log": "positive", "log_above_one": "above_one"}
        return "ordered" if self.labels else bounds.get(self.link, "real")

    @property
    def slots(self) -> int:
        """How many numbers it is, for one service."""
        return len(self.labels) or 1

    def slot_names(self) -> list[str]:
        """Return what the unbounded numbers that stand for it are called."""
        if self.labels:
            steps = [f"log_step_{self.name}[{label}]" for label in self.labels[1:]]
            return [f"{self.name}[{self.labels[0]}]", *steps]
        before = {"positive": "log_", "above_one": "log_above_one_"}
        return [f"{before.get(self.support, '')}{self.name}"]

    def slot_words(self) -> list[str]:
        """Return these names in words, for sentences."""
        words = self.name.replace("_", " ")
        if self.labels:
            return [f"{words} ({label})" for label in self.labels]
        return [{"positive": f"log {words}", "above_one": words}.get(self.support, words)]

    def from_slots(self, slots: Array) -> Array:
        """Return its values (...) from unbounded numbers (..., slot); (..., value) where it is several."""
        found = bounded(self.support, slots)
        return found if self.labels else found[..., 0]


@dataclass(frozen=True)
class Cell:
    """A family in compiled code; both functions are jitted by the tools they are made with.

    Attributes
    ----------
    prepare : callable
        ``prepare(slots, ready)`` writes into `ready` what cells need of the parameters besides the location, given as
        the unbounded numbers that stand for them.
    pointwise : callable
        ``pointwise(kind, y, weight, eta, lower, upper, ready, bar)`` -> (weighted log-density, its derivative by
        `eta`); adds the derivatives by the slots to `bar`.
    """

    prepare: Any
    pointwise: Any


@dataclass(frozen=True)
class Family:
    """A likelihood, declared in one file of `models/families/`.

    Attributes
    ----------
    unit : {'points', 'probability'}
        The unit of the outcome's scale, in which priors are written and sizes are judged.
    support : {'binary', 'real', 'limited'}
        The outcomes it is about. Limits of an outcome count only for a family of limited ones.
    parameters : tuple of Parameter
        The first is the location, which has a linear predictor with an intercept.
    equation : str
        The outcome's distribution given the linear predictor, for readers.
    counts : bool
        Whether answers with one linear predictor may be counted together without loss: compiled
        code then reads their mean, with their number as its weight.
    log_density : callable
        ``log_density(y, eta, values, limits)`` -> log-density of each cell in the outcome's unit, in NumPy;
        probability at the limits.
    draw : callable
        ``draw(eta, values, limits, rng)`` -> outcomes, limits included.
    expected : callable
        ``expected(eta, values, limits)`` -> the outcome's expectation, limits included.
    information : callable
        ``information(y, like, limits)`` -> rough Fisher information of the cells `y` about the
        linear predictor they share, where `like` are all cells of their service; it decides the
        parametrisation and does not change the posterior.
    slope : callable or None
        ``slope(y, limits)`` -> how much the mean of these cells moves with the linear predictor, roughly: by it least
        squares estimates turn into those of coefficients. It decides the same. None where the mean alone is the
        distribution, as of yes or no.
    scales : tuple of Scale
        The scales of its effects, the main one first.
    graph : callable
        ``graph(pt, y, eta, values, limits, left, interior, right)`` -> the pointwise log-density in PyTensor, of which
        `pt` is the module; the last three are positions of cells at the lower limit, between, and at the upper limit.
    cell : callable, optional
        ``cell(tools)`` -> `Cell`; a family without is sampled on PyMC's graph.
    prepared : int
        How many numbers `Cell.prepare` writes.
    maximise : str
        Its own search in `models/engines/maximum/likelihoods/`, where one is better than `climb`; '' if none.
    absorbs : str
        The parameter that normal effects only widen, so that integrating over them is exact; '' if none.
    widened_by : str
        The parameter that says over how much of the linear predictor the outcome's distribution moves; '' where that
        is about 1.
    both_limits : bool
        Whether it is only about outcomes with two finite limits.
    index_unit : str
        The unit of the linear predictor where it is not the outcome's.
    """

    name: str
    unit: Unit
    support: Support
    parameters: tuple[Parameter, ...]
    equation: str
    log_density: Callable[[Array, Array, Values, Limits], Array]
    draw: Callable[[Array, Values, Limits, np.random.Generator], Array]
    expected: Value
    information: Callable[[Array, Array, Limits], float]
    slope: Callable[[Array, Limits], float] | None
    scales: tuple[Scale, ...]
    graph: Callable[..., Any]
    cell: Callable[[CompiledTools], Cell] | None = None
    prepared: int = 0
    counts: bool = False
    maximise: str = ""
    absorbs: str = ""
    widened_by: str = ""
    both_limits: bool = False
    index_unit: str = ""

    @property
    def others(self) -> tuple[Parameter, ...]:
        """The parameters besides the location."""
        return self.parameters[1:]

    def by_slots(self, slots: Array) -> dict[str, Array]:
        """Return the parameters besides the location from the unbounded numbers of all, (..., slot)."""
        found, at = {}, 0
        for one in self.others:
            found[one.name] = one.from_slots(slots[..., at : at + one.slots])
            at += one.slots
        return found

    def slot_names(self) -> list[str]:
        """Return what the unbounded numbers that stand for the parameters besides the location are called."""
        return [name for one in self.others for name in one.slot_names()]

    def slot_words(self) -> list[str]:
        """Return these names in words, for sentences."""
        return [words for one in self.others for words in one.slot_words()]

    @property
    def link(self) -> Link:
        """The location's link."""
        return self.parameters[0].link

    @property
    def binary(self) -> bool:
        """Whether outcomes are 0 and 1."""
        return self.support == "binary"

    @property
    def roles(self) -> tuple[Role, ...]:
        """The prior roles of its parameters besides the location's."""
        return tuple(one.role for one in self.others if one.role is not None)

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

    def rivals(self, limits: Limits | None = None) -> tuple[Family, ...]:
        """Return the other families for the same outcomes; of given limits, those that they suit."""
        others = (Family.find(name) for name in Family.names() if name != self.name)
        missing = limits is not None and not np.isfinite(limits).all()
        return tuple(one for one in others if one.binary == self.binary and not (one.both_limits and missing))

    def scales_within(self, limits: Limits = (-np.inf, np.inf)) -> dict[str, Scale]:
        """Return the scales by name, the main one first, without those that need a missing limit."""
        found = (scale.at(limits) for scale in self.scales)
        return {scale.name: scale for scale in found if scale is not None}


def kinds_of(y: Array, limits: Limits) -> Index:
    """Return what each cell holds, (cell,): `AT_LOWER`, `EXACT` or `AT_UPPER`."""
    return np.where(y <= limits[0], AT_LOWER, np.where(y >= limits[1], AT_UPPER, EXACT)).astype(np.int64)
