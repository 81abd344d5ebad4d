"""The section on predictive checks, which `models.check` stored beside each fit."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from data.errors import InputError, Problem
from data.files.csv_text import read_records
from fits.checks.check import Check
from fits.fit_with_study import Evidence
from fits.number_format import INTERVAL, decimals, rounded
from reports.document.blocks import Block, Cell, Column, Command, Figure, Fold, Origin, Prose, Section, Table
from reports.report_inputs import ReportInputs
from reports.sections.parts.wording import anchor

ORDER = 40

NAME, TITLE = "checks", "Does it predict its own data?"

DRAWINGS = {
    "limits": "The outcome, its limits kept",
    "pit": "Where answers lie among predictions made without them",
    "calibration": "Calibration",
    "left_out": "Each level predicted without having been seen",
}
FIRST = (*DRAWINGS, "rates-service")
"""Figures that are shown without folding, in this order."""

SENTENCES = {"limits": "interior", "pit": "loo_pit"}
"""The check whose sentence is a figure's message, where their names differ."""

TAIL_ERROR = 2.7
"""Monte Carlo error of a normal's 2.5 % quantile, in its sd over the square root of the number of draws."""

WIDTH = 3.92
"""Width of a normal's 95 % interval, in its sd."""


@dataclass(frozen=True)
class LooEntry:
    """The entry of ``checks.json`` on predicting each answer from all others."""

    elpd: float
    se: float
    effective_parameters: float
    answers: int | str
    khat_max: float
    khat_too_high: int
    refitted: int


@dataclass(frozen=True)
class StoredChecks:
    """The content of ``checks.json`` that the section uses."""

    made: str
    seed: int
    request_sha256: str
    replications: int
    checks: tuple[Check, ...]
    loo: LooEntry

    @classmethod
    def read(cls, path: Path) -> StoredChecks:
        """Return the stored checks.

        Raises
        ------
        InputError
            When the file is damaged or incomplete.
        """
        try:
            return TypeAdapter(cls).validate_python(json.loads(_text(path)))
        except json.JSONDecodeError as error:
            raise _damaged(path, f"damaged JSON ({error})") from error
        except ValidationError as error:
            first = error.errors()[0]
            what = ": ".join(filter(None, [".".join(map(str, first["loc"])), first["msg"]]))
            raise _damaged(path, what) from error


def section(inputs: ReportInputs) -> Section | None:
    """Return the section; None without a posterior, as maximum likelihood predicts no outcomes."""
    if all(evidence.manifest.kind == "mle" for evidence in inputs.fits):
        return None
    return Section(NAME, TITLE, tuple(block for evidence in inputs.fits for block in _of_fit(evidence)))


def _of_fit(evidence: Evidence) -> tuple[Block, ...]:
    if evidence.manifest.kind == "mle":
        return (Prose(f"{evidence.name} is of maximum likelihood, which predicts no outcomes to check.", "note"),)
    path = evidence.fit.checks("checks.json")
    command = Command(evidence.command_on("models.check"))
    if path is None:
        return (Prose(f"{evidence.name}: its predictions were never checked. To check them:", "warning"), command)
    found = StoredChecks.read(path)
    if found.request_sha256 != evidence.manifest.request.sha256:
        words = (
            f"{evidence.name}: the stored checks, of {found.made}, are of another fit and are not shown. Check again:"
        )
        return (Prose(words, "warning"), command)
    figures = _figures(found, evidence)
    first = tuple(figure for stem, figure in figures if stem in FIRST)
    rest = tuple(figure for stem, figure in figures if stem not in FIRST)
    return (
        *_verdict(found, evidence),
        Prose(_loo(found), "note"),
        *first,
        Fold(f"{evidence.name}: all {len(found.checks)} checks in a table", (_checks(found, evidence),)),
        *((Fold(f"{evidence.name}: {len(rest)} more figures, by other splits", rest),) if rest else ()),
        *_rates(found, evidence),
    )


def _verdict(found: StoredChecks, evidence: Evidence) -> tuple[Prose, ...]:
    """Return how many checks passed, and the sentence of each failure."""
    failed, many = [check for check in found.checks if not check.passed], len(found.checks)
    said = f"all {many} checks passed" if not failed else f"{len(failed)} of {many} checks FAILED"
    return (
        Prose(f"{evidence.name}: {said}.", "lead"),
        *(Prose(check.sentence, "warning") for check in failed),
        Prose(f"Checked {found.made} on {found.replications:,} replications of the data, seed {found.seed}.", "note"),
    )


def _origin(found: StoredChecks, evidence: Evidence) -> Origin:
    return Origin(
        (evidence.name,), "models.check", evidence.command_on("models.check", "--seed", str(found.seed)), found.seed
    )


def _checks(found: StoredChecks, evidence: Evidence) -> Table:
    ordered = sorted(found.checks, key=lambda check: check.passed)
    return Table(
        anchor(NAME, evidence.name),
        f"{evidence.name}: every check, failures first",
        (
            Column("name", "check"),
            Column("value", "value and limit", True),
            Column("limit"),
            Column("kind"),
            Column("passed", "passed"),
            Column("sentence", "what it says"),
        ),
        tuple({**check.plain(), **_cells(check)} for check in ordered),
        note="Limits of p are such that a right model fails any of them with a chance of at most 5 %.",
        origin=_origin(found, evidence),
    )


def _cells(check: Check) -> dict[str, Cell]:
    return {
        "value": Cell(check.plain()["value"], check.rule),
        "passed": Cell(check.passed, "passed" if check.passed else "FAILED"),
    }


