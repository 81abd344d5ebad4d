"""The working half of the door `reports.effects`: reload, compute, print, write."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xarray as xr
from rich.console import Console

from data.commands.console import telling
from data.errors import InputError, Problem, unknown
from data.files.csv_text import csv_records
from data.files.replacing import replacing, require_place
from data.names import safe_keys
from fits.effects.averages import TARGETS, Target
from fits.effects.delta import Delta
from fits.effects.effect_table import POOLED, EffectTable, Judge
from fits.effects.effects_of_fit import Question, effect_tables
from fits.effects.scale import choose, scales_of
from fits.effects.shrinkage import Shrinkage
from fits.number_format import INTERVAL
from fits.reload import Reloaded, reload
from fits.storage.find import find
from fits.storage.fit import Fit
from models.engines.maximum.estimates import CLASSICAL, few_clusters
from reports.terminal.effects import print_shrinkage, print_tables

NAME, JSON = "effects", "effects.json"
"""Of what is written together, and of the file that comes last."""


@dataclass(frozen=True)
class Wanted:
    """The command line, parsed."""

    fit: str
    scales: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    by: str | None = None
    exposures: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    ratio: bool = False
    groups: bool = False
    errors: str = ""
    out: Path | None = None
    data: Path | None = None
    home: Path = Path("fits")
    as_json: bool = False


def run(wanted: Wanted) -> None:
    """Answer the question on the terminal, and in files where that is asked."""
    if wanted.out is not None:
        require_place(wanted.out, NAME, after=JSON)
    fit = find(wanted.fit, wanted.home)
    reloaded = reload(fit, wanted.data)
    fit.require_private()
    if wanted.groups and not reloaded.design.groups:
        raise InputError([Problem("--groups", f"fit {fit.name!r}, which pools no group", "one that does")])
    tables = tables_of(reloaded, wanted)
    shrunk = shrinkage_of(reloaded) if wanted.groups else ()
    if wanted.as_json:
        print(json.dumps(plain(fit, tables, shrunk), indent=1, allow_nan=False))
    else:
        console = Console(highlight=False, markup=False)
        print_tables(fit, tables, console, notes=_notes(fit, wanted.errors or CLASSICAL))
        print_shrinkage(shrunk, console)
    if wanted.out is not None:
        written = write(fit, tables, shrunk, wanted.out)
        telling().print(f"Wrote {', '.join(written)} in {wanted.out}")


def tables_of(reloaded: Reloaded, wanted: Wanted) -> tuple[EffectTable, ...]:
    """Return the tables that are asked for."""
    design = reloaded.design
    known = scales_of(reloaded.family.name, design.limits)
    question = Question(
        scales=choose(wanted.scales, known, ratio=wanted.ratio),
        targets=_targets(wanted.targets),
        split=wanted.by or "",
        exposures=wanted.exposures,
        ratio=wanted.ratio,
    )
    below = [scale.name for scale in question.scales if scale.kind == "outcome"] if design.floor < 0 else []
    if wanted.ratio and below:
        got = f"--ratio on {', '.join(below)} of an outcome that may be negative"
        raise InputError([Problem("--ratio", got, "an outcome with a natural zero")])
    known_services = (*design.services, *([POOLED] if design.several else []))
    for service in wanted.services:
        if service not in known_services:
            raise unknown("service", service, known_services)

    def answer(posterior: xr.Dataset, judge: Judge | None = None) -> tuple[EffectTable, ...]:
        return effect_tables(
            posterior,
            design,
            reloaded.family,
            dataset=reloaded.dataset,
            codebook=reloaded.codebook,
            question=question,
            judge=judge,
        )

    if reloaded.fit.manifest.kind == "mle":
        delta = Delta.of(reloaded.fit.estimates(), errors=wanted.errors or CLASSICAL)
        tables = answer(delta.posterior, delta.judge)
    else:
        if wanted.errors:
            got = f"--errors of fit {reloaded.fit.name!r}, a posterior"
            raise InputError([Problem("--errors", got, "a maximum likelihood fit: models.fit NAME --engine mle")])
        with reloaded.fit.draws() as draws:
            tables = answer(draws["posterior"].to_dataset())
    return tuple(table.only(wanted.services) for table in tables) if wanted.services else tables


def _notes(fit: Fit, errors: str) -> list[str]:
    """What a reader of maximum likelihood must know."""
    if fit.manifest.kind != "mle":
        return []
    estimates = fit.estimates()
    words = [
        (str(service), str(estimates["words"].sel(service=service).item()))
        for service in estimates["service"].to_numpy()
    ]
    line = (
        f"Maximum likelihood, an equation per service; {errors} standard errors by the delta method. Groups are not "
        "pooled, so there is no typical or new place."
    )
    few = few_clusters(estimates, errors)
    if not estimates["converged"].all():
        line += " Where a service has no estimate there is no mean over services."
    return [line, *([few + "."] if few else []), *(f"{service}: {text}." for service, text in words if text)]


def _targets(names: tuple[str, ...]) -> tuple[Target, ...]:
    for name in names:
        if name not in TARGETS and name != "all":
            raise unknown("target", name, [*TARGETS, "all"])
    if "all" in names:
        return tuple(TARGETS)
    return tuple(target for target in TARGETS if target in names) or ("these",)


def shrinkage_of(reloaded: Reloaded) -> tuple[Shrinkage, ...]:
    """Return what pooling did to the levels of each of the fit's groups."""
    design, codebook = reloaded.design, reloaded.codebook
    unit = codebook.variables[design.reading.outcomes[0]].unit
    with reloaded.fit.draws() as draws:
        posterior = draws["posterior"].to_dataset()
        return tuple(
            Shrinkage.of(posterior, design, reloaded.family, group=group, outcome_unit=unit) for group in design.groups
        )


