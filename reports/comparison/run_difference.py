"""What changed from one run to another: in its making, then in its posterior, then in what was concluded."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from data.errors import InputError, Problem
from fits.effects.effect_table import Judged
from fits.effects.summary import finite
from fits.fit_with_study import Evidence
from fits.verdicts.judge import judge_all
from fits.verdicts.rule import Rule
from fits.verdicts.source import Source
from reports.comparison.beliefs import Beliefs
from reports.comparison.difference import MOVED, Difference
from reports.comparison.provenance_diff import Aspect, data_differ, differing
from reports.comparison.side_by_side import SideBySide

Verdicts = Callable[[Evidence], Mapping[str, str]]
"""From a fit to what is concluded from it: verdicts by the name of the reading."""


def verdicts_by(rule: Rule) -> Verdicts:
    """Return what says the verdict of every reading of every claim that a fit can answer."""
    sources = tuple(Source.read(name) for name in Source.names())

    def verdicts(evidence: Evidence) -> dict[str, str]:
        return {one.id: one.verdict for one in judge_all(sources, [evidence], rule) if one.quantity}

    return verdicts


@dataclass(frozen=True)
class Move:
    """An effect that is elsewhere in the second run."""

    exposure: str
    contrast: str
    service: str
    before: Judged
    after: Judged
    difference: Difference


@dataclass(frozen=True)
class Changed:
    """A reading with another verdict."""

    reading: str
    before: str
    after: str


@dataclass(frozen=True)
class RunDifference:
    """Two runs by their labels, in the order given.

    Attributes
    ----------
    making : tuple of Aspect
        In what they were made differently.
    new_data : bool
        Whether the data are others, so that a move need not be the model's.
    moved : tuple of Move
        Effects that moved by more than `MOVED` Monte Carlo standard errors, largest in sd first.
    compared : int
        Effects that were compared.
    largest : float
        The largest absolute difference in sd among all; NaN for none.
    verdicts : tuple of Changed or None
        None where nobody judged.
    judged : int
        Readings that were judged in both.
    """

    before: str
    after: str
    making: tuple[Aspect, ...]
    beliefs: Beliefs
    new_data: bool
    moved: tuple[Move, ...]
    compared: int
    largest: float
    verdicts: tuple[Changed, ...] | None = None
    judged: int = 0

    @classmethod
    def of(cls, fits: Mapping[str, Evidence], side: SideBySide, *, verdicts: Verdicts | None = None) -> RunDifference:
        """Return what changed.

        Parameters
        ----------
        fits : dict of str to Evidence
            Two, by label.
        side : SideBySide
            Their effects.
        verdicts : callable, optional
            ``verdicts(evidence)`` -> verdict by reading.

        Raises
        ------
        InputError
            When there are not two.
        """
        if len(fits) != 2:
            raise InputError([Problem("--diff", f"{len(fits)} fits", "two: what changed from one to the other")])
        before, after = fits
        compared = list(_moves(side, before, after))
        moved = [move for move in compared if move.difference.moved]
        judged = [dict(verdicts(one)) for one in fits.values()] if verdicts else []
        return cls(
            before,
            after,
            differing(fits)[0],
            Beliefs.of(*fits.values()),
            data_differ(fits),
            tuple(sorted(moved, key=lambda move: move.difference.size, reverse=True)),
            len(compared),
            max((move.difference.size for move in compared), default=math.nan),
            _changed(*judged) if judged else None,
            len({*judged[0]} & {*judged[1]}) if judged else 0,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "before": self.before,
            "after": self.after,
            "making": [{"aspect": one.name, **one.values} for one in self.making],
            "beliefs": asdict(self.beliefs),
            "new_data": self.new_data,
            "compared": self.compared,
            "monte_carlo_errors": MOVED,
            **finite({"largest_in_sd": self.largest}),
            "moved": [
                {
                    "exposure": move.exposure,
                    "contrast": move.contrast,
                    "service": move.service,
                    **finite(
                        {
                            "before": move.before.mean,
                            "after": move.after.mean,
                            "difference": move.difference.value,
                            "difference_mcse": move.difference.error,
                            "difference_in_sd": move.difference.sds,
                        }
                    ),
                }
                for move in self.moved
            ],
            "verdicts_judged": self.judged,
            "verdicts": None if self.verdicts is None else [asdict(one) for one in self.verdicts],
        }


def _moves(side: SideBySide, before: str, after: str) -> Iterator[Move]:
    """Every effect that can be compared, moved or not."""
    for row in side.rows:
        one, other = (row.entries[label] for label in (before, after))
        if one.said and other.said and other.difference:
            yield Move(row.exposure, row.contrast, row.service, one.said, other.said, other.difference)


def _changed(before: dict[str, str], after: dict[str, str]) -> tuple[Changed, ...]:
    """Readings whose verdict is another, those of one run alone among them."""
    return tuple(
        Changed(reading, before.get(reading, "not judged"), after.get(reading, "not judged"))
        for reading in dict.fromkeys([*before, *after])
        if before.get(reading) != after.get(reading)
    )
