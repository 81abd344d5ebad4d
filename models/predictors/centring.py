r"""How effects are sampled: centred, non-centred or between, which does not change the posterior.

*Partial centring.* Effects :math:`u \sim N(0, \tau^2)` are sampled as :math:`r \sim N(0, \tau^{2c})` with
:math:`u = \tau^{1-c} r`: non-centred at :math:`c = 0`, centred at :math:`c = 1`. The first suits effects with little
data, the second those with much, and a study has both (7 facilities in one state, 1,311 in another), so each effect
gets its own :math:`c`. It is the one under which the sd of the sampled form, given :math:`\tau`, changes least with
:math:`\tau`, over the posterior of :math:`\tau` that rough estimates of the effects leave
(`models.predictors.information`). Papaspiliopoulos, Roberts and Sköld (2007),
https://doi.org/10.1214/088342307000000014, explain why; they take :math:`c` from one value of :math:`\tau`.

*Near 0.* No :math:`c` above 0 lets an sd come near 0: there :math:`r` has hardly any room. Effects of groups
(`models.components.groups`) are therefore centred only where the sd is known to be far from 0 (`RoughSd.certain`).

*Sweeping.* The intercept is sampled with the information-weighted mean of the group effects added, which is the level
of the average informative cell: with four unit types the plain intercept and the effects' mean are so correlated that
they can only move together.

*Common shift.* When the data determine the differences between all levels, only a shift that they have in common stays
uncertain, and all levels must move together. The sampler therefore works on levels with most of their common shift
removed (`models.engines.graph.tools` adds it again), a linear map with constant determinant.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.arrays import Array
from priors.prior import Prior

CERTAIN = 0.25
"""Sd of the log of an sd below which 0 is out of its reach."""

RARE = 2.33
"""Sds of a normal number below its mean that one in a hundred is farther from."""

SMALL = 0.5
"""Sd over an effect's error, below which effects are the prior's more than the data's."""

USUAL = 0.6745
"""A half-normal's median, over its width."""

INFORMATION_ON_LOG_SD, ALMOST_ALL = 50.0, 0.983
"""Information about the log of an sd from which the sd is known to some 14 %, and a share of an effect's variance that
few levels must have decided by the data: 57 times what the prior decides."""

SDS = np.exp(np.linspace(-7.0, 2.0, 91))
"""Sds that are thought possible, over the prior's width."""

SHARES = np.linspace(0.0, 1.0, 21)

MEANS = 41
"""Means that are thought possible, between the least and the greatest estimate."""


