r"""Each answer predicted without itself: PSIS-LOO, with exact refits where the approximation fails.

The predictive score is taken on one scale for every family: probability at the outcome's limits, density between
them. A family that ignores limits is scored as if its predictions were cut off there, as else its density at a
limit would be compared with a probability:

.. math::

    \mathrm{elpd}_i = \log \frac{\sum_d w_{id}\, s_{id}}{\sum_d w_{id}}, \qquad w_{id} \approx 1 / p(y_i \mid \theta_d)

with weights from the likelihood that was fitted and :math:`s` the density on the common scale.
Vehtari, Gelman and Gabry (2017), https://doi.org/10.1007/s11222-016-9696-4; Vehtari et al. (2024), Pareto smoothed
importance sampling, JMLR 25(72).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import arviz_stats
import numpy as np
import xarray as xr
from arviz_stats.utils import ELPDDataLOO
from scipy.special import logsumexp

from data.arrays import Array, Index, Mask
from fits.checks.check import Check
from fits.checks.pit import pit_of
from fits.checks.predicted import predict
from models.design import Design
from models.family import Family
from models.posterior import parameters_of

BLOCK = 8_000_000
"""Draws x cells held at once: 64 MB an array, of which there are a handful."""


def good_k(draws: int) -> float:
    """Return the largest k-hat at which so many draws still do: min(1 - 1 / log10(draws), .7)."""
    return float(min(1.0 - 1.0 / np.log10(draws), 0.7))


@dataclass(frozen=True)
class Loo:
    """Leave-one-out predictions of every answer.

    Attributes
    ----------
    elpd : array (cell,)
        Log predictive density of each answer, in natural log units, on the scale described above.
    lpd : array (cell,)
        The same with the answer itself used.
    khat : array (cell,)
        Pareto's; 0 where the prediction comes from a refit.
    pit : array (cell,)
        Probability of less than what was answered, with a random part of the probability of exactly that.
    used : array (cell,)
        The same from predictions that the answer itself was used for. Not uniform even for a right
        model: a unit's own intercept follows its answers.
    refitted : bool array (cell,)
    """

    elpd: Array
    lpd: Array
    khat: Array
    pit: Array
    used: Array
    refitted: Mask
    draws: int

    @classmethod
    def of(
        cls,
        posterior: xr.Dataset,
        design: Design,
        family: Family,
        *,
        limits: tuple[float, float],
        seed: int,
    ) -> Loo:
        """Return predictions by Pareto-smoothed importance sampling.

        Parameters
        ----------
        posterior : xarray.Dataset
            In memory.
        design : Design
            The posterior's own.
        limits : (lower, upper)
            The outcome's own, infinite for none.
        seed : int
            Of the predictive draws.
        """
        draws, cells = posterior.sizes["chain"] * posterior.sizes["draw"], len(design.y)
        efficiency = _efficiency(posterior)
        rng = np.random.default_rng(seed)
        step = max(1, BLOCK // draws)
        parts = []
        for start in range(0, cells, step):
            some = np.arange(start, min(start + step, cells))
            found = predict(posterior, design, family, cells=some, limits=limits, rng=rng)
            weights, khat = xr.DataArray(found.fitted, dims=("chain", "draw", "cell")).azstats.psislw(
                dim=["chain", "draw"], r_eff=efficiency
            )
            weights = weights.transpose("chain", "draw", "cell").to_numpy()
            weights = weights - logsumexp(weights, axis=(0, 1))
            elpd = logsumexp(weights + found.score, axis=(0, 1))
            lpd = logsumexp(found.score, axis=(0, 1)) - np.log(draws)
            here, alike = design.y[some], np.full((*weights.shape[:2], 1), 1.0 / draws)
            pits = (pit_of(found.drawn, here, np.exp(weights), rng), pit_of(found.drawn, here, alike, rng))
            parts.append((elpd, lpd, khat.to_numpy(), *pits))
        elpd, lpd, khat, pit, used = (np.concatenate(column) for column in zip(*parts, strict=True))
        return cls(elpd, lpd, khat, pit, used, np.zeros(cells, dtype=bool), draws)

    @property
    def bad(self) -> Index:
        """Cells whose prediction importance sampling cannot give, worst first."""
        bad = np.flatnonzero(~(self.khat <= good_k(self.draws)))
        return bad[np.argsort(-self.khat[bad])]

    @property
    def total(self) -> float:
        """Expected log predictive density of all answers."""
        return float(self.elpd.sum())

    @property
    def error(self) -> float:
        """Standard error of `total` over answers."""
        return float(np.sqrt(self.elpd.size * self.elpd.var(ddof=1)))

    @property
    def effective(self) -> float:
        """Effective number of parameters."""
        return float((self.lpd - self.elpd).sum())

    def refit(
        self,
        cell: int,
        posterior: xr.Dataset,
        design: Design,
        family: Family,
        *,
        limits: tuple[float, float],
        seed: int,
    ) -> Loo:
        """Return the predictions with one cell's taken from a posterior that did not see it.

        Parameters
        ----------
        posterior : xarray.Dataset
            Of a refit in which this cell weighs nothing.
        design, family, limits, seed
            As before.
        """
        rng = np.random.default_rng((seed, cell))
        found = predict(posterior, design, family, cells=np.array([cell]), limits=limits, rng=rng)
        elpd, khat, pit = (values.copy() for values in (self.elpd, self.khat, self.pit))
        refitted = self.refitted.copy()
        elpd[cell] = logsumexp(found.score) - np.log(found.score.size)
        khat[cell], refitted[cell] = 0.0, True
        alike = np.full(found.drawn.shape, 1.0 / found.drawn.size)
        pit[cell] = pit_of(found.drawn, design.y[[cell]], alike, rng)[0]
        return replace(self, elpd=elpd, khat=khat, pit=pit, refitted=refitted)

    def check(self) -> Check:
        """Return the check that no prediction rests on importance sampling that has failed."""
        limit, left, done = good_k(self.draws), self.bad.size, int(self.refitted.sum())
        said = f"{done} answers predicted by exact refits, " if done else ""
        size = f"elpd {self.total:.1f} (se {self.error:.1f}), {self.effective:.0f} effective parameters"
        state = (
            f"k-hat above {limit:.2f} for {left:,} answers, so neither is to be relied on: "
            "take more --draws, or allow so many --refits."
            if left
            else f"k-hat at most {self.khat.max():.2f}."
        )
        sentence = f"Leave-one-out: {size}; {said}{state}"
        return Check("khat", float(self.khat.max()), limit, "at_most", left == 0, sentence)

    def probability(self, y: Array) -> Array:
        """Return the leave-one-out probability of 1 for outcomes of 0 and 1, (cell,)."""
        return np.where(y == 1.0, np.exp(self.elpd), -np.expm1(self.elpd))

    def as_arviz(self) -> ELPDDataLOO:
        """Return the same as ArviZ holds it, for its figures and comparisons."""
        coords = {"cell": np.arange(self.elpd.size)}
        return ELPDDataLOO(
            elpd=self.total,
            se=self.error,
            p=self.effective,
            n_samples=self.draws,
            n_data_points=self.elpd.size,
            scale="log",
            warning=bool(self.bad.size),
            good_k=good_k(self.draws),
            elpd_i=xr.DataArray(self.elpd, dims="cell", coords=coords),
            pareto_k=xr.DataArray(self.khat, dims="cell", coords=coords),
        )


def _efficiency(posterior: xr.Dataset) -> float:
    """Effective over actual draws, on average over top-level parameters, as ArviZ has it; steers the tail's length."""
    ess = arviz_stats.ess(posterior[parameters_of(posterior)], method="mean")
    mean = float(np.nanmean(np.concatenate([np.ravel(values) for values in ess.data_vars.values()])))
    return min(1.0, mean / (posterior.sizes["chain"] * posterior.sizes["draw"]))
