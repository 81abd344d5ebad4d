"""The half of `models.fit` that maximises: every service's likelihood, and what is stored of it."""

from __future__ import annotations

import xarray as xr

from fits.gate import Status
from fits.plan import Clock, Loaded, Wanted
from fits.sample import design_of, manifest_of, stamp
from fits.storage.fit import Fit
from fits.storage.manifest import Request
from fits.storage.place import store
from models.engines.maximum.estimates import estimate
from models.sizes import Sizes
from models.suppression import few_of


def estimate_and_store(name: str, request: Request, loaded: Loaded, wanted: Wanted, *, clock: Clock) -> Fit:
    """Maximise the likelihood of every service on the rows of the posterior, and store the estimates.

    Parameters
    ----------
    name : str
        Of the fit.
    request : Request
    loaded : Loaded
    wanted : Wanted
    clock : Clock
    """
    design, family = design_of(loaded, request.service, single_level=True)
    with clock.stage("maximise"):
        found = estimate(design, family)
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
    manifest = manifest_of(request, loaded, wanted, design, (status, values, checks), attempts=[], clock=clock)
    tree = xr.DataTree.from_dict({"estimates": found})
    tree.attrs = stamp(name, manifest)
    return store(name, manifest, tree, wanted.home, few=few_of(design, family))
