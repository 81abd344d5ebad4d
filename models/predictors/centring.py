r"""The parametrisation of effects for sampling, which does not change the posterior.

*Partial non-centring.* A group effect :math:`u \sim N(0, \tau^2)` is sampled as
:math:`r \sim N(0, \tau^{2c})` with :math:`u = \tau^{1-c} r`: non-centred at :math:`c = 0`, centred at
:math:`c = 1`. The first suits levels with little data, the second levels with much, and a study has both
(7 facilities in one state, 1,311 in another), so each level gets its own :math:`c` from
:math:`I\tau_0^2 / (1 + I\tau_0^2)`, with its cells' information :math:`I` and the prior's median :math:`\tau_0` of
the sd. Papaspiliopoulos, Roberts and Sköld (2007), https://doi.org/10.1214/088342307000000014.

*Sweeping.* The intercept is sampled with the information-weighted mean of the group effects added, which
is the level of the average informative cell: with four unit types the plain intercept and the effects'
mean are so correlated that they can only move together.

*Common shift.* When the data determine the differences between all levels, only a shift that they have in
common stays uncertain, and all levels must move together. The sampler therefore works on levels with most of
their common shift removed (`models.engines.graph.tools` adds it again), a linear map with
constant determinant.
"""

from __future__ import annotations

import numpy as np

from data.arrays import Array

INFORMATION_ON_LOG_SD = 50.0
"""Fisher information about the log of an sd from which the sd is known to about 14 %."""

UNSURE_POWER = 40
"""Power of a share under an unknown sd; it halves a share of .983, where data weigh 57 times what the prior does."""

NEGLIGIBLE = 1e-3
"""Smaller centrings are set to 0, which needs no powers of the sd."""


def centring_of(told: Array, median: float) -> Array:
    """Return the centring of effects whose levels run along the first axis.

    Parameters
    ----------
    told : array (level, ...)
        The information about each effect.
    median : float
        The prior's median of their sd.

    The best centring for a known sd is the share of an effect's variance that the data decide, at the prior's
    median sd. Where the levels together say little about the sd, values near 0 remain possible and centring would
    cause a funnel there; the share is then raised to a power that makes it small unless the data decide the
    effect almost alone.
    """
    ratio = told * median**2
    share = ratio / (1.0 + ratio)
    known = 2.0 * (share**2).sum(axis=0) >= INFORMATION_ON_LOG_SD
    found = np.where(known, share, share**UNSURE_POWER)
    return np.where(found < NEGLIGIBLE, 0.0, found)
