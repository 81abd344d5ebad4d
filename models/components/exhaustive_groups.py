r"""Effects of the levels of an exhaustive group on each service: the four unit types.

.. math::

    u^g_{\cdot s} \sim N(0, \tau_{gs}^2), \qquad \textstyle\sum_l u^g_{ls} = 0

Effects sum to zero, so that the intercept is the mean over these levels and not over a population of levels.

So few levels leave their sd unknown, between nearly 0 and the prior's end, and every product of an sd and standard
effects has a funnel at one end or the other. Compiled code therefore integrates over the sd: it samples a standard
normal vector, stretches it by a function of its length alone so that the prior of the effects comes out
(`models.numerics.radial`), and draws the sd from its distribution given them, whose normal score is one more
parameter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import xarray as xr

from data.arrays import Array
from models.component import Data, FreeVariable, as_dims
from models.design import Design
from models.numerics.compiled_tools import CompiledTools
from models.numerics.pieces import Pieces, pieces
from models.numerics.radial import farthest, scale_given_length, stretch
from models.predictors.centring import much_decided
from models.predictors.information import Information
from models.predictors.level_effects import GROUP, LOG_ROOT_2_PI, LevelEffects
from priors.prior import Prior
from priors.translate import Translated

ROLES = (GROUP,)
TINY = 1e-200

PER_UNIT = 4.0
"""Pieces of the stretching per unit of length: with 1 the prior of two levels was off by 2e-4 in probability."""


@dataclass(frozen=True)
class ExhaustiveEffects(LevelEffects):
    """The effects of a group whose levels are all there are."""

    exhaustive: bool = True
    ORDER = 31

    def free(self, priors: Translated) -> tuple[FreeVariable, ...]:
        """Return the sd, whose unconstrained form is a normal score, and the raw effects."""
        levels, services = self.shape
        return (
            FreeVariable(f"{self.name}_sd", ("service",), (services,), 0.0, "own"),
            FreeVariable(f"{self.name}_raw", self.dims[::-1], (services, levels), kind="zero_sum"),
        )

    def constrained(self, free: dict[str, Array], priors: Translated, data: Data) -> dict[str, Array]:
        """Return draws of compiled code: stretched effects, and the sd given them."""
        prior, score, z = self.prior(priors), free[f"{self.name}_sd"], free[f"{self.name}_raw"]
        rho = np.maximum(np.linalg.norm(z, axis=-1), TINY)
        by = stretched(rho, stretching(z.shape[-1], prior))
        sd = scale_given_length(np.abs(rho * by).ravel(), score.ravel(), z.shape[-1], prior).reshape(score.shape)
        # (chain, draw, service, level)
        effects = self.free(priors)[1].constrain(z * by[..., None])
        return {f"{self.name}_sd": sd * prior.width, f"{self.name}_raw": effects / sd[..., None]}

    def data(self, priors: Translated, information: Information) -> dict[str, Any]:
        """Return the levels, whether the group counts, the prior, and what levels weigh in the intercept's shift."""
        told = information.by_level(self.group.index, len(self.group.levels))
        return {
            f"{self.name}_index": self.group.index,
            f"{self.name}_mask": np.asarray(1.0),
            f"{self.name}_sd_prior": self.prior(priors).numbers,
            f"{self.name}_decided": np.asarray(float(much_decided(told, self.prior(priors).width))),
            f"{self.name}_sweep": told / told.sum(axis=0),
        }

    def derive(self, raw: xr.Dataset, data: Data, shift: Any) -> tuple[dict[str, xr.DataArray], Any]:
        """Return the effects, and the intercept's shift by them."""
        found = raw[f"{self.name}_sd"] * raw[f"{self.name}_raw"] * float(data[f"{self.name}_mask"])
        found = found.transpose("chain", "draw", *self.dims)
        return {f"{self.name}_effect": found}, (found * as_dims(data[f"{self.name}_sweep"], self.dims)).sum(self.name)

    def graph(self, tools: Any) -> tuple[Any, Any]:
        """Add sd and raw effects to the open graph."""
        name, data = self.name, tools.data
        sd = tools.positive(f"{name}_sd", f"group_sd.{name}", dims="service")
        raw = tools.pm.ZeroSumNormal(f"{name}_raw", 1.0, dims=self.dims[::-1]).T
        effect = data[f"{name}_mask"] * sd * raw
        # (level, service)[(unit,)] -> (unit, service)
        return effect[data[f"{name}_index"]], (data[f"{name}_sweep"] * effect).sum(axis=0)

    @staticmethod
    def compiled(tools: CompiledTools) -> tuple[Any, Any]:
        """Return its two halves in compiled code.

        Whole numbers: the pieces of the stretching and their coefficients each; real numbers: the mask, the prior's
        width, the longest vector and pieces per unit, then the sweep, (level, service), and the pieces' coefficients.
        """
        table, value_and_slope = tools.table, tools.value_and_slope

        @tools.jit
        def stretching(ints: Any, reals: Any, at: int, rho: float) -> Any:
            """Return by how much a vector of a length is stretched, and the derivative by its length."""
            coefficients = table(reals, at, ints[0], ints[1])
            value, slope = value_and_slope(min(rho, reals[2]), 0.0, reals[3], coefficients)
            return value + slope * max(rho - reals[2], 0.0), slope

        @tools.jit
        def sums(q: Any, first: int, count: int) -> Any:
            """Return the sum of some numbers, and that of their squares."""
            whole, square = 0.0, 0.0
            for at in range(first, first + count):
                whole += q[at]
                square += q[at] * q[at]
            return whole, square

        def forward(ints: Any, reals: Any, q: Any, effects: Any, shift: Any) -> None:
            n, services = effects.shape
            sweep = table(reals, 4, n, services)
            for s in range(services):
                first = services + s * (n - 1)
                whole, square = sums(q, first, n - 1)
                by, _ = stretching(ints, reals, 4 + n * services, math.sqrt(square))
                by *= reals[0] * reals[1]
                # PyMC's `ZeroSumTransform` turns n - 1 numbers into n in the same way
                norm = whole / (math.sqrt(n) + n)
                for level in range(n):
                    effects[level, s] = by * (q[first + level] - norm if level < n - 1 else -whole / math.sqrt(n))
                    shift[s] += sweep[level, s] * effects[level, s]

        def backward(
            ints: Any, reals: Any, q: Any, effects: Any, effects_bar: Any, shift: Any, shift_bar: Any, q_bar: Any
        ) -> Any:
            n, services = effects.shape
            sweep, bar, total = table(reals, 4, n, services), np.empty(n), 0.0
            for s in range(services):
                first = services + s * (n - 1)
                _, square = sums(q, first, n - 1)
                rho = max(math.sqrt(square), TINY)
                by, slope = stretching(ints, reals, 4 + n * services, rho)
                for level in range(n):
                    bar[level] = reals[0] * reals[1] * (effects_bar[level, s] + sweep[level, s] * shift_bar[s])
                pull = sums(bar, 0, n - 1)[0] / (math.sqrt(n) + n) + bar[n - 1] / math.sqrt(n)
                along = 0.0
                for level in range(n - 1):
                    along += (bar[level] - pull) * q[first + level]
                for level in range(n - 1):
                    q_bar[first + level] = by * (bar[level] - pull) + (slope / rho * along - 1.0) * q[first + level]
                q_bar[s] = -q[s]
                total -= 0.5 * (square + q[s] * q[s]) + n * LOG_ROOT_2_PI
            return total

        return forward, backward

    def block(self, data: Data, priors: Translated) -> tuple[list[int], list[Array]]:
        """Return what its compiled code reads."""
        prior = self.prior(priors)
        found = stretching(len(self.group.levels) - 1, prior)
        told = np.array([float(data[f"{self.name}_mask"]), prior.width, found.high, found.per_unit])
        return [*found.coefficients.shape], [told, data[f"{self.name}_sweep"], found.coefficients]


@lru_cache(maxsize=32)
def stretching(dimensions: int, prior: Prior) -> Pieces:
    """Return by how much a standard normal vector is stretched, by its length."""
    return pieces(lambda rho: stretch(rho, dimensions, prior), 0.0, farthest(dimensions), per_unit=PER_UNIT, degree=12)


def stretched(rho: Array, found: Pieces) -> Array:
    """Return by how much vectors are stretched, as compiled code does it."""
    inside = np.minimum(rho, found.high)
    piece = np.minimum((inside * found.per_unit).astype(int), len(found.coefficients) - 1)
    t = inside - (piece + 0.5) / found.per_unit
    value, slope = found.coefficients[piece, -1], np.zeros_like(rho)
    for power in range(found.coefficients.shape[1] - 2, -1, -1):
        slope = slope * t + value
        value = value * t + found.coefficients[piece, power]
    return np.asarray(value + slope * (rho - inside))


def of(design: Design) -> tuple[ExhaustiveEffects, ...]:
    """Return the effects of every exhaustive group."""
    return tuple(ExhaustiveEffects(design, name) for name, group in design.groups.items() if group.exhaustive)
