"""What `reports.compare` prints of parameters: all of exposures, and of the rest those that are farthest apart."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from reports.comparison.parameters import Parameter, Parameters, Value
from reports.comparison.words import parameter_lines
from reports.terminal.comparison_tables import table_of

MOST = 10
"""Parameters of no exposure that are listed."""

IN_WORDS = {"exposure_mean": "pooled over services", "exposure_spread": "spread over services"}


def print_parameters(found: Parameters, console: Console) -> None:
    """Print the parameters and what is not compared of them."""
    for line in parameter_lines(found):
        console.print(line)
    by_exposure: dict[str, list[Parameter]] = {}
    for row in found.rows:
        by_exposure.setdefault(row.labels.get("exposure", ""), []).append(row)
    rest = sorted(by_exposure.pop("", []), key=lambda row: -row.size)
    for exposure, rows in by_exposure.items():
        console.print(Text(f"\n{exposure}: {rows[0].contrast}", style="bold"))
        # One outcome's coefficients, then what they are pooled by.
        ordered = sorted(rows, key=lambda row: row.variable in IN_WORDS)
        _print_rows(found.labels, [(_short(row), row) for row in ordered], console)
    if rest:
        console.print(Text("\nOther parameters, the farthest apart first", style="bold"))
        _print_rows(found.labels, [(row.name, row) for row in rest[:MOST]], console)
    if len(rest) > MOST:
        console.print(f"{len(rest) - MOST} more that differ less; --json and --out have them.")
    for line in found.unshared:
        console.print(line)


def _short(row: Parameter) -> str:
    """Its name below its exposure's heading."""
    return IN_WORDS.get(row.variable) or row.labels.get("service") or row.name


def _print_rows(labels: tuple[str, ...], rows: Iterable[tuple[str, Parameter]], console: Console) -> None:
    numbers = ("mean", "sd", "interval", f"- {labels[0]}", "in sd", "overlap")
    out = table_of(console, "parameter", "", *numbers, numbers=numbers)
    for name, row in rows:
        for k, (label, value) in enumerate(row.values.items()):
            out.add_row(Text(name if k == 0 else ""), label, *_cells(value))
    console.print(out)


def _cells(value: Value) -> list[str]:
    return [*value.text, *(value.difference.text if value.difference else ("", "", ""))]
