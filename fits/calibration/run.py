"""The working half of the door `models.calibrate`: what is asked, the loop over simulations, and what came out."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from data.commands.console import telling
from data.errors import InputError, Problem, unknown
from data.files.replacing import require_place
from data.simulation import simulator
from fits.calibration.operating import Operating
from fits.calibration.sbc import FEWEST, Sbc
from fits.calibration.simulate import FromPrior, FromScenario, attempt
from fits.calibration.store import Record, Store
from fits.plan import ROOT, Loaded, Wanted, load, request_of
from fits.sample import prepare
from fits.verdicts.rule import Rule
from models.engines.memory_needed import require_room
from models.engines.settings import Settings
from models.family import Family
from models.sizes import Sizes
from priors.prior_set import PriorSet
from reports.terminal.progress import simulation_progress

PRIOR, ALL = "prior", "all"

DECIDES = (
    *("fits/calibration/simulate.py", "fits/sample.py", "fits/diagnostics.py", "fits/effects/truth.py"),
    *("fits/effects/averages.py", "fits/effects/contrasts.py", "fits/effects/delta.py", "fits/effects/scale.py"),
    *("reports/*_scales.py", "fits/verdicts/rule.py"),
)
"""Files that decide what is stored of a simulation, besides those that decide the draws of a fit."""


@dataclass(frozen=True)
class Asked:
    """The command line, parsed; `wanted` holds what it shares with `models.fit`."""

    wanted: Wanted
    scenarios: tuple[str, ...]
    sims: int
    units: int | None = None
    drawn_from: str = ""
    rule: str = "default"
    out: Path | None = None


@dataclass(frozen=True)
class Part:
    """One scenario's simulations and what they say: `sbc` of the prior, else `operating`.

    Attributes
    ----------
    scenario, name : str
        `name` of its folder in the store.
    words : str
        What is simulated, for people.
    records : tuple of dict
    sbc : Sbc or None
    operating : Operating or None
    """

    scenario: str
    name: str
    words: str
    records: tuple[Record, ...]
    sbc: Sbc | None = None
    operating: Operating | None = None

    @property
    def passed(self) -> bool:
        """Whether no check failed; simulations that gave nothing at all are a failure."""
        if all(record["status"] == "error" for record in self.records):
            return False
        if self.operating is not None:
            return self.operating.check.passed is not False
        return self.sbc is None or self.sbc.passed


def run(asked: Asked) -> int:
    """Simulate what is not there yet, judge all, show it; return the exit code."""
    from reports.terminal import calibration as show  # a check of the command must not wait for it

    console = telling()
    if asked.out is not None:
        require_place(asked.out, show.NAME, after=show.JSON)
    rule = Rule.read(asked.rule)
    loaded = load(asked.wanted)
    scenarios = scenarios_of(asked, loaded, console)
    require_room(_settings(asked), *prepare(loaded, asked.wanted.service))
    rule.smallest_on(Family.find(loaded.reading.spec.family).scale)
    parts = tuple(_part(scenario, asked, loaded, rule, console) for scenario in scenarios)
    if asked.wanted.as_json:
        show.print_json(parts, asked, loaded, rule)
    else:
        show.print_parts(parts, asked, loaded, rule)
    if asked.out is not None:
        written = show.write(parts, asked, loaded, rule, asked.out)
        console.print(f"Wrote {', '.join(written)} in {asked.out}")
    return 0 if all(part.passed for part in parts) else 1


def _settings(asked: Asked) -> Settings:
    wanted = asked.wanted
    return Settings(wanted.draws, wanted.tune, wanted.chains, wanted.seed)


def scenarios_of(asked: Asked, loaded: Loaded, console: Console) -> tuple[str, ...]:
    """Return what to simulate, in order; by default all that the study allows.

    Raises
    ------
    InputError
        For an unknown scenario, and for one of a study or an outcome that has no simulator.
    """
    known = simulator.scenarios()
    for name in asked.scenarios:
        if name not in (PRIOR, ALL, *known):
            raise unknown("scenario", name, [PRIOR, *known, ALL])
    why = _no_scenarios(loaded)
    named = [name for name in asked.scenarios if name != PRIOR]
    if why and named:
        raise InputError([Problem("--scenario", f"{named[0]!r} of {why}", f"--scenario {PRIOR}, which needs none")])
    if why and not asked.scenarios:
        console.print(f"Only --scenario {PRIOR}: this is {why}.")
        return (PRIOR,)
    if not asked.scenarios or ALL in asked.scenarios:
        found: tuple[str, ...] = (PRIOR, *known)
    else:
        found = tuple(name for name in (PRIOR, *known) if name in asked.scenarios)
    if asked.drawn_from and PRIOR not in found:
        raise InputError([Problem("--drawn-from", "no --scenario prior", "a calibration that draws from a prior")])
    return found


def _no_scenarios(loaded: Loaded) -> str:
    """Why the simulator knows no truth for this model on this study, or ''."""
    if not loaded.codebook.study.simulated_default:
        return f"study {loaded.codebook.name!r}, which has no simulator"
    if loaded.reading.role not in ("availability", "utilisation"):
        return f"model {loaded.reading.spec.name!r}, for whose outcome the simulator tells no true effects in points"
    return ""


def _part(scenario: str, asked: Asked, loaded: Loaded, rule: Rule, console: Console) -> Part:
    wanted = asked.wanted
    settings = _settings(asked)
    name = name_of(scenario, asked, loaded)
    words, source = _source(scenario, asked, loaded, rule, settings)
    request = asking(scenario, asked, loaded, rule)
    with Store.open(wanted.home / name, request, force=wanted.force, say=console.print) as store:
        records = tuple(simulated(source, store, asked.sims, words=f"{scenario}", console=console))
    if scenario != PRIOR:
        scale = Family.find(loaded.reading.spec.family).scale
        return Part(scenario, name, words, records, operating=Operating.of(records, rule, scale))
    ranked = [record["ranks"] for record in records if "ranks" in record]
    sbc = Sbc.of({key: [one[key] for one in ranked] for key in ranked[0]}) if len(ranked) >= FEWEST else None
    return Part(scenario, name, words, records, sbc=sbc)


def simulated(
    source: FromPrior | FromScenario, store: Store, sims: int, *, words: str, console: Console
) -> Iterator[Record]:
    """Yield the first simulations in order, after making and storing those that are not stored yet."""
    there = {record["k"]: record for record in store.records()}
    todo = [k for k in range(sims) if k not in there]
    if 0 < len(todo) < sims:
        console.print(f"{words}: {sims - len(todo)} of {sims} simulations are stored; going on from there.")
    if todo:
        gc.freeze()  # what is imported by now stays, so that a look for garbage costs next to nothing
        failed = sum(record["status"] in ("failed", "error") for k, record in there.items() if k < sims)
        with simulation_progress(console, words, total=sims, done=sims - len(todo)) as tick:
            for k in todo:
                store.append(attempt(source, k))
                last = store.records()[-1]
                there[k] = last  # as it is read back, so that a resumed run shows the very same numbers
                failed += last["status"] in ("failed", "error")
                # Posteriors that are part of a cycle, which Python would let grow to gigabytes.
                gc.collect()
                tick(failed)
    yield from (there[k] for k in range(sims))


def _source(
    scenario: str, asked: Asked, loaded: Loaded, rule: Rule, settings: Settings
) -> tuple[str, FromPrior | FromScenario]:
    service = asked.wanted.service
    if scenario != PRIOR:
        size = f"{asked.units} clinics" if asked.units else "as many clinics as the survey had"
        simulator.simulate(scenario, settings.seed, units=asked.units)  # what is wrong with all is said before any
        words = f"whole studies under {scenario!r} ({simulator.scenarios()[scenario]}), {size}"
        return words, FromScenario(loaded, scenario, service, asked.units, rule, settings)
    if asked.units is not None:
        loaded = _drawn_units(loaded, service, asked.units, settings.seed)
    design, family, priors = prepare(loaded, service)
    truths = priors
    origin = f"the model's own prior ({loaded.priors.name})"
    if asked.drawn_from:
        other = PriorSet.read(asked.drawn_from)
        _, _, truths = prepare(replace(loaded, prior_set=other), service)
        origin = f"the prior set {other.name}, not the model's own ({loaded.priors.name})"
    sizes = Sizes.of(design)
    cells = f"{sizes.cells} answers of {sizes.units} units of {loaded.codebook.name}"
    return f"truths and outcomes from {origin}, on {cells}", FromPrior(design, family, priors, truths, settings)


def _drawn_units(loaded: Loaded, service: str | None, units: int, seed: int) -> Loaded:
    """The study with so many of the units that the model uses, at random, once for all simulations."""
    usable = prepare(loaded, service)[0].units
    if units > len(usable):
        raise InputError([Problem("--n-units", str(units), f"at most {len(usable)}, the units with an answer")])
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(2,)))
    chosen = np.sort(rng.choice(usable, units, replace=False))
    return replace(loaded, dataset=loaded.dataset.isel(unit=chosen))


def name_of(scenario: str, asked: Asked, loaded: Loaded) -> str:
    """Return the name of a scenario's folder in the store, such as ``peer_tobit-weak-as_claimed``."""
    wanted = asked.wanted
    study = loaded.codebook.name
    parts = [loaded.reading.spec.name, loaded.priors.name, "" if study == "ndatss" else study, wanted.service or ""]
    parts += [scenario, f"from_{Path(asked.drawn_from).stem}" if scenario == PRIOR and asked.drawn_from else ""]
    default = loaded.codebook.study.default_wave or 0
    wave = int(loaded.dataset.attrs["wave"])
    parts += [str(wave) if wave != default else "", f"n{asked.units}" if asked.units else ""]
    return "-".join(part for part in parts if part)


