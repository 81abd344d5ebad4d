"""The ladder figure: one interval per step, in order."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from fits.ladder import Ladder, Rung
from reports.figures.canvas import BLUE, GREY, canvas, save
from reports.figures.intervals import Interval, IntervalLine, interval_plot


def draw_ladder(ladder: Ladder, target: Path | BytesIO, *, stamp: str) -> None:
    """Write the figure as SVG; the step that moved the estimate most is in colour."""
    found = ladder.largest()
    with canvas((7.5, 1.6 + 0.42 * len(ladder.rungs))) as figure:
        axes = figure.subplots()
        interval_plot(axes, [_line(rung, found[0] if found else None) for rung in ladder.rungs], null=0.0)
        axes.set_xlabel(f"average change of {ladder.quantity}, {ladder.unit}")
        save(figure, target, title=f"{ladder.exposure} ({ladder.contrast}) on {ladder.service}", stamp=stamp)


def _line(rung: Rung, largest: Rung | None) -> IntervalLine:
    effect, color = rung.effect, BLUE if rung is largest else GREY
    one = Interval(effect.low, effect.high, effect.mean, color=color, marker="s" if rung.rival else "o", size=6)
    return IntervalLine(rung.step, (one,), "no estimate")
