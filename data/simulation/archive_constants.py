"""Constants of the simulated extract, read from `archive_constants.toml`: questionnaire and archive conventions."""

from __future__ import annotations

import datetime
from dataclasses import field
from functools import cache
from pathlib import Path

from pydantic.dataclasses import dataclass

from data.codebook import Codebook
from data.errors import InputError, Problem, nearest
from data.simulation.constants import Sourced
from data.toml_files import STRICT, declare, read_toml

HOME = Path(__file__).parent

LONGEST_NAME, LONGEST_LABEL = 32, 80
"""Most characters of a column's name and of its label in a Stata file."""


@dataclass(frozen=True, config=STRICT, kw_only=True)
class MissingCode(Sourced):
    """The content of a cell without an answer: a number, or one of Stata's missing values such as ``.a``."""

    code: int | str
    label: str

    def __post_init__(self) -> None:
        Sourced.__post_init__(self)
        tag = str(self.code)
        if isinstance(self.code, str) and not (len(tag) == 2 and tag[0] == "." and "a" <= tag[1] <= "z"):
            raise ValueError("expected a whole number, or .a to .z")


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Nonresponse(Sourced):
    """Rates of both kinds of non-response, for percentages and for other questions."""

    dont_know: dict[str, float]
    refused: dict[str, float]


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Heaping(Sourced):
    """The rounding of percentages by respondents.

    Attributes
    ----------
    chance : float
        Probability that an answer between 0 and 100 is rounded, if a point is near.
    points : list of float
        Round numbers; an answer moves to the nearest.
    within : float
        Largest distance that an answer moves.
    reach_limits : bool
        Whether an answer between 0 and 100 may become 0 or 100.
    """

    chance: float
    points: tuple[float, ...]
    within: float
    reach_limits: bool


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Informants(Sourced):
    """The wave with two informants, how often they agree, and the sd of differences where they do not."""

    wave: int
    agree: float
    spread: dict[str, float]


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Interviews(Sourced):
    """First day of interviews by wave, and how many days they took."""

    begin: dict[int, datetime.date]
    days: int


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Weights(Sourced):
    """Sd of the logarithm of a weight."""

    sd: float


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Comments(Sourced):
    """Share of the interviews with an open remark, and the remarks."""

    share: float
    texts: tuple[str, ...]


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Answers(Sourced):
    """A set of answers: the value label and the codebook's value for each code in the file."""

    labels: dict[int, str]
    means: dict[int, float | str]

    def __post_init__(self) -> None:
        Sourced.__post_init__(self)
        if list(self.labels) != list(self.means):
            raise ValueError("expected the same codes in `labels` and `means`")


@dataclass(frozen=True, config=STRICT, kw_only=True)
class SurveyQuestion:
    """The question for a variable of the codebook, and how its answers are stored.

    Attributes
    ----------
    column, text : str
        The first informant's column, which is used, and the question as its label.
    second : str
        The second informant's column, where there were two.
    answers : str
        The set of answers, for a coded question.
    numbered : bool
        Each level is given a number; its name is the value label.
    divide : float
        Number by which the answer is divided before it is stored.
    record : bool
        Whether it comes from the archive's records, so that no answer is missing.
    """

    column: str
    text: str
    second: str = ""
    answers: str = ""
    numbered: bool = False
    divide: float = 1
    record: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The question's columns, the first informant's first."""
        return (self.column, self.second) if self.second else (self.column,)


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Questions(Sourced):
    """The questionnaire: how each variable was asked, in the file's order."""

    asked: dict[str, SurveyQuestion] = field(default_factory=dict)


@dataclass(frozen=True, config=STRICT, kw_only=True)
class ArchiveConstants:
    """All constants of a simulated extract; one attribute per TOML table."""

    missing: dict[str, MissingCode]
    nonresponse: Nonresponse
    heaping: Heaping
    informants: Informants
    interviews: Interviews
    weights: Weights
    comments: Comments
    answers: dict[str, Answers]
    questions: Questions


@cache
def archive_constants() -> ArchiveConstants:
    """Return the constants of the simulated extract.

    Raises
    ------
    InputError
        For every unknown, missing or unsourced constant; for a variable that is not asked or asked twice; for names
        and labels that a Stata file cannot hold.
    """
    path = HOME / "archive_constants.toml"
    constants = declare(ArchiveConstants, read_toml(path), path.name)
    problems = faults(constants, Codebook.read("ndatss"), path.name)
    if problems:
        raise InputError(problems)
    return constants


def faults(constants: ArchiveConstants, codebook: Codebook, file: str) -> list[Problem]:
    """Return faults of a questionnaire that types alone cannot show, against the codebook."""
    asked = constants.questions.asked
    where = f"{file}: questions.asked"
    strangers = [name for name in asked if name not in codebook.variables]
    problems = [
        Problem(where, repr(name), "a variable of the codebook", nearest(name, codebook.variables))
        for name in strangers
    ]
    problems += [Problem(where, f"no {name!r}", "every variable") for name in codebook.variables if name not in asked]
    held = [column for question in asked.values() for column in question.columns]
    problems += [
        Problem(where, f"column {column!r} again", "a column for each question")
        for column in sorted({column for column in held if held.count(column) > 1})
    ]
    for name, question in asked.items():
        if question.answers and question.answers not in constants.answers:
            hint = nearest(question.answers, constants.answers)
            problems.append(Problem(f"{where}.{name}.answers", repr(question.answers), "a set of answers", hint))
        names = [column for column in question.columns if len(column) > LONGEST_NAME]
        problems += [Problem(f"{where}.{name}", repr(long), f"{LONGEST_NAME} characters") for long in names]
        if len(question.text) > LONGEST_LABEL:
            problems.append(Problem(f"{where}.{name}.text", repr(question.text), f"{LONGEST_LABEL} characters"))
    return problems
