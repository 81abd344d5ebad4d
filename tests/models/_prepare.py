"""A model on a study, ready for a test, built as the door builds it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from fits.loaded import Loaded, load, prepare, translated
from models.design import Design
from models.engines.compiled.density import Density, density_of
from models.engines.model_data import inputs
from models.engines.sampler import sampler_of
from models.engines.settings import Settings
from models.family import Family
from models.posterior import derive
from models.predict import of_cells
from priors.prior_set import PriorSet
from priors.translate import Translated
from tests.making import plan_of
from tests.small_study import kinds, small_codebook, write


@dataclass(frozen=True)
class Case:
    loaded: Loaded
    design: Design
    family: Family
    priors: Translated

    @property
    def data(self) -> dict[str, Any]:
        return inputs(self.design, self.family, self.priors)

    @property
    def density(self) -> Density:
        return density_of(self.design, self.family, self.priors, self.data)


def case(model: str, **wanted: Any) -> Case:
    loaded = load(plan_of(model=model, **wanted))
    return Case(loaded, *prepare(loaded, wanted.get("service"), single_level=wanted.get("single_level", False)))


def own(folder: Path, study: str, table: pd.DataFrame, model: str = "m", **wanted: Any) -> Case:
    """A model of a study of one's own, written as TOML and CSV."""
    return case(model, **write(folder, study, table), **wanted)


def few_kinds(
    folder: Path,
    *,
    groups: tuple[str, ...] = ("place",),
    outcomes: tuple[str, ...] = ("y",),
    table: pd.DataFrame | None = None,
) -> Case:
    """The small study's Tobit."""
    return own(folder, small_codebook(*outcomes, m={"groups": groups}), kinds() if table is None else table)


def pooled(given: Case, shape: str, weight: float = 0.8) -> Case:
    """The same case under another pooling over services."""
    reading = given.design.reading
    spec = replace(reading.spec, pooling=shape, pooling_weight=weight)
    return replace(given, design=replace(given.design, reading=replace(reading, spec=spec)))


def priors_of(given: Case, name: str) -> Translated:
    """Another prior set, translated for the case."""
    return translated(PriorSet.read(name), given.design, given.family)


def sampled(given: Case, settings: Settings, *, raw: bool = False) -> Any:
    """The stored form of a posterior, or the sampler's own tree."""
    sampler = sampler_of(given.design, given.family, given.priors, given.data, settings.engine)
    tree = sampler.run(settings, lambda progress: None)
    return tree if raw else derive(tree["posterior"].to_dataset(), given.design, given.data)


def linear_predictor(posterior: xr.Dataset, design: Design) -> np.ndarray:
    """The linear predictor of every cell under every draw, (chain, draw, cell)."""
    return of_cells(posterior, design, Family.find("bernoulli"), lambda cells, eta, values: eta)[0]


def eta_by_hand(posterior: xr.Dataset, design: Design) -> np.ndarray:
    """The linear predictor of one draw, (unit, service), from the stored posterior and loops only."""
    out = np.zeros((len(design.units), len(design.services)))
    for s in range(len(design.services)):
        for i in range(len(design.units)):
            total = float(posterior["intercept"][s])
            total += sum(design.x[i, e] * float(posterior["exposure_coef"][e, s]) for e in range(len(design.exposures)))
            total += sum(design.z[i, c] * float(posterior["control_coef"][c, s]) for c in range(len(design.controls)))
            for name, group in design.groups.items():
                total += float(posterior[f"{name}_effect"][group.index[i], s])
            if design.unit_intercept:
                total += float(posterior["unit_effect"][i])
            out[i, s] = total
    return out
