"""What every Plotly figure shares."""

from __future__ import annotations

import json

import numpy as np
import plotly.graph_objects as go
import pytest

from reports.figures.plotly_look import figure_json, plain_label, shared_layout


def test_a_label_is_text() -> None:
    assert plain_label('<a href="x">a & b</a>') == '&lt;a href="x"&gt;a &amp; b&lt;/a&gt;'


def test_a_figure_is_lists_and_finite_numbers() -> None:
    found = figure_json(go.Figure(go.Scatter(x=[1.0, float("nan")], y=[0, 1]), shared_layout(height=100)))
    assert found["data"][0]["x"] == [1.0, None]
    assert found["layout"]["height"] == 100
    assert len(json.dumps(found, allow_nan=False)) < 2500


def test_arrays_are_refused() -> None:
    with pytest.raises(ValueError, match="a Plotly figure of arrays; give it lists"):
        figure_json(go.Figure(go.Scatter(x=np.arange(3.0))))
