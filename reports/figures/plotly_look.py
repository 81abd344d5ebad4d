"""What every Plotly figure shares: text that stays text, plain lists, and one look."""

from __future__ import annotations

import json
from typing import Any

import plotly.graph_objects as go

from reports.figures.canvas import GREY

GRID = "#dddddd"

line_break = "<br>".join
"""Between labels that are plain: Plotly knows no other new line."""


def plain_label(text: str) -> str:
    """Return text that Plotly shows as it is, where it would read ``<b>`` or ``<a href>`` as markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def shared_layout(*, height: int, **more: Any) -> dict[str, Any]:
    """Return the layout of a figure that fits a phone: no legend, margins that grow with labels.

    Parameters
    ----------
    height : int
        In pixels; the width is the page's.
    """
    return {
        "template": "none",  # the default one is longer than most figures
        "height": height,
        "font": {"size": 12},
        "margin": {"l": 8, "r": 12, "t": 56, "b": 44},
        "showlegend": False,
        "hovermode": "closest",
        "hoverlabel": {"align": "left", "bgcolor": "white", "bordercolor": GREY, "font": {"color": "#1d2733"}},
        "paper_bgcolor": "white",
        "plot_bgcolor": "white",
        "dragmode": False,  # on a phone a drag scrolls the page
        **more,
    }


def figure_json(figure: go.Figure) -> dict[str, Any]:
    """Return a figure as plain data: `data` and `layout`, of lists, texts and finite numbers.

    Raises
    ------
    ValueError
        When it holds arrays, which Plotly would encode as bytes that no reader of the page can check.
    """
    found: dict[str, Any] = json.loads(figure.to_json())
    if _encoded(found):
        raise ValueError("a Plotly figure of arrays; give it lists")
    return {"data": found["data"], "layout": found["layout"]}


def _encoded(value: Any) -> bool:
    if isinstance(value, dict):
        return "bdata" in value or any(_encoded(inner) for inner in value.values())
    return isinstance(value, list) and any(_encoded(inner) for inner in value)
