"""Command lines as readers can repeat them."""

from __future__ import annotations

from pathlib import Path

from data.commands.command_line import command_line


def test_a_command_line_names_what_is_not_usual_and_quotes_it() -> None:
    said = command_line(
        "reports.build",
        ["a fit", "b"],
        out=Path("x.html"),
        claims=["p", "q"],
        rule="default",
        accept_failed=True,
        as_json=False,
        fits_dir=None,
    )
    assert said == "python -m reports.build 'a fit' b --out x.html --claims p --claims q --accept-failed"
    assert command_line("m", [], rule="strict", target="new") == "python -m m --rule strict --target new"
