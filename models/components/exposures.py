r"""Slopes of exposures, pooled over services around each exposure's mean.

.. math::

    \beta_{es} \sim N(\mu_e + m_{es}, \omega_e^2)

with claimed shifts :math:`m_{es}` of single coefficients. One service alone has nothing to be pooled with: its prior is
the same with mean and spread added up. Coefficients are sampled partially non-centred (`models.predictors.centring`).
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
from models.predictors.centring import RoughSd
from models.predictors.information import Information
from models.predictors.slopes import at_zero, moved
from priors.prior import Prior
from priors.role import SPREAD, Role
from priors.translate import Translated

MEAN = Role("exposure_mean", "an exposure's effect, averaged over services", "normal")
ACROSS = Role(
    "exposure_spread", "how far its effects on single services differ from that average", "half_normal", SPREAD
)
ROLES = (MEAN, ACROSS)
DIMS = ("exposure", "service")
LOG_ROOT_2_PI = 0.5 * math.log(2.0 * math.pi)


@dataclass(frozen=True)
class Exposures(Component):
    """The slopes of a design's exposures."""

    design: Design
    name: str = "exposure"
    ORDER = 10

    @property
    def shape(self) -> tuple[int, int]:
        """The shape of the coefficients, (exposure, service)."""
        return len(self.design.exposures), len(self.design.services)

    def stored(self) -> tuple[Stored, ...]:
        """Return means and spreads where there are several services, and the coefficients."""
        coefficients = Stored("exposure_coef")
        if not self.design.several:
            return (coefficients,)
        return (Stored("exposure_mean", MEAN), Stored("exposure_spread", ACROSS), coefficients)

    @property
    def roles(self) -> tuple[tuple[Role, str], ...]:
        """Mean and spread; one service's prior is made of both."""
        return ((MEAN, ""), (ACROSS, ""))

    def free(self, priors: Translated) -> tuple[FreeVariable, ...]:
        """Return mean, log spread and raw coefficients; or the coefficients of one service."""
        location, (exposures, _) = priors.located("exposure_mean")[0], self.shape
        if not self.design.several:
            start = (location + np.asarray(priors.exposure_shift)).ravel()
            return (FreeVariable("exposure_coef", DIMS, self.shape, start),)
        spread = np.log(priors.scale("exposure_spread"))
        return (
            FreeVariable("exposure_mean", ("exposure",), (exposures,), location),
            FreeVariable("exposure_spread", ("exposure",), (exposures,), spread, "positive"),
            FreeVariable("exposure_raw", DIMS, self.shape),
        )

    def coords(self) -> dict[str, Any]:
        """Return the labels of its dim."""
        return {"exposure": [column.label for column in self.design.exposures]}

    def data(self, priors: Translated, information: Information) -> dict[str, Any]:
        """Return the columns, the numbers of the priors, the shifts, and the centring of coefficients."""
        found = {
            "x": self.design.x,
            "exposure_prior": priors["exposure_mean"].numbers,
            "exposure_spread_prior": priors["exposure_spread"].numbers,
            "exposure_shift": priors.exposure_shift,
        }
        if not self.design.several:
            return found
        estimates, errors = information.exposures()
        # over services, apart for each exposure: (exposure, service)' -> (service, exposure)
        rough = RoughSd.of((estimates - priors.exposure_shift).T, errors.T, priors["exposure_spread"], mean=True)
        return {**found, "exposure_centring": rough.centring().T}

    def columns(self, data: Data) -> Array:
        """Return the exposures, (unit, exposure)."""
        columns: Array = data.get("x", self.design.x)
        return columns

    def column_names(self) -> list[str]:
        """Return the names of the coefficients."""
        return [f"exposure_coef[{column.label}]" for column in self.design.exposures]

    def distinct(self, known: Collection[str]) -> list[Array | Index]:
        """Return the columns."""
        return [*self.design.x.T]

    def derive(self, raw: xr.Dataset, data: Data, shift: Any) -> tuple[dict[str, xr.DataArray], Any]:
        """Return the coefficients from their raw form."""
        if not self.design.several:
            return {}, 0.0
        centring, moves = as_dims(data["exposure_centring"], DIMS), as_dims(data["exposure_shift"], DIMS)
        mean, spread = raw["exposure_mean"], raw["exposure_spread"]
        found = mean + moves + spread ** (1.0 - centring) * (raw["exposure_raw"] - centring * mean)
        return {"exposure_coef": found.transpose("chain", "draw", *DIMS)}, 0.0

    def known(self, here: xr.Dataset, rows: Rows) -> Array:
        """Return what it adds, (chain, draw, row)."""
        # (chain, draw, exposure) @ (exposure, row) -> (chain, draw, row)
        added: Array = values_of(here, "exposure_coef", "exposure") @ self.design.x[rows.units].T
        return added

    def change(self, here: xr.Dataset, rows: Rows) -> Array | None:
        """Return the change by columns that move."""
        return moved(here, rows, "exposure")

    def at_zero(self, stored: xr.Dataset) -> Any:
        """Return what it adds where every exposure is 0."""
        return at_zero(stored, "exposure", self.design.exposures)

    def log_prior(self, stored: xr.Dataset, priors: Translated) -> xr.DataArray:
        """Return the log prior density, (chain, draw)."""
        around = stored["exposure_coef"] - as_dims(np.asarray(priors.exposure_shift), DIMS)
        if not self.design.several:
            return density(_alone(priors), around)
        mean, spread = stored["exposure_mean"], stored["exposure_spread"]
        z = (around - mean) / spread
        own = density(priors["exposure_mean"], mean) + density(priors["exposure_spread"], spread)
        return own + total(-0.5 * z**2 - np.log(spread) - LOG_ROOT_2_PI)

    def graph(self, tools: Any) -> tuple[Any, Any]:
        """Add the coefficients to the open graph."""
        data = tools.data
        location, scale = data["exposure_prior"][0], data["exposure_prior"][1]
        if not self.design.several:
            marginal = (scale**2 + tools.width("exposure_spread") ** 2) ** 0.5
            alone = tools.pm.Normal("exposure_coef", location + data["exposure_shift"], marginal, dims=DIMS)
            return data["x"] @ alone, 0.0
        mean = tools.pm.Normal("exposure_mean", location, scale, dims="exposure")[:, None]
        spread = tools.positive("exposure_spread", "exposure_spread", dims="exposure")[:, None]
        centring = data["exposure_centring"]
        raw = tools.pm.Normal("exposure_raw", centring * mean, spread**centring, dims=DIMS)
        found = mean + data["exposure_shift"] + spread ** (1.0 - centring) * (raw - centring * mean)
        return data["x"] @ found, 0.0

    @staticmethod
    def compiled(tools: CompiledTools) -> tuple[Any, Any]:
        """Return its two halves in compiled code.

        Whole numbers: whether there are several services, and the spread's distribution; real numbers: location and
        scale of the mean, the spread's two, its width, then shifts and centring, (exposure, service) each.
        """
        scales, positive, table = tools.scales, tools.positive_prior, tools.table

        def forward(ints: Any, reals: Any, q: Any, effects: Any, shift: Any) -> None:
            n, services = effects.shape
            shifts, centring = table(reals, 5, n, services), table(reals, 5 + n * services, n, services)
            for e in range(n):
                for s in range(services):
                    if ints[0]:
                        share = centring[e, s]
                        factor, _ = scales(share, q[n + e], math.exp(q[n + e]))
                        rest = q[2 * n + e * services + s] - share * q[e]
                        effects[e, s] = q[e] + shifts[e, s] + factor * rest
                    else:
                        effects[e, s] = q[e * services + s]

        @tools.jit
        def alone(reals: Any, q: Any, effects_bar: Any, q_bar: Any) -> Any:
            n, services = effects_bar.shape
            shifts = table(reals, 5, n, services)
            marginal = math.sqrt(reals[1] ** 2 + reals[4] ** 2)
            total = -n * services * (math.log(marginal) + LOG_ROOT_2_PI)
            for e in range(n):
                for s in range(services):
                    z = (q[e * services + s] - reals[0] - shifts[e, s]) / marginal
                    total -= 0.5 * z * z
                    q_bar[e * services + s] = effects_bar[e, s] - z / marginal
            return total

        def backward(
            ints: Any, reals: Any, q: Any, effects: Any, effects_bar: Any, shift: Any, shift_bar: Any, q_bar: Any
        ) -> Any:
            n, services = effects.shape
            if not ints[0]:
                return alone(reals, q, effects_bar, q_bar)
            centring, total = table(reals, 5 + n * services, n, services), 0.0
            for e in range(n):
                mean, log_spread = q[e], q[n + e]
                z = (mean - reals[0]) / reals[1]
                value, log_spread_bar = positive(ints[1], reals[2], reals[3], log_spread)
                total += value - 0.5 * z * z - math.log(reals[1]) - LOG_ROOT_2_PI
                mean_bar = -z / reals[1]
                for s in range(services):
                    at, share = 2 * n + e * services + s, centring[e, s]
                    factor, inverse = scales(share, log_spread, math.exp(log_spread))
                    rest = q[at] - share * mean
                    z = rest * inverse
                    total -= 0.5 * z * z + share * log_spread + LOG_ROOT_2_PI
                    q_bar[at] = effects_bar[e, s] * factor - z * inverse
                    mean_bar += effects_bar[e, s] - share * q_bar[at]
                    log_spread_bar += effects_bar[e, s] * (1.0 - share) * factor * rest + share * (z * z - 1.0)
                q_bar[e], q_bar[n + e] = mean_bar, log_spread_bar
            return total

        return forward, backward

    def block(self, data: Data, priors: Translated) -> tuple[list[int], list[Array]]:
        """Return what its compiled code reads."""
        code, numbers = positive_block(priors["exposure_spread"], data["exposure_spread_prior"])
        centring = data.get("exposure_centring", np.zeros(self.shape))
        reals = [np.asarray(data["exposure_prior"]), numbers, data["exposure_shift"], centring]
        return [int(self.design.several), code], reals

    def terms(self, s: str) -> list[str]:
        """Return its lines of the equation."""
        return [f"exposure_coef[{one.label}{s}] * ({one.label}, {one.contrast})" for one in self.design.exposures]

    def beliefs(self, priors: Translated, s: str) -> list[str]:
        """Return its priors."""
        if s:
            lines = [
                "exposure_coef[e, service] ~ Normal(exposure_mean[e] + shift[e, service], exposure_spread[e])",
                f"exposure_mean[e] ~ {priors['exposure_mean'].symbol()}",
                f"exposure_spread[e] ~ {priors['exposure_spread'].symbol()}",
            ]
        else:
            lines = [f"exposure_coef[e] ~ {_alone(priors).symbol()} + shift[e]"]
        for e, column in enumerate(self.design.exposures):
            for k, service in enumerate(self.design.services):
                if shift := float(priors.exposure_shift[e, k]):
                    lines.append(f"    shift[{column.label}, {service}] = {shift:+.4g}")
        return lines


def _alone(priors: Translated) -> Prior:
    """Return the prior of one service's coefficients, without their shifts."""
    mean, sd = priors.located("exposure_mean")
    return Prior(distribution="normal", mean=mean, sd=float(np.hypot(sd, priors.scale("exposure_spread"))))


def of(design: Design) -> tuple[Exposures, ...]:
    """Return the slopes of a design's exposures."""
    return (Exposures(design),)
