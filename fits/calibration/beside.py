"""Calibrations beside one another: what each shape of pooling costs and gains, by the true size of an effect.

A shape's numbers come from up to three scenarios: one service that differs (`one_real`), services that are all
alike (`alike`), and no effect at all (`null`). Maximum likelihood, which pools nothing, stands beside the shapes;
its numbers are those of the shape with the most simulations, as all shapes are fitted to the same studies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from data.arrays import Array
from data.errors import InputError, Problem
from fits.calibration.compact import CompactRecord
from fits.calibration.false_directions import any_of, false_calls
from fits.calibration.recorded import require_rule, shape_of
from fits.calibration.simulated_effects import (
    DIRECTION_RULE,
    P_DIRECTION,
    SimulatedShare,
    Table,
    called,
    estimate_of,
    families,
    inside,
    select,
    table_of,
)
from fits.calibration.store import plain
from fits.calibration.true_sizes import TrueSizes
from fits.verdicts.rule import Rule

ONE_REAL, ALIKE, NULL = "one_real", "alike", "null"

LIKELIHOOD = "max. likelihood"

Half = str
"""`bayes` or `ml`."""

Measure = Callable[[Table, Half, float], SimulatedShare]
"""From single services' effects, the half, and the smallest effect that matters, on the outcome's scale."""


@dataclass(frozen=True)
class Question:
    """A number that is asked of every shape.

    Attributes
    ----------
    scenario : str
        That it is computed from.
    of : str
        The effects that it is about: a class of true sizes, 'mean over services', or '' for all on single services.
    percent : bool
        Whether it is a share; else it is in the outcome's unit.
    """

    what: str
    scenario: str
    of: str
    measure: Measure
    percent: bool = True


def covered(table: Table, half: Half, smallest: float) -> SimulatedShare:
    """Return the share of truths within 90 % intervals."""
    return _mean(inside(half, table, 90), table, half)


def rmse(table: Table, half: Half, smallest: float) -> SimulatedShare:
    """Return the root mean square error."""
    square = _mean((table[f"{half}_mean"] - table["true"]) ** 2, table, half)
    root = float(np.sqrt(square.value))
    return SimulatedShare(root, square.error / (2.0 * root) if root > 0 else np.nan)  # the delta method


def width(table: Table, half: Half, smallest: float) -> SimulatedShare:
    """Return the mean width of 90 % intervals."""
    return _mean(table[f"{half}_high_90"] - table[f"{half}_low_90"], table, half)


def called_rightly(table: Table, half: Half, smallest: float) -> SimulatedShare:
    """Return the share of effects whose direction is called, at 95 %, and is the true one."""
    procedure = _direction(half)
    right = called(procedure, table) & (np.sign(estimate_of(procedure, table)) == np.sign(table["true"]))
    return SimulatedShare.of(right.astype(float), np.ones(len(right)), table["k"])


def practically_none(table: Table, half: Half, smallest: float) -> SimulatedShare:
    """Return the share of effects that are called practically none; for likelihood, by two one-sided tests at .05."""
    if half == "bayes":
        none = table["verdict"] == "practically none"
    else:
        none = (table["ml_low_90"] > -smallest) & (table["ml_high_90"] < smallest)
    return SimulatedShare.of(none.astype(float), np.ones(len(none)), table["k"])


def false_of_exposure(table: Table, half: Half, smallest: float) -> SimulatedShare:
    """Return the share of exposures, of which a study has several, with any false direction on a service."""
    return any_of(false_calls(_direction(half), table), families(table), table["k"])


def false_of_calls(table: Table, half: Half, smallest: float) -> SimulatedShare:
    """Return the share of the directions called that are false."""
    procedure = _direction(half)
    hit = called(procedure, table).astype(float)
    return SimulatedShare.of(false_calls(procedure, table).astype(float), hit, table["k"])


MEAN = "mean over services"

QUESTIONS = (
    *(Question("90 % coverage", ONE_REAL, size, covered) for size in ("5", "8", "10", "15", "20")),
    Question("90 % coverage", ONE_REAL, "0", covered),
    Question("90 % coverage", ONE_REAL, MEAN, covered),
    Question("rmse", ONE_REAL, "10", rmse, percent=False),
    Question("rmse", ONE_REAL, "0", rmse, percent=False),
    Question("rmse", ONE_REAL, MEAN, rmse, percent=False),
    Question("called in its direction", ONE_REAL, "10", called_rightly),
    Question("practically none", ONE_REAL, "8", practically_none),
    Question("practically none", ONE_REAL, "10", practically_none),
    Question("false among directions called", ONE_REAL, "", false_of_calls),
    Question("90 % coverage", ALIKE, "", covered),
    Question("rmse", ALIKE, "", rmse, percent=False),
    Question("width of 90 % intervals", ALIKE, "", width, percent=False),
    Question("any false direction of an exposure", NULL, "", false_of_exposure),
    Question("practically none", NULL, "", practically_none),
)


@dataclass(frozen=True)
class Answered:
    """One number of one shape; NaN where there is no such simulation."""

    shape: str
    what: str
    scenario: str
    of: str
    percent: bool
    simulations: int
    effects: int
    share: SimulatedShare

    def row(self) -> dict[str, Any]:
        """Return it as a flat row of plain data, for CSV and JSON."""
        held = asdict(self)
        share = held.pop("share")
        return dict(plain({**held, **share}))


@dataclass(frozen=True)
class Beside:
    """The answers of all shapes.

    Attributes
    ----------
    shapes : tuple of str
        In the order of the records, maximum likelihood last.
    simulations : dict
        By shape and scenario.
    """

    model: str
    scale: str
    shapes: tuple[str, ...]
    answers: tuple[Answered, ...]
    simulations: dict[str, dict[str, int]]

    @classmethod
    def of(cls, records: Sequence[CompactRecord], rule: Rule) -> Beside:
        """Return the answers that records give.

        Raises
        ------
        InputError
            For records of different models, scales or smallest effects, and for two of one shape and scenario.
        """
        known = [one for one in records if one.head["scenario"] in (ONE_REAL, ALIKE, NULL)]
        _require_alike(known)
        tables: dict[str, dict[str, Table]] = {}
        for one in known:
            require_rule(one, rule)
            scenario, scale = one.head["scenario"], one.head["scale"]
            table = table_of(one.records, rule, scale, TrueSizes.of(scenario))
            tables.setdefault(_name(one.head, known), {})[scenario] = table
        first = known[0].head
        smallest = rule.smallest_on(first["scale"])
        answers = [answer for shape, held in tables.items() for answer in _answers(shape, held, "bayes", smallest)]
        counts = {
            shape: {name: len(set(t["k"].tolist())) for name, t in held.items()} for shape, held in tables.items()
        }
        most = {
            name: max((held[name] for held in tables.values() if name in held), key=lambda table: len(table["k"]))
            for name in (ONE_REAL, ALIKE, NULL)
            if any(name in held for held in tables.values())
        }
        answers += _answers(LIKELIHOOD, most, "ml", smallest)
        return cls(first["model"], first["scale"], (*tables, LIKELIHOOD), tuple(answers), counts)

    def rows(self) -> list[dict[str, Any]]:
        """Return every number as a flat row, for CSV and JSON."""
        return [one.row() for one in self.answers]

    def answer(self, shape: str, what: str, scenario: str, of: str) -> Answered | None:
        """Return one number of one shape; None where nothing was simulated for it."""
        wanted = (shape, what, scenario, of)
        return next((one for one in self.answers if (one.shape, one.what, one.scenario, one.of) == wanted), None)


def _answers(shape: str, tables: Mapping[str, Table], half: Half, smallest: float) -> Iterator[Answered]:
    for question in QUESTIONS:
        if question.scenario in tables:
            here = _about(question.of, tables[question.scenario])
            yield Answered(
                shape,
                question.what,
                question.scenario,
                question.of,
                question.percent,
                simulations=len(set(here["k"].tolist())),
                effects=len(here["k"]),
                share=question.measure(here, half, smallest),
            )


def _about(of: str, table: Table) -> Table:
    if of == MEAN:
        return select(table, table["pooled"])
    single = select(table, ~table["pooled"])
    return select(single, single["class"] == of) if of else single


def _require_alike(records: Sequence[CompactRecord]) -> None:
    """Raise unless records can stand in one table."""
    if not records:
        raise InputError([Problem("records", "none of one_real, alike or null", "records of these scenarios")])
    problems = []
    for key in ("model", "scale", "service", "smallest"):
        found = list(dict.fromkeys(str(one.head[key]) for one in records))
        if len(found) > 1:
            problems.append(Problem(f"{key} of the records", ", ".join(found), "one, so that they can be compared"))
    pairs = [(_name(one.head, records), one.head["scenario"]) for one in records]
    for shape, scenario in sorted({pair for pair in pairs if pairs.count(pair) > 1}):
        problems.append(Problem(f"records of {scenario}", f"two with pooling {shape!r}", "one of each shape"))
    if problems:
        raise InputError(problems)


def _name(head: Mapping[str, Any], records: Iterable[CompactRecord]) -> str:
    """The shape's name, with the prior set where records differ in it."""
    several = len({one.head["priors"] for one in records}) > 1
    return f"{shape_of(head)}, {head['priors']}" if several else shape_of(head)


def _direction(half: Half) -> str:
    return DIRECTION_RULE if half == "bayes" else P_DIRECTION


def _mean(values: Array, table: Table, half: Half) -> SimulatedShare:
    """Return the mean over effects that have an estimate."""
    there = np.isfinite(table[f"{half}_mean"])
    return SimulatedShare.of(np.where(there, values, 0.0), there.astype(float), table["k"])
