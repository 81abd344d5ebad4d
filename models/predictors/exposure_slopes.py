"""What the slopes of exposures have in common, however they are pooled over services."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from data.arrays import Array, Index
from models.component import Component, Data, FreeVariable, Rows, Stored, values_of
from models.design import Design
from models.predictors.centring import RoughSd
from models.predictors.information import Information
from models.predictors.slopes import at_zero, moved
from priors.role import SPREAD, Role
from priors.translate import Translated

MEAN = Role("exposure_mean", "an exposure's effect, averaged over services", "normal")
ACROSS = Role(
    "exposure_spread", "how far its effects on single services differ from that average", "half_normal", SPREAD
)
DIMS = ("exposure", "service")


@dataclass(frozen=True)
class ExposureSlopes(Component):
    """The slopes of a design's exposures, a number for each exposure on each service."""

    design: Design
    name: str = "exposure"
    ORDER = 10

    @property
    def shape(self) -> tuple[int, int]:
        """The shape of the coefficients, (exposure, service)."""
        return len(self.design.exposures), len(self.design.services)

    @property
    def roles(self) -> tuple[tuple[Role, str], ...]:
        """Mean and spread; the prior of coefficients that are not pooled is made of both."""
        return ((MEAN, ""), (ACROSS, ""))

    def coords(self) -> dict[str, Any]:
        """Return the labels of its dim."""
        return {"exposure": [column.label for column in self.design.exposures]}

    def data(self, priors: Translated, information: Information) -> dict[str, Any]:
        """Return the columns, the numbers of the priors, and the claimed shifts."""
        return {
            "x": self.design.x,
            "exposure_prior": priors["exposure_mean"].numbers,
            "exposure_spread_prior": priors["exposure_spread"].numbers,
            "exposure_shift": priors.exposure_shift,
        }

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

    def terms(self, s: str) -> list[str]:
        """Return its lines of the equation."""
        return [f"exposure_coef[{one.label}{s}] * ({one.label}, {one.contrast})" for one in self.design.exposures]

    def shifts(self, priors: Translated) -> list[str]:
        """Return the claimed shifts as lines under the equation."""
        return [
            f"    shift[{column.label}, {service}] = {shift:+.4g}"
            for e, column in enumerate(self.design.exposures)
            for k, service in enumerate(self.design.services)
            if (shift := float(priors.exposure_shift[e, k]))
        ]


@dataclass(frozen=True)
class PooledSlopes(ExposureSlopes):
    """Slopes that services share a mean and a spread of."""

    def stored(self) -> tuple[Stored, ...]:
        """Return means and spreads, and the coefficients."""
        return (Stored("exposure_mean", MEAN), Stored("exposure_spread", ACROSS), Stored("exposure_coef"))

    def free(self, priors: Translated) -> tuple[FreeVariable, ...]:
        """Return mean, spread and raw coefficients."""
        prior, exposures = priors["exposure_spread"], self.shape[:1]
        spread = FreeVariable("exposure_spread", ("exposure",), exposures, np.log(prior.width), "positive")
        mean = FreeVariable("exposure_mean", ("exposure",), exposures, priors.located("exposure_mean")[0])
        return mean, spread, FreeVariable("exposure_raw", DIMS, self.shape)

    def rough(self, priors: Translated, information: Information, *, wide: float = 0.0, share: float = 1.0) -> RoughSd:
        """Return what rough estimates of the coefficients say about the spread, apart for each exposure."""
        estimates, errors = information.exposures()
        # over services: (exposure, service)' -> (service, exposure)
        around = (estimates - priors.exposure_shift).T, errors.T
        return RoughSd.around_a_mean(*around, priors["exposure_spread"], wide=wide, share=share)

    def beliefs(self, priors: Translated, s: str) -> list[str]:
        """Return its priors."""
        return [
            f"exposure_coef[e, service] ~ {self.shape_words(priors)}",
            f"exposure_mean[e] ~ {priors['exposure_mean'].symbol()}",
            f"exposure_spread[e] ~ {priors['exposure_spread'].symbol()}",
            *self.shifts(priors),
        ]

    def shape_words(self, priors: Translated) -> str:
        """Return the distribution of coefficients as it stands in the equation."""
        raise NotImplementedError
