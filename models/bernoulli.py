r"""The Bernoulli family with a logit link: is it so, yes or no.

.. math::

    y_{is} \sim \mathrm{Bernoulli}(p_{is}), \qquad \log\frac{p_{is}}{1 - p_{is}} = \eta_{is}

with log-density :math:`-\log(1 + \exp(-(2y - 1)\eta))`, which neither overflows nor loses digits.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray
from scipy.special import expit

from models._family import Family

__all__ = ["FAMILY"]

Array = NDArray[np.float64]


def log_density(y: Any, eta: Any, weight: Any) -> Any:
    """Pointwise log-density."""
    return -weight * pt.softplus((1.0 - 2.0 * y) * eta)


def draw(eta: Array, weight: Array, rng: np.random.Generator | None = None, size: Any = None) -> Array:
    """Zeros and ones."""
    generator = rng if rng is not None else np.random.default_rng()
    return np.asarray(generator.random(np.shape(eta)) < expit(eta), dtype=float)


def observe(*, eta: Any, sigma: Any, y: Any, weight: Any, lower: Any, upper: Any, pieces: dict[str, Any]) -> Any:
    """Add the observed outcome to the open model."""
    return pm.CustomDist(
        "y", eta, weight, logp=log_density, random=draw, signature="(n),(n)->(n)", observed=y, dims="cell"
    )


def pieces(y: Array, lower: float, upper: float) -> dict[str, NDArray[np.int64]]:
    """One formula serves every cell."""
    return {}


def expected(eta: Array, sigma: Array | None, lower: float, upper: float) -> Array:
    """Return the probability."""
    probability: Array = expit(eta)
    return probability


def information(y: Array, like: Array, limits: tuple[float, float]) -> float:
    """Information of cells about their shared log-odds: n p (1 - p), kept off 0 where all agree."""
    p = (y.sum() + 0.5) / (y.size + 1.0)
    return float(y.size * p * (1.0 - p))


FAMILY = Family(
    name="bernoulli",
    scale="probability",
    equation="{y} ~ Bernoulli(p),  log(p / (1 - p)) = eta",
    has_residual=False,
    observe=observe,
    pieces=pieces,
    expected=expected,
    information=information,
)
