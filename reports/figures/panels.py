"""A panel per exposure, with a line for every service: how forest figures are laid out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.figures.canvas import grid

MOST_COLUMNS = 3


@dataclass(frozen=True)
class Panels:
    """Panels of exposures in lines, on one scale in each line, or on one for all where they stand below each other.

    Attributes
    ----------
    exposures : dict of str to str
        Contrasts in words, by exposure.
    most : int
        How many may stand beside each other: 1 on a page, which a phone shows as well.
    """

    exposures: Mapping[str, str]
    most: int = MOST_COLUMNS

    @property
    def columns(self) -> int:
        """How many stand beside each other."""
        return min(len(self.exposures), self.most)

    @property
    def lines(self) -> int:
        """How many stand under each other."""
        return math.ceil(len(self.exposures) / self.columns)

    def size(self, around: float, line: float) -> tuple[float, float]:
        """Return the figure's size in inches, for so much height around all panels and for each line of them."""
        return 2.2 + 3.2 * self.columns, around + self.lines * line

    def on(self, figure: Figure, *, label: str) -> Iterator[tuple[str, Axes, bool]]:
        """Give each exposure with its axes, and whether services are named there: at the left end of a line.

        Parameters
        ----------
        label : str
            Of the horizontal axis.
        """
        panels = grid(figure, len(self.exposures), self.columns, sharex="row" if self.columns > 1 else "col")
        for place, (one, (exposure, contrast)) in enumerate(zip(panels, self.exposures.items(), strict=True)):
            yield exposure, one, place % self.columns == 0
            one.set_title(f"{exposure}\n{contrast}", fontsize=9)
            one.set_xlabel(label)
            one.tick_params(labelbottom=True)
