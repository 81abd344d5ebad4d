"""Parameters within bounds, from the unbounded numbers by which they are sampled or searched for."""

from __future__ import annotations

import numpy as np

from data.arrays import Array


def bounded(support: str, free: Array) -> Array:
    """Return values (..., value) from unbounded numbers of the same shape.

    Parameters
    ----------
    support : {'real', 'positive', 'above_one', 'ordered'}
        Positive values are given by their log, those above 1 by the log of what they are above it, values in rising
        order by the first and the logs of their steps along the last axis.
    """
    if support == "real":
        return free
    if support == "ordered":
        return np.cumsum(np.concatenate([free[..., :1], np.exp(free[..., 1:])], axis=-1), axis=-1)
    return np.exp(free) + (1.0 if support == "above_one" else 0.0)


def slopes(support: str, free: Array) -> Array:
    """Return the derivatives of values by their unbounded numbers, (value, number).

    Parameters
    ----------
    free : array (number,)
        As for `bounded`.
    """
    if support == "real":
        return np.eye(len(free))
    steps = np.exp(free)
    if support != "ordered":
        return np.diag(steps)
    steps[0] = 1.0
    return np.tril(np.tile(steps, (len(free), 1)))
