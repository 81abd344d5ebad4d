"""How often a fit passes its gate at the first attempt and within the second, over models, prior sets and seeds.

    python -m tests.benchmarks.first_attempts --part every --part seeds

`every` fits each model with each prior set once on three simulated studies; `seeds` fits `peer_tobit` and `peer_logit`,
all services at once, under `weak` and `wide` on one hundred studies each, study and sampler of the same seed. Settings
are those of `models.fit`. Each fit is a line of ``tests/benchmarks/results/DATE-attempts.jsonl`` as soon as it is done;
the same command goes on from there with ``--day DATE``, and --show prints the table of what is there.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from data.simulation import simulator
from data.study import load_study
from fits.loaded import Loaded, load, prepare
from fits.plan import FitPlan
from fits.sample import Sampled, sample
from models.engines.model_data import inputs
from models.engines.sampler import sampler_of
from models.engines.settings import Settings
from models.spec import ModelSpec
from priors.prior_set import PriorSet

RESULTS = Path(__file__).parent / "results"
STUDIES = ("as_claimed", "null", "mixed")
JOINT = ("peer_tobit", "peer_logit")
SEEDS = 100
PARTS = ("every", "seeds")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True)
class Task:
    """One fit: a model under a prior set, on a simulated study."""

    part: str
    model: str
    priors: str
    scenario: str
    seed: int


def tasks(part: str, seeds: int) -> Iterator[Task]:
    """Yield the fits of a part, so that a run that is stopped has some of each kind."""
    if part == "every":
        for scenario in STUDIES:
            for model in ModelSpec.names():
                for priors in PriorSet.names():
                    yield Task(part, model, priors, scenario, FitPlan.seed)
        return
    for seed in range(seeds):
        for model in JOINT:
            for priors in ("weak", "wide"):
                yield Task(part, model, priors, STUDIES[0], seed)


def measured(task: Task, settings: Settings) -> dict[str, Any]:
    """Return how a fit's attempts came out, and what it cost."""
    loaded = _simulated(load(FitPlan(task.model, priors=task.priors)), task)
    design, family, priors = prepare(loaded, None)
    data = inputs(design, family, priors)
    sampler = sampler_of(design, family, priors, data, settings.engine)
    started, cpu = time.monotonic(), time.process_time()
    found = sample(sampler, replace(settings, seed=task.seed), design, data)
    spent = {"wall": round(time.monotonic() - started, 1), "cpu": round(time.process_time() - cpu, 1)}
    return {**asdict(task), **_told(found), **spent}


def _simulated(loaded: Loaded, task: Task) -> Loaded:
    frame, _ = simulator.simulate(task.scenario, task.seed)
    wave = int(loaded.dataset.attrs["wave"])
    return replace(loaded, dataset=load_study(loaded.codebook, frame, wave=wave), contrasts={})


def _told(found: Sampled) -> dict[str, Any]:
    kept = ("divergences", "rhat_max", "ess_bulk_min", "ess_bulk_worst", "ess_tail_min", "bfmi_min")
    attempts = [
        {"passed": one.passed, **{name: _short(one.values[name]) for name in kept}} for one in found.diagnostics
    ]
    return {"first": found.diagnostics[0].passed, "passed": found.last.passed, "pooled": found.pooled, "of": attempts}


def _short(value: Any) -> Any:
    return float(f"{value:.5g}") if isinstance(value, float) else value


def table(records: list[dict[str, Any]]) -> str:
    """Return how many passed, by part, model and prior set."""
    lines = ["| part | model | priors | fits | first attempt | within the second | pooled | CPU s, median |"]
    lines += ["|---|---|---|---|---|---|---|---|"]
    keys = dict.fromkeys((one["part"], one["model"], one["priors"]) for one in records)
    for key in keys:
        here = [one for one in records if (one["part"], one["model"], one["priors"]) == key]
        counts = [sum(one[what] for one in here) for what in ("first", "passed", "pooled")]
        middle = sorted(one["cpu"] for one in here)[len(here) // 2]
        lines.append(f"| {' | '.join(key)} | {len(here)} | {counts[0]} | {counts[1]} | {counts[2]} | {middle:g} |")
    return "\n".join(lines)


@app.command(help=__doc__)
def main(
    part: Annotated[list[str] | None, typer.Option(help=f"Run this one: {', '.join(PARTS)}.")] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Studies of `seeds`.")] = SEEDS,
    day: Annotated[str, typer.Option(help="The day whose record is gone on with.")] = "",
    show: Annotated[bool, typer.Option("--show", help="Print the table of what is there and stop.")] = False,
    draws: Annotated[int, typer.Option(help="Draws kept by each chain.")] = Settings.draws,
    tune: Annotated[int, typer.Option(help="Tuning draws of each chain.")] = Settings.tune,
    out: Annotated[Path, typer.Option(help="Folder for the results.")] = RESULTS,
) -> None:
    """Run what is not there yet."""
    wrong = set(part or ()) - set(PARTS)
    if wrong:
        raise typer.BadParameter(f"{', '.join(sorted(wrong))}; known: {', '.join(PARTS)}", param_hint="--part")
    path = out / f"{day or datetime.now(UTC).date().isoformat()}-attempts.jsonl"
    records = [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []
    there = {Task(**{name: one[name] for name in Task.__annotations__}) for one in records}
    todo = [one for name in part or PARTS for one in tasks(name, seeds) if one not in there and not show]
    started = time.monotonic()
    for number, task in enumerate(todo, start=1):
        record = measured(task, Settings(draws=draws, tune=tune))
        records.append(record)
        with path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(record) + "\n")
        left = (time.monotonic() - started) / number * (len(todo) - number) / 60
        said = "passed" if record["passed"] else "FAILED"
        typer.echo(f"{number}/{len(todo)} {said} {' '.join(map(str, asdict(task).values()))}; {left:.0f} min", err=True)
    typer.echo(table(records))


if __name__ == "__main__":
    app()
