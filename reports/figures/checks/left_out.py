"""Levels predicted without having been seen: observed means on their predictive intervals."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from fits.checks.left_out import LeftOut, counts_of
from fits.number_format import INTERVAL
from reports.figures.canvas import RED, canvas, save
from reports.figures.intervals import Interval, IntervalLine, interval_plot


def draw_left_out(found: list[LeftOut], target: Path | BytesIO, *, unit: str, title: str, stamp: str) -> None:
    """Write the figure as SVG, levels from the most to the fewest answers."""
    told = [one for one, count in zip(found, counts_of(found), strict=True) if not isinstance(count.plain(), str)]
    shown = sorted(told, key=lambda one: -one.answers)
    with canvas((5.4, 1.6 + 0.19 * max(len(shown), 3))) as figure:
        axes = figure.subplots()
        interval_plot(axes, [_line(one) for one in shown])
        axes.set_xlabel(f"mean of all answers{f' ({unit})' if unit else ''}")
        hidden = len(found) - len(shown)
        note = f"Dots: observed. Lines: {INTERVAL:.0%} predictive intervals of a level not seen."
        note += f" {hidden} levels withheld as too few units." if hidden else ""
        save(figure, target, title=title, stamp=stamp, note=note)


def _line(one: LeftOut) -> IntervalLine:
    dot = "black" if one.low <= one.observed <= one.high else RED
    return IntervalLine(one.level, (Interval(one.low, one.high, one.observed, dot=dot, size=4),))
