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

from dataclasses import dataclass

import numpy as np

from data.arrays import Array
from priors.prior import Prior

CERTAIN = 0.25
"""Sd of the log of an sd below which 0 is out of its reach."""

SDS = np.exp(np.linspace(-7.0, 2.0, 91))
"""Sds that are thought possible, over the prior's width."""

SHARES = np.linspace(0.0, 1.0, 21)


@dataclass(frozen=True)
class RoughSd:
    """What rough estimates say about the sd of effects.

    Attributes
    ----------
    sds : array (sd,)
    weight : array (sd, service)
        Probabilities.
    centred : array (level, service)
        The estimates, less their mean.
    errors : array (level, service)
    """

    sds: Array
    weight: Array
    centred: Array
    errors: Array

    @classmethod
    def of(cls, estimates: Array, errors: Array, prior: Prior, *, mean: bool) -> RoughSd:
        """Return the posterior of an sd under a prior, given normal estimates of effects.

        Parameters
        ----------
        estimates, errors : array (level, service)
        mean : bool
            Whether effects have a mean of their own to be estimated, flat; else it is 0.
        """
        sds = SDS * prior.width
        with np.errstate(divide="ignore"):
            log_prior = prior.log_density(sds) + np.log(sds)
        # (sd, level, service)
        spread = errors**2 + sds[:, None, None] ** 2
        common = np.zeros((len(sds), estimates.shape[1]))
        value = log_prior[:, None] - 0.5 * np.log(spread).sum(axis=1)
        if mean:
            known = (1.0 / spread).sum(axis=1)
            common = (estimates / spread).sum(axis=1) / known
            value -= 0.5 * np.log(known)
        value -= 0.5 * ((estimates - common[:, None]) ** 2 / spread).sum(axis=1)
        weight = np.exp(value - value.max(axis=0))
        weight /= weight.sum(axis=0)
        return cls(sds, weight, estimates - (weight * common).sum(axis=0), errors)

    @property
    def certain(self) -> Array:
        """Whether the sd is known to be far from 0, bool (service,)."""
        log_sd = np.log(self.sds)[:, None]
        mean = (self.weight * log_sd).sum(axis=0)
        return np.asarray(np.sqrt((self.weight * (log_sd - mean) ** 2).sum(axis=0)) < CERTAIN)

    def cost(self) -> Array:
        """Return how much an effect's conditional distribution changes with the sd, by centring, (share, level, service).

        It is the log of the sd of the effect's sampled form, over all sds, less the mean log of its sd under each.
        """
        shares, sds = SHARES[:, None, None, None], self.sds[:, None, None]
        weight = self.weight[:, None]
        variance = self.errors**2
        log_sd = shares * np.log(sds) + 0.5 * np.log(variance / (variance + sds**2))
        mean = sds ** (shares + 1.0) / (variance + sds**2) * self.centred
        between = (weight * mean**2).sum(axis=1) - (weight * mean).sum(axis=1) ** 2
        whole = (weight * np.exp(2.0 * log_sd)).sum(axis=1) + between
        return np.asarray(0.5 * np.log(whole) - (weight * log_sd).sum(axis=1))

    def centring(self, *, together: bool = False) -> Array:
        """Return the best centring of each effect, (level, service), or (service,) of all together."""
        cost = self.cost()
        return SHARES[np.argmin(cost.mean(axis=1) if together else cost, axis=0)]
