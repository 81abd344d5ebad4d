"""The ladder: one effect from the frequentist answer to the full model, and which step moved it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from fits.effects.effect_table import Judged
from fits.effects.summary import finite
from fits.number_format import INTERVAL, rounded

TELL_APART = 2.0
"""Two moves nearer to each other than so many Monte Carlo errors of their difference may be in either order."""

NOT_RANKED = "A step whose fit failed its checks is shown and not ranked: do not conclude from it."


@dataclass(frozen=True)
class Rung:
    """One step.

    Attributes
    ----------
    step : str
        What it changes, in words.
    fit, status : str
        The stored fit it reads, and whether that passed.
    rival : bool
        Whether it is a rival likelihood, which is compared with the full model and not with its neighbour.
    words : str
        Why there is no estimate, or ''.
    quantity : str
        Its scale in words, where it is a rival's own.
    """

    step: str
    fit: str
    status: str
    effect: Judged
    rival: bool = False
    words: str = ""
    quantity: str = ""


@dataclass(frozen=True)
class Ladder:
    """The steps in order.

    Attributes
    ----------
    quantity, unit : str
        Scale in words, and its unit.
    """

    exposure: str
    contrast: str
    service: str
    quantity: str
    unit: str
    rungs: tuple[Rung, ...]

    def moves(self) -> tuple[float | None, ...]:
        """Return how far each step moved the estimate, in the unit; None where one of the two has none.

        A step is compared with the one before it, a rival with the full model.
        """
        found = []
        for rung, before in zip(self.rungs, self._before(), strict=True):
            move = rung.effect.mean - before.effect.mean if before else math.nan
            found.append(move if math.isfinite(move) else None)
        return tuple(found)

    def _before(self) -> list[Rung | None]:
        """What each step is compared with."""
        full = [rung for rung in self.rungs if not rung.rival][-1]
        ordinary = [None, *self.rungs[:-1]]
        return [full if rung.rival else ordinary[place] for place, rung in enumerate(self.rungs)]

    def errors(self) -> tuple[float, ...]:
        """Return the Monte Carlo error of each move; maximum likelihood has none."""
        found = []
        for rung, before in zip(self.rungs, self._before(), strict=True):
            parts = [getattr(one.effect, "mcse", 0.0) for one in (rung, before) if one]
            found.append(math.hypot(*parts))
        return tuple(found)

    def places(self) -> tuple[int, ...]:
        """Return how many decimals each move carries: no more than either of its ends."""
        return tuple(
            min(one.effect.places for one in (rung, before) if one)
            for rung, before in zip(self.rungs, self._before(), strict=True)
        )

    def texts(self) -> list[tuple[str, str, str, str, str]]:
        """Return how each step is shown: its name, effect, interval, the interval's width, and the move."""
        found = []
        for rung, move, places in zip(self.rungs, self.moves(), self.places(), strict=True):
            centre, interval, _ = rung.effect.text
            width = rounded(rung.effect.high - rung.effect.low, rung.effect.end_places) if interval else ""
            moved = "" if move is None else ("+" if move > 0 else "") + rounded(move, places)
            mark = "" if rung.status == "passed" else f" ({rung.status})"
            found.append((rung.step + mark, centre, interval, width, moved))
        return found

    def ranked(self) -> list[tuple[Rung, float, float]]:
        """Return the steps between two fits that did not fail, with move and Monte Carlo error, largest first."""
        found = [
            (rung, move, error)
            for rung, before, move, error in zip(self.rungs, self._before(), self.moves(), self.errors(), strict=True)
            if move is not None and before and "failed" not in (rung.status, before.status)
        ]
        return sorted(found, key=lambda step: -abs(step[1]))

    def largest(self) -> tuple[Rung, float] | None:
        """Return the step that moved the estimate most, and how far; None where no two can be compared."""
        ranked = self.ranked()
        return ranked[0][:2] if ranked else None

    @property
    def points(self) -> float:
        """What a step is multiplied by to be told in points: 100 for a probability."""
        return 100.0 if self.unit == "probability" else 1.0

    @property
    def sentence(self) -> str:
        """Which step moved the answer most, as far as Monte Carlo error lets one tell."""
        ranked = self.ranked()
        if not ranked:
            return "No two steps have an estimate to conclude from, so none can be said to have moved it."
        first = ranked[0]
        near = [
            other for other in ranked[1:] if abs(first[1]) - abs(other[1]) < TELL_APART * math.hypot(first[2], other[2])
        ]
        if near:
            steps = "; ".join(self._told(step) for step in (first, *near))
            return f"Monte Carlo error does not tell apart which step moved the estimate most: {steps}."
        return f"The step that moved the estimate most: {self._told(first)}."

    def _told(self, step: tuple[Rung, float, float]) -> str:
        rung, move, _ = step
        what = "points" if self.unit == "probability" or self.unit.startswith("points") else self.unit
        how = "no distance" if move == 0 else f"{abs(self.points * move):.2g} {what} {'up' if move > 0 else 'down'}"
        return f"{rung.step} ({how})"

    def to_list(self) -> list[dict[str, Any]]:
        """Return the steps as plain data."""
        return [
            {
                "exposure": self.exposure,
                "contrast": self.contrast,
                "service": self.service,
                "quantity": rung.quantity or self.quantity,
                "unit": self.unit,
                "step": rung.step,
                "fit": rung.fit,
                "status": rung.status,
                "interval": INTERVAL,
                **finite({"centre": rung.effect.mean, "low": rung.effect.low, "high": rung.effect.high}),
                "moved": move,
                "words": rung.words,
            }
            for rung, move in zip(self.rungs, self.moves(), strict=True)
        ]
