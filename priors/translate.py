"""Translate beliefs on the outcome's scale into locations and scales on the model's scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import logit

from data.arrays import Array
from priors.prior_set import Normal, PriorSet, Scale


@dataclass(frozen=True)
class Translated:
    """Prior locations and scales on the model's scale (latent index or logit), per contrast.

    Attributes
    ----------
    intercept : (location, scale)
        Prior of the intercept at average covariates.
    exposure_mean : (location, scale)
    exposure_spread, unit_sd, residual_sd : float
        Scales of half-normals.
    exposure_shift : array (exposure, service)
        Claimed shifts of single coefficients.
    control : (location, scale)
    group_sd : dict of str to float
        Scales of half-normals by group.
    """

    intercept: tuple[float, float]
    exposure_mean: tuple[float, float]
    exposure_spread: float
    exposure_shift: Array
    control: tuple[float, float]
    group_sd: dict[str, float]
    unit_sd: float
    residual_sd: float


def translate(
    priors: PriorSet,
    *,
    scale: Scale,
    exposures: Sequence[str],
    services: Sequence[str],
    groups: Sequence[str],
    floor: float = 0.0,
    span: float = 100.0,
) -> Translated:
    """Return the prior set on the model's scale.

    In points, a change of 1 is a hundredth of the outcome's range on the latent index. In
    probability, a change d is the change in log-odds from one half to one half plus d, and the
    intercept's sd the change from its mean m to m + sd.

    Parameters
    ----------
    scale : {'points', 'probability'}
        The family's outcome scale.
    exposures, services, groups : sequence of str
        Names along the model's dims.
    floor, span : float
        Lowest value and width of the outcome's range, in its own unit; used for points only.

    Raises
    ------
    InputError
        For a role without a prior on this scale.
    """

    def change(role: str) -> tuple[float, float]:
        normal = priors.belief(role, scale)
        return _change(normal, scale, span)

    return Translated(
        intercept=_level(priors.belief("intercept", scale), scale, floor, span),
        exposure_mean=change("exposure_mean"),
        exposure_spread=change("exposure_spread")[1],
        exposure_shift=_shifts(priors, scale, exposures, services, span),
        control=change("control"),
        group_sd={group: change(f"group_sd.{group}")[1] for group in groups},
        unit_sd=change("unit_sd")[1],
        residual_sd=change("residual_sd")[1] if scale == "points" else 1.0,
    )


def _change(normal: Normal, scale: Scale, span: float) -> tuple[float, float]:
    if scale == "points":
        return normal.mean * span / 100, normal.sd * span / 100
    return float(logit(0.5 + normal.mean)), float(logit(0.5 + normal.sd))


def _level(normal: Normal, scale: Scale, floor: float, span: float) -> tuple[float, float]:
    if scale == "points":
        return floor + normal.mean * span / 100, normal.sd * span / 100
    return float(logit(normal.mean)), float(logit(normal.mean + normal.sd) - logit(normal.mean))


def _shifts(priors: PriorSet, scale: Scale, exposures: Sequence[str], services: Sequence[str], span: float) -> Array:
    shifts = np.zeros((len(exposures), len(services)))
    for claimed in priors.claimed:
        value = getattr(claimed, scale)
        if value is None or claimed.exposure not in exposures or claimed.service not in services:
            continue
        place = exposures.index(claimed.exposure), services.index(claimed.service)
        shifts[place] = _change(Normal(sd=0.1, mean=value), scale, span)[0]
    return shifts
