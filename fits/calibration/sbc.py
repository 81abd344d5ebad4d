"""Simulation-based calibration: whether the ranks of the truth among posterior draws are uniform.

When parameters are drawn from the prior and data from the parameters, the truth's rank among the draws of an
exact posterior is uniform, for every parameter and for the likelihood of the data (Talts et al., 2018,
https://doi.org/10.48550/arXiv.1804.06788; Modrák et al., 2023, https://doi.org/10.1214/23-BA1404). How
uniform they are is judged by how far their distribution function strays from the diagonal, against a band that holds
all of a uniform sample's with a given probability (Säilynoja et al., 2022,
https://doi.org/10.1007/s11222-022-10090-6).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import numpy as np
from arviz_stats.ecdf_utils import compute_ecdf, get_pointwise_confidence_band
from scipy.stats import poisson

from data.arrays import Array
from data.errors import InputError, Problem

LEVEL = 0.95
"""Probability that the right model passes for all of its quantities."""

LIMIT = 1.0
"""Of an excursion, in widths of its band."""

FEWEST = 10
"""Ranks to judge by; bands of fewer hold almost anything."""

EDGE = 1e-9

HALVINGS = 30
"""Of the interval that the pointwise level is searched in."""


@dataclass(frozen=True)
class Ranks:
    """One quantity's normalised ranks, and how far they stray.

    Attributes
    ----------
    value : float
        The largest excursion of the ranks' distribution function from the diagonal, in widths of the
        band there: above 1 it is outside.
    mean, extremity : float
        Mean rank, .5 of uniform ones; and mean distance from the middle, where .5 is uniform's and
        more means that truths lie too often in the posterior's tails.
    difference : array (point,)
        Distribution function of the ranks less the diagonal, at `Sbc.points`.
    """

    name: str
    value: float
    limit: float
    passed: bool
    sentence: str
    mean: float
    extremity: float
    difference: Array

    def to_dict(self) -> dict[str, Any]:
        """Return it without its curve, as plain data."""
        return {key: value for key, value in asdict(self).items() if key != "difference"}


@dataclass(frozen=True)
class Sbc:
    """The calibration of every quantity.

    Attributes
    ----------
    points, lower, upper : array (point,)
        Where the curves are compared, and the band of the difference there.
    """

    simulations: int
    points: Array
    lower: Array
    upper: Array
    quantities: tuple[Ranks, ...]

    @classmethod
    def of(cls, ranks: Mapping[str, Sequence[float]]) -> Sbc:
        """Return the calibration of ranks in (0, 1), by quantity, as many of each.

        Raises
        ------
        InputError
            For too few simulations to judge by.
        """
        count = len(next(iter(ranks.values()), ()))
        if count < FEWEST:
            raise InputError([Problem("calibration", f"{count} simulations with ranks", f"{FEWEST} or more", "--sims")])
        points = np.arange(1, count) / count
        lower, upper = (side - points for side in band(count, 1.0 - (1.0 - LEVEL) / len(ranks)))
        found = tuple(
            _judged(name, np.asarray(values, dtype=float), points, lower, upper) for name, values in ranks.items()
        )
        return cls(count, points, lower, upper, found)

    @property
    def passed(self) -> bool:
        """Whether every quantity passes."""
        return all(one.passed for one in self.quantities)

    @property
    def worst(self) -> tuple[Ranks, ...]:
        """The quantities, the farthest astray first."""
        return tuple(sorted(self.quantities, key=lambda one: -one.value))

    @property
    def sentence(self) -> str:
        """What came out."""
        count, bad = len(self.quantities), sum(not one.passed for one in self.quantities)
        band_words = f"bands that hold all {count} quantities of a right model with {LEVEL:.0%} probability"
        if not bad:
            return f"The ranks of all {count} quantities lie within {band_words} ({self.simulations} simulations)."
        return f"The ranks of {bad} of {count} quantities leave {band_words} ({self.simulations} simulations)."


@cache
def band(count: int, level: float) -> tuple[Array, Array]:
    """Return the bounds that hold the whole distribution function of `count` uniform numbers with probability `level`.

    ArviZ simulates the pointwise probability that this needs. Shared among many quantities, the level is so
    near 1 that only a handful of simulated curves would decide it; the probability is computed instead.

    Returns
    -------
    lower, upper : array (count - 1,)
        At the multiples of ``1 / count``.
    """
    points = np.arange(1, count) / count
    low, high = level, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        inside = probability_inside(*get_pointwise_confidence_band(middle, count, points))
        low, high = (low, middle) if inside >= level else (middle, high)
    lower, upper = get_pointwise_confidence_band(high, count, points)
    return lower, upper


def probability_inside(lower: Array, upper: Array) -> float:
    """Return the probability that the distribution function of uniform numbers stays within bounds.

    Their counts grow like those of a Poisson process that is known to end at their number.

    Parameters
    ----------
    lower, upper : array (count - 1,)
        Bounds at the multiples of ``1 / count``, inclusive.
    """
    count = len(lower) + 1
    counts = np.arange(count + 1)
    step = poisson.pmf(counts, 1.0)
    known = np.zeros(count + 1)
    known[0] = 1.0
    for least, most in zip(np.rint(lower * count), np.rint(upper * count), strict=True):
        known = np.convolve(known, step)[: count + 1]
        known[(counts < least) | (counts > most)] = 0.0
    return float(np.convolve(known, step)[count] / poisson.pmf(count, count))


def excursions(difference: Array, points: Array, lower: Array, upper: Array) -> Array:
    """Return how far a curve strays from the diagonal at every point, in widths of the band there, (point,)."""
    # Near its ends a band reaches 0 or 1, which nothing can leave: touching it there says nothing.
    above = np.where(upper + points > 1.0 - EDGE, np.inf, upper)
    below = np.where(lower + points < EDGE, np.inf, -lower)
    return np.asarray(np.maximum(difference / above, -difference / below))


def _judged(name: str, ranks: Array, points: Array, lower: Array, upper: Array) -> Ranks:
    difference = compute_ecdf(ranks, points) - points
    value = float(np.max(excursions(difference, points, lower, upper)))
    mean, extremity = float(ranks.mean()), float(np.abs(2.0 * ranks - 1.0).mean())
    passed = bool(value <= LIMIT)
    sentence = f"ranks of {name} lie within the band, at most {value:.2f} of its width from the diagonal"
    if not passed:
        sentence = f"ranks of {name} leave the band by a factor of {value:.2f}: its posterior is {_fault(ranks)}"
    return Ranks(name, value, LIMIT, passed, sentence, mean, extremity, difference)


def _fault(ranks: Array) -> str:
    """What is wrong with a posterior with such ranks; of a shift and a spread, the one that is plainer."""
    # A uniform number has variance 1/12, and so has its distance from the middle, doubled.
    shift, spread = ((values.mean() - 0.5) * np.sqrt(12 * len(ranks)) for values in (ranks, np.abs(2.0 * ranks - 1.0)))
    if abs(shift) >= abs(spread):
        return "too low" if shift > 0 else "too high"
    return "too narrow" if spread > 0 else "too wide"
