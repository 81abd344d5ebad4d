"""Values within rounding of a limit are at it: 99.99999999999999 is 100."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

ROUNDING = 1e-6
"""Distance from a limit, as a part of the width between limits, that only rounding leaves: single precision keeps seven
digits, and nobody answers 99.99995 %."""

MOST = 1e-4
"""Distance that is never taken for rounding, however wide the limits are: nobody rounds a dollar of a million."""

ROUNDING_OPEN = 1e-12
"""The same as a part of the largest value, for limits of which one is infinite."""

HUNDREDTH = 0.01
"""Part of the declared range in which all values of a share lie that is stored as 0-1."""


def at_limits(values: Array, low: float, high: float, *, outside: bool = False) -> Array:
    """Return values with those within rounding of a limit put on it.

    Parameters
    ----------
    values : array
        NaN where missing.
    low, high : float
        May be infinite.
    outside : bool
        Only values beyond a limit are put on it: those of a range that is no limit of the scale are as they are.
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
    """Return whether all values lie in the lowest hundredth of a range, and not all on its end.

    Whole numbers above 1 are counts that happen to be small.

    Parameters
    ----------
    values : array
        NaN where missing.
    low, high : float
    """
    known = values[np.isfinite(values)]
    if not np.isfinite([low, high]).all() or not known.size:
        return False
    most = float(known.max()) - low
    counts = most > 1.0 + ROUNDING and bool((known == np.round(known)).all())
    return bool(known.min() >= low and 0.0 < most <= HUNDREDTH * (high - low) * (1.0 + ROUNDING) and not counts)
