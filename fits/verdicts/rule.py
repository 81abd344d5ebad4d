"""Decision rules that are fixed before looking, and the verdicts they give on an effect's posterior."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, field
from datetime import date
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic.dataclasses import dataclass

from data.errors import InputError, Problem, unknown
from data.toml_files import STRICT, declare, read_toml
from priors.prior_set import Scale

HOME = Path(__file__).parents[2] / "reports" / "rules"
REGISTER = HOME / "_registered.toml"

Verdict = Literal["positive", "negative", "practically none", "undecided", "no verdict"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


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
class Entry:
    """A rule in the register: the hash of its content, and when it was fixed."""

    sha256: str
    on: date


@dataclass(frozen=True, config=STRICT)
class Rule:
    """A decision rule, read from ``reports/rules/NAME.toml``.

    Attributes
    ----------
    name, title : str
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
    reason, source : str
    """

    name: str
    title: str
    smallest: dict[Scale, float]
    sure: float
    outcomes: dict[str, float] = field(default_factory=dict)
    strong: dict[Scale, float] = field(default_factory=dict)
    sure_of_none: float | None = None
    size_within: float = 0.5
    assumed: bool = False
    reason: str = ""
    source: str = ""

    @classmethod
    def read(cls, name_or_path: str | Path = "default") -> Rule:
        """Return the rule of that name, or the one in a file.

        Raises
        ------
        InputError
            For an unknown name, and for every fault of the file.
        """
        path = Path(name_or_path)
        if path.suffix != ".toml":
            known = sorted(file.stem for file in HOME.glob("*.toml") if not file.stem.startswith("_"))
            if str(name_or_path) not in known:
                raise unknown("rule", str(name_or_path), known)
            path = HOME / f"{name_or_path}.toml"
        rule = declare(cls, {**read_toml(path), "name": path.stem}, path.name)
        problems = _faults(rule, path.name)
        if problems:
            raise InputError(problems)
        return rule

    @property
    def sha256(self) -> str:
        """Hash of the rule's content, which comments in the file do not change."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    @property
    def standing(self) -> str:
        """Return in words whether this is the rule that was registered before anybody looked."""
        entries = {name: declare(Entry, told, REGISTER.name) for name, told in read_toml(REGISTER).items()}
        for name, entry in entries.items():
            if entry.sha256 == self.sha256:
                return f"registered as {name!r} on {entry.on}"
        known = ", ".join(f"{name!r} ({entry.sha256[:8]}, {entry.on})" for name, entry in entries.items())
        return f"NOT a registered rule; registered: {known}"

    @property
    def registered(self) -> bool:
        """Whether ``reports/rules/_registered.toml`` lists the rule with exactly this content."""
        return self.standing.startswith("registered")

    def least(self, scale: Scale | None, outcomes: tuple[str, ...] = (), *, strong: bool = False) -> float | None:
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

    def smallest_on(self, scale: Scale) -> float:
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

    def probabilities(self, draws: NDArray[np.float64], scale: Scale) -> Probabilities:
        """Return the probabilities that a verdict needs, from an effect's draws of any shape."""
        least = self.smallest_on(scale)
        above, below, within = (float(np.mean(part)) for part in (draws > least, draws < -least, np.abs(draws) < least))
        return Probabilities(above, below, within)

    def verdict(self, found: Probabilities, *, passed: bool) -> Verdict:
        """Return the verdict; a fit that failed its diagnostics has none.

        Parameters
        ----------
        found : Probabilities
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


def _faults(rule: Rule, file: str) -> list[Problem]:
    tables: dict[str, Mapping[Any, float]] = {
        "smallest": rule.smallest,
        "outcomes": rule.outcomes,
        "strong": rule.strong,
    }
    problems = [
        Problem(f"{file}: {table}.{name}", f"{value:g}", "a finite number above 0")
        for table, values in tables.items()
        for name, value in values.items()
        if not (value > 0 and math.isfinite(value))
    ]
    problems += [
        Problem(f"{file}: strong.{scale}", f"{value:g}", f"more than the smallest effect, {rule.smallest[scale]:g}")
        for scale, value in rule.strong.items()
        if scale in rule.smallest and not value > rule.smallest[scale]
    ]
    if not 0 < rule.size_within < 1:
        problems.append(Problem(f"{file}: size_within", f"{rule.size_within:g}", "a part above 0 and below 1"))
    if not rule.smallest:
        problems.append(Problem(f"{file}: smallest", "nothing", "`points`, `probability` or both"))
    for name, value in (("sure", rule.sure), ("sure_of_none", rule.sure_of_none)):
        if value is not None and not 0.5 < value < 1:
            problems.append(Problem(f"{file}: {name}", f"{value:g}", "a probability above .5 and below 1"))
    if rule.assumed != bool(rule.reason) or not (rule.source or rule.assumed):
        problems.append(Problem(file, "no ground for it", "a `source`, or `assumed = true` with a `reason`"))
    return problems
