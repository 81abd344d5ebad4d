"""The simulated outcomes: availability from a logit, utilisation from a Tobit, each with crossed groups."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.random import Generator
from scipy.special import expit, logit

from data.arrays import Array
from data.codebook import Codebook
from data.simulation.constants import Availability, Outcome, SimulatorConstants
from data.simulation.equations import (
    Equation,
    PredictorColumns,
    Stated,
    bernoulli,
    coefficients,
    expanded,
    solve,
    tobit,
)

ATTENUATION = (16 * np.sqrt(3) / (15 * np.pi)) ** 2
"""Factor c in: marginal logit = conditional logit / sqrt(1 + c * variance), doi.org/10.2307/2531734."""


@dataclass(frozen=True)
class Roles:
    """The codebook's exposures, controls and outcomes by service."""

    exposures: list[str]
    controls: list[str]
    columns: dict[Outcome, dict[str, str]]

    @classmethod
    def of(cls, codebook: Codebook, wave: int | None = None) -> Roles:
        """Return the roles in one wave, or in any; `columns` maps service to column for each outcome."""
        exposures = [
            name
            for name, variable in codebook.variables.items()
            if any(role.endswith("_exposure") for role in variable.roles)
        ]
        kinds: tuple[Outcome, ...] = ("availability", "utilisation")
        columns = {
            kind: {codebook.variable(name).service: name for name in codebook.with_role(kind, wave)} for kind in kinds
        }
        return cls(exposures, codebook.with_role("control"), columns)


def outcome_equation(
    outcome: Outcome,
    frame: pd.DataFrame,
    constants: SimulatorConstants,
    *,
    codebook: Codebook,
    scenario: str,
    rng: Generator,
) -> Equation:
    """Return one outcome's coefficients and group effects, for every service of any wave.

    Random draws do not depend on the scenario, so that scenarios of one seed differ only in
    what they declare.
    """
    roles = Roles.of(codebook)
    services = list(roles.columns[outcome])
    spread = constants.spread[outcome]
    exposures = _drawn(expanded(codebook, roles.exposures), services, sd=spread.background_sd, rng=rng)
    if not constants.scenario(scenario).background:
        exposures = pd.DataFrame(0.0, index=exposures.index, columns=services)
    controls = _drawn(expanded(codebook, roles.controls), services, sd=spread.control_sd, rng=rng)
    clinics = sorted(frame["clinic"].unique())
    group_sds = sds(constants, outcome, services=services)
    return Equation(
        coef=pd.concat(
            [
                coefficients(exposures, _stated(constants, outcome, scenario=scenario)),
                coefficients(controls, _stated_controls(constants, outcome)),
            ]
        ),
        state_effect=_drawn(sorted(frame["state"].unique()), services, sd=group_sds["state_sd"], rng=rng),
        unit_type_effect=_unit_types(constants, outcome, services=services, rng=rng),
        unit_effect=pd.Series(rng.standard_normal(len(clinics)) * spread.unit_sd, index=clinics),
    )


def sds(constants: SimulatorConstants, outcome: Outcome, *, services: list[str]) -> dict[str, dict[str, float]]:
    """Return `state_sd` and `unit_type_sd` of each service.

    Where type effects come from declared rates and are not drawn, their sd is the root of their mean square.
    """
    table = {service: getattr(constants, outcome)[service] for service in services}
    kinds = {}
    for service, entry in table.items():
        given = isinstance(entry, Availability) and entry.rate_by_type
        effects = list(_effects_of_rates(entry, constants).values()) if given else []
        kinds[service] = float(np.sqrt(np.mean(np.square(effects)))) if given else float(entry.unit_type_sd)
    return {"state_sd": {service: float(entry.state_sd) for service, entry in table.items()}, "unit_type_sd": kinds}


def _drawn(labels: list[str], services: list[str], *, sd: float | dict[str, float], rng: Generator) -> pd.DataFrame:
    scale = sd if isinstance(sd, float) else np.array([sd[service] for service in services])
    return pd.DataFrame(
        rng.standard_normal((len(labels), len(services))) * scale, index=pd.Index(labels), columns=pd.Index(services)
    )


def _unit_types(
    constants: SimulatorConstants, outcome: Outcome, *, services: list[str], rng: Generator
) -> pd.DataFrame:
    kinds = list(constants.unit_types.share)
    table = _drawn(kinds, services, sd=sds(constants, outcome, services=services)["unit_type_sd"], rng=rng)
    if outcome == "utilisation":
        return table
    rates = {service: constants.availability[service] for service in services}
    given = {service: _effects_of_rates(entry, constants) for service, entry in rates.items() if entry.rate_by_type}
    return coefficients(table, [(kind, service, x) for service, row in given.items() for kind, x in row.items()])


