"""The section on effects: every fit's average effects in the unit of its outcome, as a table and a forest plot."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from data.disclosure import FEW
from fits.effects.effect_table import POOLED, Effect, EffectTable
from fits.effects.effects_of_fit import Question
from fits.effects.scale import choose, scales_of
from fits.effects.summary import Summary
from fits.fit_with_study import Evidence
from reports.document.blocks import Block, Cell, Column, Figure, Fold, Origin, Prose, Section, Table
from reports.figures.forest import draw_forest
from reports.figures.plotly_look import BLUE, GREY, GRID, figure_json, line_break, plain_label, shared_layout
from reports.report_inputs import ReportInputs, svg_of
from reports.sections.parts.wording import (
    CENTRE,
    INTERVAL_WORDS,
    LAST,
    LAST_WORDS,
    anchor,
    command_on,
    judged_cells,
    kind_of,
    stamp_of,
    status_warning,
    unit_words,
)

__all__ = ["section"]

ORDER = 20

NAME, TITLE = "effects", "Effects people can read"

LINE, HEADING = 26, 74
"""Height of one effect, and of the heading between two exposures, in pixels."""

FEWER = "A mean over fewer services is of other services: do not compare it with means over more."


def section(inputs: ReportInputs) -> Section | None:
    """Return the section; None without fits."""
    blocks = tuple(block for evidence in inputs.fits for block in _of_fit(evidence))
    return Section(NAME, TITLE, blocks) if blocks else None


def _of_fit(evidence: Evidence) -> tuple[Block, ...]:
    known = scales_of(evidence.family.name, evidence.design.limits)
    main, *others = evidence.tables(Question(scales=choose(("all",), known, ratio=False)))
    rest = tuple(block for table in others for block in (Prose(_read(table, evidence)), _table(table, evidence)))
    words = ", ".join(table.scale.label for table in others)
    return (
        Prose(_lead(main, evidence), "lead"),
        *status_warning(evidence),
        *_maximum_likelihood(evidence),
        _table(main, evidence),
        _figure(main, evidence),
        *((Fold(f"{evidence.name} on other scales: {words}", rest),) if rest else ()),
    )


def _lead(table: EffectTable, evidence: Evidence) -> str:
    title = str(evidence.manifest.design["title"])
    return f"{title}. {_read(table, evidence)}"


def _read(table: EffectTable, evidence: Evidence) -> str:
    what = f"change is of {table.scale.label}" if table.scale.value else f"number is the {table.scale.label}"
    return (
        f"Each {what}, in {unit_words(table, evidence)}. "
        f"It is averaged over {table.target_words}, who answer on the service."
    )


def _maximum_likelihood(evidence: Evidence) -> tuple[Prose, ...]:
    """Return notes that readers of maximum likelihood need."""
    if evidence.manifest.kind != "mle":
        return ()
    words = {service: str(evidence.manifest.diagnostics[service]["words"]) for service in evidence.design.services}
    line = "Maximum likelihood, an equation per service; classical standard errors by the delta method."
    return (
        Prose(line, "note"),
        *(Prose(f"{service}: {text}.", "warning") for service, text in words.items() if text),
    )


def _table(table: EffectTable, evidence: Evidence) -> Table:
    kind, plain = kind_of(table), table.to_list()
    shown = [
        Column("exposure"),
        Column("service", "outcome"),
        *([Column("from", "from", True), Column("to", "to", True)] if table.has_ends else []),
        Column(CENTRE[kind], "change", True),
        Column("low", INTERVAL_WORDS, True),
        Column(LAST[kind], LAST_WORDS[kind], True),
        Column("units", "units", True),
    ]
    keys = dict.fromkeys(key for row in plain for key in row)
    files = [Column(key) for key in keys if key not in {column.key for column in shown}]
    return Table(
        anchor(NAME, evidence.name, table.scale.name),
        f"{evidence.name}: {table.words}",
        (*shown, *files),
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
    }


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
    return " ".join(lines)


def _origin(table: EffectTable, evidence: Evidence) -> Origin:
    command = command_on("reports.effects", evidence, "--scale", table.scale.name)
    return Origin((evidence.name,), "fits.effects.effect_table.EffectTable.of", command)


def _figure(table: EffectTable, evidence: Evidence) -> Figure:
    title = f"{evidence.name}: {table.words}"
    return Figure(
        anchor("forest", evidence.name, table.scale.name),
        title,
        _alt(table),
        svg_of(draw_forest, table, title=title, stamp=stamp_of(evidence)),
        forest(table),
        _origin(table, evidence),
    )


def _alt(table: EffectTable) -> str:
    """Return the figure's message: which intervals exclude 0."""
    shown = [row for row in table.rows if row.change and isfinite(row.change.mean)]
    clear = [row for row in shown if row.change and (row.change.low > 0.0 or row.change.high < 0.0)]
    if not clear:
        return f"All {len(shown)} intervals include no change."
    named = "; ".join(
        f"{row.exposure} on {row.name} {row.change.text[0]} ({row.change.text[1]})" for row in clear if row.change
    )
    return f"{len(clear)} of {len(shown)} intervals leave out no change: {named}."


