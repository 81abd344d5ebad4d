"""Rounding at the limits of a scale: a value of 99.99999999999999 counts as 100."""

from __future__ import annotations

import numpy as np

from data.arrays import Array

ROUNDING = 1e-6
"""Distance from a limit, relative to the width between limits, that can only be rounding: single precision keeps
seven digits, and nobody answers 99.99995 %."""

MOST = 1e-4
"""Largest distance that counts as rounding, however wide the limits are: a dollar of a million is not rounding."""

ROUNDING_OPEN = 1e-12
"""Rounding distance relative to the largest value, where one limit is infinite."""

HUNDREDTH = 0.01
"""Lowest part of the declared range; shares stored as 0-1 under a range of 0-100 all lie in it."""


def at_limits(values: Array, low: float, high: float, *, outside: bool = False) -> Array:
    """Return values with those within rounding of a limit put on it.

    Parameters
    ----------
    values : array
        NaN where missing.
    low, high : float
        May be infinite.
    outside : bool
        Move only values beyond a limit; for ranges that are not limits of the scale.
    """
    finite = values[np.isfinite(values)]
    if np.isfinite([low, high]).all():
        near = min(ROUNDING * (high - low), MOST)
    else:
        near = ROUNDING_OPEN * float(np.abs(finite).max(initial=0.0))
    out = values.copy()
    for limit, beyond in ((low, values < low), (high, values > high)):
        if np.isfinite(limit):
            close = np.abs(values - limit) <= near
            out[close & beyond if outside else close] = limit
    return out


def looks_like_shares(values: Array, low: float, high: float) -> bool:
    """Return whether all values lie in the lowest hundredth of a range, and not all at its end.

    Whole numbers above 1 are taken for small counts, not for shares.

    Parameters
    ----------
    values : array
        NaN where missing.
    """
    known = values[np.isfinite(values)]
    if not np.isfinite([low, high]).all() or not known.size:
        return False
    most = float(known.max()) - low
    counts = most > 1.0 + ROUNDING and bool((known == np.round(known)).all())
    return bool(known.min() >= low and 0.0 < most <= HUNDREDTH * (high - low) * (1.0 + ROUNDING) and not counts)
