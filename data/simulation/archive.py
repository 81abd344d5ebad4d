"""Make a simulated study look like an extract from a survey archive."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray

from data.codebook import Codebook
from data.simulation import simulator, stata
from data.simulation.archive_constants import ArchiveConstants, Heaping, SurveyQuestion, archive_constants
from data.variable import Variable

FORMATS = (".dta",)
"""File formats of an extract, by suffix."""

ANSWERED = ""
"""Reason of an answer that is not missing; every other reason is a name in `ArchiveConstants.missing`."""

Reasons = NDArray[np.object_]


@dataclass(frozen=True)
class Extract:
    """A study as an archive would distribute it.

    Attributes
    ----------
    table : pandas.DataFrame
        One row per clinic and wave, with the archive's columns; `stata.stand_in` numbers for tagged missing values.
    reported : pandas.DataFrame
        The table's content in the codebook's variables and values; NaN for no answer.
    labels : dict
        Column -> its question.
    value_labels : dict
        Column -> {code or missing value -> label}.
    stamp : str
        Text that says that the study is simulated, with its scenario and seed.
    """

    table: pd.DataFrame
    reported: pd.DataFrame
    labels: dict[str, str]
    value_labels: dict[str, dict[int | str, str]]
    stamp: str


def extract(frame: pd.DataFrame, *, seed: int) -> Extract:
    """Return a simulated study as an extract.

    Random numbers come from a separate stream, so that the study itself is unchanged; each question has its own
    part of that stream.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table that `simulator.simulate` returns.
    seed : int
        The study's seed.
    """
    constants, codebook = archive_constants(), Codebook.read("ndatss")
    asked = constants.questions.asked
    rest, *streams = simulator.streams(seed)["archive"].spawn(len(asked) + 1)
    said, reasons, table = frame.copy(), pd.DataFrame(index=frame.index), pd.DataFrame(index=frame.index)
    for (name, question), rng in zip(asked.items(), streams, strict=True):
        variable = codebook.variable(name)
        if _kind(variable) == "percent":
            said[name] = _heaped(frame[name], constants.heaping, rng=rng)
        reason = _reasons(question, variable, frame, constants=constants, rng=rng)
        reasons[name] = _not_reached(reason, variable, frame, codebook=codebook, before=reasons)
        table[question.column] = _stored(said[name], reasons[name], question, constants)
        if question.second:
            other = _second(said[name], variable, constants, rng=rng)
            reason = _reasons(question, variable, frame, constants=constants, rng=rng)
            reason[frame["wave"] != constants.informants.wave] = "not_asked"
            table[question.second] = _stored(other, pd.Series(reason, index=frame.index), question, constants)
    return Extract(
        table=table.assign(**_unused(frame, constants, rng=rest)),
        reported=said.where(reasons[list(said)] == ANSWERED),
        labels={column: question.text for question in asked.values() for column in question.columns} | UNUSED,
        value_labels=_value_labels(frame, constants, codebook),
        stamp=str(frame["simulated"].iloc[0]),
    )


def encode(made: Extract) -> bytes:
    """Return the extract as the bytes of a .dta file."""
    title = f"{made.stamp}: a made-up extract, no clinic's answers"
    return stata.stata_bytes(made.table, title=title, labels=made.labels, value_labels=made.value_labels)


def _kind(variable: Variable) -> str:
    return "percent" if variable.unit.startswith("percent") else "other"


def _heaped(values: pd.Series, heaping: Heaping, *, rng: Generator) -> pd.Series:
    """Return answers of which some between the limits are rounded; 0, 100 and missing answers stay."""
    rounds = rng.random(len(values)) < heaping.chance
    points = np.array(heaping.points)
    # (n, 1) - (points,) -> (n, points)
    away = np.abs(values.to_numpy(dtype=float, na_value=np.nan)[:, None] - points)
    nearest = points[np.nan_to_num(away, nan=np.inf).argmin(axis=1)]
    near = (values - nearest).abs() <= heaping.within
    allowed = heaping.reach_limits | ~np.isin(nearest, (0, 100))
    return values.mask(rounds & near & allowed & values.between(0, 100, inclusive="neither"), nearest)


def _reasons(
    question: SurveyQuestion, variable: Variable, frame: pd.DataFrame, *, constants: ArchiveConstants, rng: Generator
) -> Reasons:
    """Return the reason why each answer is missing at random."""
    rates, kind = constants.nonresponse, _kind(variable)
    u = rng.random(len(frame))
    reason = np.full(len(frame), ANSWERED, dtype=object)
    if not question.record:
        reason[u < rates.dont_know[kind] + rates.refused[kind]] = "refused"
        reason[u < rates.dont_know[kind]] = "dont_know"
    return reason


def _not_reached(
    reason: Reasons, variable: Variable, frame: pd.DataFrame, *, codebook: Codebook, before: pd.DataFrame
) -> Reasons:
    """Return the reasons, marking questions of another wave or of a service not, or not known to be, offered."""
    if "utilisation" in variable.roles:
        offers = codebook.with_role("availability")
        gate = next(name for name in offers if codebook.variable(name).service == variable.service)
        reason = np.where(frame[gate] == 0, "skipped", reason)
        reason = np.where(before[gate] != ANSWERED, "not_asked", reason)
    if variable.waves:
        reason = np.where(frame["wave"].isin(variable.waves), reason, "not_asked")
    return reason


def _second(values: pd.Series, variable: Variable, constants: ArchiveConstants, *, rng: Generator) -> pd.Series:
    """Return the second informant's answers: the same, or the opposite, or a number that differs."""
    informants = constants.informants
    differs = rng.random(len(values)) >= informants.agree
    if variable.type == "binary":
        return values.mask(differs, 1 - values)
    percent = _kind(variable) == "percent"
    error = rng.normal(0, informants.spread["percent" if percent else "scale"], len(values))
    return values.mask(differs, (values + error).clip(*(variable.range or (None, None))).round(0 if percent else 2))


