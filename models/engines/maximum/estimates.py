"""Maximum likelihood of a single-level design: an equation per service, and their joint covariance."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import xarray as xr

from data.arrays import Array, Index
from data.registry import member
from models.design import Design
from models.engines.maximum.climb import climb
from models.engines.maximum.maximum import Maximum, NoMaximum, cross, listed
from models.family import Family
from models.predict import by_service
from models.predictors.predictor import equation_names, equation_parts

CLASSICAL, ROBUST = "classical", "robust"

DEPENDENT = 1e-9
"""Length that counts as 0 of a unit column's residual given the columns before it."""

FEW_CLUSTERS = 40
"""Number of clusters below which cluster-robust errors are too small: Cameron and Miller (2015),
https://doi.org/10.3368/jhr.50.2.317, put it at 20 to 50."""


@dataclass(frozen=True)
class ServiceEquation:
    """One service's columns and its maximum, if there is one.

    Attributes
    ----------
    kept : int array
        Positions of the columns that are estimated.
    units : int array (cell,)
    words : tuple of str
        Sentences about what was left out, and why there is no maximum.
    """

    kept: Index
    maximum: Maximum | None
    units: Index
    words: tuple[str, ...]


def estimate(design: Design, family: Family, *, say: Callable[[str], None] = lambda text: None) -> xr.Dataset:
    """Return the maximum likelihood estimates of every service.

    Parameters
    ----------
    design : Design
        A single-level design; its `clusters` give cluster-robust errors.
    say : callable, optional
        Called with each service's name before its search.

    Returns
    -------
    xarray.Dataset
        `estimate` (service, parameter), per contrast, on the latent index or in logits; NaN where a
        parameter was left out or has no maximum. `covariance` (errors, service, parameter, service_other,
        parameter_other), 0 for these parameters, and NaN for errors with a single cluster. `log_likelihood`,
        `iterations` (service); `clusters` (errors, service), the number of clusters, NaN where each unit is
        one; `converged` (service) and `words` (service), why not or what was left out.
        Between services, classical errors use the robust covariance, as there is no classical one.
    """
    maximise = partial(climb, family=family)
    if family.maximise:
        maximise = member("models.engines.maximum.likelihoods", family.maximise).maximise
    equations = []
    for s, cells in by_service(design):
        say(design.services[s])
        equations.append(_equation(design, cells, maximise))
    names = equation_names(design, family)
    kinds = clusters_of(design)
    grid = np.full((len(equations), len(names)), np.nan)
    for s, equation in enumerate(equations):
        if equation.maximum:
            grid[s, _places(equation, len(names), family)] = equation.maximum.estimate
    covariance = np.stack([_covariance(equations, kind, index, len(names), family) for kind, index in kinds.items()])
    found = [equation.maximum for equation in equations]
    return xr.Dataset(
        {
            "estimate": (("service", "parameter"), grid),
            "covariance": (("errors", "service", "parameter", "service_other", "parameter_other"), covariance),
            "log_likelihood": ("service", [one.log_likelihood if one else np.nan for one in found]),
            "iterations": ("service", [one.iterations if one else 0 for one in found]),
            "clusters": (
                ("errors", "service"),
                [_clusters(equations, index, own=kind in (CLASSICAL, ROBUST)) for kind, index in kinds.items()],
            ),
            "converged": ("service", [one is not None for one in found]),
            "words": ("service", ["; ".join(equation.words) for equation in equations]),
        },
        coords={
            "service": list(design.services),
            "service_other": list(design.services),
            "parameter": names,
            "parameter_other": names,
            "exposure": [column.label for column in design.exposures],
            "control": [column.label for column in design.controls],
            "errors": list(kinds),
        },
    )


def clusters_of(design: Design) -> dict[str, Index]:
    """Return the cluster of each unit, (unit,), by kind of errors."""
    own = np.arange(len(design.units))
    return {CLASSICAL: own, ROBUST: own, **{name: group.index for name, group in design.clusters.items()}}


def _clusters(equations: list[ServiceEquation], index: Index, *, own: bool) -> list[float]:
    """Return each equation's number of clusters; NaN where the units are the clusters, to withhold their number."""
    return [math.nan if own else float(len(np.unique(index[equation.units]))) for equation in equations]


def few_clusters(estimates: xr.Dataset, errors: str) -> str:
    """Return a warning about cluster-robust errors from few clusters, or ''."""
    there = estimates["clusters"].sel(errors=errors).where(estimates["converged"])
    if errors in (CLASSICAL, ROBUST) or not there.notnull().any() or there.min() >= FEW_CLUSTERS:
        return ""
    least = int(there.min())
    return f"{least} clusters of {errors}: with fewer than about {FEW_CLUSTERS} such errors are too small"


def _equation(design: Design, cells: Index, maximise: Callable[..., Maximum]) -> ServiceEquation:
    units = design.unit_of[cells]
    parts = equation_parts(design)
    # (cell, column), the constant first
    x = np.hstack([columns[units] for part in parts if (columns := part.columns({})) is not None])
    names = [name.partition("[")[2][:-1] for part in parts for name in part.column_names()]
    labels = ["the constant", *names[1:]]
    kept = _independent(x)
    gone = [labels[place] for place in range(x.shape[1]) if place not in kept]
    words = [f"left out, as constant or collinear among these units: {listed(gone)}"] if gone else []
    try:
        maximum = maximise(design.y[cells], x[:, kept], limits=design.limits, labels=[labels[place] for place in kept])
    except NoMaximum as none:
        return ServiceEquation(kept, None, units, (none.words, *words))
    return ServiceEquation(kept, maximum, units, tuple(words))


def _independent(x: Array) -> Index:
    """Return the positions of columns that are no combination of earlier ones, as Stata keeps them."""
    centred = np.column_stack([x[:, 0], x[:, 1:] - x[:, 1:].mean(axis=0)])
    size = np.linalg.norm(centred, axis=0)
    length = np.where(size > DEPENDENT * np.linalg.norm(x, axis=0), size, np.inf)
    kept: list[int] = []
    basis = np.zeros((len(x), 0))
    for place in range(x.shape[1]):
        column = centred[:, place] / length[place]
        for _ in range(2):  # twice is enough for the digits that one Gram-Schmidt step loses
            column = column - basis @ (basis.T @ column)
        left = np.linalg.norm(column)
        if left > DEPENDENT:
            kept.append(place)
            basis = np.column_stack([basis, column / left])
    return np.array(kept, dtype=np.int64)


def _places(equation: ServiceEquation, parameters: int, family: Family) -> Index:
    slots = len(family.slot_names())
    return np.concatenate([equation.kept, np.arange(parameters - slots, parameters)])


def _covariance(equations: list[ServiceEquation], kind: str, index: Index, parameters: int, family: Family) -> Array:
    """Return the covariance of all services' parameters, (service, parameter, service, parameter)."""
    services = len(equations)
    out = np.zeros((services, parameters, services, parameters))
    for s, one in enumerate(equations):
        for t, other in enumerate(equations):
            if one.maximum is None or other.maximum is None:
                continue
            clusters = index[one.units], index[other.units]
            if s == t and kind == CLASSICAL:
                block = one.maximum.classical
            elif len(np.unique(np.concatenate(clusters))) < 2:
                block = np.full((len(one.maximum.estimate), len(other.maximum.estimate)), np.nan)
            else:
                block = cross(one.maximum, other.maximum, index_a=clusters[0], index_b=clusters[1])
            rows, columns = (_places(e, parameters, family) for e in (one, other))
            out[s, rows[:, None], t, columns] = block
    return out
