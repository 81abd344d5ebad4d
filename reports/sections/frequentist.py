"""The section on maximum likelihood: its estimates of the same effects, and the steps from it to the posterior."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import Any

from fits.effects.asymptotic import Asymptotic
from fits.effects.effect_table import POOLED, Effect, EffectTable
from fits.effects.summary import Summary, finite
from fits.fit_with_study import Evidence
from fits.ladder import NOT_RANKED, Ladder
from fits.ladder_steps import Step, rung_of, steps_of
from fits.plan import FitPlan
from models.outcome_limits import outcome_limits
from reports.document.blocks import Block, Cell, Column, Command, Figure, Origin, Prose, Section, Table, with_files
from reports.figures.ladder import draw_ladder
from reports.report_inputs import ReportInputs, svg_of
from reports.sections.parts.wording import (
    INTERVAL_WORDS,
    anchor,
    failings,
    judged_cells,
    stamp_of,
    status_warning,
    unit_words,
)

ORDER = 30

NAME, TITLE = "frequentist", "The frequentist answer beside it"

ML, POSTERIOR = "ml_", "posterior_"

FEWEST = 3
"""Fewest steps for which a ladder is shown."""


Shown = tuple[tuple[Step, Evidence], ...]
"""Steps of the ladder, each with the stored fit that shows it."""


def section(inputs: ReportInputs) -> Section | None:
    """Return the section; None without a posterior."""
    blocks = tuple(
        block
        for evidence in inputs.fits
        if evidence.manifest.kind == "posterior"
        for block in _of_fit(evidence, inputs)
    )
    return Section(NAME, TITLE, blocks) if blocks else None


def _of_fit(evidence: Evidence, inputs: ReportInputs) -> tuple[Block, ...]:
    main = evidence.table()
    return (*_beside(evidence, main, inputs), *_ladder(evidence, main, inputs))


def _beside(evidence: Evidence, main: EffectTable, inputs: ReportInputs) -> tuple[Block, ...]:
    """Return maximum likelihood and posterior side by side, or the command for it."""
    request = evidence.manifest.request
    found = [
        one
        for one in inputs.same_question(evidence)
        if one.manifest.kind == "mle"
        and (one.manifest.request.service, one.manifest.request.family) == (request.service, request.family)
    ]
    if not found:
        words = f"{evidence.name} has no maximum likelihood fit stored beside it, so what it changes cannot be seen:"
        return (Prose(words, "warning"), Command(mle_command(evidence)))
    (mle, *_), scale = found, main.scale.name
    said = mle.table(scale=scale)
    return (
        Prose(
            f"{evidence.name} beside {mle.name}: {main.scale.label}, in {unit_words(main, evidence)}. Maximum "
            "likelihood takes each service by itself and pools nothing; its p is how often data as far from no effect "
            "would come of none. The posterior's Pr(> 0) is how sure one can be, given model and priors, that the "
            "change is upwards. The two answer different questions and are not on one scale.",
        ),
        *status_warning(mle),
        *failings(mle),
        _table(evidence, main, mle, said),
    )


def mle_command(evidence: Evidence) -> str:
    """Return the command that fits the same by maximum likelihood."""
    plan = FitPlan.of(evidence.fit).with_own_pooling()
    plan = replace(plan, engine="mle", single_level=False, quick=False)
    return plan.command(evidence.fit.directory.parent)


def ladder_command(evidence: Evidence, exposure: str, service: str) -> str:
    """Return the command that climbs from maximum likelihood to the fit for one effect."""
    plan = FitPlan.of(evidence.fit)
    full = replace(plan, engine=FitPlan.engine, family="", service=None, single_level=False)
    full = full.in_full() if plan.quick else full
    effect = ["--exposure", exposure, "--service", service]
    words = full.words(evidence.fit.directory.parent)
    return shlex.join(["python", "-m", "models.ladder", full.model, *effect, *words])


def _table(evidence: Evidence, main: EffectTable, mle: Evidence, said: EffectTable) -> Table:
    theirs = {(row.exposure, row.service): row for row in said.rows}
    rows = tuple(_row(row, theirs.get((row.exposure, row.service)), main) for row in main.rows)
    shown = (
        Column("exposure"),
        Column("service", "outcome"),
        Column(f"{ML}estimate", "ML estimate", True),
        Column(f"{ML}low", INTERVAL_WORDS, True),
        Column(f"{ML}p_value", "p", True),
        Column(f"{POSTERIOR}mean", "posterior change", True),
        Column(f"{POSTERIOR}low", INTERVAL_WORDS, True),
        Column(f"{POSTERIOR}probability_positive", "Pr(> 0)", True),
        Column("units", "units", True),
    )
    others = [
        row.name
        for row in main.rows
        if (beside := theirs.get((row.exposure, row.service))) and beside.units.n != row.units.n
    ]
    note = "Maximum likelihood: classical standard errors by the delta method, Wald intervals."
    if others:
        note += f" Not over the same units: {', '.join(dict.fromkeys(others))}."
    return Table(
        anchor(NAME, evidence.name),
        f"Maximum likelihood beside {evidence.name}: {main.words}",
        with_files(shown, rows),
        rows,
        note=note,
        groups="exposure",
        origin=Origin(
            (mle.name, evidence.name),
            "fits.effects.effect_table.EffectTable.of",
            mle.command_on("reports.effects", "--scale", main.scale.name),
        ),
    )


def _row(ours: Effect, theirs: Effect | None, table: EffectTable) -> dict[str, Any]:
    pair = ((ML, theirs.change if theirs else None), (POSTERIOR, ours.change))
    numbers = {
        f"{name}{key}": value for name, judged in pair if judged for key, value in finite(judged.numbers()).items()
    }
    return {
        "scale": table.scale.name,
        "unit": table.unit,
        "contrast": ours.contrast,
        **numbers,
        "exposure": Cell(ours.exposure, f"{ours.exposure}: {ours.contrast}"),
        "service": Cell(ours.service, ours.name),
        "units": Cell(ours.units.plain(), str(ours.units)),
        **judged_cells(pair[0][1], Asymptotic, ML),
        **judged_cells(pair[1][1], Summary, POSTERIOR),
    }


def _ladder(evidence: Evidence, main: EffectTable, inputs: ReportInputs) -> tuple[Block, ...]:
    """Return the ladder of an effect whose steps are stored, or the command that makes them."""
    request = evidence.manifest.request
    if request.service or request.single_level or request.family:
        return ()
    shown = [row for row in main.rows if row.service != POOLED and row.change]
    if not shown:
        return ()
    steps = {row.service: steps_shown(evidence, row.service, inputs) for row in shown}
    most = max(len(found) for found in steps.values())
    strongest = max((row for row in shown if most < FEWEST or len(steps[row.service]) == most), key=_clearness)
    if most < FEWEST:
        words = (
            f"Which step between the frequentist answer and {evidence.name} moves an answer, its ladder says; of its "
            f"effects the one farthest from 0 for its uncertainty is {strongest.exposure} on {strongest.service}:"
        )
        return (Prose(words), Command(ladder_command(evidence, strongest.exposure, strongest.service)))
    ladder = _climb(steps[strongest.service], strongest, main)
    return _show(ladder, evidence)


def _clearness(row: Effect) -> float:
    """Return an effect's distance from 0 over its interval's width, which stands in for the posterior sd."""
    if row.change is None or not row.change.high > row.change.low:
        return 0.0
    return abs(row.change.mean) / (row.change.high - row.change.low)


def steps_shown(evidence: Evidence, service: str, inputs: ReportInputs) -> Shown:
    """Return the steps that stored fits show, from maximum likelihood to the full model and its rivals."""
    ours = evidence.manifest.request
    fits = [evidence]
    for other in inputs.same_question(evidence):
        theirs = other.manifest.request
        alike = (theirs.priors, theirs.priors_sha256) == (ours.priors, ours.priors_sha256)
        fits += [other] if other.manifest.kind == "mle" or alike else []
    plan = FitPlan.of(evidence.fit)
    reading = evidence.design.reading
    limits = outcome_limits(reading, evidence.codebook)
    steps = list(steps_of(plan, reading, limits=limits, service=service))
    if not any(step.shown_by(ours) for step in steps):  # a model that pools nothing
        steps.insert(sum(not step.rival for step in steps), Step("the same with priors", plan))
    shown: list[tuple[Step, Evidence]] = []
    for step in steps:
        found = [fit for fit in fits if step.shown_by(fit.manifest.request)]
        # One service's own maximum likelihood stands before that of all.
        found.sort(key=lambda fit: fit.manifest.request.service != (step.plan.service or ""))
        shown += [(step, fit) for fit in (found if step.rival else found[:1])]
    return tuple(shown)


def _climb(shown: Shown, effect: Effect, main: EffectTable) -> Ladder:
    rungs = []
    for step, evidence in shown:
        if main.scale.name not in evidence.family.scales_within(evidence.design.limits):
            continue
        table = evidence.table(scale=main.scale.name, exposures=(effect.exposure,))
        row = next(row for row in table.rows if (row.exposure, row.service) == (effect.exposure, effect.service))
        rungs.append(rung_of(step, evidence.fit, table, row))
    found = tuple(rung for rung in rungs if rung)
    return Ladder(effect.exposure, effect.contrast, effect.service, main.scale.label, main.unit, found)


def _show(ladder: Ladder, evidence: Evidence) -> tuple[Block, ...]:
    command = ladder_command(evidence, ladder.exposure, ladder.service)
    fits = tuple(rung.fit for rung in ladder.rungs)
    origin = Origin(fits, "fits.ladder.Ladder", command)
    title = f"{ladder.exposure} ({ladder.contrast}) on {ladder.service}, step by step"
    name = (evidence.name, ladder.exposure, ladder.service)
    warning = (Prose(NOT_RANKED, "warning"),) if any(rung.status == "failed" for rung in ladder.rungs) else ()
    return (
        Prose(f"{title}. {ladder.sentence}"),
        _steps(ladder, anchor("ladder", *name), title, origin),
        Figure(
            anchor("ladder-steps", *name),
            title,
            ladder.sentence,
            svg_of(draw_ladder, ladder, stamp=stamp_of(evidence)),
            origin=origin,
        ),
        *warning,
    )


def _steps(ladder: Ladder, name: str, title: str, origin: Origin) -> Table:
    shown = (
        Column("step", "step"),
        Column("centre", "effect", True),
        Column("low", INTERVAL_WORDS, True),
        Column("width", "width", True),
        Column("moved", "moved by", True),
        Column("fit", "fit"),
    )
    plain = ladder.to_list()
    rows = []
    for row, rung, texts in zip(plain, ladder.rungs, ladder.texts(), strict=True):
        values = {**row, **finite({"width": rung.effect.high - rung.effect.low})}
        keys = ("step", "centre", "low", "width", "moved")
        rows.append({**row, **{key: Cell(values[key], text) for key, text in zip(keys, texts, strict=True)}})
    note = (
        f"Average change of {ladder.quantity}, {ladder.unit}. Each step is compared with the one above it, a rival "
        "with the full model. Wald's intervals for maximum likelihood, equal-tailed after it."
    )
    return Table(name, title, with_files(shown, plain), tuple(rows), note=note, origin=origin)
