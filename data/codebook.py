"""The codebook: what a study's variables are, read from one TOML file."""

from __future__ import annotations

import hashlib
from dataclasses import field
from itertools import combinations
from pathlib import Path
from typing import Any, Literal

from pydantic.dataclasses import dataclass

from data._errors import InputError, Problem, nearest, unknown
from data._toml import STRICT, declare, read_toml

__all__ = ["Codebook"]

HOME = Path(__file__).parent

OUTCOME_ROLES = ("availability", "utilisation")
"""Roles whose variables each belong to a service and are stacked along the dim `service`."""

RESERVED = ("unit", "service", *OUTCOME_ROLES)
"""Names that a loaded study uses for itself."""

Kind = Literal["binary", "number", "category", "id"]


@dataclass(frozen=True, config=STRICT)
class Match:
    """One line of a `first_match` rule: the level a unit gets when `column` equals `equals`."""

    column: str
    equals: float | str
    level: str


@dataclass(frozen=True, config=STRICT)
class Variable:
    """One variable of a study.

    Attributes
    ----------
    label : str
        What a reader sees.
    type : {'binary', 'number', 'category', 'id'}
        `binary` is 0/1; `id` names a unit and is never modelled.
    roles : list of str
        What the variable can be used as: `peer_exposure`, `pcc_exposure`, `control`, `group`,
        `availability`, `utilisation`, `wave`, `clinic`, or any role that a model asks for.
    unit : str
        The unit of measurement, such as ``percent of patients``.
    range : [low, high]
        Values outside are refused.
    codes : dict
        What the file holds -> what it means. Other codes are refused.
    limits : [low, high]
        For an outcome: where its scale is censored. Either may be infinite.
    missing_codes : list
        Values that mean no answer.
    question, source : str
        The source question, and where this entry is known from.
    columns : list of str
        Source columns; by default the variable's own name.
    first_match, otherwise
        For a category made of several columns: the first matching line gives the level.
    service : str
        For an outcome: the service it is about.
    waves : list of int
        Waves in which it was asked; empty means all.
    contrast : float or 'iqr' or 'sd'
        The change that priors and effects speak about: 1 unit, 10 points, an inter-quartile
        range or a standard deviation of the data.
    reference : str
        For a category: the level that the others are compared with.
    exhaustive : bool
        For a group: the levels are all there are (four unit types), not a sample of them.
    optional : bool
        The file may lack the column; it is then absent from the study.
    assumed : bool
        Something here is this project's assumption and not the source's; `reason` says which.
    """

    label: str
    type: Kind
    roles: tuple[str, ...] = ()
    unit: str = ""
    range: tuple[float, float] | None = None
    codes: dict[str, str | float] = field(default_factory=dict)
    limits: tuple[float, float] | None = None
    missing_codes: tuple[float | str, ...] = ()
    question: str = ""
    source: str = ""
    columns: tuple[str, ...] = ()
    first_match: tuple[Match, ...] = ()
    otherwise: str = ""
    service: str = ""
    waves: tuple[int, ...] = ()
    contrast: float | Literal["iqr", "sd"] = 1.0
    reference: str = ""
    exhaustive: bool = False
    optional: bool = False
    assumed: bool = False
    reason: str = ""


@dataclass(frozen=True, config=STRICT)
class StudyHeader:
    """The `[study]` table: what the study is, where it comes from, how its file is recognised.

    `population` is how many such units there are at all, sampled or not, and `population_source` who counted them;
    0 where nobody did.
    """

    title: str
    unit: str = "unit"
    population: int = 0
    population_source: str = ""
    source: str = ""
    default_wave: int | None = None
    simulated_default: bool = False
    sha256: str = ""
    how_to_get: str = ""


