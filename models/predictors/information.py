"""What a design's answers say, roughly, about parts of the predictor; it decides how to sample, not the posterior.

Least squares of the outcomes on all columns, in one pass over the rows, gives rough estimates and errors; a family's
`slope` turns them from the outcome's scale to the model's. Where the outcome is yes or no, its mean moves little where
nearly all say the same, and rates differ so much between kinds of units that one slope will not do: least squares are
repeated with each answer's own weight (Fisher scoring), each service by itself, without intercepts of single units.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from data.arrays import Array, Index
from models.design import Design
from models.family import Family

RIDGE = 1e-6
"""What least squares adds to cross-products, relative to them, so that columns that are alike share an estimate. A
direction that the answers say nothing of then has an error of a thousand times the residual sd, in its own unit."""


LIKELY = 5.0
"""Sd by which coefficients are drawn to 0 in Fisher scoring, so that there are some where the likelihood has no
maximum; errors do without."""

STEP, TINY = 1e-4, 1e-9
"""Step of the linear predictor by which a mean's slope is found, and the least probability and weight."""

ROUNDS, SETTLED = 25, 1e-3
"""Most repetitions, and the change of every coefficient below which there are no more."""


@dataclass(frozen=True)
class Rough:
    """Rough estimates, what is rough about them, and the outcomes' rest that they leave.

    Attributes
    ----------
    exposures, errors : array (exposure, service)
    rest, weight : array (cell,)
        Residuals, on the model's scale, and how much each counts.
    rest_sd : array (service,)
        Sd of a residual of weight 1.
    """

    exposures: Array
    errors: Array
    rest: Array
    weight: Array
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
        rough, usual = self.rough, np.bincount(design.service_of, weights=self.rough.weight, minlength=shape[1])
        usual = usual / np.maximum(np.bincount(design.service_of, minlength=shape[1]), 1)
        told = np.bincount(place, weights=rough.weight, minlength=size).reshape(shape)
        total = np.bincount(place, weights=rough.weight * rough.rest, minlength=size).reshape(shape)
        there = np.maximum(told, 0.01 * usual)  # a level without a cell has an error ten times that of one
        return total / there, rough.rest_sd / np.sqrt(there)

    @cached_property
    def rough(self) -> Rough:
        """Least squares of the outcomes of each service on all columns, on the model's scale."""
        design = self.design
        dummies = [np.eye(len(one.levels))[one.index] for one in design.groups.values() if one.exhaustive]
        every = np.column_stack([np.ones(len(design.units)), design.x, design.z, *dummies])
        services, count = len(design.services), design.x.shape[1]
        shape = count, services
        cells = len(design.y)
        found = Rough(np.zeros(shape), np.zeros(shape), np.zeros(cells), np.ones(cells), np.ones(services))
        for service in range(services):
            here = design.service_of == service
            y, rows = design.y[here], every[design.unit_of[here]]
            if self.family.slope is None:
                estimate, error, rest, weight = _scored(rows, y, self._mean)
                slope, sd = 1.0, 1.0
                found.weight[here] = weight
            else:
                slope = self.family.slope(y, design.limits)
                estimate, error, rest, sd = _least_squares(rows, y, max(float(np.var(y)), 1e-12))
            found.exposures[:, service] = estimate[1 : 1 + count] / slope
            found.errors[:, service] = error[1 : 1 + count] / slope
            found.rest[here] = rest / slope
            found.rest_sd[service] = sd / slope
        return found

    def _mean(self, eta: Array) -> Array:
        """Return the expectation of yes or no, away from 0 and 1."""
        return np.clip(self.family.expected(eta, {}, self.design.limits), TINY, 1.0 - TINY)


def _scored(rows: Array, y: Array, mean: Callable[[Array], Array]) -> tuple[Array, Array, Array, Array]:
    """Return estimates and errors, (column,) each, working residuals, and weights, (row,) each, of yes or no.

    Parameters
    ----------
    rows : array (row, column)
    y : array (row,)
    mean : callable
        ``mean(eta)`` -> the probability of yes.
    """
    estimate, drawn = np.zeros(rows.shape[1]), np.eye(rows.shape[1]) / LIKELY**2
    for _ in range(ROUNDS):
        eta = rows @ estimate
        p, steep = mean(eta), (mean(eta + STEP) - mean(eta - STEP)) / (2.0 * STEP)
        weight = np.maximum(steep**2 / (p * (1.0 - p)), TINY)
        rest = (y - p) / np.maximum(steep, TINY)
        cross = (rows * weight[:, None]).T @ rows
        move = np.linalg.solve(cross + drawn, rows.T @ (weight * rest) - drawn @ estimate)
        estimate = estimate + move
        if np.abs(move).max() < SETTLED:
            break
    return estimate, np.sqrt(np.diag(_inverse(cross))), rest, weight


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
    inverse = _inverse(cross)
    estimate = inverse @ (rows.T @ y)
    rest = y - rows @ estimate
    freedom = max(len(y) - float(np.sum(inverse * cross)), 0.0)
    sd = math.sqrt(max(float(rest @ rest + variance) / (freedom + 1.0), 1e-12))
    return estimate, sd * np.sqrt(np.diag(inverse)), rest, sd


def _inverse(cross: Array) -> Array:
    """Return the inverse of cross-products, which may be singular."""
    size = np.diag(cross)
    # a column of zeros, as of a level that the service lacks, would leave it singular
    found: Array = np.linalg.inv(cross + RIDGE * np.diag(np.where(size > 0.0, size, 1.0)))
    return found
