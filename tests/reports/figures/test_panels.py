"""How forest figures are laid out."""

from __future__ import annotations

import pytest

from reports.figures.canvas import canvas
from reports.figures.panels import MOST_COLUMNS, Panels, name_lines


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


@pytest.mark.parametrize(("names", "said"), [(True, ["condoms", "methadone"]), (False, ["", ""])])
def test_lines_are_named_from_the_bottom_up_or_not_at_all(names: bool, said: list[str]) -> None:
    with canvas((4, 4)) as figure:
        axes = figure.subplots()
        name_lines(axes, ["condoms", "methadone"], names=names)
        assert [tick.get_text() for tick in axes.get_yticklabels()] == said
        assert axes.get_ylim() == pytest.approx((-0.6, 1.6))
        assert not axes.spines["left"].get_visible()
