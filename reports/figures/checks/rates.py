"""Shares at the limits, or rates, by group and exposure: observed dots on predictive intervals."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from fits.checks.rates import RateRow, Rates
from fits.number_format import INTERVAL
from reports.figures.canvas import RED, canvas, save
from reports.figures.intervals import Interval, IntervalLine, interval_plot

MOST_ROWS = 60
"""A figure with more is no longer read."""

DRAWN = ("at_lower", "at_upper", "rate", "mean")


def drawn(rates: list[Rates]) -> list[Rates]:
    """Return those of one split that are drawn side by side: the limits, or a rate, or else the mean."""
    found = [one for one in rates if one.rows[0].statistic in DRAWN]
    limits = [one for one in found if one.rows[0].statistic != "mean"]
    return limits or found


def draw_rates(rates: list[Rates], target: Path | BytesIO, *, title: str, stamp: str) -> None:
    """Write one split's figure as SVG, its labels from the most to the fewest units."""
    panels = drawn(rates)
    order = sorted(range(len(panels[0].rows)), key=lambda k: -panels[0].rows[k].n)
    kept = [k for k in order if any(not one.rows[k].withheld for one in panels)][:MOST_ROWS]
    left_out = len(order) - len(kept)
    with canvas((3.0 + 2.6 * len(panels), 1.6 + 0.19 * max(len(kept), 3))) as figure:
        axes = figure.subplots(1, len(panels), squeeze=False)[0]
        for one, panel in zip(axes, panels, strict=True):
            interval_plot(one, [_line(panel.rows[k]) for k in kept], names=panel is panels[0])
            one.set_title(panel.words.split(" by ")[0], fontsize=9)
            one.set_xlabel("" if panel.rows[0].statistic == "mean" else "% of answers")
        note = f"Dots: observed. Lines: {INTERVAL:.0%} predictive intervals."
        note += f" {left_out} labels left out, most for too few units." if left_out else ""
        save(figure, target, title=title, stamp=stamp, note=note)


def _line(row: RateRow) -> IntervalLine:
    factor = 1.0 if row.statistic == "mean" else 100.0
    low, high = (factor * row.said(end) for end in ("low", "high"))
    observed = None if row.withheld else factor * row.said("observed")
    return IntervalLine(row.label, (Interval(low, high, observed, dot="black" if row.inside else RED, size=4),))
