r"""A normal with a share of a wider one around the same centre, as a function of a standard normal number.

With a share :math:`w` of sd :math:`\omega` and the rest of sd :math:`s`, :math:`F` is the distribution function of
their mixture, and :math:`F^{-1}(\Phi(u))` has it where :math:`u` is standard normal.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import erfc, ndtri

from data.arrays import Array

HALVINGS = 48
"""Halvings of the logs of two ends, after which they agree to 1e-14 of their distance."""

ROOT_2 = np.sqrt(2.0)
ROOT_2_PI = np.sqrt(2.0 * np.pi)


def upper(y: Any, narrow: Any, wide: Any, share: Any, erfc: Callable[[Any], Any]) -> Any:
    """Return the probability of more than y."""
    return 0.5 * (share * erfc(y / (ROOT_2 * narrow)) + (1.0 - share) * erfc(y / (ROOT_2 * wide)))


def halved(size: Any, narrow: Any, wide: Any, share: Any, xp: Any, erfc: Callable[[Any], Any]) -> Any:
    """Return the y above 0 that is exceeded as often as a standard normal number exceeds `size`.

    Parameters
    ----------
    size : array
        Above 0.
    xp : module
        NumPy or PyTensor's tensors.
    """
    wanted = 0.5 * erfc(size / ROOT_2)
    low, high = xp.minimum(narrow, wide) * size, xp.maximum(narrow, wide) * size
    for _ in range(HALVINGS):
        middle = xp.sqrt(low * high)
        more = upper(middle, narrow, wide, share, erfc) > wanted
        low, high = xp.where(more, middle, low), xp.where(more, high, middle)
    return xp.sqrt(low * high)


def tempered(mean: Any, narrow: Any, estimate: Any, error: Any) -> tuple[Any, Any]:
    """Return what a normal estimate leaves of a normal prior: how far from its mean an effect is, and its sd."""
    part = narrow**2 / (narrow**2 + error**2)
    return part * (estimate - mean), part**0.5 * error


def stretched(u: Array, narrow: Array, wide: Array, share: Array) -> Array:
    """Return F^-1(Phi(u)); the arguments broadcast."""
    size = np.clip(np.abs(u), 1e-300, FARTHEST)
    return np.asarray(np.sign(u) * halved(size, narrow, wide, share, np, erfc))


def score_of(z: Array, narrow: Array, wide: Array, share: Array) -> Array:
    """Return the standard normal numbers of deviations, the inverse of `stretched`."""
    return np.asarray(-np.sign(z) * ndtri(upper(np.abs(z), narrow, wide, share, erfc)))


FARTHEST = 37.0
"""Size beyond which a normal number's probability has no digits."""


def narrow_share(z: Array, narrow: Array, wide: Array | float, share: Array | float) -> tuple[Array, Array]:
    """Return the log-density of deviations, and the probability that they are of the narrow normal."""
    one = np.log(share) - 0.5 * (z / narrow) ** 2 - np.log(narrow * ROOT_2_PI)
    other = np.log1p(-share) - 0.5 * (z / wide) ** 2 - np.log(wide * ROOT_2_PI)
    both = np.logaddexp(one, other)
    return both, np.exp(one - both)
