"""What a component of a linear predictor declares, once for sampling, prediction, summaries and equations.

A component is a summand of a predictor. Whatever its parameters are, it enters the predictor of a row as a sum of
*effects*, each a number per service: a column of the row times the column's effect (slopes, the intercept), or the
effect of the level that the row has (groups), which a column may multiply (slopes over a group).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any, ClassVar, Literal

import numpy as np
import xarray as xr

from data.arrays import Array, Index
from models.numerics.bounds import bounded
from models.numerics.compiled_tools import CompiledTools
from models.predictors.information import Information
from priors.prior import Prior
from priors.role import Role
from priors.translate import Translated

Data = Mapping[str, Any]
"""A model's data by name: what the graph holds as `pm.Data`."""

SIGNED_START = 1.5
"""Start of a signed parameter, plus or minus 1: from 0 a chain may adapt to steps too small to leave it."""


@dataclass(frozen=True)
class FreeVariable:
    """A variable that engines sample.

    Attributes
    ----------
    shape : tuple of int
        Shape of one draw.
    start : array
        The prior's centre, unconstrained: one number, or one for each of `size`.
    kind : {'real', 'positive', 'above_one', 'ordered', 'signed', 'zero_sum', 'own'}
        `positive` is sampled as its log, `above_one` as the log of what it is above 1, `ordered` as its first value
        and the logs of its steps, `zero_sum` with one number fewer along the last dim, `signed` in compiled code as
        itself over `scale` with either sign, `own` there in a form that its component maps back.
    """

    name: str
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    start: Any = 0.0
    kind: Literal["real", "positive", "above_one", "ordered", "signed", "zero_sum", "own"] = "real"
    scale: float = 1.0

    @property
    def free(self) -> tuple[int, ...]:
        """The shape of its unconstrained form."""
        return (*self.shape[:-1], self.shape[-1] - 1) if self.kind == "zero_sum" else self.shape

    @property
    def size(self) -> int:
        """The number of its unconstrained numbers."""
        return prod(self.free)

    @classmethod
    def spread(cls, name: str, dims: tuple[str, ...], shape: tuple[int, ...], prior: Prior) -> FreeVariable:
        """Return the sd of effects that are sampled non-centred: signed under a half-normal prior, else as its log."""
        if prior.distribution == "half_normal":
            return cls(name, dims, shape, SIGNED_START, "signed", prior.width)
        return cls(name, dims, shape, np.log(prior.width), "positive")

    def constrain(self, free: Array) -> Array:
        """Return draws (..., *shape) from their unconstrained form (..., *free)."""
        if self.kind == "signed":
            return self.scale * np.abs(free)
        if self.kind != "zero_sum":
            return bounded(self.kind, free)
        n = self.shape[-1]
        total = free.sum(axis=-1, keepdims=True)
        return np.concatenate([free - total / (np.sqrt(n) + n), -total / np.sqrt(n)], axis=-1)


@dataclass(frozen=True)
class Stored:
    """A variable of the stored posterior.

    Attributes
    ----------
    name : str
    role : Role, optional
        Its prior's; None for what follows from others.
    of : str
        The group whose own prior it has, or ''.
    words : str
        What it is called in tables of summaries; '' for what they leave out.
    """

    name: str
    role: Role | None = None
    of: str = ""
    words: str = ""


@dataclass(frozen=True)
class Rows:
    """Units on one service at which a predictor is wanted.

    Attributes
    ----------
    units : int array (row,)
        Positions among the design's units.
    moved : dict of str to array (unit,)
        How far columns are moved at every unit of the design, in contrasts, by label.
    """

    units: Index
    moved: Mapping[str, Array] = field(default_factory=dict)


@dataclass(frozen=True)
class Levels:
    """Effects of levels, of which each unit has one.

    Attributes
    ----------
    index : int array (unit,)
    count : int
        The number of levels.
    shared : bool
        Whether a unit's effect is the same on every service.
    times : array (unit,), optional
        What multiplies the effect of each unit; 1 if not given.
    of_units : bool
        Whether the levels are the units themselves.
    """

    index: Index
    count: int
    shared: bool = False
    times: Array | None = None
    of_units: bool = False


