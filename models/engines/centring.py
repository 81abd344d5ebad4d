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
their common shift removed (`graph.density` adds it again), a linear map with constant
determinant.
"""

from __future__ import annotations

import numpy as np

from data.arrays import Array, Index
from models.design import Design
from models.family import Family
from priors.translate import Translated

HALF_NORMAL_MEDIAN = 0.6745
"""Median of a half-normal with scale 1."""

INFORMATION_ON_LOG_SD = 50.0
"""Fisher information about the log of an sd from which the sd is known to about 14 %."""

UNSURE_POWER = 40
"""Power of a share under an unknown sd; it halves a share of .983, where data weigh 57 times what the prior does."""

NEGLIGIBLE = 1e-3
"""Smaller centrings are set to 0, which needs no powers of the sd."""


def centring_data(design: Design, family: Family, priors: Translated) -> dict[str, Array]:
    """Return the constants of centring, sweeping and common shifts, named as the data of the graph.

    Returns
    -------
    dict of str to array
        For each group `g`: ``g_centring`` and ``g_sweep`` (level, service), or ``g_centring``
        (service,) for a group that sums to zero, else also ``g_common_shift`` (service,); for the exposures
        ``exposure_centring`` (exposure, service); for units ``unit_centring`` (unit,) and
        ``unit_sweep`` (unit, service). Sweeps sum to 1 over levels.
    """
    out: dict[str, Array] = {}
    services = len(design.services)
    for name, group in design.groups.items():
        told = _by_level(design, family, group.index[design.unit_of], len(group.levels))
        fraction = _centring(told, priors.group_sd[name])
        # A sum-to-zero vector has one scale per service and therefore one centring.
        out[f"{name}_centring"] = fraction.mean(axis=0) if group.exhaustive else fraction
        sweep = out[f"{name}_sweep"] = told / told.sum(axis=0)
        if not group.exhaustive:
            decided = (sweep * out[f"{name}_centring"]).sum(axis=0)
            out[f"{name}_common_shift"] = 1.0 / np.sqrt(1.0 - decided) - 1.0
    flat = _by_level(design, family, np.zeros_like(design.unit_of), 1)[0]
    per_cell = flat / np.bincount(design.service_of, minlength=services)
    if design.several:
        grid = np.zeros((len(design.units), services))
        grid[design.unit_of, design.service_of] = per_cell[design.service_of]
        # (unit, exposure)' (unit, service) -> (exposure, service)
        out["exposure_centring"] = _centring(((design.x**2).T @ grid).T, priors.exposure_spread).T
    if design.unit_intercept:
        out["unit_centring"] = _centring(grid.sum(axis=1), priors.unit_sd)
        out["unit_sweep"] = grid / grid.sum(axis=0)
    return out


def _centring(told: Array, scale: float) -> Array:
    """Return the centring of effects whose levels run along the first axis.

    The best centring for a known sd is the share of an effect's variance that the data decide, at the prior's
    median sd. Where the levels together say little about the sd, values near 0 remain possible and centring would
    cause a funnel there; the share is then raised to a power that makes it small unless the data decide the
    effect almost alone.
    """
    ratio = told * (HALF_NORMAL_MEDIAN * scale) ** 2
    share = ratio / (1.0 + ratio)
    known = 2.0 * (share**2).sum(axis=0) >= INFORMATION_ON_LOG_SD
    found = np.where(known, share, share**UNSURE_POWER)
    return np.where(found < NEGLIGIBLE, 0.0, found)


def _by_level(design: Design, family: Family, level: Index, count: int) -> Array:
    """Return the total information about each level's own index, (level, service)."""
    services = len(design.services)
    told = np.zeros((count, services))
    for service in range(services):
        here = design.service_of == service
        y, levels = design.y[here], level[here]
        for place in np.unique(levels):
            told[place, service] = family.information(y[levels == place], y, design.limits)
    return np.maximum(told, 1e-12)
