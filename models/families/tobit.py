r"""The two-limit Tobit family: a normal latent index that is observed only between its limits.

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

import numpy as np
from scipy.special import log_ndtr, ndtr

from data.arrays import Array, Index
from models.family import Family

ROOT_2_PI = np.sqrt(2.0 * np.pi)


def needs_sd(sigma: Array | None) -> Array:
    """Return the residual sd; a Tobit without one is an error."""
    if sigma is None:
        raise ValueError("a Tobit needs its residual sd")
    return sigma


def log_density(y: Array, eta: Array, sigma: Array | None, lower: float, upper: float) -> Array:
    """Return the log-density of each cell `y` (cell,), a point mass at the limits; `eta` is (..., cell)."""
    sd = needs_sd(sigma)
    z = (y - eta) / sd
    out: Array = -0.5 * z * z - np.log(ROOT_2_PI * sd)
    at = np.flatnonzero((y <= lower) | (y >= upper))
    # where y is the limit itself
    out[..., at] = log_ndtr(np.where(y[at] <= lower, z[..., at], -z[..., at]))
    return out


def draw(eta: Array, sigma: Array | None, lower: float, upper: float, rng: np.random.Generator) -> Array:
    """Return clipped draws: values beyond a limit become exactly that limit, as in the data."""
    return np.clip(rng.normal(eta, needs_sd(sigma)), lower, upper)


def pieces(y: Array, lower: float, upper: float) -> dict[str, Index]:
    """Return the positions of the cells at the lower limit, between the limits, and at the upper limit."""
    return {
        "left": np.flatnonzero(y <= lower),
        "interior": np.flatnonzero((y > lower) & (y < upper)),
        "right": np.flatnonzero(y >= upper),
    }


def expected(eta: Array, sigma: Array | None, lower: float, upper: float) -> Array:
    r"""Return E[y], limits included (McDonald and Moffitt 1980, https://doi.org/10.2307/1924766).

    As :math:`y = L + (y^* - L)^+ - (y^* - U)^+`, it takes two expected excesses over a limit.
    """
    sd = needs_sd(sigma)
    if np.isfinite(lower):
        above = _excess((eta - lower) / sd)
        return lower + sd * (above - _excess((eta - upper) / sd) if np.isfinite(upper) else above)
    return upper - sd * _excess((upper - eta) / sd) if np.isfinite(upper) else eta + 0.0 * sd


def _excess(z: Array) -> Array:
    """Return the mean of max(0, z + e) for a standard normal e."""
    out: Array = z * ndtr(z) + np.exp(-0.5 * z * z) / ROOT_2_PI
    return out


def information(y: Array, like: Array, limits: tuple[float, float]) -> float:
    """Return the information of cells about their shared index: 1 / variance each, half of it at a limit."""
    censored = (y <= limits[0]) | (y >= limits[1])
    return float(np.where(censored, 0.5, 1.0).sum() / np.var(like))


FAMILY = Family(
    name="tobit",
    scale="points",
    equation="{y} = min({upper}, max({lower}, eta + e)),  e ~ Normal(0, residual_sd[service])",
    has_residual=True,
    counts=False,
    log_density=log_density,
    draw=draw,
    pieces=pieces,
    expected=expected,
    information=information,
)
