"""What `priors.show` does: simulate from the prior, summarise, print, draw."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from data.errors import InputError, Problem
from data.files.replacing import replacing, require_place
from fits.loaded import Loaded, load, prepare
from fits.plan import FitPlan
from models.engines.graph.density import build
from models.engines.graph.prior_draws import prior_draws
from models.engines.memory_needed import require_draws
from models.engines.model_data import inputs
from models.posterior import derive
from models.prior_implied import Implied
from reports.document.blocks import Block, Prose, Section, Table
from reports.document.terminal import screen, show
from reports.figures.prior import draw_figure

FIGURES = (".png", ".svg", ".pdf")

HOME = Path(__file__).parents[1]


def run(plan: FitPlan, *, draws: int, out: Path | None, as_json: bool) -> None:
    """Simulate, then print the tables and write the figure."""
    loaded = load(plan)
    target = _target(plan, loaded, out)
    require_place(target.parent, target.name)
    implied = imply(loaded, plan.service, draws=draws, seed=plan.seed)
    stamp = str(loaded.dataset.attrs["stamp"])
    with replacing(target.parent, target.name) as fresh:
        draw_figure(implied, fresh / target.name, stamp)
    if as_json:
        print(json.dumps({**implied.to_dict(), "stamp": stamp, "figure": str(target)}, indent=1))
        return
    show(_blocks(implied, loaded, target, stamp), screen())


def imply(loaded: Loaded, service: str | None, *, draws: int, seed: int) -> Implied:
    """Return what the prior set implies for the model on the study's covariates."""
    design, family, priors = prepare(loaded, service)
    data = inputs(design, family, priors)
    require_draws(float(draws) * (len(design.y) + len(design.units)), asked=f"--draws {draws}")
    raw, outcome = prior_draws(build(design, family, priors), draws=draws, seed=seed)
    return Implied.of(derive(raw, design, data), outcome, design, family, name=loaded.priors.name)


def _target(plan: FitPlan, loaded: Loaded, out: Path | None) -> Path:
    parts = ("prior", loaded.priors.name, loaded.reading.spec.name, loaded.codebook.name, plan.service)
    target = out or HOME / "out" / ("-".join(part for part in parts if part) + ".png")
    if target.suffix not in FIGURES:
        raise InputError([Problem(f"--out {target}", f"the suffix {target.suffix!r}", f"one of {', '.join(FIGURES)}")])
    if out is not None and not target.parent.is_dir():
        raise InputError(
            [Problem(f"--out {target}", f"no directory {str(target.parent)!r}", "a directory that exists")]
        )
    return target


def _blocks(implied: Implied, loaded: Loaded, target: Path, stamp: str) -> Iterator[Block | Section]:
    yield Prose(f"Prior set {implied.name}: {loaded.priors.title}. {loaded.priors.reason}")
    if stamp:
        yield Prose(f"Covariates and groups are simulated ({stamp}).", "bad")
    tables = [
        Table.of(list(rows[0]), [list(row.values()) for row in rows], title=heading)
        for heading, rows in implied.tables().items()
    ]
    title = f"What it implies for {loaded.reading.spec.name}, before any outcome is looked at"
    yield Section("", title, tuple(tables))
    yield Prose(f"Figure: {target}")