@dataclass(frozen=True)
class RoughSd:
    """What rough estimates say about the sd of effects.

    Attributes
    ----------
    sds : array (sd,)
    weight : array (sd, service)
        Probabilities.
    estimates, errors : array (level, service)
    means : array (mean, service)
        Means that effects may have.
    mean_weight : array (mean, service)
        Probabilities.
    """

    sds: Array
    weight: Array
    estimates: Array
    errors: Array
    means: Array
    mean_weight: Array

    @classmethod
    def of(cls, estimates: Array, errors: Array, prior: Prior) -> RoughSd:
        """Return the posterior of an sd under a prior, given normal estimates of effects around 0.

        Parameters
        ----------
        estimates, errors : array (level, service)
        """
        sds = SDS * prior.width
        value = _fit(estimates[None], errors, sds, wide=0.0, share=1.0)
        zero = np.zeros((1, estimates.shape[1]))
        return cls(sds, _weight(sds, value, prior), estimates, errors, zero, zero + 1.0)

    @classmethod
    def around_a_mean(
        cls, estimates: Array, errors: Array, prior: Prior, *, wide: float = 0.0, share: float = 1.0
    ) -> RoughSd:
        """Return the same where effects have a mean of their own to be estimated, flat.

        Parameters
        ----------
        wide, share : float
            A share of effects has the sd in question, the others have `wide` instead.
        """
        sds = SDS * prior.width
        means = np.linspace(estimates.min(axis=0), estimates.max(axis=0), MEANS)
        # (mean, level, service) -> (mean, sd, service)
        value = np.stack([_fit((estimates - one)[None], errors, sds, wide=wide, share=share) for one in means])
        top = value.max(axis=0)
        by_mean = np.exp(value - top)
        weight = _weight(sds, top + np.log(by_mean.sum(axis=0)), prior)
        mean_weight = (by_mean / by_mean.sum(axis=0) * weight).sum(axis=1)
        return cls(sds, weight, estimates, errors, means, mean_weight)

    @property
    def centred(self) -> Array:
        """The estimates, less the mean that is expected, (level, service)."""
        return self.estimates - (self.means * self.mean_weight).sum(axis=0)

    def beyond(self, errors: float) -> Array:
        """Return the probability that an estimate is more than so many errors from the mean, (level, service)."""
        # (level, 1, service) - (mean, service) -> (level, mean, service)
        away = np.abs(self.estimates[:, None] - self.means) > errors * self.errors[:, None]
        return np.asarray((away * self.mean_weight).sum(axis=1))

    @property
    def log(self) -> tuple[Array, Array]:
        """Mean and sd of the log of the sd, (service,) each."""
        log_sd = np.log(self.sds)[:, None]
        mean = (self.weight * log_sd).sum(axis=0)
        return mean, np.sqrt((self.weight * (log_sd - mean) ** 2).sum(axis=0))

    @property
    def certain(self) -> Array:
        """Whether the sd is known to be far from 0, bool (service,)."""
        return np.asarray(self.log[1] < CERTAIN)

    @property
    def least(self) -> Array:
        """The sd that is exceeded with a probability of .99, if its log is normal, (service,)."""
        mean, sd = self.log
        return np.asarray(np.exp(mean - RARE * sd))

    @property
    def near_zero(self) -> Array:
        """Whether the sd may be small beside the error of a usual effect, bool (service,)."""
        usual = 1.0 / np.sqrt((1.0 / self.errors**2).mean(axis=0))
        return np.asarray(self.least < SMALL * usual)

    def cost(self) -> Array:
        """Return how much effects' conditional distributions change with the sd, (share, level, service).

        By centring, it is the log of the sd of an effect's sampled form, over all sds, less the mean log of its sd
        under each.
        """
        shares, sds = SHARES[:, None, None, None], self.sds[:, None, None]
        weight = self.weight[:, None]
        variance = self.errors**2
        log_sd = shares * np.log(sds) + 0.5 * np.log(variance / (variance + sds**2))
        mean = sds ** (shares + 1.0) / (variance + sds**2) * self.centred
        between = (weight * mean**2).sum(axis=1) - (weight * mean).sum(axis=1) ** 2
        whole = (weight * np.exp(2.0 * log_sd)).sum(axis=1) + between
        return np.asarray(0.5 * np.log(whole) - (weight * log_sd).sum(axis=1))

    def centring(self) -> Array:
        """Return the best centring of each effect, (level, service)."""
        return SHARES[np.argmin(self.cost(), axis=0)]


def _weight(sds: Array, value: Array, prior: Prior) -> Array:
    """Return the probabilities of sds, (sd, service), from the log-density of estimates."""
    value = value + (prior.log_density(sds) + np.log(sds))[:, None]
    weight = np.exp(value - value.max(axis=0))
    return np.asarray(weight / weight.sum(axis=0))


def _fit(away: Array, errors: Array, sds: Array, *, wide: float, share: float) -> Array:
    """Return the log-density of estimates (1, level, service) by the sd of effects, (sd, service)."""
    narrow = errors**2 + sds[:, None, None] ** 2
    each = np.log(share) - 0.5 * (away**2 / narrow + np.log(narrow))
    if share < 1.0:
        other = errors**2 + wide**2
        each = np.logaddexp(each, np.log1p(-share) - 0.5 * (away**2 / other + np.log(other)))
    return np.asarray(each.sum(axis=1))


def much_decided(told: Array, width: float) -> bool:
    """Return whether data decide effects so much more than their prior does that columns and levels form ridges.

    A covariate that hardly varies within levels is then almost a sum of their effects: that sum is known far better
    than each part, wherever the sd of the effects lies.

    Parameters
    ----------
    told : array (level, service)
        The information about each level's effect.
    width : float
        The prior's of their sd.
    """
    usual = told * (USUAL * width) ** 2
    share = usual / (1.0 + usual)
    many = 2.0 * (share**2).sum(axis=0) >= INFORMATION_ON_LOG_SD
    return bool(np.any((many & (share > 0.5)) | (share > ALMOST_ALL)))