def _loo(found: StoredChecks) -> str:
    loo = found.loo
    bad = (
        f"for {loo.khat_too_high:,} of them the largest Pareto k-hat of {loo.khat_max:.2f} is too high to trust"
        if loo.khat_too_high
        else f"Pareto k-hat at most {loo.khat_max:.2f}, which may be trusted"
    )
    answers = loo.answers if isinstance(loo.answers, str) else f"{loo.answers:,}"
    return (
        f"Predicting each of {answers} answers without it (LOO): expected log density {loo.elpd:.1f}, standard "
        f"error {loo.se:.1f}, {loo.effective_parameters:.1f} effective parameters; {bad}"
        f"{f'; {loo.refitted:,} answers were predicted by an exact refit' if loo.refitted else ''}."
    )


def _figures(found: StoredChecks, evidence: Evidence) -> tuple[tuple[str, Figure], ...]:
    """Return the stored figures with the names of their files, the most informative first."""
    rank = {stem: place for place, stem in enumerate(FIRST)}
    drawn = [
        path for name in evidence.fit.check_files() if name.endswith(".svg") and (path := evidence.fit.checks(name))
    ]
    paths = sorted(drawn, key=lambda path: (rank.get(path.stem, len(rank)), path.stem))
    return tuple((path.stem, _figure(path, place, found, evidence)) for place, path in enumerate(paths, start=1))


def _figure(path: Path, place: int, found: StoredChecks, evidence: Evidence) -> Figure:
    return Figure(
        anchor("check", evidence.name, str(place), path.stem),
        f"{evidence.name}: {_title(path.stem)}",
        _alt(path.stem, found.checks),
        _text(path),
        origin=_origin(found, evidence),
    )


def _title(stem: str) -> str:
    by = stem.removeprefix("rates-")
    return f"observed and predicted by {by.replace('_', ' ')}" if by != stem else DRAWINGS.get(stem, stem)


def _alt(stem: str, checks: Iterable[Check]) -> str:
    """Return the sentences of the checks that a figure shows, or its title where there are none."""
    by = stem.removeprefix("rates-")
    if by != stem:
        said = [one.sentence for one in checks if one.name.endswith(f"_by_{by}") and not one.name.startswith("prior_")]
    else:
        said = [one.sentence for one in checks if one.name.startswith(SENTENCES.get(stem, stem))]
    return " ".join(said) or f"{_title(stem)}."


def _rates(found: StoredChecks, evidence: Evidence) -> tuple[Fold, ...]:
    """Return observed among predicted values, from the posterior and from the prior, folded."""
    titles = {
        "rates": f"{evidence.name}: observed values among predicted ones, by every split",
        "prior": f"{evidence.name}: observed values among those that the prior alone predicts",
    }
    tables = [
        _rates_table(path, title, found, evidence)
        for stem, title in titles.items()
        if (path := evidence.fit.checks(f"{stem}.csv")) is not None
    ]
    return (Fold(f"{evidence.name}: every observed and predicted value", tuple(tables)),) if tables else ()


def _rates_table(path: Path, title: str, found: StoredChecks, evidence: Evidence) -> Table:
    rows = read_records(_text(path))
    needed = {"split", "label", "statistic", "units", "observed", "predicted", "low", "high", "inside"}
    if rows and (lacking := sorted(needed - set(rows[0]))):
        raise _damaged(path, f"no column {lacking[0]!r}")
    return Table(
        anchor(path.stem, evidence.name),
        title,
        (
            Column("split", "split"),
            Column("label", "level"),
            Column("statistic", "statistic"),
            Column("units", "units", True),
            Column("observed", "observed", True),
            Column("predicted", "predicted", True),
            Column("low", f"{INTERVAL:.0%} predictive", True),
            Column("high"),
            Column("inside", "inside"),
        ),
        tuple(_rate(row, found.replications) for row in rows),
        note="Shares run from 0 to 1. What stands on fewer than 11 units is withheld.",
        in_page=False,
        origin=_origin(found, evidence),
    )


def _rate(row: dict[str, str], replications: int) -> dict[str, Any]:
    """Return one line of a file of rates, with the digits that the replications support."""
    values = {key: _number(row[key]) for key in ("units", "observed", "predicted", "low", "high")}
    low, high = values["low"], values["high"]
    interval, places = "", 1
    if isinstance(low, float) and isinstance(high, float):
        places = decimals(TAIL_ERROR * (high - low) / WIDTH / math.sqrt(max(replications, 1)))
        interval = f"{rounded(low, places)} to {rounded(high, places)}"
    texts = {
        key: rounded(value, places) if isinstance(value := values[key], float) else value or ""
        for key in ("observed", "predicted")
    }
    units = values["units"]
    return {
        **{key: row[key] for key in ("split", "label", "statistic")},
        "units": Cell(int(units) if isinstance(units, float) else units, row["units"]),
        **{key: Cell(values[key], text) for key, text in texts.items()},
        "low": Cell(low, interval),
        "high": high,
        "inside": Cell(row["inside"] or None, {"True": "yes", "False": "NO"}.get(row["inside"], "")),
    }


def _number(text: str) -> float | str | None:
    """Return a number of a CSV file; text that withholds one stays, an empty cell is None."""
    try:
        return float(text) if text else None
    except ValueError:
        return text


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _damaged(path, f"no readable text ({error})") from error


def _damaged(path: Path, what: str) -> InputError:
    again = f"Check again with python -m models.check {path.parent.parent}"
    return InputError([Problem(str(path), what, "what models.check writes", again)])
