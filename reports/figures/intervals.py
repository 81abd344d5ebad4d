"""Points with intervals, line under line: how every still figure of estimates, predictions and priors draws them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from reports.figures.canvas import GREY


@dataclass(frozen=True)
class Interval:
    """An interval and the point that belongs to it.

    Attributes
    ----------
    point : float, optional
        None where it must not be drawn.
    color, dot : str
        Of the interval, and of the point, '' for the same.
    marker, line : str
        In Matplotlib's words.
    width, size : float
        Of the line and of the point, in points.
    shift : float
        Below the middle of its line, whose room is 1.
    words : str
        What is said in its place where it has no ends, as long as others of its line have some.
    """

    low: float
    high: float
    point: float | None
    color: str = GREY
    dot: str = ""
    marker: str = "o"
    line: str = "-"
    width: float = 2.0
    size: float = 4.5
    shift: float = 0.0
    words: str = ""


@dataclass(frozen=True)
class IntervalLine:
    """A line of the figure: its name, its intervals, and what is said in their place where there are none."""

    name: str
    intervals: tuple[Interval, ...]
    words: str = ""


def interval_plot(axes: Axes, lines: Sequence[IntervalLine], *, null: float | None = None, names: bool = True) -> None:
    """Draw lines of intervals, the first on top.

    Parameters
    ----------
    null : float, optional
        Where nothing is; marked by a line from top to bottom.
    names : bool
        Whether lines are named here; beside a panel that names them there is only room for them.
    """
    if null is not None:
        axes.axvline(null, color="black", linewidth=0.8)
    for place, line in zip(range(len(lines) - 1, -1, -1), lines, strict=True):
        drawn = [one for one in line.intervals if math.isfinite(one.low) and math.isfinite(one.high)]
        _draw(axes, place, drawn)
        if not drawn and line.words:
            _say(axes, place, line.words)
        for one in line.intervals if drawn else ():
            if one.words and one not in drawn:
                _say(axes, place - one.shift, one.words)
    labels = [line.name if names else "" for line in reversed(lines)]
    axes.set_yticks(range(len(lines)), labels)
    axes.set_ylim(-0.6, max(len(lines), 1) - 0.4)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)


def _say(axes: Axes, height: float, words: str) -> None:
    side = axes.get_yaxis_transform()
    axes.text(0.98, height, words, transform=side, va="center", ha="right", fontsize=7)


def _draw(axes: Axes, place: int, intervals: Iterable[Interval]) -> None:
    for one in intervals:
        height = place - one.shift
        axes.plot(
            [one.low, one.high],
            [height, height],
            color=one.color,
            linestyle=one.line,
            linewidth=one.width,
            solid_capstyle="butt",
        )
        if one.point is not None:
            axes.plot(one.point, height, one.marker, color=one.dot or one.color, markersize=one.size)
