"""The figure of an elicited prior: its density on the scale of the range, and the share that the range holds."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from priors.elicitation import Elicited
from priors.prior_set import GOVERNS
from reports.figures.canvas import BLUE, GREY, canvas, save


def draw_elicited(found: Elicited, target: Path | BytesIO) -> None:
    """Write the figure as SVG."""
    values, density = found.density()
    inside = (values >= found.lower) & (values <= found.upper)
    with canvas((6.4, 3.6)) as figure:
        axes = figure.subplots()
        axes.plot(values, density, color=BLUE)
        axes.fill_between(values, density, where=inside, color=BLUE, alpha=0.25)
        for end in (found.lower, found.upper):
            axes.axvline(end, color=GREY, linewidth=0.8, linestyle="--")
        axes.set_ylim(bottom=0.0)
        axes.set_yticks([])
        axes.set_xlabel("points" if found.scale == "points" else "probability")
        title = f"Prior of {found.role}: {GOVERNS[found.role.partition('.')[0]]}"
        save(figure, target, title=title, stamp="", note=found.sentence)
