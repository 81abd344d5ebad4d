r"""An intercept of each unit that its services share.

.. math::

    v_i \sim N(0, \tau_v^2)

In compiled code the sd is not its parameter's exponential, as in the graph, but the parameter's absolute value: the
parameter is standard normal under a half-normal prior, its sign multiplies the units, and changing both signs changes
nothing. If the data allow an sd near 0, its log has a long tail, in which a chain stays for hundreds of draws; this
form has no such tail. It needs the units non-centred: with a power of the sd in their own scale
(`models.predictors.centring`) chains were caught near 0 (E-BFMI .08, ESS 44 of 4,000 draws where this form gives 530),
and nothing was gained where the data decide much. Gelman (2004), https://doi.org/10.1198/016214504000000458, describes
such signed parameters. Under another prior compiled code samples the log, too.
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
from models.design import Design
from models.numerics.compiled_tools import CompiledTools
from models.predictors.information import Information
from priors.role import SPREAD, Role
from priors.translate import Translated

UNIT = Role("unit_sd", "how far units differ on all of their services together", "half_normal", SPREAD)
ROLES = (UNIT,)
LOG_ROOT_2_PI = 0.5 * math.log(2.0 * math.pi)


@dataclass(frozen=True)
class UnitIntercept(Component):
    """The intercepts of a design's units."""

    design: Design
    name: str = "unit"
    varies: bool = True
    of_units: bool = True
    ORDER = 40

    def stored(self) -> tuple[Stored, ...]:
        """Return the sd and the effects."""
        return (Stored("unit_sd", UNIT, words="unit"), Stored("unit_effect"))

    def free(self, priors: Translated) -> tuple[FreeVariable, ...]:
        """Return the sd, signed or as its log, and the raw effects."""
        raw = FreeVariable("unit_raw", ("unit",), (len(self.design.units),))
        return FreeVariable.spread("unit_sd", (), (), priors["unit_sd"]), raw

    def constrained(self, free: dict[str, Array], priors: Translated, data: Data) -> dict[str, Array]:
        """Return draws of compiled code: a negative parameter turns the units."""
        found = super().constrained(free, priors, data)
        if self.free(priors)[0].kind == "signed":
            found["unit_raw"] = found["unit_raw"] * np.where(free["unit_sd"] < 0.0, -1.0, 1.0)[..., None]
        return found

    def coords(self) -> dict[str, Any]:
        """Return the labels of its dim."""
        return {"unit": self.design.units}

    def data(self, priors: Translated, information: Information) -> dict[str, Any]:
        """Return whether units count, the prior, and what each weighs in the shift of the intercept."""
        grid = information.grid
        return {
            "unit_mask": np.asarray(1.0),
            "unit_sd_prior": priors["unit_sd"].numbers,
            "unit_sweep": grid / grid.sum(axis=0),
        }

    def levels(self) -> Levels:
        """Return the units as levels."""
        units = len(self.design.units)
        return Levels(np.arange(units), units, shared=True, of_units=True)

    def distinct(self, known: Collection[str]) -> list[Array | Index]:
        """Return the levels, where their effects are known."""
        return [np.arange(len(self.design.units))] if self.name in known else []

    def derive(self, raw: xr.Dataset, data: Data, shift: Any) -> tuple[dict[str, xr.DataArray], Any]:
        """Return the effects, and the intercept's shift by them."""
        found = raw["unit_sd"] * raw["unit_raw"] * float(data["unit_mask"])
        found = found.transpose("chain", "draw", "unit")
        sweep = as_dims(data["unit_sweep"], ("unit", "service"))
        return {"unit_effect": found}, xr.dot(found, sweep, dim="unit")

    def known(self, here: xr.Dataset, rows: Rows) -> Array:
        """Return the units' effects, (chain, draw, row)."""
        return values_of(here, "unit_effect", "unit")[..., rows.units]

    def variance(self, here: xr.Dataset, rows: Rows) -> Array:
        """Return the variance over units, (chain, draw, 1)."""
        return values_of(here, "unit_sd")[..., None] ** 2

    def log_prior(self, stored: xr.Dataset, priors: Translated) -> xr.DataArray:
        """Return the log prior density, (chain, draw)."""
        sd, effects = stored["unit_sd"], stored["unit_effect"]
        own = total(-0.5 * (effects / sd) ** 2 - np.log(sd) - LOG_ROOT_2_PI)
        return density(priors["unit_sd"], sd) + own

    def graph(self, tools: Any) -> tuple[Any, Any]:
        """Add sd and raw effects to the open graph."""
        sd, data = tools.positive("unit_sd", "unit_sd", dims=None), tools.data
        effect = data["unit_mask"] * sd * tools.pm.Normal("unit_raw", 0.0, 1.0, dims="unit")
        return effect[:, None], effect @ data["unit_sweep"]

    @staticmethod
    def compiled(tools: CompiledTools) -> tuple[Any, Any]:
        """Return its two halves in compiled code.

        Whole numbers: whether the parameter is signed, and the sd's distribution; real numbers: the mask, the sd's
        two numbers and width, then the sweep, (unit, service).
        """
        spread, spread_prior, by_log, table = tools.spread, tools.spread_prior, tools.by_log, tools.table

        def forward(ints: Any, reals: Any, q: Any, effects: Any, shift: Any) -> None:
            units, services = effects.shape[0], shift.size
            sweep = table(reals, 4, units, services)
            sd, _, sign = spread(ints[0], reals[3], q[0])
            factor = reals[0] * sign * sd
            for u in range(units):
                effect = factor * q[1 + u]
                effects[u, 0] = effect
                for s in range(services):
                    shift[s] += sweep[u, s] * effect

        def backward(
            ints: Any, reals: Any, q: Any, effects: Any, effects_bar: Any, shift: Any, shift_bar: Any, q_bar: Any
        ) -> Any:
            units, services = effects.shape[0], shift.size
            sweep = table(reals, 4, units, services)
            sd, _, sign = spread(ints[0], reals[3], q[0])
            factor = reals[0] * sign * sd
            total, log_sd_bar = 0.0, 0.0
            for u in range(units):
                z, bar = q[1 + u], effects_bar[u, 0]
                for s in range(services):
                    bar += sweep[u, s] * shift_bar[s]
                total -= 0.5 * z * z + LOG_ROOT_2_PI
                q_bar[1 + u] = factor * bar - z
                log_sd_bar += bar * effects[u, 0]
            value, slope = spread_prior(ints[0], ints[1], reals[1], reals[2], q[0])
            q_bar[0] = log_sd_bar * by_log(ints[0], q[0]) + slope
            return total + value

        return forward, backward

    def block(self, data: Data, priors: Translated) -> tuple[list[int], list[Array]]:
        """Return what its compiled code reads."""
        code, numbers = positive_block(priors["unit_sd"], data["unit_sd_prior"])
        signed = priors["unit_sd"].distribution == "half_normal"
        return [int(signed), code], [data["unit_mask"], numbers, data["unit_sweep"]]

    def terms(self, s: str) -> list[str]:
        """Return its line of the equation."""
        return ["unit_effect[unit]"]

    def beliefs(self, priors: Translated, s: str) -> list[str]:
        """Return its priors."""
        return [f"unit_effect ~ Normal(0, unit_sd);  unit_sd ~ {priors['unit_sd'].symbol()}"]


def of(design: Design) -> tuple[UnitIntercept, ...]:
    """Return the units' intercepts, if the design has them."""
    return (UnitIntercept(design),) if design.unit_intercept else ()
