"""Simulated studies of one shape, so that one compiled model serves them all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr

from data import _simulator
from data.codebook import Codebook
from models._door_request import Loaded
from models._door_sample import prepare
from models._graph import inputs
from models._spec import ModelSpec, read_against
from priors.prior_set import PriorSet
from tests.models._prepare import Case

UNITS, STATES = 620, 44
"""Kept of 657 and 50: units that offer no service answer nothing, differently many in each study."""


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

    def gaussian_data(self) -> dict[str, Any]:
        """The same data without limits: every cell between them."""
        case = self.case
        without = replace(case.design, limits=(-np.inf, np.inf))
        return inputs(without, case.family, case.priors)


def simulated(scenario: str, seed: int, load: Any, model: str = "coproduction_tobit") -> Simulated:
    codebook = Codebook.read("ndatss")
    dataset: xr.Dataset = load(*_simulator.simulate(scenario, seed)[:1], codebook)
    truth = _simulator.simulate(scenario, seed)[1]
    spec = ModelSpec.find(model)
    loaded = Loaded(codebook, read_against(spec, codebook), PriorSet.read("weak"), dataset)
    first, _, _ = prepare(loaded, None)
    kept = _shape(dataset.isel(unit=first.units))
    loaded = replace(loaded, dataset=kept)
    return Simulated(Case(loaded, *prepare(loaded, None)), truth)


def _shape(dataset: xr.Dataset) -> xr.Dataset:
    """Keep the largest states, then drop surplus units where there are most."""
    names, counts = np.unique(dataset["state"].to_numpy(), return_counts=True)
    large = names[np.argsort(-counts, kind="stable")[:STATES]]
    dataset = dataset.isel(unit=np.isin(dataset["state"].to_numpy(), large))
    while dataset.sizes["unit"] > UNITS:
        names, counts = np.unique(dataset["state"].to_numpy(), return_counts=True)
        largest = np.flatnonzero(dataset["state"].to_numpy() == names[counts.argmax()])
        dataset = dataset.drop_isel(unit=int(largest[-1]))
    return dataset
