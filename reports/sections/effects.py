"""The section on effects: every fit's average effects in the unit of its outcome, as a table and a forest plot."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from fits.effects.effect_table import Effect, EffectTable
from fits.effects.effects_of_fit import Question
from fits.effects.summary import Summary
from fits.effects.unpooled import with_unpooled
from fits.fit_with_study import Evidence
from models.scale import choose
from reports.beside_words import CHANCE, ESTIMATE, ML_INTERVAL, caption, words_of_services
from reports.document.blocks import Block, Cell, Column, Figure, Fold, Origin, Prose, Section, Table, with_files
from reports.figures.forest import draw_forest
from reports.report_inputs import ReportInputs, svg_of
from reports.sections.parts.wording import (
    CENTRE,
    INTERVAL_WORDS,
    LAST,
    LAST_WORDS,
    anchor,
    failings,
    judged_cells,
    kind_of,
    stamp_of,
    status_warning,
    unit_words,
)

ORDER = 20

NAME, TITLE = "effects", "Effects people can read"

ALT = " Below each, lighter, stands the maximum likelihood estimate of the same service with its interval."

FEWER = "A mean over fewer services is of other services: do not compare it with means over more."


def section(inputs: ReportInputs) -> Section | None:
    """Return the section; None without fits."""
    blocks = tuple(block for evidence in inputs.fits for block in _of_fit(evidence))
    return Section(NAME, TITLE, blocks) if blocks else None


def _of_fit(evidence: Evidence) -> tuple[Block, ...]:
    known = evidence.family.scales_within(evidence.design.limits)
    question = Question(scales=choose(("all",), known, ratio=False))
    main, *others = with_unpooled(evidence.reloaded, evidence.tables(question), question)
    rest = tuple(block for table in others for block in (Prose(_read(table, evidence)), _table(table, evidence)))
    words = ", ".join(table.scale.label for table in others)
    return (
        Prose(_lead(main, evidence), "lead"),
        *status_warning(evidence),
        *_maximum_likelihood(evidence),
        *(Prose(sentence, "note") for sentence in (words_of_services(main.beside) if main.beside else ())),
        _table(main, evidence),
        _figure(main, evidence),
        *((Fold(f"{evidence.name} on other scales: {words}", rest),) if rest else ()),
    )


def _lead(table: EffectTable, evidence: Evidence) -> str:
    title = str(evidence.manifest.design["title"])
    return f"{title}. {_read(table, evidence)}"


def _read(table: EffectTable, evidence: Evidence) -> str:
    what = f"change is of {table.scale.label}" if table.scale.of else f"number is the {table.scale.label}"
    return (
        f"Each {what}, in {unit_words(table, evidence)}. "
        f"It is averaged over {table.target_words}, who answer on the service."
    )


def _maximum_likelihood(evidence: Evidence) -> tuple[Prose, ...]:
    """Return notes that readers of maximum likelihood need."""
    if evidence.manifest.kind != "mle":
        return ()
    line = "Maximum likelihood, an equation per service; classical standard errors by the delta method."
    return (Prose(line, "note"), *failings(evidence))


def _table(table: EffectTable, evidence: Evidence) -> Table:
    kind, plain = kind_of(table), table.to_list()
    shown = [
        Column("exposure"),
        Column("service", "outcome"),
        *([Column("from", "from", True), Column("to", "to", True)] if table.has_ends else []),
        Column(CENTRE[kind], "change", True),
        Column("low", INTERVAL_WORDS, True),
        Column(LAST[kind], LAST_WORDS[kind], True),
        *_columns_beside(table),
        Column("units", "units", True),
    ]
    return Table(
        anchor(NAME, evidence.name, table.scale.name),
        f"{evidence.name}: {table.words}",
        with_files(shown, plain),
        tuple({**row, **_cells(effect, row, kind)} for effect, row in zip(table.rows, plain, strict=True)),
        note=_note(table),
        groups="exposure",
        origin=_origin(table, evidence),
    )


def _cells(effect: Effect, row: Mapping[str, Any], kind: type) -> dict[str, Cell]:
    ends = {"from": effect.low, "to": effect.high}
    return {
        "exposure": Cell(effect.exposure, f"{effect.exposure}: {effect.contrast}"),
        "service": Cell(effect.service, effect.name),
        "units": Cell(row["units"], str(effect.units)),
        **{key: Cell(row[key], end.text[0]) for key, end in ends.items() if end},
        **judged_cells(effect.change, kind),
        **_cells_beside(effect, row),
    }


def _columns_beside(table: EffectTable) -> list[Column]:
    """Return the columns of what stands beside pooled effects, as far as there is any."""
    there = [row.beside for row in table.rows]
    alone = [Column("ml_estimate", ESTIMATE, True), Column("ml_low", ML_INTERVAL, True)]
    chance = Column("not_exchangeable", CHANCE, True)
    return [
        *(alone if any(one.alone for one in there) else []),
        *([chance] if any(one.chance for one in there) else []),
    ]


def _cells_beside(effect: Effect, row: Mapping[str, Any]) -> dict[str, Cell]:
    estimate, interval = effect.beside.estimate
    texts = {"ml_estimate": estimate, "ml_low": interval, "not_exchangeable": effect.beside.chance}
    return {key: Cell(row[key], text) for key, text in texts.items() if key in row}


def _note(table: EffectTable) -> str:
    found = [one for row in table.rows for one in (row.low, row.high, row.change) if isinstance(one, Summary)]
    lines = []
    if found:
        rhat, ess = max(one.rhat for one in found), min(min(one.ess_bulk, one.ess_tail) for one in found)
        lines.append(
            "No digit is shown that its Monte Carlo error does not support. "
            f"Over these numbers R-hat is at most {rhat:.3f} and ESS at least {ess:.0f}."
        )
    if any(row.services[0] != row.services[1] for row in table.rows):
        lines.append(FEWER)
    if table.beside:
        lines.append(caption(table.beside))
    return " ".join(lines)


def _origin(table: EffectTable, evidence: Evidence) -> Origin:
    command = evidence.command_on("reports.effects", "--scale", table.scale.name)
    return Origin((evidence.name,), "fits.effects.effect_table.EffectTable.of", command)


def _figure(table: EffectTable, evidence: Evidence) -> Figure:
    title = f"{evidence.name}: {table.words}"
    return Figure(
        anchor("forest", evidence.name, table.scale.name),
        title,
        _alt(table),
        svg_of(draw_forest, table, title=title, stamp=stamp_of(evidence), columns=1),
        origin=_origin(table, evidence),
    )


def _alt(table: EffectTable) -> str:
    """Return the figure's message: which intervals exclude 0."""
    shown = [row for row in table.rows if row.change and isfinite(row.change.mean)]
    clear = [row for row in shown if row.change and (row.change.low > 0.0 or row.change.high < 0.0)]
    beside = ALT if any(row.beside.alone for row in table.rows) else ""
    if not clear:
        return f"All {len(shown)} intervals include no change.{beside}"
    named = "; ".join(
        f"{row.exposure} on {row.name} {row.change.text[0]} ({row.change.text[1]})" for row in clear if row.change
    )
    return f"{len(clear)} of {len(shown)} intervals leave out no change: {named}.{beside}"
