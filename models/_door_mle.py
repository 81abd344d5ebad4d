"""The half of `models.fit` that maximises: every service's likelihood, and what is stored of it."""

from __future__ import annotations

import xarray as xr

from fits._gate import Status
from fits._manifest import Request
from fits.fit import Fit
from models._door_request import Clock, Loaded, Wanted
from models._door_sample import design_of, manifest_of, stamp
from models._door_store import store
from models._estimates import estimate
from models._few import few_of
from models._sizes import Sizes


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
