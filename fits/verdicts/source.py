"""A source document and its claims, read from ``reports/claims/NAME.toml``."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import field, replace
from pathlib import Path
from typing import Literal, Self

from pydantic.dataclasses import dataclass

from data.codebook import Codebook
from data.errors import Problem, nearest
from data.faults import contrast_faults
from data.toml_files import STRICT, Declared
from fits.effects.averages import Target

Kind = Literal["direction", "size", "prevalence", "ranking", "null", "qualitative"]

Estimand = Literal["effect", "mean_effect", "every_effect", "number_of_effects", "lead", "level"]
"""The quantity of a reading: one exposure's effect on one service; its mean over services; all effects named;
their number; the lead of one level of a category over every other; the outcome's average."""

Direction = Literal["positive", "negative", "either"]

ESTIMANDS: dict[Kind, tuple[Estimand, ...]] = {
    "direction": ("effect", "mean_effect", "every_effect", "number_of_effects"),
    "size": ("effect", "mean_effect"),
    "prevalence": ("level",),
    "ranking": ("lead",),
    "null": ("effect", "mean_effect", "every_effect", "number_of_effects"),
    "qualitative": (),
}
"""Estimands that a claim of each kind may name."""


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Reading:
    """One way to read a claim, precise enough to be judged.

    Attributes
    ----------
    says : str
        The reading in words.
    outcome : str
        A role (`availability`, `utilisation`, `pcc_adoption`, ...) or a variable.
    exposure : str
        A role, a variable, or a level such as ``ownership[for_profit]``.
    services : tuple of str
        Services that it is about; empty for all that the fit has.
    estimand : str
        See `Estimand`.
    contrast : float or {'', 'iqr', 'sd'}
        The change of an exposure that is a number: '' for the fit's (+10 points, +1 sd), a number in the exposure's
        unit, `iqr` from the lower to the upper quartile of units, or `sd`.
    scale : str
        A name for ``reports.effects --scale``; '' for the family's main scale.
    target : {'these', 'typical', 'new'}
    direction : {'positive', 'negative', 'either'}, optional
    size : float, optional
        The claimed size, in the scale's unit; with `relative`, as a part of the lower end's average.
    strong : bool
        Whether the claim is of a strong effect, or denies one, so that the rule's strong effect applies.
    number : int, optional
        For `number_of_effects`: the least number, or for a null claim the largest.
    over : tuple of str
        For a ranking: levels that `exposure` leads.
    above : float, optional
        For a prevalence: the average, in the outcome's unit or as a probability.
    needs : str
        The reason why no fit can answer it yet; '' where one can.
    assumed, reason : bool, str
        Whether the claim's words leave a choice open that is made here, and the reason for it.
    """

    says: str = ""
    outcome: str = ""
    exposure: str = ""
    services: tuple[str, ...] = ()
    estimand: Estimand = "effect"
    contrast: float | Literal["", "iqr", "sd"] = ""
    scale: str = ""
    target: Target = "these"
    direction: Direction | None = None
    size: float | None = None
    relative: bool = False
    strong: bool = False
    number: int | None = None
    over: tuple[str, ...] = ()
    above: float | None = None
    needs: str = ""
    assumed: bool = False
    reason: str = ""


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Claim:
    """One sentence of a source.

    Attributes
    ----------
    id : str
        Unique in its source.
    number : int
        Number in the list of claims for which the sources were read.
    words : str
        The recorded wording; only text in quotation marks is known to be verbatim.
    wave : int
        Wave of the data it is about; 0 for the source's wave.
    readings : tuple of Reading
        Each gets its own verdict; only the first is counted.
    needs : str
        What is missing before any reading can be judged.
    tension : tuple of str
        Claims, as ``SOURCE/ID``, that are unlikely to be true together with it.
    """

    id: str
    number: int
    words: str
    kind: Kind
    wave: int = 0
    readings: tuple[Reading, ...] = ()
    needs: str = ""
    tension: tuple[str, ...] = ()
    tension_why: str = ""


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Multiplicity:
    """Numbers of coefficients that a source examined and named, and its significance level."""

    coefficients: int
    named: int
    level: float
    reason: str


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Source(Declared):
    """A source document.

    Attributes
    ----------
    name : str
        The file's stem.
    study : str
        Codebook of the study it is about; fits of other studies are analogues. '' where there is no codebook.
    wave : int
        0 for a study without waves.
    """

    home = Path(__file__).parents[2] / "reports" / "claims"
    what = "source of claims"

    name: str
    title: str
    cite: str
    design: str
    study: str = ""
    wave: int = 0
    claims: tuple[Claim, ...] = field(default=())
    multiplicity: Multiplicity | None = None

    @classmethod
    def read(cls, name_or_path: str | Path) -> Self:
        """Return the source of that name, or the one in a file.

        Raises
        ------
        InputError
            For an unknown name, and for every fault of the file.
        """
        source = super().read(name_or_path)
        waves = (replace(claim, wave=claim.wave or source.wave) for claim in source.claims)
        return replace(source, claims=tuple(waves))

    def faults(self, file: str) -> list[Problem]:
        """Return faults that neither keys nor types show: in the claims, and of names that the study lacks."""
        twice = [name for name, times in Counter(claim.id for claim in self.claims).items() if times > 1]
        problems = [Problem(f"{file}: claim {name!r}", "more than once", "ids that are unique") for name in twice]
        search = self.multiplicity
        if search and not (0 <= search.named <= search.coefficients and 0 < search.level < 1):
            got = f"{search.named} named of {search.coefficients} at level {search.level:g}"
            problems.append(
                Problem(f"{file}: multiplicity", got, "no more named than looked at, and a level between 0 and 1")
            )
        problems += _strangers(self, file)
        if not self.claims:
            problems.append(Problem(file, "no claim", "at least one table [[claims]]"))
        for claim in self.claims:
            where = f"{file}: claim {claim.id!r}"
            if not claim.readings and not claim.needs:
                expected = "a reading, or what is missing to judge it"
                problems.append(Problem(where, "neither readings nor needs", expected))
            if claim.readings and claim.needs:
                problems.append(Problem(where, "both readings and needs", "`needs` inside the readings it belongs to"))
            if bool(claim.tension) != bool(claim.tension_why):
                problems.append(Problem(where, "half a tension", "`tension` and `tension_why` together"))
            for place, reading in enumerate(claim.readings, start=1):
                problems += contrast_faults(f"{where}, reading {place}", reading.contrast)
                found = _reading_faults(claim, reading)
                problems += [Problem(f"{where}, reading {place}", got, expected) for got, expected in found]
        return problems


