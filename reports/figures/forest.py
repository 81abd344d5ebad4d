"""The forest figure: every exposure's effects, with their intervals, side by side."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from matplotlib.lines import Line2D

from data.disclosure import FEW
from fits.effects.effect_table import POOLED, Effect, EffectTable
from fits.number_format import INTERVAL
from reports.figures.canvas import BLUE, GREY, canvas, save
from reports.figures.intervals import Interval, IntervalLine, interval_plot
from reports.figures.panels import MOST_COLUMNS, Panels

LIGHT = "#a8916b"
"""Colour of what is not judged from: lighter than the effects, and told from them without colour by its marker."""

NO_MAXIMUM = "no maximum"
"""What stands in place of the estimate where the likelihood has none, short enough to cross no line."""

BELOW = 0.26
"""How far the estimate stands below the middle of a line, and the effect above it, where there are both."""

HEIGHT, WITH_ESTIMATES, LEGEND = 0.24, 0.36, 0.6
"""Inches of a line, of one with an estimate below the effect, and of the legend."""


def draw_forest(
    table: EffectTable, target: Path | BytesIO, *, title: str, stamp: str, columns: int = MOST_COLUMNS
) -> None:
    """Write the figure as SVG; below every pooled effect stands the estimate by maximum likelihood, if there is any.

    Parameters
    ----------
    columns : int
        How many panels may stand beside each other.
    """
    exposures = table.exposures()
    panels = Panels(exposures, columns)
    longest = max(len(table.of_exposure(exposure)) for exposure in exposures)
    both = any(row.beside.alone for row in table.rows)
    size = panels.size(1.4 + LEGEND * both, 0.7 + (WITH_ESTIMATES if both else HEIGHT) * longest)
    with canvas(size) as figure:
        for exposure, axes, names in panels.on(figure, label="ratio" if table.ratio else table.unit):
            lines = [_line(row, both=both) for row in table.of_exposure(exposure)]
            interval_plot(axes, lines, null=1.0 if table.ratio else 0.0, names=names)
        if both:
            figure.legend(handles=_keys(table), loc="outside lower left", frameon=False, fontsize=8, ncols=1)
        save(figure, target, title=title, stamp=stamp)


def _line(row: Effect, *, both: bool) -> IntervalLine:
    name = " · ".join(filter(None, [row.name, row.level]))
    if row.change is None:
        return IntervalLine(name, (), FEW)
    low, high, mean = row.change.low, row.change.high, row.change.mean
    shift = -BELOW / 2.0 if both else 0.0
    one = Interval(low, high, mean, width=1.8, shift=shift)
    if row.service == POOLED:
        one = Interval(low, high, mean, color=BLUE, marker="D", width=3, size=6, shift=shift)
    return IntervalLine(name, (one, *_estimate(row)), "no estimate")


def _estimate(row: Effect) -> tuple[Interval, ...]:
    alone = row.beside.alone
    if alone is None:
        return ()
    return (
        Interval(
            alone.low,
            alone.high,
            alone.mean,
            LIGHT,
            marker="s",
            width=1.2,
            size=3.5,
            shift=BELOW,
            words=NO_MAXIMUM,
        ),
    )


def _keys(table: EffectTable) -> list[Line2D]:
    looks = [(GREY, "o", 1.8, 4.5, "pooled over services")]
    if any(row.service == POOLED for row in table.rows):
        looks.append((BLUE, "D", 3.0, 6.0, POOLED))
    looks.append((LIGHT, "s", 1.2, 3.5, "maximum likelihood, nothing pooled"))
    return [
        Line2D(
            [],
            [],
            color=color,
            marker=marker,
            linewidth=width,
            markersize=size,
            label=f"{words}, {INTERVAL:.0%} interval",
        )
        for color, marker, width, size, words in looks
    ]
