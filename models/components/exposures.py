r"""Slopes of exposures that are not pooled: those of one service, and those of several that share nothing.

.. math::

    \beta_{es} \sim N(m + m_{es}, \sigma^2 + \omega^2)

with the prior of their mean and spread added up, so that a service has the same prior alone as among others, and
claimed shifts :math:`m_{es}` of single coefficients.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from data.arrays import Array
from models.component import Data, FreeVariable, Stored, as_dims, density, positive_block
from models.design import Design
from models.numerics.compiled_tools import CompiledTools
from models.predictors.exposure_slopes import ACROSS, DIMS, MEAN, ExposureSlopes
from priors.prior import Prior
from priors.translate import Translated

ROLES = (MEAN, ACROSS)
LOG_ROOT_2_PI = 0.5 * math.log(2.0 * math.pi)


@dataclass(frozen=True)
class SingleSlopes(ExposureSlopes):
    """Slopes that share nothing."""

    def stored(self) -> tuple[Stored, ...]:
        """Return the coefficients."""
        return (Stored("exposure_coef"),)

    def free(self, priors: Translated) -> tuple[FreeVariable, ...]:
        """Return the coefficients."""
        start = (priors.located("exposure_mean")[0] + np.asarray(priors.exposure_shift)).ravel()
        return (FreeVariable("exposure_coef", DIMS, self.shape, start),)

    def log_prior(self, stored: xr.Dataset, priors: Translated) -> xr.DataArray:
        """Return the log prior density, (chain, draw)."""
        return density(_alone(priors), stored["exposure_coef"] - as_dims(np.asarray(priors.exposure_shift), DIMS))

    def graph(self, tools: Any) -> tuple[Any, Any]:
        """Add the coefficients to the open graph."""
        location, scale = tools.data["exposure_prior"][0], tools.data["exposure_prior"][1]
        marginal = (scale**2 + tools.width("exposure_spread") ** 2) ** 0.5
        alone = tools.pm.Normal("exposure_coef", location + tools.data["exposure_shift"], marginal, dims=DIMS)
        return tools.data["x"] @ alone, 0.0

    @staticmethod
    def compiled(tools: CompiledTools) -> tuple[Any, Any]:
        """Return its two halves in compiled code.

        Real numbers: location and scale of the mean, the spread's two and its width, then shifts, (exposure, service).
        """
        table = tools.table

        def forward(ints: Any, reals: Any, q: Any, effects: Any, shift: Any) -> None:
            n, services = effects.shape
            for e in range(n):
                for s in range(services):
                    effects[e, s] = q[e * services + s]

        def backward(
            ints: Any, reals: Any, q: Any, effects: Any, effects_bar: Any, shift: Any, shift_bar: Any, q_bar: Any
        ) -> Any:
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

        return forward, backward

    def block(self, data: Data, priors: Translated) -> tuple[list[int], list[Array]]:
        """Return what its compiled code reads."""
        _, numbers = positive_block(priors["exposure_spread"], data["exposure_spread_prior"])
        return [], [np.asarray(data["exposure_prior"]), numbers, data["exposure_shift"]]

    def beliefs(self, priors: Translated, s: str) -> list[str]:
        """Return its priors."""
        at = f"e{', service' if s else ''}"
        return [f"exposure_coef[{at}] ~ {_alone(priors).symbol()} + shift[{at}]", *self.shifts(priors)]


def _alone(priors: Translated) -> Prior:
    """Return the prior of one service's coefficients, without their shifts."""
    mean, sd = priors.located("exposure_mean")
    return Prior(distribution="normal", mean=mean, sd=float(np.hypot(sd, priors.scale("exposure_spread"))))


def of(design: Design) -> tuple[SingleSlopes, ...]:
    """Return the slopes of a design's exposures, where they are not pooled."""
    return () if design.pooling else (SingleSlopes(design),)
