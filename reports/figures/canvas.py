"""What every figure shares: colours, text that stays text, a stamp, and the same bytes for the same numbers."""

from __future__ import annotations

import re
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

BLUE, LIGHT_BLUE, GREY, RED = "#1f5a92", "#6fa3d8", "#5f6b7a", "#a32a1a"

PER_INCH = 11
"""Letters of a title that fit an inch, with room to spare."""

SETTINGS: Any = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "svg.hashsalt": "coproduction",
    "font.size": 9,
    "font.sans-serif": ["DejaVu Sans", "Arial"],  # all of them are written out at every text
    "savefig.dpi": 72,  # of what is drawn as an image, such as clouds of points
}
"""Text stays text, which can be searched and read aloud; identifiers do not change from run to run."""

TAG = re.compile(r"(?:(?<=\n)\s+)?<[^<>]+>")
"""A tag with its indentation; texts between tags hold no angle bracket."""

COORDINATES = re.compile(r'(?<=\s)(d|x|y|width|height)="([^"]*)"')
"""Attributes of an SVG's elements that hold positions and sizes, in points."""

TURNED_BY_NOTHING = re.compile(r' transform="rotate\(-0 [^"]*"')

LONG = re.compile(r"-?[0-9]*\.[0-9]{3,}")
"""A number with more than two decimals: a hundredth of a point is finer than any screen or print."""


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
    drawn = BytesIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None, "Title": title, "Description": words})
    svg = shortened(drawn.getvalue().decode("utf-8")).encode("utf-8")
    if isinstance(target, Path):
        with target.open("wb") as stream:
            stream.write(svg)
    else:
        target.write(svg)


def shortened(svg: str) -> str:
    """Return an SVG whose positions have two decimals and whose paths stand on one line each; texts stay as they are.

    Matplotlib writes six decimals and a line for every point of a path, which makes files three times as long.
    """
    return TAG.sub(lambda tag: COORDINATES.sub(_short, TURNED_BY_NOTHING.sub("", tag[0].lstrip())), svg)


def _short(found: re.Match[str]) -> str:
    name, value = found.groups()
    value = LONG.sub(lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), value)
    return f'{name}="{" ".join(value.split())}"'
