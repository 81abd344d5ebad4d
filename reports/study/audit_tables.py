"""An audit as tables."""

from __future__ import annotations

import math
from collections.abc import Mapping

from data.auditing.answers import NumberOutcome, Rate
from data.auditing.audit import Audit
from data.auditing.collinearity import HIGH_VIF, Collinearity
from data.auditing.coverage import GroupSizes, Missing
from data.auditing.separation import Separation
from data.disclosure import SMALLEST_SHOWN, nested
from data.numbers import number_text
from reports.document.blocks import Table


def audit_tables(audit: Audit) -> list[Table]:
    """Return the tables of an audit, in the order a reader needs them."""
    return [
        _rows(audit),
        *_numbers(audit.numbers),
        _binaries(audit),
        *_rates(audit.rates),
        _separations(audit),
        _collinearity(audit.collinearity),
        _groups(audit.groups),
        _crossings(audit),
        _missing(audit.missing),
    ]


def model_rows(models: Mapping[str, Audit]) -> Table:
    """Return how many rows each model can use, as a fit of it will."""
    usable = nested([audit.rows.usable for audit in models.values()])
    rows = tuple(
        (name, str(count), str(audit.rows.unusable), _costly(audit.missing))
        for (name, audit), count in zip(models.items(), usable, strict=True)
    )
    note = "As models.fit will use them. Most costly: how many rows each variable loses by itself." if rows else ""
    headings = ("model", "usable", "lost", "most costly")
    return Table.of(headings, rows, title="Rows by model", numbers=(1, 2), note=note)


def _costly(gaps: tuple[Missing, ...]) -> str:
    named = [f"{gap.variable} ({gap.alone})" for gap in gaps if gap.role != "outcome" and gap.missing.n]
    return ", ".join(named[:3])


def _rows(audit: Audit) -> Table:
    rows = audit.rows
    wave = f"in wave {audit.wave}" if audit.wave else "in the study"
    cells = [f"{rows.in_file:,}", f"{rows.in_wave:,}", str(rows.usable), str(rows.lost)]
    headings = ["in the file", wave, "usable", "lost"]
    note = "Usable: every exposure, control and group known and at least one outcome answered."
    if rows.not_asked.n:
        headings[2:2], cells[2:2] = ["not asked"], [str(rows.not_asked)]
        note += " Not asked: the unit offers none of the services. Lost: of those asked."
    return Table.of(headings, [cells], title="Rows", numbers=range(len(cells)), note=note)


def _numbers(found: tuple[NumberOutcome, ...]) -> list[Table]:
    """One table per unit and pair of limits, which then stand in its headings."""
    scales = dict.fromkeys((row.unit, row.lower, row.upper) for row in found)
    return [_on_scale(scale, [row for row in found if (row.unit, row.lower, row.upper) == scale]) for scale in scales]


def _on_scale(scale: tuple[str, float | None, float | None], found: list[NumberOutcome]) -> Table:
    unit, lower, upper = scale
    rows = tuple(
        (
            row.service,
            str(row.answered),
            *([str(row.at_lower)] if row.at_lower else []),
            *([str(row.between)] if row.at_lower or row.at_upper else []),
            *([str(row.at_upper)] if row.at_upper else []),
            str(row.mean),
        )
        for row in found
    )
    ends = [[f"at {number_text(end)}"] if end is not None else [] for end in (lower, upper)]
    between = ["units between"] * bool(ends[0] or ends[1])
    headings = ("outcome", "answered", *ends[0], *between, *ends[1], "mean")
    title = f"Outcomes in {unit}" if unit else "Outcomes that are numbers"
    return Table.of(headings, rows, title=title)


def _binaries(audit: Audit) -> Table:
    rows = tuple((row.service, str(row.answered), str(row.yes)) for row in audit.binaries)
    return Table.of(("outcome", "answered", "yes"), rows, title="Outcomes that are yes or no")


