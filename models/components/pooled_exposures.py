r"""Slopes of exposures whose services are alike: normal or Student-t around each exposure's mean.

.. math::

    \beta_{es} = \mu_e + m_{es} + \omega_e \epsilon_{es}, \qquad \epsilon_{es} \sim N(0, 1) \text{ or } t_3

with claimed shifts :math:`m_{es}` of single coefficients. A lone service that differs is drawn to the mean by the first
and hardly less by the second (`models.components.mixture_exposures`). Coefficients are sampled partially non-centred
(`models.predictors.centring`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from data.arrays import Array
from models.component import Data, as_dims, density, positive_block, total
from models.design import Design
from models.numerics.compiled_tools import CompiledTools
from models.predictors.exposure_slopes import ACROSS, DIMS, MEAN, PooledSlopes
from models.predictors.information import Information
from priors.translate import Translated

ROLES = (MEAN, ACROSS)
LOG_ROOT_2_PI = 0.5 * math.log(2.0 * math.pi)

FREEDOM = 3.0
"""Degrees of freedom of Student-t coefficients."""

LOG_T = math.lgamma(0.5 * (FREEDOM + 1.0)) - math.lgamma(0.5 * FREEDOM) - 0.5 * math.log(math.pi * FREEDOM)


@dataclass(frozen=True)
class AlikeSlopes(PooledSlopes):
    """Slopes whose deviations from their mean have one shape and one spread."""

    @property
    def student(self) -> bool:
        """Whether deviations are Student-t."""
        return self.design.pooling == "student"

    def data(self, priors: Translated, information: Information) -> dict[str, Any]:
        """Return also the centring of coefficients."""
        return {**super().data(priors, information), "exposure_centring": self.rough(priors, information).centring().T}

    def derive(self, raw: xr.Dataset, data: Data, shift: Any) -> tuple[dict[str, xr.DataArray], Any]:
        """Return the coefficients from their raw form."""
        centring, moves = as_dims(data["exposure_centring"], DIMS), as_dims(data["exposure_shift"], DIMS)
        mean, spread = raw["exposure_mean"], raw["exposure_spread"]
        found = mean + moves + spread ** (1.0 - centring) * (raw["exposure_raw"] - centring * mean)
        return {"exposure_coef": found.transpose("chain", "draw", *DIMS)}, 0.0

    def log_prior(self, stored: xr.Dataset, priors: Translated) -> xr.DataArray:
        """Return the log prior density, (chain, draw)."""
        around = stored["exposure_coef"] - as_dims(np.asarray(priors.exposure_shift), DIMS)
        mean, spread = stored["exposure_mean"], stored["exposure_spread"]
        square = ((around - mean) / spread) ** 2
        own = density(priors["exposure_mean"], mean) + density(priors["exposure_spread"], spread)
        tails = LOG_T - 0.5 * (FREEDOM + 1.0) * np.log1p(square / FREEDOM)
        return own + total((tails if self.student else -0.5 * square - LOG_ROOT_2_PI) - np.log(spread))

    def graph(self, tools: Any) -> tuple[Any, Any]:
        """Add the coefficients to the open graph."""
        data, pm = tools.data, tools.pm
        mean = pm.Normal("exposure_mean", *_pair(data["exposure_prior"]), dims="exposure")[:, None]
        spread = tools.positive("exposure_spread", "exposure_spread", dims="exposure")[:, None]
        centring = data["exposure_centring"]
        place, scale = centring * mean, spread**centring
        if self.student:
            raw = pm.StudentT("exposure_raw", FREEDOM, mu=place, sigma=scale, dims=DIMS)
        else:
            raw = pm.Normal("exposure_raw", place, scale, dims=DIMS)
        found = mean + data["exposure_shift"] + spread ** (1.0 - centring) * (raw - centring * mean)
        return data["x"] @ found, 0.0

    @staticmethod
    def compiled(tools: CompiledTools) -> tuple[Any, Any]:
        """Return its two halves in compiled code.

        Whole numbers: the spread's distribution, and whether deviations are Student-t; real numbers: location and
        scale of the mean, the spread's two, its width, then shifts and centring, (exposure, service) each.
        """
        scales, positive, table = tools.scales, tools.positive_prior, tools.table

        @tools.jit
        def shape(student: int, z: float) -> Any:
            """Return the log-density of a deviation over its scale, and less its derivative."""
            if student:
                bend = 1.0 + z * z / FREEDOM
                return LOG_T - 0.5 * (FREEDOM + 1.0) * math.log(bend), (FREEDOM + 1.0) / FREEDOM * z / bend
            return -0.5 * z * z - LOG_ROOT_2_PI, z

        def forward(ints: Any, reals: Any, q: Any, effects: Any, shift: Any) -> None:
            n, services = effects.shape
            shifts, centring = table(reals, 5, n, services), table(reals, 5 + n * services, n, services)
            for e in range(n):
                log_spread = q[n + e]
                for s in range(services):
                    share = centring[e, s]
                    factor, _ = scales(share, log_spread, math.exp(log_spread))
                    effects[e, s] = q[e] + shifts[e, s] + factor * (q[2 * n + e * services + s] - share * q[e])

        def backward(
            ints: Any, reals: Any, q: Any, effects: Any, effects_bar: Any, shift: Any, shift_bar: Any, q_bar: Any
        ) -> Any:
            n, services = effects.shape
            centring, total = table(reals, 5 + n * services, n, services), 0.0
            for e in range(n):
                value, log_spread_bar = positive(ints[0], reals[2], reals[3], q[n + e])
                mean, log_spread = q[e], q[n + e]
                z = (mean - reals[0]) / reals[1]
                total += value - 0.5 * z * z - math.log(reals[1]) - LOG_ROOT_2_PI
                mean_bar = -z / reals[1]
                for s in range(services):
                    at, share = 2 * n + e * services + s, centring[e, s]
                    factor, inverse = scales(share, log_spread, math.exp(log_spread))
                    rest = q[at] - share * mean
                    z = rest * inverse
                    value, pull = shape(ints[1], z)
                    total += value - share * log_spread
                    q_bar[at] = effects_bar[e, s] * factor - pull * inverse
                    mean_bar += effects_bar[e, s] - share * q_bar[at]
                    log_spread_bar += effects_bar[e, s] * (1.0 - share) * factor * rest + share * (pull * z - 1.0)
                q_bar[e], q_bar[n + e] = mean_bar, log_spread_bar
            return total

        return forward, backward

    def block(self, data: Data, priors: Translated) -> tuple[list[int], list[Array]]:
        """Return what its compiled code reads."""
        code, numbers = positive_block(priors["exposure_spread"], data["exposure_spread_prior"])
        reals = [np.asarray(data["exposure_prior"]), numbers, data["exposure_shift"], data["exposure_centring"]]
        return [code, int(self.student)], reals

    def shape_words(self, priors: Translated) -> str:
        """Return the distribution of coefficients as it stands in the equation."""
        name = f"StudentT({FREEDOM:g}, " if self.student else "Normal("
        return f"{name}exposure_mean[e] + shift[e, service], exposure_spread[e])"


def _pair(numbers: Any) -> tuple[Any, Any]:
    return numbers[0], numbers[1]


def of(design: Design) -> tuple[AlikeSlopes, ...]:
    """Return the slopes of a design's exposures, where services are alike."""
    return (AlikeSlopes(design),) if design.pooling in ("normal", "student") else ()
