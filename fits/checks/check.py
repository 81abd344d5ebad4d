"""A check: a value, the limit it must keep, whether it does, and a sentence that says so."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from data.arrays import Array

FALSE_ALARM = 0.05
"""Chance that a right model fails any of the checks that are tests, taken together."""

Kind = Literal["p", "at_most"]


@dataclass(frozen=True)
class Check:
    """One check.

    Attributes
    ----------
    name : str
        Such as ``at_lower_by_service``.
    kind : {'p', 'at_most'}
        A tail probability, which must not be below the limit; or a number that must not exceed it.
    sentence : str
        What was found, for people.
    """

    name: str
    value: float
    limit: float
    kind: Kind
    passed: bool
    sentence: str

    @property
    def rule(self) -> str:
        """Value and limit in short."""
        if self.kind == "p":
            return f"p {p_text(self.value)}, at least {self.limit:.2g}"
        return f"{self.value:.3g}, at most {self.limit:.2g}"

    def plain(self) -> dict[str, Any]:
        """Return the check as plain data."""
        found = asdict(self)
        return {**found, "value": self.value if math.isfinite(self.value) else str(self.value)}


@dataclass(frozen=True)
class Test:
    """A check whose limit waits for how many others there are."""

    __test__ = False  # not one of pytest's

    name: str
    p: float
    holds: str
    fails: str


def judge(tests: Iterable[Test]) -> list[Check]:
    """Return tests as checks: together they fail a right model with a chance of at most `FALSE_ALARM` (Bonferroni).

    Parameters
    ----------
    tests : iterable of Test
        All that are made of one fit. Those on replicated data are conservative, as the data were
        used to fit: Meng (1994), https://doi.org/10.1214/aos/1176325622.
    """
    found = list(tests)
    limit = FALSE_ALARM / max(len(found), 1)
    return [
        Check(one.name, one.p, limit, "p", one.p >= limit, one.holds if one.p >= limit else one.fails) for one in found
    ]


def tail(observed: float, replicated: Array) -> float:
    """Return the share of replications at least as extreme, counting the observed one, so that it is never 0."""
    return float((1 + np.count_nonzero(replicated >= observed)) / (1 + replicated.size))


def p_text(p: float) -> str:
    """Return a tail probability with the digits that a thousand replications carry."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"
