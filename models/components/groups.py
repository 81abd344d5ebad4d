r"""Effects of the levels of a crossed group on each service.

.. math::

    u^g_{ls} \sim N(0, \tau_{gs}^2)

Effects of exhaustive levels (the four unit types) also sum to zero, so that the intercept is the mean over these
levels and not over a population of levels. Effects are sampled partially non-centred, with most of their common shift
removed (`models.predictors.centring`).
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from data.arrays import Array, Index
from models.component import (
    Component,
    Data,
    FreeVariable,
    Levels,
    Rows,
    Stored,
    as_dims,
    density,
    positive_block,
    total,
    values_of,
)
from models.design import Design, Group
from models.numerics.compiled_tools import CompiledTools
from models.predictors.centring import centring_of
from models.predictors.information import Information
from priors.role import SPREAD, Role
from priors.translate import Translated

GROUP = Role("group_sd", "how far the levels of a group differ", "half_normal", SPREAD, by_group=True)
ROLES = (GROUP,)
LOG_ROOT_2_PI = 0.5 * math.log(2.0 * math.pi)


@dataclass(frozen=True)
class GroupEffects(Component):
    """The effects of one group."""

    design: Design
    name: str
    varies: bool = True
    ORDER = 30

    @property
    def group(self) -> Group:
        """The group."""
        return self.design.groups[self.name]

    @property
    def exhaustive(self) -> bool:  # type: ignore[override]
        """Whether its levels are all there are."""
        return self.group.exhaustive

    @property
    def dims(self) -> tuple[str, str]:
        """The dims of the effects."""
        return self.name, "service"

    def stored(self) -> tuple[Stored, ...]:
        """Return the sd and the effects."""
        return (
            Stored(f"{self.name}_sd", GROUP, of=self.name, words=self.name.replace("_", " ")),
            Stored(f"{self.name}_effect"),
        )

    def free(self, priors: Translated) -> tuple[FreeVariable, ...]:
        """Return the log sd and the raw effects."""
        services, levels = len(self.design.services), len(self.group.levels)
        start = np.log(priors.scale(f"group_sd.{self.name}"))
        raw = (
            FreeVariable(f"{self.name}_raw", self.dims[::-1], (services, levels), kind="zero_sum")
            if self.exhaustive
            else FreeVariable(f"{self.name}_raw", self.dims, (levels, services))
        )
        return FreeVariable(f"{self.name}_sd", ("service",), (services,), start, "positive"), raw

    def coords(self) -> dict[str, Any]:
        """Return the labels of its dim."""
        return {self.name: list(self.group.levels)}

    def data(self, priors: Translated, information: Information) -> dict[str, Any]:
        """Return the levels, whether the group counts, the prior, and the parametrisation."""
        told = information.by_level(self.group.index, len(self.group.levels))
        prior = priors[f"group_sd.{self.name}"]
        fraction = centring_of(told, prior.median)
        sweep = told / told.sum(axis=0)
        found: dict[str, Any] = {
            f"{self.name}_index": self.group.index,
            f"{self.name}_mask": np.asarray(1.0),
            f"{self.name}_sd_prior": prior.numbers,
            # A sum-to-zero vector has one scale per service and therefore one centring.
            f"{self.name}_centring": fraction.mean(axis=0) if self.exhaustive else fraction,
            f"{self.name}_sweep": sweep,
        }
        if not self.exhaustive:
            decided = (sweep * fraction).sum(axis=0)
            found[f"{self.name}_common_shift"] = 1.0 / np.sqrt(1.0 - decided) - 1.0
        return found

    def levels(self) -> Levels:
        """Return each unit's level."""
        return Levels(self.group.index, len(self.group.levels))

    def distinct(self, known: Collection[str]) -> list[Array | Index]:
        """Return the levels, where their effects are known."""
        return [self.group.index] if self.name in known else []

    def derive(self, raw: xr.Dataset, data: Data, shift: Any) -> tuple[dict[str, xr.DataArray], Any]:
        """Return the effects, and the intercept's shift by them."""
        power = 1.0 - as_dims(data[f"{self.name}_centring"], self.dims)
        sweep, effects = as_dims(data[f"{self.name}_sweep"], self.dims), raw[f"{self.name}_raw"]
        if f"{self.name}_common_shift" in data:
            factor = as_dims(data[f"{self.name}_common_shift"], self.dims)
            effects = effects + factor * xr.dot(effects, sweep, dim=self.name)
        found = raw[f"{self.name}_sd"] ** power * effects * float(data[f"{self.name}_mask"])
        found = found.transpose("chain", "draw", *self.dims)
        return {f"{self.name}_effect": found}, (found * sweep).sum(self.name)

    def known(self, here: xr.Dataset, rows: Rows) -> Array:
        """Return the effects of the rows' levels, (chain, draw, row)."""
        return values_of(here, f"{self.name}_effect", self.name)[..., self.group.index[rows.units]]

    def variance(self, here: xr.Dataset, rows: Rows) -> Array:
        """Return the variance of a level's effect, (chain, draw, 1)."""
        return values_of(here, f"{self.name}_sd")[..., None] ** 2

    def log_prior(self, stored: xr.Dataset, priors: Translated) -> xr.DataArray:
        """Return the log prior density, (chain, draw); one level's effect follows where they sum to zero."""
        sd, effects = stored[f"{self.name}_sd"], stored[f"{self.name}_effect"]
        free = len(self.group.levels) - int(self.exhaustive)
        own = density(priors[f"group_sd.{self.name}"], sd)
        return own + total(-0.5 * (effects / sd) ** 2) - free * total(np.log(sd) + LOG_ROOT_2_PI)

    def graph(self, tools: Any) -> tuple[Any, Any]:
        """Add sd and raw effects to the open graph."""
        name, data = self.name, tools.data
        sd = tools.positive(f"{name}_sd", f"group_sd.{name}", dims="service")
        centring, sweep = data[f"{name}_centring"], data[f"{name}_sweep"]
        if self.exhaustive:
            raw = tools.pm.ZeroSumNormal(f"{name}_raw", (sd**centring)[:, None], dims=self.dims[::-1]).T
        else:
            raw = tools.common_shift(f"{name}_raw", sd**centring, sweep, data[f"{name}_common_shift"], dims=self.dims)
        effect = data[f"{name}_mask"] * sd ** (1.0 - centring) * raw
        # (level, service)[(unit,)] -> (unit, service)
        return effect[data[f"{name}_index"]], (sweep * effect).sum(axis=0)

    @staticmethod
    def compiled(tools: CompiledTools) -> tuple[Any, Any]:
        """Return its two halves in compiled code.

        Whole numbers: whether levels are exhaustive, and the sd's distribution; real numbers: the mask, the sd's two
        numbers and width, then centring and sweep, (level, service), and the common shift, (service,).
        """
        scales, positive, table = tools.scales, tools.positive_prior, tools.table

        @tools.jit
        def unscaled(ints: Any, reals: Any, q: Any, s: int, sweep: Any, raw: Any) -> None:
            """Write a service's effects before scaling, with their common shift added again or summing to zero.

            PyMC's `ZeroSumTransform` turns n - 1 numbers into n in the same way.
            """
            n, services = sweep.shape
            if ints[0]:
                first = services + s * (n - 1)
                whole = q[first : first + n - 1].sum()
                norm = whole / (math.sqrt(n) + n)
                for level in range(n - 1):
                    raw[level] = q[first + level] - norm
                raw[n - 1] = -whole / math.sqrt(n)
                return
            common = 0.0
            for level in range(n):
                common += sweep[level, s] * q[services + level * services + s]
            common *= reals[4 + 2 * n * services + s]
            for level in range(n):
                raw[level] = q[services + level * services + s] + common

        @tools.jit
        def unscaled_back(ints: Any, reals: Any, raw_bar: Any, s: int, sweep: Any, q_bar: Any) -> None:
            n, services = sweep.shape
            if ints[0]:
                first = services + s * (n - 1)
                pull = raw_bar[: n - 1].sum() / (math.sqrt(n) + n) + raw_bar[n - 1] / math.sqrt(n)
                for level in range(n - 1):
                    q_bar[first + level] = raw_bar[level] - pull
                return
            common = reals[4 + 2 * n * services + s] * raw_bar.sum()
            for level in range(n):
                q_bar[services + level * services + s] = raw_bar[level] + sweep[level, s] * common

        def forward(ints: Any, reals: Any, q: Any, effects: Any, shift: Any) -> None:
            n, services = effects.shape
            centring, sweep = table(reals, 4, n, services), table(reals, 4 + n * services, n, services)
            raw = np.empty(n)
            for s in range(services):
                sd = math.exp(q[s])
                unscaled(ints, reals, q, s, sweep, raw)
                for level in range(n):
                    factor, _ = scales(centring[level, s], q[s], sd)
                    effects[level, s] = reals[0] * factor * raw[level]
                    shift[s] += sweep[level, s] * effects[level, s]

        def backward(
            ints: Any, reals: Any, q: Any, effects: Any, effects_bar: Any, shift: Any, shift_bar: Any, q_bar: Any
        ) -> Any:
            n, services = effects.shape
            centring, sweep = table(reals, 4, n, services), table(reals, 4 + n * services, n, services)
            raw, raw_bar, total = np.empty(n), np.empty(n), 0.0
            # A vector that sums to zero has one degree of freedom fewer.
            free = n - 1 if ints[0] else n
            for s in range(services):
                log_sd, sd = q[s], math.exp(q[s])
                value, log_sd_bar = positive(ints[1], reals[1], reals[2], log_sd)
                total += value
                unscaled(ints, reals, q, s, sweep, raw)
                for level in range(n):
                    share = centring[level, s]
                    factor, inverse = scales(share, log_sd, sd)
                    z = raw[level] * inverse
                    bar = effects_bar[level, s] + sweep[level, s] * shift_bar[s]
                    raw_bar[level] = reals[0] * factor * bar - z * inverse
                    log_sd_bar += bar * effects[level, s] * (1.0 - share) + share * z * z
                    total -= 0.5 * z * z
                    if level < free:
                        total -= share * log_sd + LOG_ROOT_2_PI
                        log_sd_bar -= share
                q_bar[s] = log_sd_bar
                unscaled_back(ints, reals, raw_bar, s, sweep, q_bar)
            return total

        return forward, backward

    def block(self, data: Data, priors: Translated) -> tuple[list[int], list[Array]]:
        """Return what its compiled code reads."""
        name, services = self.name, len(self.design.services)
        code, numbers = positive_block(priors[f"group_sd.{name}"], data[f"{name}_sd_prior"])
        every = np.zeros((len(self.group.levels), services))
        common = data.get(f"{name}_common_shift", np.zeros(services))
        reals = [data[f"{name}_mask"], numbers, data[f"{name}_centring"] + every, data[f"{name}_sweep"], common]
        return [int(self.exhaustive), code], reals

    def terms(self, s: str) -> list[str]:
        """Return its line of the equation."""
        return [f"{self.name}_effect[{self.name}{s}]"]

    def beliefs(self, priors: Translated, s: str) -> list[str]:
        """Return its priors."""
        rule = f", summing to 0 over the {len(self.group.levels)} levels" if self.exhaustive else ""
        sd, its = f"{self.name}_sd", "[service]" if s else ""
        prior = priors[f"group_sd.{self.name}"].symbol()
        return [f"{self.name}_effect ~ Normal(0, {sd}{its}){rule};  {sd} ~ {prior}"]


def of(design: Design) -> tuple[GroupEffects, ...]:
    """Return the effects of every group of a design."""
    return tuple(GroupEffects(design, name) for name in design.groups)
