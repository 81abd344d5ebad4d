"""Linear predictors and the scales of a model by loops and from the textbook, against which effects are held."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from scipy.special import expit
from scipy.stats import norm

from models.design import Design
from tests.models._prepare import Case

Array = np.ndarray


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
    if given.family.others:
        return tobit_by_hand(eta, float(np.linalg.norm([*sds, float(here["residual_sd"])])), design.limits)
    return logit_by_hand(eta, float(np.linalg.norm(sds)))
