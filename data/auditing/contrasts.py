"""Declared contrasts that are far from how much the units of a study differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.arrays import Array
from data.auditing.scope import Scope
from data.disclosure import Average, is_few

FEWEST_SDS, MOST_SDS = 0.1, 4.0
"""A contrast under a tenth of a standard deviation is no difference between units; over four, few units differ so."""


@dataclass(frozen=True)
class FarContrast:
    """A declared contrast of a number under a tenth of its standard deviation, or over four of them.

    Attributes
    ----------
    column : str
        A variable, or a model's name of a transformed one.
    sd : Average
        Standard deviation over all units of the wave, on the scale of the contrast.
    sds : float
        Size of the contrast in standard deviations.
    unit : str
        '' where the codebook says none.
    """

    column: str
    contrast: float
    sd: Average
    sds: float
    unit: str = ""


def far_contrast(column: str, contrast: float, values: Array, *, unit: str = "") -> tuple[FarContrast, ...]:
    """Return the finding about a contrast of these values, (unit,); none where it suits them, or they are 0 and 1."""
    known = values[np.isfinite(values)]
    if is_few(known.size) or not known.size or np.isin(known, [0.0, 1.0]).all():
        return ()
    sd = float(known.std(ddof=1))
    if sd == 0.0 or FEWEST_SDS <= abs(contrast) / sd <= MOST_SDS:
        return ()
    return (FarContrast(column, contrast, Average(sd, known.size), abs(contrast) / sd, unit),)


def far_contrasts(scope: Scope) -> tuple[FarContrast, ...]:
    """Return what is found of the contrasts that the codebook declares for exposures and controls."""
    return tuple(
        found
        for one in scope.exposures + scope.controls
        if one.variable.type == "number" and isinstance(one.variable.contrast, float | int)
        for found in far_contrast(one.name, one.variable.contrast, one.values, unit=one.variable.unit)
    )