def _strangers(source: Source, file: str) -> list[Problem]:
    """Return problems of names in readings that the study's codebook lacks, where the project has that codebook."""
    if source.study not in Codebook.names():
        return []
    codebook = Codebook.read(source.study)
    roles, variables = codebook.roles(), codebook.variables
    levels = [f"{name}[{code}]" for name, one in variables.items() for code in one.codes.values()]
    services = sorted({one.service for one in variables.values() if one.service})
    known = {
        "outcome": [*roles, *variables],
        "exposure": [*roles, *variables, *levels],
        "over": levels,
        "services": services,
    }
    found = []
    for claim in source.claims:
        for place, reading in enumerate(claim.readings, start=1):
            for key, names in known.items():
                said = getattr(reading, key)
                strange = [name for name in ([said] if isinstance(said, str) else said) if name and name not in names]
                where = f"{file}: claim {claim.id!r}, reading {place}, {key}"
                found += [
                    Problem(where, repr(name), f"a name of study {source.study!r}", nearest(name, names))
                    for name in strange
                ]
    return found


def _reading_faults(claim: Claim, reading: Reading) -> list[tuple[str, str]]:
    """Return the faults of a reading, each as found and expected."""
    found = []
    if len(claim.readings) > 1 and not reading.says:
        found.append(("no words", "`says`, as there are several readings"))
    if reading.assumed != bool(reading.reason):
        found.append(("half an assumption", "`assumed = true` with a `reason`"))
    if reading.needs:
        return found
    allowed = ESTIMANDS[claim.kind]
    if not allowed:
        return [*found, (f"a reading of a {claim.kind} claim", "`needs`, as no estimand answers it")]
    if reading.estimand not in allowed:
        found.append((f"estimand {reading.estimand!r} of a {claim.kind} claim", f"one of {', '.join(allowed)}"))
    wanted: dict[str, bool] = {
        "outcome": True,
        "exposure": reading.estimand != "level",
        "direction": claim.kind == "direction",
        "size": claim.kind == "size",
        "over": claim.kind == "ranking",
        "above": claim.kind == "prevalence",
        "number": reading.estimand == "number_of_effects",
    }
    for key, needed in wanted.items():
        there = getattr(reading, key) not in ("", None, ())
        if there != needed:
            found.append(
                (f"{'no' if needed else 'a'} `{key}`", f"{'one' if needed else 'none'} in a {claim.kind} claim")
            )
    for key in ("size", "above"):
        value = getattr(reading, key)
        if value is not None and not (math.isfinite(value) and value != 0):
            found.append((f"`{key} = {value:g}`", "a finite number other than 0"))
    if reading.number is not None and reading.number < (0 if claim.kind == "null" else 1):
        found.append((f"`number = {reading.number}`", "a count"))
    if reading.exposure in reading.over:
        found.append((f"{reading.exposure} over itself", "other levels of the category in `over`"))
    if reading.direction == "either" and reading.estimand not in ("effect", "mean_effect"):
        found.append((f'`direction = "either"` of {reading.estimand}', "a sign, or a single effect"))
    return found
