"""Simulate the NDATSS study under a scenario whose truth is known."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, replace
from io import BytesIO
from typing import Any

import pandas as pd
from numpy.random import PCG64, Generator, SeedSequence

from data.codebook import Codebook
from data.errors import InputError, Problem, unknown
from data.simulation.adoption import adoption_equation, with_exposures
from data.simulation.constants import (
    AdoptionEffect,
    Outcome,
    OutcomeEffect,
    SimulatorConstants,
    simulator_constants,
)
from data.simulation.covariates import clinic_waves, with_covariates
from data.simulation.equations import expanded
from data.simulation.outcomes import Roles, outcome_equation, share_offering, with_availability, with_utilisation
from data.simulation.planted import PlantedEffect, planted_effects

DEFAULT_SCENARIO = simulator_constants().default.scenario
DEFAULT_SEED = simulator_constants().default.seed

FORMATS = (".csv", ".parquet", ".dta")
"""File formats that `encode` knows, by suffix."""

STREAMS = (
    "clinics",
    "covariates",
    "adoption equations",
    "exposures",
    "availability equations",
    "availability",
    "utilisation equations",
    "utilisation",
    "archive",
    "planted effects",
)
"""Random streams, one for each step, so that a change in one step leaves the others' draws unchanged."""

SCALE = {
    "utilisation": "latent points per contrast; eta = intercept + sum(x / step * coef) + state + unit type + unit",
    "availability": "logit per contrast; eta as for utilisation, with its own coefficients and unit effect",
    "adoption": "logit per contrast for the bernoulli family, latent points per contrast for the tobit family",
    "step": "the codebook's contrast in the column's own unit; for an SD contrast, the sd of that wave's column",
    "intercept": "for raw columns; intercept_at_mean is the same at the wave's mean of every column",
    "unit_type_sd": "the sd drawn from; where type effects are given by rates, the root of their mean square",
    "planted": "points of E[y], of 100 patients or clinics, averaged over a wave's rows that answer; the "
    "coefficients, one for each wave, are solved for",
    "unit_sd": "one effect per clinic, shared by its services and by its waves; availability has its own",
}


def scenarios() -> dict[str, str]:
    """Return each scenario's name and its one-line description."""
    return {name: scenario.line for name, scenario in simulator_constants().scenarios.items()}


def simulate(scenario: str, seed: int, *, units: int | None = None) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return a simulated study and the truth that it was drawn from.

    The same scenario and seed give the same values; scenarios of one seed share their clinics,
    their noise and everything else that they do not declare.

    Parameters
    ----------
    scenario : str
        A name from `scenarios`.
    seed : int
        A whole number from 0.
    units : int, optional
        Number of clinics in each wave, of which the same share answers in both; by default the survey's numbers.

    Returns
    -------
    frame : pandas.DataFrame
        One row per clinic and wave, columns as in the codebook `ndatss`. Utilisation is NaN where
        the service is not offered; both outcomes are NaN where the wave did not ask.
    truth : dict
        Plain data for JSON: `scenario`, `seed`, `stamp`, `scale`, `claims` (each claimed effect
        with its claimed and its true size), `planted` (each effect of an exact size on E[y], in a
        scenario that has such) and `waves`, by wave `utilisation`, `availability` and `adoption`. No row
        of the data.

    Raises
    ------
    InputError
        For an unknown scenario, a negative seed, or too few units for every state to have one.
    """
    constants, codebook = simulator_constants(), Codebook.read("ndatss")
    constants.scenario(scenario)
    if seed < 0:
        raise InputError([Problem("seed", str(seed), "a whole number from 0 up")])
    if units is not None:
        constants = _sized(constants, units)
    rng = streams(seed)
    clinics = clinic_waves(constants, rng["clinics"])
    frame = with_covariates(clinics, constants, codebook=codebook, rng=rng["covariates"])
    adoption = adoption_equation(frame, constants, codebook, scenario=scenario, rng=rng["adoption equations"])
    offers = outcome_equation(
        "availability", frame, constants, codebook=codebook, scenario=scenario, rng=rng["availability equations"]
    )
    uses = outcome_equation(
        "utilisation", frame, constants, codebook=codebook, scenario=scenario, rng=rng["utilisation equations"]
    )
    planted = _planted(scenario, frame, constants, codebook, rng["planted effects"])
    waves, truth = [], {}
    for wave in constants.units.n:
        rows = frame[frame["wave"] == wave]
        rows, adopted = with_exposures(rows, adoption, constants, codebook=codebook, rng=rng["exposures"])
        rows, offered = with_availability(
            rows, offers, constants, codebook=codebook, planted=planted, rng=rng["availability"]
        )
        rows, used = with_utilisation(rows, uses, constants, codebook=codebook, planted=planted, rng=rng["utilisation"])
        waves.append(rows)
        truth[str(wave)] = {"utilisation": used, "availability": offered, "adoption": adopted}
    stamp = f"SIMULATED {scenario} seed {seed}" + ("" if units is None else f", {units} units")
    stacked = pd.concat(waves, ignore_index=True).assign(simulated=stamp)[list(codebook.variables)]
    head = {"scenario": scenario, "seed": seed, "stamp": stamp, "scale": SCALE, "claims": _claims(truth)}
    told = {"planted": [asdict(effect) for effect in planted]} if planted else {}
    return stacked, {**head, **told, "waves": truth}


def _planted(
    scenario: str, frame: pd.DataFrame, constants: SimulatorConstants, codebook: Codebook, rng: Generator
) -> tuple[PlantedEffect, ...]:
    """Return the effects of exact sizes that a scenario plants in a study; most scenarios plant none."""
    planted = constants.scenario(scenario).planted
    if planted is None:
        return ()
    every = planted.on == "every"
    kinds: tuple[Outcome, ...] = ("utilisation", "availability")
    offered = {kind: share_offering(kind, frame, constants, codebook=codebook, every=every) for kind in kinds}
    return planted_effects(planted, expanded(codebook, Roles.of(codebook).exposures), offered, rng)


def _sized(constants: SimulatorConstants, units: int) -> SimulatorConstants:
    """Return the constants of a survey of another size."""
    share = constants.panel.in_both_waves / max(constants.units.n.values())
    both = round(share * units)
    least = constants.states.count
    if both < least:  # the first clinics of the panel are given one state each
        enough = next(count for count in range(least, 10 * least) if round(share * count) >= least)
        raise InputError([Problem("units", str(units), f"{enough} or more, so that every state has one in both waves")])
    return replace(
        constants,
        units=replace(constants.units, n=dict.fromkeys(constants.units.n, units)),
        panel=replace(constants.panel, in_both_waves=both),
    )


def streams(seed: int) -> dict[str, Generator]:
    """Return a study's random streams by name; adding one at the end of `STREAMS` changes no other."""
    children = SeedSequence(seed).spawn(len(STREAMS))
    return {name: Generator(PCG64(child)) for name, child in zip(STREAMS, children, strict=True)}


