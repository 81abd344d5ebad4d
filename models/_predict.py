"""Pointwise log-likelihood and predictive draws, from the model's own declaration of the likelihood."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pymc as pm
import xarray as xr

from models._design import Design
from models._posterior import restore

OBJECT_MODE = "Numba will use object mode"
"""PyTensor says so of every random draw written in NumPy; draws are made once, and slowly is fine."""

CHUNK_CELLS = 20_000_000
"""Draws x cells held at once: about 160 MB."""


def pointwise(model: pm.Model, design: Design, posterior: xr.Dataset, data: dict[str, np.ndarray]) -> xr.Dataset:
    """Return the log-likelihood `y` (chain, draw, cell) of every cell under every draw.

    Parameters
    ----------
    model : pymc.Model
        From `build`.
    design : Design
    posterior : xarray.Dataset
        As stored, or with fewer draws.
    data : dict
        From `inputs`.

    Returns
    -------
    xarray.Dataset
        In natural log units, with coords `unit` and `service` along `cell`.
    """

    def density(part: xr.Dataset) -> xr.Dataset:
        tree = pm.compute_log_likelihood(_tree(part), model=model, extend_inferencedata=False, progressbar=False)
        return _group(tree, "log_likelihood")

    return _chunked(density, restore(posterior, design, data), design)


def predictive(
    model: pm.Model, design: Design, posterior: xr.Dataset, data: dict[str, np.ndarray], *, seed: int
) -> xr.Dataset:
    """Return replicated outcomes `y` (chain, draw, cell), in the outcome's unit, limits included.

    Parameters are those of `pointwise`, and the seed of the replications.
    """
    streams = np.random.SeedSequence(seed)

    def replicate(part: xr.Dataset) -> xr.Dataset:
        stream = int(streams.spawn(1)[0].generate_state(1)[0])
        with _quietly():
            tree = pm.sample_posterior_predictive(
                _tree(part),
                model=model,
                var_names=["y"],
                random_seed=stream,
                extend_inferencedata=False,
                progressbar=False,
            )
        return _group(tree, "posterior_predictive")

    return _chunked(replicate, restore(posterior, design, data), design)


def prior_draws(model: pm.Model, *, draws: int, seed: int) -> tuple[xr.Dataset, xr.DataArray]:
    """Return draws of the graph's free variables from the prior, and outcomes `y` (chain, draw, cell)."""
    with model, _quietly():
        tree = pm.sample_prior_predictive(draws=draws, random_seed=seed)
    return tree["prior"].to_dataset(), tree["prior_predictive"]["y"]


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep PyMC's log line and the warning above off the user's screen."""
    logger = logging.getLogger("pymc")
    before = logger.level
    logger.setLevel(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=OBJECT_MODE, category=UserWarning)
            yield
    finally:
        logger.setLevel(before)


def _tree(posterior: xr.Dataset) -> xr.DataTree:
    return xr.DataTree.from_dict({"posterior": posterior})


def _group(found: xr.Dataset | xr.DataTree, name: str) -> xr.Dataset:
    """PyMC returns a bare dataset from one of its functions and a tree from the other."""
    return found if isinstance(found, xr.Dataset) else found[name].to_dataset()


def _chunked(compute: Callable[[xr.Dataset], xr.Dataset], raw: xr.Dataset, design: Design) -> xr.Dataset:
    """Over blocks of draws, so that a census does not fill the memory."""
    per_draw = raw.sizes["chain"] * max(len(design.y), 1)
    step = max(1, CHUNK_CELLS // per_draw)
    blocks = [compute(raw.isel(draw=slice(start, start + step))) for start in range(0, raw.sizes["draw"], step)]
    whole = xr.concat(blocks, dim="draw")
    services = np.asarray(design.services)
    return whole.assign_coords(
        unit=("cell", design.units[design.unit_of]), service=("cell", services[design.service_of])
    )
