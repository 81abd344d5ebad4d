r"""A trial component: an exposure's slope varies over a group's levels, uncorrelated with the group's intercepts.

.. math::

    x_{ie}\, w_{l[i]s}, \qquad w_{ls} \sim N(0, \kappa_s^2)

A model asks for it by a table ``components.group_slope`` with `exposure` and `group`. It is no part of the project: a
test puts this one file beside the components and expects everything else to follow.
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
    density,
    positive_block,
    total,
    values_of,
)
from models.design import Design
from models.numerics.compiled_tools import CompiledTools
from models.predictors.information import Information
from priors.role import SPREAD, Role
from priors.translate import Translated

SLOPE = Role("group_slope_sd", "how far an exposure's effect differs between levels of a group", "half_normal", SPREAD)
ROLES = (SLOPE,)
KEYS = ("exposure", "group")
LOG_ROOT_2_PI = 0.5 * math.log(2.0 * math.pi)


@dataclass(frozen=True)
class GroupSlope(Component):
    """The slopes of one exposure over the levels of one group."""

    design: Design
    exposure: str
    group: str
    varies: bool = True
    ORDER = 35

    @property
    def name(self) -> str:  # type: ignore[override]
        return f"{self.exposure}_by_{self.group}"

    @property
    def exhaustive(self) -> bool:  # type: ignore[override]
        return self.design.groups[self.group].exhaustive

    @property
    def index(self) -> Index:
        return self.design.groups[self.group].index

    @property
    def x(self) -> Array:
        labels = [column.label for column in self.design.exposures]
        return self.design.x[:, labels.index(self.exposure)]

    def stored(self) -> tuple[Stored, ...]:
        words = f"{self.exposure} over {self.group}"
        return Stored(f"{self.name}_sd", SLOPE, words=words), Stored(f"{self.name}_effect")

    def free(self, priors: Translated) -> tuple[FreeVariable, ...]:
        services, levels = len(self.design.services), len(self.design.groups[self.group].levels)
        start = np.log(priors.scale("group_slope_sd"))
        return (
            FreeVariable(f"{self.name}_sd", ("service",), (services,), start, "positive"),
            FreeVariable(f"{self.name}_raw", (self.group, "service"), (levels, services)),
        )

    def coords(self) -> dict[str, Any]:
        return {self.group: list(self.design.groups[self.group].levels)}

    def data(self, priors: Translated, information: Information) -> dict[str, Any]:
        return {
            f"{self.name}_sd_prior": priors["group_slope_sd"].numbers,
            f"{self.name}_x": self.x,
            f"{self.name}_index": self.index,
        }

    def levels(self) -> Levels:
        return Levels(self.index, len(self.design.groups[self.group].levels), times=self.x)

    def distinct(self, known: Collection[str]) -> list[Array | Index]:
        return [self.index] if self.name in known else []

    def derive(self, raw: xr.Dataset, data: Data, shift: Any) -> tuple[dict[str, xr.DataArray], Any]:
        effects = raw[f"{self.name}_sd"] * raw[f"{self.name}_raw"]
        return {f"{self.name}_effect": effects.transpose("chain", "draw", self.group, "service")}, 0.0

    def known(self, here: xr.Dataset, rows: Rows) -> Array:
        return self._slopes(here, rows) * self.x[rows.units]

    def change(self, here: xr.Dataset, rows: Rows) -> Array | None:
        by = rows.moved.get(self.exposure)
        return None if by is None else self._slopes(here, rows) * by[rows.units]

    def variance(self, here: xr.Dataset, rows: Rows) -> Array:
        x = self.x[rows.units] + rows.moved.get(self.exposure, np.zeros(len(self.x)))[rows.units]
        return values_of(here, f"{self.name}_sd")[..., None] ** 2 * x**2

    def _slopes(self, here: xr.Dataset, rows: Rows) -> Array:
        return values_of(here, f"{self.name}_effect", self.group)[..., self.index[rows.units]]

    def log_prior(self, stored: xr.Dataset, priors: Translated) -> xr.DataArray:
        sd, effects = stored[f"{self.name}_sd"], stored[f"{self.name}_effect"]
        own = density(priors["group_slope_sd"], sd)
        return own + total(-0.5 * (effects / sd) ** 2 - np.log(sd) - LOG_ROOT_2_PI)

    def graph(self, tools: Any) -> tuple[Any, Any]:
        sd = tools.positive(f"{self.name}_sd", "group_slope_sd", dims="service")
        raw = tools.pm.Normal(f"{self.name}_raw", 0.0, 1.0, dims=(self.group, "service"))
        return (sd * raw)[tools.data[f"{self.name}_index"]] * tools.data[f"{self.name}_x"][:, None], 0.0

    @staticmethod
    def compiled(tools: CompiledTools) -> tuple[Any, Any]:
        positive = tools.positive_prior

        def forward(ints: Any, reals: Any, q: Any, effects: Any, shift: Any) -> None:
            n, services = effects.shape
            for s in range(services):
                sd = math.exp(q[s])
                for level in range(n):
                    effects[level, s] = sd * q[services + level * services + s]

        def backward(
            ints: Any, reals: Any, q: Any, effects: Any, effects_bar: Any, shift: Any, shift_bar: Any, q_bar: Any
        ) -> Any:
            (n, services), total = effects.shape, 0.0
            for s in range(services):
                value, log_sd_bar = positive(ints[0], reals[0], reals[1], q[s])
                total += value
                for level in range(n):
                    at = services + level * services + s
                    total -= 0.5 * q[at] * q[at] + LOG_ROOT_2_PI
                    q_bar[at] = math.exp(q[s]) * effects_bar[level, s] - q[at]
                    log_sd_bar += effects_bar[level, s] * effects[level, s]
                q_bar[s] = log_sd_bar
            return total

        return forward, backward

    def block(self, data: Data, priors: Translated) -> tuple[list[int], list[Array]]:
        code, numbers = positive_block(priors["group_slope_sd"], data[f"{self.name}_sd_prior"])
        return [code], [numbers]

    def terms(self, s: str) -> list[str]:
        return [f"{self.name}_effect[{self.group}{s}] * {self.exposure}"]

    def beliefs(self, priors: Translated, s: str) -> list[str]:
        sd = f"{self.name}_sd"
        return [f"{self.name}_effect ~ Normal(0, {sd});  {sd} ~ {priors['group_slope_sd'].symbol()}"]


def of(design: Design) -> tuple[GroupSlope, ...]:
    """Return the slopes that a model asks for, where its groups are pooled."""
    asked = design.reading.spec.components.get("group_slope")
    return (GroupSlope(design, asked["exposure"], asked["group"]),) if asked and design.groups else ()