def forest(table: EffectTable) -> dict[str, Any]:
    """Return the forest plot as a Plotly figure: a panel per exposure, one below the other, on one scale."""
    exposures = table.exposures()
    sizes = [len(table.of_exposure(exposure)) for exposure in exposures]
    height = sum(LINE * size for size in sizes) + HEADING * len(sizes) + 30
    figure = make_subplots(
        rows=len(sizes), cols=1, row_heights=sizes, vertical_spacing=HEADING / height if sizes[1:] else 0.0
    )
    for place, (exposure, contrast) in enumerate(exposures.items(), start=1):
        _panel(figure, table, exposure, place=place)
        figure.add_annotation(
            text=line_break([f"<b>{plain_label(exposure)}</b>", plain_label(contrast)]),
            x=0, y=1, xref="paper", yref=f"y{place if place > 1 else ''} domain",
            xanchor="left", yanchor="bottom", align="left", showarrow=False,
        )  # fmt: skip
    for place in range(2, len(sizes) + 1):
        figure.update_xaxes(matches="x", row=place, col=1)
    figure.update_xaxes(showticklabels=True, gridcolor=GRID, zeroline=True, zerolinecolor="black", fixedrange=True)
    figure.update_xaxes(title_text=plain_label(table.unit), row=len(sizes), col=1)
    figure.update_layout(shared_layout(height=height))
    return figure_json(figure)


def _panel(figure: go.Figure, table: EffectTable, exposure: str, *, place: int) -> None:
    rows = table.of_exposure(exposure)
    for pooled in (False, True):
        here = [(at, row) for at, row in enumerate(rows) if not _missing(row) and (row.service == POOLED) == pooled]
        if here:
            figure.add_trace(_trace(here, table, pooled=pooled), row=place, col=1)
    for at, row in enumerate(rows):
        if words := _missing(row):
            figure.add_annotation(text=plain_label(words), x=0, y=at, xanchor="left", showarrow=False, row=place, col=1)
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=[plain_label(row.name) for row in rows],
        range=[len(rows) - 0.4, -0.6],
        automargin=True,
        showgrid=False,
        zeroline=False,
        fixedrange=True,
        row=place,
        col=1,
    )


def _missing(row: Effect) -> str:
    """Return the reason why an effect has no interval; '' where it has one."""
    if row.change is None:
        return FEW
    return "" if isfinite(row.change.mean) else "no estimate"


def _trace(rows: list[tuple[int, Effect]], table: EffectTable, *, pooled: bool) -> go.Scatter:
    color = BLUE if pooled else GREY
    found = [(at, row, row.change) for at, row in rows if row.change]
    return go.Scatter(
        x=[change.mean for _, _, change in found],
        y=[at for at, _, _ in found],
        name=plain_label(found[0][1].exposure),
        mode="markers",
        marker={"color": color, "size": 10 if pooled else 8, "symbol": "diamond" if pooled else "circle"},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [change.high - change.mean for _, _, change in found],
            "arrayminus": [change.mean - change.low for _, _, change in found],
            "color": color,
            "thickness": 3 if pooled else 1.8,
            "width": 0,
        },
        hovertext=[_hover(row, table) for _, row, _ in found],
        hoverinfo="text",
    )


def _hover(row: Effect, table: EffectTable) -> str:
    if row.change is None:
        return FEW
    mean, interval, last = row.change.text
    ends = [end.text[0] for end in (row.low, row.high) if end]
    lines = [
        row.name,
        f"{mean} ({interval})",
        table.unit,
        f"{LAST_WORDS[type(row.change)]}: {last}",
        *([f"from {ends[0]} to {ends[1]}"] if len(ends) == 2 else []),
        f"{row.units} units",
    ]
    return line_break(map(plain_label, lines))
