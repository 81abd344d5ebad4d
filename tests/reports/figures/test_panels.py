"""How forest figures are laid out."""

from __future__ import annotations

import pytest

from reports.figures.canvas import canvas
from reports.figures.intervals import Interval, IntervalLine, interval_plot
from reports.figures.panels import MOST_COLUMNS, Panels


@pytest.mark.parametrize(("count", "columns", "lines"), [(1, 1, 1), (2, 2, 1), (3, 3, 1), (4, 3, 2), (7, 3, 3)])
def test_panels_stand_in_lines_and_those_too_many_are_hidden(count: int, columns: int, lines: int) -> None:
    panels = Panels({f"x{k}": f"{k} -> {k + 1}" for k in range(count)})
    assert (panels.columns, panels.lines) == (columns, lines)
    assert panels.size(1.0, 2.0) == (2.2 + 3.2 * columns, 1.0 + 2.0 * lines)
    with canvas((8, 8)) as figure:
        seen = list(panels.on(figure, label="points"))
        assert [exposure for exposure, _, _ in seen] == [f"x{k}" for k in range(count)]
        assert [left for _, _, left in seen] == [k % MOST_COLUMNS == 0 for k in range(count)]
        assert [axes.get_visible() for axes in figure.axes] == [k < count for k in range(columns * lines)]
        assert [axes.get_title() for _, axes, _ in seen] == [f"x{k}\n{k} -> {k + 1}" for k in range(count)]
        assert {axes.get_xlabel() for _, axes, _ in seen} == {"points"}


@pytest.mark.parametrize(("names", "said"), [(True, ["condoms", "methadone", "aftercare"]), (False, ["", "", ""])])
def test_intervals_stand_on_their_lines_the_first_on_top_and_lines_without_say_why(
    names: bool, said: list[str]
) -> None:
    above = Interval(-1.0, 2.0, 0.5, dot="black", marker="D", shift=-0.2)
    lines = [
        IntervalLine("aftercare", (above, Interval(0.0, 1.0, None))),
        IntervalLine("methadone", (Interval(float("nan"), 1.0, 0.5),), "no estimate"),
        IntervalLine("condoms", (Interval(3.0, 4.0, 3.5, color="red"),)),
    ]
    with canvas((4, 4)) as figure:
        axes = figure.subplots()
        interval_plot(axes, lines, null=0.0, names=names)
        assert [tick.get_text() for tick in axes.get_yticklabels()] == said
        assert axes.get_ylim() == pytest.approx((-0.6, 2.6))
        assert not axes.spines["left"].get_visible()
        null, *drawn = [(list(line.get_xdata()), list(line.get_ydata())) for line in axes.lines]
        assert null[0] == [0.0, 0.0]
        assert drawn == [
            ([-1.0, 2.0], [2.2, 2.2]), ([0.5], [2.2]), ([0.0, 1.0], [2.0, 2.0]), ([3.0, 4.0], [0.0, 0.0]),
            ([3.5], [0.0]),
        ]  # fmt: skip
        assert [line.get_color() for line in axes.lines[2:6:3]] == ["black", "red"]
        assert [(text.get_text(), text.get_position()[1]) for text in axes.texts] == [("no estimate", 1)]


def test_an_interval_without_ends_says_so_below_one_that_has_some() -> None:
    nothing = Interval(float("nan"), float("nan"), None, shift=0.3, words="no maximum")
    lines = [IntervalLine("a", (Interval(0.0, 1.0, 0.5), nothing), "none"), IntervalLine("b", (nothing,), "none")]
    with canvas((4, 4)) as figure:
        axes = figure.subplots()
        interval_plot(axes, lines)
        assert [(text.get_text(), text.get_position()[1]) for text in axes.texts] == [("no maximum", 0.7), ("none", 0)]
