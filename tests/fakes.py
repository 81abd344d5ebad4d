"""Stored fits of a study, made without a word to anybody: of random draws, or as `models.fit` makes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from fits.fit_with_study import Evidence
from fits.listen import Clock
from fits.loaded import load, prepare
from fits.make import request_of
from fits.record import manifest_of
from fits.reload import reload
from fits.storage.fit import Fit
from tests.making import made, plan_of
from tests.models._prepare import Case

Array = np.ndarray


def posterior(given: Case, *, chains: int = 2, draws: int = 3, seed: int = 1) -> xr.Dataset:
    """Return random draws of every parameter that estimands read, with its dims and labels as stored.

    Coefficients are about a tenth of the outcome's range, or about 1 logit; no two are alike.
    """
    design, rng = given.design, np.random.default_rng(seed)
    size = 0.1 * design.span if given.family.others else 1.0
    coords = {
        "service": list(design.services),
        "exposure": [column.label for column in design.exposures],
        "control": [column.label for column in design.controls],
        "unit": list(design.units),
        **{name: list(group.levels) for name, group in design.groups.items()},
    }

    def shape(dims: tuple[str, ...]) -> tuple[int, ...]:
        return chains, draws, *(len(coords[dim]) for dim in dims)

    def normal(*dims: str, mean: float = 0.0, sd: float = 1.0) -> tuple[tuple[str, ...], Array]:
        return ("chain", "draw", *dims), rng.normal(mean, sd * size, shape(dims))

    def positive(*dims: str, mean: float = 1.0) -> tuple[tuple[str, ...], Array]:
        return ("chain", "draw", *dims), rng.gamma(20.0, mean * size / 20.0, shape(dims))

    middle = design.floor + 0.4 * design.span if given.family.others else 0.0
    found = {"intercept": normal("service", mean=middle), "exposure_coef": normal("exposure", "service")}
    if design.controls:
        found["control_coef"] = normal("control", "service", sd=0.4)
    for name in design.groups:
        found |= {f"{name}_effect": normal(name, "service"), f"{name}_sd": positive("service")}
    if design.unit_intercept:
        found |= {"unit_effect": normal("unit"), "unit_sd": positive()}
    if given.family.others:
        found["residual_sd"] = positive("service", mean=3.0)
    used = {dim for dims, _ in found.values() for dim in dims}
    labels = {"chain": range(chains), "draw": range(draws), **coords}
    return xr.Dataset(found, coords={dim: list(values) for dim, values in labels.items() if dim in used})


SETTINGS: dict[str, dict[str, Any]] = {"passed": {}, "failed": {}, "look": {"draws": 250}}
"""By status what must be asked for: a look has few draws by request."""


def gate(status: str) -> tuple[dict[str, Any], dict[str, bool]]:
    """Return diagnostic values and their checks, as fits of this status have them."""
    passed = status == "passed"
    values = {"divergences": 0, "rhat_max": 1.004 if passed else 1.05, "ess_bulk_min": 950.0, "ess_tail_min": 900.0}
    return {**values, "bfmi_min": 0.9}, {"divergences": True, "rhat": passed, "bfmi": True}


def stored(
    name: str = "",
    *,
    status: Any = "passed",
    predictive: Mapping[str, bool] | None = None,
    effects: Mapping[tuple[str, str], Array] | None = None,
    scale: float = 1.0,
    shift: float = 0.0,
    outlying: float | None = None,
    chains: int = 2,
    length: int = 16,
    draws_seed: int = 1,
    **wanted: Any,
) -> Fit:
    """Return a posterior of random draws, stored as `models.fit` stores one, under its name or another.

    Parameters
    ----------
    name : str
    status : str
        Of the gate: passed, failed or look.
    predictive : mapping, optional
        Predictive checks, by name whether passed.
    effects : mapping, optional
        By exposure and service, the draws of that coefficient in place of random ones. Under a Gaussian model an
        average effect is the coefficient itself.
    scale, shift : float
        By what all coefficients of exposures are multiplied, and then moved.
    outlying : float, optional
        Where pooling is a mixture, about the probability that a service is not exchangeable, whose prior is .2.
    chains, length, draws_seed : int
        Number of chains, draws of each, and their seed.
    **wanted
        What is asked of `models.fit`.
    """
    plan = plan_of(**{**SETTINGS[status], **wanted})
    loaded = load(plan)
    design, family, priors = prepare(loaded, plan.service, single_level=plan.single_level)
    values = posterior(Case(loaded, design, family, priors), chains=chains, draws=length, seed=draws_seed)
    values["exposure_coef"] = scale * values["exposure_coef"] + shift
    for (exposure, service), one in (effects or {}).items():
        values["exposure_coef"].loc[{"exposure": exposure, "service": service}] = one
    if outlying is not None:
        rng = np.random.default_rng(draws_seed)
        coef = values["exposure_coef"]
        chances = coef.copy(data=rng.beta(20.0 * outlying, 20.0 * (1.0 - outlying), coef.shape))
        values["exposure_outlying"] = chances
    request = request_of(plan, loaded)
    found: Any = (status, *gate(status))
    manifest = manifest_of(request, loaded, plan, design, found, attempts=[], clock=Clock())
    manifest = replace(manifest, predictive=dict(predictive or {}))
    tree = xr.DataTree.from_dict({"posterior": values})
    return Fit.write(
        name or plan.name(request, loaded.codebook.study.default_wave or 0), manifest, tree, wanted["home"]
    )


def drawn(files: Mapping[str, Any], **changes: Any) -> Evidence:
    """Return a `stored` fit together with its study, whose files are given."""
    return Evidence(reload(stored(**{**files, **changes})))


def maximised(files: Mapping[str, Any], **changes: Any) -> Evidence:
    """Return maximum likelihood of the same."""
    return Evidence(reload(made(**{"engine": "mle", **files, **changes})))
