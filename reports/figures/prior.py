"""A figure of what a prior set implies: outcomes, shares at the limits, effects."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from models.prior_implied import Band, Implied
from reports.figures.canvas import BLUE, RED
from reports.figures.intervals import Interval, IntervalLine, interval_plot


def draw_figure(implied: Implied, target: Path, stamp: str) -> None:
    """Write the figure; its format follows the suffix."""
    figure = Figure(figsize=(10, 7), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(2, 2)
    _outcomes(axes[0, 0], implied)
    _bands(
        axes[0, 1], implied.level, "Mean by service" if implied.limits else "Share that offers it, by service", implied
    )
    _limits(axes[1, 0], implied)
    _bands(axes[1, 1], implied.effects, "Effect on the expected outcome", None)
    title = f"Prior set '{implied.name}': {implied.outcome} before any outcome is looked at"
    figure.suptitle(f"{title}\n{stamp}" if stamp else title, fontsize=11)
    figure.savefig(target, dpi=130)


def _outcomes(axes: Axes, implied: Implied) -> None:
    values = np.asarray(implied.draws)
    axes.set_title("Outcomes of units", fontsize=10)
    if implied.limits is None:
        axes.bar(["no", "yes"], [float((values == 0).mean()), float((values == 1).mean())], color=BLUE)
        axes.set_ylabel("share of answers")
        return
    lower, upper = implied.limits
    inside = values[(values > lower) & (values < upper)]
    shown = (
        inside if np.isfinite([lower, upper]).all() else inside[np.abs(inside - np.median(inside)) < 4 * inside.std()]
    )
    axes.hist(shown, bins=20, weights=np.full(len(shown), 1 / len(values)), color=BLUE, label="between the limits")
    width = np.ptp(shown) / 30 if len(shown) else 1.0
    for limit in (lower, upper):
        if np.isfinite(limit):
            axes.bar(
                limit,
                float((values == limit).mean()),
                width=width,
                color=RED,
                label="at a limit" if limit == lower else None,
            )
    axes.set_ylabel("share of answers")
    axes.legend(fontsize=8, frameon=False)


def _bands(axes: Axes, bands: dict[str, Band], title: str, implied: Implied | None) -> None:
    null = 0.0 if implied is None else None
    interval_plot(axes, [IntervalLine(name, (_interval(band),)) for name, band in bands.items()], null=null)
    axes.set_title(f"{title} (median, 95 %)", fontsize=10)
    if implied is not None and implied.limits is None:
        axes.set_xlim(0, 1)


def _limits(axes: Axes, implied: Implied) -> None:
    if not (implied.at_lower or implied.at_upper):
        _bands(
            axes,
            implied.between,
            "SD of the expected outcome between groups",
            implied if implied.limits is None else None,
        )
        return
    ends = [(implied.at_lower, "lower", RED, -0.15), (implied.at_upper, "upper", BLUE, 0.15)]
    lines = []
    for name in implied.level:
        there = [(shares[name], color, shift) for shares, _, color, shift in ends if name in shares]
        lines.append(IntervalLine(name, tuple(_interval(band, color, shift) for band, color, shift in there)))
    interval_plot(axes, lines)
    keys = [
        Line2D([], [], color=color, marker="o", linestyle="", label=f"{end} limit")
        for shares, end, color, _ in ends
        if shares
    ]
    axes.set_xlim(0, 1)
    axes.set_title("Share of units at a limit (median, 95 %)", fontsize=10)
    axes.legend(handles=keys, fontsize=8, frameon=False)


def _interval(band: Band, color: str = BLUE, shift: float = 0.0) -> Interval:
    return Interval(band.low, band.high, band.median, dot=color, width=3, size=6, shift=shift)
