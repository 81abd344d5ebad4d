"""The ladder: one effect from the frequentist answer to the full model, and which step moved it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from reports._level import INTERVAL
from reports._summary import finite
from reports.effect_table import Judged

__all__ = ["Ladder"]


@dataclass(frozen=True)
class Rung:
    """One step.

    Attributes
    ----------
    step : str
        What it changes, in words.
    fit, status : str
        The stored fit it reads, and whether that passed.
    effect : Summary or Asymptotic
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
    exposure, contrast, service : str
    quantity, unit : str
        Scale in words, and its unit.
    rungs : tuple of Rung
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
        full = [rung for rung in self.rungs if not rung.rival][-1]
        found: list[float | None] = []
        for place, rung in enumerate(self.rungs):
            before = full if rung.rival else self.rungs[place - 1] if place else None
            move = rung.effect.mean - before.effect.mean if before else math.nan
            found.append(move if math.isfinite(move) else None)
        return tuple(found)

    def largest(self) -> tuple[Rung, float] | None:
        """Return the step that moved the estimate most, and how far; None where no two can be compared."""
        moved = [(rung, move) for rung, move in zip(self.rungs, self.moves(), strict=True) if move is not None]
        return max(moved, key=lambda pair: abs(pair[1])) if moved else None

    @property
    def points(self) -> float:
        """What a step is multiplied by to be told in points: 100 for a probability."""
        return 100.0 if self.unit == "probability" else 1.0

    @property
    def sentence(self) -> str:
        """Which step moved the answer most."""
        found = self.largest()
        if found is None:
            return "No two steps have an estimate, so none can be said to have moved it."
        rung, move = found
        what = "points" if self.unit == "probability" or self.unit.startswith("points") else self.unit
        how = "no distance" if move == 0 else f"{abs(self.points * move):.2g} {what} {'up' if move > 0 else 'down'}"
        return f"The step that moved the estimate most: {rung.step} ({how})."

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
