"""Simulations from a prior: truths and outcomes are drawn, covariates and groups are the study's own."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from data.arrays import Array
from data.errors import InputError, Problem
from data.registry import later
from fits.calibration.simulate import fit, seeds_of
from fits.calibration.truth_ranks import ranks
from fits.loaded import Loaded, prepare
from models.design import Design
from models.engines.model_data import inputs
from models.engines.settings import Settings
from models.family import Family
from models.posterior import derive
from models.sizes import Sizes
from priors.prior_set import PriorSet
from priors.translate import Translated

if TYPE_CHECKING:
    from fits.calibration.plan import CalibrationPlan
    from fits.calibration.store import Record


BLOCK = 50
"""Truths drawn from the prior at once; PyMC takes seconds to start."""


@dataclass
class FromPrior:
    """Simulations for calibration: truth and outcomes from the prior, covariates and groups as they are.

    Attributes
    ----------
    priors, truths : Translated
        What fits believe, and what truths are drawn from: the same, unless the check is to fail.
    settings : Settings
        Its seed is the calibration's.
    words : str
        What is simulated, for people.
    """

    design: Design
    family: Family
    priors: Translated
    truths: Translated
    settings: Settings
    words: str = ""
    _model: Any = None
    _blocks: dict[int, tuple[xr.Dataset, Array]] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: CalibrationPlan, loaded: Loaded) -> FromPrior:
        """Return the simulations of a plan on the rows of a study, or on so many of them as it says.

        Raises
        ------
        InputError
            For more units than the model can use, and for an unknown prior set.
        """
        service, seed = plan.fit.service, plan.fit.seed
        if plan.units is not None:
            loaded = _drawn_units(loaded, service, units=plan.units, seed=seed)
        design, family, priors = prepare(loaded, service)
        truths, origin = priors, f"the model's own prior ({loaded.priors.name})"
        if plan.drawn_from:
            other = PriorSet.read(plan.drawn_from)
            _, _, truths = prepare(replace(loaded, prior_set=other), service)
            origin = f"the prior set {other.name}, not the model's own ({loaded.priors.name})"
        sizes = Sizes.of(design)
        cells = f"{sizes.cells} answers of {sizes.units} units of {loaded.codebook.name}"
        words = f"truths and outcomes from {origin}, on {cells}"
        return cls(design, family, priors, truths, plan.fit.settings, words)

    def record(self, k: int) -> Record:
        """Return simulation k: the normalised rank of every quantity's truth."""
        _, sampler, ranking = seeds_of(self.settings.seed, k)
        truth, y = self.drawn(k)
        design = replace(self.design, y=y)
        fitted = fit(design, self.family, self.priors, replace(self.settings, seed=sampler))
        return {**fitted.plain(), "ranks": ranks(truth, fitted, design, self.family, np.random.default_rng(ranking))}

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


def _drawn_units(loaded: Loaded, service: str | None, *, units: int, seed: int) -> Loaded:
    """Return the study with so many of the units that the model uses, at random, once for all simulations."""
    usable = prepare(loaded, service)[0].units
    if units > len(usable):
        raise InputError([Problem("--n-units", str(units), f"at most {len(usable)}, the units with an answer")])
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(2,)))
    chosen = np.sort(rng.choice(usable, units, replace=False))
    return replace(loaded, dataset=loaded.dataset.isel(unit=chosen))
