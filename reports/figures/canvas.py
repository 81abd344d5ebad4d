"""What every figure shares: colours, text that stays text, a stamp, and the same bytes for the same numbers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from textwrap import wrap
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

BLUE, GREY, RED = "#1f5a92", "#5f6b7a", "#a32a1a"

PER_INCH = 11
"""Letters of a title that fit an inch, with room to spare."""

SETTINGS: Any = {"svg.fonttype": "none", "text.parse_math": False, "svg.hashsalt": "coproduction", "font.size": 9}
"""Text stays text, which can be searched and read aloud; identifiers do not change from run to run."""


@contextmanager
def canvas(size: tuple[float, float]) -> Iterator[Figure]:
    """Give an empty figure of this size in inches, under the project's settings."""
    with mpl.rc_context(SETTINGS):
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasSVG(figure)
        yield figure


def grid(figure: Figure, count: int, columns: int, **shared: Any) -> list[Axes]:
    """Return axes for so many panels in lines of so many columns, sharing what Matplotlib's `subplots` is told."""
    axes = list(figure.subplots(-(-count // columns), columns, squeeze=False, **shared).flat)
    for spare in axes[count:]:
        spare.set_visible(False)
    return axes[:count]


def save(figure: Figure, target: Path | BytesIO, *, title: str, stamp: str, note: str = "") -> None:
    """Write the figure as SVG under its title, the stamp of simulated data if any, and a note."""
    width = int(PER_INCH * figure.get_size_inches()[0])
    lines = [line for part in (title, stamp, note) for line in wrap(part, width)]
    figure.suptitle("\n".join(lines), fontsize=10, color=RED if stamp else "black")
    words = ". ".join(filter(None, [title, stamp, note]))
    figure.savefig(target, format="svg", metadata={"Date": None, "Title": title, "Description": words})
