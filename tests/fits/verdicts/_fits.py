"""Stored fits of a small study with services, whose coefficients are draws of one's own choosing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from fits.fit_with_study import Evidence
from fits.loaded import load, prepare
from fits.make import request_of
from fits.record import Clock, manifest_of
from fits.reload import reload
from fits.storage.fit import Fit
from tests.making import made, plan_of
from tests.models._prepare import Case
from tests.reports._fakes import posterior
from tests.reports.sections._stored_fits import SETTINGS, gate

Array = np.ndarray

HEAD = """
[study]
title = "Small"
population = 9000000

[variables.yes]
label = "Yes or no"
type = "binary"
roles = ["peer_exposure", "peer_adoption"]

[variables.share]
label = "Share of staff"
type = "number"
unit = "percent of staff"
contrast = 10.0
roles = ["peer_exposure"]

[variables.kind]
label = "Kind"
type = "category"
codes = { a = "a", b = "b", c = "c" }
reference = "a"
roles = ["control"]

[variables.place]
label = "Place"
type = "category"
roles = ["group"]
"""

SERVICE = """
[variables.uses_{0}]
label = "Use of {0}"
type = "number"
unit = "percent of patients"
limits = [0, 100]
roles = ["utilisation"]
service = "{0}"
"""

MODELS = """
[models.use]
family = "gaussian"
outcome = "utilisation"
exposures = ["peer_exposure"]
groups = ["place"]

[models.flat]
family = "gaussian"
outcome = "utilisation"
exposures = ["peer_exposure"]

[models.half]
family = "gaussian"
outcome = "utilisation"
exposures = ["yes"]
controls = ["share"]

[models.may]
family = "bernoulli"
outcome = "peer_adoption"
exposures = ["kind"]
groups = ["place"]
"""

SERVICES = ("condoms", "housing", "rare")
"""The last is answered by few."""

FEW = 8


def study(folder: Path, *, stem: str = "small", count: int = 150) -> dict[str, Any]:
    """The study in files, as a request names it."""
    rng = np.random.default_rng(3)
    table = pd.DataFrame(
        {
            "yes": rng.integers(0, 2, count),
            "share": rng.uniform(0, 100, count).round(1),
            "kind": rng.choice(["a", "b", "c"], count),
            "place": rng.choice(["n", "s", "e", "w"], count),
            **{f"uses_{name}": np.clip(rng.normal(50, 40, count), 0, 100).round(1) for name in SERVICES},
        }
    )
    table.loc[FEW:, "uses_rare"] = np.nan
    text = HEAD + "".join(SERVICE.format(name) for name in SERVICES) + MODELS
    (folder / f"{stem}.toml").write_text(text, encoding="utf-8")
    table.to_csv(folder / f"{stem}.csv", index=False)
    return {"study": str(folder / f"{stem}.toml"), "data": folder / f"{stem}.csv", "home": folder / "fits"}


def stored(
    given: dict[str, Any],
    *,
    name: str,
    model: str = "use",
    effects: Mapping[tuple[str, str], Array] | None = None,
    status: Any = "passed",
    predictive: dict[str, bool] | None = None,
    chains: int = 4,
    draws: int = 250,
    **wanted: Any,
) -> Evidence:
    """A fit whose named coefficients, by exposure and service, are these draws; the others are random.

    Under a Gaussian model an average effect is the coefficient itself.
    """
    asked = {"model": model, **given, **SETTINGS[status], **wanted}
    plan = plan_of(**asked)
    loaded = load(plan)
    design, family, priors = prepare(loaded, plan.service, single_level=plan.single_level)
    values = posterior(Case(loaded, design, family, priors), chains=chains, draws=draws)
    for (exposure, service), one in (effects or {}).items():
        values["exposure_coef"].loc[{"exposure": exposure, "service": service}] = one
    found: Any = (status, *gate(status))
    request = request_of(plan, loaded)
    manifest = manifest_of(request, loaded, plan, design, found, attempts=[], clock=Clock())
    checked = {"limits": True, "rates": True} if predictive is None else predictive
    tree = xr.DataTree.from_dict({"posterior": values})
    return Evidence(reload(Fit.write(name, replace(manifest, predictive=checked), tree, asked["home"])))


def estimated(given: dict[str, Any], **wanted: Any) -> Evidence:
    """Maximum likelihood of the same model."""
    return Evidence(reload(made(**{"model": "use", "engine": "mle", **given, **wanted})))
