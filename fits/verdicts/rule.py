"""Decision rules that are fixed before looking, and the verdicts they give on an effect's posterior."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import field
from datetime import date
from pathlib import Path
from typing import Any, Literal, Self, get_args

import numpy as np
from pydantic.dataclasses import dataclass

from data.arrays import Array
from data.errors import InputError, Problem
from data.toml_files import STRICT, Declared, declare, read_toml
from priors.prior_set import Unit

HOME = Path(__file__).parents[2] / "reports" / "rules"
REGISTER = HOME / "_registered.toml"

EffectVerdict = Literal["positive", "negative", "practically none", "undecided", "no verdict"]
EFFECT_VERDICTS: tuple[EffectVerdict, ...] = get_args(EffectVerdict)


@dataclass(frozen=True, config=STRICT)
class Probabilities:
    """Posterior probabilities that a verdict needs.

    Attributes
    ----------
    above, below : float
        Probability of an effect above the smallest that matters, and below minus it.
    within : float
        Probability of an effect between these.
    """

    above: float
    below: float
    within: float


@dataclass(frozen=True, config=STRICT)
class RegisteredRule:
    """A rule in the register: the hash of its content, and when it was fixed."""

    sha256: str
    on: date


@dataclass(frozen=True, config=STRICT)
class Rule(Declared):
    """A decision rule, read from ``reports/rules/NAME.toml``.

    Attributes
    ----------
    smallest : dict of str to float
        The smallest effect that matters, by the outcome's scale: `points`, `probability`.
    sure : float
        The posterior probability from which a verdict is given.
    outcomes : dict of str to float
        The smallest effect on one outcome, by its role or variable, instead of its scale's.
    strong : dict of str to float
        The smallest effect for claims of a strong effect, or of none that is strong, by scale.
    sure_of_none : float, optional
        The probability of lying within the smallest effect that a null claim needs; by default `sure`.
    size_within : float
        Tolerance of a claimed size, relative to it.
    assumed : bool
        Whether the smallest effect is an assumption and not taken from `source`.
    """

    home = HOME
    what = "rule"

    name: str
    title: str
    smallest: dict[Unit, float]
    sure: float
    outcomes: dict[str, float] = field(default_factory=dict)
    strong: dict[Unit, float] = field(default_factory=dict)
    sure_of_none: float | None = None
    size_within: float = 0.5
    assumed: bool = False
    reason: str = ""
    source: str = ""

    @classmethod
    def read(cls, name_or_path: str | Path = "default") -> Self:
        """Return the rule of that name, or the one in a file; see `Declared.read`."""
        return super().read(name_or_path)

    def faults(self, file: str) -> list[Problem]:
        """Return faults that neither keys nor types show: numbers out of range, a rule without a ground."""
        tables: dict[str, Mapping[Any, float]] = {
            "smallest": self.smallest,
            "outcomes": self.outcomes,
            "strong": self.strong,
        }
        problems = [
            Problem(f"{file}: {table}.{name}", f"{value:g}", "a finite number above 0")
            for table, values in tables.items()
            for name, value in values.items()
            if not (value > 0 and math.isfinite(value))
        ]
        problems += [
            Problem(f"{file}: strong.{scale}", f"{value:g}", f"more than the smallest effect, {self.smallest[scale]:g}")
            for scale, value in self.strong.items()
            if scale in self.smallest and not value > self.smallest[scale]
        ]
        if not 0 < self.size_within < 1:
            problems.append(Problem(f"{file}: size_within", f"{self.size_within:g}", "a part above 0 and below 1"))
        if not self.smallest:
            problems.append(Problem(f"{file}: smallest", "nothing", "`points`, `probability` or both"))
        for name, value in (("sure", self.sure), ("sure_of_none", self.sure_of_none)):
            if value is not None and not 0.5 < value < 1:
                problems.append(Problem(f"{file}: {name}", f"{value:g}", "a probability above .5 and below 1"))
        if self.assumed != bool(self.reason) or not (self.source or self.assumed):
            problems.append(Problem(file, "no ground for it", "a `source`, or `assumed = true` with a `reason`"))
        return problems

    @property
    def standing(self) -> str:
        """Return in words whether this is the rule that was registered before anybody looked."""
        entries = {name: declare(RegisteredRule, told, REGISTER.name) for name, told in read_toml(REGISTER).items()}
        for name, entry in entries.items():
            if entry.sha256 == self.sha256:
                return f"registered as {name!r} on {entry.on}"
        known = ", ".join(f"{name!r} ({entry.sha256[:8]}, {entry.on})" for name, entry in entries.items())
        return f"NOT a registered rule; registered: {known}"

    @property
    def registered(self) -> bool:
        """Whether ``reports/rules/_registered.toml`` lists the rule with exactly this content."""
        return self.standing.startswith("registered")

    def least(self, scale: Unit | None, outcomes: tuple[str, ...] = (), *, strong: bool = False) -> float | None:
        """Return the smallest effect that a claim on an outcome must exceed; None where the rule names none.

        Parameters
        ----------
        scale : {'points', 'probability'} or None
            None for a unit that is neither.
        outcomes : tuple of str
            The outcome's names, the most specific first; empty on a scale that is not its own.
        strong : bool
            Whether the claim is of a strong effect.
        """
        table = self.strong if strong else self.smallest
        usual = table.get(scale) if scale else None
        if strong:
            return usual
        return next((self.outcomes[name] for name in outcomes if name in self.outcomes), usual)

    def smallest_on(self, scale: Unit) -> float:
        """Return the smallest effect that matters on an outcome's scale.

        Raises
        ------
        InputError
            When the rule has no smallest effect on that scale.
        """
        if scale not in self.smallest:
            line = f"`{scale} = ...` under [smallest]"
            raise InputError([Problem(f"rule {self.name!r}", f"no smallest effect in {scale}", line)])
        return self.smallest[scale]

    def probabilities(self, draws: Array, scale: Unit) -> Probabilities:
        """Return the probabilities that a verdict needs, from an effect's draws of any shape."""
        least = self.smallest_on(scale)
        above, below, within = (float(np.mean(part)) for part in (draws > least, draws < -least, np.abs(draws) < least))
        return Probabilities(above, below, within)

    def verdict(self, found: Probabilities, *, passed: bool) -> EffectVerdict:
        """Return the verdict; a fit that failed its diagnostics has none.

        Parameters
        ----------
        passed : bool
            Whether the fit passed the gate of diagnostics.
        """
        if not passed or not all(map(math.isfinite, (found.above, found.below, found.within))):
            return "no verdict"
        if found.above >= self.sure:
            return "positive"
        if found.below >= self.sure:
            return "negative"
        return "practically none" if found.within >= self.sure else "undecided"
