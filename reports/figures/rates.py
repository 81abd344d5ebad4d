"""Shares at the limits, or rates, by group and exposure: observed dots on predictive intervals."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from matplotlib.axes import Axes

from fits.checks.rates import Rates
from fits.number_format import INTERVAL
from reports.figures.canvas import GREY, RED, canvas, save

__all__ = ["draw_rates"]

MOST_ROWS = 60
"""A figure with more is no longer read."""

DRAWN = ("at_lower", "at_upper", "rate", "mean")


def drawn(rates: list[Rates]) -> list[Rates]:
    """Return those of one split that are drawn side by side: the limits, or a rate, or else the mean."""
    found = [one for one in rates if one.rows[0].statistic in DRAWN]
    limits = [one for one in found if one.rows[0].statistic != "mean"]
    return limits or found


def draw_rates(rates: list[Rates], target: Path | BytesIO, *, title: str, stamp: str) -> None:
    """Write one split's figure as SVG, its labels from the most to the fewest units.

    Parameters
    ----------
    rates : list of Rates
        Of one split.
    target : Path or BytesIO
    title, stamp : str
    """
    panels = drawn(rates)
    order = sorted(range(len(panels[0].rows)), key=lambda k: -panels[0].rows[k].n)
    kept = [k for k in order if any(not one.rows[k].withheld for one in panels)][:MOST_ROWS]
    left_out = len(order) - len(kept)
    with canvas((3.0 + 2.6 * len(panels), 1.6 + 0.19 * max(len(kept), 3))) as figure:
        axes = figure.subplots(1, len(panels), squeeze=False, sharey=True)[0]
        for one, panel in zip(axes, panels, strict=True):
            _panel(one, panel, kept)
        labels = [panels[0].rows[k].label for k in reversed(kept)]
        axes[0].set_yticks(range(len(kept)), labels)
        note = f"Dots: observed. Lines: {INTERVAL:.0%} predictive intervals."
        note += f" {left_out} labels left out, most for too few units." if left_out else ""
        save(figure, target, title=title, stamp=stamp, note=note)


def _panel(axes: Axes, rates: Rates, kept: list[int]) -> None:
    for place, k in enumerate(reversed(kept)):
        row = rates.rows[k]
        factor = 1.0 if row.statistic == "mean" else 100.0
        axes.plot([factor * row.said("low"), factor * row.said("high")], [place, place], color=GREY, linewidth=2)
        if not row.withheld:
            axes.plot(factor * row.said("observed"), place, "o", color="black" if row.inside else RED, markersize=4)
    axes.set_title(rates.words.split(" by ")[0], fontsize=9)
    axes.set_xlabel("" if rates.rows[0].statistic == "mean" else "% of answers")
    axes.set_ylim(-0.7, max(len(kept), 1) - 0.3)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
