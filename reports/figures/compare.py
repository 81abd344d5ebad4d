"""The forest figure of several fits: their effects on each service under each other, exposure by exposure."""

from __future__ import annotations

import math
from io import BytesIO
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from fits.effects.effect_table import POOLED
from reports.comparison.side_by_side import Row, SideBySide
from reports.figures.canvas import canvas, save
from reports.figures.line_styles import Look, looks
from reports.figures.panels import Panels, name_lines

__all__ = ["draw_compare"]

PER_LINE = 0.13
"""Inches that one interval takes."""


def draw_compare(side: SideBySide, names: dict[str, str], target: Path | BytesIO, *, title: str, stamp: str) -> None:
    """Write the figure as SVG; fits differ in colour, marker and line.

    Parameters
    ----------
    side : SideBySide
        With some rows.
    names : dict of str to str
        What each label stands for.
    target : Path
    title : str
    stamp : str
        What must stand across anything made of simulated data; '' for real data.
    """
    exposures = side.exposures()
    panels = Panels(exposures)
    longest = max(len(side.of_exposure(exposure)) for exposure in exposures)
    style = looks(side.labels)
    count = len(side.labels)
    with canvas(panels.size(1.6 + 0.17 * count, 0.8 + longest * (0.14 + PER_LINE * count))) as figure:
        for exposure, axes, left in panels.on(figure, label=side.unit):
            _panel(axes, side.of_exposure(exposure), style, names=left)
        keys = [
            Line2D([], [], color=look.color, marker=look.marker, linestyle=look.line, label=f"{label}  {names[label]}")
            for label, look in style.items()
        ]
        figure.legend(handles=keys, loc="outside lower left", frameon=False, fontsize=8, ncols=1)
        save(figure, target, title=title, stamp=stamp)


def _panel(axes: Axes, rows: tuple[Row, ...], style: dict[str, Look], *, names: bool) -> None:
    axes.axvline(0.0, color="black", linewidth=0.8)
    for place, row in enumerate(reversed(rows)):
        for label, entry in row.entries.items():
            said = entry.said
            if said is None or not math.isfinite(said.mean):
                continue
            look = style[label]
            height = place - look.shift
            width = 2.2 if row.service == POOLED else 1.4
            axes.plot([said.low, said.high], [height] * 2, color=look.color, linestyle=look.line, linewidth=width)
            axes.plot(said.mean, height, look.marker, color=look.color, markersize=4.5)
    name_lines(axes, [row.service for row in reversed(rows)], names=names)