def asking(scenario: str, asked: Asked, loaded: Loaded, rule: Rule) -> Record:
    """Return everything that decides a scenario's simulations but their number."""
    request: dict[str, Any] = asdict(request_of(asked.wanted, loaded))
    request |= {"scenario": scenario, "n_units": asked.units, "calibration_code": _code()}
    if scenario == PRIOR:
        other = PriorSet.read(asked.drawn_from).sha256 if asked.drawn_from else ""
        return {**request, "drawn_from_sha256": other}
    # Scenarios bring their own data; a verdict's probabilities are stored for one smallest effect.
    smallest = rule.smallest_on(Family.find(loaded.reading.spec.family).scale)
    return {**request, "data_sha256": "", "columns_sha256": "", "smallest": smallest}


def _code() -> str:
    digest = hashlib.sha256()
    for pattern in DECIDES:
        for path in sorted(ROOT.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def stamp_of(part: Part) -> str:
    """Return what must stand across everything made of simulations."""
    return f"SIMULATED DATA ({part.scenario}, {len(part.records)} simulations)"


def statuses(records: Sequence[Record]) -> str:
    """Return how the fits went, in words; none is left out of any number."""
    count = len(records)
    first = sum(r["status"] != "error" and r["first"] == "failed" for r in records)
    failed, looks, errors = (sum(r["status"] == s for r in records) for s in ("failed", "look", "error"))
    said = (
        f"Fits: {count} simulations; {first} failed the diagnostics at first, {failed} for good "
        f"({failed / count:.0%}); they are counted in every number below."
    )
    if looks:
        said += f" {looks} have too few draws for the gate (a look, without a verdict)."
    if errors:
        first_error = next(r for r in records if r["status"] == "error")
        said += f" {errors} gave an error and no number; simulation {first_error['k']}: {first_error['words']}"
    return said
