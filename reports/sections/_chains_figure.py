"""Chains of a few parameters as ArviZ draws them, in the project's settings: the same draws give the same bytes."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import arviz_plots
import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib import pyplot

from reports._figure import SETTINGS, save

MOST_DRAWS = 100
"""Of each chain that are drawn: enough for the eye, and small files."""

COLUMNS = 3


def draw_ranks(draws: xr.Dataset, target: Path | BytesIO, *, title: str, stamp: str) -> None:
    """Write each chain's ranks among all chains, less what is expected if all tell the same, as SVG.

    Säilynoja et al. (2022), https://doi.org/10.1007/s11222-022-10090-6.

    Parameters
    ----------
    draws : xarray.Dataset
        One variable (chain, draw) per parameter.
    target : Path
    title, stamp : str
    """
    lines = -(-len(draws.data_vars) // COLUMNS)
    size = (9.6, 0.7 + 2.1 * lines)
    _draw(arviz_plots.plot_rank, draws, target, title=title, stamp=stamp, size=size, col_wrap=COLUMNS)


def draw_traces(draws: xr.Dataset, target: Path | BytesIO, *, title: str, stamp: str) -> None:
    """Write each chain's density and its values in order, as SVG; arguments as of `draw_ranks`."""
    size = (9.6, 0.7 + 1.7 * len(draws.data_vars))
    _draw(arviz_plots.plot_trace_dist, draws, target, title=title, stamp=stamp, size=size, compact=False)


def _draw(
    plot: Callable[..., Any],
    draws: xr.Dataset,
    target: Path | BytesIO,
    *,
    title: str,
    stamp: str,
    size: tuple[float, float],
    **words: Any,
) -> None:
    pyplot.switch_backend("agg")  # ArviZ draws through pyplot, which would look for a screen
    step = -(-draws.sizes["draw"] // MOST_DRAWS)
    thinned = draws.isel(draw=slice(None, None, step))
    # Lines of their own leave room for its neighbours' names.
    named = thinned.rename({name: str(name).replace("[", "\n[", 1).replace(", ", ",\n") for name in thinned.data_vars})
    tree = xr.DataTree.from_dict({"posterior": named})
    shape = {"figsize": size, "layout": "constrained"}
    with mpl.rc_context(SETTINGS), warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # ArviZ remarks on short chains, which the gate has judged already
        made = plot(tree, backend="matplotlib", figure_kwargs=shape, **words)
        figure = made.viz["figure"].item()
        try:
            save(figure, target, title=title, stamp=stamp)
        finally:
            pyplot.close(figure)
