"""The forest figure of several fits for a page: numbers under the pointer, fits switched off and on by a click."""

from __future__ import annotations

import math
from typing import Any

import plotly.graph_objects as go

from reports.comparison.side_by_side import SideBySide
from reports.figures.line_styles import PLOTLY, Look, looks
from reports.figures.plotly_look import GRID, figure_json, line_break, plain_label, shared_layout

PER_LINE, PER_ROW, AROUND = 12, 16, 170
"""Pixels for an interval, between two effects, and for all that is not an effect."""


def plotly_compare(side: SideBySide, names: dict[str, str]) -> dict[str, Any]:
    """Return the figure as plain data; effects of all exposures under each other.

    Parameters
    ----------
    side : SideBySide
        With some rows.
    names : dict of str to str
        What each label stands for.
    """
    count = len(side.rows)
    places = {(row.exposure, row.service): count - 1 - k for k, row in enumerate(side.rows)}
    traces = [_trace(side, label, names[label], look, places) for label, look in looks(side.labels).items()]
    ticks = [line_break(map(plain_label, (row.service, row.exposure))) for row in side.rows]
    height = AROUND + count * (PER_ROW + PER_LINE * len(side.labels)) + 20 * len(side.labels)
    layout = shared_layout(
        height=height,
        showlegend=True,
        legend={"orientation": "v", "x": 0, "y": -40 / height, "xanchor": "left", "yanchor": "top"},
        xaxis={
            "title": {"text": plain_label(f"change, {side.unit}")},
            "gridcolor": GRID,
            "zeroline": True,
            "zerolinecolor": "black",
        },
        yaxis={
            "tickvals": [places[row.exposure, row.service] for row in side.rows],
            "ticktext": ticks,
            "range": [-0.6, count - 0.4],
            "automargin": True,
            "showgrid": False,
            "zeroline": False,
        },
    )
    return figure_json(go.Figure(data=traces, layout=layout))


def _trace(side: SideBySide, label: str, name: str, look: Look, places: dict[tuple[str, str], int]) -> go.Scatter:
    x: list[float] = []
    y: list[float] = []
    plus: list[float] = []
    minus: list[float] = []
    told: list[str] = []
    for row in side.rows:
        entry = row.entries.get(label)
        said = entry.said if entry else None
        if said is None or not all(map(math.isfinite, (said.mean, said.low, said.high))):
            continue
        x.append(said.mean)
        y.append(places[row.exposure, row.service] - look.shift)
        plus.append(said.high - said.mean)
        minus.append(said.mean - said.low)
        mean, interval, _ = said.text
        lines = (f"{row.service}: {row.exposure} {row.contrast}", name, f"{mean} ({interval}) {side.unit}")
        told.append(line_break(plain_label(line) for line in lines))
    return go.Scatter(
        x=x,
        y=y,
        mode="markers",
        name=plain_label(f"{label}  {name}"),
        text=told,
        hovertemplate="%{text}<extra></extra>",
        marker={"color": look.color, "symbol": PLOTLY[look.marker], "size": 8},
        error_x={"type": "data", "symmetric": False, "array": plus, "arrayminus": minus, "color": look.color},
    )
