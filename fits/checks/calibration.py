r"""Do things said to happen with probability p happen in a share p of cases: isotonic calibration.

Leave-one-out probabilities are made monotone in the outcomes by pooling adjacent violators (PAVA). The miscalibration

.. math:: \mathrm{MCB} = S(p, y) - S(\hat p, y)

is what the quadratic score :math:`S` gains by that recalibration; bands and its reference come from outcomes drawn
with the probabilities themselves. Dimitriadis, Gneiting and Jordan (2021), https://doi.org/10.1073/pnas.2016191118.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import isotonic_regression

from data.arrays import Array
from fits.checks.check import Test, p_text, tail
from fits.number_format import INTERVAL

SHOWN = 400
"""Points of the curve."""


@dataclass(frozen=True)
class Calibration:
    """Calibration of predicted probabilities.

    Attributes
    ----------
    predicted : array (cell,)
        In increasing order.
    recalibrated : array (cell,)
        Isotonic regression of the outcomes on them.
    low, high : array (cell,)
        Where that lies for outcomes drawn with the predicted probabilities.
    p : float
        How often such draws are as badly calibrated.
    """

    predicted: Array
    recalibrated: Array
    low: Array
    high: Array
    miscalibration: float
    p: float

    @classmethod
    def of(cls, predicted: Array, observed: Array, *, replications: int, seed: int) -> Calibration:
        """Return the calibration of probabilities (cell,) against outcomes of 0 and 1 (cell,)."""
        order = np.argsort(predicted, kind="stable")
        p, y = predicted[order], observed[order]
        rng = np.random.default_rng(seed)
        fit = isotonic_regression(y).x
        found, curves = [], np.empty((replications, min(p.size, SHOWN)))
        shown = np.linspace(0, p.size - 1, curves.shape[1]).round().astype(int)
        for k in range(replications):
            drawn = (rng.random(p.size) < p).astype(float)
            again = isotonic_regression(drawn).x
            found.append(_miscalibration(p, drawn, again))
            curves[k] = again[shown]
        tails = (1.0 - INTERVAL) / 2.0
        low, high = np.quantile(curves, [tails, 1.0 - tails], axis=0)
        mcb = _miscalibration(p, y, fit)
        return cls(p[shown], fit[shown], low, high, mcb, tail(mcb, np.array(found)))

    def test(self) -> Test:
        """Return the test of calibration."""
        gap = np.maximum(self.recalibrated - self.high, self.low - self.recalibrated)
        worst = int(gap.argmax())
        where = (
            f"; where {self.predicted[worst]:.0%} is predicted, {self.recalibrated[worst]:.0%} happens"
            if gap[worst] > 0
            else ""
        )
        return Test(
            "calibration",
            self.p,
            f"Probabilities: calibrated (p {p_text(self.p)}).",
            f"Probabilities: not calibrated (p {p_text(self.p)}){where}.",
        )


def _miscalibration(predicted: Array, observed: Array, fit: Array) -> float:
    return float(np.mean((predicted - observed) ** 2) - np.mean((fit - observed) ** 2))
