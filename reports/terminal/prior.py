"""The working half of the door `priors.show`: simulate from the prior, summarise, print, draw."""

from __future__ import annotations

import json
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

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
    _print(implied, loaded, target, stamp)


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


def _print(implied: Implied, loaded: Loaded, target: Path, stamp: str) -> None:
    console = Console(highlight=False, markup=False)
    console.print(
        Text.assemble(("Prior set ", ""), (implied.name, "bold"), f": {loaded.priors.title}. {loaded.priors.reason}")
    )
    if stamp:
        console.print(Text(f"Covariates and groups are simulated ({stamp}).", style="red"))
    console.print(
        Text(f"\nWhat it implies for {loaded.reading.spec.name}, before any outcome is looked at", style="bold")
    )
    for heading, rows in implied.tables().items():
        console.print(Text(f"\n{heading}", style="bold"))
        table = Table(box=None, pad_edge=False, header_style="dim")
        for column in rows[0]:
            table.add_column(column, justify="left" if column == next(iter(rows[0])) else "right", overflow="fold")
        for row in rows:
            table.add_row(*row.values())
        console.print(table)
    console.print(f"\nFigure: {target}")
