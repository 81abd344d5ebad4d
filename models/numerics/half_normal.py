"""The size of a normal number as a function of a standard normal one, whose signs and sizes are as probable."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import log_ndtr, ndtri_exp

from data.arrays import Array

LOG_NEAR = 0.5 * math.log(0.5 * math.pi)
"""Log of a small size over its probability."""

SMALL = -4.0
"""Normal score below which the series of the size in its probability has all digits."""


def log_size(score: Array) -> Array:
    """Return the log of the size that a standard normal number stays below as often as another below the score."""
    near = log_ndtr(score)
    small = near + LOG_NEAR + math.pi / 12.0 * np.exp(2.0 * np.minimum(near, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        far = np.log(-ndtri_exp(log_ndtr(-np.maximum(score, SMALL)) - math.log(2.0)))
    return np.where(score < SMALL, small, far)
