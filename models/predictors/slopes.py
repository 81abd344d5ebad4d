"""What slopes add to a predictor when their columns move, and where their columns are all 0."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from data.arrays import Array
from models.component import Rows, as_dims
from models.terms import DesignColumn


def moved(here: xr.Dataset, rows: Rows, dim: str) -> Array | None:
    """Return the change by moving the columns of slopes, (chain, draw, row); None where none of them moves."""
    change: Array | None = None
    labels = [str(label) for label in here[dim].to_numpy()]
    for label, by in rows.moved.items():
        here_by = by[rows.units]
        if label in labels and np.any(here_by):
            part = coefficient(here, dim, label)[..., None] * here_by
            change = part if change is None else change + part
    return change


def at_zero(stored: xr.Dataset, dim: str, columns: Sequence[DesignColumn]) -> xr.DataArray:
    """Return what slopes on centred columns add where every column is 0, (chain, draw, service)."""
    centre = as_dims(np.array([column.values.mean() / column.step for column in columns]), (dim,))
    added: xr.DataArray = -xr.dot(stored[f"{dim}_coef"], centre, dim=dim)
    return added


def coefficient(here: xr.Dataset, dim: str, label: str) -> Array:
    """Return a column's coefficient on one service under every draw, (chain, draw); NaN where it has no estimate.

    Parameters
    ----------
    here : xarray.Dataset
        A posterior at one service, or maximum likelihood estimates in its form.
    """
    values = here[f"{dim}_coef"].sel({dim: label}).transpose("chain", "draw").to_numpy()
    left_out = f"{dim}_left_out" in here and bool(here[f"{dim}_left_out"].sel({dim: label}))
    return np.full_like(values, np.nan) if left_out else values
