"""The forest figure of several fits: their effects on each service under each other, exposure by exposure."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from matplotlib.lines import Line2D

from fits.effects.effect_table import POOLED
from reports.comparison.side_by_side import EffectRow, SideBySide
from reports.figures.canvas import canvas, save
from reports.figures.intervals import Interval, IntervalLine, interval_plot
from reports.figures.line_styles import Look, looks
from reports.figures.panels import Panels

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
    """
    exposures = side.exposures()
    panels = Panels(exposures, 1)
    longest = max(len(side.of_exposure(exposure)) for exposure in exposures)
    style = looks(side.labels)
    count = len(side.labels)
    with canvas(panels.size(1.6 + 0.17 * count, 0.8 + longest * (0.14 + PER_LINE * count))) as figure:
        for exposure, axes, left in panels.on(figure, label=side.unit):
            interval_plot(axes, [_line(row, style) for row in side.of_exposure(exposure)], null=0.0, names=left)
        keys = [
            Line2D([], [], color=look.color, marker=look.marker, linestyle=look.line, label=f"{label}  {names[label]}")
            for label, look in style.items()
        ]
        figure.legend(handles=keys, loc="outside lower left", frameon=False, fontsize=8, ncols=1)
        save(figure, target, title=title, stamp=stamp)


def _line(row: EffectRow, style: dict[str, Look]) -> IntervalLine:
    width = 2.2 if row.service == POOLED else 1.4
    said = {label: entry.said for label, entry in row.entries.items()}
    return IntervalLine(
        row.service,
        tuple(
            Interval(one.low, one.high, one.mean, look.color, "", look.marker, look.line, width, shift=look.shift)
            for label, one in said.items()
            if one and (look := style[label])
        ),
    )