def _effects_of_rates(entry: Availability, constants: SimulatorConstants) -> dict[str, float]:
    """Return type effects, conditional on the other groups, that give the declared marginal rates; they sum to 0."""
    variance = entry.state_sd**2 + constants.spread["availability"].unit_sd ** 2
    conditional = logit(np.array(list(entry.rate_by_type.values()))) * np.sqrt(1 + ATTENUATION * variance)
    centred = conditional - conditional.mean()
    return dict(zip(entry.rate_by_type, centred.tolist(), strict=True))


def _stated(constants: SimulatorConstants, outcome: Outcome, *, scenario: str) -> list[Stated]:
    return [
        (effect.exposure, effect.service, effect.size if scenario in effect.real_in else 0.0)
        for effect in constants.effects
        if effect.outcome == outcome and (scenario in effect.real_in or effect.claim is not None)
    ]


def _stated_controls(constants: SimulatorConstants, outcome: Outcome) -> list[Stated]:
    return [
        (effect.control, service, size)
        for effect in constants.control_effects
        if effect.outcome == outcome
        for service, size in effect.size.items()
    ]


def with_availability(
    rows: pd.DataFrame, equation: Equation, constants: SimulatorConstants, *, codebook: Codebook, rng: Generator
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return one wave's rows with the availability of each service, and the truth of the logits."""
    roles = Roles.of(codebook, int(rows["wave"].iloc[0]))
    columns = roles.columns["availability"]
    equation = equation.only(list(columns))
    predictors = PredictorColumns.of(rows, codebook, [*roles.exposures, *roles.controls])
    eta = equation.fixed(predictors) + equation.groups(rows)
    targets = [_rate(constants.availability[service], rows) for service in columns]
    intercept = np.array([solve(_mean_rate(eta[:, k]), target, scale=1) for k, target in enumerate(targets)])
    offered = bernoulli(intercept + eta, rng)
    rows = rows.assign(**{name: offered[:, k] for k, name in enumerate(columns.values())})
    return rows, _truth(
        "availability", equation, predictors, intercept=intercept, constants=constants, codebook=codebook
    )


def _mean_rate(eta: Array) -> Callable[[float], float]:
    return lambda intercept: float(expit(intercept + eta).mean())


def _rate(entry: Availability, rows: pd.DataFrame) -> float:
    if entry.rate is not None:
        return entry.rate
    return float(rows["unit_type"].map(entry.rate_by_type).mean())


def with_utilisation(
    rows: pd.DataFrame, equation: Equation, constants: SimulatorConstants, *, codebook: Codebook, rng: Generator
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return one wave's rows with utilisation, blank where not offered, and the truth of the Tobits."""
    roles = Roles.of(codebook, int(rows["wave"].iloc[0]))
    columns = roles.columns["utilisation"]
    equation = equation.only(list(columns))
    predictors = PredictorColumns.of(rows, codebook, [*roles.exposures, *roles.controls])
    declared = [constants.utilisation[service] for service in columns]
    intercept = np.array([entry.intercept_at_mean for entry in declared]) - equation.at_mean(predictors)
    eta = intercept + equation.fixed(predictors) + equation.groups(rows)
    values = {}
    for k, (service, name) in enumerate(columns.items()):
        limits = codebook.variable(name).limits or (-np.inf, np.inf)
        used = tobit(eta[:, k], declared[k].residual_sd, limits=limits, rng=rng)
        offered = rows[roles.columns["availability"][service]] == 1
        values[name] = np.where(offered, used, np.nan)
    truth = _truth("utilisation", equation, predictors, intercept=intercept, constants=constants, codebook=codebook)
    residual_sd = {service: entry.residual_sd for service, entry in zip(columns, declared, strict=True)}
    return rows.assign(**values), {**truth, "residual_sd": residual_sd}


def _truth(
    outcome: Outcome,
    equation: Equation,
    predictors: PredictorColumns,
    *,
    intercept: Array,
    constants: SimulatorConstants,
    codebook: Codebook,
) -> dict[str, Any]:
    """Return one outcome's part of the truth, nested by label and then by service."""
    roles = Roles.of(codebook)
    services = [str(service) for service in equation.coef.columns]
    exposures, controls = expanded(codebook, roles.exposures), expanded(codebook, roles.controls)
    at_mean = intercept + equation.at_mean(predictors)
    return {
        "services": services,
        "exposures": exposures,
        "controls": controls,
        "exposure_coef": equation.coef.loc[exposures].to_dict(orient="index"),
        "control_coef": equation.coef.loc[controls].to_dict(orient="index"),
        "intercept": dict(zip(services, intercept.tolist(), strict=True)),
        "intercept_at_mean": dict(zip(services, at_mean.tolist(), strict=True)),
        **sds(constants, outcome, services=services),
        "unit_sd": constants.spread[outcome].unit_sd,
        "state_effect": equation.state_effect.to_dict(orient="index"),
        "unit_type_effect": equation.unit_type_effect.to_dict(orient="index"),
        "step": predictors.steps(),
    }
