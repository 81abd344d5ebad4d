"""What each draw of a posterior says of some cells: their likelihood, their score, and outcomes drawn anew."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from data.arrays import Array, Index
from models.design import Design
from models.family import Family
from models.predict import of_cells
from models.scale import Values


@dataclass(frozen=True)
class Predicted:
    """Some cells under every draw.

    Attributes
    ----------
    fitted : array (chain, draw, cell)
        Log-likelihood under the family that was fitted.
    score : array (chain, draw, cell)
        Log-density on the common scale: probability at the outcome's limits, density between them.
    drawn : array (chain, draw, cell)
        Outcomes.
    """

    fitted: Array
    score: Array
    drawn: Array


def predict(
    posterior: xr.Dataset,
    design: Design,
    family: Family,
    *,
    cells: Index,
    limits: tuple[float, float],
    rng: np.random.Generator,
) -> Predicted:
    """Return predictions of cells.

    Parameters
    ----------
    posterior : xarray.Dataset
        In memory.
    design : Design
        The posterior's own.
    cells : int array
        Which of the design's.
    limits : (lower, upper)
        Of the common scale: the outcome's own.
    """
    here = replace(design, y=design.y[cells], unit_of=design.unit_of[cells], service_of=design.service_of[cells])

    def fitted(some: Index, eta: Array, values: Values) -> Array:
        return family.log_density(here.y[some], eta, values, here.limits)

    def score(some: Index, eta: Array, values: Values) -> Array:
        return family.log_density(here.y[some], eta, values, limits)

    def drawn(some: Index, eta: Array, values: Values) -> Array:
        return family.draw(eta, values, here.limits, rng)

    if limits == here.limits:
        likelihood, outcomes = of_cells(posterior, here, family, fitted, drawn)
        return Predicted(likelihood, likelihood, outcomes)
    return Predicted(*of_cells(posterior, here, family, fitted, score, drawn))
