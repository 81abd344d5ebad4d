"""What `reports.compare` prints of parameters: all of exposures, and of the rest those that are farthest apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reports.comparison.parameters import ComparedParameter, Parameters
from reports.comparison.words import parameter_lines
from reports.document.blocks import Block, Prose, Table

MOST = 10
"""Parameters of no exposure that are listed."""

IN_WORDS = {"exposure_mean": "pooled over services", "exposure_spread": "spread over services"}


def parameter_blocks(found: Parameters) -> Iterator[Block]:
    """Yield the parameters and what is not compared of them."""
    yield from map(Prose, parameter_lines(found))
    by_exposure: dict[str, list[ComparedParameter]] = {}
    for row in found.rows:
        by_exposure.setdefault(row.labels.get("exposure", ""), []).append(row)
    rest = sorted(by_exposure.pop("", []), key=lambda row: -row.size)
    for exposure, rows in by_exposure.items():
        # One outcome's coefficients, then what they are pooled by.
        ordered = sorted(rows, key=lambda row: row.variable in IN_WORDS)
        yield _table(f"{exposure}: {rows[0].contrast}", found.labels, [(_short(row), row) for row in ordered])
    if rest:
        title = "Other parameters, the farthest apart first"
        yield _table(title, found.labels, [(row.name, row) for row in rest[:MOST]])
    if len(rest) > MOST:
        yield Prose(f"{len(rest) - MOST} more that differ less; --json and --out have them.")
    yield from map(Prose, found.unshared)


def _short(row: ComparedParameter) -> str:
    """Its name below its exposure's heading."""
    return IN_WORDS.get(row.variable) or row.labels.get("service") or row.name


def _table(title: str, labels: tuple[str, ...], rows: Iterable[tuple[str, ComparedParameter]]) -> Table:
    lines = [
        (name if k == 0 else "", label, *value.text, *(value.difference.text if value.difference else ("", "", "")))
        for name, row in rows
        for k, (label, value) in enumerate(row.values.items())
    ]
    headings = ("parameter", "", "mean", "sd", "interval", f"- {labels[0]}", "in sd", "overlap")
    return Table.of(headings, lines, title=title, numbers=range(2, 8))
