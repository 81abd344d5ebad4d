"""The ladder figure: one interval per step, in order."""

from __future__ import annotations

import math
from io import BytesIO
from pathlib import Path

from fits.ladder import Ladder
from reports.figures.canvas import BLUE, GREY, canvas, save

__all__ = ["draw_ladder"]


def draw_ladder(ladder: Ladder, target: Path | BytesIO, *, stamp: str) -> None:
    """Write the figure as SVG; the step that moved the estimate most is in colour.

    Parameters
    ----------
    ladder : Ladder
    target : Path
    stamp : str
        What must stand across anything made of simulated data; '' for real data.
    """
    found = ladder.largest()
    with canvas((7.5, 1.6 + 0.42 * len(ladder.rungs))) as figure:
        axes = figure.subplots()
        axes.axvline(0.0, color="black", linewidth=0.8)
        for place, rung in enumerate(reversed(ladder.rungs)):
            effect = rung.effect
            if not math.isfinite(effect.mean):
                axes.text(0.0, place, " no estimate", va="center", fontsize=8)
                continue
            color = BLUE if found and rung is found[0] else GREY
            axes.plot([effect.low, effect.high], [place, place], color=color, linewidth=2)
            axes.plot(effect.mean, place, "s" if rung.rival else "o", color=color)
        axes.set_yticks(range(len(ladder.rungs)), [rung.step for rung in reversed(ladder.rungs)])
        axes.set_ylim(-0.6, len(ladder.rungs) - 0.4)
        axes.set_xlabel(f"average change of {ladder.quantity}, {ladder.unit}")
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x", color="#dddddd", linewidth=0.6)
        axes.set_axisbelow(True)
        save(figure, target, title=f"{ladder.exposure} ({ladder.contrast}) on {ladder.service}", stamp=stamp)
