"""The loop over simulations: what is not stored yet is made, and all of it is judged."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from fits.calibration.from_prior import FromPrior
from fits.calibration.from_scenario import FromScenario
from fits.calibration.operating import Operating
from fits.calibration.plan import PRIOR, CalibrationPlan, without_simulator
from fits.calibration.sbc import FEWEST, Sbc
from fits.calibration.simulate import SimulationSource, attempt
from fits.calibration.store import Record, Store
from fits.calibration.true_sizes import TrueSizes
from fits.listen import SILENT, Listener
from fits.loaded import load, prepare
from fits.verdicts.rule import Rule
from models.engines.memory_needed import require_room
from models.family import Family
from priors.prior_set import Unit


@dataclass(frozen=True)
class Part:
    """One scenario's simulations and what they say: `sbc` of the prior, else `operating`.

    Attributes
    ----------
    scenario, name : str
        `name` of its folder in the store.
    words : str
        What is simulated, for people.
    sbc : Sbc or None
        None too for too few simulations to judge by.
    request : dict
        Everything that decided the simulations but their number.
    """

    scenario: str
    name: str
    words: str
    records: tuple[Record, ...]
    sbc: Sbc | None = None
    operating: Operating | None = None
    request: Record = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether no check failed; simulations that gave nothing at all are a failure."""
        if all(record["status"] == "error" for record in self.records):
            return False
        if self.operating is not None:
            return self.operating.check.passed is not False
        return self.sbc is None or self.sbc.passed


@dataclass(frozen=True)
class Calibrated:
    """What came out of a calibration.

    Attributes
    ----------
    model, priors : str
        Names.
    scale : {'points', 'probability'}
        Of the outcome.
    rule : Rule
        That verdicts were judged by.
    parts : tuple of Part
        One for each scenario.
    """

    plan: CalibrationPlan
    model: str
    priors: str
    scale: Unit
    rule: Rule
    parts: tuple[Part, ...]

    @property
    def passed(self) -> bool:
        """Whether no check of any scenario failed."""
        return all(part.passed for part in self.parts)


def calibrate(plan: CalibrationPlan, listen: Listener = SILENT, *, home: Path, force: bool = False) -> Calibrated:
    """Return what the simulations of a plan say, after making those that are not stored yet.

    Parameters
    ----------
    listen : Listener
        Is told of progress and of simulations that are set aside.
    home : Path
        The folder of stored simulations.
    force : bool
        Whether to start anew although simulations are stored.

    Raises
    ------
    InputError
        For any fault of the plan, the declarations or the data, found before sampling.
    """
    rule = Rule.read(plan.rule)
    loaded = load(plan.fit)
    scenarios = plan.scenarios_on(loaded)
    if not plan.scenarios and (why := without_simulator(loaded)):
        listen.say(f"Only --scenario {PRIOR}: this is {why}.")
    require_room(plan.fit.settings, *prepare(loaded, plan.fit.service))
    scale = Family.find(loaded.reading.spec.family).unit
    rule.smallest_on(scale)
    parts = []
    for scenario in scenarios:
        source = FromPrior.of(plan, loaded) if scenario == PRIOR else FromScenario.of(scenario, plan, loaded, rule)
        name, request = plan.name(scenario, loaded), plan.request(scenario, loaded, rule)
        with Store.open(home / name, request, force=force, say=listen.say) as store:
            records = tuple(simulated(source, store, plan.sims, words=scenario, listen=listen))
        parts.append(judged(scenario, name, source.words, records=records, rule=rule, scale=scale, request=request))
    return Calibrated(plan, loaded.reading.spec.name, loaded.priors.name, scale, rule, tuple(parts))


def judged(
    scenario: str, name: str, words: str, *, records: tuple[Record, ...], rule: Rule, scale: Unit, request: Record
) -> Part:
    """Return a scenario's simulations and what they say."""
    if scenario != PRIOR:
        operating = Operating.of(records, rule, scale, TrueSizes.of(scenario))
        return Part(scenario, name, words, records, operating=operating, request=request)
    ranked = [record["ranks"] for record in records if "ranks" in record]
    sbc = Sbc.of({key: [one[key] for one in ranked] for key in ranked[0]}) if len(ranked) >= FEWEST else None
    return Part(scenario, name, words, records, sbc=sbc, request=request)


def simulated(
    source: SimulationSource, store: Store, sims: int, *, words: str, listen: Listener = SILENT
) -> Iterator[Record]:
    """Yield the first simulations in order, after making and storing those that are not stored yet."""
    there = {record["k"]: record for record in store.records()}
    todo = [k for k in range(sims) if k not in there]
    if 0 < len(todo) < sims:
        listen.say(f"{words}: {sims - len(todo)} of {sims} simulations are stored; going on from there.")
    if todo:
        gc.freeze()  # what is imported by now stays, so that a look for garbage costs next to nothing
        failed = sum(record["status"] in ("failed", "error") for k, record in there.items() if k < sims)
        with listen.counting(words, total=sims, done=sims - len(todo)) as tick:
            for k in todo:
                store.append(attempt(source, k))
                last = store.records()[-1]
                there[k] = last  # as it is read back, so that a resumed run shows the very same numbers
                failed += last["status"] in ("failed", "error")
                # Posteriors that are part of a cycle, which Python would let grow to gigabytes.
                gc.collect()
                tick(failed)
    yield from (there[k] for k in range(sims))
