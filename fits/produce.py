"""How a fit comes about: the prepared model is sampled, or its likelihood maximised, and stored.

Compiled code and statsmodels take seconds to import: `fits.make`, which finds stored fits, imports this module only
when there is something to make.
"""

from __future__ import annotations

from contextlib import suppress

import xarray as xr

from data.errors import InputError
from fits.gate import Status
from fits.listen import Listener
from fits.loaded import Loaded, design_of
from fits.maximise import maximised, single_level
from fits.planning.sources import maximum_code
from fits.record import Job, manifest_of, stamp
from fits.sample import drawn, prepared
from fits.storage.draws import BESIDE
from fits.storage.fit import Fit
from fits.storage.place import require_place, store
from models.design import Design
from models.engines.maximum.estimates import estimate
from models.engines.memory_needed import require_room, stored_bytes
from models.family import Family
from models.predict import pointwise, predictive
from models.sizes import Sizes
from models.suppression import few_of


def sampled(name: str, job: Job) -> Fit:
    """Return the fit of a job, sampled and stored under a name."""
    given = prepared(job.request, job.loaded)
    design, family, settings = given.design, given.family, given.settings
    require_room(settings, design, family, given.priors)
    require_place(job.home, stored_bytes(settings, design, family, given.priors, job.extras))
    found = drawn(given, job.listen, job.clock)
    found.tree.update(_beside(job, design, family))
    last = (found.last.status, found.last.values, found.last.checks)
    manifest = manifest_of(job.request, job.loaded, job.plan, design, last, attempts=found.attempts, clock=job.clock)
    found.tree.attrs = stamp(name, manifest)
    return store(name, manifest, found.tree, job.home, few=few_of(design, family))


def _beside(job: Job, design: Design, family: Family) -> dict[str, xr.DataTree]:
    """Return the group of maximum likelihood estimates that is kept with a posterior pooled over services."""
    if not design.pooling:
        return {}
    # What cannot be maximised is no fault of the posterior; why, is told where the estimates are shown.
    with job.clock.stage("maximise"), suppress(InputError):
        single = single_level(design, job.loaded.dataset, job.loaded.codebook, family)
        return {BESIDE: xr.DataTree(estimate(single, family).assign_attrs(code=maximum_code(family)))}
    return {}


def estimated(name: str, job: Job) -> Fit:
    """Return the maximum likelihood fit of a job: every service's likelihood, on the rows of the posterior."""
    with job.clock.stage("maximise"):
        design, family, found = maximised(job.request, job.loaded)
    sizes = Sizes.of(design)
    checks = {f"maximum[{service}]": bool(found["converged"].sel(service=service)) for service in design.services}
    values = {
        service: {
            "log_likelihood": float(found["log_likelihood"].sel(service=service)),
            "iterations": int(found["iterations"].sel(service=service)),
            "cells": sizes.by_service[service].plain(),
            "words": str(found["words"].sel(service=service).item()),
        }
        for service in design.services
    }
    # Where one service has no maximum the others' stand.
    status: Status = "passed" if any(checks.values()) else "failed"
    found_of = (status, values, checks)
    manifest = manifest_of(job.request, job.loaded, job.plan, design, found_of, attempts=[], clock=job.clock)
    tree = xr.DataTree.from_dict({"estimates": found})
    tree.attrs = stamp(name, manifest)
    return store(name, manifest, tree, job.home, few=few_of(design, family))


def with_extras(fit: Fit, loaded: Loaded, groups: tuple[str, ...], listen: Listener) -> Fit:
    """Return the fit with the pointwise log-likelihood or predictive draws that are asked for and not yet stored."""
    missing = [group for group in groups if group not in fit.added()]
    with fit.draws() as draws:
        posterior = draws["posterior"].to_dataset().load()
    asked = fit.manifest.request
    design, family = design_of(loaded, asked.service, single_level=asked.single_level)
    for group in missing:
        listen.say(f"Computing {group.replace('_', ' ')} ...")
        if group == "log_likelihood":
            values = pointwise(posterior, design, family)
        else:
            values = predictive(posterior, design, family, seed=asked.settings["seed"])
        fit = fit.add(group, values.assign_attrs(stamp(fit.name, fit.manifest)))
    return fit
