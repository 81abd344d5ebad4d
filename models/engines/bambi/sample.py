"""Sampling what Bambi states, and giving its draws the names and dims of the other engines'."""

from __future__ import annotations

from collections.abc import Sequence

import bambi as bmb
import numpy as np
import xarray as xr

from data.arrays import Array
from models.design import Design
from models.engines.bambi.statement import contrasts, names
from models.engines.graph.sample import compile_model, sample_compiled
from models.engines.model_data import coordinates
from models.engines.settings import OnProgress, Settings
from models.family import Family


def compiled(model: bmb.Model) -> object:
    """Return nutpie's compiled form of a model in Bambi.

    Parameters
    ----------
    model : bambi.Model
        From `state`.
    """
    model.build()
    graph = model.backend.model
    kept = [free.name for free in graph.free_RVs]  # not the expectation of every row
    return compile_model(graph, kept)


def sample(
    compiled_model: object, design: Design, family: Family, settings: Settings, listen: OnProgress
) -> xr.DataTree:
    """Return the draws and the sampler's statistics, named as the other engines name them.

    Parameters
    ----------
    compiled_model
        From `compiled`.

    Returns
    -------
    xarray.DataTree
        Groups `posterior` and `sample_stats`; the effects and the intercept are those of the model and not
        a free form of them, so that `derive` has nothing to undo.
    """
    tree = sample_compiled(compiled_model, settings, listen)
    posterior = renamed(tree["posterior"].to_dataset(), design, family)
    return xr.DataTree.from_dict({"posterior": posterior, "sample_stats": tree["sample_stats"].to_dataset()})


def renamed(theirs: xr.Dataset, design: Design, family: Family) -> xr.Dataset:
    """Return Bambi's draws under our names.

    Parameters
    ----------
    theirs : xarray.Dataset
        Draws of the free variables of what `state` returns.

    Returns
    -------
    xarray.Dataset
        (chain, draw, ...): `exposure_coef` (exposure, service), `control_coef` (control, service), `intercept` and
        `residual_sd` (service), and per group its `_effect` (level, service) and, where it is pooled, `_sd` (service).
    """
    found: dict[str, tuple[str, Array]] = {
        "exposure_coef": ("exposure", _stacked(theirs, names("x", design.x))),
        "intercept": ("", _values(theirs, "Intercept")),
    }
    if design.controls:
        found["control_coef"] = ("control", _stacked(theirs, names("z", design.z)))
    for k, (label, group) in enumerate(design.groups.items()):
        if group.exhaustive:
            basis = contrasts(len(group.levels))
            # (chain, draw, contrast) @ (contrast, level) -> (chain, draw, level)
            found[f"{label}_effect"] = (label, _stacked(theirs, names(f"c{k}_", basis)) @ basis.T)
        else:
            sd = _values(theirs, f"1|g{k}_sigma")
            found[f"{label}_sd"] = ("", sd)
            found[f"{label}_effect"] = (label, _values(theirs, f"1|g{k}_offset") * sd[..., None])
    if any(one.name == "residual_sd" for one in family.others):
        found["residual_sd"] = ("", _values(theirs, "sigma"))
    labels = coordinates(design, family)
    dims = {"service", "exposure", "control", *design.groups} & set(labels)
    return xr.Dataset(
        {
            name: (("chain", "draw", *filter(None, [dim]), "service"), values[..., None])
            for name, (dim, values) in found.items()
        },
        coords={"chain": theirs["chain"], "draw": theirs["draw"], **{dim: labels[dim] for dim in dims}},
    )


def _stacked(theirs: xr.Dataset, columns: Sequence[str]) -> Array:
    """Draws of one number each, (chain, draw, column)."""
    out = np.empty((theirs.sizes["chain"], theirs.sizes["draw"], len(columns)))
    for k, name in enumerate(columns):
        out[..., k] = _values(theirs, name)
    return out


def _values(theirs: xr.Dataset, name: str) -> Array:
    return np.asarray(theirs[name].transpose("chain", "draw", ...).to_numpy())
