"""The distribution of PIT values less that of uniform ones, with each answer used and left out, as ArviZ draws it."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import arviz_plots
import matplotlib as mpl
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from fits.checks.loo import Loo
from reports.figures.canvas import SETTINGS, save

Array = NDArray[np.float64]

MOST_POINTS = 2000
"""Evenly spaced quantiles draw the same curve as all values, in a file that opens."""


def draw_pit(loo: Loo, target: Path | BytesIO, *, title: str, stamp: str, note: str) -> None:
    """Write the figure as SVG."""
    values = {"answer left out (LOO-PIT): judged": loo.pit, "answer used (PIT): not judged": loo.used}
    found = xr.Dataset({words: ("cell", _fewer(pit)) for words, pit in values.items()})
    with mpl.rc_context(SETTINGS):
        drawn = arviz_plots.plot_ecdf_pit(
            xr.DataTree.from_dict({"pit": found}),
            group="pit",
            sample_dims=["cell"],
            backend="matplotlib",
            visuals={"p_value_text": False},
            figure_kwargs={"figsize": (8.4, 3.2), "layout": "constrained", "sharey": True},
        )
        figure = drawn.viz["figure"].item()
        for axes in figure.axes:
            axes.set_xlabel("probability of less than was answered")
        figure.axes[0].set_ylabel("share below, less uniform")
        save(figure, target, title=title, stamp=stamp, note=note)


def _fewer(pit: Array) -> Array:
    if pit.size <= MOST_POINTS:
        return pit
    quantiles: Array = np.quantile(pit, (np.arange(MOST_POINTS) + 0.5) / MOST_POINTS)
    return quantiles
