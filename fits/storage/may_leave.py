"""The part of a fit that may leave, as the rest would disclose respondents."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr

SHARED = ("/", "/posterior", "/sample_stats", "/estimates")
"""Groups that may leave in part; others, such as pointwise values and predictive draws, may not leave."""

STATISTICS = {
    *("depth", "diverging", "index_in_trajectory", "maxdepth_reached", "mean_tree_accept", "mean_tree_accept_sym"),
    *("n_steps", "step_size", "step_size_bar", "tree_depth", "reached_max_treedepth", "acceptance_rate"),
}
"""Sampler statistics that may leave. A draw's log-density is a sum over all answers and its energy is that with some
noise: whoever knows all rows but one can compute that row from either."""

CONSTANT = "constant"
"""Variable that may not leave: with the intercept it reveals each covariate's exact mean, a sum over all rows."""


def may_leave(tree: xr.DataTree, few: Mapping[str, xr.DataArray]) -> xr.DataTree:
    """Return the part of a fit that may leave.

    Parameters
    ----------
    tree : xarray.DataTree
        Draws or estimates, in memory.
    few : mapping of str to bool DataArray
        Which values rest on few answers, by dim, as `models.suppression.few_of` returns them. Variables with
        other dims than these, chains and draws, such as `unit`, do not leave.

    Returns
    -------
    xarray.DataTree
        The tree with NaN where a value is withheld, and without levels that are withheld entirely.
    """
    groups = {path: group for path, group in tree.to_dict().items() if path in SHARED}
    return xr.DataTree.from_dict(
        {path: _statistics(group) if path == "/sample_stats" else _shown(group, few) for path, group in groups.items()}
    )


def _statistics(group: xr.Dataset) -> xr.Dataset:
    return group.drop_vars(set(group.data_vars) - STATISTICS)


def _shown(group: xr.Dataset, few: Mapping[str, xr.DataArray]) -> xr.Dataset:
    """Return the part of a posterior or of estimates that may leave."""
    withheld = {dim: _as_in(group, mask) for dim, mask in few.items() if set(mask.dims) <= set(group.dims)}
    known = {"chain", "draw", *withheld}
    texts = {name for name, values in group.data_vars.items() if values.dtype.kind not in "biuf"}
    others = {name for name, values in group.variables.items() if not set(values.dims) <= known}
    shown = group.drop_vars(({CONSTANT} & set(group.data_vars)) | texts | others)
    for dim, mask in withheld.items():
        kept = ~mask.all([other for other in mask.dims if other != dim]).to_numpy()
        if not kept.all():
            shown = shown.isel({dim: np.flatnonzero(kept)})
    shown = shown.assign({name: _masked(values, withheld) for name, values in shown.data_vars.items()})
    return shown.drop_dims([dim for dim, size in shown.sizes.items() if not size])


def _as_in(group: xr.Dataset, mask: xr.DataArray) -> xr.DataArray:
    """Return the mask along the group's labels; labels that it lacks are withheld."""
    return mask.reindex({dim: group[dim] for dim in mask.dims}, fill_value=True)


def _masked(values: xr.DataArray, withheld: Mapping[str, xr.DataArray]) -> xr.DataArray:
    for mask in withheld.values():
        if set(mask.dims) <= set(values.dims) and mask.any():
            values = values.where(~_as_in(values.to_dataset(name="values"), mask))
    return values
