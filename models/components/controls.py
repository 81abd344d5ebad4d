"""Slopes of adjusters: one for every control and service, each with the same prior and nothing in common."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from data.arrays import Array, Index
from models.component import Component, Data, FreeVariable, Rows, Stored, as_dims, density, values_of
from models.design import Design
from models.numerics.compiled_tools import CompiledTools
from models.predictors.information import Information
from models.predictors.slopes import at_zero, moved
from priors.role import Role
from priors.translate import Translated

CONTROL = Role("control", "a control's effect on one service", "normal")
ROLES = (CONTROL,)
LOG_ROOT_2_PI = 0.5 * math.log(2.0 * math.pi)


@dataclass(frozen=True)
class Controls(Component):
    """The slopes of a design's controls."""

    design: Design
    name: str = "control"
    ORDER = 20

    def stored(self) -> tuple[Stored, ...]:
        """Return the coefficients."""
        return (Stored("control_coef", CONTROL),)

    def free(self, priors: Translated) -> tuple[FreeVariable, ...]:
        """Return the coefficients, (control, service)."""
        shape = (len(self.design.controls), len(self.design.services))
        return (FreeVariable("control_coef", ("control", "service"), shape, priors.located("control")[0]),)

    def coords(self) -> dict[str, Any]:
        """Return the labels of its dim."""
        return {"control": [column.label for column in self.design.controls]}

    def data(self, priors: Translated, information: Information) -> dict[str, Any]:
        """Return the columns, which of them count, and the numbers of the prior."""
        return {
            "z": self.design.z,
            "control_mask": np.ones(len(self.design.controls)),
            "control_prior": priors["control"].numbers,
        }

    def columns(self, data: Data) -> Array:
        """Return the controls, (unit, control)."""
        columns: Array = data["z"] * data["control_mask"] if data else self.design.z
        return columns

    def column_names(self) -> list[str]:
        """Return the names of the coefficients."""
        return [f"control_coef[{column.label}]" for column in self.design.controls]

    def distinct(self, known: Collection[str]) -> list[Array | Index]:
        """Return the columns."""
        return [*self.design.z.T]

    def derive(self, raw: xr.Dataset, data: Data, shift: Any) -> tuple[dict[str, xr.DataArray], Any]:
        """Return the coefficients; of a control that does not count it is 0, as if it were not there."""
        return {"control_coef": raw["control_coef"] * as_dims(data["control_mask"], ("control",))}, 0.0

    def known(self, here: xr.Dataset, rows: Rows) -> Array:
        """Return what it adds, (chain, draw, row)."""
        # (chain, draw, control) @ (control, row) -> (chain, draw, row)
        added: Array = values_of(here, "control_coef", "control") @ self.design.z[rows.units].T
        return added

    def change(self, here: xr.Dataset, rows: Rows) -> Array | None:
        """Return the change by columns that move."""
        return moved(here, rows, "control")

    def at_zero(self, stored: xr.Dataset) -> Any:
        """Return what it adds where every control is 0."""
        return at_zero(stored, "control", self.design.controls)

    def log_prior(self, stored: xr.Dataset, priors: Translated) -> xr.DataArray:
        """Return the log prior density, (chain, draw)."""
        return density(priors["control"], stored["control_coef"])

    def graph(self, tools: Any) -> tuple[Any, Any]:
        """Add the coefficients to the open graph."""
        location, scale = tools.data["control_prior"][0], tools.data["control_prior"][1]
        coefficients = tools.pm.Normal("control_coef", location, scale, dims=("control", "service"))
        # (unit, control) * (control,) @ (control, service) -> (unit, service)
        return (tools.data["z"] * tools.data["control_mask"]) @ coefficients, 0.0

    @staticmethod
    def compiled(tools: CompiledTools) -> tuple[Any, Any]:
        """Return its two halves in compiled code."""

        def forward(ints: Any, reals: Any, q: Any, effects: Any, shift: Any) -> None:
            columns, services = effects.shape
            for c in range(columns):
                for s in range(services):
                    effects[c, s] = q[c * services + s]

        def backward(
            ints: Any, reals: Any, q: Any, effects: Any, effects_bar: Any, shift: Any, shift_bar: Any, q_bar: Any
        ) -> Any:
            location, scale = reals[0], reals[1]
            columns, services = effects.shape
            total = -q.size * (math.log(scale) + LOG_ROOT_2_PI)
            for c in range(columns):
                for s in range(services):
                    at = c * services + s
                    z = (q[at] - location) / scale
                    total -= 0.5 * z * z
                    q_bar[at] = effects_bar[c, s] - z / scale
            return total

        return forward, backward

    def block(self, data: Data, priors: Translated) -> tuple[list[int], list[Array]]:
        """Return what its compiled code reads: location and scale."""
        return [], [np.asarray(data["control_prior"])]

    def terms(self, s: str) -> list[str]:
        """Return its lines of the equation."""
        return [f"control_coef[{one.label}{s}] * ({one.label}, {one.contrast})" for one in self.design.controls]

    def beliefs(self, priors: Translated, s: str) -> list[str]:
        """Return its prior."""
        return [f"control_coef[c{s}] ~ {priors['control'].symbol()}"]


def of(design: Design) -> tuple[Controls, ...]:
    """Return the slopes of a design's controls, if it has any."""
    return (Controls(design),) if design.controls else ()
