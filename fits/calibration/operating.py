"""Operating characteristics: how often a procedure calls, misses, exaggerates and covers, on simulated studies.

Everything is conditional on the true effect: on its size, and on whether the exposure's effects on the other
services are the same, none, or any. Effects of one simulated study depend on each other, so every Monte Carlo
error counts simulations, not effects.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from fits.calibration.characteristics import Calls, Errors, Verdicts, calls_of, errors_of, verdicts_of
from fits.calibration.false_directions import FalseDirections, false_directions
from fits.calibration.simulated_effects import (
    PROCEDURES,
    SimulatedShare,
    Table,
    inside,
    percent,
    select,
    table_of,
)
from fits.calibration.true_sizes import ALL, NONE, WORLDS, TrueSizes, words_of
from fits.verdicts.rule import Rule
from priors.prior_set import Unit

COVERED = (0.84, 0.95)
"""Where the coverage of 90 % intervals must lie, given `ENOUGH` simulations."""

ENOUGH = 100
"""Simulations from which coverage is judged."""

HARDLY = 1.15
"""Effects of up to so many times the smallest that matters can hardly be told to be larger than it."""


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
    calls, errors, verdicts : tuple
        By class of the true effect, single services first, then means over services, of which the last
        class is all of them.
    absent, mattering : tuple of Calls
        All effects on single services that are 0, and all of the smallest size that matters or more.
    false : tuple of FalseDirections
    hardly : tuple of str
        A sentence on each class that the rule can hardly call, as its effects barely exceed the smallest
        that matters.
    check : CalibrationCheck
        Of the coverage of 90 % posterior intervals.
    """

    simulations: dict[str, int]
    calls: tuple[Calls, ...]
    errors: tuple[Errors, ...]
    verdicts: tuple[Verdicts, ...]
    absent: tuple[Calls, ...]
    mattering: tuple[Calls, ...]
    false: tuple[FalseDirections, ...]
    hardly: tuple[str, ...]
    check: CalibrationCheck
    unit: str
    smallest: float

    @classmethod
    def of(
        cls, records: Sequence[Mapping[str, Any]], rule: Rule, scale: Unit, sizes: TrueSizes | None = None
    ) -> Operating:
        """Return the operating characteristics of stored simulations.

        Parameters
        ----------
        records : sequence of mapping
            One per simulation: `k`, `status`, `first` (status of the first attempt), and `effects`, each with
            `exposure`, `service`, `true`, `bayes` (`mean`, `low_90`, `high_90`, `low_95`, `high_95`,
            `above`, `below`, `within`) and `ml` (`estimate`, `error`, `p_value`, None without a maximum).
        scale : {'points', 'probability'}
        sizes : TrueSizes, optional
            The classes of the scenario; by default those of one that plants nothing.
        """
        sizes = sizes or TrueSizes()
        every = table_of(records, rule, scale, sizes)
        smallest = rule.smallest_on(scale) * (1.0 if scale == "points" else 100.0)
        single = select(every, ~every["pooled"])
        calls, errors, verdicts = [], [], []
        for pooled, true, world, here in _groups(every, sizes):
            calls += [calls_of(procedure, (true, world, pooled), here, smallest) for procedure in PROCEDURES]
            errors += [errors_of(half, (true, world, pooled), here) for half in ("bayes", "ml")]
            verdicts.append(verdicts_of((true, world, pooled), here))
        return cls(
            counts(records),
            tuple(calls),
            tuple(errors),
            tuple(verdicts),
            absent=_together(NONE, select(single, single["size"] == 0), smallest),
            mattering=_together(ALL, select(single, single["size"] >= smallest), smallest),
            false=false_directions(single) if len(single["k"]) else (),
            hardly=tuple(_hardly(single, sizes, smallest)),
            check=_check(single),
            unit="points" if scale == "points" else "in probability",
            smallest=rule.smallest_on(scale),
        )

    def rows(self) -> list[dict[str, Any]]:
        """Return every number as a flat row, for CSV and JSON."""
        found = []
        every: tuple[Calls | Errors | Verdicts | FalseDirections, ...] = (
            *self.calls,
            *self.errors,
            *self.verdicts,
            *self.false,
        )
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
        size = f"{self.smallest:g} {self.unit}"
        return (
            _sentence(
                self.absent, "called", "Called although there is no effect", "no effect of this scenario is absent"
            ),
            _sentence(self.mattering, "missed", "Missed although it matters", f"no effect here reaches {size}"),
        )


def _sentence(here: Sequence[Calls], what: str, start: str, otherwise: str) -> str:
    if not here:
        return f"{start}: {otherwise}."
    said = "; ".join(f"{one.procedure} {percent(getattr(one, what))}" for one in here)
    return f"{start} ({here[0].effects} effects of {here[0].simulations} simulations): {said}."


def _groups(every: Table, sizes: TrueSizes) -> Iterator[tuple[bool, str, str, Table]]:
    """Yield single services' effects by class of the true effect, then means over services, and all of these."""
    single, means = (select(every, every["pooled"] == pooled) for pooled in (False, True))
    for true in sizes.names:
        for world in WORLDS:
            here = select(single, (single["class"] == true) & (single["world"] == world))
            if len(here["k"]):
                yield False, true, world, here
    there = [true for true in sizes.names if (means["class"] == true).any()]
    for true in there:
        yield True, true, "", select(means, means["class"] == true)
    if len(there) > 1:
        yield True, ALL, "", means


def _together(true: str, here: Table, smallest: float) -> tuple[Calls, ...]:
    if not len(here["k"]):
        return ()
    return tuple(calls_of(procedure, (true, "", False), here, smallest) for procedure in PROCEDURES)


def _hardly(single: Table, sizes: TrueSizes, smallest: float) -> Iterator[str]:
    """Yield a sentence on each class whose largest effect is hardly more than the smallest that matters."""
    for true in sizes.names:
        size = single["size"][(single["class"] == true) & (single["size"] >= smallest)]
        if len(size) and size.max() <= HARDLY * smallest:
            ends = f"lie between {size.min():.2f} and {size.max():.2f}" if np.ptp(size) > 0 else "are exactly that"
            yield (
                f"The {len(size)} true effects of {words_of(true)} that matter {ends}: a rule that asks for more than "
                f"{smallest:g} can hardly call them, however a model pools."
            )


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


def _check(here: Table) -> CalibrationCheck:
    """Coverage of the 90 % posterior intervals of single services' effects, failed fits included.

    Intervals are to hold 90 % of the truths that their prior allows for. Where most truths are 0, the prior's own
    centre, or all services are alike, to hold more of them is no fault.
    """
    share = SimulatedShare.of(inside("bayes", here, 90), np.ones(len(here["k"])), here["k"])
    spread = bool(((here["size"] > 0) & (here["world"] != "alike")).mean() > 0.5) if len(here["k"]) else False
    simulations, (low, high) = len(np.unique(here["k"])), COVERED
    limits = (low, high if spread else 1.0)
    said = f"90 % posterior intervals hold {percent(share)} of {len(here['k'])} true effects"
    if simulations < ENOUGH:
        passed, sentence = None, f"{said}; {simulations} simulations are too few to judge by, {ENOUGH} are needed"
    else:
        passed = bool(limits[0] <= share.value <= limits[1])
        words = (
            f"{low:.0%} to {high:.0%}" if spread else f"at least {low:.0%}, as most are 0, or all services are alike"
        )
        sentence = f"{said}: {'as they should' if passed else 'NOT as they should'} ({words})"
    return CalibrationCheck("coverage of 90 % intervals", share.value, limits, passed, sentence)
