"""The data of a model: the arrays that the graph and the compiled density read."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.design import Design
from models.engines.centring import centring_data
from models.family import Family
from priors.translate import Translated


def inputs(design: Design, family: Family, priors: Translated) -> dict[str, NDArray[Any]]:
    """Return the data of a fit by name: the graph's `pm.Data`, and parts of the compiled density's `Block`.

    Masks and weights are 1; a declared universe may set others.
    """
    data: dict[str, NDArray[Any]] = {
        "x": design.x,
        "observed": design.y,
        "unit_of": design.unit_of,
        "service_of": design.service_of,
        "weight": np.ones(len(design.y)),
        "intercept_prior": np.asarray(priors.intercept),
        "exposure_prior": np.asarray(priors.exposure_mean),
        "exposure_spread_prior": np.asarray(priors.exposure_spread),
        "exposure_shift": priors.exposure_shift,
    }
    if design.controls:
        data |= {
            "z": design.z,
            "control_mask": np.ones(len(design.controls)),
            "control_prior": np.asarray(priors.control),
        }
    for name, group in design.groups.items():
        data |= {
            f"{name}_index": group.index,
            f"{name}_mask": np.asarray(1.0),
            f"{name}_sd_prior": np.asarray(priors.group_sd[name]),
        }
    if design.unit_intercept:
        data |= {"unit_mask": np.asarray(1.0), "unit_sd_prior": np.asarray(priors.unit_sd)}
    if family.has_residual:
        lower, upper = design.limits
        data |= {
            "residual_sd_prior": np.asarray(priors.residual_sd),
            "lower": np.asarray(lower),
            "upper": np.asarray(upper),
        }
    data |= {f"cells_{piece}": cells for piece, cells in family.pieces(design.y, *design.limits).items()}
    return data | centring_data(design, family, priors)


def coordinates(design: Design) -> dict[str, Any]:
    """Return the labels of the model's dims."""
    return {
        "service": list(design.services),
        "exposure": [column.label for column in design.exposures],
        "control": [column.label for column in design.controls],
        "unit": design.units,
        "cell": np.arange(len(design.y)),
        **{name: list(group.levels) for name, group in design.groups.items()},
    }
