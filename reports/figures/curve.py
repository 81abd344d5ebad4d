"""The verdicts against the smallest effect that matters: a strip of each reading, coloured by verdict."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
from matplotlib.colors import ListedColormap
from matplotlib.patches import Patch

from fits.verdicts.curve import POINTS, REACH, Curve
from reports.figures.canvas import GREY, canvas, save
from reports.figures.plotly_look import figure_json, line_break, plain_label, shared_layout

COLOURS = {
    "supported": "#1f5a92",
    "contradicted": "#a32a1a",
    "practically none": "#8a93a0",
    "undecided": "#eceef1",
}
"""Apart in grey too, by their lightness; each strip's words say the same."""

LETTERS = {"supported": "S", "contradicted": "C", "practically none": "N", "undecided": "?"}

LINE = 30
"""Height of a strip in pixels."""


def draw_curves(curves: Sequence[Curve], target: Path | BytesIO, *, title: str, stamp: str) -> None:
    """Write the strips as SVG.

    Parameters
    ----------
    curves : sequence of Curve
        At least one.
    """
    names = list(COLOURS)
    half = REACH / (POINTS - 1) / 2  # each point stands in the middle of its cell
    with canvas((8.5, 1.6 + 0.28 * len(curves))) as figure:
        axes = figure.subplots()
        shown = [[names.index(verdict) for verdict in curve.verdicts] for curve in curves]
        axes.imshow(
            shown,
            cmap=ListedColormap(list(COLOURS.values())),
            vmin=-0.5,
            vmax=len(names) - 0.5,
            aspect="auto",
            interpolation="nearest",
            extent=(-half, REACH + half, len(curves) - 0.5, -0.5),
        )
        axes.axvline(1.0, color="black", linewidth=1, linestyle="--")
        axes.set_yticks(range(len(curves)), _labels(curves))
        axes.set_xlim(0.0, REACH)
        axes.set_xlabel("smallest effect that matters, in multiples of the rule's")
        axes.hlines([place + 0.5 for place in range(len(curves) - 1)], 0, REACH, color="white", linewidth=2)
        for place, curve in enumerate(curves):
            for start, end, verdict in _stretches(curve):
                colour = "black" if verdict in ("undecided", "practically none") else "white"
                axes.text(
                    (start + end) / 2, place, LETTERS[verdict], color=colour, ha="center", va="center", fontsize=8
                )
        patches = [Patch(facecolor=COLOURS[name], edgecolor=GREY, label=f"{LETTERS[name]} {name}") for name in names]
        figure.legend(handles=patches, loc="outside lower center", ncols=len(names), frameon=False)
        save(figure, target, title=title, stamp=stamp, note="The dashed line is the rule that was fixed.")


def _stretches(curve: Curve) -> list[tuple[float, float, str]]:
    """From where to where each verdict reaches, in multiples of the rule's smallest effect."""
    turns = curve.turns
    ends = [*(least for least, _ in turns[1:]), float(curve.least[-1])]
    found = [(least / curve.rule, end / curve.rule, verdict) for (least, verdict), end in zip(turns, ends, strict=True)]
    return [stretch for stretch in found if stretch[1] - stretch[0] > 0.08]


def plotly_curves(curves: Sequence[Curve]) -> dict[str, Any]:
    """Return the strips as a Plotly figure whose hover says the three probabilities."""
    names = list(COLOURS)
    steps = len(names)
    scale = [[edge, colour] for k, colour in enumerate(COLOURS.values()) for edge in (k / steps, (k + 1) / steps)]
    figure = go.Figure(
        go.Heatmap(
            x=[float(least / curves[0].rule) for least in curves[0].least],
            y=[plain_label(label) for label in _labels(curves)],
            z=[[names.index(verdict) for verdict in curve.verdicts] for curve in curves],
            text=[_hover(curve) for curve in curves],
            hovertemplate="%{text}<extra></extra>",
            colorscale=scale,
            zmin=-0.5,
            zmax=steps - 0.5,
            ygap=3,
            colorbar={
                "tickvals": list(range(steps)),
                "ticktext": names,
                "orientation": "h",
                "y": -0.12,
                "yanchor": "top",
                "thickness": 12,
            },
        )
    )
    figure.add_vline(x=1.0, line={"dash": "dash", "width": 1, "color": "black"})
    figure.update_layout(**shared_layout(height=150 + LINE * len(curves)))
    figure.update_xaxes(title="smallest effect that matters, in multiples of the rule's", fixedrange=True)
    figure.update_yaxes(autorange="reversed", automargin=True, fixedrange=True)
    return figure_json(figure)


def _labels(curves: Sequence[Curve]) -> list[str]:
    """The readings' names, with the fit where several fits answer the same reading."""
    names = [curve.name for curve in curves]
    return [curve.name if names.count(curve.name) == 1 else f"{curve.name}, {curve.fit}" for curve in curves]


def _hover(curve: Curve) -> list[str]:
    unit = plain_label(curve.unit.split(" (")[0])
    return [
        line_break(
            [
                plain_label(curve.name),
                f"smallest effect {least:.3g} {unit}: {verdict}",
                f"as claimed {holds:.2f}, opposite {against:.2f}, smaller {inside:.2f}",
            ]
        )
        for least, holds, against, inside, verdict in zip(
            curve.least, curve.holds, curve.against, curve.inside, curve.verdicts, strict=True
        )
    ]
