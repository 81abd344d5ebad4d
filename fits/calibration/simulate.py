"""One simulation of a calibration, whatever its truth comes from: seeds, a fit, and what went wrong; no rows.

Our own loop, and not simuk's: simuk builds and compiles a PyMC model anew for every simulation and knows
nothing of this project's compiled density, which serves all simulations as it is.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
import xarray as xr

from data.errors import InputError
from fits.diagnostics import Diagnostics
from fits.gate import Status
from fits.sample import sample
from models.design import Design
from models.engines.model_data import inputs
from models.engines.sampler import sampler_of
from models.engines.settings import Settings
from models.family import Family
from priors.translate import Translated

if TYPE_CHECKING:
    from fits.calibration.store import Record

KEPT = ("divergences", "rhat_max", "ess_bulk_min", "ess_tail_min", "bfmi_min")
"""Diagnostic values that are stored of each simulation."""

TRIED = (InputError, ArithmeticError, np.linalg.LinAlgError, ValueError, RuntimeError)
"""What may go wrong with one simulated study and not with the next; kept as the simulation's outcome."""


class SimulationSource(Protocol):
    """Where simulations come from: a prior or a scenario."""

    def record(self, k: int) -> Record:
        """Return what is kept of simulation k."""


@dataclass(frozen=True)
class Fitted:
    """A posterior, with the verdict of the gate on the first attempt and on the last."""

    posterior: xr.Dataset
    diagnostics: Diagnostics
    first: Status

    def plain(self) -> Record:
        """Return what is stored of it: status, status of the first attempt, diagnostic values."""
        values = self.diagnostics.values
        return {
            "status": self.diagnostics.status,
            "first": self.first,
            "diagnostics": {name: values[name] for name in KEPT},
        }


def seeds_of(seed: int, k: int) -> tuple[int, int, int]:
    """Return simulation k's seeds: of the study, of the sampler, of the ranks."""
    study, sampler, ranks = np.random.SeedSequence(seed, spawn_key=(0, k)).generate_state(3).tolist()
    return study, sampler, ranks


def fit(design: Design, family: Family, priors: Translated, settings: Settings) -> Fitted:
    """Sample as `models.fit` does: once more if the diagnostics fail."""
    data = inputs(design, family, priors)
    sampler = sampler_of(design, family, priors, data, settings.engine)
    found = sample(sampler, settings, design, data)
    return Fitted(found.tree["posterior"].to_dataset(), found.last, found.diagnostics[0].status)


def attempt(source: SimulationSource, k: int) -> Record:
    """Return simulation k, or in its place what went wrong: an outcome too, and counted."""
    started = time.monotonic()
    status: Literal["error"] = "error"
    try:
        found = source.record(k)
    except TRIED as error:
        words = "; ".join(str(problem) for problem in error.problems) if isinstance(error, InputError) else str(error)
        found = {"status": status, "first": status, "words": f"{type(error).__name__}: {words}"}
    return {"k": k, **found, "seconds": round(time.monotonic() - started, 2)}
