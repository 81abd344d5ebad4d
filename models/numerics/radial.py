r"""A normal vector of unknown scale as a function of a standard normal one, and its scale given the vector.

With :math:`u \sim N(0, \tau^2 I_d)` and a prior of :math:`\tau`, :math:`|u|` has the distribution function
:math:`F(r) = \int p(\tau)\, P(\chi_d < r / \tau)\, d\tau`. So :math:`u = z\, R(|z|) / |z|` with
:math:`z \sim N(0, I_d)` and :math:`F(R(\rho)) = P(\chi_d < \rho)`: the scale is integrated out, and drawn afterwards
from its distribution given :math:`|u|`. Lengths are in widths of the prior.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from scipy.special import gammainc, gammaincc, gammaln, log_ndtr

from data.arrays import Array
from priors.prior import Prior

SHORTEST = 1e-9
"""Least length, in widths of the prior, that the scale is told apart for."""

ENDS = -40.0, 4.0
"""Logs of the scales between which integrals over them are summed, as integrands fall off at both ends."""

EXACT = 1e-8
"""Step of log r after which the next of Newton's would be nothing."""

DEGREE, SCORES, STEPS = 40, 6.0, 4000
"""Degree of the interpolation of a scale's quantiles, largest normal score, and steps of its distribution function."""


def farthest(dimensions: int) -> float:
    """Return a length, a whole number, that fewer than one standard normal vector in 1e14 exceeds."""
    return math.ceil(math.sqrt(dimensions)) + 7.0


@lru_cache(maxsize=32)
def stretch_nodes(dimensions: int, prior: Prior) -> tuple[Array, Array]:
    """Return log r at log-odds of F(r), increasing, as first guesses."""
    log_r = np.linspace(-40.0, 8.0, 400)
    below, above, _ = _distribution(np.exp(log_r), dimensions, prior)
    with np.errstate(divide="ignore"):  # the outermost are infinite
        return np.log(below) - np.log(above), log_r


def stretch(rho: Array, dimensions: int, prior: Prior) -> Array:
    """Return R(rho) / rho.

    Parameters
    ----------
    rho : array (point,)
        Above 0.
    """
    half = 0.5 * rho**2
    wanted = gammainc(0.5 * dimensions, half), gammaincc(0.5 * dimensions, half)
    odds, guesses = stretch_nodes(dimensions, prior)
    log_r = np.interp(np.log(wanted[0]) - np.log(wanted[1]), odds, guesses)
    for _ in range(8):
        below, above, slope = _distribution(np.exp(log_r), dimensions, prior)
        smaller = wanted[0] < wanted[1]
        # log F is nearly straight in log r below the middle, and log (1 - F) above it
        step = np.where(
            smaller,
            (np.log(wanted[0]) - np.log(below)) * below / slope,
            (np.log(above) - np.log(wanted[1])) * above / slope,
        )
        log_r = log_r + np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < EXACT:
            break
    return np.asarray(np.exp(log_r) / rho)


def _distribution(r: Array, dimensions: int, prior: Prior) -> tuple[Array, Array, Array]:
    """Return F(r), 1 - F(r) and dF / d log r, (point,) each, with all digits in both tails."""
    scales, weights = _scales(dimensions, prior)
    half = 0.5 * (r[:, None] / scales) ** 2
    shape = 0.5 * dimensions
    with np.errstate(divide="ignore"):
        density = np.exp(np.where(half > 0.0, shape * np.log(half) - half, -np.inf) - gammaln(shape))
    below, above = gammainc(shape, half), gammaincc(shape, half)
    return np.asarray(below @ weights), np.asarray(above @ weights), np.asarray(2.0 * density @ weights)


def _scales(dimensions: int, prior: Prior) -> tuple[Array, Array]:
    """Return scales over the prior's width, and what each weighs in an integral over the prior.

    Even steps of their logs sum to 12 digits; of many dimensions a length tells the scale better, and steps are finer.
    """
    log_scales = np.arange(*ENDS, min(0.2, 0.6 / math.sqrt(dimensions)))
    found = np.exp(prior.log_density(prior.width * np.exp(log_scales)) + log_scales)
    return np.exp(log_scales), np.asarray(found / found.sum())


def scale_given_length(length: Array, score: Array, dimensions: int, prior: Prior) -> Array:
    """Return quantiles of the scale of a normal vector of known length, (point,), in widths of the prior.

    Quantiles at Chebyshev nodes of log length and score are interpolated: as probabilities they are exact to 4e-5.

    Parameters
    ----------
    length : array (point,)
    score : array (point,)
        Normal score of the probability of a smaller scale.
    """
    log_r = np.log(np.maximum(length, SHORTEST))
    middle, half = 0.5 * (log_r.max() + log_r.min()), max(0.5 * (log_r.max() - log_r.min()), 1e-3)
    nodes = np.polynomial.chebyshev.chebpts1(DEGREE + 1)
    at = np.stack([_quantiles(one, SCORES * nodes, dimensions, prior) for one in middle + half * nodes])
    # (node, node) -> (power, power), exact at the nodes
    inverse = np.linalg.inv(np.polynomial.chebyshev.chebvander(nodes, DEGREE))
    powers = inverse @ at @ inverse.T
    across = np.polynomial.chebyshev.chebvander((log_r - middle) / half, DEGREE)
    along = np.polynomial.chebyshev.chebvander(np.clip(score / SCORES, -1.0, 1.0), DEGREE)
    return np.asarray(np.exp(((across @ powers) * along).sum(axis=1)))


def _quantiles(log_r: float, scores: Array, dimensions: int, prior: Prior) -> Array:
    """Return logs of quantiles of the scale given one length, (score,)."""
    at = np.linspace(log_r - 2.5, max(np.log(9.0), log_r + 2.5), STEPS)
    square = np.exp(2.0 * (log_r - at))
    log_density = prior.log_density(prior.width * np.exp(at)) + (1.0 - dimensions) * at - 0.5 * square
    density = np.exp(log_density - log_density.max())
    below = np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]))])
    above = np.concatenate([np.cumsum((0.5 * (density[1:] + density[:-1]))[::-1])[::-1], [0.0]])
    known = (below > 0.0) & (above > 0.0)
    odds = np.log(below[known]) - np.log(above[known])
    return np.asarray(np.interp(log_ndtr(scores) - log_ndtr(-scores), odds, at[known]))