def _rates(found: tuple[Rate, ...]) -> list[Table]:
    tables = []
    for group in dict.fromkeys(rate.group for rate in found):
        own = [rate for rate in found if rate.group == group]
        levels = tuple(dict.fromkeys(rate.level for rate in own))
        by_outcome: dict[str, list[str]] = {}
        for rate in own:
            by_outcome.setdefault(rate.service, []).append(str(rate.yes))
        rows = tuple((service, *cells) for service, cells in by_outcome.items())
        # spaces let a long level break over lines
        headings = ("outcome", *(level.replace("_", " ") for level in levels))
        tables.append(Table.of(headings, rows, title=f"Yes, by {group}"))
    return tables


def _separations(audit: Audit) -> Table:
    rows = tuple(_separation(row) for row in audit.separations)
    note = (
        "Among usable units, one predictor at a time; a combination of predictors may separate as well. "
        f"Levels of under {SMALLEST_SHOWN} units are counted, not named."
    )
    if audit.binaries and not audit.rows.usable.n:
        note = "No usable unit to look at."
    elif audit.binaries and not rows:
        note = f"No outcome is separated by a single predictor. {note}"
    headings = (
        "outcome",
        "predictor",
        "separation",
        "never in",
        "always in",
        f"levels under {SMALLEST_SHOWN}",
        "units",
    )
    title = "Separation: the predictor alone decides the outcome"
    return Table.of(headings, rows, title=title, numbers=(5, 6), note=note if audit.binaries else "")


def _separation(row: Separation) -> tuple[str, ...]:
    return (
        row.service,
        f"{row.predictor} ({row.role})",
        row.kind,
        ", ".join(row.never),
        ", ".join(row.always),
        str(row.small_levels or ""),
        str(row.units),
    )


def _collinearity(found: Collinearity) -> Table:
    rows = tuple((row.column, _factor(row.vif), row.flag) for row in found.columns)
    condition = "" if math.isnan(found.condition_number) else f" Condition number {_factor(found.condition_number)}."
    note = (
        f"Variance inflation factor, flagged above {HIGH_VIF:g}; {found.rows} usable units.{condition}" if rows else ""
    )
    title = "Collinearity of exposures and controls"
    return Table.of(("column", "VIF", "flag"), rows, title=title, numbers=(1,), note=note)


def _factor(vif: float) -> str:
    return "-" if math.isnan(vif) else "infinite" if math.isinf(vif) else f"{vif:.1f}"


def _groups(found: tuple[GroupSizes, ...]) -> Table:
    rows = tuple(
        (
            row.group,
            str(row.levels),
            str(row.smallest),
            str(row.median),
            str(row.largest),
            str(row.small_levels),
            "all there are" if row.exhaustive else "sample of many",
        )
        for row in found
    )
    small = f"levels under {SMALLEST_SHOWN}"
    headings = ("group", "levels", "smallest", "median", "largest", small, "its levels are")
    return Table.of(headings, rows, title="Groups, in units per level", numbers=range(1, 6))


def _crossings(audit: Audit) -> Table:
    rows = tuple(
        (
            " x ".join(row.groups),
            str(row.cells),
            str(row.empty),
            str(row.sparse),
            "nested, so empty cells mean nothing" if row.nested else "",
        )
        for row in audit.crossings
    )
    headings = ("groups", "cells", "empty", "1-4 units", "Remark")
    return Table.of(headings, rows, title="Crossed groups, in cells", numbers=(1, 2, 3))


def _missing(found: tuple[Missing, ...]) -> Table:
    gaps = [row for row in found if row.missing.n or row.not_asked.n]
    rows = tuple(
        (
            row.variable,
            row.role,
            str(row.not_asked) if row.not_asked.n else "",
            str(row.missing),
            str(row.share),
            str(row.alone) if row.role != "outcome" else "",
            ", ".join(f"{token or 'empty'} ({count})" for token, count in row.tokens.items()),
        )
        for row in gaps
    )
    whole = len(found) - len(gaps)
    note = (
        "Not asked: the unit does not offer the service. Alone: rows lost to this variable only. "
        "In the file: how missing cells stand there; a cell that is not asked is one of them. "
        f"Variables without a missing answer, not shown: {whole}."
    )
    headings = ("variable", "role", "not asked", "missing", "of those asked", "alone", "in the file")
    return Table.of(headings, rows, title="Missing answers", numbers=range(2, 6), note=note if found else "")
