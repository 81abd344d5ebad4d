"""What all effects of a group's levels have in common, however they are sampled."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from data.arrays import Array, Index
from models.component import Component, Levels, Rows, Stored, density, total, values_of
from models.design import Design, Group
from priors.prior import Prior
from priors.role import SPREAD, Role
from priors.translate import Translated

GROUP = Role("group_sd", "how far the levels of a group differ", "half_normal", SPREAD, by_group=True)
LOG_ROOT_2_PI = 0.5 * math.log(2.0 * math.pi)


@dataclass(frozen=True)
class LevelEffects(Component):
    """The effects of one group's levels, an sd and a number for each level on each service."""

    design: Design
    name: str
    varies: bool = True

    @property
    def group(self) -> Group:
        """The group."""
        return self.design.groups[self.name]

    @property
    def shape(self) -> tuple[int, int]:
        """The numbers of levels and of services."""
        return len(self.group.levels), len(self.design.services)

    @property
    def dims(self) -> tuple[str, str]:
        """The dims of the effects."""
        return self.name, "service"

    def prior(self, priors: Translated) -> Prior:
        """Return the prior of the sd."""
        return priors[f"group_sd.{self.name}"]

    def stored(self) -> tuple[Stored, ...]:
        """Return the sd and the effects."""
        return (
            Stored(f"{self.name}_sd", GROUP, of=self.name, words=self.name.replace("_", " ")),
            Stored(f"{self.name}_effect"),
        )

    def coords(self) -> dict[str, Any]:
        """Return the labels of its dim."""
        return {self.name: list(self.group.levels)}

    def levels(self) -> Levels:
        """Return each unit's level."""
        return Levels(self.group.index, len(self.group.levels))

    def distinct(self, known: Collection[str]) -> list[Array | Index]:
        """Return the levels, where their effects are known."""
        return [self.group.index] if self.name in known else []

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
        own = density(self.prior(priors), sd)
        return own + total(-0.5 * (effects / sd) ** 2) - free * total(np.log(sd) + LOG_ROOT_2_PI)

    def terms(self, s: str) -> list[str]:
        """Return its line of the equation."""
        return [f"{self.name}_effect[{self.name}{s}]"]

    def beliefs(self, priors: Translated, s: str) -> list[str]:
        """Return its priors."""
        rule = f", summing to 0 over the {len(self.group.levels)} levels" if self.exhaustive else ""
        sd, its = f"{self.name}_sd", "[service]" if s else ""
        return [f"{self.name}_effect ~ Normal(0, {sd}{its}){rule};  {sd} ~ {self.prior(priors).symbol()}"]
