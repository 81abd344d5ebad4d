"""Operating characteristics: how often a procedure calls, misses, exaggerates and covers, on simulated studies.

Type S and type M errors are those of Gelman and Carlin (2014), https://doi.org/10.1177/1745691614551642: of
the effects that are called, how many have the wrong sign, and by what factor they are too large. Effects of
one simulated study depend on each other, so every Monte Carlo error counts simulations, not effects.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from data.arrays import Array
from fits.calibration.simulated_effects import (
    CLASSES,
    LARGE,
    NONE,
    P_VALUE,
    PROCEDURES,
    VERDICT_RULE,
    SimulatedShare,
    Table,
    called,
    classes,
    inside,
    percent,
    select,
    table_of,
)
from fits.verdicts.rule import EFFECT_VERDICTS, Rule
from priors.prior_set import Unit

COVERED = (0.84, 0.95)
"""Where the coverage of 90 % intervals must lie, given `ENOUGH` simulations."""

ENOUGH = 100
"""Simulations from which coverage is judged."""


@dataclass(frozen=True)
class Calls:
    """How often one procedure calls effects of one class.

    Attributes
    ----------
    procedure, true : str
        And the class of the true effect.
    pooled : bool
        Whether effects are means over services.
    effects, simulations, unanswered : int
        `unanswered`: without an estimate, or without a verdict; not called, and counted.
    missed : SimulatedShare
        Not called, or called with the wrong sign; of effects that matter.
    wrong_sign : SimulatedShare
        Type S, of those called.
    exaggeration : SimulatedShare
        Type M: over those called, the mean size of the estimate over the mean size of the truth.
    """

    procedure: str
    true: str
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
    pooled: bool
    effects: int
    chance: dict[str, SimulatedShare]


@dataclass(frozen=True)
class CalibrationCheck:
    """A check with its own value, limits and sentence; `passed` is None where it cannot be judged."""

    name: str
    value: float
    limits: tuple[float, float]
    passed: bool | None
    sentence: str


@dataclass(frozen=True)
class Operating:
    """The operating characteristics of one scenario.

    Attributes
    ----------
    simulations : dict of str to int
        `done`, of which `failed` (for good), `looks`, and `failed_first`; and `errors`, which gave nothing.
    check : CalibrationCheck
        Of the coverage of 90 % posterior intervals.
    """

    simulations: dict[str, int]
    calls: tuple[Calls, ...]
    errors: tuple[Errors, ...]
    verdicts: tuple[Verdicts, ...]
    check: CalibrationCheck
    unit: str
    smallest: float

    @classmethod
    def of(cls, records: Sequence[Mapping[str, Any]], rule: Rule, scale: Unit) -> Operating:
        """Return the operating characteristics of stored simulations.

        Parameters
        ----------
        records : sequence of mapping
            One per simulation: `k`, `status`, `first` (status of the first attempt), and `effects`, each with
            `exposure`, `service`, `true`, `bayes` (`mean`, `low_90`, `high_90`, `low_95`, `high_95`,
            `above`, `below`, `within`) and `ml` (`estimate`, `error`, `p_value`, None without a maximum).
        scale : {'points', 'probability'}
        """
        calls, errors, verdicts = [], [], []
        every = table_of(records, rule)
        for pooled in (False, True):
            for true in CLASSES:
                here = select(every, (every["pooled"] == pooled) & (classes(every["true"], rule, scale) == true))
                if not len(here["true"]):
                    continue
                calls += [_calls(procedure, true, pooled, here) for procedure in PROCEDURES]
                errors += [_errors(half, true, pooled, here) for half in ("bayes", "ml")]
                verdicts.append(_verdicts(true, pooled, here))
        return cls(
            counts(records),
            tuple(calls),
            tuple(errors),
            tuple(verdicts),
            _check(select(every, ~every["pooled"]), effects=bool((classes(every["true"], rule, scale) != NONE).any())),
            "points" if scale == "points" else "in probability",
            rule.smallest_on(scale),
        )

    def rows(self) -> list[dict[str, Any]]:
        """Return every number as a flat row, for CSV and JSON."""
        found = []
        every: tuple[Calls | Errors | Verdicts, ...] = (*self.calls, *self.errors, *self.verdicts)
        for one in every:
            held = asdict(one)
            shares = {**held.pop("chance", {})}
            shares |= {key: held.pop(key) for key in list(held) if isinstance(held[key], dict)}
            for key, share in shares.items():
                row = {"table": type(one).__name__.lower(), **held, "what": key, **share}
                found.append({k: None if isinstance(v, float) and not np.isfinite(v) else v for k, v in row.items()})
        return found

    def sentences(self) -> tuple[str, str]:
        """Return how often an effect is called that is not there, and how often one is missed that is."""
        return (
            self._sentence(
                NONE, "called", "Called although there is no effect", "no effect of this scenario is absent"
            ),
            self._sentence(
                LARGE, "missed", "Missed although it matters", f"no effect here reaches {self.smallest:g} {self.unit}"
            ),
        )

    def _sentence(self, true: str, what: str, start: str, otherwise: str) -> str:
        here = [one for one in self.calls if one.true == true and not one.pooled]
        if not here:
            return f"{start}: {otherwise}."
        said = "; ".join(f"{one.procedure} {percent(getattr(one, what))}" for one in here)
        return f"{start} ({here[0].effects} effects of {here[0].simulations} simulations): {said}."


def counts(records: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Return how many simulations there are of each kind; none is left out."""
    status = Counter(record["status"] for record in records)
    first = sum(record["status"] != "error" and record["first"] == "failed" for record in records)
    done = sum(status.values())
    return {
        "done": done,
        "failed_first": first,
        "failed": status["failed"],
        "looks": status["look"],
        "errors": status["error"],
    }


