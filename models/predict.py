"""Pointwise log-likelihood and predictive draws from a stored posterior, in NumPy and in blocks of draws."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import xarray as xr

from data.arrays import Array, Index
from data.errors import InputError, Problem
from models.design import Design
from models.family import Family

CHUNK_CELLS = 5_000_000
"""Draws times cells held at once: about 40 MB for each of a few arrays."""

LARGEST_GIB = 8
"""Largest size of stored values for every draw and answer."""


def linear_predictor(posterior: xr.Dataset, design: Design) -> Array:
    """Return the linear predictor of every cell under every draw, (chain, draw, cell).

    Parameters
    ----------
    posterior : xarray.Dataset
        A stored posterior.
    design : Design
        The posterior's own.
    """
    chains, draws = posterior.sizes["chain"], posterior.sizes["draw"]
    eta = np.empty((chains, draws, len(design.y)))
    for s, cells in by_service(design):
        eta[..., cells] = index_of(posterior.isel(service=s), design, design.unit_of[cells], design.groups)
    return eta


def index_of(here: xr.Dataset, design: Design, units: Index, groups: Iterable[str], *, unit: bool = True) -> Array:
    """Return the linear predictor of some units on one service under every draw, (chain, draw, unit).

    Parameters
    ----------
    here : xarray.Dataset
        The posterior at one service.
    design : Design
        The posterior's own.
    units : int array
        Positions among the design's units.
    groups : iterable of str
        Groups whose effects are added; those of other groups are 0.
    unit : bool
        Whether to add the units' own intercepts, where there are any.
    """
    # (chain, draw, exposure) @ (exposure, unit) -> (chain, draw, unit)
    total = _values(here, "intercept")[..., None] + _values(here, "exposure_coef", "exposure") @ design.x[units].T
    if design.controls:
        total += _values(here, "control_coef", "control") @ design.z[units].T
    for name in groups:
        total += _values(here, f"{name}_effect", name)[..., design.groups[name].index[units]]
    if unit and design.unit_intercept:
        total += _values(here, "unit_effect", "unit")[..., units]
    return total


def pointwise(posterior: xr.Dataset, design: Design, family: Family) -> xr.Dataset:
    """Return the log-likelihood `y` (chain, draw, cell) of every cell under every draw.

    Parameters
    ----------
    posterior : xarray.Dataset
        A stored posterior, or some of its draws.

    Returns
    -------
    xarray.Dataset
        In natural log units, with coords `unit` and `service` along `cell`.
    """
    limits = design.limits
    return _chunked(
        lambda part: family.log_density(
            design.y, linear_predictor(part, design), residual_sd_of(part, design, family), *limits
        ),
        posterior,
        design,
    )


def predictive(posterior: xr.Dataset, design: Design, family: Family, *, seed: int) -> xr.Dataset:
    """Return replicated outcomes `y` (chain, draw, cell), in the outcome's unit, limits included.

    Parameters are those of `pointwise`, and the seed of the replicates.
    """
    rng, limits = np.random.default_rng(seed), design.limits
    return _chunked(
        lambda part: family.draw(linear_predictor(part, design), residual_sd_of(part, design, family), *limits, rng),
        posterior,
        design,
    )


def residual_sd_of(posterior: xr.Dataset, design: Design, family: Family) -> Array | None:
    """Return the residual sd of each cell, (chain, draw, cell); None for families without one."""
    return _values(posterior, "residual_sd", "service")[..., design.service_of] if family.has_residual else None


def _values(posterior: xr.Dataset, name: str, *dims: str) -> Array:
    return posterior[name].transpose("chain", "draw", *dims).to_numpy()


def by_service(design: Design) -> Iterator[tuple[int, Index]]:
    """Yield each service's position and the positions of its cells."""
    for s in range(len(design.services)):
        yield s, np.flatnonzero(design.service_of == s)


def _chunked(compute: Callable[[xr.Dataset], Array], posterior: xr.Dataset, design: Design) -> xr.Dataset:
    """Return `compute` over blocks of draws, so that only the result is held whole.

    Raises
    ------
    InputError
        When the result exceeds `LARGEST_GIB`.
    """
    chains, draws, cells = posterior.sizes["chain"], posterior.sizes["draw"], len(design.y)
    size = chains * draws * cells * 8 / 2**30
    if size > LARGEST_GIB:
        got = f"{size:.0f} GiB for {chains * draws} draws of every answer"
        advice = "Fit again with fewer --draws or one --service"
        raise InputError([Problem("pointwise values", got, f"at most {LARGEST_GIB} GiB", advice)])
    out = np.empty((chains, draws, cells))
    step = max(1, CHUNK_CELLS // (chains * max(cells, 1)))
    for start in range(0, draws, step):
        block = slice(start, start + step)
        out[:, block] = compute(posterior.isel(draw=block))
    services = np.asarray(design.services)
    return xr.Dataset(
        {"y": (("chain", "draw", "cell"), out)},
        coords={
            "chain": posterior["chain"],
            "draw": posterior["draw"],
            "cell": np.arange(cells),
            "unit": ("cell", design.units[design.unit_of]),
            "service": ("cell", services[design.service_of]),
        },
    )
