"""What `reports.effects` prints for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import isfinite

from data.disclosure import FEW
from fits.effects.asymptotic import Asymptotic
from fits.effects.effect_table import POOLED, Effect, EffectTable
from fits.effects.shrinkage import Shrinkage
from fits.effects.summary import Summary
from fits.number_format import INTERVAL
from fits.storage.fit import Fit
from reports import beside_words
from reports.document.blocks import Block, Prose, Section, Table, Tone
from reports.document.terminal import screen, show
from reports.terminal.beside import Line, table_beside
from reports.terminal.fit_head import head_of

MOST_LEVELS = 12
"""Of a group that is printed in full."""

LAST = {Summary: "Pr(> {null})", Asymptotic: "p"}

SPLIT = (
    "The model has no interaction with {split}: effects differ by level only as units there lie elsewhere on the "
    "same curve."
)


def print_tables(fit: Fit, tables: tuple[EffectTable, ...], *, notes: Iterable[str] = ()) -> None:
    """Print every table, exposure by exposure, and what the numbers are good for."""
    console = screen()
    sections = []
    for table in tables:
        named = table.exposures().items()
        rows = (_rows(table, exposure, contrast, room=console.width) for exposure, contrast in named)
        sections.append(Section("", table.words, tuple(rows)))
    beside = beside_words.notes(table.beside for table in tables)
    show([*head_of(fit), *sections, *map(Prose, (*_closing(fit, tables), *beside, *notes))], console)


def print_shrinkage(shrunk: tuple[Shrinkage, ...]) -> None:
    """Print each group's pooling factors, and its levels where they are few enough to read."""
    console = screen()
    for one in shrunk:
        console.print()
        show([Section("", f"{one.group}: raw and pooled, {one.unit}", tuple(_shrunk(one)))], console)


def _shrunk(one: Shrinkage) -> Iterator[Block]:
    factors = ", ".join(f"{service} {factor:.2f}" for service, factor in one.factors.items())
    yield Prose(f"Pooling factor (0 none, 1 complete): {factors}")
    names = {level.level for level in one.levels}
    if len(names) > MOST_LEVELS:
        yield Prose(f"{len(names)} levels; --out DIR writes them to groups.csv and a figure.")
        return
    rows, before = [], ""
    for level in one.levels:
        service = level.service if level.service != before else ""
        before = level.service
        pooled = level.pooled.text[0] if level.pooled else ""
        shrunk_by = f"{100 * level.shrunk:.0f} %" if isfinite(level.shrunk) else ""
        rows.append((service, level.level, str(level.units), str(level.raw), pooled, shrunk_by))
    yield Table.of(("outcome", one.group, "units", "raw", "pooled", "shrunk by"), rows, numbers=range(2, 6))


def _rows(table: EffectTable, exposure: str, contrast: str, *, room: int) -> Table:
    rows = table.of_exposure(exposure)
    kind = next((type(row.change) for row in rows if row.change), Summary)
    named = ("outcome", *([table.split] if table.split else []))
    ends = table.has_ends and not table.ratio
    last = LAST[kind].format(null=1 if table.ratio else 0)
    numbers = (*(("from", "to") if ends else ()), "ratio" if table.ratio else "change", "interval", last)
    lines = [_line(row, table, ends=ends) for row in rows]
    return table_beside(lines, (named, numbers), title=f"{exposure}: {contrast}", room=room)


def _line(row: Effect, table: EffectTable, *, ends: bool) -> Line:
    labels = (row.name, *([row.level] if table.split else []))
    tone: Tone = "lead" if row.service == POOLED else "plain"
    if row.change is None:
        return Line(labels, (*(("", "") if ends else ()), "", FEW, ""), row.beside, tone)
    levels = [end.text[0] for end in (row.low, row.high) if end] if ends else []
    return Line(labels, (*levels, *row.change.text), row.beside, tone)


def _closing(fit: Fit, tables: tuple[EffectTable, ...]) -> list[str]:
    judged = [one for table in tables for row in table.rows for one in (row.low, row.high, row.change)]
    found = [one for one in judged if isinstance(one, Summary)]
    lines = []
    if found:
        rhat, ess = max(one.rhat for one in found), min(min(one.ess_bulk, one.ess_tail) for one in found)
        lines.append(
            f"Intervals hold {INTERVAL:.0%} of the posterior; no digit is printed that its Monte Carlo error does not "
            f"support. Over the numbers shown, R-hat is at most {rhat:.3f} and ESS at least {ess:.0f}."
        )
    split = next((table.split for table in tables if table.split), "")
    if split:
        lines.append(SPLIT.format(split=split))
    if any(row.services[0] != row.services[1] for table in tables for row in table.rows):
        lines.append("A mean over fewer services is of other services: do not compare it with means over more.")
    status = fit.manifest.status
    if status != "passed":
        word = {"look": "a look, with too few draws by request", "failed": "FAILED its checks"}[status]
        lines.append(f"This fit is {word}: do not conclude from it.")
    wrong = fit.manifest.unpredicted
    if wrong:
        count = f"{len(wrong)} of {len(fit.manifest.predictive)} predictive checks"
        named = ", ".join(wrong[:3]) + (", ..." if wrong[3:] else "")
        lines.append(f"It failed {count} ({named}): see its folder checks/.")
    return lines
