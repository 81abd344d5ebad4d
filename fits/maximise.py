"""Maximising: the estimates of what was asked, an equation per service; and the design of such equations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import xarray as xr

from data.codebook import Codebook
from fits.loaded import Loaded, design_of
from models.design import Design, make_design
from models.engines.maximum.estimates import estimate
from models.family import Family

if TYPE_CHECKING:
    from fits.storage.manifest import Request


def maximised(request: Request, loaded: Loaded) -> tuple[Design, Family, xr.Dataset]:
    """Return the design, the family and the estimates, on the rows that a posterior would have."""
    design, family = design_of(loaded, request.service, single_level=request.single_level)
    return design, family, estimate(design, family)


def single_level(design: Design, dataset: xr.Dataset, codebook: Codebook, family: Family) -> Design:
    """Return the design of an equation per service, on the rows of a design that pools several.

    Raises
    ------
    InputError
        For a group that cannot become controls.
    """
    return make_design(design.reading, dataset, codebook, family=family, single_level=True)
