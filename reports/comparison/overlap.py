r"""How much two posteriors have in common: the overlapping coefficient of their densities.

.. math::

    \mathrm{OVL} = \int \min\{f(x), g(x)\}\, dx

which is 1 for one and the same distribution, 0 for two that share no value, and :math:`2\Phi(-d/2)` for normals
whose means are `d` of their common sd apart. Inman and Bradley (1989), https://doi.org/10.1080/03610928908830127.

Densities are estimated from draws: counts in narrow bins, smoothed by a normal kernel of Silverman's width. Two
finite sets of draws from one distribution therefore overlap by a little less than 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from fits.number_format import chance_text

Array = NDArray[np.float64]

BINS = 2048
"""Over the range of both: some hundred to the narrower one's sd, unless it is ten times as narrow."""

REACH = 4.0
"""Kernel widths that the grid extends beyond the outermost draws."""

MOST_PLACES = 2
"""Decimals at most: smoothing alone moves the third."""


@dataclass(frozen=True)
class Overlap:
    """The overlapping coefficient of two posteriors.

    Attributes
    ----------
    value : float
        From 0 to 1.
    error : float
        Monte Carlo standard error, to first order: each posterior's share where it is the lower of the
        two is a mean over its draws.
    """

    value: float
    error: float

    @classmethod
    def of(cls, one: Array, other: Array, *, ess: tuple[float, float]) -> Overlap:
        """Return the overlap of two sets of draws.

        Parameters
        ----------
        one, other : array
            Draws; their order does not matter.
        ess : (float, float)
            Effective number of draws of each.
        """
        draws = tuple(np.ravel(values) for values in (one, other))
        widths = tuple(_width(values) for values in draws)
        reach = REACH * max(widths)
        ends = (min(values.min() for values in draws) - reach, max(values.max() for values in draws) + reach)
        if not ends[1] > ends[0]:
            return cls(1.0, 0.0)
        f, g = (_mass(values, width, ends) for values, width in zip(draws, widths, strict=True))
        below = (float(f[f < g].sum()), float(g[g < f].sum()))
        variance = sum(share * (1.0 - share) / max(size, 1.0) for share, size in zip(below, ess, strict=True))
        return cls(min(float(np.minimum(f, g).sum()), 1.0), math.sqrt(max(variance, 0.0)))

    @property
    def text(self) -> str:
        """The value with the digits that its Monte Carlo error supports; never none and never all of it."""
        return chance_text(self.value, self.error, most=MOST_PLACES)


def _width(values: Array) -> float:
    """Silverman's kernel width, which a few far draws do not widen."""
    quartiles = np.quantile(values, [0.25, 0.75])
    spread = min(float(values.std()), float(np.ptp(quartiles)) / 1.349) or float(values.std())
    return 0.9 * spread / float(len(values) ** 0.2)


def _mass(values: Array, width: float, ends: tuple[float, float]) -> Array:
    """Share of the smoothed density in each bin, (bin,)."""
    counts = np.histogram(values, BINS, ends)[0] / len(values)
    step = (ends[1] - ends[0]) / BINS
    if not width > 0:
        return counts
    smooth: Array = gaussian_filter1d(counts, width / step, mode="constant", truncate=6.0)
    return smooth / smooth.sum()
