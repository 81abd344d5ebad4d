"""Refits in one process: other data, priors, exposures, controls, groups. Writes wall over sampling time of each."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from numba.core.event import RecordingListener, install_listener

import fits.diagnostics  # noqa: F401 (imported before the clock starts: a refit finds it imported)
from fits.loaded import prepare
from fits.sample import diagnosed
from models.engines.compiled import nuts
from models.engines.compiled.density import density_of
from models.engines.model_data import inputs
from models.engines.settings import Settings
from models.spec import StudyModel
from priors.prior_set import PriorSet
from tests.models._prepare import Case, case


def variants(service: str) -> dict[str, Case]:
    """Loaded and read; making the design is part of a refit."""
    base = case("peer_tobit", service=service)
    reading = base.loaded.reading

    def read(changed: StudyModel) -> Case:
        return replace(base, loaded=replace(base.loaded, reading=changed))

    shuffled = base.loaded.dataset.copy()
    order = np.random.default_rng(1).integers(0, shuffled.sizes["unit"], shuffled.sizes["unit"])
    return {
        "same": base,
        "data": replace(base, loaded=replace(base.loaded, dataset=shuffled.isel(unit=order))),
        "priors": replace(base, loaded=replace(base.loaded, prior_set=PriorSet.read("skeptical"))),
        "exposures": read(replace(reading, exposures=reading.exposures[:1])),
        "controls": read(replace(reading, controls=reading.controls[:4])),
        "groups": read(replace(reading, groups=reading.groups[:1])),
    }


def refit(given: Case, service: str, settings: Settings) -> dict[str, float]:
    started = time.perf_counter()
    design, family, priors = prepare(given.loaded, service)
    data = inputs(design, family, priors)
    density = density_of(design, family, priors, data)
    ready = time.perf_counter()
    tree = nuts.sample(density, settings, lambda progress: None)
    sampled = time.perf_counter()
    _, diagnostics = diagnosed(tree, design, data)
    done = time.perf_counter()
    sampling = sampled - ready
    return {
        "wall": done - started,
        "sampling": sampling,
        "wall_over_sampling": (done - started) / sampling,
        "ess_bulk_min": diagnostics.values["ess_bulk_min"],
    }


def main(service: str, out: str, settings: Settings | None = None) -> None:
    settings = settings or Settings()
    cases = variants(service)
    refit(cases["same"], service, Settings(draws=20, tune=20))
    listener = RecordingListener()
    with install_listener("numba:compiler_lock", listener):
        told = {name: refit(given, service, settings) for name, given in cases.items()}
    Path(out).write_text(json.dumps({"refits": told, "compilations": len(listener.buffer)}), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
