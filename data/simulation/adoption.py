"""The simulated exposures: adoption by clinics, from the adoption predictors and the state."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.random import Generator
from scipy.special import expit

from data.arrays import Array, Index
from data.codebook import Codebook
from data.simulation.constants import Adoption, SimulatorConstants
from data.simulation.equations import (
    Equation,
    PredictorColumns,
    Stated,
    bernoulli,
    coefficients,
    expanded,
    mean_of_tobit,
    solve,
    tobit,
)

LIMITS = (0.0, 100.0)
"""Limits of an adoption Tobit whose codebook entry declares none."""


def adoption_equation(
    frame: pd.DataFrame, constants: SimulatorConstants, codebook: Codebook, *, scenario: str, rng: Generator
) -> Equation:
    """Return the adoption equations' coefficients and state effects under a scenario.

    Random draws do not depend on the scenario, so that scenarios of one seed differ only in
    what they declare.
    """
    labels = expanded(codebook, codebook.with_role("adoption_predictor"))
    adopted = list(constants.adoption)
    states = sorted(frame["state"].unique())
    kinds = sorted(frame["unit_type"].unique())
    sd = np.array([constants.adoption[name].background_sd for name in adopted])
    background = rng.standard_normal((len(labels), len(adopted))) * sd
    if not constants.scenario(scenario).background:
        background = np.zeros_like(background)
    drawn = pd.DataFrame(background, index=labels, columns=adopted)
    state_sd = np.array([constants.adoption[name].state_sd for name in adopted])
    state = rng.standard_normal((len(states), len(adopted))) * state_sd
    return Equation(
        coef=coefficients(drawn, _stated(constants, scenario)),
        state_effect=pd.DataFrame(state, index=states, columns=adopted),
        unit_type_effect=pd.DataFrame(0.0, index=kinds, columns=adopted),
        unit_effect=pd.Series(0.0, index=sorted(frame["clinic"].unique())),
    )


def _stated(constants: SimulatorConstants, scenario: str) -> list[Stated]:
    return [
        (effect.predictor, effect.exposure, effect.size if scenario in effect.real_in else 0.0)
        for effect in constants.adoption_effects
        if scenario in effect.real_in or effect.claim is not None
    ]


def with_exposures(
    rows: pd.DataFrame, equation: Equation, constants: SimulatorConstants, *, codebook: Codebook, rng: Generator
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return one wave's rows with its exposures, and the truth of their adoption equations.

    Parameters
    ----------
    rows : pandas.DataFrame
        One wave with its covariates.
    equation : Equation
        The result of `adoption_equation`.
    """
    predictors = PredictorColumns.of(rows, codebook, codebook.with_role("adoption_predictor"))
    eta = equation.fixed(predictors) + equation.groups(rows)
    truth: dict[str, Any] = {}
    for k, (name, adoption) in enumerate(constants.adoption.items()):
        limits = codebook.variable(name).limits or LIMITS
        intercept, values = _adopt(eta[:, k], adoption, limits=limits, rng=rng)
        rows = rows.assign(**{name: values})
        truth[name] = {
            "family": "bernoulli" if adoption.residual_sd is None else "tobit",
            "predictors": list(predictors.labels),
            "coef": equation.coef[name].to_dict(),
            "intercept": intercept,
            "intercept_at_mean": intercept + float(equation.at_mean(predictors)[k]),
            "residual_sd": adoption.residual_sd,
            "limits": None if adoption.residual_sd is None else list(limits),
            "state_sd": adoption.state_sd,
            "state_effect": equation.state_effect[name].to_dict(),
            "step": predictors.steps(),
        }
    return rows.assign(peer_senior=_seniority(rows, constants, rng=rng)), truth


def _adopt(
    eta: Array, adoption: Adoption, *, limits: tuple[float, float], rng: Generator
) -> tuple[float, Array | Index]:
    """Return the intercept that gives the marginal mean, and draws."""
    if adoption.residual_sd is None:
        intercept = solve(lambda a: float(expit(a + eta).mean()), adoption.mean, scale=1)
        return intercept, bernoulli(intercept + eta, rng)
    sd = adoption.residual_sd
    intercept = solve(lambda a: float(mean_of_tobit(a + eta, sd, limits=limits).mean()), adoption.mean, scale=sd)
    return intercept, tobit(intercept + eta, sd, limits=limits, rng=rng)


def _seniority(rows: pd.DataFrame, constants: SimulatorConstants, *, rng: Generator) -> Index:
    """Return whether staff with lived experience hold senior positions; 0 in clinics without such staff."""
    share = rows["lived_experience_share"].to_numpy(dtype=float)
    some = share > 0
    eta = constants.peer_senior.logit_per_10_points * share / 10
    intercept = solve(lambda a: float((expit(a + eta) * some).mean()), constants.peer_senior.rate, scale=1)
    return bernoulli(intercept + eta, rng) * some