@dataclass(frozen=True, config=STRICT)
class Codebook:
    """A study's declaration.

    Attributes
    ----------
    name : str
        The file's stem.
    study : StudyHeader
        Title, source, default wave.
    variables : dict of str to Variable
        In the file's order.
    models : dict
        Tables under `[models.NAME]`, kept as plain data for the folder `models`.
    sha256 : str
        Of the file, so that a fit can say which codebook it was made with.
    """

    name: str
    study: StudyHeader
    variables: dict[str, Variable]
    models: dict[str, dict[str, Any]] = field(default_factory=dict)
    sha256: str = ""

    @classmethod
    def read(cls, name_or_path: str | Path) -> Codebook:
        """Return the codebook that comes with the project by that name, or the one in a file.

        Raises
        ------
        InputError
            When there is no such codebook, or for every fault of its declaration.
        """
        path = Path(name_or_path)
        if path.suffix != ".toml":
            if str(name_or_path) not in cls.names():
                hint = unknown("study", str(name_or_path), cls.names()).problems[0]
                own = "For your own study give the path of its .toml file"
                raise InputError([Problem(hint.where, hint.got, hint.expected, f"{hint.next_step}. {own}")])
            path = HOME / f"{name_or_path}.toml"
        table = read_toml(path)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        codebook = declare(cls, {**table, "name": path.stem, "sha256": digest}, path.name)
        problems = [
            problem for name, variable in codebook.variables.items() for problem in _faults(path.name, name, variable)
        ]
        problems += _clashes(path.name, codebook)
        if problems:
            raise InputError(problems)
        return codebook

    @staticmethod
    def names() -> list[str]:
        """Return the names of the codebooks that come with the project."""
        return sorted(path.stem for path in HOME.glob("*.toml") if not path.stem.startswith("_"))

    def with_role(self, role: str, wave: int | None = None) -> list[str]:
        """Return the variables that fill `role`, in the codebook's order.

        Parameters
        ----------
        role : str
            For example ``peer_exposure``.
        wave : int, optional
            Keep only variables asked in this wave.
        """
        return [
            name
            for name, variable in self.variables.items()
            if role in variable.roles and (wave is None or not variable.waves or wave in variable.waves)
        ]

    def roles(self) -> list[str]:
        """Return every role that some variable fills."""
        return sorted({role for variable in self.variables.values() for role in variable.roles})

    def variable(self, name: str) -> Variable:
        """Return one variable; an unknown name is an error that names the nearest."""
        if name not in self.variables:
            raise InputError(
                [Problem("variable", repr(name), f"a variable of study {self.name!r}", nearest(name, self.variables))]
            )
        return self.variables[name]


def _faults(file: str, name: str, variable: Variable) -> list[Problem]:
    """Faults that types alone cannot show."""
    where = f"{file}: variables.{name}"
    problems = []
    if variable.type == "category" and variable.columns[1:] and not variable.first_match:
        problems.append(Problem(where, "several columns", "a `first_match` rule that turns them into levels"))
    for key in ("range", "limits"):
        pair = getattr(variable, key)
        if pair is not None and not pair[0] < pair[1]:
            problems.append(Problem(f"{where}.{key}", f"{list(pair)}", "a lower number before a higher one"))
    if set(variable.roles) & set(OUTCOME_ROLES) and not variable.service:
        problems.append(Problem(where, "no `service`", "the service that this outcome is about"))
    if variable.assumed and not variable.reason:
        problems.append(Problem(where, "`assumed = true` without a reason", "a `reason` that readers can judge"))
    if variable.type == "binary" and variable.limits:
        problems.append(Problem(f"{where}.limits", "limits on a binary variable", "none: its values are 0 and 1"))
    if "wave" in variable.roles and variable.type != "number":
        problems.append(Problem(f"{where}.type", repr(variable.type), "'number' for the role `wave`"))
    problems += _level_faults(where, variable)
    if variable.contrast in (0, 0.0):
        problems.append(Problem(f"{where}.contrast", "0", "a change that is not nothing"))
    return problems


def _level_faults(where: str, variable: Variable) -> list[Problem]:
    """Levels named in one place and unknown in another."""
    problems = [
        Problem(f"{where}.first_match", f"column {column!r}", "one of `columns`", nearest(column, variable.columns))
        for column in dict.fromkeys(line.column for line in variable.first_match)
        if column not in variable.columns
    ]
    levels = {line.level for line in variable.first_match} | {str(level) for level in variable.codes.values()}
    levels |= {variable.otherwise} - {""}
    if variable.reference and levels and variable.reference not in levels:
        hint = nearest(variable.reference, levels)
        problems.append(Problem(f"{where}.reference", repr(variable.reference), "one of its levels", hint))
    return problems


def _clashes(file: str, codebook: Codebook) -> list[Problem]:
    """Two variables where the study can hold one."""
    problems = [
        Problem(f"{file}: variables.{name}", "a name the loaded study needs itself", f"none of {', '.join(RESERVED)}")
        for name in codebook.variables
        if name in RESERVED
    ]
    for role in OUTCOME_ROLES:
        for first, second in combinations(codebook.with_role(role), 2):
            one, other = codebook.variables[first], codebook.variables[second]
            apart = one.waves and other.waves and not set(one.waves) & set(other.waves)
            if one.service and one.service == other.service and not apart:
                got = f"service {one.service!r}, which {first!r} has as well"
                wanted = f"one variable per service with the role {role}"
                problems.append(Problem(f"{file}: variables.{second}", got, wanted))
    return problems
