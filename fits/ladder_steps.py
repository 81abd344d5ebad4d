"""The working half of the door `models.ladder`: make each step's fit, read its effect, print the ladder."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from data.commands.console import telling
from data.errors import InputError, Problem, unknown
from data.files.csv_text import csv_records
from data.files.replacing import replacing, require_place
from fits.effects import answer
from fits.effects.answer import stamp_of
from fits.effects.contrasts import contrasts_of
from fits.effects.effect_table import EffectTable
from fits.effects.scale import scales_of
from fits.ladder import Ladder, Rung
from fits.make import EXIT, find_or_fit
from fits.number_format import INTERVAL, rounded
from fits.plan import Loaded, Wanted, load
from fits.reload import reload
from fits.sample import design_of
from fits.storage.fit import Fit
from models.engines.maximum.estimates import CLASSICAL, ROBUST
from models.family import Family
from reports.terminal.effects import NAMES

NAME, JSON = "ladder", "ladder.json"
"""Of what is written together, and of the file that comes last."""


@dataclass(frozen=True)
class Question:
    """Which effect is followed up the ladder."""

    exposure: str
    service: str | None
    scale: str | None
    errors: str


@dataclass(frozen=True)
class Step:
    """A step in words, and the fit it needs."""

    words: str
    wanted: Wanted
    rival: bool = False


def run(wanted: Wanted, question: Question, out: Path | None) -> int:
    """Climb; return the exit code."""
    console = telling()
    if out is not None:
        require_place(out, NAME, after=JSON)
    loaded = load(wanted)
    question = replace(question, service=_service(question.service, loaded))
    _require(question, loaded)
    steps = steps_of(wanted, loaded, question)
    rungs, tables, fits = [], [], []
    for place, step in enumerate(steps, start=1):
        console.print(f"Step {place} of {len(steps)}: {step.words}")
        fit = find_or_fit(step.wanted, console, audit=place == 1)
        table = _table(fit, question, step)
        fits.append(fit)
        tables.append(table)
        rungs.append(_rung(fit, table, step))
    first = tables[0].rows[0]
    ladder = Ladder(first.exposure, first.contrast, first.service, tables[0].scale.label, tables[0].unit, tuple(rungs))
    if wanted.as_json:
        print(json.dumps(_plain(ladder, fits[0]), indent=1, allow_nan=False))
    else:
        _print(ladder, fits, loaded, Console(highlight=False, markup=False))
    if out is not None:
        _write(ladder, fits[0], out)
        console.print(f"Wrote ladder.csv, ladder.json, ladder.svg in {out}")
    return max(EXIT[rung.status] for rung in rungs)


def _require(question: Question, loaded: Loaded) -> None:
    """Raise for an exposure, a scale or errors that the model does not have, before anything is fitted."""
    design, family = design_of(loaded, question.service, single_level=False)
    found = contrasts_of(design, loaded.dataset, loaded.codebook, exposures=(question.exposure,))
    if len(found) > 1:
        labels = ", ".join(one.label for one in found)
        got = f"{question.exposure!r}, which is several contrasts"
        raise InputError([Problem("--exposure", got, f"one of {labels}")])
    errors = (CLASSICAL, ROBUST, *loaded.reading.groups)
    if question.errors not in errors:
        raise unknown("kind of standard errors", question.errors, errors)
    known = scales_of(family.name, design.limits)
    if question.scale is not None and question.scale not in known:
        raise unknown("scale", question.scale, known)


def _service(name: str | None, loaded: Loaded) -> str:
    known = loaded.reading.services
    if name is None:
        if len(known) == 1:
            return known[0]
        raise InputError([Problem("--service", "nothing", f"one of {', '.join(known)}")])
    if name not in known:
        raise unknown("service", name, known)
    return name


def steps_of(wanted: Wanted, loaded: Loaded, question: Question) -> tuple[Step, ...]:
    """Return the steps that this model has, from maximum likelihood to the full model and its rivals."""
    reading, service = loaded.reading, question.service
    several = len(reading.services) > 1
    one = replace(wanted, service=service) if several else wanted
    steps = [
        Step("maximum likelihood, a single equation", replace(one, engine="mle")),
        Step("the same equation with priors", replace(one, single_level=True)),
    ]
    if reading.groups:
        steps.append(Step(f"pooling over {' and '.join(reading.groups)}", one))
    if several:
        steps.append(Step(f"pooling over {len(reading.services)} services", wanted))
    rivals = [
        rival
        for rival in Family.find(reading.spec.family).rivals()
        if question.scale is None or question.scale in scales_of(rival.name)  # else there is nothing to compare
    ]
    return (
        *steps,
        *(Step(f"rival likelihood: {rival.name}", replace(wanted, family=rival.name), True) for rival in rivals),
    )


def _table(fit: Fit, question: Question, step: Step) -> EffectTable:
    """The one effect of the question, read from a step's fit."""
    asked = answer.Wanted(
        fit=fit.name,
        scales=(question.scale,) if question.scale else (),
        exposures=(question.exposure,),
        services=(str(question.service),),
        errors=question.errors if step.wanted.mle else "",
        home=step.wanted.home,
    )
    table = answer.tables_of(reload(fit), asked)[0]
    if len(table.exposures()) > 1:
        known = ", ".join(table.exposures())
        raise InputError(
            [Problem("--exposure", f"{question.exposure!r}, which is several contrasts", f"one of {known}")]
        )
    return table


