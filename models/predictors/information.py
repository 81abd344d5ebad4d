"""What a design's answers say, roughly, about parts of the predictor; it decides how to sample, not the posterior.

Least squares of the outcomes on all columns, in one pass over the rows, gives rough estimates and errors; a family's
`slope` turns them from the outcome's scale to the model's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from data.arrays import Array, Index
from models.design import Design
from models.family import Family

RIDGE = 1e-6
"""What least squares adds to cross-products, relative to them, so that columns that are alike share an estimate. A
direction that the answers say nothing of then has an error of a thousand times the residual sd, in its own unit."""


@dataclass(frozen=True)
class Rough:
    """Rough estimates, what is rough about them, and the outcomes' rest that they leave.

    Attributes
    ----------
    exposures, errors : array (exposure, service)
    rest : array (cell,)
        Residuals, on the model's scale.
    rest_sd : array (service,)
    """

    exposures: Array
    errors: Array
    rest: Array
    rest_sd: Array


@dataclass(frozen=True)
class Information:
    """Rough Fisher information of a design's cells about what they share, and rough estimates of it."""

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

    def exposures(self) -> tuple[Array, Array]:
        """Return rough estimates and errors of the exposures' coefficients, (exposure, service) each."""
        return self.rough.exposures, self.rough.errors

    def levels(self, name: str) -> tuple[Array, Array]:
        """Return rough estimates and errors of the effects of a group's levels, (level, service) each.

        They are means of what least squares leaves, in which groups that are not exhaustive have no columns.
        """
        design, group = self.design, self.design.groups[name]
        count = len(group.levels)
        place = group.index[design.unit_of] * len(design.services) + design.service_of
        size, shape = count * len(design.services), (count, len(design.services))
        cells = np.bincount(place, minlength=size).reshape(shape)
        total = np.bincount(place, weights=self.rough.rest, minlength=size).reshape(shape)
        there = np.maximum(cells, 0.01)  # a level without a cell has an error ten times that of one
        return total / there, self.rough.rest_sd / np.sqrt(there)

    @cached_property
    def rough(self) -> Rough:
        """Least squares of the outcomes of each service on all columns, on the model's scale."""
        design = self.design
        dummies = [np.eye(len(one.levels))[one.index] for one in design.groups.values() if one.exhaustive]
        every = np.column_stack([np.ones(len(design.units)), design.x, design.z, *dummies])
        services, count = len(design.services), design.x.shape[1]
        shape = count, services
        found = Rough(np.zeros(shape), np.zeros(shape), np.zeros(len(design.y)), np.zeros(services))
        for service in range(services):
            here = design.service_of == service
            y, rows = design.y[here], every[design.unit_of[here]]
            variance = max(float(np.var(y)), 1e-12)
            slope = self.family.slope(y, design.limits)
            estimate, error, rest, sd = _least_squares(rows, y, variance)
            found.exposures[:, service] = estimate[1 : 1 + count] / slope
            found.errors[:, service] = error[1 : 1 + count] / slope
            found.rest[here] = rest / slope
            found.rest_sd[service] = sd / slope
        return found


def _least_squares(rows: Array, y: Array, variance: float) -> tuple[Array, Array, Array, float]:
    """Return estimates and errors, (column,) each, the residuals, and their sd.

    Parameters
    ----------
    rows : array (row, column)
    y : array (row,)
    variance : float
        The outcomes' variance, one more answer's worth of which counts as residual: where there are no more rows than
        columns, residuals of 0 do not say that everything is known.
    """
    cross = rows.T @ rows
    size = np.diag(cross)
    # a column of zeros, as of a level that the service lacks, would leave it singular
    inverse = np.linalg.inv(cross + RIDGE * np.diag(np.where(size > 0.0, size, 1.0)))
    estimate = inverse @ (rows.T @ y)
    rest = y - rows @ estimate
    freedom = max(len(y) - float(np.sum(inverse * cross)), 0.0)
    sd = math.sqrt(max(float(rest @ rest + variance) / (freedom + 1.0), 1e-12))
    return estimate, sd * np.sqrt(np.diag(inverse)), rest, sd
