"""Simulations of whole studies under a scenario of the simulator, whose true effects are known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from data.simulation import simulator
from data.study import load_study
from fits.calibration.simulate import fit, seeds_of
from fits.calibration.study_effects import changes, maximum_likelihood, summary
from fits.effects.averages import place_of
from fits.effects.truth import drawn_with, known_place, truth_as_posterior
from fits.loaded import Loaded, prepare
from fits.verdicts.rule import Rule
from models.engines.settings import Settings

if TYPE_CHECKING:
    from fits.calibration.plan import CalibrationPlan
    from fits.calibration.store import Record


@dataclass(frozen=True)
class FromScenario:
    """Simulations of whole studies under a scenario, with both halves' effects and the true ones.

    Attributes
    ----------
    loaded : Loaded
        Its study is replaced by simulated ones of the same wave.
    units : int or None
        How many clinics each study has; None for as many as the survey had.
    settings : Settings
        Its seed is the calibration's.
    """

    loaded: Loaded
    scenario: str
    service: str | None
    units: int | None
    rule: Rule
    settings: Settings

    @classmethod
    def of(cls, scenario: str, plan: CalibrationPlan, loaded: Loaded, rule: Rule) -> FromScenario:
        """Return the simulations of a plan under a scenario.

        Raises
        ------
        InputError
            For a number of units that the simulator cannot make a study of.
        """
        simulator.simulate(scenario, plan.fit.seed, units=plan.units)  # what is wrong with all is said before any
        return cls(loaded, scenario, plan.fit.service, plan.units, rule, plan.fit.settings)

    @property
    def words(self) -> str:
        """What is simulated, for people."""
        size = f"{self.units} clinics" if self.units else "as many clinics as the survey had"
        return f"whole studies under {self.scenario!r} ({simulator.scenarios()[self.scenario]}), {size}"

    def record(self, k: int) -> Record:
        """Return simulation k: of every exposure on every service the truth and what both halves say."""
        study, sampler, _ = seeds_of(self.settings.seed, k)
        frame, truth = simulator.simulate(self.scenario, study, units=self.units)
        wave = int(self.loaded.dataset.attrs["wave"])
        loaded = replace(self.loaded, dataset=load_study(self.loaded.codebook, frame, wave=wave), contrasts={})
        design, family, priors = prepare(loaded, self.service)
        simulated, drew = drawn_with(design, loaded.codebook)
        said = truth_as_posterior(truth["waves"][str(wave)][loaded.reading.role], design)
        true = changes(said, simulated, drew, loaded=loaded, place=known_place(simulated))
        fitted = fit(design, family, priors, replace(self.settings, seed=sampler))
        drawn = changes(fitted.posterior, design, family, loaded=loaded, place=place_of("these", design))
        frequentist, words = maximum_likelihood(loaded, family, self.service)
        effects = [
            {
                "exposure": exposure,
                "service": service,
                "true": true[exposure, service].item(),
                "bayes": summary(drawn[exposure, service], self.rule, family),
                "ml": frequentist[exposure, service],
            }
            for exposure, service in true
        ]
        return {**fitted.plain(), "study_seed": study, "ml_words": words, "effects": effects}
