"""Planted effects: of stated sizes on E[y], the scale that people read, and the coefficients that give them.

The size of an effect is the average change of E[y] over a wave's rows when the exposure alone is changed: a
yes-or-no exposure from 0 to 1 in every row, another one by a step from each row's own value. Groups stay as they
are, and the spread of units' own effects is averaged over. Effects on E[y] depend on all coefficients of a
service, so that the coefficients are solved for together, in each wave.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator
from scipy.optimize import root
from scipy.special import expit

from data.arrays import Array, Mask
from data.codebook import Codebook
from data.errors import InputError, Problem
from data.simulation.constants import Outcome, Planted
from data.simulation.equations import Equation, PredictorColumns

FEWEST_OFFERING = 50
"""Clinics of a wave that must be expected to offer a service: an equation has some twenty columns."""

CLOSE = 1e-6
"""How near a planted effect is to its size, in points."""

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(15)


@dataclass(frozen=True)
class PlantedEffect:
    """An effect of an exposure on a service, in points of E[y]."""

    exposure: str
    outcome: Outcome
    service: str
    points: float


def planted_effects(
    planted: Planted | None, exposures: Sequence[str], offered: Mapping[Outcome, Mapping[str, float]], rng: Generator
) -> tuple[PlantedEffect, ...]:
    """Return the effects of a study; none for a scenario that plants none.

    Where each exposure has one effect, their services differ as far as there are enough, and so do their sizes:
    over studies, each size and each service comes about equally often. An effect on availability goes down
    where more than half of the clinics offer the service, as there is no room above.

    Parameters
    ----------
    exposures : sequence of str
        Labels of numbers and of yes-or-no columns.
    offered : mapping of outcome to mapping of str to float
        By service that an effect may be planted on, the share of clinics that offer it.
    """
    if planted is None:
        return ()
    if planted.on == "every":
        return tuple(
            PlantedEffect(exposure, outcome, service, size)
            for outcome, services in offered.items()
            for exposure in exposures
            for service, size in zip(services, _cycled(planted.points, len(services)), strict=True)
        )
    found = []
    for outcome, services in offered.items():
        names = [name for name in services if name not in planted.not_on.get(outcome, ())]
        drawn = _cycled([names[k] for k in rng.permutation(len(names))], len(exposures))
        sizes = _sizes(planted, exposures, rng)
        for exposure, service in zip(exposures, drawn, strict=True):
            down = outcome == "availability" and services[service] > 0.5
            found.append(PlantedEffect(exposure, outcome, service, -sizes[exposure] if down else sizes[exposure]))
    return tuple(found)


def _sizes(planted: Planted, exposures: Sequence[str], rng: Generator) -> dict[str, float]:
    """Return each exposure's size: those that cannot have all of them draw first, and no size comes twice too soon."""
    left: list[float] = []
    found: dict[str, float] = {}
    for exposure in sorted(exposures, key=lambda name: planted.at_most.get(name, np.inf)):
        largest = planted.at_most.get(exposure, np.inf)
        if not [size for size in left if size <= largest]:
            left += planted.points
        fitting = [size for size in left if size <= largest]
        found[exposure] = fitting[int(rng.integers(len(fitting)))]
        left.remove(found[exposure])
    return found


def _cycled[T](values: Sequence[T], count: int) -> list[T]:
    return [values[k % len(values)] for k in range(count)]


@dataclass(frozen=True)
class MeanOfOutcome:
    """How E[y] of one service follows from the columns' coefficients.

    Attributes
    ----------
    intercept : callable
        ``intercept(fixed)`` -> float, from the columns' part of the linear predictor, (n,).
    mean : callable
        ``mean(eta)`` -> (n,), E[y] in points, given the linear predictor with its intercept.
    groups : array, (n,)
        The known groups' part of the linear predictor.
    counted : bool array, (n,)
        Rows that the effect is an average of.
    """

    intercept: Callable[[Array], float]
    mean: Callable[[Array], Array]
    groups: Array
    counted: Mask


def with_planted(
    equation: Equation,
    predictors: PredictorColumns,
    effects: Sequence[PlantedEffect],
    means: Mapping[str, MeanOfOutcome],
    codebook: Codebook,
) -> Equation:
    """Return the equation with the coefficients that give the planted effects of one outcome.

    Parameters
    ----------
    means : mapping of str to MeanOfOutcome
        By service; effects on other services, which the wave did not ask for, are left out.

    Raises
    ------
    InputError
        For a size that no coefficient gives.
    """
    coef = equation.coef.copy()
    for service, mean in means.items():
        here = [effect for effect in effects if effect.service == service]
        if here:
            rest = equation.coef.loc[list(predictors.labels), service].to_numpy(dtype=float)
            found = _solved(here, rest, predictors, mean, codebook)
            coef.loc[[effect.exposure for effect in here], service] = found
    return replace(equation, coef=coef)


def _solved(
    effects: Sequence[PlantedEffect],
    coef: Array,
    predictors: PredictorColumns,
    service: MeanOfOutcome,
    codebook: Codebook,
) -> Array:
    """Return the coefficient of each effect, (effect,)."""
    places = [predictors.labels.index(effect.exposure) for effect in effects]
    x = predictors.x / predictors.step
    wanted = np.array([effect.points for effect in effects])
    ends = [_ends(predictors, place, codebook) for place in places]

    def changes(values: Array) -> Array:
        every = coef.copy()
        every[places] = values
        fixed = x @ every  # (n, p) @ (p,) -> (n,)
        eta = service.intercept(fixed) + fixed + service.groups

        def moved(by: Array, value: float) -> float:
            return float(service.mean(eta + by * value)[service.counted].mean())

        return np.array([moved(high, v) - moved(low, v) for (low, high), v in zip(ends, values, strict=True)])

    small = 0.01
    start = wanted * small / changes(np.full(len(places), small))  # as if E[y] were straight
    try:
        found = root(lambda values: changes(values) - wanted, start, tol=1e-10)
        there = bool(found.success and np.abs(changes(found.x) - wanted).max() < CLOSE)
    except ValueError:  # coefficients have run to where no intercept gives the share of clinics that offer it
        there = False
    if not there:
        said = ", ".join(f"{effect.points:g} of {effect.exposure}" for effect in effects)
        got = f"{said}, on {effects[0].outcome} of {effects[0].service}"
        raise InputError([Problem("planted effects", got, "sizes that coefficients can give", "Simulate more units")])
    return np.asarray(found.x, dtype=float)


def _ends(predictors: PredictorColumns, place: int, codebook: Codebook) -> tuple[Array, Array]:
    """Return how far an exposure is moved down and up in each row, in steps."""
    x, step = predictors.x[:, place], float(predictors.step[place])
    if codebook.variable(predictors.labels[place]).type == "binary":
        return -x / step, (1.0 - x) / step
    return np.zeros_like(x), np.ones_like(x)


def mean_rate(eta: Array, unit_sd: float) -> Array:
    """Return P(offered) in points given the rest of the predictor, units' own effects averaged over, `(n,)`."""
    rates: Array = expit(eta[:, None] + unit_sd * NODES) @ (WEIGHTS / WEIGHTS.sum())  # (n, node) @ (node,)
    return 100.0 * rates
