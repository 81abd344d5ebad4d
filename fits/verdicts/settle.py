"""The number of units that would settle an undecided reading, from the scaling of the posterior.

With `k` times as many units the posterior's variance would be about `1 / k` of today's. The mean of that future
posterior is uncertain today with the rest of the variance, `1 - 1/k` of it. Each draw of today is a possible truth,
from which a future posterior is made:

    mean of the future posterior = mean + sqrt(1 - 1/k) (draw - mean)
    its draws                    = that  + sqrt(1/k)     (draws - mean)

and the same rule is applied to it (preposterior analysis; Raiffa and Schlaifer, 1961). The effects of several
services move together as their draws do. All uncertainty is assumed to shrink with more units of the same states
and types, so the number is too low rather than too high.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from data.arrays import Array
from fits.verdicts.events import decide, events_of
from fits.verdicts.quantity import Quantity
from fits.verdicts.rule import Rule
from fits.verdicts.source import Claim, Reading

CHANCE = 0.8
"""Probability of a verdict other than undecided from which a reading counts as settled; as in power calculations."""

TIMES = (1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)
"""Multiples of the number of units that are tried."""

FUTURES, DRAWS = 200, 800
"""Number of possible truths tried, and draws of each future posterior; they give the chance to about .03."""


@dataclass(frozen=True)
class Settle:
    """The number of units that would settle a reading.

    Attributes
    ----------
    now : int
        Units that answer.
    times : float or None
        Multiple of `now` that settles it; None where no multiple tried does.
    chance : float
        Probability of a verdict with that multiple, or with the largest one tried.
    population : int
        Number of units in the population; 0 where unknown.
    """

    now: int
    times: float | None
    chance: float
    population: int = 0

    @property
    def units(self) -> int | None:
        """Return the number of units to two digits, which is its precision."""
        if self.times is None:
            return None
        found = self.now * self.times
        step = 10 ** max(0, len(str(int(found))) - 2)
        return int(round(found / step) * step)

    @property
    def text(self) -> str:
        """Return the result in words."""
        if self.units is None:
            return f"more than {TIMES[-1]} times as many units"
        found = f"about {self.units:,} units, {self.times:g} times as many"
        return f"{found}, where there are {self.population:,} in all" if 0 < self.population < self.units else found

    @classmethod
    def of(
        cls,
        quantity: Quantity,
        claim: Claim,
        reading: Reading,
        *,
        least: float,
        rule: Rule,
        nothing: float | None = None,
    ) -> Settle:
        """Return the least number of units that settles a reading with a chance of `CHANCE`.

        Parameters
        ----------
        nothing : float, optional
            Size below which there is practically no effect, as in `events_of`.
        """
        thin = max(1, len(quantity.flat) // DRAWS)
        small = replace(
            quantity,
            draws=quantity.flat[::thin][None],
            base=quantity.base.reshape(-1, quantity.base.shape[-1])[::thin][None],
        )
        tried: dict[int, float] = {}

        def chance(place: int) -> float:
            if place not in tried:
                tried[place] = _chance(small, claim, reading, TIMES[place], least=least, nothing=nothing, rule=rule)
            return tried[place]

        low, high = 0, len(TIMES) - 1
        if chance(high) < CHANCE:
            return cls(quantity.units, None, chance(high), quantity.population)
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if chance(middle) >= CHANCE else (middle + 1, high)
        return cls(quantity.units, TIMES[high], chance(high), quantity.population)


def _chance(
    quantity: Quantity,
    claim: Claim,
    reading: Reading,
    times: float,
    *,
    least: float,
    rule: Rule,
    nothing: float | None = None,
) -> float:
    """Return the probability of a verdict with a multiple of the units."""
    draws = quantity.draws  # (1, draw, effect)
    places = np.linspace(0, draws.shape[1] - 1, min(FUTURES, draws.shape[1])).round().astype(int)
    settled = 0
    for place in places:
        future = replace(quantity, draws=_future(draws, place, times), base=_future(quantity.base, place, times))
        found = events_of(future, claim, reading, least=least, nothing=nothing, rule=rule)
        settled += decide(claim, found.chances, rule) != "undecided"
    return settled / len(places)


def _future(draws: Array, place: int, times: float) -> Array:
    """Return draws of a future posterior, if the truth is one of today's draws."""
    mean = draws.mean(axis=1, keepdims=True)
    centre = mean + np.sqrt(1.0 - 1.0 / times) * (draws[:, [place]] - mean)
    future: Array = centre + np.sqrt(1.0 / times) * (draws - mean)
    return future
