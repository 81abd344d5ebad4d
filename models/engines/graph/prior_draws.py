"""Draws from the prior alone, by PyMC."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import pymc as pm
import xarray as xr

OBJECT_MODE = "Numba will use object mode"
"""PyTensor's warning about random draws written in NumPy; slow draws are acceptable as they are made once."""


def prior_draws(model: pm.Model, *, draws: int, seed: int) -> tuple[xr.Dataset, xr.DataArray]:
    """Return draws of the graph's free variables from the prior, and outcomes `y` (chain, draw, cell)."""
    with model, _quietly():
        tree = pm.sample_prior_predictive(draws=draws, random_seed=seed)
    return tree["prior"].to_dataset(), tree["prior_predictive"]["y"]


@contextmanager
def _quietly() -> Iterator[None]:
    """Suppress PyMC's log line and the warning above."""
    logger = logging.getLogger("pymc")
    before = logger.level
    logger.setLevel(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=OBJECT_MODE, category=UserWarning)
            yield
    finally:
        logger.setLevel(before)
