r"""The scales of a two-limit Tobit: functions of a latent index :math:`\eta`.

With :math:`s^2 = \sigma^2 + \tau^2` (residual variance, and that of group effects integrated over),
:math:`a = (L - \eta)/s`, :math:`b = (U - \eta)/s`:

.. math::

    \mathrm{latent} &= \eta \\
    \mathrm{at\_lower} &= P(y = L) = \Phi(a), \qquad \mathrm{at\_upper} = P(y = U) = \Phi(-b) \\
    \mathrm{interior} &= E[y \mid L < y < U] = \eta + s\,\frac{\phi(a) - \phi(b)}{\Phi(b) - \Phi(a)} \\
    \mathrm{expected} &= E[y] = L\,\Phi(a) + (\Phi(b) - \Phi(a))\,\mathrm{interior} + U\,\Phi(-b)

Normal group effects add to the normal residual, so integrating over them is exact.

McDonald and Moffitt (1980), https://doi.org/10.2307/1924766, split a small change of :math:`E[y]` into the
part of units strictly between the limits and the part of units that cross a limit. For a change of any size, with
:math:`P` the probability of being between the limits and bars for the mean of both ends,

.. math::

    \Delta E[y] = \underbrace{\bar P\,\Delta\mathrm{interior}}_{\mathrm{within}}
    + \underbrace{\overline{\mathrm{interior}}\,\Delta P + L\,\Delta\Phi(a) + U\,\Delta\Phi(-b)}_{\mathrm{across}}

which is exact, symmetric in both ends, and equals theirs in the limit of small changes.
"""

from __future__ import annotations

import numpy as np
from scipy.special import erfcx, ndtr

from data.arrays import Array
from fits.effects.scale import Scale, Spread
from models.families import tobit

ROOT_2 = np.sqrt(2.0)
ROOT_HALF_PI = np.sqrt(np.pi / 2.0)


def total_sd(spread: Spread) -> Array:
    """Return the sd of the latent outcome around the linear predictor."""
    residual = tobit.needs_sd(spread.residual)
    return residual if spread.group is None else np.hypot(residual, spread.group)


def latent(eta: Array, spread: Spread, lower: float, upper: float) -> Array:
    """Return the latent index."""
    return eta


def expected(eta: Array, spread: Spread, lower: float, upper: float) -> Array:
    """Return E[y], limits included."""
    return tobit.expected(eta, total_sd(spread), lower, upper)


def at_lower(eta: Array, spread: Spread, lower: float, upper: float) -> Array:
    """Return the probability of being at the lower limit."""
    probability: Array = ndtr((lower - eta) / total_sd(spread))
    return probability


def at_upper(eta: Array, spread: Spread, lower: float, upper: float) -> Array:
    """Return the probability of being at the upper limit."""
    probability: Array = ndtr((eta - upper) / total_sd(spread))
    return probability


def interior(eta: Array, spread: Spread, lower: float, upper: float) -> Array:
    """Return the mean of y given that it is strictly between the limits, with all digits in far tails."""
    sd = total_sd(spread)
    a, b = (lower - eta) / sd, (upper - eta) / sd
    # Beyond a limit both tails are tiny; there the formula starts from the interval's near end, mirrored if needed.
    sign = np.where(b < 0.0, -1.0, 1.0)
    near, far = np.where(b < 0.0, -b, a), np.where(b < 0.0, -a, b)
    out = np.maximum(near, 0.0)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):  # in the unused branch
        fade = np.exp(-0.5 * (far - out) * (far + out))  # density at the far end over density at the near end
        tail = (1.0 - fade) / (ROOT_HALF_PI * (erfcx(out / ROOT_2) - erfcx(far / ROOT_2) * fade))
        inside = ndtr(b) - ndtr(a)
        straddling = (np.exp(-0.5 * a * a) - np.exp(-0.5 * b * b)) / (np.sqrt(2.0 * np.pi) * inside)
    mean: Array = eta + sd * np.where(near > 0.0, sign * tail, straddling)
    return mean


def within(low: Array, high: Array, spread: Spread, lower: float, upper: float) -> Array:
    """Return the part of a change in E[y] that comes from units strictly between the limits."""
    sd = total_sd(spread)
    between = [ndtr((upper - eta) / sd) - ndtr((lower - eta) / sd) for eta in (low, high)]
    moved = interior(high, spread, lower, upper) - interior(low, spread, lower, upper)
    part: Array = 0.5 * (between[0] + between[1]) * moved
    return part


def across(low: Array, high: Array, spread: Spread, lower: float, upper: float) -> Array:
    """Return the part of a change in E[y] that comes from units crossing a limit."""
    total = expected(high, spread, lower, upper) - expected(low, spread, lower, upper)
    return total - within(low, high, spread, lower, upper)


SCALES = (
    Scale("expected", "E[y], limits included", "outcome", expected, ratio="of averages"),
    Scale("latent", "latent index", "index", latent),
    Scale("at_lower", "P(y = {lower:g})", "probability", at_lower, ratio="of averages", needs=("lower",)),
    Scale("at_upper", "P(y = {upper:g})", "probability", at_upper, ratio="of averages", needs=("upper",)),
    Scale("interior", "mean of y if strictly between the limits", "outcome", interior, ratio="of averages"),
    Scale("within", "part of the change in E[y] from units strictly between", "outcome", None, change=within),
    Scale("across", "part of the change in E[y] from units crossing a limit", "outcome", None, change=across),
)
