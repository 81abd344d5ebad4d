"""What `reports.compare` prints for people."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from data.disclosure import FEW
from fits.effects.effect_table import POOLED
from reports.comparison.comparison import Compared
from reports.comparison.run_difference import RunDifference
from reports.comparison.side_by_side import Entry, Row, SideBySide
from reports.comparison.words import closing, scores_lines, verdict_lines
from reports.terminal.comparison_parameters import print_parameters
from reports.terminal.comparison_tables import heading, table_of

MOST_BESIDE = 3
"""Fits that are shown in columns; more are shown under each other."""

MOST_MOVED = 10
"""Effects that are listed as moved."""


def print_compared(compared: Compared, console: Console) -> None:
    """Print the comparison."""
    legend = table_of(console, "", "fit", "")
    for label, one in compared.fits.items():
        legend.add_row(label, one.name, str(one.manifest.design["title"]))
    console.print(legend)
    for stamp in compared.stamps:
        console.print(Text(stamp, style="bold red"))
    if compared.uncompared:
        heading("What was not compared", console)
        for left in compared.uncompared:
            console.print(Text(left.text, style="bold"))
            if left.command:
                console.print(f"  {left.command}", soft_wrap=True)
    heading("How they were made differently", console)
    _print_words({one.name: one.values for one in compared.aspects}, tuple(compared.fits), console)
    if compared.alike:
        console.print(f"The same in all: {', '.join(compared.alike)}.")
    _print_beliefs(compared, console)
    if compared.side:
        _print_effects(compared.side, console)
    if compared.parameters:
        heading("Parameters", console)
        print_parameters(compared.parameters, console)
    heading("May they be believed?", console)
    words = {label: one.words() for label, one in compared.standing.items()}
    heads = dict.fromkeys(head for found in words.values() for head in found)
    by_head = {head: {label: found[head] for label, found in words.items() if head in found} for head in heads}
    _print_words(by_head, tuple(compared.fits), console)
    _print_scores(compared, console)
    if compared.run:
        _print_run(compared.run, console)
    console.print()
    for line in closing(compared):
        console.print(line)


def _print_words(lines: Mapping[str, Mapping[str, str]], labels: tuple[str, ...], console: Console) -> None:
    """Print words by heading and fit, fits that are alike together."""
    if not lines:
        console.print("In nothing.")
        return
    out = table_of(console, "", "fit", "")
    for head, values in lines.items():
        for k, words in enumerate(dict.fromkeys(values.values())):
            alike = [label for label in values if values[label] == words]
            out.add_row(head if k == 0 else "", "all" if len(alike) == len(labels) else ", ".join(alike), words)
    console.print(out)


def _print_beliefs(compared: Compared, console: Console) -> None:
    first = next(iter(compared.fits))
    for label, found in compared.beliefs.items():
        if found.words:
            console.print(f"Priors of {first} and {label}: {found.words}")
            continue
        console.print(Text(f"\nBeliefs of {first} and {label} that differ, in {found.scale}", style="bold"))
        out = table_of(console, "role", first, label)
        for one in found.differing:
            out.add_row(one.role, one.one, one.other)
        console.print(out)


def _print_effects(side: SideBySide, console: Console) -> None:
    heading("Effects", console)
    words = dict.fromkeys(side.words.values())
    for text in words:
        labels = [label for label, said in side.words.items() if said == text]
        console.print(text if len(words) == 1 else f"{', '.join(labels)}: {text}")
    for exposure, contrast in side.exposures().items():
        console.print(Text(f"\n{exposure}: {contrast}", style="bold"))
        rows = side.of_exposure(exposure)
        beside = _beside(side.labels, rows, console)
        wide = Measurement.get(console, console.options.update(max_width=10_000), beside).maximum
        fits_in = len(side.labels) <= MOST_BESIDE and wide <= console.width
        console.print(beside if fits_in else _stacked(side.labels, rows, console))
    if not side.rows:
        console.print("They share none.")
    for line in side.unshared:
        console.print(line)


def _beside(labels: tuple[str, ...], rows: tuple[Row, ...], console: Console) -> Table:
    """A column per fit."""
    first, *others = labels
    heads = [first, f"{first} interval"]
    for label in others:
        heads += [label, f"{label} interval", f"{label} - {first}", f"{label} in sd", f"{label} overlap"]
    out = table_of(console, "outcome", *heads, numbers=tuple(heads))
    for row in rows:
        cells = [cell for label in labels for cell in _cells(row.entries.get(label), first=label == first)]
        out.add_row(row.service, *cells, style="bold" if row.service == POOLED else "")
    return out


def _stacked(labels: tuple[str, ...], rows: tuple[Row, ...], console: Console) -> Table:
    """A line per fit."""
    first = labels[0]
    numbers = ("mean", "interval", f"- {first}", "in sd", "overlap")
    out = table_of(console, "outcome", "", *numbers, numbers=numbers)
    for row in rows:
        for k, (label, entry) in enumerate(row.entries.items()):
            cells = _cells(entry, first=False)
            bold = "bold" if row.service == POOLED else ""
            out.add_row(row.service if k == 0 else "", label, *cells, style=bold)
    return out


def _cells(entry: Entry | None, *, first: bool) -> list[str]:
    if entry is None:
        return [""] * (2 if first else 5)
    mean, interval = entry.said.text[:2] if entry.said else ("", FEW)
    if first:
        return [mean, interval]
    return [mean, interval, *(entry.difference.text if entry.difference else ("", "", ""))]


def _print_scores(compared: Compared, console: Console) -> None:
    heading("Which predicts better? (leave-one-out)", console)
    rows = compared.scores.rows
    if rows:
        numbers = ("elpd", "difference", "se", "weight", "k-hat bad")
        out = table_of(console, "fit", *numbers, numbers=numbers)
        for row in rows:
            texts = (f"{row.elpd:.1f}", f"{row.difference:.1f}", f"{row.difference_error:.1f}", f"{row.weight:.2f}")
            out.add_row(row.fit, *texts, str(row.bad))
        console.print(out)
    for line in scores_lines(compared):
        console.print(line)


def _print_run(run: RunDifference, console: Console) -> None:
    heading(f"What moved from {run.before} to {run.after}", console)
    if run.moved:
        numbers = (run.before, run.after, "change", "in sd")
        out = table_of(console, "outcome", "exposure", *numbers, numbers=numbers)
        for move in run.moved[:MOST_MOVED]:
            change, sds, _ = move.difference.text
            out.add_row(move.service, move.exposure, move.before.text[0], move.after.text[0], change, sds)
        console.print(out)
    if len(run.moved) > MOST_MOVED:
        console.print(f"{len(run.moved) - MOST_MOVED} more that moved less; --json and --out have them.")
    for line in verdict_lines(run):
        console.print(line)
    if run.verdicts:
        out = table_of(console, "reading", run.before, run.after)
        for one in run.verdicts:
            out.add_row(one.reading, one.before, one.after)
        console.print(out)
