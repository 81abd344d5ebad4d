"""Outcomes drawn anew from a posterior, counted as they are drawn, limits kept."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy.sparse import csr_array

from data.arrays import Array, Index
from fits.checks.check import FALSE_ALARM
from fits.checks.splits import CellSplit
from models.design import Design
from models.family import Family
from models.predict import drawn

REPLICATIONS = 1000
"""Tail probabilities are then exact to .001, and to .007 at .05."""

BINS = 20
"""Of the interior distribution of a service."""

BLOCK = 4_000_000
"""Draws x cells held at once."""

STATISTICS = ("at_lower", "at_upper", "mean", "square")


@dataclass(frozen=True)
class Counts:
    """Sums over the cells of each label of a split.

    Attributes
    ----------
    observed : dict of str to array (label,)
        By statistic: cells at the lower and the upper limit, sum and sum of squares of the outcome.
    replicated : dict of str to array (draw, label)
    """

    split: CellSplit
    observed: dict[str, Array]
    replicated: dict[str, Array]


@dataclass(frozen=True)
class Interior:
    """How many answers strictly between the limits lie in each bin of each service.

    Attributes
    ----------
    edges : array (service, bin + 1)
        In the outcome's unit; the first and last are infinite or the limits.
    answers : int array (service,)
        All, those at the limits included.
    observed : array (service, bin)
    replicated : array (draw, service, bin)
    """

    edges: Array
    answers: Index
    observed: Array
    replicated: Array


@dataclass(frozen=True)
class Replicates:
    """All that predictive checks read of the replications.

    Attributes
    ----------
    limits : (lower, upper)
        The outcome's own, which a family may ignore; answers beyond count as at them.
    counts : dict of str to Counts
        By the name of the split.
    interior : Interior or None
        None for an outcome that is yes or no.
    """

    limits: tuple[float, float]
    counts: dict[str, Counts]
    interior: Interior | None


def enough(tests: int) -> int:
    """Return how many replications it takes for the smallest tail probability to fail any of so many tests.

    It is one over one more than their number, and must lie well below the limit of each test.
    """
    return max(REPLICATIONS, math.ceil(1.5 * tests / FALSE_ALARM))


def spread(posterior: xr.Dataset, replications: int) -> xr.Dataset:
    """Return so many draws, or a few more, evenly spread over the chains and along each.

    Where there are fewer, each serves more than once: outcomes are drawn anew every time.
    """
    per_chain = math.ceil(replications / posterior.sizes["chain"])
    chosen = np.linspace(0, posterior.sizes["draw"] - 1, per_chain).round().astype(int)
    return posterior.isel(draw=chosen)


def replicate(
    posterior: xr.Dataset,
    design: Design,
    family: Family,
    *,
    splits: Sequence[CellSplit],
    limits: tuple[float, float],
    seed: int,
) -> Replicates:
    """Return counts of the observed outcomes and of replications, one per draw.

    Parameters
    ----------
    posterior : xarray.Dataset
        In memory, with as many draws as replications are wanted.
    design : Design
        The posterior's own.
    limits : (lower, upper)
        The outcome's own, declared in its codebook.
    """
    rng = np.random.default_rng(seed)
    tally = _Tally(design, tuple(splits), limits, interior_edges(design, limits) if not family.binary else None)
    cells = len(design.y)
    step = max(1, BLOCK // (posterior.sizes["chain"] * max(cells, 1)))
    counted = []
    for start in range(0, posterior.sizes["draw"], step):
        part = posterior.isel(draw=slice(start, start + step))
        y = drawn(part, design, family, rng)
        counted.append(tally(y.reshape(-1, cells)))  # (chain, draw, cell) -> (chain * draw, cell)
    return tally.named(tally(design.y[None]), np.concatenate(counted))


def counted(y: Array, design: Design, *, splits: Sequence[CellSplit], limits: tuple[float, float]) -> Replicates:
    """Return counts of given replications (draw, cell), such as draws from the prior."""
    tally = _Tally(design, tuple(splits), limits, None)
    return tally.named(tally(design.y[None]), tally(y))


class _Tally:
    """Sums over splits, all in one row per draw: (draw, statistics of all labels end to end)."""

    def __init__(
        self, design: Design, splits: tuple[CellSplit, ...], limits: tuple[float, float], edges: Array | None
    ) -> None:
        self.splits, self.limits, self.edges = splits, limits, edges
        self.service_of, self.services = design.service_of, len(design.services)
        starts = np.cumsum([0, *(len(split.labels) for split in splits)])
        self.starts = starts
        rows = np.concatenate([split.index + start for split, start in zip(splits, starts, strict=False)])
        cells = len(design.y)
        columns = np.tile(np.arange(cells), len(splits))
        self.member = csr_array((np.ones(len(rows)), (rows, columns)), shape=(starts[-1], cells))

    def __call__(self, y: Array) -> Array:
        lower, upper = self.limits
        parts = [(self.member @ part.T).T for part in ((y <= lower) * 1.0, (y >= upper) * 1.0, y, y * y)]
        if self.edges is not None:
            parts.append(self._interior(y, self.edges))
        return np.concatenate(parts, axis=1)

    def _interior(self, y: Array, edges: Array) -> Array:
        """(draw, service x bin)."""
        bins = edges.shape[1] - 1
        out = np.zeros((len(y), self.services, bins))
        between = (y > self.limits[0]) & (y < self.limits[1])
        for s in range(self.services):
            here = self.service_of == s
            place = np.searchsorted(edges[s, 1:-1], y[:, here], side="left")
            code = np.where(between[:, here], place, bins) + (bins + 1) * np.arange(len(y))[:, None]
            out[:, s] = np.bincount(code.ravel(), minlength=len(y) * (bins + 1)).reshape(len(y), -1)[:, :bins]
        return out.reshape(len(y), -1)

    def named(self, observed: Array, drawn: Array) -> Replicates:
        total = int(self.starts[-1])
        counts = {}
        for place, split in enumerate(self.splits):
            at = {
                name: slice(k * total + self.starts[place], k * total + self.starts[place + 1])
                for k, name in enumerate(STATISTICS)
            }
            counts[split.name] = Counts(
                split, {n: observed[0, part] for n, part in at.items()}, {n: drawn[:, part] for n, part in at.items()}
            )
        interior = None
        if self.edges is not None:
            shape = (self.services, self.edges.shape[1] - 1)
            answers = np.bincount(self.service_of, minlength=self.services)
            interior = Interior(
                self.edges, answers, observed[0, 4 * total :].reshape(shape), drawn[:, 4 * total :].reshape(-1, *shape)
            )
        return Replicates(self.limits, counts, interior)


def interior_edges(design: Design, limits: tuple[float, float]) -> Array:
    """Return the edges of each service's bins, (service, bin + 1).

    Of equal width between two limits, else from the lowest to the highest observed answer with open ends.
    """
    edges = np.empty((len(design.services), BINS + 1))
    for s in range(len(design.services)):
        y = design.y[design.service_of == s]
        low = limits[0] if np.isfinite(limits[0]) else float(y.min())
        high = limits[1] if np.isfinite(limits[1]) else float(y.max())
        edges[s] = np.linspace(low, high, BINS + 1)
        edges[s, [0, -1]] = limits
    return edges
