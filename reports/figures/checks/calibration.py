"""Calibration: how often things happen that are said to happen with probability p."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from fits.checks.calibration import Calibration
from fits.number_format import INTERVAL
from reports.figures.canvas import BLUE, canvas, save


def draw_calibration(found: Calibration, target: Path | BytesIO, *, title: str, stamp: str) -> None:
    """Write the figure as SVG."""
    with canvas((4.6, 4.8)) as figure:
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1], color="black", linewidth=0.8)
        axes.fill_between(found.predicted, found.low, found.high, color="#d5dae0", linewidth=0)
        axes.step(found.predicted, found.recalibrated, where="mid", color=BLUE, linewidth=1.6)
        axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
        axes.set_xlabel("predicted probability, leave-one-out")
        axes.set_ylabel("observed share, isotonic regression")
        axes.spines[["top", "right"]].set_visible(False)
        note = f"Grey: where {INTERVAL:.0%} of curves lie if the probabilities are right."
        save(figure, target, title=title, stamp=stamp, note=note)