def plain(fit: Fit, tables: Iterable[EffectTable], shrunk: Iterable[Shrinkage] = ()) -> dict[str, Any]:
    """Return everything as one JSON object, with what readers need to judge it."""
    manifest = fit.manifest
    return {
        "fit": fit.name,
        "simulated": manifest.simulated,
        "stamp": manifest.stamp,
        "status": manifest.status,
        "request_sha256": manifest.request.sha256,
        "interval": INTERVAL,
        "effects": [row for table in tables for row in table.to_list()],
        **({"groups": groups} if (groups := [row for one in shrunk for row in one.to_list()]) else {}),
    }


def write(fit: Fit, tables: tuple[EffectTable, ...], shrunk: tuple[Shrinkage, ...], out: Path) -> list[str]:
    """Write the tables and figures into a folder, all or none of them; return their names."""
    from reports.figures.forest import draw_forest  # matplotlib: only where a figure is asked for
    from reports.figures.shrinkage import draw_shrinkage

    found, stamp = plain(fit, tables, shrunk), stamp_of(fit)
    head = {key: found[key] for key in ("fit", "stamp", "status")}
    names = [JSON]
    with replacing(out, NAME, after=JSON) as fresh:
        (fresh / JSON).write_text(json.dumps(found, indent=1, allow_nan=False) + "\n", encoding="utf-8")
        for what in ("effects", "groups"):
            if what in found:
                names.append(f"{what}.csv")
                (fresh / names[-1]).write_text(csv_records([{**head, **row} for row in found[what]]), encoding="utf-8")
        for table in tables:
            names.append(f"effects-{table.array_name}-{table.target}.svg")
            draw_forest(table, fresh / names[-1], title=f"{fit.name}: {table.words}", stamp=stamp)
        keys = safe_keys(one.group for one in shrunk)
        for one in shrunk:
            names.append(f"shrinkage-{keys[one.group]}.svg")
            title = f"{fit.name}: how far each {one.group} was shrunk"
            draw_shrinkage(one, fresh / names[-1], title=title, stamp=stamp)
    return names


def stamp_of(fit: Fit) -> str:
    """Return what must stand across anything made of this fit: simulated data, few draws, failed checks; else ''."""
    manifest = fit.manifest
    simulated = f"SIMULATED DATA ({manifest.stamp})" if manifest.simulated else ""
    status = {"failed": "FAILED ITS CHECKS", "look": "A LOOK, TOO FEW DRAWS"}.get(manifest.status, "")
    wrong = f"{len(manifest.unpredicted)} PREDICTIVE CHECKS FAILED" if manifest.unpredicted else ""
    return "; ".join(filter(None, [simulated, status, wrong]))
