"""The forest figure: every exposure's effects, with their intervals, side by side."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from data.disclosure import FEW
from fits.effects.effect_table import POOLED, Effect, EffectTable
from reports.figures.canvas import BLUE, canvas, save
from reports.figures.intervals import Interval, IntervalLine, interval_plot
from reports.figures.panels import MOST_COLUMNS, Panels


def draw_forest(
    table: EffectTable, target: Path | BytesIO, *, title: str, stamp: str, columns: int = MOST_COLUMNS
) -> None:
    """Write the figure as SVG.

    Parameters
    ----------
    columns : int
        How many panels may stand beside each other.
    """
    exposures = table.exposures()
    panels = Panels(exposures, columns)
    longest = max(len(table.of_exposure(exposure)) for exposure in exposures)
    with canvas(panels.size(1.4, 0.7 + 0.24 * longest)) as figure:
        for exposure, axes, names in panels.on(figure, label="ratio" if table.ratio else table.unit):
            lines = [_line(row) for row in table.of_exposure(exposure)]
            interval_plot(axes, lines, null=1.0 if table.ratio else 0.0, names=names)
        save(figure, target, title=title, stamp=stamp)


def _line(row: Effect) -> IntervalLine:
    name = " · ".join(filter(None, [row.name, row.level]))
    if row.change is None:
        return IntervalLine(name, (), FEW)
    low, high, mean = row.change.low, row.change.high, row.change.mean
    one = Interval(low, high, mean, width=1.8)
    if row.service == POOLED:
        one = Interval(low, high, mean, color=BLUE, marker="D", width=3, size=6)
    return IntervalLine(name, (one,), "no estimate")