class Component:
    """A summand of a linear predictor; the base of those in `models/components/`.

    A file there has one subclass and ``of(design)``, which returns those of a design in order.

    Attributes
    ----------
    ORDER : int
        Its place among components, which is that of its parameters among the draws. The intercept comes after all
        that shift it, at 90.
    name : str
        Begins the names of its variables, and stands for it where effects are set to 0 or integrated.
    varies : bool
        Whether it is made of effects that belong to levels, which can be known, at 0, or integrated over.
    exhaustive : bool
        Whether its levels are all there are, so that a new place has one of them.
    of_units : bool
        Whether its levels are the units.
    """

    ORDER: ClassVar[int]
    name: str = ""
    varies: bool = False
    exhaustive: bool = False
    of_units: bool = False

    # (a) parameters

    def stored(self) -> tuple[Stored, ...]:
        """Return the variables of the posterior, in the order in which they are stored."""
        raise NotImplementedError

    def free(self, priors: Translated) -> tuple[FreeVariable, ...]:
        """Return the variables that engines sample, in order."""
        raise NotImplementedError

    def data(self, priors: Translated, information: Information) -> dict[str, Any]:
        """Return the data that engines read: rows, prior numbers, masks, and the parametrisation for sampling."""
        raise NotImplementedError

    def coords(self) -> dict[str, Any]:
        """Return the labels of the dims of its variables, besides services."""
        return {}

    @property
    def roles(self) -> tuple[tuple[Role, str], ...]:
        """The prior roles of its parameters, each with the group whose own it is, or ''."""
        return tuple(dict.fromkeys((one.role, one.of) for one in self.stored() if one.role is not None))

    # (b), (c) what it adds to a row

    def columns(self, data: Data) -> Array | None:
        """Return the columns that its effects multiply, (unit, column), or None.

        Parameters
        ----------
        data : mapping
            The model's data; where they are empty, every column counts.
        """
        return None

    def column_names(self) -> list[str]:
        """Return what the coefficients of its columns are called, such as ``control_coef[age]``."""
        return []

    def levels(self) -> Levels | None:
        """Return the level of each unit, or None."""
        return None

    def distinct(self, known: Collection[str]) -> list[Array | Index]:
        """Return the columns (unit,) by which units differ in what it adds.

        Parameters
        ----------
        known : collection of str
            The components whose effects are known; others that vary add the same to every unit.
        """
        return []

    # (d) from draws

    def derive(self, raw: xr.Dataset, data: Data, shift: Any) -> tuple[dict[str, xr.DataArray], Any]:
        """Return the stored variables that follow from sampled ones, and the intercept's shift by them.

        Parameters
        ----------
        raw : xarray.Dataset
            Draws of all free variables.
        shift : DataArray or 0.0
            The intercept's shift by the components before, (chain, draw, service).
        """
        return {}, 0.0

    def constrained(self, free: dict[str, Array], priors: Translated, data: Data) -> dict[str, Array]:
        """Return compiled code's draws of the free variables from their unconstrained form, by name."""
        return {one.name: one.constrain(free[one.name]) for one in self.free(priors)}

    def known(self, here: xr.Dataset, rows: Rows) -> Array:
        """Return what it adds to rows whose effects are known, (chain, draw, row).

        Parameters
        ----------
        here : xarray.Dataset
            The posterior at one service.
        """
        raise NotImplementedError

    def change(self, here: xr.Dataset, rows: Rows) -> Array | None:
        """Return by how much moving columns changes what it adds to rows, (chain, draw, row); None for not at all."""
        return None

    def variance(self, here: xr.Dataset, rows: Rows) -> Array:
        """Return the variance of what it adds to rows over its effects' distribution, (chain, draw, row or 1).

        The mean is 0 for all that varies.
        """
        raise NotImplementedError

    def at_zero(self, stored: xr.Dataset) -> Any:
        """Return what it adds to the unit whose covariates are all 0, (chain, draw, service); 0 unless it has any."""
        return 0.0

    # (e) its prior

    def log_prior(self, stored: xr.Dataset, priors: Translated) -> xr.DataArray:
        """Return the log prior density of its stored variables under a prior set, (chain, draw)."""
        raise NotImplementedError

    # (f) PyMC's graph

    def graph(self, tools: Any) -> tuple[Any, Any]:
        """Add its variables to the open graph; return what it adds, (unit, service), and the intercept's shift.

        Parameters
        ----------
        tools : models.engines.graph.tools.GraphTools
        """
        raise NotImplementedError

    # (g) compiled code

    @staticmethod
    def compiled(tools: CompiledTools) -> tuple[Any, Any]:
        """Return ``forward`` and ``backward``, which numba compiles; see `models.engines.compiled.component_code`."""
        raise NotImplementedError

    def block(self, data: Data, priors: Translated) -> tuple[list[int], list[Array]]:
        """Return the whole numbers and the arrays that its compiled code reads."""
        raise NotImplementedError

    # for readers

    def terms(self, s: str) -> list[str]:
        """Return what it adds, as it stands in the equation; `s` is ``, service`` where there are several."""
        raise NotImplementedError

    def beliefs(self, priors: Translated, s: str) -> list[str]:
        """Return its priors on the model's scale, as they stand under the equation."""
        raise NotImplementedError


POSITIVE = {"half_normal": 0, "gamma": 1, "exponential": 2}
"""Numbers by which compiled code knows the distributions of positive parameters."""


def positive_block(prior: Prior, numbers: Array) -> tuple[int, Array]:
    """Return what compiled code reads of a positive prior: its distribution, and two numbers and its width.

    Parameters
    ----------
    numbers : array
        The prior's numbers as the data have them.
    """
    first, *second = np.atleast_1d(numbers)
    width = first if prior.distribution == "half_normal" else prior.width
    return POSITIVE[prior.distribution], np.array([first, *(second or [0.0]), width], dtype=float)


def values_of(here: xr.Dataset, name: str, *dims: str) -> Array:
    """Return draws of a variable as an array, (chain, draw, *dims)."""
    return here[name].transpose("chain", "draw", *dims).to_numpy()


def total(values: Any) -> xr.DataArray:
    """Return the sum over all but draws."""
    found: xr.DataArray = values.sum([dim for dim in values.dims if dim not in ("chain", "draw")])
    return found


def density(prior: Prior, values: xr.DataArray, **changes: float) -> xr.DataArray:
    """Return the log-density of draws under a prior, summed over all but draws."""
    return total(values.copy(data=prior.log_density(values.to_numpy(), **changes)))


def as_dims(values: Array, dims: tuple[str, ...]) -> xr.DataArray:
    """Return an array with the last of these dims that it has."""
    return xr.DataArray(values, dims=dims[len(dims) - np.ndim(values) :])
