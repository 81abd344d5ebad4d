"""For estimands: posteriors made of random draws, small studies of one's own, and equations by loops."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import expit
from scipy.stats import norm

from models.design import Design
from tests.models._prepare import Case, case

Array = np.ndarray


def posterior(given: Case, *, chains: int = 2, draws: int = 3, seed: int = 1) -> xr.Dataset:
    """Draws of every parameter that estimands read, with its dims and labels as stored.

    Coefficients are about a tenth of the outcome's range, or about 1 logit; no two are alike.
    """
    design, rng = given.design, np.random.default_rng(seed)
    size = 0.1 * design.span if given.family.has_residual else 1.0
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

    middle = design.floor + 0.4 * design.span if given.family.has_residual else 0.0
    found = {"intercept": normal("service", mean=middle), "exposure_coef": normal("exposure", "service")}
    if design.controls:
        found["control_coef"] = normal("control", "service", sd=0.4)
    for name in design.groups:
        found |= {f"{name}_effect": normal(name, "service"), f"{name}_sd": positive("service")}
    if design.unit_intercept:
        found |= {"unit_effect": normal("unit"), "unit_sd": positive()}
    if given.family.has_residual:
        found["residual_sd"] = positive("service", mean=3.0)
    used = {dim for dims, _ in found.values() for dim in dims}
    labels = {"chain": range(chains), "draw": range(draws), **coords}
    return xr.Dataset(found, coords={dim: list(values) for dim, values in labels.items() if dim in used})


def own(folder: Path, study: str, table: pd.DataFrame, model: str = "m") -> Case:
    """A model of a study of one's own, written as TOML and CSV."""
    (folder / "own.toml").write_text(study, encoding="utf-8")
    table.to_csv(folder / "own.csv", index=False)
    return case(model, study=str(folder / "own.toml"), data=folder / "own.csv")


ALIKE = """
[study]
title = "Few kinds of units"

[variables.y]
label = "Outcome"
type = "number"
limits = [0, 10]

[variables.other]
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
family = "tobit"
outcome = OUTCOME
exposures = ["yes"]
controls = ["kind"]
groups = GROUPS
"""


def kinds(count: int = 150) -> pd.DataFrame:
    """Rows for `few_kinds`: 24 kinds of units at most."""
    rng = np.random.default_rng(2)
    outcomes = {name: np.clip(rng.normal(5.0, 6.0, count), 0.0, 10.0).round(3) for name in ("y", "other")}
    levels = {"kind": rng.choice(["a", "b", "c"], count), "place": rng.choice(["n", "s", "e", "w"], count)}
    return pd.DataFrame({**outcomes, "yes": rng.integers(0, 2, count), **levels})


def few_kinds(
    folder: Path,
    *,
    groups: tuple[str, ...] = ("place",),
    outcomes: tuple[str, ...] = ("y",),
    table: pd.DataFrame | None = None,
) -> Case:
    """A small Tobit of one's own."""
    study = ALIKE.replace("OUTCOME", json.dumps(outcomes)).replace("GROUPS", json.dumps(groups))
    return own(folder, study, kinds() if table is None else table)


def answering(design: Design, service: int) -> Array:
    """The design's units that answer a service."""
    return np.array([unit for unit, s in zip(design.unit_of, design.service_of, strict=True) if s == service])


def index_by_loops(
    draw: xr.Dataset,
    design: Design,
    service: int,
    *,
    groups: Sequence[str],
    unit_intercept: bool,
    values: dict[str, Array] | None = None,
) -> Array:
    """The linear predictor of those who answer a service, (unit,), under one draw, from values in raw units.

    `values` replaces columns, (unit of the design,); effects of groups that are not named are 0.
    """
    here = draw.isel(service=service)
    terms = []
    for dim, columns in (("exposure", design.exposures), ("control", design.controls)):
        found = dict(zip(here[dim].to_numpy(), here[f"{dim}_coef"].to_numpy(), strict=True)) if columns else {}
        for column in columns:
            has = (values or {}).get(column.label, column.values)
            terms.append((float(found[column.label]) / column.step, has.tolist(), float(column.values.mean())))
    effects = [(here[f"{name}_effect"].to_numpy().tolist(), design.groups[name].index) for name in groups]
    own_effect = here["unit_effect"].to_numpy() if unit_intercept else np.zeros(len(design.units))
    intercept, out = float(here["intercept"]), []
    for unit in answering(design, service):
        total = intercept + float(own_effect[unit])
        for slope, has, centre in terms:
            total += slope * (has[unit] - centre)
        for effect, level in effects:
            total += effect[level[unit]]
        out.append(total)
    return np.array(out)


def tobit_by_hand(eta: Array, sd: float, limits: tuple[float, float]) -> dict[str, Array]:
    """Every level scale of a two-limit Tobit from the textbook, with SciPy's normal distribution."""
    a, b = ((limit - eta) / sd for limit in limits)
    below, above = norm.cdf(a), norm.sf(b)
    between = np.where(a > 0.0, norm.sf(a) - norm.sf(b), norm.cdf(b) - norm.cdf(a))
    interior = eta + sd * (norm.pdf(a) - norm.pdf(b)) / between
    expected = limits[0] * below + limits[1] * above + between * interior
    named = {"expected": expected, "latent": eta, "at_lower": below, "at_upper": above, "interior": interior}
    return {**named, "between": between}


NODES = np.linspace(-9.0, 9.0, 181)
WEIGHTS = norm.pdf(NODES) / norm.pdf(NODES).sum()
"""The trapezium rule over a standard normal: with steps of 0.1 exact to all digits for so smooth a curve."""


def logit_by_hand(eta: Array, tau: float) -> dict[str, Array]:
    """Both scales of a Bernoulli model over N(0, tau) group effects, and the probability's slope."""
    p = expit(eta[:, None] + tau * NODES)
    return {"log_odds": eta, "probability": p @ WEIGHTS, "slope": (p * (1.0 - p)) @ WEIGHTS}


SPREADS = {"these": (), "typical": ("unit_sd",), "new": ("state_sd", "unit_sd")}
"""What is integrated over there."""

KNOWN = {"these": ("state", "unit_type"), "typical": (), "new": ("unit_type",)}
"""Groups with their own effects in the place that a target means; unit types are all there are."""


def levels_by_loops(
    given: Case, draw: xr.Dataset, target: str, service: int, values: dict[str, Array] | None = None
) -> dict[str, Array]:
    """By scale, the value of every unit that answers a service, (unit,), under one draw of a project's model."""
    design, here = given.design, draw.isel(service=service)
    own_effect = target == "these" and design.unit_intercept
    eta = index_by_loops(draw, design, service, groups=KNOWN[target], unit_intercept=own_effect, values=values)
    sds = [float(here[name]) for name in SPREADS[target] if design.unit_intercept or name != "unit_sd"]
    if given.family.has_residual:
        return tobit_by_hand(eta, float(np.linalg.norm([*sds, float(here["residual_sd"])])), design.limits)
    return logit_by_hand(eta, float(np.linalg.norm(sds)))
