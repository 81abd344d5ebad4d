r"""The intercept of each service: the level of its typical unit at average covariates.

It is sampled with the information-weighted mean of all group effects added (`models.predictors.centring`), so it comes
after every component that shifts it:

.. math::

    \alpha_s = \alpha'_s - \Delta_s, \qquad \alpha'_s \sim N(m + \Delta_s, t^2)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from data.arrays import Array
from models.component import Component, Data, FreeVariable, Rows, Stored, density, values_of
from models.design import Design
from models.numerics.compiled_tools import CompiledTools
from models.predictors.information import Information
from priors.role import Role
from priors.translate import Translated

INTERCEPT = Role("intercept", "level of an outcome in an average unit", "normal", scale="level")
ROLES = (INTERCEPT,)
LOG_ROOT_2_PI = 0.5 * math.log(2.0 * math.pi)


@dataclass(frozen=True)
class Intercept(Component):
    """The intercepts of a design's services."""

    design: Design
    name: str = "intercept"
    ORDER = 90

    def stored(self) -> tuple[Stored, ...]:
        """Return the intercept, and the constant that follows from it."""
        return (Stored("intercept", INTERCEPT), Stored("constant"))

    def free(self, priors: Translated) -> tuple[FreeVariable, ...]:
        """Return the intercept with its shift added."""
        shape = (len(self.design.services),)
        return (FreeVariable("intercept_swept", ("service",), shape, priors.located("intercept")[0]),)

    def data(self, priors: Translated, information: Information) -> dict[str, Any]:
        """Return the numbers of its prior."""
        return {"intercept_prior": priors["intercept"].numbers}

    def columns(self, data: Data) -> Array:
        """Return a column of 1."""
        return np.ones((len(self.design.units), 1))

    def column_names(self) -> list[str]:
        """Return the name of the constant."""
        return ["intercept"]

    def derive(self, raw: xr.Dataset, data: Data, shift: Any) -> tuple[dict[str, xr.DataArray], Any]:
        """Return the intercept without its shift."""
        intercept = raw["intercept_swept"] - shift
        return {"intercept": intercept.transpose("chain", "draw", "service")}, 0.0

    def known(self, here: xr.Dataset, rows: Rows) -> Array:
        """Return the intercept, (chain, draw, 1)."""
        return values_of(here, "intercept")[..., None]

    def at_zero(self, stored: xr.Dataset) -> Any:
        """Return the intercept."""
        return stored["intercept"]

    def log_prior(self, stored: xr.Dataset, priors: Translated) -> xr.DataArray:
        """Return the log prior density, (chain, draw)."""
        return density(priors["intercept"], stored["intercept"])

    def graph(self, tools: Any) -> tuple[Any, Any]:
        """Add the swept intercept to the open graph."""
        location, scale = tools.data["intercept_prior"][0], tools.data["intercept_prior"][1]
        swept = tools.pm.Normal("intercept_swept", location + tools.shift, scale, dims="service")
        return swept - tools.shift, 0.0

    @staticmethod
    def compiled(tools: CompiledTools) -> tuple[Any, Any]:
        """Return its two halves in compiled code."""

        def forward(ints: Any, reals: Any, q: Any, effects: Any, shift: Any) -> None:
            for s in range(q.size):
                effects[0, s] = q[s] - shift[s]

        def backward(
            ints: Any, reals: Any, q: Any, effects: Any, effects_bar: Any, shift: Any, shift_bar: Any, q_bar: Any
        ) -> Any:
            location, scale = reals[0], reals[1]
            total = 0.0
            for s in range(q.size):
                z = (q[s] - location - shift[s]) / scale
                total -= 0.5 * z * z + math.log(scale) + LOG_ROOT_2_PI
                q_bar[s] = effects_bar[0, s] - z / scale
                shift_bar[s] += z / scale - effects_bar[0, s]
            return total

        return forward, backward

    def block(self, data: Data, priors: Translated) -> tuple[list[int], list[Array]]:
        """Return what its compiled code reads: location and scale."""
        return [], [np.asarray(data["intercept_prior"])]

    def terms(self, s: str) -> list[str]:
        """Return its line of the equation."""
        return ["intercept[service]" if s else "intercept"]

    def beliefs(self, priors: Translated, s: str) -> list[str]:
        """Return its prior."""
        return [f"{self.terms(s)[0]} ~ {priors['intercept'].symbol()}"]


def of(design: Design) -> tuple[Intercept, ...]:
    """Return the intercept that every location has."""
    return (Intercept(design),)
