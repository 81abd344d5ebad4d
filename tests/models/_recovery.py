"""Simulated studies with the effects they were drawn with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr

from data.codebook import Codebook
from data.simulation import simulator
from fits.loaded import Loaded, prepare
from models.spec import ModelSpec, read_against
from priors.prior_set import PriorSet
from tests.models._prepare import Case


@dataclass(frozen=True)
class Simulated:
    """A simulated study, ready to fit, and the exposure effects it was drawn with."""

    case: Case
    truth: dict[str, Any]

    def true_effects(self) -> np.ndarray:
        """(exposure, service), in latent points per contrast of the design."""
        said = self.truth["waves"]["2017"]["utilisation"]
        return np.array(
            [
                [
                    said["exposure_coef"][column.label][service] * column.step / said["step"][column.label]
                    for service in self.case.design.services
                ]
                for column in self.case.design.exposures
            ]
        )

    def gaussian(self) -> Case:
        """The same data without limits: every cell between them."""
        return replace(self.case, design=replace(self.case.design, limits=(-np.inf, np.inf)))


def simulated(scenario: str, seed: int, load: Any, model: str = "coproduction_tobit") -> Simulated:
    codebook = Codebook.read("ndatss")
    dataset: xr.Dataset = load(*simulator.simulate(scenario, seed)[:1], codebook)
    truth = simulator.simulate(scenario, seed)[1]
    spec = ModelSpec.find(model)
    loaded = Loaded(codebook, read_against(spec, codebook), PriorSet.read("weak"), dataset)
    return Simulated(Case(loaded, *prepare(loaded, None)), truth)
