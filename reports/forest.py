"""The forest figure: every exposure's effects, with their intervals, side by side."""

from __future__ import annotations

import math
from io import BytesIO
from pathlib import Path

from matplotlib.axes import Axes

from data._disclosure import FEW
from reports._figure import BLUE, GREY, canvas, save
from reports.effect_table import POOLED, Effect, EffectTable

__all__ = ["draw_forest"]

MOST_COLUMNS = 3


def draw_forest(table: EffectTable, target: Path | BytesIO, *, title: str, stamp: str) -> None:
    """Write the figure as SVG.

    Parameters
    ----------
    table : EffectTable
    target : Path
    title : str
    stamp : str
        What must stand across anything made of simulated data; '' for real data.
    """
    exposures = table.exposures()
    columns = min(len(exposures), MOST_COLUMNS)
    lines = math.ceil(len(exposures) / columns)
    longest = max(len(table.of_exposure(exposure)) for exposure in exposures)
    with canvas((2.2 + 3.2 * columns, 1.4 + lines * (0.7 + 0.24 * longest))) as figure:
        axes = figure.subplots(lines, columns, squeeze=False, sharex="row" if columns > 1 else False)
        for place in range(lines * columns):
            one = axes[place // columns][place % columns]
            if place >= len(exposures):
                one.set_visible(False)
                continue
            exposure, contrast = list(exposures.items())[place]
            _panel(one, table.of_exposure(exposure), table, names=place % columns == 0)
            one.set_title(f"{exposure}\n{contrast}", fontsize=9)
            one.set_xlabel("ratio" if table.ratio else table.unit)
        save(figure, target, title=title, stamp=stamp)


def _panel(axes: Axes, rows: tuple[Effect, ...], table: EffectTable, *, names: bool) -> None:
    axes.axvline(1.0 if table.ratio else 0.0, color="black", linewidth=0.8)
    for place, row in enumerate(reversed(rows)):
        if row.change is None:
            axes.text(0.98, place, FEW, transform=axes.get_yaxis_transform(), va="center", ha="right", fontsize=7)
            continue
        pooled = row.service == POOLED
        color = BLUE if pooled else GREY
        axes.plot([row.change.low, row.change.high], [place, place], color=color, linewidth=3 if pooled else 1.8)
        axes.plot(row.change.mean, place, "D" if pooled else "o", color=color, markersize=6 if pooled else 4.5)
    labels = [" · ".join(filter(None, [row.name, row.level])) for row in reversed(rows)]
    axes.set_yticks(range(len(rows)), labels if names else [""] * len(rows))
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
