"""The section on sampling: the gate's checks, every attempt, the effects' own diagnostics, and figures of chains."""

from __future__ import annotations

import math
from typing import Any

from fits.effects.summary import Summary
from fits.fit_with_study import Evidence
from fits.gate import BFMI_MIN, ESS_PER_CHAIN, LOOK_RHAT_MAX, limit_of, shown_limit, shown_values
from fits.number_format import rounded, told_apart
from fits.storage.manifest import Manifest
from reports.document.blocks import Block, Cell, Column, Command, Fold, Origin, Prose, Section, Table
from reports.report_inputs import ReportInputs
from reports.sections.parts.chains import chains
from reports.sections.parts.prior_effects import main_question
from reports.sections.parts.wording import anchor

ORDER = 70

CHECKS = {
    "divergences": ("Divergences", "divergences", "", 0),
    "max_depth": ("Trees cut at their greatest depth", "max_depth_reached", "", 0),
    "rhat": ("R-hat, the largest", "rhat_max", "rhat_worst", 3),
    "ess_bulk": ("Effective draws, bulk, the fewest", "ess_bulk_min", "ess_bulk_worst", 0),
    "ess_tail": ("Effective draws, tails, the fewest", "ess_tail_min", "ess_tail_worst", 0),
    "bfmi": ("E-BFMI, the lowest", "bfmi_min", "", 2),
}
"""Name in words, diagnostic value, name of the worst parameter, and decimals shown, by check."""

OF_ATTEMPT = ("divergences", "rhat", "ess_bulk", "ess_tail")
"""Checks whose values are shown for every attempt."""

SETTINGS = {
    "chains": "Chains",
    "tune": "Tuning draws",
    "draws": "Draws kept",
    "seed": "Seed",
    "target_accept": "Target acceptance",
}

STATUS = {
    "passed": ("passed every check of the gate", "lead"),
    "look": ("is a look: too few draws for the gate, by request. Do not conclude from it", "warning"),
    "failed": ("FAILED the gate. Do not conclude from it", "warning"),
}


def section(inputs: ReportInputs) -> Section:
    """Return the section, which says for each fit whether the sampler worked."""
    blocks: list[Block] = []
    for evidence in inputs.fits:
        if evidence.manifest.kind == "mle":
            text = f"{evidence.name}: maximum likelihood draws nothing, so there is no sampler to judge."
            blocks.append(Prose(text, "note", "frequentist"))
            continue
        blocks += [_status(evidence), gate(evidence), *_attempts(evidence), *_effects(evidence), *chains(evidence)]
    return Section("diagnostics", "Did the sampler work?", tuple(blocks))


def needed(manifest: Manifest) -> int:
    """Return how many effective draws the gate requires."""
    settings = manifest.attempts[-1].get("settings", {}) if manifest.attempts else {}
    chains_used = settings.get("chains", manifest.request.settings.get("chains", 4))
    return int(manifest.diagnostics.get("ess_needed", ESS_PER_CHAIN * chains_used))


def _status(evidence: Evidence) -> Prose:
    manifest = evidence.manifest
    words, tone = STATUS[manifest.status]
    failed = [_check(name)[0] for name, good in manifest.checks.items() if not good]
    why = f" (not met: {'; '.join(failed)})" if failed else ""
    return Prose(f"{evidence.name} {words}{why}.", "lead" if tone == "lead" else "warning")


def gate(evidence: Evidence) -> Table:
    """Return the gate's checks with their values and bounds."""
    manifest = evidence.manifest
    ess = f"at least {needed(manifest)}"
    bounds = {
        "divergences": "0",
        "max_depth": "0",
        "rhat": f"at most {shown_limit(manifest.diagnostics)}",
        "ess_bulk": ess,
        "ess_tail": ess,
        "bfmi": f"at least {BFMI_MIN:g}",
    }
    rows, shown = [], shown_values(manifest.diagnostics)
    for name, good in manifest.checks.items():
        words, key, worst, places = _check(name)
        rows.append(
            {
                "check": words,
                "value": _cell(manifest.diagnostics.get(key), places, shown.get(key, "")),
                "at": manifest.diagnostics.get(worst, "") if worst else "",
                "bound": bounds.get(name, ""),
                "passed": Cell(good, "passed" if good else "FAILED"),
            }
        )
    note = "Over all parameters but the effects of single groups and units. "
    note += f"A look must still keep R-hat to {LOOK_RHAT_MAX:g}."
    return Table(
        name=anchor("diagnostics-gate", evidence.name),
        title=f"{evidence.name}: the gate",
        columns=(
            Column("check", "Check"),
            Column("value", "Value", numeric=True),
            Column("at", "At"),
            Column("bound", "Bound"),
            Column("passed", "Result"),
        ),
        rows=tuple(rows),
        note=f"{note} Effective draws: Vehtari et al. (2021), "
        "https://doi.org/10.1214/20-BA1221; R-hat: what one in a hundred good fits with no more effective draws than "
        "needed exceeds in any of its parameters (fits.gate.rhat_limit).",
        origin=Origin((evidence.name,), "fits.diagnostics.Diagnostics.of", "python -m fits.ls"),
    )


def _check(name: str) -> tuple[str, str, str, int]:
    return CHECKS.get(name, (name, name, "", 3))


