r"""The scales of a Bernoulli model: log-odds and probability.

Where group effects are integrated over, the probability is that of a logistic-normal,

.. math::

    \mathrm{probability} = \int \mathrm{logit}^{-1}(\eta + \tau z)\,\phi(z)\,dz

by Gauss-Hermite quadrature: 20 nodes up to :math:`\tau = 2`, 100 above, with an error under 1e-5 up to
:math:`\tau = 5`. It is nearer to a half than the probability of a unit in typical groups, as different places
average out. The ratio on the scale of log-odds is the odds ratio of the same unit.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from data.arrays import Array
from fits.effects.scale import Scale, Spread

FEW, MANY = (np.polynomial.hermite_e.hermegauss(nodes) for nodes in (20, 100))

WIDE = 2.0
"""Sd above which few nodes are too coarse, because the logistic curve is a step between them."""


def log_odds(eta: Array, spread: Spread, lower: float, upper: float) -> Array:
    """Return the log-odds."""
    return eta


def probability(eta: Array, spread: Spread, lower: float, upper: float) -> Array:
    """Return the probability, integrated over group effects where the spread has them."""
    if spread.group is None:
        out: Array = expit(eta)
        return out
    out = np.zeros(np.broadcast_shapes(eta.shape, spread.group.shape))
    nodes, weights = FEW if spread.group.max() <= WIDE else MANY
    for node, weight in zip(nodes, weights / weights.sum(), strict=True):
        out += weight * expit(eta + node * spread.group)
    return out


SCALES = (
    Scale("probability", "probability", "probability", probability, ratio="of averages"),
    Scale("log_odds", "log-odds", "index", log_odds, ratio="of odds"),
)
