"""One simulation of a calibration: draw a truth and data, fit, and keep what is to be judged, no rows.

Our own loop, and not simuk's: simuk builds and compiles a PyMC model anew for every simulation and knows
nothing of this project's compiled density, which serves all simulations as it is.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from data.errors import InputError
from data.registry import later
from data.simulation import simulator
from data.study import load_study
from fits.diagnostics import Diagnostics
from fits.effects.asymptotic import Asymptotic
from fits.effects.averages import Place, average_contrasts, over_services
from fits.effects.contrasts import contrasts_of
from fits.effects.delta import as_posterior, delta, probes
from fits.effects.effect_table import POOLED
from fits.effects.levels import Levels
from fits.effects.scale import scales_of
from fits.effects.truth import known_place, truth_as_posterior
from fits.gate import Status
from fits.loaded import Loaded, prepare
from fits.sample import sample
from fits.verdicts.rule import Rule
from models.design import Design, make_design
from models.engines.maximum.estimates import CLASSICAL, estimate
from models.engines.model_data import inputs
from models.engines.sampler import sampler_of
from models.engines.settings import Settings
from models.family import Family
from models.posterior import derive
from models.predict import pointwise
from priors.translate import Translated

Array = NDArray[np.float64]
Record = dict[str, Any]

BLOCK = 50
"""Truths drawn from the prior at once; PyMC takes seconds to start."""

KEPT = 100
"""Near-independent draws that a truth is ranked among."""

TRIED = (InputError, ArithmeticError, np.linalg.LinAlgError, ValueError, RuntimeError)
"""What may go wrong with one simulated study and not with the next; kept as the simulation's outcome."""

QUANTILES = {"low_90": 0.05, "high_90": 0.95, "low_95": 0.025, "high_95": 0.975}


@dataclass(frozen=True)
class Fitted:
    """A posterior, with the verdict of the gate on the first attempt and on the last."""

    posterior: xr.Dataset
    diagnostics: Diagnostics
    first: Status


def seeds_of(seed: int, k: int) -> tuple[int, int, int]:
    """Return simulation k's seeds: of the study, of the sampler, of the ranks."""
    study, sampler, ranks = np.random.SeedSequence(seed, spawn_key=(0, k)).generate_state(3).tolist()
    return study, sampler, ranks


def top_level(posterior: xr.Dataset) -> xr.Dataset:
    """Return the parameters that are ranked: no single group's or unit's effect, no sum of others."""
    return posterior[[n for n in posterior.data_vars if not str(n).endswith("_effect") and n != "constant"]]


def fit(design: Design, family: Family, priors: Translated, settings: Settings) -> Fitted:
    """Sample as `models.fit` does: once more, with more care, if the diagnostics fail."""
    data = inputs(design, family, priors)
    sampler = sampler_of(design, family, priors, data, settings.engine)
    found = sample(sampler, settings, design, data)
    return Fitted(found.tree["posterior"].to_dataset(), found.last, found.diagnostics[0].status)


@dataclass
class FromPrior:
    """Simulations for calibration: truth and outcomes from the prior, covariates and groups as they are.

    Attributes
    ----------
    design : Design
    family : Family
    priors, truths : Translated
        What fits believe, and what truths are drawn from: the same, unless the check is to fail.
    settings : Settings
        Its seed is the calibration's.
    """

    design: Design
    family: Family
    priors: Translated
    truths: Translated
    settings: Settings
    _model: Any = None
    _blocks: dict[int, tuple[xr.Dataset, Array]] = field(default_factory=dict)

    def record(self, k: int) -> Record:
        """Return simulation k: the normalised rank of every quantity's truth."""
        _, sampler, ranking = seeds_of(self.settings.seed, k)
        truth, y = self.drawn(k)
        design = replace(self.design, y=y)
        fitted = fit(design, self.family, self.priors, replace(self.settings, seed=sampler))
        return {**_said(fitted), "ranks": ranks(truth, fitted, design, self.family, np.random.default_rng(ranking))}

    def drawn(self, k: int) -> tuple[xr.Dataset, Array]:
        """Return simulation k's truth in the stored form (one chain, one draw) and its outcomes (cell,)."""
        block, place = divmod(k, BLOCK)
        if block not in self._blocks:
            self._blocks = {block: self._block(block)}
        truth, y = self._blocks[block]
        return truth.isel(draw=[place]), y[place]

    def _block(self, block: int) -> tuple[xr.Dataset, Array]:
        # PyMC takes seconds to import, and the scenarios do not need it.
        self._model = self._model or later("models.engines.graph.density").build(self.design, self.family, self.truths)
        seed = int(np.random.SeedSequence(self.settings.seed, spawn_key=(1, block)).generate_state(1)[0])
        raw, y = later("models.engines.graph.prior_draws").prior_draws(self._model, draws=BLOCK, seed=seed)
        # The draws are in the parametrisation of the observed outcomes, as the graph is.
        truth = derive(raw, self.design, inputs(self.design, self.family, self.truths))
        return truth, y.isel(chain=0).transpose("draw", ...).to_numpy()