def _rung(fit: Fit, table: EffectTable, step: Step) -> Rung:
    (row,) = table.rows
    if row.change is None:
        got = f"only {row.units} units with an answer"
        raise InputError([Problem(f"service {row.service!r}", got, "units enough to be shown")])
    words = str(fit.manifest.diagnostics[row.service]["words"]) if step.wanted.mle else ""
    return Rung(step.words, fit.name, fit.manifest.status, row.change, step.rival, words, table.scale.label)


def _print(ladder: Ladder, fits: list[Fit], loaded: Loaded, console: Console) -> None:
    console.print(Text(f"{ladder.exposure}: {ladder.contrast}, on {ladder.service}", style="bold"))
    if fits[0].manifest.simulated:
        stamp = fits[0].manifest.stamp
        console.print(Text(f"SIMULATED DATA, not evidence about any clinic ({stamp}).", style="bold red"))
    console.print(f"Average change of {ladder.quantity}, {ladder.unit}; the same units at every step\n")
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("step", overflow="fold", min_width=NAMES)
    for heading in ("effect", "interval", "width", "moved by"):
        table.add_column(heading, justify="right", no_wrap=True)
    found = ladder.largest()
    for rung, move, places in zip(ladder.rungs, ladder.moves(), ladder.places(), strict=True):
        centre, interval, _ = rung.effect.text
        width = rounded(rung.effect.high - rung.effect.low, rung.effect.end_places) if interval else ""
        moved = "" if move is None else ("+" if move > 0 else "") + rounded(move, places)
        style = "bold" if found and rung is found[0] else ""
        mark = "" if rung.status == "passed" else f" ({rung.status})"
        table.add_row(rung.step + mark, centre, interval, width, moved, style=style)
    console.print(table)
    console.print()
    console.print(ladder.sentence)
    console.print(
        f"Each step is compared with the one above it, a rival with the full model. {INTERVAL:.0%} intervals: Wald's "
        "for maximum likelihood, equal-tailed after it."
    )
    if not any(rung.rival for rung in ladder.rungs):
        console.print(f"No rival likelihood of {loaded.reading.spec.family} has this scale.")
    if any(rung.status == "failed" for rung in ladder.rungs):
        console.print("A step whose fit failed its checks is shown and not ranked: do not conclude from it.")
    for rung in ladder.rungs:
        if rung.words:
            console.print(Text(f"{rung.step}: {rung.words}."))
    console.print(f"Fits: {', '.join(rung.fit for rung in ladder.rungs)}")


def _plain(ladder: Ladder, fit: Fit) -> dict[str, object]:
    manifest = fit.manifest
    head = {"simulated": manifest.simulated, "stamp": manifest.stamp, "largest": ladder.sentence}
    return {**head, "steps": ladder.to_list()}


def _write(ladder: Ladder, fit: Fit, out: Path) -> None:
    from reports.figures.ladder import draw_ladder  # matplotlib: only where a figure is asked for

    found = _plain(ladder, fit)
    rows = [{"stamp": fit.manifest.stamp, **row} for row in ladder.to_list()]
    with replacing(out, NAME, after=JSON) as fresh:
        (fresh / JSON).write_text(json.dumps(found, indent=1, allow_nan=False) + "\n", encoding="utf-8")
        (fresh / "ladder.csv").write_text(csv_records(rows), encoding="utf-8")
        draw_ladder(ladder, fresh / "ladder.svg", stamp=stamp_of(fit))
