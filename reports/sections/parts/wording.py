"""Wording that sections share: names and notes."""

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
"""Keys in plain data of the summary's statement about 0, by kind of summary."""

LAST_WORDS = {Summary: "Pr(> 0)", Asymptotic: "p"}

PERCENT_OF = "percent of "


def anchor(*parts: str) -> str:
    """Return a name that is valid as an anchor of a page and as a file on every system."""
    return re.sub(r"[^\w.-]+", "_", "-".join(parts)).strip("._-")


def stamp_of(evidence: Evidence) -> str:
    """Return the text that a figure must carry."""
    return "; ".join(evidence.stamps)


def unit_words(table: EffectTable, evidence: Evidence) -> str:
    """Return the meaning of one unit in plain words."""
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
    """Return centre, interval and statement about 0 as cells, by their keys in plain data.

    Parameters
    ----------
    judged : Summary or Asymptotic or None
        None where it rests on too few units to be shown.
    """
    centre, last = f"{prefix}{CENTRE[kind]}", f"{prefix}{LAST[kind]}"
    if judged is None:
        return {centre: Cell(None), f"{prefix}low": Cell(None, FEW), last: Cell(None)}
    texts, numbers = judged.text, judged.numbers()
    keys = (CENTRE[kind], "low", LAST[kind])
    return {f"{prefix}{key}": Cell(numbers[key], text) for key, text in zip(keys, texts, strict=True)}


def kind_of(table: EffectTable) -> type:
    """Return the kind of a table's summaries, of a posterior or of maximum likelihood."""
    return next((type(row.change) for row in table.rows if row.change), Summary)


def failings(evidence: Evidence) -> tuple[Prose, ...]:
    """Return why maximum likelihood has no estimate of some services, a warning each."""
    words = {service: str(evidence.manifest.diagnostics[service]["words"]) for service in evidence.design.services}
    return tuple(Prose(f"{service}: {text}.", "warning") for service, text in words.items() if text)


def status_warning(evidence: Evidence) -> tuple[Prose, ...]:
    """Return the warning that precedes the results of a fit that did not pass the gate."""
    words = {"look": "is a look, with too few draws by request", "failed": "FAILED its diagnostics"}
    status = evidence.manifest.status
    return (Prose(f"{evidence.name} {words[status]}: do not conclude from it.", "warning"),) if status in words else ()
