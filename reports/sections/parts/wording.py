"""What sections on effects, groups and checks say alike: names, notes, and where a command finds a fit."""

from __future__ import annotations

import re

from data.disclosure import FEW
from fits.effects.asymptotic import Asymptotic
from fits.effects.effect_table import EffectTable, Judged
from fits.effects.summary import Summary
from fits.fit_with_study import Evidence
from fits.number_format import INTERVAL
from reports.document.blocks import Cell, Prose

INTERVAL_WORDS = f"{INTERVAL:.0%} interval"

CENTRE = {Summary: "mean", Asymptotic: "estimate"}
LAST = {Summary: "probability_positive", Asymptotic: "p_value"}
"""Keys of what stands in the middle of an interval, and of what is said of 0, in plain data."""

LAST_WORDS = {Summary: "Pr(> 0)", Asymptotic: "p"}

PERCENT_OF = "percent of "


def anchor(*parts: str) -> str:
    """Return a name that a page takes as an anchor and every file system as a file."""
    return re.sub(r"[^\w.-]+", "_", "-".join(parts)).strip("._-")


def command_on(module: str, evidence: Evidence, *words: str) -> str:
    """Return a command on the fit by its name."""
    return evidence.command_on(module, *words)


def stamp_of(evidence: Evidence) -> str:
    """Return what must stand across a figure."""
    return "; ".join(evidence.stamps)


def unit_words(table: EffectTable, evidence: Evidence) -> str:
    """Return what one of the unit is, in plain words."""
    outcome = evidence.outcome_unit
    if table.scale.kind == "probability":
        return f"a probability: 0.01 is one more of every hundred, each a {evidence.codebook.study.unit}"
    if table.scale.kind == "index":
        if table.unit == "logits":
            return "logits, the natural logarithm of odds, which are not to be read as people"
        return f"{table.unit} of the linear predictor, which knows no limits and is not to be read as people"
    if outcome.startswith(PERCENT_OF):
        return f"points: 1 point is one more of every hundred {outcome.removeprefix(PERCENT_OF)}"
    return table.unit


def judged_cells(judged: Judged | None, kind: type, prefix: str = "") -> dict[str, Cell]:
    """Return centre, interval and what is said of 0 as cells by their keys in plain data.

    Parameters
    ----------
    judged : Summary or Asymptotic or None
        None where too few units are behind it to be shown.
    kind : type
        Of the column it stands in.
    prefix : str
        Of the keys.
    """
    centre, last = f"{prefix}{CENTRE[kind]}", f"{prefix}{LAST[kind]}"
    if judged is None:
        return {centre: Cell(None), f"{prefix}low": Cell(None, FEW), last: Cell(None)}
    texts, numbers = judged.text, judged.numbers()
    keys = (CENTRE[kind], "low", LAST[kind])
    return {f"{prefix}{key}": Cell(numbers[key], text) for key, text in zip(keys, texts, strict=True)}


def kind_of(table: EffectTable) -> type:
    """Return whether a posterior or maximum likelihood is summarised."""
    return next((type(row.change) for row in table.rows if row.change), Summary)


def status_warning(evidence: Evidence) -> tuple[Prose, ...]:
    """Return what must be said before anything is read off a fit that did not pass."""
    words = {"look": "is a look, with too few draws by request", "failed": "FAILED its diagnostics"}
    status = evidence.manifest.status
    return (Prose(f"{evidence.name} {words[status]}: do not conclude from it.", "warning"),) if status in words else ()
