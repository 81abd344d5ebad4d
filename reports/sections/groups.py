"""The section on states, unit types and other groups: observed means, model means, and the extent of pooling."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from fits.effects.shrinkage import Level, Shrinkage
from fits.fit_with_study import Evidence
from fits.number_format import rounded
from reports.document.blocks import Block, Cell, Column, Figure, Origin, Prose, Section, Table, with_files
from reports.figures.canvas import BLUE
from reports.figures.plotly_look import GRID, figure_json, line_break, plain_label, shared_layout
from reports.figures.shrinkage import draw_shrinkage
from reports.report_inputs import ReportInputs, svg_of
from reports.sections.parts.wording import INTERVAL_WORDS, anchor, stamp_of, status_warning

ORDER = 60

NAME, TITLE = "groups", "States, unit types and how far they were pooled"

MOST_LEVELS = 12
"""Most levels of a group that are shown without folding."""

COLUMNS, PANEL, HEADING = 2, 190, 58
"""Panels side by side on a phone; height of a panel and of its heading, in pixels."""

FEW_LEVELS = 6
"""Most levels with which a group says little about its own spread: Gelman (2006), https://doi.org/10.1214/06-BA117A."""

SHOWN = (
    Column("service", "outcome"),
    Column("level", "level"),
    Column("units", "units", True),
    Column("raw", "raw", True),
    Column("pooled_mean", "pooled", True),
    Column("pooled_low", INTERVAL_WORDS, True),
    Column("shrunk", "shrunk by", True),
)


def section(inputs: ReportInputs) -> Section | None:
    """Return the section; None where no fit pools anything."""
    if not any(_pools(evidence) for evidence in inputs.fits):
        return None
    return Section(NAME, TITLE, tuple(block for evidence in inputs.fits for block in _of_fit(evidence)))


def _pools(evidence: Evidence) -> bool:
    return evidence.manifest.kind == "posterior" and bool(evidence.design.groups)


def _of_fit(evidence: Evidence) -> tuple[Block, ...]:
    if evidence.manifest.kind == "mle":
        return (Prose(f"{evidence.name} is of maximum likelihood, which pools no group.", "note"),)
    if not evidence.design.groups:
        return (Prose(f"{evidence.name} pools no group.", "note"),)
    with evidence.posterior() as posterior:
        found = [
            Shrinkage.of(posterior, evidence.design, evidence.family, group=group, outcome_unit=evidence.outcome_unit)
            for group in evidence.design.groups
        ]
    return (
        *status_warning(evidence),
        _factors(found, evidence),
        *(block for shrinkage in found for block in _of_group(shrinkage, evidence)),
    )


def _of_group(shrinkage: Shrinkage, evidence: Evidence) -> tuple[Block, ...]:
    levels = _levels(shrinkage, evidence)
    title = f"{evidence.name}: how far each {shrinkage.group} was shrunk"
    sentence = _sentence(shrinkage, levels=len(evidence.design.groups[shrinkage.group].levels))
    return (
        Prose(sentence),
        Figure(
            anchor("shrinkage", evidence.name, shrinkage.group),
            title,
            sentence,
            svg_of(draw_shrinkage, shrinkage, title=title, stamp=stamp_of(evidence)),
            scatter(shrinkage),
            _origin(evidence),
        ),
        levels,
    )


def _sentence(shrinkage: Shrinkage, *, levels: int) -> str:
    """Return the meaning of the pooling factors in words."""
    factors, group = shrinkage.factors, shrinkage.group
    head = f"A pooling factor of 0 would leave each {group} its own estimate, one of 1 would give all the same. "
    known = {service: factor for service, factor in factors.items() if math.isfinite(factor)}
    if not known:
        return f"{head}Here none can be had."
    least, most = min(known, key=lambda name: known[name]), max(known, key=lambda name: known[name])
    if least == most:
        said = f"Here it is {_factor(known[most])}."
    else:
        said = f"Here it runs from {_factor(known[least])} ({least}) to {_factor(known[most])} ({most})."
    few = (
        f" {levels} levels tell little of how much they differ, so the prior weighs in." if levels <= FEW_LEVELS else ""
    )
    return f"{head}{said}{few}"


def _factor(value: float) -> str:
    return rounded(value, 2) if math.isfinite(value) else ""


def _origin(evidence: Evidence) -> Origin:
    return Origin(
        (evidence.name,), "fits.effects.shrinkage.Shrinkage.of", evidence.command_on("reports.effects", "--groups")
    )


def _factors(found: list[Shrinkage], evidence: Evidence) -> Table:
    """Return the table of pooling factors, with a column per group."""
    services = list(dict.fromkeys(service for one in found for service in one.factors))
    return Table(
        anchor("pooling", evidence.name),
        f"{evidence.name}: pooling factors, 0 none to 1 complete",
        (Column("service", "outcome"), *(Column(f"{one.group}_factor", one.group, True) for one in found)),
        tuple(
            {
                "service": service,
                **{
                    f"{one.group}_factor": Cell(_or_none(one.factors[service]), _factor(one.factors[service]))
                    for one in found
                },
            }
            for service in services
        ),
        note="Gelman and Pardoe (2006), https://doi.org/10.1198/004017005000000517, on the linear predictor.",
        origin=_origin(evidence),
    )


