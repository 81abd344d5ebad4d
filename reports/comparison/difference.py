"""How far a quantity of one fit lies from the same quantity of the first."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fits.effects.asymptotic import Asymptotic
from fits.effects.effect_table import Judged
from fits.effects.summary import Summary, finite
from fits.number_format import decimals, rounded
from reports.comparison.overlap import Overlap

Array = NDArray[np.float64]

MOVED = 3.0
"""Monte Carlo standard errors beyond which a quantity has moved: of thirty that have not, one does in 12 cases."""


@dataclass(frozen=True)
class Difference:
    """How far one fit's effect or parameter lies from the first fit's.

    Attributes
    ----------
    value : float
        Its centre less the first one's, in its own unit.
    error : float
        Monte Carlo standard error of `value`; 0 between two maximum likelihood fits.
    sds : float
        `value` in standard deviations of the first posterior, or in standard errors of the first estimate.
    places : int
        Decimals that `value` carries.
    overlap : Overlap or None
        None where one of the two is no posterior.
    """

    value: float
    error: float
    sds: float
    sds_error: float
    places: int
    overlap: Overlap | None

    @classmethod
    def of(cls, first: Judged, other: Judged, draws: tuple[Array, ...]) -> Difference:
        """Return how far `other` lies from `first`.

        Parameters
        ----------
        draws : (array, array)
            Of both, in this order; those of maximum likelihood are not read.
        """
        value, error = other.mean - first.mean, math.hypot(_mcse(first), _mcse(other))
        sd = spread(first, draws[0])
        places = [one.places for one in (first, other) if isinstance(one, Asymptotic)]
        places += [decimals(error, value)] if error or not places else []
        known = sd > 0 and math.isfinite(sd)
        sds, sds_error = (value / sd, error / sd) if known else (math.nan, math.nan)
        overlap = None
        if isinstance(first, Summary) and isinstance(other, Summary) and all(np.isfinite(one).all() for one in draws):
            overlap = Overlap.of(*draws, ess=(first.ess_bulk, other.ess_bulk))
        return cls(value, error, sds, sds_error, min(places), overlap)

    @property
    def text(self) -> tuple[str, str, str]:
        """Difference, difference in sd, overlap."""
        if not math.isfinite(self.value):
            return "", "", ""
        sds = rounded(self.sds, min(decimals(self.sds_error), 2)) if math.isfinite(self.sds) else ""
        return rounded(self.value, self.places), sds, self.overlap.text if self.overlap else ""

    @property
    def moved(self) -> bool:
        """Whether it is beyond Monte Carlo error, and can be seen in the digits it carries."""
        least = max(MOVED * self.error, 0.5 * 10.0**-self.places)
        return math.isfinite(self.value) and abs(self.value) > least

    @property
    def size(self) -> float:
        """Its absolute value in sd; 0 where that is no number."""
        return abs(self.sds) if math.isfinite(self.sds) else 0.0

    def plain(self) -> dict[str, Any]:
        """Return everything as plain data; None for what is no number."""
        return finite(
            {
                "difference": self.value,
                "difference_mcse": self.error,
                "difference_in_sd": self.sds,
                "overlap": self.overlap.value if self.overlap else None,
                "overlap_mcse": self.overlap.error if self.overlap else None,
            }
        )


def spread(one: Judged, draws: Array) -> float:
    """Return a posterior's standard deviation, or an estimate's standard error."""
    return one.error if isinstance(one, Asymptotic) else float(draws.std(ddof=1))


def _mcse(one: Judged) -> float:
    return one.mcse if isinstance(one, Summary) else 0.0
