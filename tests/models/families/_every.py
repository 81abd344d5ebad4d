"""Every family with made-up parameters, linear predictors and outcomes, for tests that know no family by name.

A parameter gets its value by what it may be, in the outcome's unit where its role has it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from scipy.special import expit

from data.arrays import Array
from models.family import Family
from models.scale import Limits, Quantity, Scale, Values

LOWER, UPPER = -3.0, 7.0
SPAN = UPPER - LOWER
INF = math.inf

OWN = {"real": [0.3], "positive": [1.6], "above_one": [1.6], "ordered": [-1.0, 0.7]}
"""Unbounded numbers of parameters in a unit of their own; repeated where a parameter has more."""

IN_UNIT = {"real": [0.1], "positive": [-0.9], "ordered": [-0.4, -0.5]}
"""Those of parameters in the outcome's unit, where its range is 1 wide."""

FAMILIES = [Family.find(name) for name in Family.names()]


def limits_of(family: Family) -> list[Limits]:
    """All and some of the limits, as designs give them."""
    if family.support != "limited":
        return [(-INF, INF)]
    return [(LOWER, UPPER), *([] if family.both_limits else [(LOWER, INF), (-INF, UPPER), (-INF, INF)])]


def held(which: Callable[[Family], Any] = lambda family: True) -> pytest.MarkDecorator:
    """Every family that is asked for, with all and with some of its limits."""
    found = [(one, limits) for one in FAMILIES if which(one) for limits in limits_of(one)]
    names = [f"{one.name}, {low:g} to {high:g}" for one, (low, high) in found]
    return pytest.mark.parametrize(("family", "limits"), found, ids=names)


def times(support: str, free: Array, factor: float) -> Array:
    """Unbounded numbers of values that are larger by a factor."""
    if support == "positive":
        return free + math.log(factor)
    return free * factor if support == "real" else np.r_[free[:1] * factor, free[1:] + math.log(factor)]


def slots_of(family: Family, span: float = SPAN) -> Array:
    """Unbounded numbers of all parameters besides the location, (slot,), for outcomes of a range."""
    found = [np.empty(0)]
    for one in family.others:
        assert one.role is not None, f"{one.name} has no prior"
        own = one.role.scale == "own"
        free = np.resize(np.array((OWN if own else IN_UNIT)[one.support]), one.slots)
        found.append(free if own else times(one.support, free, span))
    return np.concatenate(found)


def values_of(family: Family) -> dict[str, Array]:
    """Parameters that are the same for all cells, (1,) or (1, value)."""
    return family.by_slots(slots_of(family)[None])


def eta_of(family: Family, standard: Any) -> Array:
    """Linear predictors, of which about -1 to 1 are within the outcome's range."""
    standard = np.asarray(standard, dtype=float)
    return standard if family.index_unit else 0.5 * (LOWER + UPPER) + 0.5 * SPAN * standard


def width_of(family: Family, values: Values) -> float:
    """Over how much of the linear predictor the outcome's distribution moves."""
    name = family.widened_by or family.absorbs
    return float(values[name][0]) if name else 1.0


def outcomes(family: Family, limits: Limits) -> Array:
    """Outcomes of every kind."""
    if family.binary:
        return np.array([0.0, 1.0])
    y = np.array([*limits, LOWER + 1e-6, 0.0, 1.3, 4.0, UPPER - 0.01])
    return y[np.isfinite(y)]


def rule(family: Family, limits: Limits) -> tuple[Array, Array]:
    """Outcomes and weights: sums with them are integrals over all outcomes, where a limit counts as one outcome."""
    if family.binary:
        return np.array([0.0, 1.0]), np.ones(2)
    # even steps along a stretched line, which give all digits of smooth functions that vanish at its ends
    (lower, upper), t = limits, np.linspace(-36.0, 36.0, 9001)
    if np.isfinite(limits).all():
        y = np.where(t < 0.0, lower + SPAN * expit(t), upper - SPAN * expit(-t))
        by_t = SPAN * expit(t) * expit(-t)
    elif np.isfinite(limits).any():
        by_t = SPAN * np.exp(t - 20.0)
        y = lower + by_t if np.isfinite(lower) else upper - by_t
    else:
        y, by_t = LOWER + SPAN * np.sinh(t / 3.0), SPAN * np.cosh(t / 3.0) / 3.0
    inside = (y > lower) & (y < upper)
    ends = np.array([one for one in limits if np.isfinite(one)])
    return np.r_[ends, y[inside]], np.r_[np.ones(ends.size), by_t[inside] * (t[1] - t[0])]


def quantities(family: Family, limits: Limits) -> Iterator[tuple[Scale, Quantity]]:
    """All that scales are made of."""
    for scale in family.scales_within(limits).values():
        for of in (*([scale.of] if scale.of else []), *scale.parts):
            yield scale, of


def levels(family: Family, limits: Limits) -> Iterator[tuple[str, Quantity]]:
    """The scales that say something of outcomes, by name."""
    for name, scale in family.scales_within(limits).items():
        if scale.of is not None and scale.kind != "index":
            yield name, scale.of


def seen(scale: str, y: Array, limits: Limits) -> tuple[Array, Array]:
    """What a scale averages over outcomes, and which of them count."""
    everywhere = np.ones(y.shape, dtype=bool)
    if scale in ("at_lower", "at_upper"):
        return (y == limits[scale == "at_upper"]).astype(float), everywhere
    assert scale in ("expected", "probability", "interior"), f"say here what {scale!r} is of outcomes"
    return y, (y > limits[0]) & (y < limits[1]) if scale == "interior" else everywhere


def close_to_draws(found: float, scale: str, y: Array, limits: Limits) -> None:
    """Compare with draws, within their error; something so rare that none is seen has an error too."""
    values, count = seen(scale, y, limits)
    if count.sum() > 100:
        values = values[count]
        error = 4.5 * values.std() / math.sqrt(len(values)) + 5.0 * float(np.ptp(values) or 1.0) / len(values)
        assert abs(found - values.mean()) < error, (scale, found, values.mean(), error)
