r"""The two-limit Tobit family: a normal latent index, seen only between its limits.

.. math::

    y^*_{is} &= \eta_{is} + \varepsilon_{is}, \qquad \varepsilon_{is} \sim N(0, \sigma_s^2) \\
    y_{is} &= \min(U, \max(L, y^*_{is}))

so that a cell at the lower limit contributes :math:`\log\Phi((L - \eta)/\sigma)`, one at the upper
limit :math:`\log\Phi((\eta - U)/\sigma)`, and one between them the normal log-density. A limit may be
infinite: with one the model is the one-limit Tobit, with both it is Gaussian.

Tobin (1958), https://doi.org/10.2307/1907382; two limits: Rosett and Nelson (1975),
https://doi.org/10.2307/1913423.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray
from scipy.special import ndtr
from scipy.stats import norm

from models._family import Family

__all__ = ["FAMILY"]

Array = NDArray[np.float64]

TAIL = -1.0
"""Below this the normal cdf is computed by its scaled complement, which does not underflow."""


def log_cdf(z: Any) -> Any:
    """Log of the standard normal cdf, exact in both tails.

    Each branch sees only arguments it is good for, so that neither the value nor the gradient of
    the branch not taken can overflow.
    """
    low, high = pt.minimum(z, TAIL), pt.maximum(z, TAIL)
    left = pt.log(pt.erfcx(-low / np.sqrt(2.0)) / 2.0) - low**2 / 2.0
    right = pt.log1p(-pt.erfc(high / np.sqrt(2.0)) / 2.0)
    return pt.switch(pt.lt(z, TAIL), left, right)


def log_density(
    y: Any, eta: Any, sigma: Any, weight: Any, lower: Any, upper: Any, left: Any, interior: Any, right: Any
) -> Any:
    """Pointwise log-density: each cell's own branch only, as both tails for all cost three times as much."""
    z = (y[interior] - eta[interior]) / sigma[interior]
    out = pt.zeros_like(eta)
    out = out[left].set(log_cdf((lower - eta[left]) / sigma[left]))
    out = out[right].set(log_cdf((eta[right] - upper) / sigma[right]))
    out = out[interior].set(-0.5 * z**2 - 0.5 * np.log(2.0 * np.pi) - pt.log(sigma[interior]))
    return weight * out


def draw(
    eta: Array,
    sigma: Array,
    weight: Array,
    lower: Array,
    upper: Array,
    left: Array,
    interior: Array,
    right: Array,
    rng: np.random.Generator | None = None,
    size: Any = None,
) -> Array:
    """Clipped draws: values beyond a limit become exactly that limit, as in the data."""
    generator = rng if rng is not None else np.random.default_rng()
    return np.clip(generator.normal(eta, sigma), lower, upper)


def observe(*, eta: Any, sigma: Any, y: Any, weight: Any, lower: Any, upper: Any, pieces: dict[str, Any]) -> Any:
    """Add the observed outcome to the open model."""
    return pm.CustomDist(
        "y",
        eta,
        sigma,
        weight,
        lower,
        upper,
        pieces["left"],
        pieces["interior"],
        pieces["right"],
        logp=log_density,
        random=draw,
        signature="(n),(n),(n),(),(),(a),(b),(c)->(n)",
        observed=y,
        dims="cell",
    )


def pieces(y: Array, lower: float, upper: float) -> dict[str, NDArray[np.int64]]:
    """Return the positions of the cells at the lower limit, between the limits, at the upper one."""
    return {
        "left": np.flatnonzero(y <= lower),
        "interior": np.flatnonzero((y > lower) & (y < upper)),
        "right": np.flatnonzero(y >= upper),
    }


def expected(eta: Array, sigma: Array | None, lower: float, upper: float) -> Array:
    """Return E[y], limits included (McDonald and Moffitt 1980, https://doi.org/10.2307/1924766)."""
    if sigma is None:
        raise ValueError("a Tobit's expectation needs its residual sd")
    a, b = (lower - eta) / sigma, (upper - eta) / sigma
    at_lower = lower * ndtr(a) if np.isfinite(lower) else 0.0
    at_upper = upper * ndtr(-b) if np.isfinite(upper) else 0.0
    inside: Array = eta * (ndtr(b) - ndtr(a)) + sigma * (norm.pdf(a) - norm.pdf(b))
    return at_lower + inside + at_upper


def information(y: Array, like: Array, limits: tuple[float, float]) -> float:
    """Information of cells about their shared index: one over the variance each, half of it at a limit."""
    censored = (y <= limits[0]) | (y >= limits[1])
    return float(np.where(censored, 0.5, 1.0).sum() / np.var(like))


FAMILY = Family(
    name="tobit",
    scale="points",
    equation="{y} = min({upper}, max({lower}, eta + e)),  e ~ Normal(0, residual_sd[service])",
    has_residual=True,
    observe=observe,
    pieces=pieces,
    expected=expected,
    information=information,
)
