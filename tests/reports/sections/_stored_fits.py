"""Stored fits without sampling: random draws, or real maximum likelihood, of a small study with an ugly label."""

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
from reports.document.blocks import Block, Fold, Section
from tests.making import made, plan_of
from tests.models._prepare import Case
from tests.reports._fakes import kinds, posterior

UGLY = '<img src=x onerror="alert(1)">&'
RARE = "seldom"
"""A level of 5 units."""

STUDY = """
[study]
title = "Small"

[variables.y]
label = "Outcome"
type = "number"
unit = "percent of patients"
limits = [0, 10]

[variables.other]
label = "Another outcome"
type = "number"
unit = "percent of patients"
limits = [0, 10]

[variables.yes]
label = "Yes or no"
type = "binary"

[variables.no]
label = "No or yes"
type = "binary"

[variables.place]
label = "Place"
type = "category"

[models.m]
title = "A small model"
family = "tobit"
outcome = ["y", "other"]
exposures = ["yes", "no"]
groups = ["place"]
"""


def study(folder: Path) -> dict[str, Any]:
    """The study in files, as a request names it."""
    table = kinds().drop(columns=["kind"])
    table["no"] = np.random.default_rng(5).integers(0, 2, len(table))
    places = np.where(table["place"] == "n", UGLY, table["place"]).astype(object)
    places[:5] = RARE
    table["place"] = pd.Series(places)
    (folder / "own.toml").write_text(STUDY, encoding="utf-8")
    table.to_csv(folder / "own.csv", index=False)
    return {"model": "m", "study": str(folder / "own.toml"), "data": folder / "own.csv", "home": folder / "fits"}


SETTINGS: dict[str, dict[str, Any]] = {"passed": {}, "failed": {}, "look": {"draws": 250}}
"""By status what must be asked for: a look has few draws by request."""


def gate(status: str) -> tuple[dict[str, Any], dict[str, bool]]:
    """Return diagnostic values and their checks, as fits of this status have them."""
    passed = status == "passed"
    return {"divergences": 0, "rhat_max": 1.003 if passed else 1.05}, {"divergences": True, "rhat": passed}


def drawn(given: dict[str, Any], *, draws: int = 16, status: Any = "passed", **changes: Any) -> Evidence:
    """A posterior of random draws, stored as `models.fit` stores one."""
    asked = {**given, **SETTINGS[status], **changes}
    plan = plan_of(**asked)
    loaded = load(plan)
    design, family, priors = prepare(loaded, plan.service, single_level=plan.single_level)
    request = request_of(plan, loaded)
    name = plan.name(request, loaded.codebook)
    found: Any = (status, *gate(status))
    manifest = manifest_of(request, loaded, plan, design, found, attempts=[], clock=Clock())
    values = posterior(Case(loaded, design, family, priors), draws=draws)
    fit = Fit.write(name, manifest, xr.DataTree.from_dict({"posterior": values}), asked["home"])
    return Evidence(reload(fit))


def maximised(given: dict[str, Any], **changes: Any) -> Evidence:
    """Maximum likelihood of the same."""
    return Evidence(reload(made(**{**given, "engine": "mle", **changes})))


def with_checks(evidence: Evidence, files: Mapping[str, bytes]) -> Evidence:
    """The same fit with these files beside it, as `models.check` stores them."""
    fit = evidence.fit.with_checks(evidence.manifest.predictive, files)
    return replace(evidence, reloaded=replace(evidence.reloaded, fit=fit))


def blocks_of(section: Section | None, kind: type) -> list[Any]:
    """Every block of a kind, folded ones too."""
    assert section is not None
    return [block for block in _unfolded(section.blocks) if isinstance(block, kind)]


def _unfolded(blocks: tuple[Block, ...]) -> list[Block]:
    out: list[Block] = []
    for block in blocks:
        out += [block, *(_unfolded(block.blocks) if isinstance(block, Fold) else [])]
    return out
