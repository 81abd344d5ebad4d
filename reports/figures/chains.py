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

from reports.figures.canvas import SETTINGS, save

MOST_DRAWS = 100
"""Of each chain that are drawn: enough for the eye, and small files."""

COLUMNS = 3

ALPHA = 0.01
"""Of the test of ranks, ArviZ's own default: below it the ranks that stray are marked."""

TESTED = (
    f"p: the probability of ranks at least as uneven as these if all chains drew independently from one distribution "
    f"(https://doi.org/10.48550/arXiv.2603.02928); where it is below α = {ALPHA:g}, ranks that stray are marked in "
    "black."
)
"""What the number in every panel is: ArviZ writes it there without a word."""


def draw_ranks(draws: xr.Dataset, target: Path | BytesIO, *, title: str, stamp: str) -> None:
    """Write each chain's ranks among all chains, less what is expected if all tell the same, as SVG.

    Säilynoja et al. (2022), https://doi.org/10.1007/s11222-022-10090-6. The p-value asks at every rank whether each
    chain has its part of the draws below (hypergeometric), and combines the answers as Tesso and Vehtari (2026) do,
    https://doi.org/10.48550/arXiv.2603.02928; it takes the draws of a chain for independent, which thinning serves.

    Parameters
    ----------
    draws : xarray.Dataset
        One variable (chain, draw) per parameter.
    """
    lines = -(-len(draws.data_vars) // COLUMNS)
    size = (9.6, 1.0 + 2.1 * lines)
    words: dict[str, Any] = {"col_wrap": COLUMNS, "envelope_prob": 1.0 - ALPHA}
    _draw(arviz_plots.plot_rank, draws, target, title=title, stamp=stamp, size=size, note=TESTED, **words)


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
    note: str = "",
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
            save(figure, target, title=title, stamp=stamp, note=note)
        finally:
            pyplot.close(figure)
