"""A calibration as a value: everything that decides its simulations, and nothing about a terminal."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from data.code_hash import code_digest
from data.errors import InputError, Problem, unknown
from data.simulation import simulator
from fits.calibration.store import Record
from fits.effects.truth import DRAWN_WITH
from fits.loaded import Loaded
from fits.make import request_of
from fits.plan import FitPlan
from fits.planning.pooling import NONE, pooling_name
from fits.verdicts.rule import Rule
from models.family import Family
from priors.prior_set import PriorSet

PRIOR, ALL = "prior", "all"

FROM_PRIOR, FROM_SCENARIO = "fits.calibration.from_prior", "fits.calibration.from_scenario"
"""Modules that make what is stored of a simulation; all that they import decides it too."""


@dataclass(frozen=True)
class CalibrationPlan:
    """Everything that decides the simulations of a calibration.

    Attributes
    ----------
    fit : FitPlan
        How each simulation is fitted; its seed is the calibration's.
    scenarios : tuple of str
        What is simulated; by default all that the study allows.
    sims : int
        Simulations of each scenario.
    units : int, optional
        How many units each study has; by default as many as the survey had.
    drawn_from : str
        The prior set, by name or path, that truths are drawn from; by default the fit's own.
    rule : str
        The decision rule, by name or path.
    """

    fit: FitPlan
    scenarios: tuple[str, ...] = ()
    sims: int = 20
    units: int | None = None
    drawn_from: str = ""
    rule: str = "default"

    def scenarios_on(self, loaded: Loaded) -> tuple[str, ...]:
        """Return what is simulated of a study, in order.

        Raises
        ------
        InputError
            For an unknown scenario, and for one of a study or an outcome that has no simulator.
        """
        known = simulator.scenarios()
        for name in self.scenarios:
            if name not in (PRIOR, ALL, *known):
                raise unknown("scenario", name, [PRIOR, *known, ALL])
        why = without_simulator(loaded)
        named = [name for name in self.scenarios if name != PRIOR]
        if why and named:
            raise InputError([Problem("--scenario", f"{named[0]!r} of {why}", f"--scenario {PRIOR}, which needs none")])
        if why:
            return (PRIOR,)
        every = not self.scenarios or ALL in self.scenarios
        found = tuple(name for name in (PRIOR, *known) if every or name in self.scenarios)
        if self.drawn_from and PRIOR not in found:
            raise InputError([Problem("--drawn-from", "no --scenario prior", "a calibration that draws from a prior")])
        return found

    def name(self, scenario: str, loaded: Loaded) -> str:
        """Return the name of a scenario's folder in the store, such as ``peer_tobit-weak-as_claimed``."""
        study = loaded.codebook.name
        wave = int(loaded.dataset.attrs["wave"])
        parts = [loaded.reading.spec.name, loaded.priors.name, "" if study == FitPlan.study else study]
        parts += [self.fit.service or "", pooling_name(*self.fit.pooled(loaded.codebook)), scenario]
        parts += [f"from_{Path(self.drawn_from).stem}" if scenario == PRIOR and self.drawn_from else ""]
        parts += [str(wave) if wave != (loaded.codebook.study.default_wave or 0) else ""]
        parts += [f"n{self.units}" if self.units else ""]
        return "-".join(part for part in parts if part)

    def request(self, scenario: str, loaded: Loaded, rule: Rule) -> Record:
        """Return everything that decides a scenario's simulations but their number."""
        family = Family.find(loaded.reading.spec.family)
        root = FROM_PRIOR if scenario == PRIOR else FROM_SCENARIO
        truth = "" if scenario == PRIOR else DRAWN_WITH.get(loaded.reading.role, "")
        code = code_digest(root, chosen={family.name, family.maximise, truth})
        request: dict[str, Any] = asdict(request_of(self.fit, loaded))
        request |= {"scenario": scenario, "n_units": self.units, "calibration_code": code, **self._pooling(loaded)}
        if scenario == PRIOR:
            other = PriorSet.read(self.drawn_from).sha256 if self.drawn_from else ""
            return {**request, "drawn_from_sha256": other}
        # Scenarios bring their own data; a verdict's probabilities are stored for one smallest effect.
        own = {"data_sha256": "", "columns_sha256": "", "contrasts": {}}
        return {**request, **own, "smallest": rule.smallest_on(family.unit)}

    def _pooling(self, loaded: Loaded) -> Record:
        """Return the shape by which services are pooled, be it the model's own or not, and the weight of a mixture."""
        spec = loaded.reading.spec
        if self.fit.service or len(loaded.reading.services) == 1:
            return {"pooling": NONE, "pooling_weight": None}
        return {"pooling": spec.pooling, "pooling_weight": spec.mixture_weight}


def without_simulator(loaded: Loaded) -> str:
    """Return why the simulator knows no truth for a model on a study, or ''."""
    if not loaded.codebook.study.simulated_default:
        return f"study {loaded.codebook.name!r}, which has no simulator"
    if loaded.reading.role not in ("availability", "utilisation"):
        return f"model {loaded.reading.spec.name!r}, for whose outcome the simulator tells no true effects in points"
    return ""
