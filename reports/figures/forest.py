"""The forest figure: every exposure's effects, with their intervals, side by side."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from matplotlib.axes import Axes

from data.disclosure import FEW
from fits.effects.effect_table import POOLED, Effect, EffectTable
from reports.figures.canvas import BLUE, GREY, canvas, save
from reports.figures.panels import Panels, name_lines

__all__ = ["draw_forest"]


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
    panels = Panels(exposures)
    longest = max(len(table.of_exposure(exposure)) for exposure in exposures)
    with canvas(panels.size(1.4, 0.7 + 0.24 * longest)) as figure:
        for exposure, axes, names in panels.on(figure, label="ratio" if table.ratio else table.unit):
            _panel(axes, table.of_exposure(exposure), table, names=names)
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
    name_lines(axes, labels, names=names)
