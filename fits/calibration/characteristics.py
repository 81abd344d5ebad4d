"""What a procedure does on one class of true effects: calls and misses them, errs, covers, and gives verdicts.

Type S and type M errors are those of Gelman and Carlin (2014), https://doi.org/10.1177/1745691614551642: of
the effects that are called, how many have the wrong sign, and by what factor they are too large.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fits.calibration.simulated_effects import (
    VERDICT_RULE,
    SimulatedShare,
    Table,
    called,
    estimate_of,
    inside,
    select,
)
from fits.verdicts.rule import EFFECT_VERDICTS

Class = tuple[str, str, bool]
"""Of the true effect: its size, what is true of the other services, and whether it is a mean over services."""


@dataclass(frozen=True)
class Calls:
    """How often one procedure calls effects of one class.

    Attributes
    ----------
    procedure, true, world : str
        And the class of the true effect, as `TrueSizes` and `WORLDS` have it; 'all' stands for every class.
    pooled : bool
        Whether effects are means over services.
    effects, simulations, unanswered : int
        `unanswered`: without an estimate, or without a verdict; not called, and counted.
    missed : SimulatedShare
        Not called, or called with the wrong sign; of effects of the smallest size that matters or more.
    wrong_sign : SimulatedShare
        Type S, of those called.
    exaggeration : SimulatedShare
        Type M: over those called, the mean size of the estimate over the mean size of the truth.
    """

    procedure: str
    true: str
    world: str
    pooled: bool
    effects: int
    simulations: int
    unanswered: int
    called: SimulatedShare
    missed: SimulatedShare
    wrong_sign: SimulatedShare
    exaggeration: SimulatedShare


@dataclass(frozen=True)
class Errors:
    """How far one half's estimates of one class of effects are from the truth.

    Attributes
    ----------
    effects, simulations : int
        With an estimate.
    covered_90, covered_95, bias, rmse, width : SimulatedShare
        `width` of the 95 % interval.
    """

    half: str
    true: str
    world: str
    pooled: bool
    effects: int
    simulations: int
    covered_90: SimulatedShare
    covered_95: SimulatedShare
    bias: SimulatedShare
    rmse: SimulatedShare
    width: SimulatedShare


@dataclass(frozen=True)
class Verdicts:
    """The chance of each verdict of the rule on one class of effects."""

    true: str
    world: str
    pooled: bool
    effects: int
    chance: dict[str, SimulatedShare]


def calls_of(procedure: str, of: Class, here: Table, smallest: float) -> Calls:
    """Return how often a procedure calls effects of a class, given the smallest size that matters in points."""
    hit, estimate, k = called(procedure, here), estimate_of(procedure, here), here["k"]
    every, matters = np.ones(len(k)), (here["size"] >= smallest).astype(float)
    there = bool((here["size"] > 0).any())
    right = hit & (np.sign(estimate) == np.sign(here["true"]))
    size = np.where(hit, np.abs(estimate), 0.0)
    answered = here["verdict"] != "no verdict" if procedure == VERDICT_RULE else np.isfinite(estimate)
    absent = SimulatedShare(np.nan, np.nan)
    return Calls(
        procedure,
        *of,
        effects=len(k),
        simulations=len(np.unique(k)),
        unanswered=int((~answered).sum()),
        called=SimulatedShare.of(hit.astype(float), every, k),
        missed=SimulatedShare.of(~right * matters, matters, k),
        wrong_sign=SimulatedShare.of((hit & ~right).astype(float), hit.astype(float), k) if there else absent,
        exaggeration=SimulatedShare.of(size, np.where(hit, np.abs(here["true"]), 0.0), k) if there else absent,
    )


def errors_of(half: str, of: Class, here: Table) -> Errors:
    """Return how far one half's estimates of a class are from the truth."""
    here = select(here, np.isfinite(here[f"{half}_mean"]))
    k, every = here["k"], np.ones(len(here["k"]))
    off = here[f"{half}_mean"] - here["true"]
    square = SimulatedShare.of(off**2, every, k)
    rmse = float(np.sqrt(square.value))
    return Errors(
        half,
        *of,
        effects=len(k),
        simulations=len(np.unique(k)),
        covered_90=SimulatedShare.of(inside(half, here, 90), every, k),
        covered_95=SimulatedShare.of(inside(half, here, 95), every, k),
        bias=SimulatedShare.of(off, every, k),
        rmse=SimulatedShare(rmse, square.error / (2.0 * rmse) if rmse > 0 else np.nan),  # the delta method
        width=SimulatedShare.of(here[f"{half}_high_95"] - here[f"{half}_low_95"], every, k),
    )


def verdicts_of(of: Class, here: Table) -> Verdicts:
    """Return the chance of each verdict on effects of a class."""
    every, k = np.ones(len(here["k"])), here["k"]
    chance: dict[str, SimulatedShare] = {
        name: SimulatedShare.of((here["verdict"] == name).astype(float), every, k) for name in EFFECT_VERDICTS
    }
    return Verdicts(*of, len(k), chance)
