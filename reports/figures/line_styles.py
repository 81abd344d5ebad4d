"""How fits are told apart in figures: each by a colour, a marker and a line, so that no one has to see colours."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import cycle
from typing import Literal

Line = Literal["-", "--", "-.", ":"]

COLORS = ("#1f5a92", "#b3561d", "#3f7a3a", "#7a3f86", "#5f6b7a", "#9c8a1d")
MARKERS = ("o", "s", "D", "^", "v", "X", "P")
LINES: tuple[Line, ...] = ("-", "--", "-.", ":")

WIDTH = 0.7
"""Part of the room between two services that their fits take."""


@dataclass(frozen=True)
class Look:
    """One fit's.

    Attributes
    ----------
    color, marker, line : str
        In Matplotlib's words.
    shift : float
        Below the middle of its service, whose room is 1.
    """

    color: str
    marker: str
    line: Line
    shift: float


def looks(labels: tuple[str, ...]) -> dict[str, Look]:
    """Return a look for every fit; cycles of different length, so that few fits never share all three."""
    step = WIDTH / max(len(labels), 1)
    kinds = zip(labels, cycle(COLORS), cycle(MARKERS), cycle(LINES), strict=False)
    return {
        label: Look(color, marker, line, (k - (len(labels) - 1) / 2.0) * step)
        for k, (label, color, marker, line) in enumerate(kinds)
    }
