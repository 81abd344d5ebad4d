"""A panel per exposure, with a line for every service: how forest figures are laid out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

MOST_COLUMNS = 3


@dataclass(frozen=True)
class Panels:
    """Panels of exposures in lines of at most `MOST_COLUMNS`.

    Attributes
    ----------
    exposures : dict of str to str
        Contrasts in words, by exposure.
    """

    exposures: Mapping[str, str]

    @property
    def columns(self) -> int:
        """How many stand beside each other."""
        return min(len(self.exposures), MOST_COLUMNS)

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
        figure : matplotlib.figure.Figure
        label : str
            Of the horizontal axis.
        """
        axes = figure.subplots(self.lines, self.columns, squeeze=False, sharex="row" if self.columns > 1 else False)
        panels = list(axes.flat)
        for one in panels[len(self.exposures) :]:
            one.set_visible(False)
        for place, (exposure, contrast) in enumerate(self.exposures.items()):
            one = panels[place]
            yield exposure, one, place % self.columns == 0
            one.set_title(f"{exposure}\n{contrast}", fontsize=9)
            one.set_xlabel(label)


def name_lines(axes: Axes, labels: Sequence[str], *, names: bool) -> None:
    """Name the lines of a panel from the bottom up, or leave room for them alone, and take away its frame."""
    axes.set_yticks(range(len(labels)), list(labels) if names else [""] * len(labels))
    axes.set_ylim(-0.6, len(labels) - 0.4)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
