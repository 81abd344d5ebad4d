"""The maximum likelihood result for a quantity: estimate, standard error, Wald interval and test."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from scipy.stats import norm

from data.arrays import Array
from fits.number_format import INTERVAL, decimals_beside, rounded


@dataclass(frozen=True)
class Asymptotic:
    """One quantity's estimate with its large-sample inference.

    Attributes
    ----------
    estimate, error : float
        The estimate and its standard error by the delta method.
    low, high : float
        Estimate plus and minus the normal quantile times the error.
    p_value : float
        Two-sided p-value of no effect: 0, or a ratio of 1.
    low_simulated, high_simulated : float
        Quantiles over parameters drawn from the estimate's asymptotic normal distribution.
    """

    estimate: float
    error: float
    low: float
    high: float
    p_value: float
    low_simulated: float = float("nan")
    high_simulated: float = float("nan")

    @classmethod
    def of(cls, estimate: float, error: float, *, simulated: Array | None = None) -> Asymptotic:
        """Return the Wald interval, and the test of 0."""
        reach = norm.ppf((1.0 + INTERVAL) / 2.0) * error
        ends = (np.nan, np.nan)
        if simulated is not None and np.isfinite(simulated).all():
            ends = tuple(np.quantile(simulated, [(1.0 - INTERVAL) / 2.0, (1.0 + INTERVAL) / 2.0]))
        p_value = float(2.0 * norm.sf(abs(estimate) / error)) if error > 0 else np.nan
        return cls(estimate, error, estimate - reach, estimate + reach, p_value, *(float(end) for end in ends))

    def exponentiated(self) -> Asymptotic:
        """Return the result for a ratio from this result for its logarithm."""
        ends = (self.low, self.high, self.low_simulated, self.high_simulated)
        with np.errstate(over="ignore"):  # an end that overflows is infinite
            estimate, low, high, low_simulated, high_simulated = (
                float(np.exp(value)) for value in (self.estimate, *ends)
            )
        return Asymptotic(estimate, estimate * self.error, low, high, self.p_value, low_simulated, high_simulated)

    @property
    def mean(self) -> float:
        """The estimate, under the name that a posterior's summary has."""
        return self.estimate

    @property
    def places(self) -> int:
        """Decimals of all printed numbers, down to the second digit of the standard error."""
        return decimals_beside(self.error, self.estimate)

    @property
    def end_places(self) -> int:
        """Decimals of the interval's ends."""
        return self.places

    @property
    def text(self) -> tuple[str, str, str]:
        """Return estimate, interval and p-value as text."""
        if not np.isfinite(self.estimate):
            return "none", "", ""
        mean, low, high = (rounded(value, self.places) for value in (self.estimate, self.low, self.high))
        return mean, f"{low} to {high}", p_text(self.p_value)

    def numbers(self) -> dict[str, float]:
        """Return everything by name, at full precision."""
        return asdict(self)


def p_text(value: float) -> str:
    """Return a p-value with two or three decimals."""
    if not np.isfinite(value):
        return ""
    if value < 0.001:
        return "< 0.001"
    return f"{value:.3f}" if value < 0.1 else f"{value:.2f}"