def _stored(values: pd.Series, reason: pd.Series, question: SurveyQuestion, constants: ArchiveConstants) -> pd.Series:
    """Return answers as codes, and the code of each reason where there is no answer."""
    if question.answers or question.numbered:
        code = {level: code for code, level in _levels(values, question, constants).items()}
        values = values.map(code)
    elif not pd.api.types.is_numeric_dtype(values):
        return values.astype(str)
    silent = {name: _number(missing.code) for name, missing in constants.missing.items()}
    stored = (values / question.divide).mask(reason != ANSWERED, reason.map(silent).astype(float))
    whole = bool(question.answers or question.numbered) and stored.between(-99, 99).all()
    return stored.astype(np.int8 if whole else float)


def _levels(values: pd.Series, question: SurveyQuestion, constants: ArchiveConstants) -> dict[int, Any]:
    """Return the codebook's value for each code."""
    if question.numbered:
        return dict(enumerate(sorted(values.unique()), start=1))
    return dict(constants.answers[question.answers].means) if question.answers else {}


def _number(code: int | str) -> float:
    return stata.stand_in(code) if isinstance(code, str) else code


def _value_labels(
    frame: pd.DataFrame, constants: ArchiveConstants, codebook: Codebook
) -> dict[str, dict[int | str, str]]:
    """Return the labels of codes and, in every column of answers, of missing values."""
    found: dict[str, dict[int | str, str]] = {}
    for name, question in constants.questions.asked.items():
        if codebook.variable(name).type == "id":
            continue
        labels: dict[int | str, str] = {}
        if question.answers:
            labels |= dict(constants.answers[question.answers].labels.items())
        elif question.numbered:
            labels |= dict(_levels(frame[name], question, constants).items())
        if not question.record:
            labels |= {missing.code: missing.label for missing in constants.missing.values()}
        found |= dict.fromkeys(question.columns, labels)
    return found


UNUSED = {
    "INTDATE": "Day of the interview, as text",
    "WT": "Weight, not needed for the study",
    "COMMENT": "Interviewer's remark",
}
"""Columns of the file that are no variable of the codebook, with their labels."""


def _unused(frame: pd.DataFrame, constants: ArchiveConstants, *, rng: Generator) -> dict[str, pd.Series]:
    interviews, comments = constants.interviews, constants.comments
    day = rng.integers(interviews.days, size=len(frame))
    dates = [
        interviews.begin[wave] + datetime.timedelta(days=int(k)) for wave, k in zip(frame["wave"], day, strict=True)
    ]
    sd = constants.weights.sd
    weight = np.exp(rng.normal(-(sd**2) / 2, sd, len(frame))).round(4)
    remark = np.where(rng.random(len(frame)) < comments.share, rng.choice(comments.texts, len(frame)), "")
    columns = ([f"{date:%m/%d/%Y}" for date in dates], weight, remark.astype(object))
    return {name: pd.Series(column, index=frame.index) for name, column in zip(UNUSED, columns, strict=True)}
