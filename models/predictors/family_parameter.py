r"""A parameter of a family besides its location, which no covariate moves: one for every service, or one for all.

Parameters in rising order, such as the cutpoints :math:`k_1 < k_2` of an ordered beta, have a prior on the shares of
outcomes that they cut off where the linear predictor is 0:

.. math::

    (F(k_1),\ F(k_2) - F(k_1),\ 1 - F(k_2)) \sim \mathrm{Dirichlet}(a), \qquad F(k) = \frac{1}{1 + e^{-k}}
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from scipy.special import expit, gammaln, logit

from data.arrays import Array
from models.component import (
    Component,
    Data,
    FreeVariable,
    Stored,
    density,
    positive_block,
    total,
    values_of,
)
from models.design import Design
from models.family import Family, Parameter
from models.numerics.compiled_tools import CompiledTools
from models.predictors.information import Information
from models.scale import Values
from priors.prior import Prior
from priors.translate import Translated

SUPPORTS = ("real", "positive", "above_one", "ordered")
"""In the order by which compiled code knows them."""

LOG_ROOT_2_PI = 0.5 * math.log(2.0 * math.pi)


@dataclass(frozen=True)
class FamilyParameter(Component):
    """One parameter of a family."""

    design: Design
    parameter: Parameter
    ORDER = 95

    @property
    def name(self) -> str:  # type: ignore[override]
        """The parameter's name."""
        return self.parameter.name

    @property
    def dims(self) -> tuple[str, ...]:
        """The dims of its draws."""
        service = ("service",) if self.parameter.per_service else ()
        return (*service, *([self.parameter.dim] if self.parameter.dim else []))

    def stored(self) -> tuple[Stored, ...]:
        """Return the parameter itself."""
        words = self.name.removesuffix("_sd").replace("_", " ")
        return (Stored(self.name, self.parameter.role, words=words),)

    def prior(self, priors: Translated) -> Prior:
        """Return its prior."""
        if self.parameter.role is None:
            raise ValueError(f"{self.name} is a location, which has no prior of its own")
        return priors[self.parameter.role.name]

    def free(self, priors: Translated) -> tuple[FreeVariable, ...]:
        """Return its free form."""
        prior, support = self.prior(priors), self.parameter.support
        shape = (len(self.design.services),) if self.parameter.per_service else ()
        if support == "ordered":
            cuts = logit(np.cumsum(prior.numbers)[:-1] / prior.numbers.sum())
            one = np.concatenate([cuts[:1], np.log(np.diff(cuts))])
            return (FreeVariable(self.name, self.dims, (*shape, len(cuts)), np.tile(one, max(1, *shape, 1)), support),)
        start = prior.mean if support == "real" else np.log(prior.width)
        return (FreeVariable(self.name, self.dims, shape, start, support),)

    def coords(self) -> dict[str, Any]:
        """Return the labels of its dim, where it is several numbers."""
        return {self.parameter.dim: list(self.parameter.labels)} if self.parameter.dim else {}

    def data(self, priors: Translated, information: Information) -> dict[str, Any]:
        """Return the numbers of its prior."""
        return {f"{self.name}_prior": self.prior(priors).numbers}

    def log_prior(self, stored: xr.Dataset, priors: Translated) -> xr.DataArray:
        """Return the log prior density, (chain, draw)."""
        prior, values = self.prior(priors), stored[self.name]
        if self.parameter.support != "ordered":
            return density(prior, values, **({"above": 1.0} if self.parameter.support == "above_one" else {}))
        below = expit(values)
        dim = self.parameter.dim
        first, last = below.isel({dim: [0]}), 1.0 - below.isel({dim: [-1]})
        shares = np.concatenate(
            [first, np.diff(below, axis=below.get_axis_num(dim)), last], axis=below.get_axis_num(dim)
        )
        spread = xr.DataArray(shares, dims=(*values.dims[:-1], "share"))
        a = xr.DataArray(prior.numbers, dims="share")
        constant = gammaln(prior.numbers.sum()) - gammaln(prior.numbers).sum()
        sets = values.size / len(self.parameter.labels) / (values.sizes["chain"] * values.sizes["draw"])
        slopes = total(np.log(below) + np.log1p(-below))
        found: xr.DataArray = total((a - 1.0) * np.log(spread)) + slopes + sets * constant
        return found

    def graph(self, tools: Any) -> tuple[Any, Any]:
        """Add it to the open graph; return it by service, and no shift."""
        support, role = self.parameter.support, self.parameter.role
        if role is None:
            raise ValueError(f"{self.name} is a location, which has no prior of its own")
        dims = self.dims or None
        if support == "ordered":
            return tools.ordered(self.name, dims=dims), 0.0
        if support == "real":
            numbers = tools.data[f"{self.name}_prior"]
            return tools.pm.Normal(self.name, numbers[0], numbers[1], dims=dims), 0.0
        return tools.positive(self.name, role.name, dims=dims, above_one=support == "above_one"), 0.0

    @staticmethod
    def compiled(tools: CompiledTools) -> tuple[Any, Any]:
        """Return its two halves in compiled code.

        Whole numbers: its support, its prior's distribution, and how many sets of it there are; real numbers: the
        prior's numbers, for a restricted one followed by the log of the share above 1.
        """
        positive, lgamma = tools.positive_prior, math.lgamma

        def forward(ints: Any, reals: Any, q: Any, effects: Any, shift: Any) -> None:
            slots, services = effects.shape
            for s in range(services):
                for j in range(slots):
                    effects[j, s] = q[(s if ints[2] > 1 else 0) * slots + j]

        @tools.jit
        def above_one(ints: Any, reals: Any, at: float) -> Any:
            """Return the log-density of log(x - 1) for a positive x restricted to above 1, and its derivative."""
            rest = math.exp(at)
            value, slope = positive(ints[1], reals[0], reals[1], math.log1p(rest))
            # of the log of x: its own Jacobian goes, that of log(x - 1) comes
            share = rest / (1.0 + rest)
            return value - math.log1p(rest) + at - reals[3], (slope - 1.0) * share + 1.0

        @tools.jit
        def ordered(reals: Any, q: Any, q_bar: Any, first: int, slots: int) -> float:
            """Return the log-density of one set of ordered values, and add its derivatives."""
            whole, value, below, below_bar = 0.0, 0.0, 0.0, 0.0
            cut = q[first]
            pull = np.zeros(slots)  # the derivative by each value
            for j in range(slots + 1):
                a = reals[j]
                whole += a
                value -= lgamma(a)
                if j:
                    cut += math.exp(q[first + j]) if j < slots else 0.0
                above = 1.0 / (1.0 + math.exp(-cut)) if j < slots else 1.0
                # of a share far out its two ends cancel; from the upper side they do not
                share = above - below
                if j == slots:
                    share = 1.0 / (1.0 + math.exp(cut))
                elif j:
                    gap, before = math.exp(q[first + j]), cut - math.exp(q[first + j])
                    share = -math.expm1(-gap) / (1.0 + math.exp(-cut)) / (1.0 + math.exp(before))
                value += (a - 1.0) * math.log(share)
                if j < slots:
                    slope = above / (1.0 + math.exp(cut))
                    value += math.log(slope)
                    pull[j] += (a - 1.0) * slope / share + 1.0 - 2.0 * above
                    if j:
                        pull[j - 1] -= (a - 1.0) * below_bar / share
                    below, below_bar = above, slope
                    if j:
                        value += q[first + j]
                else:
                    pull[j - 1] -= (a - 1.0) * below_bar / share
            running = 0.0
            for j in range(slots - 1, -1, -1):
                running += pull[j]
                q_bar[first + j] += running * math.exp(q[first + j]) + 1.0 if j else running
            return value + lgamma(whole)

        def backward(
            ints: Any, reals: Any, q: Any, effects: Any, effects_bar: Any, shift: Any, shift_bar: Any, q_bar: Any
        ) -> Any:
            slots, services = effects.shape
            total = 0.0
            for j in range(q.size):
                q_bar[j] = 0.0
            for s in range(services):
                for j in range(slots):
                    q_bar[(s if ints[2] > 1 else 0) * slots + j] += effects_bar[j, s]
            for at in range(ints[2]):
                if ints[0] == 3:
                    total += ordered(reals, q, q_bar, at * slots, slots)
                    continue
                if ints[0] == 0:
                    z = (q[at] - reals[0]) / reals[1]
                    value, slope = -0.5 * z * z - math.log(reals[1]) - LOG_ROOT_2_PI, -z / reals[1]
                elif ints[0] == 1:
                    value, slope = positive(ints[1], reals[0], reals[1], q[at])
                else:
                    value, slope = above_one(ints, reals, q[at])
                total += value
                q_bar[at] += slope
            return total

        return forward, backward

    def block(self, data: Data, priors: Translated) -> tuple[list[int], list[Array]]:
        """Return what its compiled code reads."""
        prior, numbers = self.prior(priors), np.atleast_1d(data[f"{self.name}_prior"])
        sets = len(self.design.services) if self.parameter.per_service else 1
        support = SUPPORTS.index(self.parameter.support)
        if self.parameter.support in ("real", "ordered"):
            return [support, 0, sets], [numbers]
        code, reals = positive_block(prior, numbers)
        if self.parameter.support == "positive":
            return [support, code, sets], [reals]
        plain, restricted = prior.log_density(np.ones(1)), prior.log_density(np.ones(1), above=1.0)
        return [support, code, sets], [reals, plain - restricted]

    def terms(self, s: str) -> list[str]:
        """Return nothing, as the family's own line names it."""
        return []

    def beliefs(self, priors: Translated, s: str) -> list[str]:
        """Return its prior."""
        its = "[service]" if s and self.parameter.per_service else ""
        rule = " above 1" if self.parameter.support == "above_one" else ""
        of = f"shares cut off by {self.name}" if self.parameter.labels else self.name
        return [f"{of}{its} ~ {self.prior(priors).symbol()}{rule}"]


def family_parameters(design: Design, family: Family) -> tuple[FamilyParameter, ...]:
    """Return the parameters of a family besides its location."""
    return tuple(FamilyParameter(design, one) for one in family.others)


def values_at(here: xr.Dataset, family: Family) -> Values:
    """Return a family's parameters on one service, each broadcasting against (chain, draw, row).

    Parameters
    ----------
    here : xarray.Dataset
        A posterior at one service.
    """
    found = {}
    for one in family.others:
        values = values_of(here, one.name, *([one.dim] if one.dim else []))
        # (chain, draw, ...) -> (chain, draw, 1, ...)
        found[one.name] = values[:, :, None]
    return found
