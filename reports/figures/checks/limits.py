"""The outcome with its limits kept: for every service the two spikes, and between them the interior, as replicated."""

from __future__ import annotations

import math
from io import BytesIO
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from data.disclosure import FEW, SMALLEST_SHOWN, places
from fits.checks.rates import RateRow, Rates
from fits.checks.replicates import BINS, Interior
from fits.number_format import INTERVAL
from reports.figures.canvas import BLUE, GREY, RED, canvas, grid, save

Array = NDArray[np.float64]

COLUMNS = 4
ASIDE = 0.12
"""How far outside the range a spike is drawn, as a part of it."""


def draw_limits(
    found: Interior,
    rates: list[Rates],
    services: tuple[str, ...],
    target: Path | BytesIO,
    *,
    unit: str,
    title: str,
    stamp: str,
) -> None:
    """Write the figure as SVG.

    Parameters
    ----------
    rates : list of Rates
        Those by service.
    """
    columns = min(COLUMNS, len(services))
    lines = math.ceil(len(services) / columns)
    with canvas((max(4.5, 2.4 * columns), 1.3 + 2.0 * lines)) as figure:
        for place, one in enumerate(grid(figure, len(services), columns)):
            spikes = [row for rate in rates for row in rate.rows if row.label == services[place]]
            _panel(one, found, place, spikes, total=float(found.answers[place]))
            one.set_title(services[place], fontsize=9)
            if place % columns == 0:
                one.set_ylabel("% of answers")
            if place // columns == lines - 1:
                one.set_xlabel(unit)
        note = (
            f"Dots and bars: observed. Lines: {INTERVAL:.0%} predictive intervals. In blue the limits, "
            f"in grey between them. What speaks of {FEW.replace(' units', '')} units is left out."
        )
        save(figure, target, title=title, stamp=stamp, note=note)


def _panel(axes: Axes, found: Interior, place: int, spikes: list[RateRow], *, total: float) -> None:
    edges = found.edges[place]
    observed, replicated = coarse(found.observed[place], found.replicated[:, place])
    step = BINS // len(observed)
    edges = np.append(edges[:-1:step], edges[-1])
    finite = np.isfinite(edges)
    if not finite.all():  # an open end is drawn as wide as its neighbour
        width = np.diff(edges[finite]).mean()
        edges = np.where(edges == -np.inf, edges[1] - width, np.where(edges == np.inf, edges[-2] + width, edges))
    tails = 50.0 * (1.0 - INTERVAL)
    low, high = np.percentile(100.0 * replicated / total, [tails, 100.0 - tails], axis=0)
    middle, width = (edges[:-1] + edges[1:]) / 2.0, np.diff(edges)
    shown = np.where((observed > 0) & (observed < SMALLEST_SHOWN), np.nan, 100.0 * observed / total)
    if any(row.coarse for row in spikes):  # no height may tell of how many answers it is a part
        shown, low, high = (np.round(heights, places(int(total)) - 2) for heights in (shown, low, high))
    if any(row.withheld for row in spikes) and np.nanmax(shown, initial=0.0) > 0:
        # What is withheld at a limit is all less what is shown: one bar is left out along with it.
        shown[np.nanargmin(np.where(shown > 0, shown, np.nan))] = np.nan
    axes.bar(middle, shown, 0.92 * width, color="#d5dae0")
    axes.vlines(middle, low, high, color=GREY, linewidth=1.6)
    reach = ASIDE * (edges[-1] - edges[0])
    for row in spikes:
        if row.statistic not in ("at_lower", "at_upper"):
            continue
        x = edges[0] - reach if row.statistic == "at_lower" else edges[-1] + reach
        axes.vlines(x, 100.0 * row.said("low"), 100.0 * row.said("high"), color=BLUE, linewidth=3)
        if not row.withheld:
            axes.plot(x, 100.0 * row.said("observed"), "o", color="black" if row.inside else RED, markersize=4.5)
    axes.set_ylim(0)
    axes.spines[["top", "right"]].set_visible(False)


def coarse(observed: Array, replicated: Array) -> tuple[Array, Array]:
    """Return counts in bins wide enough that none shows a few units, if any such width does."""
    for bins in (BINS, BINS // 2, BINS // 4, BINS // 5, BINS // 10, 1):
        wide = observed.reshape(bins, -1).sum(axis=1)
        if not ((wide > 0) & (wide < SMALLEST_SHOWN)).any():
            break
    return wide, replicated.reshape(len(replicated), bins, -1).sum(axis=2)
