"""The calibration figure: each quantity's ranks against the band, as small multiples."""

from __future__ import annotations

import math
from pathlib import Path
from textwrap import wrap

import numpy as np
from matplotlib.axes import Axes

from fits.calibration.sbc import Ranks, Sbc
from reports.figures.canvas import BLUE, RED, canvas, grid, save

COLUMNS, PER_PAGE = 5, 30

LETTERS = 30
"""Of a panel's title that fit a line."""


def draw_sbc(sbc: Sbc, folder: Path, *, name: str, title: str, stamp: str) -> list[str]:
    """Write the figure as SVG, a page per 30 quantities, the farthest astray first; return the files' names.

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
    def closed(values: np.ndarray) -> np.ndarray:
        return np.concatenate([[0.0], values, [0.0]])

    points = np.concatenate([[0.0], sbc.points, [1.0]])
    axes.fill_between(points, closed(sbc.lower), closed(sbc.upper), step="post", color="#dddddd", linewidth=0)
    axes.axhline(0.0, color="black", linewidth=0.5)
    color = BLUE if ranks.passed else RED
    axes.step(points, closed(ranks.difference), where="post", color=color, linewidth=1.0)
    axes.set_title(_title(ranks.name), fontsize=7, color="black" if ranks.passed else RED)
    axes.set_xticks([0.0, 0.5, 1.0], ["0", ".5", "1"])
    axes.tick_params(labelsize=7)
    axes.spines[["top", "right"]].set_visible(False)
