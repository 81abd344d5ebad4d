"""What `reports.published` prints for people."""

from __future__ import annotations

import math

from rich.console import Console
from rich.table import Table
from rich.text import Text

from fits.effects.asymptotic import Asymptotic
from fits.number_format import INTERVAL, rounded
from reports.published_tables.check import Line, PublishedCheck
from reports.published_tables.table import PublishedTable, digits

WORDS = {True: "yes", False: "NO", None: ""}


def print_checks(table: PublishedTable, checks: list[PublishedCheck], console: Console) -> None:
    """Print the table's numbers beside each fit's, with what agrees."""
    console.print(Text(table.title, style="bold"))
    console.print(Text(f"Source: {table.source}"))
    if table.note:
        console.print(Text(f"Note: {table.note}"))
    for one in checks:
        kind = "maximum likelihood" if one.kind == "mle" else "posterior"
        console.print(Text(f"\n{one.fit}, {kind}", style="bold underline"))
        units = f"n = {one.units}" + ("" if table.n is None else f", printed {table.n}")
        console.print(units + ("" if one.same_n is not False else ": NOT the same units"))
        console.print(_lines(one))
        agreeing = sum(line.agrees for line in one.lines)
        console.print(f"{agreeing} of {len(one.lines)} numbers agree.")
    console.print(
        f"\nsize: maximum likelihood, to the last printed digit; a posterior, whether its {INTERVAL:.0%} interval "
        "holds the printed number. error: the standard error, to its last digit. "
        f"signif.: both at {table.level:g} or neither; "
        "a posterior is when its interval leaves out no effect; blank where the table does not say, or Monte Carlo "
        "error decides."
    )


def _lines(check: PublishedCheck) -> Table:
    out = Table(box=None, pad_edge=False, header_style="dim")
    several = len({line.printed.outcome for line in check.lines}) > 1
    for heading in (*(["outcome"] if several else []), "exposure"):
        out.add_column(heading, overflow="fold")
    kinds = {"mle": ("ours", "sign", "size", "error"), "posterior": ("ours", "interval", "sign", "size")}
    for heading in ("printed", *kinds[check.kind], "signif."):
        out.add_column(heading, justify="right", no_wrap=True)
    for line in check.lines:
        out.add_row(*_cells(line, several=several, mle=check.kind == "mle"), style="" if line.agrees else "bold red")
    return out


def _cells(line: Line, *, several: bool, mle: bool) -> list[str]:
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
