"""How much a design's answers say about parts of the predictor: it decides the parametrisation, not the posterior."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from data.arrays import Array, Index
from models.design import Design
from models.family import Family


@dataclass(frozen=True)
class Information:
    """Rough Fisher information of a design's cells about what they share."""

    design: Design
    family: Family

    def by_level(self, index: Index, count: int) -> Array:
        """Return the information about each level's own index, (level, service).

        Parameters
        ----------
        index : int array (unit,)
            Level of each unit.
        """
        design = self.design
        services, level = len(design.services), index[design.unit_of]
        told = np.zeros((count, services))
        for service in range(services):
            here = design.service_of == service
            y, levels = design.y[here], level[here]
            for place in np.unique(levels):
                told[place, service] = self.family.information(y[levels == place], y, design.limits)
        return np.maximum(told, 1e-12)

    @cached_property
    def grid(self) -> Array:
        """The information of every cell, the same for all of a service, (unit, service); 0 where there is none."""
        design = self.design
        services = len(design.services)
        flat = self.by_level(np.zeros(len(design.units), dtype=np.int64), 1)[0]
        per_cell = flat / np.bincount(design.service_of, minlength=services)
        grid = np.zeros((len(design.units), services))
        grid[design.unit_of, design.service_of] = per_cell[design.service_of]
        return grid
