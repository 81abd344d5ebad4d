"""The truth of a simulated study in the form of a posterior, so that effects are computed as from draws."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from data.arrays import Array
from data.codebook import Codebook
from models.design import Design
from models.family import Family
from models.outcome_limits import outcome_limits
from models.predictors.predictor import Place, components_of

DRAWN_WITH = {"availability": "bernoulli", "utilisation": "tobit"}
"""The families that the simulator draws outcomes with, whatever a model takes them for."""


def drawn_with(design: Design, codebook: Codebook) -> tuple[Design, Family]:
    """Return the design and the family that a simulated study's outcome was drawn with, whatever a model has.

    Limits are the outcome's own, and units have intercepts, which a model of one service leaves to its residual.
    """
    limits = outcome_limits(design.reading, codebook)
    return replace(design, limits=limits, unit_intercept=True), Family.find(DRAWN_WITH[design.reading.role])


def truth_as_posterior(said: dict[str, Any], design: Design) -> xr.Dataset:
    """Return the parameters that a study was drawn with, in the stored form: one chain, one draw.

    Parameters
    ----------
    said : dict
        The simulator's truth of one wave and outcome, such as ``truth["waves"]["2017"]["utilisation"]``.
    design : Design
        The design of a model of that outcome.
    """
    services = list(design.services)
    slopes = {**said["exposure_coef"], **said["control_coef"]}  # one model's control is another's exposure

    def table(block: dict[str, Any], names: tuple[str, ...]) -> Array:
        return np.array([[block[name][service] for service in services] for name in names])

    coef, centre = {}, np.zeros(len(services))
    for block, columns in (("exposure_coef", design.exposures), ("control_coef", design.controls)):
        # The simulator's contrast may differ from the design's: its sd is over all units, not the kept ones.
        steps = np.array([column.step / said["step"][column.label] for column in columns])
        coef[block] = table(slopes, tuple(column.label for column in columns)) * steps[:, None]
        centre += np.array([column.values.mean() / column.step for column in columns]) @ coef[block]
    arrays: dict[str, tuple[tuple[str, ...], Array]] = {
        "intercept": (("service",), np.array([said["intercept"][service] for service in services]) + centre),
        "exposure_coef": (("exposure", "service"), coef["exposure_coef"]),
        "control_coef": (("control", "service"), coef["control_coef"]),
        "unit_sd": ((), np.array(said["unit_sd"])),
    }
    if "residual_sd" in said:
        arrays["residual_sd"] = (("service",), np.array([said["residual_sd"][service] for service in services]))
    for name, group in design.groups.items():
        arrays[f"{name}_effect"] = ((name, "service"), table(said[f"{name}_effect"], group.levels))
    return xr.Dataset(
        {name: (("chain", "draw", *dims), values[None, None]) for name, (dims, values) in arrays.items()},
        coords={
            "service": services,
            "exposure": [column.label for column in design.exposures],
            "control": [column.label for column in design.controls],
        },
    )


def known_place(design: Design) -> Place:
    """Return the place of the true effects: known groups, with units' own intercepts integrated over.

    The truth contains the spread of units' intercepts but no unit's own, as it contains no rows.

    Parameters
    ----------
    design : Design
        As `drawn_with` returns it.
    """
    varying = [one for one in components_of(design) if one.varies]
    known = tuple(one.name for one in varying if not one.of_units)
    return Place(known, tuple(one.name for one in varying if one.of_units))
