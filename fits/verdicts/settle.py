"""How many units would settle what is undecided, by the posterior's own scaling.

Were there `k` times as many units, the posterior's variance would be some `1 / k` of what it is; where its mean
would then lie is as uncertain as the posterior is now, less what would be left: variance times `1 - 1/k`. So each
draw of today is a place where the truth may be, from which a future posterior is made:

    mean of the future posterior = mean + sqrt(1 - 1/k) (draw - mean)
    its draws                    = that  + sqrt(1/k)     (draws - mean)

and the same rule is asked of it (preposterior analysis; Raiffa and Schlaifer, 1961). The effects of several
services move together as their draws do. It assumes that all of the uncertainty is of a kind that more units of the
same states and types lessen, so it is on the low side.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fits.verdicts.events import events_of
from fits.verdicts.quantity import Quantity
from fits.verdicts.rule import Rule
from fits.verdicts.source import Claim, Reading

__all__ = ["Settle"]

Array = NDArray[np.float64]

CHANCE = 0.8
"""Of a verdict other than undecided, from which the question counts as settled; as in power calculations."""

TIMES = (1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)
"""How many times as many units are tried."""

FUTURES, DRAWS = 200, 800
"""Places of the truth that are tried, and draws of each future posterior: the chance is known to some .03."""

Decide = Callable[[Claim, tuple[float, float, float], Rule], str]


@dataclass(frozen=True)
class Settle:
    """How many units would settle a reading.

    Attributes
    ----------
    now : int
        Units that answer.
    times : float or None
        How many times as many; None for more than were tried.
    chance : float
        Of a verdict with so many, or with the most that were tried.
    population : int
        Units that there are at all; 0 where nobody knows.
    """

    now: int
    times: float | None
    chance: float
    population: int = 0

    @property
    def units(self) -> int | None:
        """How many units, to two digits, as it is known no better."""
        if self.times is None:
            return None
        found = self.now * self.times
        step = 10 ** max(0, len(str(int(found))) - 2)
        return int(round(found / step) * step)

    @property
    def text(self) -> str:
        """In words."""
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
        decide: Decide,
        nothing: float | None = None,
    ) -> Settle:
        """Return the least number of units that settles a reading with a chance of `CHANCE`.

        Parameters
        ----------
        quantity : Quantity
        claim : Claim
        reading : Reading
        least : float
        rule : Rule
        decide : callable
            ``decide(claim, chances, rule)`` -> verdict.
        nothing : float, optional
            As `events_of` takes it.
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
                tried[place] = _chance(
                    small, claim, reading, TIMES[place], least=least, nothing=nothing, rule=rule, decide=decide
                )
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
    decide: Decide,
    nothing: float | None = None,
) -> float:
    """Chance of a verdict with so many times the units."""
    draws = quantity.draws  # (1, draw, effect)
    places = np.linspace(0, draws.shape[1] - 1, min(FUTURES, draws.shape[1])).round().astype(int)
    settled = 0
    for place in places:
        future = replace(quantity, draws=_future(draws, place, times), base=_future(quantity.base, place, times))
        found = events_of(future, claim, reading, least=least, nothing=nothing, rule=rule)
        settled += decide(claim, found.chances, rule) != "undecided"
    return settled / len(places)


def _future(draws: Array, place: int, times: float) -> Array:
    """Draws of a future posterior, were the truth at one of today's draws."""
    mean = draws.mean(axis=1, keepdims=True)
    centre = mean + np.sqrt(1.0 - 1.0 / times) * (draws[:, [place]] - mean)
    future: Array = centre + np.sqrt(1.0 / times) * (draws - mean)
    return future
