"""What `reports.compare` prints for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from data.disclosure import FEW
from fits.effects.effect_table import POOLED
from reports.comparison.comparison import Compared
from reports.comparison.run_difference import RunDifference
from reports.comparison.side_by_side import ComparedEffect, EffectRow, SideBySide
from reports.comparison.words import closing, scores_lines, verdict_lines
from reports.document.blocks import Block, Command, Prose, Section, Table, Tone, toned
from reports.document.terminal import natural_width, screen, show
from reports.terminal.checks import scores_table
from reports.terminal.comparison_parameters import parameter_blocks

MOST_BESIDE = 3
"""Fits that are shown in columns; more are shown under each other."""

MOST_MOVED = 10
"""Effects that are listed as moved."""


def print_compared(compared: Compared) -> None:
    """Print the comparison."""
    console = screen()
    show(_blocks(compared, console.width), console)


def _blocks(compared: Compared, room: int) -> Iterator[Block | Section]:
    labels = tuple(compared.fits)
    legend = [(label, one.name, str(one.manifest.design["title"])) for label, one in compared.fits.items()]
    yield Table.of(("", "fit", ""), legend, numbers=())
    yield from (Prose(stamp, "bad") for stamp in compared.stamps)
    if compared.uncompared:
        yield Section("", "What was not compared", tuple(_uncompared(compared)))
    differing = [_words({one.name: one.values for one in compared.aspects}, labels)]
    if compared.alike:
        differing.append(Prose(f"The same in all: {', '.join(compared.alike)}."))
    yield Section("", "How they were made differently", (*differing, *_beliefs(compared)))
    if compared.side:
        yield Section("", "Effects", tuple(_effects(compared.side, room)))
    if compared.parameters:
        yield Section("", "Parameters", tuple(parameter_blocks(compared.parameters)))
    words = {label: one.words() for label, one in compared.standing.items()}
    heads = dict.fromkeys(head for found in words.values() for head in found)
    by_head = {head: {label: found[head] for label, found in words.items() if head in found} for head in heads}
    yield Section("", "May they be believed?", (_words(by_head, labels),))
    scores = [scores_table(compared.scores.rows)] if compared.scores.rows else []
    said = map(Prose, scores_lines(compared))
    yield Section("", "Which predicts better? (leave-one-out)", (*scores, *said))
    if compared.run:
        title = f"What moved from {compared.run.before} to {compared.run.after}"
        yield Section("", title, tuple(_moved(compared.run)))
    yield from map(Prose, closing(compared))


def _uncompared(compared: Compared) -> Iterator[Block]:
    for left in compared.uncompared:
        yield Prose(left.text, "lead")
        if left.command:
            yield Command(left.command)


def _words(lines: Mapping[str, Mapping[str, str]], labels: tuple[str, ...]) -> Block:
    """Words by heading and fit, fits that are alike together."""
    if not lines:
        return Prose("In nothing.")
    rows = []
    for head, values in lines.items():
        for k, words in enumerate(dict.fromkeys(values.values())):
            alike = [label for label in values if values[label] == words]
            rows.append((head if k == 0 else "", "all" if len(alike) == len(labels) else ", ".join(alike), words))
    return Table.of(("", "fit", ""), rows, numbers=())


def _beliefs(compared: Compared) -> Iterator[Block]:
    first = next(iter(compared.fits))
    for label, found in compared.beliefs.items():
        if found.words:
            yield Prose(f"Priors of {first} and {label}: {found.words}")
            continue
        title = f"Beliefs of {first} and {label} that differ, in {found.scale}"
        rows = [(one.role, one.one, one.other) for one in found.differing]
        yield Table.of(("role", first, label), rows, title=title, numbers=())


def _effects(side: SideBySide, room: int) -> Iterator[Block]:
    words = dict.fromkeys(side.words.values())
    for text in words:
        labels = [label for label, said in side.words.items() if said == text]
        yield Prose(text if len(words) == 1 else f"{', '.join(labels)}: {text}")
    for exposure, contrast in side.exposures().items():
        title, rows = f"{exposure}: {contrast}", side.of_exposure(exposure)
        beside = _beside(title, side.labels, rows)
        fits_in = len(side.labels) <= MOST_BESIDE and natural_width(beside) <= room
        yield beside if fits_in else _stacked(title, side.labels, rows)
    if not side.rows:
        yield Prose("They share none.")
    yield from map(Prose, side.unshared)


def _beside(title: str, labels: tuple[str, ...], rows: tuple[EffectRow, ...]) -> Table:
    """A column per fit."""
    first, *others = labels
    heads = ["outcome", first, f"{first} interval"]
    for label in others:
        heads += [label, f"{label} interval", f"{label} - {first}", f"{label} in sd", f"{label} overlap"]
    lines = []
    for row in rows:
        cells = [cell for label in labels for cell in _cells(row.entries.get(label), first=label == first)]
        lines.append(toned((row.service, *cells), _tone(row)))
    return Table.of(heads, lines, title=title)


def _stacked(title: str, labels: tuple[str, ...], rows: tuple[EffectRow, ...]) -> Table:
    """A line per fit."""
    headings = ("outcome", "", "mean", "interval", f"- {labels[0]}", "in sd", "overlap")
    lines = [
        toned((row.service if k == 0 else "", label, *_cells(entry, first=False)), _tone(row))
        for row in rows
        for k, (label, entry) in enumerate(row.entries.items())
    ]
    return Table.of(headings, lines, title=title, numbers=range(2, 7))


def _tone(row: EffectRow) -> Tone:
    return "lead" if row.service == POOLED else "plain"


def _cells(entry: ComparedEffect | None, *, first: bool) -> list[str]:
    if entry is None:
        return [""] * (2 if first else 5)
    mean, interval = entry.said.text[:2] if entry.said else ("", FEW)
    if first:
        return [mean, interval]
    return [mean, interval, *(entry.difference.text if entry.difference else ("", "", ""))]


def _moved(run: RunDifference) -> Iterator[Block]:
    if run.moved:
        rows = []
        for move in run.moved[:MOST_MOVED]:
            change, sds, _ = move.difference.text
            rows.append((move.service, move.exposure, move.before.text[0], move.after.text[0], change, sds))
        headings = ("outcome", "exposure", run.before, run.after, "change", "in sd")
        yield Table.of(headings, rows, numbers=range(2, 6))
    if len(run.moved) > MOST_MOVED:
        yield Prose(f"{len(run.moved) - MOST_MOVED} more that moved less; --json and --out have them.")
    yield from map(Prose, verdict_lines(run))
    if run.verdicts:
        verdicts = [(one.reading, one.before, one.after) for one in run.verdicts]
        yield Table.of(("reading", run.before, run.after), verdicts, numbers=())
