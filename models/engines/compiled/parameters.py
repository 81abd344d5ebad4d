"""The unconstrained parameters of a fit in order, from which compiled draws get names, shapes and dims."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any, Literal

import numpy as np
import xarray as xr

from data.arrays import Array
from models.design import Design
from models.family import Family
from priors.translate import Translated

SIGNED_START = 1.5
"""Start of a signed parameter, plus or minus 1: from 0 a chain may adapt to steps too small to leave it."""


@dataclass(frozen=True)
class FreeVariable:
    """A free variable of the model.

    Attributes
    ----------
    name : str
        The variable's name in the graph.
    shape : tuple of int
        Shape of one draw.
    start : array
        The prior's centre, unconstrained: one number, or one for each of `size`.
    kind : {'real', 'positive', 'signed', 'zero_sum'}
        `positive` is sampled as its log, `zero_sum` with one number fewer along the last dim,
        `signed` as itself over `scale` with either sign, see `hierarchy`.
    """

    name: str
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    start: Any = 0.0
    kind: Literal["real", "positive", "signed", "zero_sum"] = "real"
    scale: float = 1.0

    @property
    def free(self) -> tuple[int, ...]:
        """The shape of its unconstrained form."""
        return (*self.shape[:-1], self.shape[-1] - 1) if self.kind == "zero_sum" else self.shape

    @property
    def size(self) -> int:
        """The number of its unconstrained numbers."""
        return prod(self.free)

    def constrain(self, free: Array) -> Array:
        """Return draws (..., *shape) from their unconstrained form (..., *free)."""
        if self.kind == "positive":
            return np.exp(free)
        if self.kind == "signed":
            return self.scale * np.abs(free)
        if self.kind == "real":
            return free
        n = self.shape[-1]
        total = free.sum(axis=-1, keepdims=True)
        return np.concatenate([free - total / (np.sqrt(n) + n), -total / np.sqrt(n)], axis=-1)


def parameters(design: Design, family: Family, priors: Translated) -> tuple[FreeVariable, ...]:
    """Return the free variables of the model in the order of the graph.

    Parameters
    ----------
    priors : Translated
        Priors, at whose centres chains start.
    """
    services, exposures, controls = len(design.services), len(design.exposures), len(design.controls)
    location = priors.exposure_mean[0]
    found = [
        FreeVariable(
            "exposure_coef",
            ("exposure", "service"),
            (exposures, services),
            (location + np.asarray(priors.exposure_shift)).ravel(),
        )
    ]
    if design.several:
        found = [
            FreeVariable("exposure_mean", ("exposure",), (exposures,), location),
            FreeVariable("exposure_spread", ("exposure",), (exposures,), np.log(priors.exposure_spread), "positive"),
            FreeVariable("exposure_raw", ("exposure", "service"), (exposures, services)),
        ]
    if controls:
        found += [FreeVariable("control_coef", ("control", "service"), (controls, services), priors.control[0])]
    for name, group in design.groups.items():
        levels = len(group.levels)
        found += [
            FreeVariable(f"{name}_sd", ("service",), (services,), np.log(priors.group_sd[name]), "positive"),
            FreeVariable(f"{name}_raw", ("service", name), (services, levels), kind="zero_sum")
            if group.exhaustive
            else FreeVariable(f"{name}_raw", (name, "service"), (levels, services)),
        ]
    if design.unit_intercept:
        found += [
            FreeVariable("unit_sd", (), (), SIGNED_START, "signed", priors.unit_sd),
            FreeVariable("unit_raw", ("unit",), (len(design.units),)),
        ]
    found += [FreeVariable("intercept_swept", ("service",), (services,), priors.intercept[0])]
    if family.has_residual:
        found += [FreeVariable("residual_sd", ("service",), (services,), np.log(priors.residual_sd), "positive")]
    return tuple(found)


def label(draws: Array, found: tuple[FreeVariable, ...], coords: dict[str, Any]) -> xr.Dataset:
    """Return draws of the free variables, labelled as in the graph.

    Parameters
    ----------
    draws : array (chain, draw, dim)
        Unconstrained draws.
    coords : dict
        The labels of the dims, as `coordinates` returns them.
    """
    out, signs, at = {}, {}, 0
    for one in found:
        part = draws[..., at : at + one.size].reshape(*draws.shape[:2], *one.free)
        dims = ("chain", "draw", *one.dims)
        out[one.name] = (dims, one.constrain(part))
        if one.kind == "signed":
            signs[one.name.replace("_sd", "_raw")] = xr.DataArray(np.where(part < 0.0, -1.0, 1.0), dims=dims)
        at += one.size
    chains, count = draws.shape[:2]
    dataset = xr.Dataset(out, coords={"chain": np.arange(chains), "draw": np.arange(count), **coords})
    for name, sign in signs.items():
        dataset[name] = (dataset[name] * sign).transpose(*dataset[name].dims)
    return dataset
