"""A figure of what a prior set implies: outcomes, shares at the limits, effects."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from models.prior_implied import Band, Implied

BLUE, GREY = "#2b6ca3", "#9aa5b1"


def draw_figure(implied: Implied, target: Path, stamp: str) -> None:
    """Write the figure; its format follows the suffix.

    Parameters
    ----------
    implied : Implied
    target : Path
    stamp : str
        Of simulated covariates, printed in the figure; '' otherwise.
    """
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
                color="#b3412f",
                label="at a limit" if limit == lower else None,
            )
    axes.set_ylabel("share of answers")
    axes.legend(fontsize=8, frameon=False)


def _bands(axes: Axes, bands: dict[str, Band], title: str, implied: Implied | None) -> None:
    names = list(bands)[::-1]
    for place, name in enumerate(names):
        band = bands[name]
        axes.plot([band.low, band.high], [place, place], color=GREY, linewidth=3, solid_capstyle="butt")
        axes.plot(band.median, place, "o", color=BLUE)
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set_title(f"{title} (median, 95 %)", fontsize=10)
    if implied is None:
        axes.axvline(0, color="black", linewidth=0.8)
    elif implied.limits is None:
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
    names = list(implied.level)[::-1]
    for shares, color, label, shift in (
        (implied.at_lower, "#b3412f", "lower limit", 0.15),
        (implied.at_upper, BLUE, "upper limit", -0.15),
    ):
        for place, name in enumerate(names):
            if name in shares:
                band = shares[name]
                axes.plot([band.low, band.high], [place + shift] * 2, color=color, alpha=0.4, linewidth=3)
                axes.plot(band.median, place + shift, "o", color=color, label=label if place == 0 else None)
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set_xlim(0, 1)
    axes.set_title("Share of units at a limit (median, 95 %)", fontsize=10)
    axes.legend(fontsize=8, frameon=False)
