"""The half of `models.fit` that maximises: every service's likelihood, and what is stored of it."""

from __future__ import annotations

import xarray as xr
from rich.console import Console

from fits._manifest import Request, Status
from fits.fit import Fit
from models._door_request import Clock, Loaded, Wanted, name_of
from models._door_sample import design_of, manifest_of, stamp
from models._estimates import estimate


def estimate_and_store(request: Request, loaded: Loaded, wanted: Wanted, *, clock: Clock, console: Console) -> Fit:
    """Maximise the likelihood of every service on the rows of the posterior, and store the estimates.

    Parameters
    ----------
    request : Request
    loaded : Loaded
    wanted : Wanted
    clock : Clock
    console : rich.console.Console
    """
    design, family = design_of(loaded, request.service, single_level=True)
    with clock.stage("maximise"):
        found = estimate(design, family)
    checks = {f"maximum[{service}]": bool(found["converged"].sel(service=service)) for service in design.services}
    values = {
        service: {
            "log_likelihood": float(found["log_likelihood"].sel(service=service)),
            "iterations": int(found["iterations"].sel(service=service)),
            "cells": int(found["cells"].sel(service=service)),
            "words": str(found["words"].sel(service=service).item()),
        }
        for service in design.services
    }
    # Where one service has no maximum the others' stand.
    status: Status = "passed" if any(checks.values()) else "failed"
    name, _ = name_of(wanted, loaded, request)
    manifest = manifest_of(request, loaded, wanted, design, (status, values, checks), attempts=[], clock=clock)
    tree = xr.DataTree.from_dict({"estimates": found})
    tree.attrs = stamp(name, manifest)
    return Fit.write(name, manifest, tree, wanted.home)