def _or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _levels(shrinkage: Shrinkage, evidence: Evidence) -> Table:
    plain = shrinkage.to_list()
    count = len({one.level for one in shrinkage.levels})
    many = count > MOST_LEVELS
    return Table(
        anchor("levels", evidence.name, shrinkage.group),
        f"{evidence.name}: {shrinkage.group}, raw and pooled, {shrinkage.unit}",
        with_files(SHOWN, plain),
        tuple({**row, **_cells(one, row)} for one, row in zip(shrinkage.levels, plain, strict=True)),
        note=_note(shrinkage),
        groups="" if many else "service",
        in_page=not many,
        origin=_origin(evidence),
    )


def _cells(one: Level, row: dict[str, Any]) -> dict[str, Cell]:
    mean, interval, _ = one.pooled.text if one.pooled else ("", "", "")
    return {
        "units": Cell(row["units"], str(one.units)),
        "raw": Cell(row["raw"], str(one.raw)),
        "pooled_mean": Cell(row.get("pooled_mean"), mean),
        "pooled_low": Cell(row.get("pooled_low"), interval),
        "shrunk": Cell(row["shrunk"], _shrunk(one)),
    }


def _shrunk(one: Level) -> str:
    return f"{rounded(100 * one.shrunk, 0)} %" if math.isfinite(one.shrunk) else ""


def _note(shrinkage: Shrinkage) -> str:
    hidden = shrinkage.withheld()
    line = "Shrunk by: how far from its raw mean to a typical level; empty where the two are too near to tell."
    return f"{line} {hidden} raw values are withheld: too few units are behind them." if hidden else line


def scatter(shrinkage: Shrinkage) -> dict[str, Any]:
    """Return raw against pooled as a Plotly figure: a panel per service, a point per level that may be shown."""
    services = list(shrinkage.factors)
    columns = min(COLUMNS, len(services))
    lines = math.ceil(len(services) / columns)
    height = lines * (PANEL + HEADING) + 60
    figure = make_subplots(
        rows=lines,
        cols=columns,
        subplot_titles=[
            line_break([f"<b>{plain_label(service)}</b>", f"pooling factor {_factor(shrinkage.factors[service])}"])
            for service in services
        ],
        horizontal_spacing=0.14,
        vertical_spacing=HEADING / height,
    )
    for place, service in enumerate(services):
        levels = [one for one in shrinkage.levels if one.service == service]
        _panel(figure, levels, shrinkage, at=(place // columns + 1, place % columns + 1))
    axis = {"gridcolor": GRID, "zeroline": False, "nticks": 5, "fixedrange": True}
    figure.update_xaxes(axis)
    figure.update_yaxes(axis)
    unit = plain_label(shrinkage.unit)
    figure.add_annotation(
        text=line_break(["across: raw mean, up: as pooled,", f"distance from a typical level, {unit}"]),
        x=0.5, y=0, xref="paper", yref="paper", yshift=-30, yanchor="top", showarrow=False,
    )  # fmt: skip
    margin = {"l": 36, "r": 12, "t": 66, "b": 76}
    figure.update_layout(shared_layout(height=height, margin=margin))
    figure.update_annotations(font={"size": 12})
    return figure_json(figure)


def _panel(figure: go.Figure, levels: Iterable[Level], shrinkage: Shrinkage, *, at: tuple[int, int]) -> None:
    row, col = at
    found = [
        (one, raw - one.typical.mean, one.pooled.mean - one.typical.mean)
        for one in levels
        if isinstance(raw := one.raw.plain(), float) and one.typical and one.pooled
    ]
    if not found:
        figure.add_annotation(text="no level may be shown", x=0.5, y=0.5, showarrow=False, row=row, col=col)
        for update in (figure.update_xaxes, figure.update_yaxes):
            update(range=[0, 1], showticklabels=False, showgrid=False, row=row, col=col)
        return
    reach = 1.1 * max([1e-9, *(abs(value) for _, raw, pooled in found for value in (raw, pooled))])
    thin = {"color": "#999999", "width": 1}
    for y, dash in (([-reach, reach], "dash"), ([0.0, 0.0], "solid")):
        line = go.Scatter(x=[-reach, reach], y=y, mode="lines", line={**thin, "dash": dash}, hoverinfo="skip")
        figure.add_trace(line, row=row, col=col)
    figure.add_trace(
        go.Scatter(
            x=[raw for _, raw, _ in found],
            y=[pooled for _, _, pooled in found],
            mode="markers",
            # All have one size, as sizes would disclose the numbers of units.
            marker={"color": BLUE, "size": 8, "opacity": 0.8},
            hovertext=[_hover(one, shrinkage) for one, _, _ in found],
            hoverinfo="text",
        ),
        row=row,
        col=col,
    )
    figure.update_xaxes(range=[-reach, reach], row=row, col=col)
    figure.update_yaxes(range=[-reach, reach], row=row, col=col)


def _hover(one: Level, shrinkage: Shrinkage) -> str:
    pooled = f"pooled {one.pooled.text[0]} ({one.pooled.text[1]})" if one.pooled else ""
    shrunk = f"shrunk by {_shrunk(one)}" if math.isfinite(one.shrunk) else ""
    lines = [one.level, one.service, f"{one.units} units", f"raw {one.raw}", pooled, shrunk, shrinkage.unit]
    return line_break(plain_label(line) for line in lines if line)
