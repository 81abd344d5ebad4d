"""What `reports.published` prints for people."""

from __future__ import annotations

import math
from collections.abc import Iterator

from fits.effects.asymptotic import Asymptotic
from fits.number_format import INTERVAL, rounded
from reports.document.blocks import Block, Prose, Section, Table, toned
from reports.document.terminal import screen, show
from reports.published_tables.check import ComparedNumber, PublishedCheck
from reports.published_tables.table import PublishedTable, digits

WORDS = {True: "yes", False: "NO", None: ""}


def print_checks(table: PublishedTable, checks: list[PublishedCheck]) -> None:
    """Print the table's numbers beside each fit's, with what agrees."""
    show(_blocks(table, checks), screen())


def _blocks(table: PublishedTable, checks: list[PublishedCheck]) -> Iterator[Block | Section]:
    yield Prose(table.title, "lead")
    yield Prose(f"Source: {table.source}")
    if table.note:
        yield Prose(f"Note: {table.note}")
    for one in checks:
        kind = "maximum likelihood" if one.kind == "mle" else "posterior"
        units = f"n = {one.units}" + ("" if table.n is None else f", printed {table.n}")
        agreeing = f"{sum(line.agrees for line in one.lines)} of {len(one.lines)} numbers agree."
        same = Prose(units + ("" if one.same_n is not False else ": NOT the same units"))
        yield Section("", f"{one.fit}, {kind}", (same, _lines(one), Prose(agreeing)))
    yield Prose(
        f"size: maximum likelihood, to the last printed digit; a posterior, whether its {INTERVAL:.0%} interval "
        "holds the printed number. error: the standard error, to its last digit. "
        f"signif.: both at {table.level:g} or neither; "
        "a posterior is when its interval leaves out no effect; blank where the table does not say, or Monte Carlo "
        "error decides."
    )


def _lines(check: PublishedCheck) -> Table:
    several = len({line.printed.outcome for line in check.lines}) > 1
    named = [*(["outcome"] if several else []), "exposure"]
    kinds = {"mle": ("ours", "sign", "size", "error"), "posterior": ("ours", "interval", "sign", "size")}
    headings = [*named, "printed", *kinds[check.kind], "signif."]
    rows = [
        toned(_cells(line, several=several, mle=check.kind == "mle"), "plain" if line.agrees else "bad")
        for line in check.lines
    ]
    return Table.of(headings, rows, numbers=range(len(named), len(headings)))


def _cells(line: ComparedNumber, *, several: bool, mle: bool) -> list[str]:
    printed, ours = line.printed, line.ours
    shown = printed.estimate + (f" ({printed.error})" if printed.error else printed.stars)
    if not math.isfinite(ours.mean):
        numbers = ["none"] if mle else ["none", ""]
    elif isinstance(ours, Asymptotic):
        # As many digits as were printed, for it is digits that are compared.
        estimate = rounded(ours.estimate, digits(printed.estimate))
        numbers = [f"{estimate} ({rounded(ours.error, digits(printed.error or printed.estimate))})"]
    else:
        numbers = list(ours.text[:2])
    answers = [line.sign, line.size, *([line.error] if mle else []), line.significance]
    named = [printed.outcome, printed.exposure] if several else [printed.exposure]
    return [*named, shown, *numbers, *(WORDS[answer] for answer in answers)]
