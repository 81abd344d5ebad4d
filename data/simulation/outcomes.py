"""The simulated outcomes: availability from a logit, utilisation from a Tobit, each with crossed groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.random import Generator
from scipy.special import expit, logit

from data.arrays import Array
from data.codebook import Codebook
from data.simulation.constants import Availability, Outcome, SimulatorConstants, Utilisation
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
from data.simulation.planted import FEWEST_OFFERING, MeanOfOutcome, PlantedEffect, mean_rate, with_planted

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


def share_offering(
    outcome: Outcome, frame: pd.DataFrame, constants: SimulatorConstants, *, codebook: Codebook, every: bool
) -> dict[str, float]:
    """Return the share of clinics that are expected to offer each service, the smallest of any wave.

    Parameters
    ----------
    every : bool
        Whether to return every service; else those that all waves ask for and, of utilisation, that enough
        clinics are expected to offer.
    """
    waves = [rows for _, rows in frame.groupby("wave")]
    asked = [list(Roles.of(codebook, int(rows["wave"].iloc[0])).columns[outcome]) for rows in waves]
    found = {}
    for service in Roles.of(codebook).columns[outcome]:
        rates = [_rate(constants.availability[service], rows) for rows in waves]
        count = min(rate * len(rows) for rate, rows in zip(rates, waves, strict=True))
        enough = outcome == "availability" or count >= FEWEST_OFFERING
        if every or (enough and all(service in names for names in asked)):
            found[service] = min(rates)
    return found


def with_availability(
    rows: pd.DataFrame,
    equation: Equation,
    constants: SimulatorConstants,
    *,
    codebook: Codebook,
    planted: Sequence[PlantedEffect],
    rng: Generator,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return one wave's rows with the availability of each service, and the truth of the logits."""
    roles = Roles.of(codebook, int(rows["wave"].iloc[0]))
    columns = roles.columns["availability"]
    equation = equation.only(list(columns))
    predictors = PredictorColumns.of(rows, codebook, [*roles.exposures, *roles.controls])
    groups, unit_sd = equation.groups(rows), constants.spread["availability"].unit_sd
    targets = {service: _rate(constants.availability[service], rows) for service in columns}
    known = groups - equation.unit_effect.loc[rows["clinic"]].to_numpy(dtype=float)[:, None]
    means = {
        service: MeanOfOutcome(
            _intercept_of_rate(groups[:, k], targets[service]),
            partial(mean_rate, unit_sd=unit_sd),
            known[:, k],
            np.ones(len(rows), dtype=bool),
        )
        for k, service in enumerate(columns)
    }
    equation = with_planted(equation, predictors, _of("availability", planted), means, codebook)
    fixed = equation.fixed(predictors)
    eta = fixed + groups
    intercept = np.array([mean.intercept(fixed[:, k]) for k, mean in enumerate(means.values())])
    offered = bernoulli(intercept + eta, rng)
    rows = rows.assign(**{name: offered[:, k] for k, name in enumerate(columns.values())})
    return rows, _truth(
        "availability", equation, predictors, intercept=intercept, constants=constants, codebook=codebook
    )


def _intercept_of_rate(groups: Array, target: float) -> Callable[[Array], float]:
    """Return how the intercept that gives the marginal rate follows from the columns' part."""
    return lambda fixed: solve(lambda intercept: float(expit(intercept + fixed + groups).mean()), target, scale=1)


def _of(outcome: Outcome, planted: Sequence[PlantedEffect]) -> list[PlantedEffect]:
    return [effect for effect in planted if effect.outcome == outcome]


def _rate(entry: Availability, rows: pd.DataFrame) -> float:
    if entry.rate is not None:
        return entry.rate
    return float(rows["unit_type"].map(entry.rate_by_type).mean())


def with_utilisation(
    rows: pd.DataFrame,
    equation: Equation,
    constants: SimulatorConstants,
    *,
    codebook: Codebook,
    planted: Sequence[PlantedEffect],
    rng: Generator,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return one wave's rows with utilisation, blank where not offered, and the truth of the Tobits."""
    roles = Roles.of(codebook, int(rows["wave"].iloc[0]))
    columns = roles.columns["utilisation"]
    equation = equation.only(list(columns))
    predictors = PredictorColumns.of(rows, codebook, [*roles.exposures, *roles.controls])
    declared = [constants.utilisation[service] for service in columns]
    groups = equation.groups(rows)
    known = groups - equation.unit_effect.loc[rows["clinic"]].to_numpy(dtype=float)[:, None]
    means = {
        service: MeanOfOutcome(
            _intercept_at_mean(entry.intercept_at_mean),
            _mean_used(entry, constants, codebook.variable(name).limits or (-np.inf, np.inf)),
            known[:, k],
            (rows[roles.columns["availability"][service]] == 1).to_numpy(),
        )
        for k, (service, name, entry) in enumerate(zip(columns, columns.values(), declared, strict=True))
    }
    equation = with_planted(equation, predictors, _of("utilisation", planted), means, codebook)
    fixed = equation.fixed(predictors)
    intercept = np.array([mean.intercept(fixed[:, k]) for k, mean in enumerate(means.values())])
    eta = intercept + fixed + groups
    values = {}
    for k, (service, name) in enumerate(columns.items()):
        limits = codebook.variable(name).limits or (-np.inf, np.inf)
        used = tobit(eta[:, k], declared[k].residual_sd, limits=limits, rng=rng)
        offered = rows[roles.columns["availability"][service]] == 1
        values[name] = np.where(offered, used, np.nan)
    truth = _truth("utilisation", equation, predictors, intercept=intercept, constants=constants, codebook=codebook)
    residual_sd = {service: entry.residual_sd for service, entry in zip(columns, declared, strict=True)}
    return rows.assign(**values), {**truth, "residual_sd": residual_sd}


def _intercept_at_mean(value: float) -> Callable[[Array], float]:
    """Return how the intercept of raw columns follows from their part, given its value at their mean."""
    return lambda fixed: value - float(fixed.mean())


def _mean_used(
    entry: Utilisation, constants: SimulatorConstants, limits: tuple[float, float]
) -> Callable[[Array], Array]:
    """Return E[y] of a Tobit given the rest of its predictor; units' own effects count as spread."""
    sd = float(np.hypot(entry.residual_sd, constants.spread["utilisation"].unit_sd))
    return lambda eta: mean_of_tobit(eta, sd, limits=limits)


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
