"""A comparison of fits as a document."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Any

from data.disclosure import FEW
from fits.number_format import INTERVAL
from reports.comparison.columns import cells_of, columns_of
from reports.comparison.comparison import Compared
from reports.comparison.parameters import Parameters
from reports.comparison.parameters_page import parameters_table
from reports.comparison.side_by_side import ComparedEffect, SideBySide
from reports.comparison.words import closing, parameter_lines, scores_lines, verdict_lines
from reports.document.blocks import Block, Cell, Column, Command, Figure, Fold, Origin, Prose, Section, Table
from reports.document.document import Document
from reports.document.folders import NAMES_ALONE
from reports.figures.compare import draw_compare
from reports.report_inputs import svg_of


def document_of(compared: Compared, *, command: str, made: str) -> Document:
    """Return the document."""
    titles = dict.fromkeys(str(one.manifest.design["title"]) for one in compared.fits.values())
    page = _Page(compared, command)
    sections = (
        *(page.fits(), *page.uncompared(), page.making()),
        *(page.effects(compared.side) if compared.side else ()),
        *(page.parameters(compared.parameters) if compared.parameters else ()),
        *(page.standing(), page.scores(), *page.run()),
    )
    subtitle = "; ".join(titles)
    return Document("Fits side by side", subtitle, compared.stamps, sections, made, command)


class _Page:
    """The sections, which share where their numbers are from."""

    def __init__(self, compared: Compared, command: str) -> None:
        self.compared = compared
        self.command = command

    def origin(self, made_by: str) -> Origin:
        names = tuple(dict.fromkeys(one.name for one in self.compared.fits.values()))
        return Origin(names, made_by, self.command)

    def fits(self) -> Section:
        scales = self.compared.side.words if self.compared.side else {}
        rows = tuple(
            {
                "label": label,
                "fit": one.name,
                "title": str(one.manifest.design["title"]),
                "scale": scales.get(label, "not recomputed"),
            }
            for label, one in self.compared.fits.items()
        )
        columns = (Column("label", "label"), Column("fit", "fit"), Column("title", "model"), Column("scale", "effects"))
        origin = self.origin("fits.storage.fit.Fit.read")
        table = Table("fits", "What the letters stand for", columns, rows, origin=origin)
        commands = tuple(
            block for label, one in self.compared.fits.items() for block in (Prose(label), Command(one.command))
        )
        fold = Fold("The commands that make them", (Prose(NAMES_ALONE), *commands))
        return Section("which", "The fits", (table, fold))

    def uncompared(self) -> tuple[Section, ...]:
        found = self.compared.uncompared
        blocks: list[Block] = []
        for one in found:
            blocks += [Prose(one.text, "warning"), *([Command(one.command)] if one.command else [])]
        return (Section("uncompared", "What was not compared", tuple(blocks)),) if found else ()

    def making(self) -> Section:
        labels = tuple(self.compared.fits)
        rows = tuple({"aspect": one.name, **one.values} for one in self.compared.aspects)
        blocks: list[Block] = []
        if rows:
            columns = (Column("aspect", "aspect"), *(Column(label, label) for label in labels))
            origin = self.origin("reports.comparison.provenance_diff.differing")
            blocks.append(Table("making", "In what they were made differently", columns, rows, origin=origin))
        else:
            blocks.append(Prose("They were made alike."))
        if self.compared.alike:
            blocks.append(Prose(f"The same in all: {', '.join(self.compared.alike)}."))
        return Section("made", "How they were made", (*blocks, *self.beliefs()))

    def beliefs(self) -> list[Block]:
        first = next(iter(self.compared.fits))
        blocks: list[Block] = []
        for label, found in self.compared.beliefs.items():
            if found.words:
                blocks.append(Prose(f"Priors of {first} and {label}: {found.words}"))
                continue
            rows = tuple({"role": one.role, "one": one.one, "other": one.other} for one in found.differing)
            columns = (Column("role", "role"), Column("one", first), Column("other", label))
            title = f"Beliefs of {first} and {label} that differ, in {found.scale}"
            origin = self.origin("reports.comparison.beliefs.Beliefs.of")
            blocks.append(Table(f"beliefs-{label}", title, columns, rows, origin=origin))
        return blocks

    def effects(self, side: SideBySide) -> tuple[Section, ...]:
        words = tuple(Prose(text) for text in closing(self.compared))
        unshared = tuple(Prose(text, "note") for text in side.unshared)
        if not side.rows:
            return (Section("effects", "Effects", (Prose("They share none.", "warning"), *unshared)),)
        return (Section("effects", "Effects", (self.effects_table(side), self.figure(side), *words, *unshared)),)

    def parameters(self, found: Parameters) -> tuple[Section, ...]:
        table = (parameters_table(found, self.origin("reports.comparison.parameters.Parameters.of")),)
        words = tuple(Prose(text) for text in parameter_lines(found))
        # How to read differences stands once, under effects where there are any.
        side = self.compared.side
        closed = () if side and side.rows else tuple(Prose(text) for text in closing(self.compared))
        unshared = tuple(Prose(text, "note") for text in found.unshared)
        return (Section("parameters", "Parameters", (*words, *(table if found.rows else ()), *closed, *unshared)),)

    def effects_table(self, side: SideBySide) -> Table:
        rows = []
        for row in side.rows:
            cells: dict[str, Any] = {
                "exposure": Cell(row.exposure, f"{row.exposure}: {row.contrast}"),
                "contrast": row.contrast,
                "service": row.service,
            }
            for label in side.labels:
                cells |= _effect_cells(label, row.entries.get(label))
            rows.append(cells)
        per_fit = chain.from_iterable(columns_of(label, side.labels[0]) for label in side.labels)
        columns = (Column("exposure"), Column("contrast"), Column("service", "outcome"), *per_fit)
        title = f"Average changes, {side.unit}"
        origin = self.origin("reports.comparison.side_by_side.SideBySide.of")
        return Table("side-by-side", title, columns, tuple(rows), groups="exposure", origin=origin)

    def figure(self, side: SideBySide) -> Figure:
        names = {label: one.name for label, one in self.compared.fits.items()}
        title = "The same effects"
        svg = svg_of(draw_compare, side, names, title=title, stamp="; ".join(self.compared.stamps))
        origin = self.origin("reports.figures.compare.draw_compare")
        return Figure("forest", title, self.alt(side), svg, origin=origin)

    def alt(self, side: SideBySide) -> str:
        """What the figure shows: where fits are farthest apart."""
        found = [
            (abs(entry.difference.sds), row, label)
            for row in side.rows
            for label, entry in row.entries.items()
            if entry.difference and abs(entry.difference.sds) < float("inf")
        ]
        first = side.labels[0]
        if not found:
            return f"Means and {INTERVAL:.0%} intervals of every effect in every fit."
        sds, row, label = max(found, key=lambda one: one[0])
        return (
            f"Means and {INTERVAL:.0%} intervals of every effect in every fit. Fits are farthest apart on "
            f"{row.exposure} and {row.service}, where {label} lies {sds:.1f} sd from {first}."
        )

    def standing(self) -> Section:
        labels = tuple(self.compared.fits)
        words = {label: one.words() for label, one in self.compared.standing.items()}
        heads = dict.fromkeys(head for found in words.values() for head in found)
        rows = tuple({"what": head, **{label: words[label].get(head, "") for label in labels}} for head in heads)
        columns = (Column("what", "check"), *(Column(label, label) for label in labels))
        origin = self.origin("reports.comparison.fit_status.Standing.of")
        return Section("checks", "May they be believed?", (Table("standing", "Checks", columns, rows, origin=origin),))

    def scores(self) -> Section:
        rows = self.compared.scores.rows
        blocks: list[Block] = [Prose(line) for line in scores_lines(self.compared)]
        if rows:
            heads = {"elpd": 1, "difference": 1, "difference_error": 1, "weight": 2, "effective": 0, "bad": 0}
            shown = tuple(
                {
                    "fit": row.fit,
                    **{key: Cell(getattr(row, key), f"{getattr(row, key):.{n}f}") for key, n in heads.items()},
                }
                for row in rows
            )
            named = {"difference_error": "se", "effective": "effective parameters", "bad": "k-hat too high"}
            columns = (Column("fit", "fit"), *(Column(key, named.get(key, key), True) for key in heads))
            origin = self.origin("fits.checks.comparison.compare")
            blocks.insert(0, Table("loo", "Each answer predicted without itself", columns, shown, origin=origin))
        return Section("scores", "Which predicts better?", tuple(blocks))

    def run(self) -> tuple[Section, ...]:
        run = self.compared.run
        if run is None:
            return ()
        blocks: list[Block] = [Prose(line) for line in verdict_lines(run)]
        origin = self.origin("reports.comparison.run_difference.RunDifference.of")
        if run.moved:
            columns = (
                Column("exposure", "exposure"),
                Column("contrast"),
                Column("service", "outcome"),
                Column("before", run.before, True),
                Column("after", run.after, True),
                Column("difference", "change", True),
                Column("sds", "in sd", True),
            )
            rows = tuple(
                {
                    "exposure": move.exposure,
                    "contrast": move.contrast,
                    "service": move.service,
                    "before": Cell(move.before.mean, move.before.text[0]),
                    "after": Cell(move.after.mean, move.after.text[0]),
                    "difference": Cell(move.difference.value, move.difference.text[0]),
                    "sds": Cell(move.difference.sds, move.difference.text[1]),
                }
                for move in run.moved
            )
            blocks.append(Table("moved", "Effects that moved, the largest first", columns, rows, origin=origin))
        if run.verdicts:
            heads = (Column("reading", "reading"), Column("before", run.before), Column("after", run.after))
            held = tuple({"reading": one.reading, "before": one.before, "after": one.after} for one in run.verdicts)
            blocks.append(Table("verdicts", "Verdicts that changed", heads, held, origin=origin))
        return (Section("run", f"What moved from {run.before} to {run.after}", tuple(blocks)),)


def _effect_cells(label: str, entry: ComparedEffect | None) -> Mapping[str, Cell]:
    if entry is None:
        return {}
    if entry.said is None:
        return {f"{label}_mean": Cell(None), f"{label}_low": Cell(None, FEW)}
    return cells_of(label, entry.said, entry.difference)
