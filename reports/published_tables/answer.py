"""The working half of the door `reports.published`."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from data.disclosure import part_of
from data.errors import InputError, Problem
from fits.effects.asymptotic import Asymptotic
from fits.effects.delta import Delta
from fits.effects.effect_table import posterior_judge
from fits.number_format import INTERVAL, rounded
from fits.reload import Reloaded, reload
from fits.storage.find import find
from reports.published_tables.check import Line, PublishedCheck, lines_of
from reports.published_tables.table import PublishedTable, digits

WORDS = {True: "yes", False: "NO", None: ""}


def run(name: str, fits: list[str], *, errors: str, data: Path | None, home: Path, as_json: bool) -> bool:
    """Check the table against every fit, print what came out, and return whether all agrees."""
    table = PublishedTable.read(name)
    if not table.estimates:
        got = f"no [[estimates]] in {table.name}.toml"
        raise InputError([Problem("published table", got, "numbers typed in", "Copy the file and fill it")])
    checks = [_check(table, reload(find(fit, home), data), errors) for fit in fits]
    if as_json:
        found = {
            "table": table.name,
            "source": table.source,
            "checks": [
                {
                    "fit": one.fit,
                    "n": one.units.plain(),
                    "same_n": one.same_n,
                    "agrees": one.agrees,
                    "lines": one.to_list(),
                }
                for one in checks
            ],
        }
        print(json.dumps(found, indent=1, allow_nan=False))
    else:
        _print(table, checks, Console(highlight=False, markup=False))
    return all(one.agrees for one in checks)


def _check(table: PublishedTable, reloaded: Reloaded, errors: str) -> PublishedCheck:
    fit, design = reloaded.fit, reloaded.design
    asked = fit.manifest.request
    if asked.model != table.model:
        got = f"a fit of the model {asked.model!r}"
        raise InputError([Problem(f"fit {fit.name!r}", got, f"the table's model {table.model!r}")])
    if asked.study != table.study:
        got = f"a fit of the study {asked.study!r}"
        raise InputError([Problem(f"fit {fit.name!r}", got, f"the table's study {table.study!r}")])
    if fit.manifest.kind == "mle":
        delta = Delta.of(fit.estimates(), errors=errors)
        posterior, judge = delta.posterior, delta.judge
    else:
        with fit.draws() as draws:
            posterior, judge = draws["posterior"].to_dataset().load(), posterior_judge
    lines = lines_of(
        table,
        posterior,
        design,
        reloaded.family,
        dataset=reloaded.dataset,
        codebook=reloaded.codebook,
        judge=judge,
    )
    told = [design.services.index(outcome) for outcome in {line.outcome for line in table.estimates}]
    # Units that answer an outcome of the table: a joint fit has others as well.
    n = len(np.unique(design.unit_of[np.isin(design.service_of, told)]))
    known = [int(units[:, told].any(axis=1).sum()) for units in (design.answered, design.asked)]
    units = part_of(n, *known, len(design.answered))
    return PublishedCheck(table, fit.name, fit.manifest.kind, n, units, lines)


def _print(table: PublishedTable, checks: list[PublishedCheck], console: Console) -> None:
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
