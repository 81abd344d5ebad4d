"""Pointwise log-likelihood and predictive draws from a stored posterior, in NumPy and in blocks of draws."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import xarray as xr

from data.arrays import Array, Index
from data.errors import InputError, Problem
from models.component import Rows
from models.design import Design
from models.family import Family
from models.predictors.family_parameter import values_at
from models.predictors.predictor import components_of, eta_of, everywhere
from models.scale import Values

CHUNK_CELLS = 5_000_000
"""Draws times cells held at once: about 40 MB for each of a few arrays."""

LARGEST_GIB = 8
"""Largest size of stored values for every draw and answer."""

OfCells = Callable[[Index, Array, Values], Array]
"""``compute(cells, eta, values)`` of the cells of one service, (chain, draw, cell of the service)."""


def of_cells(posterior: xr.Dataset, design: Design, family: Family, *computes: OfCells) -> tuple[Array, ...]:
    """Return what is computed of every cell under every draw, service by service, (chain, draw, cell) each.

    Parameters
    ----------
    posterior : xarray.Dataset
        A stored posterior.
    design : Design
        The posterior's own.
    computes : callable
        Called in order for each service, with the positions of its cells, their linear predictor, and the family's
        other parameters.
    """
    shape = (posterior.sizes["chain"], posterior.sizes["draw"], len(design.y))
    found = tuple(np.empty(shape) for _ in computes)
    parts, place = components_of(design), everywhere(design)
    for s, cells in by_service(design):
        here = posterior.isel(service=s)
        eta, values = eta_of(here, parts, Rows(design.unit_of[cells]), place), values_at(here, family)
        for out, compute in zip(found, computes, strict=True):
            out[..., cells] = compute(cells, eta, values)
    return found


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

    def density(cells: Index, eta: Array, values: Values) -> Array:
        return family.log_density(design.y[cells], eta, values, design.limits)

    return _chunked(lambda part: of_cells(part, design, family, density)[0], posterior, design)


def predictive(posterior: xr.Dataset, design: Design, family: Family, *, seed: int) -> xr.Dataset:
    """Return replicated outcomes `y` (chain, draw, cell), in the outcome's unit, limits included.

    Parameters are those of `pointwise`, and the seed of the replicates.
    """
    rng = np.random.default_rng(seed)
    return _chunked(lambda part: drawn(part, design, family, rng), posterior, design)


def drawn(posterior: xr.Dataset, design: Design, family: Family, rng: np.random.Generator) -> Array:
    """Return replicated outcomes of every cell under every draw, (chain, draw, cell)."""

    def draw(cells: Index, eta: Array, values: Values) -> Array:
        return family.draw(eta, values, design.limits, rng)

    return of_cells(posterior, design, family, draw)[0]


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
