"""A published table typed in: what was printed, with the digits it was printed with."""

from __future__ import annotations

import math
import re
from dataclasses import field
from pathlib import Path

from pydantic.dataclasses import dataclass
from scipy.stats import norm

from data.errors import InputError, Problem
from data.toml_files import STRICT, Declared

HOME = Path(__file__).parent

ODDS_RATIO = "odds_ratio"
"""The one scale besides those of `reports.effects`: exponentials of logit coefficients."""

UNSTARRED = ("constant", "residual_sd")
"""What tables often print without stars whatever its size."""

PRINTED = re.compile(r"[-\N{MINUS SIGN}]?(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?(?<=\d)")


@dataclass(frozen=True, config=STRICT)
class Printed:
    """One line of a table.

    Attributes
    ----------
    outcome : str
        The service or outcome it is about, as the model calls it.
    exposure : str
        A column of the model, such as ``educ`` or ``ownership[for_profit]``; or ``constant``, or
        ``residual_sd``.
    estimate, error : str
        As printed, in quotation marks, so that "0.50" keeps its last digit; `error` is the standard
        error, '' where none is printed.
    stars : str
        As printed; what they mean stands in the table's `stars`.
    per : float
        The change of the exposure that a coefficient speaks of, in its own unit. Average effects on the
        outcome's scale are always of the study's contrast.
    scale : str
        Where it is not the table's.
    """

    outcome: str
    exposure: str
    estimate: str
    error: str = ""
    stars: str = ""
    per: float = 1.0
    scale: str = ""

    @property
    def value(self) -> float:
        """The estimate as a number."""
        return as_number(self.estimate)

    def z(self, *, ratio: bool = False) -> float | None:
        """Return how many standard errors the estimate is from no effect; None where no error is printed.

        Parameters
        ----------
        ratio : bool
            No effect is 1, and the error is turned into one of the logarithm by the delta method.
        """
        error = as_number(self.error) if self.error else 0.0
        if not error or (ratio and self.value <= 0):
            return None
        return math.log(self.value) * self.value / error if ratio else self.value / error


@dataclass(frozen=True, config=STRICT)
class PublishedTable(Declared):
    """A table of a paper or a book.

    Attributes
    ----------
    name : str
        The file's stem.
    title, source : str
        What it shows, and where it is printed: a DOI, a page, a table's number.
    study, model : str
        The study and the model of this software that it corresponds to.
    scale : str
        Of its numbers: ``latent`` or ``log_odds`` for coefficients, or any scale of `reports.effects`.
    n : int or None
        Units that it says it uses.
    level : float
        Significance level at which agreement is judged.
    stars : dict of str to float
        What stars stand for: ``{"*" = 0.05, "**" = 0.01}``. None printed means not significant at the
        weakest of them.
    note : str
        What a reader of the check must know.
    """

    home = HOME
    what = "published table"

    name: str
    title: str
    source: str
    study: str
    model: str
    scale: str
    n: int | None = None
    level: float = 0.05
    stars: dict[str, float] = field(default_factory=dict)
    note: str = ""
    estimates: tuple[Printed, ...] = ()

    def faults(self, file: str) -> list[Problem]:
        """Return what is wrong with its lines."""
        return [problem for place, line in enumerate(self.estimates, start=1) for problem in self._faults(place, line)]

    def _faults(self, place: int, line: Printed) -> list[Problem]:
        """Return what is wrong with one line, counted from 1."""
        where = f"{self.name}.toml: estimates {place} ({line.exposure})"
        numbers = {"estimate": line.estimate, **({"error": line.error} if line.error else {})}
        problems = [
            Problem(f"{where}.{key}", repr(text), 'a number as printed, such as "0.50"')
            for key, text in numbers.items()
            if not PRINTED.fullmatch(text)
        ]
        if line.stars and line.stars not in self.stars:
            known = ", ".join(self.stars) or "none: give the table's `stars`"
            problems.append(Problem(f"{where}.stars", repr(line.stars), f"one of {known}"))
        return problems

    def scale_of(self, line: Printed) -> str:
        """Return the scale of a line."""
        return line.scale or self.scale

    def require_estimates(self) -> None:
        """Raise an `InputError` for a table without numbers."""
        if not self.estimates:
            got = f"no [[estimates]] in {self.name}.toml"
            raise InputError([Problem("published table", got, "numbers typed in", "Copy the file and fill it")])

    def significant(self, line: Printed) -> bool | None:
        """Return whether a line was printed as significant at `level`; None where the table does not say."""
        z = line.z(ratio=self.scale_of(line) == ODDS_RATIO)
        if z is not None:
            return bool(2.0 * norm.sf(abs(z)) < self.level)
        if line.stars and self.stars[line.stars] <= self.level:
            return True
        if line.exposure in UNSTARRED:
            return None
        # Without a star that would have been printed at the level, or above it, fewer stars say nothing.
        weakest = self.stars.get(line.stars, math.inf)
        missing = [level for level in self.stars.values() if level < weakest]
        if not line.stars:
            return False if missing and max(missing) >= self.level else None
        return False if missing and max(missing) <= self.level and self.level in missing else None


def half_unit(printed: str) -> float:
    """Return half of what one more in the last printed digit means: how far rounding may have moved it."""
    return 0.5 * 10.0 ** -digits(printed)


def as_number(printed: str) -> float:
    """Return a printed number, with or without a typographic minus, commas between thousands and a leading zero."""
    return float(printed.replace("\N{MINUS SIGN}", "-").replace(",", ""))


def digits(printed: str) -> int:
    """Return how many decimals a number is printed with."""
    return len(printed.partition(".")[2])
