"""The data of a model: the arrays that the graph and the compiled density read."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.design import Design
from models.family import AT_LOWER, AT_UPPER, EXACT, Family, kinds_of
from models.predictors.information import Information
from models.predictors.predictor import parts_of
from priors.translate import Translated


def inputs(design: Design, family: Family, priors: Translated) -> dict[str, NDArray[Any]]:
    """Return the data of a fit by name: the graph's `pm.Data`, and what compiled code reads.

    Masks and weights are 1; a declared universe may set others.
    """
    kind = kinds_of(design.y, design.limits)
    data: dict[str, NDArray[Any]] = {
        "observed": design.y,
        "unit_of": design.unit_of,
        "service_of": design.service_of,
        "weight": np.ones(len(design.y)),
        "lower": np.asarray(design.limits[0]),
        "upper": np.asarray(design.limits[1]),
        "cells_left": np.flatnonzero(kind == AT_LOWER),
        "cells_interior": np.flatnonzero(kind == EXACT),
        "cells_right": np.flatnonzero(kind == AT_UPPER),
    }
    information = Information(design, family)
    for part in parts_of(design, family):
        data |= part.data(priors, information)
    return data


def coordinates(design: Design, family: Family) -> dict[str, Any]:
    """Return the labels of the model's dims."""
    found: dict[str, Any] = {"service": list(design.services), "cell": np.arange(len(design.y))}
    for part in parts_of(design, family):
        found |= part.coords()
    return found
