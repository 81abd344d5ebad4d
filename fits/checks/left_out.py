"""Levels of a group predicted by a model that has not seen them: how well does it do in a new state.

A level's answers are predicted from a refit in which they weigh nothing, so that its effects, and its units' own,
come from their estimated distribution.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import arviz_stats  # noqa: F401 (gives xarray its accessor `azstats`)
import numpy as np
import xarray as xr
from scipy.special import logsumexp

from data.arrays import Array, Index
from data.disclosure import FEW, Count, counts_beside
from fits.checks.check import Test, p_text
from fits.checks.pit import pit_of
from fits.checks.predicted import predict
from fits.number_format import INTERVAL
from models.design import Design
from models.family import Family
from models.sizes import Sizes


@dataclass(frozen=True)
class LeftOut:
    """One level, predicted unseen.

    Attributes
    ----------
    elpd : float
        Log predictive density of its answers, one by one, summed.
    known : float
        The same predicted with the rest of the level seen (leave-one-out).
    observed, mean, low, high : float
        Mean of its answers, and as predicted, in the outcome's unit.
    pit : float
        Probability of a mean below the observed one.
    """

    level: str
    units: int
    answers: int
    elpd: float
    known: float
    observed: float
    mean: float
    low: float
    high: float
    pit: float

    @classmethod
    def of(
        cls,
        level: str,
        cells: Index,
        posterior: xr.Dataset,
        design: Design,
        family: Family,
        *,
        limits: tuple[float, float],
        known: Array,
        seed: int,
    ) -> LeftOut:
        """Return a level's prediction.

        Parameters
        ----------
        cells : int array
            Its cells.
        posterior : xarray.Dataset
            Of a refit in which they weigh nothing.
        limits : (lower, upper)
            The outcome's own.
        known : array (cell,)
            Leave-one-out log predictive density of every cell.
        """
        rng = np.random.default_rng(seed)
        found = predict(posterior, design, family, cells=cells, limits=limits, rng=rng)
        score, here = found.score, design.y[cells]
        elpd = float((logsumexp(score, axis=(0, 1)) - np.log(score[..., 0].size)).sum())
        means = found.drawn.mean(axis=-1).ravel()
        tails = (1.0 - INTERVAL) / 2.0
        low, high = np.quantile(means, [tails, 1.0 - tails])
        alike = np.full((1, means.size, 1), 1.0 / means.size)
        pit = float(pit_of(means[None, :, None], here.mean(keepdims=True), alike, rng)[0])
        units = len(np.unique(design.unit_of[cells]))
        numbers = (float(known[cells].sum()), float(here.mean()), float(means.mean()), float(low), float(high))
        return cls(level, units, len(cells), elpd, *numbers, pit)


def counts_of(found: list[LeftOut]) -> list[Count]:
    """Return how many units each level has, as they may be printed side by side."""
    return counts_beside([one.units for one in found])


def plain(found: list[LeftOut], sizes: Sizes) -> list[dict[str, Any]]:
    """Return levels as plain data; where their units may not be told, nothing is that tells them.

    Parameters
    ----------
    sizes : Sizes
        Of the fit: of a number that is withheld no part is told.
    """
    rows = []
    for one, count in zip(found, counts_of(found), strict=True):
        told = {
            "observed": one.observed,
            "elpd": one.elpd,
            "elpd_known": one.known,
            "answers": Count(one.answers, withheld=sizes.cells.hidden).plain(),
            "predicted": one.mean,
            "low": one.low,
            "high": one.high,
        }
        units = replace(count, withheld=count.withheld or sizes.units.hidden)
        rest = dict.fromkeys(told, FEW) if count.hidden else told
        rows.append({"level": one.level, "units": units.plain(), **rest})
    return rows


def left_out_test(found: list[LeftOut], group: str) -> Test:
    """Return the test that levels not seen lie where they are predicted, and the score of such predictions."""
    p = float(xr.DataArray(np.array([one.pit for one in found]), dims="level").azstats.uniformity_test(dim="level")[0])
    inside = sum(one.low <= one.observed <= one.high for one in found)
    elpd, known = sum(one.elpd for one in found), sum(one.known for one in found)
    answers = sum(one.answers for one in found)
    score = (
        f"elpd {elpd:.1f} for a {group} not seen, {known:.1f} for one that is: "
        f"{(known - elpd) / answers:.3f} lower an answer"
    )
    said = f"Leave one {group} out"
    count = f"{inside} of {len(found)} means in their {INTERVAL:.0%} predictive intervals"
    return Test(
        f"left_out_{group}",
        p,
        f"{said}: predicted as it should be (p {p_text(p)}; {count}; {score}).",
        f"{said}: means are not where they are predicted (p {p_text(p)}; {count}; {score}).",
    )
