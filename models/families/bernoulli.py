r"""The Bernoulli family with a logit link, for yes-or-no outcomes.

.. math::

    y_{is} \sim \mathrm{Bernoulli}(p_{is}), \qquad \log\frac{p_{is}}{1 - p_{is}} = \eta_{is}

with log-density :math:`-\log(1 + \exp(-(2y - 1)\eta))`, which neither overflows nor loses digits.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit, log_expit

from data.arrays import Array, Index
from models.family import Family


def log_density(y: Array, eta: Array, sigma: Array | None, lower: float, upper: float) -> Array:
    """Return the log-probability of each cell."""
    probability: Array = log_expit((2.0 * y - 1.0) * eta)
    return probability


def draw(eta: Array, sigma: Array | None, lower: float, upper: float, rng: np.random.Generator) -> Array:
    """Return zeros and ones."""
    return np.asarray(rng.random(np.shape(eta)) < expit(eta), dtype=float)


def pieces(y: Array, lower: float, upper: float) -> dict[str, Index]:
    """Return no positions, as one formula serves every cell."""
    return {}


def expected(eta: Array, sigma: Array | None, lower: float, upper: float) -> Array:
    """Return the probability."""
    probability: Array = expit(eta)
    return probability


def information(y: Array, like: Array, limits: tuple[float, float]) -> float:
    """Return the information of cells about their shared log-odds: n p (1 - p), above 0 even where all agree."""
    p = (y.sum() + 0.5) / (y.size + 1.0)
    return float(y.size * p * (1.0 - p))


FAMILY = Family(
    name="bernoulli",
    scale="probability",
    equation="{y} ~ Bernoulli(p),  log(p / (1 - p)) = eta",
    has_residual=False,
    counts=True,
    log_density=log_density,
    draw=draw,
    pieces=pieces,
    expected=expected,
    information=information,
)
