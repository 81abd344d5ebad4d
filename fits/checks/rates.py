r"""Shares at the limits, means and spreads by service, group and exposure: observed beside replicated.

Each split is judged as a whole: with counts :math:`k_g` of its labels,

.. math:: T = \sum_g \frac{(k_g - E[k_g])^2}{V[k_g] + 1/4}

is compared with the same of the replications: Gelman, Meng and Stern (1996), Statistica Sinica 6, 733-760.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy.stats import rankdata

from data.arrays import Array, Mask
from data.disclosure import coarse
from fits.checks.check import Test, p_text, tail
from fits.checks.replicates import Counts, Replicates
from fits.checks.suppression import Few
from fits.number_format import INTERVAL
from models.design import Design

HALF_A_COUNT = 0.25
"""Added to the variance of a count, so that a label where one count in thousands is expected cannot decide alone."""

NAMED = 3
"""Labels that a sentence names."""


@dataclass(frozen=True)
class RateRow:
    """One statistic of one label.

    Attributes
    ----------
    n : int
        Units.
    units : int or str
        The same, or the text that withholds it.
    observed : float
        A share from 0 to 1, or in the outcome's unit.
    mean, low, high : float
        Of the replications, with the predictive interval.
    tail : float
        Two-sided tail probability of the observed value.
    withheld : str
        Why `observed` may not be printed; '' if it may.
    few : bool
        Whether too few units are behind it for anything to be told.
    coarse : bool
        Whether values are told with so few digits that they do not tell the number of units.
    """

    split: str
    label: str
    statistic: str
    n: int
    units: int | str
    observed: float
    mean: float
    low: float
    high: float
    tail: float
    withheld: str
    few: bool = False
    coarse: bool = False

    @property
    def inside(self) -> bool:
        """Whether the observed value lies in the predictive interval."""
        return self.low <= self.observed <= self.high

    @property
    def shown(self) -> str:
        """The observed value, for people."""
        return _text(self.said("observed"), self.statistic)

    @property
    def expected(self) -> str:
        """The predictive interval, for people."""
        return f"{_text(self.said('low'), self.statistic)} to {_text(self.said('high'), self.statistic)}"

    def said(self, what: Literal["observed", "mean", "low", "high"]) -> float:
        """Return a value as it may be told."""
        value: float = getattr(self, what)
        if not self.coarse:
            return value
        return float(f"{value:.3g}") if self.statistic in ("mean", "spread") else coarse(value, self.n)

    def plain(self) -> dict[str, Any]:
        """Return the row as plain data, with what may not be printed withheld."""
        few = self.few  # how finely predicted shares are spaced would tell
        return {
            "split": self.split,
            "label": self.label,
            "statistic": self.statistic,
            "units": self.units,
            "observed": self.withheld or self.said("observed"),
            "predicted": None if few else self.said("mean"),
            "low": None if few else self.said("low"),
            "high": None if few else self.said("high"),
            "inside": None if self.withheld else self.inside,
        }


@dataclass(frozen=True)
class Rates:
    """One statistic over one split.

    Attributes
    ----------
    name : str
        Such as ``at_lower_by_service``.
    words : str
        Such as ``Share at 0 by service``.
    surprise : float
        How often replications have, at the label where they are most extreme, a value as extreme as
        the observed ones at theirs.
    """

    name: str
    words: str
    rows: tuple[RateRow, ...]
    test: Test
    surprise: float

    @property
    def shown(self) -> list[RateRow]:
        """Rows whose observed value may be printed."""
        return [row for row in self.rows if not row.withheld]

    @classmethod
    def all_of(cls, found: Replicates, design: Design, *, binary: bool, unit: str) -> list[Rates]:
        """Return every statistic of every split.

        Parameters
        ----------
        binary : bool
            Of an outcome that is yes or no there is its rate alone.
        unit : str
            The outcome's, for people.
        """
        out = []
        for counts in found.counts.values():
            statistics = _statistics(found.limits, binary=binary, unit=unit)
            few = Few(counts.split, design, found.limits, binary=binary)
            out += [_rates(key, words, value, counts, few) for key, (words, value) in statistics.items()]
            if not binary and counts.split.name == "service":
                out.append(_rates("spread", f"Standard deviation ({unit})" if unit else "Spread", _spread, counts, few))
        return out


Value = Callable[[dict[str, Array], Array], Array]
"""From sums and numbers of cells to the statistic, (..., label)."""


def _statistics(limits: tuple[float, float], *, binary: bool, unit: str) -> dict[str, tuple[str, Value]]:
    if binary:
        return {"rate": ("Rate", _mean)}
    out: dict[str, tuple[str, Value]] = {}
    for place, name in enumerate(("at_lower", "at_upper")):
        if np.isfinite(limits[place]):
            out[name] = (f"Share at {limits[place]:g}", _share(name))
    return out | {"mean": (f"Mean ({unit})" if unit else "Mean", _mean)}


def _share(name: str) -> Value:
    return lambda sums, n: sums[name] / n


def _mean(sums: dict[str, Array], n: Array) -> Array:
    return sums["mean"] / n


def _spread(sums: dict[str, Array], n: Array) -> Array:
    return np.sqrt(np.maximum(sums["square"] / n - (sums["mean"] / n) ** 2, 0.0))


def _rates(key: str, words: str, value: Value, counts: Counts, few: Few) -> Rates:
    split = counts.split
    n = split.sizes.astype(float)
    observed, replicated = value(counts.observed, n), value(counts.replicated, n)
    share = key not in ("mean", "spread")
    scale = n if key != "spread" else np.ones_like(n)
    p = discrepancy(observed * scale, replicated * scale, floor=HALF_A_COUNT if share else 0.0)
    tails = (1.0 - INTERVAL) / 2.0
    low, high = np.quantile(replicated, [tails, 1.0 - tails], axis=0)
    withheld = few.why(key)
    both = 2.0 * np.minimum(_share_of(replicated <= observed), _share_of(replicated >= observed))
    rows = tuple(
        RateRow(
            split=split.name,
            label=label,
            statistic=key,
            n=int(few.units[k]),
            units=few.told(k),
            observed=float(observed[k]),
            mean=float(replicated[:, k].mean()),
            low=float(low[k]),
            high=float(high[k]),
            tail=float(both[k]),
            withheld=withheld[k],
            few=bool(few.hidden[k]),
            coarse=bool(few.coarse[k]),
        )
        for k, label in enumerate(split.labels)
    )
    said = f"{words} by {split.name}"
    test = _test(f"{key}_by_{split.key}", said, p, rows)
    return Rates(test.name, said, rows, test, _surprise(observed, replicated))


def _share_of(found: Mask) -> Array:
    """Share of replications, counting the observed value as one, so that it is never 0."""
    return np.asarray((1 + found.sum(axis=0)) / (1 + len(found)))


def _surprise(observed: Array, replicated: Array) -> float:
    """Share of all, the observed one among them, whose smallest rank from either end over labels is as small.

    Ranks are among all of them too: were the observed values ranked among the replications alone, they would lie
    beyond the lot at some label far more often than the share that is returned.
    """
    together = np.vstack([observed, replicated])
    lower, upper = (rankdata(sign * together, method="max", axis=0) for sign in (1.0, -1.0))
    extreme = np.minimum(lower, upper).min(axis=1)
    return float(np.mean(extreme <= extreme[0]))


def discrepancy(observed: Array, replicated: Array, *, floor: float) -> float:
    """Return how often replications are as far from what is expected as the observed values, over all labels.

    Parameters
    ----------
    observed : array (label,)
    replicated : array (draw, label)
    floor : float
        Added to each label's variance.
    """
    mean, variance = replicated.mean(axis=0), replicated.var(axis=0) + floor
    with np.errstate(divide="ignore", invalid="ignore"):
        # A label that never varies agrees or is infinitely far off.
        far = np.where(variance > 0, (observed - mean) ** 2 / variance, np.where(observed == mean, 0.0, np.inf))
        reach = np.where(variance > 0, (replicated - mean) ** 2 / variance, 0.0)
    return tail(float(far.sum()), reach.sum(axis=1))


def _test(name: str, words: str, p: float, rows: tuple[RateRow, ...]) -> Test:
    shown = [row for row in rows if not row.withheld]
    outside = [row for row in shown if not row.inside]
    hidden = len(rows) - len(shown)
    count = f"{len(shown) - len(outside)} of {len(shown)} observed values in their {INTERVAL:.0%} predictive intervals"
    count += f", {hidden} withheld as too few units" if hidden else ""
    worst = sorted(outside, key=lambda row: -abs(row.observed - row.mean) / max(row.high - row.low, 1e-12))[:NAMED]
    named = "; ".join(f"{row.label} {row.shown}, predicted {row.expected}" for row in worst)
    return Test(
        name,
        p,
        f"{words}: as the model predicts (p {p_text(p)}; {count}).",
        f"{words}: not as the model predicts (p {p_text(p)}; {count}{'; ' + named if named else ''}).",
    )


def _text(value: float, statistic: str) -> str:
    return f"{value:.3g}" if statistic in ("mean", "spread") else f"{100 * value:.0f} %"
