r"""One of our models of one service as a Bambi model: the formula, the rows, and every prior written out.

.. math::

    y \sim 1 + x_0 + x_1 + \ldots + z_0 + \ldots + (1 \mid g_0) + \ldots

Columns are called by letter and number, as a variable's own name may mean something in a formula. A group whose
levels are all there are has :math:`K` effects that sum to zero. Bambi gives common terms no prior with an unknown sd,
so they are written as :math:`Qc`, with the :math:`K - 1` orthonormal columns of :math:`Q` summing to zero and
:math:`c \sim N(0, s^2 I)`. With the half-normal's scale as :math:`s`, the effects' covariance
:math:`s^2 (I - 11'/K)` is what the other engines' prior has on average over its sd.
"""

from __future__ import annotations

from typing import Any

import bambi as bmb
import numpy as np
import pandas as pd
from scipy.linalg import helmert

from data.arrays import Array
from models.design import Design
from models.family import Family
from priors.prior import Prior
from priors.translate import Translated


def state(design: Design, family: Family, priors: Translated) -> bmb.Model:
    """Return the model in Bambi.

    Parameters
    ----------
    design : Design
        Of one service.
    """
    numbers, pooled = _numbers(design, priors), _pooled(design, priors)
    frame: dict[str, Any] = {"y": design.y.astype(int) if family.binary else design.y}
    frame |= {name: values for name, (values, _) in (numbers | pooled).items()}
    beliefs = {"Intercept": _normal(*priors.located("intercept"))}
    beliefs |= {name: prior for name, (_, prior) in numbers.items()}
    beliefs |= {f"1|{name}": prior for name, (_, prior) in pooled.items()}
    if any(one.name == "residual_sd" for one in family.others):
        beliefs["sigma"] = _positive(priors["residual_sd"])
    terms = ["1", *numbers, *(f"(1|{name})" for name in pooled)]
    # Uncentred, as the intercept's prior is about the level where every contrast is 0.
    return bmb.Model(
        f"y ~ {' + '.join(terms)}",
        pd.DataFrame(frame),
        family=family.name,
        priors=beliefs,
        center_predictors=False,
    )


def _numbers(design: Design, priors: Translated) -> dict[str, tuple[Array, bmb.Prior]]:
    """Columns with a coefficient each, and its prior: exposures, controls, groups that sum to zero."""
    location, scale = priors.located("exposure_mean")
    scale = float(np.hypot(scale, priors.scale("exposure_spread")))
    found = {
        name: (column, _normal(location + float(shift), scale))
        for name, column, shift in zip(names("x", design.x), design.x.T, priors.exposure_shift[:, 0], strict=True)
    }
    found |= {
        name: (z, _normal(*priors.located("control"))) for name, z in zip(names("z", design.z), design.z.T, strict=True)
    }
    for k, (label, group) in enumerate(design.groups.items()):
        if group.exhaustive:
            columns = contrasts(len(group.levels))[group.index]
            prior = _normal(0.0, priors.scale(f"group_sd.{label}"))
            found |= {name: (c, prior) for name, c in zip(names(f"c{k}_", columns), columns.T, strict=True)}
    return {name: (column[design.unit_of], prior) for name, (column, prior) in found.items()}


def _pooled(design: Design, priors: Translated) -> dict[str, tuple[pd.Series[str], bmb.Prior]]:
    """The levels of other groups, and the prior of their effects."""
    found = {}
    for k, (label, group) in enumerate(design.groups.items()):
        if not group.exhaustive:
            # Numbers as text: sorted as the levels are, and free of Bambi's warning about other types.
            levels = pd.Series([f"{place:05d}" for place in group.index[design.unit_of]], dtype=object)
            sd = _positive(priors[f"group_sd.{label}"])
            found[f"g{k}"] = levels, bmb.Prior("Normal", mu=0.0, sigma=sd)
    return found


def names(letter: str, columns: Array) -> list[str]:
    """Return what the columns of a matrix are called in the formula."""
    return [f"{letter}{k}" for k in range(columns.shape[1])]


def contrasts(levels: int) -> Array:
    """Return orthonormal columns that sum to zero, (level, level - 1)."""
    return np.asarray(helmert(levels).T)


def _positive(prior: Prior) -> bmb.Prior:
    if prior.distribution == "half_normal":
        return bmb.Prior("HalfNormal", sigma=prior.sd)
    if prior.distribution == "exponential":
        return bmb.Prior("Exponential", lam=prior.rate)
    return bmb.Prior("Gamma", alpha=prior.shape, beta=prior.rate)


def _normal(location: float, scale: float) -> bmb.Prior:
    return bmb.Prior("Normal", mu=location, sigma=scale)
