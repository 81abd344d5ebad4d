"""Models compared by how well they predict each answer without it, on one scale."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import arviz_stats
import numpy as np

from data.errors import InputError, Problem
from fits.checks.loo import Loo
from models.design import Design


@dataclass(frozen=True)
class Comparison:
    """One model beside the best.

    Attributes
    ----------
    elpd, error : float
        Expected log predictive density of all answers, and its standard error over answers.
    effective : float
        Effective number of parameters.
    difference, difference_error : float
        To the best model, and its standard error.
    weight : float
        In a stack of predictive distributions: Yao et al. (2018), https://doi.org/10.1214/17-BA1091.
    bad : int
        Answers whose k-hat is too high.
    """

    fit: str
    elpd: float
    error: float
    effective: float
    difference: float
    difference_error: float
    weight: float
    bad: int

    def plain(self) -> dict[str, Any]:
        """Return the row as plain data."""
        return asdict(self)


def compare(found: dict[str, tuple[Loo, Design, tuple[float, float]]]) -> list[Comparison]:
    """Return the models from the best to the worst.

    Parameters
    ----------
    found : dict
        By fit: its predictions, its design and the outcome's own limits.

    Raises
    ------
    InputError
        When they do not predict the same answers on the same scale.
    """
    require_comparable({name: (design, limits) for name, (_, design, limits) in found.items()})
    table = arviz_stats.compare({name: loo.as_arviz() for name, (loo, _, _) in found.items()}, round_to="none")
    return [
        Comparison(
            str(name),
            float(row["elpd"]),
            float(row["se"]),
            float(row["p"]),
            float(row["elpd_diff"]),
            float(row["dse"]),
            float(row["weight"]),
            int(found[str(name)][0].bad.size),
        )
        for name, row in table.iterrows()
    ]


def require_comparable(found: dict[str, tuple[Design, tuple[float, float]]]) -> None:
    """Raise an `InputError` unless fits predict the same answers on the same scale.

    Parameters
    ----------
    found : dict
        By fit: its design and the outcome's own limits.
    """
    (first, (design, limits)), *others = found.items()
    for name, (other, bounds) in others:
        if not _same(design, other):
            got = f"other answers than {first!r} predicts"
            raise InputError([Problem(f"fit {name!r}", got, "the same answers of the same units")])
        if bounds != limits:
            got = f"limits {bounds}, and {first!r} has {limits}"
            raise InputError([Problem(f"fit {name!r}", got, "the same limits: densities are then on one scale")])


def _same(one: Design, other: Design) -> bool:
    return (
        np.array_equal(one.y, other.y)
        and np.array_equal(one.units[one.unit_of], other.units[other.unit_of])
        and [one.services[s] for s in one.service_of] == [other.services[s] for s in other.service_of]
    )
