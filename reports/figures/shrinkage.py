"""The shrinkage figure: how far each level lies from a typical one, as observed and as the model has it."""

from __future__ import annotations

import math
from io import BytesIO
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from fits.effects.shrinkage import Level, Shrinkage
from reports.figures.canvas import BLUE, canvas, grid, save

COLUMNS = 4


def draw_shrinkage(shrinkage: Shrinkage, target: Path | BytesIO, *, title: str, stamp: str) -> None:
    """Write the figure as SVG: a panel per service, a point per level whose raw mean may be shown.

    On the line of slope 1 nothing is pooled, on the flat line everything is. Points are of one size: a size would
    tell the number of units.
    """
    services = list(shrinkage.factors)
    columns = min(COLUMNS, len(services))
    lines = math.ceil(len(services) / columns)
    withheld = shrinkage.withheld()
    note = f"{withheld} levels with fewer than 11 units behind a number are not shown." if withheld else ""
    with canvas((1.2 + 2.6 * columns, 1.5 + 2.5 * lines)) as figure:
        for one, service in zip(grid(figure, len(services), columns), services, strict=True):
            _panel(one, [level for level in shrinkage.levels if level.service == service])
            one.set_title(f"{service}\npooling factor {shrinkage.factors[service]:.2f}", fontsize=9)
        figure.supxlabel(f"raw mean, distance from a typical level, {shrinkage.unit}", fontsize=9)
        figure.supylabel("as pooled", fontsize=9)
        save(figure, target, title=title, stamp=stamp, note=note)


def _panel(axes: Axes, levels: list[Level]) -> None:
    shown = [one for one in levels if isinstance(one.raw.plain(), float)]
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=7)
    if not shown:
        axes.text(0.5, 0.5, "no level may be shown", transform=axes.transAxes, ha="center", fontsize=8)
        axes.set_xticks([])
        axes.set_yticks([])
        return
    raw = np.array([one.raw.value - one.typical.mean for one in shown if one.typical])
    pooled = np.array([one.pooled.mean - one.typical.mean for one in shown if one.typical and one.pooled])
    reach = 1.1 * max([1e-9, *np.abs(raw), *np.abs(pooled)])
    axes.plot([-reach, reach], [-reach, reach], color="#999999", linewidth=0.8, linestyle="--")
    axes.axhline(0.0, color="#999999", linewidth=0.8)
    axes.scatter(raw, pooled, s=18, color=BLUE, alpha=0.8, linewidth=0)
    axes.set_xlim(-reach, reach)
    axes.set_ylim(-reach, reach)
