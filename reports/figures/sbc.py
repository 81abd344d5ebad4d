"""The calibration figure: each quantity's ranks against the band, as small multiples."""

from __future__ import annotations

import math
from pathlib import Path
from textwrap import wrap

import numpy as np
from matplotlib.axes import Axes

from data.arrays import Index
from fits.calibration.sbc import Ranks, Sbc, excursions
from reports.figures.canvas import BLUE, RED, canvas, grid, save

COLUMNS, PER_PAGE = 5, 15

SHOWN = 40
"""Points of a curve that are drawn, besides the one farthest astray: more cannot be told apart in a small panel."""

LETTERS = 30
"""Of a panel's title that fit a line."""


def draw_sbc(sbc: Sbc, folder: Path, *, name: str, title: str, stamp: str) -> list[str]:
    """Write the figure as SVG, a page per 15 quantities, the farthest astray first; return the files' names.

    Parameters
    ----------
    name : str
        Start of the files' names.
    """
    pages = math.ceil(len(sbc.quantities) / PER_PAGE)
    names = []
    for page in range(pages):
        shown = sbc.worst[page * PER_PAGE : (page + 1) * PER_PAGE]
        columns = min(COLUMNS, len(shown))
        lines = math.ceil(len(shown) / columns)
        names.append(f"{name}-{page + 1}.svg" if pages > 1 else f"{name}.svg")
        with canvas((max(6.0, 2.1 * columns), 1.5 + 1.45 * lines)) as figure:
            axes = grid(figure, len(shown), columns, sharex=True, sharey=True)
            for panel, ranks in zip(axes, shown, strict=True):
                _panel(panel, ranks, sbc)
            for panel in axes[::columns]:
                panel.set_ylabel("ECDF difference", fontsize=7)
            note = f"{sbc.simulations} simulations; grey: where all ranks of a right model stay with 95 % probability"
            if pages > 1:
                note += f"; page {page + 1} of {pages}"
            save(figure, folder / names[-1], title=title, stamp=stamp, note=note)
    return names


def _title(name: str) -> str:
    """A quantity's name on lines of its own: the parameter, then its labels."""
    parameter, _, labels = name.partition("[")
    return "\n".join([parameter, *wrap(labels.removesuffix("]"), LETTERS, break_long_words=False)])


def _panel(axes: Axes, ranks: Ranks, sbc: Sbc) -> None:
    kept = shown_points(ranks, sbc)
    points, lower, upper, difference = (
        np.concatenate([[start], values[kept], [end]])
        for values, start, end in (
            (sbc.points, 0.0, 1.0),
            (sbc.lower, 0.0, 0.0),
            (sbc.upper, 0.0, 0.0),
            (ranks.difference, 0.0, 0.0),
        )
    )
    axes.fill_between(points, lower, upper, color="#dddddd", linewidth=0)
    axes.axhline(0.0, color="black", linewidth=0.5)
    axes.plot(points, difference, color=BLUE if ranks.passed else RED, linewidth=1.0)
    axes.set_title(_title(ranks.name), fontsize=7, color="black" if ranks.passed else RED)
    axes.set_xticks([0.0, 0.5, 1.0], ["0", ".5", "1"])
    axes.tick_params(labelsize=7)
    axes.spines[["top", "right"]].set_visible(False)


def shown_points(ranks: Ranks, sbc: Sbc) -> Index:
    """Return the places of the points that are drawn: evenly spaced ones, and the farthest astray of the band."""
    strays = excursions(ranks.difference, sbc.points, sbc.lower, sbc.upper)
    even = np.linspace(0, len(sbc.points) - 1, min(SHOWN, len(sbc.points))).round().astype(np.int64)
    found: Index = np.union1d(even, [int(np.argmax(strays))])
    return found
