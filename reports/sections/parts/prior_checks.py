"""A prior's implications for the data: stored checks of prior draws against observed values."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from data.files.csv_text import read_records
from fits.fit_with_study import Evidence
from fits.number_format import decimals, rounded
from reports.document.blocks import Block, Cell, Column, Command, Origin, Prose, Table
from reports.sections.parts.wording import anchor

OUTCOME = ("mean", "spread")
"""Statistics in the outcome's unit; all others are shares."""

WORDS = {
    "at_lower": "share at the lower limit",
    "at_upper": "share at the upper limit",
    "rate": "share of yes",
    "mean": "mean",
    "spread": "standard deviation",
}

WIDTH = 3.92
"""Width of a normal's 95 percent interval, in standard deviations."""

END = 2.67
"""Monte Carlo error of an end of that interval, relative to that of the mean."""


def checked(evidence: Evidence) -> list[Block]:
    """Return the stored comparison of the prior with the data, or the command that makes it."""
    told, rows = _judged(evidence.fit.checks("checks.json")), _rows(evidence.fit.checks("prior.csv"))
    command = evidence.command_on("models.check")
    if not rows:
        text = f"{evidence.name}: its prior was not compared with the data yet. This does it:"
        return [Prose(text, "warning"), Command(command)]
    tests = [check for check in told.get("checks", []) if str(check["name"]).startswith("prior_")]
    blocks: list[Block] = [
        Prose(f"{evidence.name}. {check['sentence']}", "plain" if check["passed"] else "warning") for check in tests
    ]
    origin = Origin((evidence.name,), "fits.checks.prior.prior_test", command, told.get("seed"))
    table = Table(
        name=anchor("priors-predictive", evidence.name),
        title=f"{evidence.name}: outcomes drawn from the prior alone, and the observed",
        columns=(
            Column("label", "Outcome"),
            Column("statistic", "Statistic"),
            Column("units", "Units", numeric=True),
            Column("predicted", "Prior: mean", numeric=True),
            Column("low"),
            Column("high"),
            Column("interval", "95% interval"),
            Column("observed", "Observed", numeric=True),
            Column("inside", "Inside"),
        ),
        rows=tuple(_row(row, told.get("replications") or 1) for row in rows),
        filters=("statistic",),
        note=f"Means and standard deviations in {evidence.outcome_unit or 'the unit of the outcome'}. "
        "A prior that lets data like these happen covers them; it need not centre on them.",
        origin=origin,
    )
    return [*blocks, table]


def _judged(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return told


def _rows(path: Path | None) -> list[dict[str, str]]:
    if path is None:
        return []
    return read_records(path.read_bytes().decode("utf-8"))


def _row(row: Mapping[str, str], replications: int) -> dict[str, Any]:
    """Return one row for readers; values that the check withheld stay text."""
    factor, unit = (1.0, "") if row["statistic"] in OUTCOME else (100.0, " %")
    numbers = {key: _number(row[key]) for key in ("observed", "predicted", "low", "high")}
    spread = (numbers["high"] - numbers["low"]) / WIDTH * factor
    error = spread / math.sqrt(replications)

    def cell(key: str, places: int) -> Cell:
        value = numbers[key]
        if math.isnan(value):
            return Cell(row[key] or None, row[key] or "withheld")
        return Cell(value, rounded(value * factor, places) + unit)

    low, high = cell("low", decimals(END * error)), cell("high", decimals(END * error))
    return {
        "label": row["label"],
        "statistic": WORDS.get(row["statistic"], row["statistic"]),
        "units": Cell(int(row["units"]) if row["units"].isdigit() else row["units"], row["units"]),
        "predicted": cell("predicted", decimals(error)),
        "low": low,
        "high": high,
        "interval": "withheld" if math.isnan(spread) else f"{low.shown.removesuffix(unit)} to {high.shown}",
        "observed": cell("observed", 1 if unit else decimals(error) + 1),
        "inside": {"True": "yes", "False": "no"}.get(row["inside"], ""),
    }


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
