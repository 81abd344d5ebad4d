"""A study described, as a document for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from reports.document.blocks import Block, Prose, Table
from reports.study.audit_tables import audit_tables, model_rows
from reports.study.codebook_tables import assumptions, codebook_tables
from reports.study.description import Description


def described(description: Description) -> Iterator[Block]:
    """Yield the facts, the codebook, and, where there are data, the audit and its warnings."""
    codebook, stamp = description.codebook, description.stamp
    yield Prose(f"{codebook.name}: {codebook.study.title}", "lead")
    if stamp:
        yield Prose(f"SIMULATED DATA, not observed: {stamp}", "bad")
    yield from (Prose(f"{heading}: {text}") for heading, text in description.facts().items())
    yield from _stamped(codebook_tables(codebook, description.found), stamp)
    yield assumptions(codebook)
    if description.audit:
        warnings = _numbered("Warnings, worst first", description.warnings or ["Nothing stands out."])
        yield from _stamped([model_rows(description.models), *audit_tables(description.audit), warnings], stamp)
    else:
        yield _numbered("Warnings", description.faults)
        yield Prose(f"No data file, so no audit. {description.next_step()}", "lead")


def _stamped(tables: Iterable[Table], stamp: str) -> Iterator[Table]:
    """The tables under a stamp, as each must say that it is of simulated data."""
    for table in tables:
        yield replace(table, title=f"{table.title}  [{stamp}]") if stamp else table


def _numbered(title: str, sentences: Iterable[str]) -> Table:
    return Table.of(("", ""), [(f"{k}.", text) for k, text in enumerate(sentences, 1)], title=title, numbers=(0,))