def _claims(waves: dict[str, Any]) -> list[dict[str, Any]]:
    """Return each claimed effect: exposure, outcome, claimed size, and true size in the last wave."""
    constants, last = simulator_constants(), waves[max(waves)]
    found = []
    effects: list[AdoptionEffect | OutcomeEffect] = [*constants.adoption_effects, *constants.effects]
    for effect in effects:
        if effect.claim is None:
            continue
        if isinstance(effect, AdoptionEffect):
            place = {"outcome": "adoption", "predictor": effect.predictor}
            true = last["adoption"][effect.exposure]["coef"][effect.predictor]
        else:
            place = {"outcome": effect.outcome, "service": effect.service}
            true = last[effect.outcome]["exposure_coef"][effect.exposure][effect.service]
        sizes = {"claimed": effect.size, "true": true}
        found.append({"claim": effect.claim, "exposure": effect.exposure, **place, **sizes})
    return found


def csv_bytes(frame: pd.DataFrame) -> bytes:
    r"""Return the table as CSV in UTF-8 with ``\n`` line ends; its SHA-256 identifies the data."""
    return frame.to_csv(index=False, lineterminator="\n", float_format="%.2f").encode("utf-8")


def default_study() -> tuple[pd.DataFrame, str]:
    """Return the study that is simulated when no file is given, and the SHA-256 of its CSV bytes."""
    frame, _ = simulate(DEFAULT_SCENARIO, DEFAULT_SEED)
    return frame, hashlib.sha256(csv_bytes(frame)).hexdigest()


def encode(frame: pd.DataFrame, suffix: str) -> bytes:
    """Return the table as the bytes of a file in the format of `suffix`.

    Raises
    ------
    InputError
        For a suffix that is not one of `FORMATS`.
    """
    buffer = BytesIO()
    if suffix == ".csv":
        return csv_bytes(frame)
    if suffix == ".parquet":
        frame.to_parquet(buffer, index=False)
    elif suffix == ".dta":
        # Stata's variable labels hold 80 characters
        labels = {name: variable.label[:80] for name, variable in Codebook.read("ndatss").variables.items()}
        stamp = str(frame["simulated"].iloc[0])
        frame.to_stata(buffer, write_index=False, version=118, data_label=stamp, variable_labels=labels)
    else:
        raise unknown("file suffix", suffix, FORMATS)
    return buffer.getvalue()
