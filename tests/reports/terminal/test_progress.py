"""Progress without a terminal: plain lines, seldom, with the time left."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from models.engines.settings import Progress
from reports.terminal import progress


def shown(states: list[Progress]) -> list[str]:
    out = io.StringIO()
    with progress.TerminalListener(Console(file=out, width=100)).sampling() as listen:
        for state in states:
            listen(state)
    return out.getvalue().splitlines()


def test_lines_say_how_far_and_how_long_still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "EVERY", 0.0)
    lines = shown([Progress(0, 8000, 0, 1.0), Progress(2000, 8000, 0, 20.0), Progress(1000, 8000, 3, 60.0)])
    assert lines[0].strip() == "sampling: 0 % after 1 s,"
    assert lines[1] == "sampling: 25 % after 20 s, about 60 s left"
    assert lines[2] == "sampling: 12 % after 60 s, about 7 min left, 3 divergences"


def test_a_quick_fit_says_nothing() -> None:
    assert shown([Progress(7000, 8000, 0, 9.0)]) == []


def test_a_name_that_looks_like_markup_or_a_format_is_shown_as_it_is() -> None:
    out = io.StringIO()
    listener = progress.TerminalListener(Console(file=out, width=100, force_terminal=True))
    with listener.counting("leaving [b]{x} out", total=2, noun="refits") as tick:
        tick(0)
        tick(0)
    assert "leaving [b]{x} out" in out.getvalue()