def ranks(
    truth: xr.Dataset, fitted: Fitted, design: Design, family: Family, rng: np.random.Generator
) -> dict[str, float]:
    """Return the normalised rank, in (0, 1), of each quantity's truth among near-independent draws.

    Draws are thinned by the smallest effective sample size. Within its bin, one of as many as there are draws
    and one more, the rank lies at random: it is uniform for an exact posterior, however many draws were kept.

    Parameters
    ----------
    truth : xarray.Dataset
        In the stored form, one chain and one draw.
    fitted : Fitted
    design : Design
        With the simulated outcomes, whose joint log-likelihood is ranked as well.
    family : Family
    rng : numpy.random.Generator
    """
    posterior, values = fitted.posterior, fitted.diagnostics.values
    chains, draws = posterior.sizes["chain"], posterior.sizes["draw"]
    effective = max(1.0, min(values["ess_bulk_min"], values["ess_tail_min"]))
    every = min(draws, max(math.ceil(chains * draws / min(effective, chains * draws)), chains * draws // KEPT))
    kept = posterior.isel(draw=slice(every - 1, None, every))
    count = kept.sizes["chain"] * kept.sizes["draw"]
    below: dict[str, float] = {}
    for name, draw in top_level(kept).data_vars.items():
        below |= _labelled((draw < truth[name].isel(chain=0, draw=0)).sum(("chain", "draw")))
    likelihood, true = (pointwise(one, design, family)["y"].sum("cell") for one in (kept, truth))
    below["log_likelihood"] = int((likelihood < true.item()).sum())
    return {name: float((number + rng.uniform()) / (count + 1)) for name, number in below.items()}


def _labelled(values: xr.DataArray) -> dict[str, float]:
    """Elements under names such as ``exposure_coef[peer_senior, condoms]``."""
    if not values.ndim:
        return {str(values.name): float(values)}
    labels = [values[dim].to_numpy().astype(str) for dim in values.dims]
    found = {}
    for place in np.ndindex(values.shape):
        words = ", ".join(str(label[i]) for label, i in zip(labels, place, strict=True))
        found[f"{values.name}[{words}]"] = float(values[place])
    return found


@dataclass(frozen=True)
class FromScenario:
    """Simulations of whole studies under a scenario, with both halves' effects and the true ones.

    Attributes
    ----------
    loaded : Loaded
        Its study is replaced by simulated ones of the same wave.
    scenario : str
    service : str or None
    units : int or None
        How many clinics each study has; None for as many as the survey had.
    rule : Rule
    settings : Settings
        Its seed is the calibration's.
    """

    loaded: Loaded
    scenario: str
    service: str | None
    units: int | None
    rule: Rule
    settings: Settings

    def record(self, k: int) -> Record:
        """Return simulation k: of every exposure on every service the truth and what both halves say."""
        study, sampler, _ = seeds_of(self.settings.seed, k)
        frame, truth = simulator.simulate(self.scenario, study, units=self.units)
        wave = int(self.loaded.dataset.attrs["wave"])
        loaded = replace(self.loaded, dataset=load_study(self.loaded.codebook, frame, wave=wave))
        design, family, priors = prepare(loaded, self.service)
        true = changes(
            truth_as_posterior(truth["waves"][str(wave)][loaded.reading.role], design),
            design,
            family,
            loaded=loaded,
            place=known_place(design),
        )
        fitted = fit(design, family, priors, replace(self.settings, seed=sampler))
        drawn = changes(fitted.posterior, design, family, loaded=loaded, place=Place.of("these", design))
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
        return {**_said(fitted), "study_seed": study, "ml_words": words, "effects": effects}


def changes(
    posterior: xr.Dataset, design: Design, family: Family, *, loaded: Loaded, place: Place
) -> dict[tuple[str, str], Array]:
    """Return the average change of every exposure on every service, and over services, each (draw,)."""
    contrasts = contrasts_of(design, loaded.dataset, loaded.codebook)
    scale = next(iter(scales_of(family.name, design.limits).values()))
    found = average_contrasts(posterior, design, family, contrasts=contrasts, scales=(scale,), place=place)
    change = found[scale.name]["change"]
    services = list(design.services)
    if design.several:
        pooled = over_services(change, Levels.none(design).counts(design))
        change = xr.concat([change, pooled.expand_dims(service=[POOLED])], "service")
        services.append(POOLED)
    # (chain, draw, exposure, service, 1) -> (draw, exposure, service)
    grid = change.isel(level=0).transpose("chain", "draw", "exposure", "service").to_numpy()
    grid = grid.reshape(-1, *grid.shape[2:])
    return {(c.label, s): grid[:, i, j] for i, c in enumerate(contrasts) for j, s in enumerate(services)}


def summary(draws: Array, rule: Rule, family: Family) -> dict[str, float]:
    """Return what is kept of one effect's posterior."""
    found = rule.probabilities(draws, family.scale)
    ends = np.quantile(draws, list(QUANTILES.values())).tolist()
    return {
        "mean": float(draws.mean()),
        "sd": float(draws.std(ddof=1)),
        **dict(zip(QUANTILES, ends, strict=True)),
        "positive": float((draws > 0).mean()),
        "above": found.above,
        "below": found.below,
        "within": found.within,
    }


def maximum_likelihood(
    loaded: Loaded, family: Family, service: str | None
) -> tuple[Mapping[tuple[str, str], dict[str, float] | None], dict[str, str]]:
    """Return the frequentist half: each effect's estimate, classical error by the delta method and p-value.

    None stands for an effect without an estimate; the words say, by service, why.
    """
    design = make_design(
        loaded.reading, loaded.dataset, loaded.codebook, family=family, service=service, single_level=True
    )
    estimates = estimate(design, family)
    converged = estimates["converged"].to_numpy()[:, None]
    values = estimates["estimate"].to_numpy()
    # What was left out of an equation is 0 in it; an equation without a maximum has no value at all.
    at = np.where(np.isnan(values) & converged, 0.0, values).ravel()
    covariance = estimates["covariance"].sel(errors=CLASSICAL).to_numpy().reshape(at.size, at.size)
    points, step = probes(at, covariance)
    posterior = as_posterior(points, estimates)
    found: dict[tuple[str, str], dict[str, float] | None] = {}
    for label, grid in changes(posterior, design, family, loaded=loaded, place=Place.of("these", design)).items():
        centre, error = (float(part) for part in delta(grid, step, covariance))
        one = Asymptotic.of(centre, error)
        known = math.isfinite(centre) and math.isfinite(error)
        found[label] = {"estimate": centre, "error": error, "p_value": one.p_value} if known else None
    words = {str(name): str(text) for name, text in zip(design.services, estimates["words"].to_numpy(), strict=True)}
    return found, {name: text for name, text in words.items() if text}


def _said(fitted: Fitted) -> Record:
    values = fitted.diagnostics.values
    kept = ("divergences", "rhat_max", "ess_bulk_min", "ess_tail_min", "bfmi_min")
    return {
        "status": fitted.diagnostics.status,
        "first": fitted.first,
        "diagnostics": {name: values[name] for name in kept},
    }


def attempt(source: FromPrior | FromScenario, k: int) -> Record:
    """Return simulation k, or in its place what went wrong: an outcome too, and counted."""
    started = time.monotonic()
    status: Literal["error"] = "error"
    try:
        found = source.record(k)
    except TRIED as error:
        words = "; ".join(str(problem) for problem in error.problems) if isinstance(error, InputError) else str(error)
        found = {"status": status, "first": status, "words": f"{type(error).__name__}: {words}"}
    return {"k": k, **found, "seconds": round(time.monotonic() - started, 2)}
