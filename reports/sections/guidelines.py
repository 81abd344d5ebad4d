"""The section on reporting guidelines: the requirement of each item, and whether this run meets it."""

from __future__ import annotations

from collections import Counter
from typing import get_args

from reports.document.blocks import Block, Cell, Column, Command, Fold, Origin, Prose, Section, Table
from reports.guidelines.declared import Guideline
from reports.guidelines.finding import Finding, Status
from reports.guidelines.predicates import PREDICATES
from reports.report_inputs import ReportInputs
from reports.sections.parts.wording import anchor

ORDER = 90


def section(inputs: ReportInputs) -> Section:
    """Return a table per guideline, filled in from the run."""
    text = (
        "Filled in from the run itself: what an item asks for is looked up in the fits, and what is not there is "
        "called missing. Items that only a person can judge are left to the reader, with what to look at."
    )
    blocks: list[Block] = [Prose(text, "lead")]
    for guideline in Guideline.all_of():
        found = {item.id: PREDICATES[item.evidence](inputs) for item in guideline.items}
        blocks += [_counts(guideline, found), _table(guideline, found, inputs), *_supply(guideline, found)]
    return Section("guidelines", "Reporting guidelines, item by item", tuple(blocks))


def _counts(guideline: Guideline, found: dict[str, Finding]) -> Prose:
    counted = Counter(one.status for one in found.values())
    words = ", ".join(f"{counted[status]} {status}" for status in get_args(Status) if counted[status])
    return Prose(f"{guideline.short}, {len(found)} items: {words}.", "plain", anchor("guidelines", guideline.name))


def _table(guideline: Guideline, found: dict[str, Finding], inputs: ReportInputs) -> Table:
    rows = tuple(
        {
            "id": item.id,
            "status": found[item.id].status,
            "asked": f"{item.short}. {item.item}",
            "evidence": Cell(found[item.id].sentence, to=found[item.id].to),
            "section": found[item.id].to,
            "short": item.short,
            "item": item.item,
        }
        for item in guideline.items
    )
    return Table(
        name=anchor("guidelines", guideline.name),
        title=f"{guideline.short}: {guideline.title}",
        columns=(
            Column("id", "Item"),
            Column("status", "Status"),
            Column("asked", "What it asks for"),
            Column("evidence", "Evidence in this run"),
            *(Column(key) for key in ("section", "short", "item")),
        ),
        rows=rows,
        filters=("status",),
        note=f"After {guideline.source}; the items are in this project's words.",
        origin=Origin(tuple(one.name for one in inputs.fits), "reports.guidelines.predicates", inputs.command),
    )


def _supply(guideline: Guideline, found: dict[str, Finding]) -> list[Block]:
    """Return the commands that would supply missing evidence, each once."""
    lacking = {item: one for item, one in found.items() if one.status in ("partly", "missing") and one.commands}
    commands = dict.fromkeys(command for one in lacking.values() for command in one.commands)
    if not commands:
        return []
    summary = f"What would supply more of {guideline.short} (items {', '.join(lacking)})"
    return [Fold(summary, tuple(Command(command) for command in commands))]