def _cell(value: Any, places: int, shown: str = "") -> Cell:
    if not isinstance(value, int | float):
        return Cell(None, "not recorded")
    return Cell(value, (shown or rounded(float(value), places)) if math.isfinite(value) else "not a number")


def _attempts(evidence: Evidence) -> list[Block]:
    found = evidence.manifest.attempts
    if not found:
        return []
    rows = tuple(_attempt(number, attempt) for number, attempt in enumerate(found, 1))
    table = Table(
        name=anchor("diagnostics-attempts", evidence.name),
        title=f"{evidence.name}: every attempt at sampling",
        columns=(
            Column("attempt", "Attempt", numeric=True),
            *(Column(key, heading, numeric=True) for key, heading in SETTINGS.items()),
            Column("density", "Density"),
            *(Column(check, CHECKS[check][0], numeric=True) for check in OF_ATTEMPT),
            Column("failed", "Not met"),
        ),
        rows=rows,
        note="A second is made where the first fails. Where all that the first lacks is length, both have the same "
        "settings, and the chains of both are stored together; otherwise the second has more tuning, smaller steps "
        "after divergences or else more draws, and is stored alone.",
        origin=Origin((evidence.name,), "fits.sample.sample", evidence.command),
    )
    if len(found) < 2:
        return [Fold(f"{evidence.name}: settings, in {len(found)} attempt", (table,))]
    first = ", ".join(name for name, good in found[0].get("checks", {}).items() if not good)
    text = f"{evidence.name} was sampled {len(found)} times; the first attempt failed on {first or 'nothing recorded'}."
    text += " The chains of both are stored." if evidence.manifest.pooled else ""
    return [Prose(text, "note"), table]


def _attempt(number: int, attempt: dict[str, Any]) -> dict[str, Any]:
    values, checks = attempt.get("diagnostics", {}), attempt.get("checks", {})
    settings, shown = attempt.get("settings", {}), shown_values(values)
    return {
        "attempt": number,
        **{key: settings.get(key) for key in SETTINGS},
        "density": attempt.get("density", ""),
        **{check: _of_attempt(check, values, shown) for check in OF_ATTEMPT},
        "failed": ", ".join(name for name, good in checks.items() if not good) or "none",
    }


def _of_attempt(check: str, values: dict[str, Any], shown: dict[str, str]) -> Cell:
    _, key, _, places = CHECKS[check]
    return _cell(values.get(key), places, shown.get(key, ""))


def _effects(evidence: Evidence) -> list[Block]:
    """Return diagnostics of the reported effects, which those of the parameters do not imply."""
    (table,) = evidence.tables(main_question(evidence))
    need, limit = needed(evidence.manifest), limit_of(evidence.manifest.diagnostics)
    found = [(row, row.change) for row in table.rows if isinstance(row.change, Summary)]
    if not found:
        return []
    rows = tuple(
        {
            "exposure": row.exposure,
            "service": row.name,
            "rhat": _cell(change.rhat, 3, told_apart(change.rhat, limit, 3)),
            "ess_bulk": _cell(change.ess_bulk, 0, told_apart(change.ess_bulk, need, 0)),
            "ess_tail": _cell(change.ess_tail, 0, told_apart(change.ess_tail, need, 0)),
            "mcse": Cell(change.mcse, f"{change.mcse:.2g}"),
            "holds": "yes" if holds(change, need, limit) else "NO",
        }
        for row, change in found
    )
    bad = sum(row["holds"] == "NO" for row in rows)
    worst, fewest = max(_bad(change.rhat) for _, change in found), min(change.ess_bulk for _, change in found)
    text = (
        f"{evidence.name}: of {len(rows)} average effects {len(rows) - bad} meet the gate's bounds too; "
        f"R-hat at most {rounded(worst, 3)}, bulk effective draws at least {rounded(fewest, 0)}."
    )
    made = Table(
        name=anchor("diagnostics-effects", evidence.name),
        title=f"{evidence.name}: diagnostics of the average effects themselves",
        columns=(
            Column("exposure", "Exposure"),
            Column("service", "Outcome"),
            Column("rhat", "R-hat", numeric=True),
            Column("ess_bulk", "ESS, bulk", numeric=True),
            Column("ess_tail", "ESS, tails", numeric=True),
            Column("mcse", "MCSE of the mean", numeric=True),
            Column("holds", "Within bounds"),
        ),
        rows=rows,
        groups="exposure",
        note=f"{table.words}. Bounds: R-hat at most {limit:.3f}, ESS at least {need}.",
        origin=Origin(
            (evidence.name,),
            "fits.effects.effect_table.EffectTable.of",
            evidence.command_on("reports.effects", "--json"),
        ),
    )
    folded = Fold(f"{evidence.name}: diagnostics of every average effect", (made,))
    advice = [Command(f"{evidence.command} --draws 2000")] if bad else []
    return [Prose(text, "warning" if bad else "plain", made.name), *advice, folded]


def holds(summary: Summary, need: int, limit: float) -> bool:
    """Return whether a derived quantity is within the gate's bounds; NaN is not."""
    return bool(summary.rhat <= limit and summary.ess_bulk >= need and summary.ess_tail >= need)


def _bad(rhat: float) -> float:
    return math.inf if math.isnan(rhat) else rhat
