"""The declarations of a codebook: study, variables, and rules that make levels out of several columns."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from pydantic.dataclasses import dataclass

from data.toml_files import STRICT

OUTCOME_ROLES = ("availability", "utilisation")
"""Roles whose variables each belong to a service and are stacked along the dim `service`."""

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
        The name that readers see.
    type : {'binary', 'number', 'category', 'id'}
        `binary` is 0/1; `id` names a unit and is never modelled.
    roles : list of str
        Uses of the variable: `peer_exposure`, `pcc_exposure`, `control`, `group`,
        `availability`, `utilisation`, `wave`, `clinic`, or any role that a model asks for.
    unit : str
        The unit of measurement, such as ``percent of patients``.
    range : [low, high]
        Values outside are refused.
    codes : dict
        Code in the file -> its meaning, in the order of the levels. Other codes are refused. A code is
        found however a package writes it (1, 1.0, "1"), or by its value label.
    levels : list of str
        For a category: its levels in their order, where the file holds them as they are. Others are refused.
    limits : [low, high]
        For an outcome: where its scale is censored. Either may be infinite.
    missing_codes : list
        Values that mean no answer. In a text file an empty cell and R's NA (without quotes) do so as well, unless
        they are declared as a code or a level; no other text does.
    question, source : str
        The question in the survey, and the source of this entry.
    columns : list of str
        Source columns; by default the variable's own name.
    first_match, otherwise
        For a category made of several columns: the first matching line gives the level.
    service : str
        For an outcome: the service it is about.
    waves : list of int
        Waves that asked it; empty means all.
    contrast : float or 'iqr' or 'sd', optional
        The change that priors and effects speak about: 1 unit, 10 points, or an inter-quartile range or a standard
        deviation of all rows of the study's wave. By default a standard deviation, whatever the unit; 0 -> 1 of a
        yes-or-no variable.
    reference : str
        For a category: the level that the others are compared with; by default the first.
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
    levels: tuple[str, ...] = ()
    limits: tuple[float, float] | None = None
    missing_codes: tuple[float | str, ...] = ()
    question: str = ""
    source: str = ""
    columns: tuple[str, ...] = ()
    first_match: tuple[Match, ...] = ()
    otherwise: str = ""
    service: str = ""
    waves: tuple[int, ...] = ()
    contrast: float | Literal["iqr", "sd"] | None = None
    reference: str = ""
    exhaustive: bool = False
    optional: bool = False
    assumed: bool = False
    reason: str = ""


@dataclass(frozen=True, config=STRICT)
class StudyHeader:
    """The `[study]` table: the study's title, its source, and how its file is recognised.

    `population` is the number of such units in the population, and `population_source` says who counted them; 0
    where nobody did. `encoding` and `decimal` ('.' or ',') describe a text file where the file does not show them.
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
    encoding: str = ""
    decimal: Literal["", ".", ","] = ""