def _estimate(procedure: str, table: Table) -> Array:
    return np.asarray(table["ml_mean" if procedure == P_VALUE else "bayes_mean"])


def _calls(procedure: str, true: str, pooled: bool, here: Table) -> Calls:
    hit, estimate, k = called(procedure, here), _estimate(procedure, here), here["k"]
    every, there = np.ones(len(k)), true != NONE
    right = hit & (np.sign(estimate) == np.sign(here["true"]))
    size = np.where(hit, np.abs(estimate), 0.0)
    answered = here["verdict"] != "no verdict" if procedure == VERDICT_RULE else np.isfinite(estimate)
    absent = SimulatedShare(np.nan, np.nan)
    return Calls(
        procedure,
        true,
        pooled,
        effects=len(k),
        simulations=len(np.unique(k)),
        unanswered=int((~answered).sum()),
        called=SimulatedShare.of(hit.astype(float), every, k),
        missed=SimulatedShare.of((~right).astype(float), every, k) if true == LARGE else absent,
        wrong_sign=SimulatedShare.of((hit & ~right).astype(float), hit.astype(float), k) if there else absent,
        exaggeration=SimulatedShare.of(size, np.where(hit, np.abs(here["true"]), 0.0), k) if there else absent,
    )


def _errors(half: str, true: str, pooled: bool, here: Table) -> Errors:
    here = select(here, np.isfinite(here[f"{half}_mean"]))
    k, every = here["k"], np.ones(len(here["k"]))
    off = here[f"{half}_mean"] - here["true"]
    square = SimulatedShare.of(off**2, every, k)
    rmse = float(np.sqrt(square.value))
    return Errors(
        half,
        true,
        pooled,
        effects=len(k),
        simulations=len(np.unique(k)),
        covered_90=SimulatedShare.of(inside(half, here, 90), every, k),
        covered_95=SimulatedShare.of(inside(half, here, 95), every, k),
        bias=SimulatedShare.of(off, every, k),
        rmse=SimulatedShare(rmse, square.error / (2.0 * rmse) if rmse > 0 else np.nan),  # the delta method
        width=SimulatedShare.of(here[f"{half}_high_95"] - here[f"{half}_low_95"], every, k),
    )


def _verdicts(true: str, pooled: bool, here: Table) -> Verdicts:
    every, k = np.ones(len(here["k"])), here["k"]
    chance: dict[str, SimulatedShare] = {
        name: SimulatedShare.of((here["verdict"] == name).astype(float), every, k) for name in EFFECT_VERDICTS
    }
    return Verdicts(true, pooled, len(k), chance)


def _check(here: Table, *, effects: bool) -> CalibrationCheck:
    """Coverage of the 90 % posterior intervals of single services' effects, failed fits included.

    Intervals are to hold 90 % of the truths that their prior allows for. Where there is no effect at all every truth
    is the prior's own centre, and to hold more of them is no fault.
    """
    share = SimulatedShare.of(inside("bayes", here, 90), np.ones(len(here["k"])), here["k"])
    simulations, (low, high) = len(np.unique(here["k"])), COVERED
    limits = (low, high if effects else 1.0)
    said = f"90 % posterior intervals hold {percent(share)} of {len(here['k'])} true effects"
    if simulations < ENOUGH:
        passed, sentence = None, f"{said}; {simulations} simulations are too few to judge by, {ENOUGH} are needed"
    else:
        passed = bool(limits[0] <= share.value <= limits[1])
        words = f"{low:.0%} to {high:.0%}" if effects else f"at least {low:.0%}, as no effect is at the prior's centre"
        sentence = f"{said}: {'as they should' if passed else 'NOT as they should'} ({words})"
    return CalibrationCheck("coverage of 90 % intervals", share.value, limits, passed, sentence)
