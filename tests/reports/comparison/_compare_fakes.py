"""Stored fits of a small study without any sampling, for comparisons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from fits.fit_with_study import Evidence
from fits.listing import differences
from fits.make import request_of
from fits.record import Clock, manifest_of
from fits.reload import reload
from fits.storage.fit import Fit
from tests.making import made, plan_of
from tests.models._prepare import case
from tests.reports import _fakes

HOSTILE = "[bold red]y[/bold red]"
"""A label that Rich would take for markup."""

STUDY = """
[study]
title = "Few kinds of units"

[variables.y]
label = "Outcome"
type = "number"
limits = [0, 10]

[variables."[bold red]y[/bold red]"]
label = "Another outcome"
type = "number"
limits = [0, 10]

[variables.yes]
label = "Yes or no"
type = "binary"

[variables.kind]
label = "Kind"
type = "category"

[variables.place]
label = "Place"
type = "category"

[models.m]
title = "A [model] of [link=x]kinds[/link]"
family = "tobit"
outcome = ["y", "[bold red]y[/bold red]"]
exposures = ["yes"]
controls = ["kind"]
groups = ["place"]

[models.bare]
family = "tobit"
outcome = ["y", "[bold red]y[/bold red]"]
exposures = ["kind"]

[models.may]
family = "bernoulli"
outcome = ["yes"]
exposures = ["kind"]
"""


def write_study(folder: Path, *, seed: int = 2, count: int = 150) -> dict[str, Any]:
    """The study and its data on disk, as options of a request."""
    folder.mkdir(parents=True, exist_ok=True)
    study, data = folder / "own.toml", folder / f"own{seed}.csv"
    study.write_text(STUDY, encoding="utf-8")
    rng = np.random.default_rng(seed)
    outcomes = {name: np.clip(rng.normal(5.0, 6.0, count), 0.0, 10.0).round(3) for name in ("y", HOSTILE)}
    levels = {"kind": rng.choice(["a", "b", "c"], count), "place": rng.choice(["n", "s", "e", "w"], count)}
    pd.DataFrame({**outcomes, "yes": rng.integers(0, 2, count), **levels}).to_csv(data, index=False)
    return {"study": str(study), "data": data}


def fake(home: Path, name: str, *, seed: int = 1, shift: float = 0.0, model: str = "m", **wanted: Any) -> Fit:
    """A stored posterior of random draws, its exposure's coefficients moved by `shift`."""
    plan = plan_of(model=model, **wanted)
    given = case(model, **wanted)
    draws = _fakes.posterior(given, chains=4, draws=250, seed=seed)
    draws["exposure_coef"] = draws["exposure_coef"] + shift
    values = {"divergences": 0, "rhat_max": 1.004, "ess_bulk_min": 950.0, "ess_tail_min": 900.0, "bfmi_min": 0.9}
    request = request_of(plan, given.loaded)
    found: Any = ("passed", values, dict.fromkeys(("divergences", "rhat", "bfmi"), True))
    manifest = manifest_of(request, given.loaded, plan, given.design, found, attempts=[], clock=Clock())
    return Fit.write(name, manifest, xr.DataTree.from_dict({"posterior": draws}), home)


def estimated(home: Path, **wanted: Any) -> Fit:
    """Stored maximum likelihood estimates."""
    return made(model="m", engine="mle", home=home, **wanted)


def evidence(fit: Fit) -> Evidence:
    return Evidence(reload(fit), tuple(differences(fit.manifest)))
