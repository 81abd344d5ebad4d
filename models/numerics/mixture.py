r"""A normal with a share of a wider one around the same centre, as a function of a standard normal number.

With a share :math:`w` of sd :math:`\omega` and the rest of sd :math:`s`, :math:`F` is the distribution function of
their mixture, and :math:`F^{-1}(\Phi(u))` has it where :math:`u` is standard normal.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.special import erfc, ndtri

from data.arrays import Array

HALVINGS = 48
"""Halvings of the logs of two ends, after which they agree to 1e-14 of their distance."""

FARTHEST = 37.0
"""Size beyond which a normal number's probability has no digits."""

ROOT_2 = math.sqrt(2.0)
ROOT_2_PI = math.sqrt(2.0 * math.pi)


def upper(y: Array, narrow: Array, wide: Array, share: Array) -> Array:
    """Return the probability of more than y."""
    found: Array = 0.5 * (share * erfc(y / (ROOT_2 * narrow)) + (1.0 - share) * erfc(y / (ROOT_2 * wide)))
    return found


def stretched(u: Array, narrow: Array, wide: Array, share: Array) -> Array:
    """Return F^-1(Phi(u)); the arguments broadcast."""
    size = np.clip(np.abs(u), 1e-300, FARTHEST)
    low, high = np.minimum(narrow, wide) * size, np.maximum(narrow, wide) * size
    wanted = 0.5 * erfc(size / ROOT_2)
    for _ in range(HALVINGS):
        middle = np.sqrt(low * high)
        more = upper(middle, narrow, wide, share) > wanted
        low, high = np.where(more, middle, low), np.where(more, high, middle)
    return np.asarray(np.sign(u) * np.sqrt(low * high))


def stretched_number(u: float, narrow: float, wide: float, share: float) -> float:
    """Return the same of single numbers, in code that numba compiles: Newton's steps on logs, or halving."""
    size = min(abs(u), FARTHEST)
    if size == 0.0:
        return 0.0
    wanted = 0.5 * math.erfc(size / ROOT_2)
    low, high = min(narrow, wide) * size, max(narrow, wide) * size
    core = narrow * math.sqrt(max(size * size + 2.0 * math.log(share), 0.0))
    rest = wide * math.sqrt(max(size * size + 2.0 * math.log(1.0 - share), 0.0))
    y = min(max(core, rest, low), high)
    for _ in range(100):
        one, other = y / narrow, y / wide
        here = 0.5 * (share * math.erfc(one / ROOT_2) + (1.0 - share) * math.erfc(other / ROOT_2))
        gap = math.log(here / wanted) if here > 0.0 else -1.0
        if abs(gap) < 1e-14:
            break
        if gap > 0.0:
            low = y
        else:
            high = y
        density = share * math.exp(-0.5 * one * one) / narrow + (1.0 - share) * math.exp(-0.5 * other * other) / wide
        step = y + gap * here * ROOT_2_PI / density if density > 0.0 else high
        y = step if low < step < high else 0.5 * (low + high)
        if high - low < 1e-15 * high:
            break
    return y if u > 0.0 else -y


def slopes(xp: Any, y: Any, u: Any, narrow: Any, wide: Any, share: Any) -> tuple[Any, Any]:
    """Return the derivatives of a deviation y by u and by the narrow sd.

    Parameters
    ----------
    xp : module
        With `exp`, `log` and `maximum`.
    """
    one = xp.log(share) - 0.5 * (y / narrow) ** 2 - xp.log(narrow)
    other = xp.log(1.0 - share) - 0.5 * (y / wide) ** 2 - xp.log(wide)
    top = xp.maximum(one, other)
    both = top + xp.log(xp.exp(one - top) + xp.exp(other - top))
    return xp.exp(-0.5 * u * u - both), xp.exp(one - both) * y / narrow


def tempered(mean: Any, narrow: Any, estimate: Any, error: Any) -> tuple[Any, Any]:
    """Return what a normal estimate leaves of a normal prior: how far from its mean an effect is, and its sd."""
    part = narrow**2 / (narrow**2 + error**2)
    return part * (estimate - mean), part**0.5 * error


def score_of(z: Array, narrow: Array, wide: Array, share: Array) -> Array:
    """Return the standard normal numbers of deviations, the inverse of `stretched`."""
    return np.asarray(-np.sign(z) * ndtri(upper(np.abs(z), narrow, wide, share)))


def narrow_share(z: Array, narrow: Array, wide: Array | float, share: Array | float) -> tuple[Array, Array]:
    """Return the log-density of deviations, and the probability that they are of the narrow normal."""
    one = np.log(share) - 0.5 * (z / narrow) ** 2 - np.log(narrow * ROOT_2_PI)
    other = np.log1p(-share) - 0.5 * (z / wide) ** 2 - np.log(wide * ROOT_2_PI)
    both = np.logaddexp(one, other)
    return both, np.exp(one - both)
