"""What a codebook declares: the study, its variables, and the rules that make levels out of several columns."""

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
        What the file holds -> what it means, in the order that the levels have. Other codes are refused. A code is
        found however a package writes it (1, 1.0, "1"), or by its value label.
    levels : list of str
        For a category: its levels in their order, where the file holds them as they are. Others are refused.
    limits : [low, high]
        For an outcome: where its scale is censored. Either may be infinite.
    missing_codes : list
        Values that mean no answer. In a text file an empty cell and R's NA (without quotes) do so as well, unless
        they are declared as a code or a level; no other text does.
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
    0 where nobody did. `encoding` and `decimal` ('.' or ',') say how a text file is written, where that cannot be
    told from the file.
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
