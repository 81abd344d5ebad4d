"""The section on data: the study, how much of it each fit uses, and the audit before any fit."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from data.auditing.audit import Audit
from data.disclosure import Count, nested
from fits.fit_with_study import Evidence
from models.sizes import Sizes
from reports.document.blocks import Block, Cell, Column, Fold, Origin, Prose, Section, Table
from reports.report_inputs import ReportInputs
from reports.sections.parts.wording import anchor
from reports.study.audit_tables import audit_tables
from reports.study.codebook_tables import assumptions

ORDER = 80

WARNINGS_SHOWN = 6
"""Most warnings of the audit that are shown without folding."""


def section(inputs: ReportInputs) -> Section:
    """Return the section, with study and audit once for all fits on the same data."""
    blocks: list[Block] = []
    for fits in _by_data(inputs.fits):
        blocks += [*_study(fits[0]), _assumed(fits[0]), *_use(fits), *_audit(fits)]
    return Section("data", "The data, and the audit before the fit", tuple(blocks))


def _by_data(fits: Iterable[Evidence]) -> list[tuple[Evidence, ...]]:
    found: dict[tuple[Any, ...], list[Evidence]] = {}
    for evidence in fits:
        asked = evidence.manifest.request
        key = (asked.study, asked.wave, asked.data_sha256, asked.columns_sha256, asked.codebook_sha256)
        found.setdefault(key, []).append(evidence)
    return [tuple(same) for same in found.values()]


def describe_command(evidence: Evidence) -> str:
    """Return the command that shows study and audit in a terminal."""
    request, paths = evidence.manifest.request, evidence.manifest.paths
    given = {
        "--data": paths.get("data", ""),
        "--columns": paths.get("columns", ""),
        "--wave": str(request.wave) if request.wave != (evidence.codebook.study.default_wave or 0) else "",
    }
    words = [word for option, value in given.items() if value for word in (option, value)]
    return shlex.join(["python", "-m", "data.describe", paths.get("study", "") or request.study, *words])


def _study(evidence: Evidence) -> list[Block]:
    manifest, header = evidence.manifest, evidence.codebook.study
    path = manifest.paths.get("data", "")
    file = Path(path).name if path else "none: simulated by this project"
    facts = {
        "Study": f"{evidence.codebook.name}: {header.title}",
        "Source": header.source,
        "One row is": f"a {header.unit}",
        "Wave": str(evidence.wave or ""),
        "File": file,
        "SHA-256 of the file": manifest.request.data_sha256,
        "Simulated": manifest.stamp,
    }
    table = Table(
        name=anchor("data-study", evidence.name),
        title=f"The study {evidence.codebook.name}",
        columns=(Column("what", "What"), Column("value", "Value")),
        rows=tuple({"what": what, "value": value} for what, value in facts.items() if value),
        note="No row of the data is shown in this report, and no number of fewer than 11 units.",
        origin=Origin((evidence.name,), "data.study.load_study", describe_command(evidence)),
    )
    if not manifest.simulated:
        return [table]
    said = f"These data are simulated ({manifest.stamp}): they say how the method works, and nothing about the world."
    return [Prose(said, "warning"), table]


def _assumed(evidence: Evidence) -> Block:
    found = assumptions(evidence.codebook)
    if not found.rows:
        return Prose("The codebook assumes nothing that its source does not say.")
    return _table(found, anchor("data-assumed", evidence.name), (evidence,))


def _use(fits: tuple[Evidence, ...]) -> list[Block]:
    used = nested([Sizes.of(evidence.design).units for evidence in fits])
    units = Table(
        name=anchor("data-units", fits[0].name),
        title="Units used, lost and unanswered",
        columns=(
            Column("fit", "Fit"),
            Column("used", "Units used", numeric=True),
            Column("lost", "Lost: a covariate or group missing", numeric=True),
            Column("unanswered", "No outcome answered", numeric=True),
            Column("outcomes", "Outcomes", numeric=True),
            Column("groups", "Groups pooled"),
        ),
        rows=tuple(_used(evidence, used) for evidence, used in zip(fits, used, strict=True)),
        note="A number of units from 1 to 10 is withheld, and so is one that would give it away by subtraction.",
        origin=Origin(tuple(one.name for one in fits), "models.design.make_design"),
    )
    columns = Table(
        name=anchor("data-columns", fits[0].name),
        title="Outcomes, exposures and controls, with the change that each coefficient speaks of",
        columns=(
            Column("fit", "Fit"),
            Column("role", "Role"),
            Column("column", "Column"),
            Column("meaning", "Meaning"),
            Column("contrast", "Contrast"),
        ),
        rows=tuple(row for evidence in fits for row in _columns(evidence)),
        groups="fit",
        origin=Origin(tuple(one.name for one in fits), "models.terms.columns_of"),
    )
    return [units, Fold("Outcomes, exposures and controls of each fit", (columns,))]


def _used(evidence: Evidence, used: Count) -> dict[str, Any]:
    design, sizes = evidence.design, Sizes.of(evidence.design)
    groups = ", ".join(f"{len(group.levels)} of {name}" for name, group in design.groups.items())
    counts = {"used": used, "lost": sizes.lost, "unanswered": sizes.unanswered}
    return {
        "fit": evidence.name,
        **{key: Cell(count.plain(), str(count)) for key, count in counts.items()},
        "outcomes": len(design.services),
        "groups": groups or "none",
    }


def _columns(evidence: Evidence) -> Iterator[dict[str, str]]:
    design, variables = evidence.design, evidence.codebook.variables
    names = dict(zip(design.reading.services, design.reading.outcomes, strict=True))
    for service in design.services:
        found = variables[names[service]]
        yield {
            "fit": evidence.name,
            "role": "outcome",
            "column": service,
            "meaning": found.label,
            "contrast": f"in {found.unit}" if found.unit else "yes or no" if found.type == "binary" else "",
        }
    for role, columns in (("exposure", design.exposures), ("control", design.controls)):
        for column in columns:
            yield {
                "fit": evidence.name,
                "role": role,
                "column": column.label,
                "meaning": variables[column.variable].label,
                "contrast": column.contrast,
            }


def audit_of(fits: tuple[Evidence, ...]) -> Audit:
    """Return the audit of all variables that these fits, on the same data, use."""
    readings = [one.design.reading for one in fits]
    outcomes = [
        outcome
        for one, reading in zip(fits, readings, strict=True)
        for outcome, service in zip(reading.outcomes, reading.services, strict=True)
        if service in one.design.services
    ]
    exposures = list(dict.fromkeys(term.variable for reading in readings for term in reading.exposures))
    controls = dict.fromkeys(term.variable for reading in readings for term in reading.controls)
    return Audit.of(
        fits[0].dataset,
        fits[0].codebook,
        outcomes=list(dict.fromkeys(outcomes)),
        exposures=exposures,
        controls=[name for name in controls if name not in exposures],
        groups=list(dict.fromkeys(group for reading in readings for group in reading.groups)),
        not_offered=readings[0].spec.not_offered,
        limits=readings[0].spec.limits,
    )


def _audit(fits: tuple[Evidence, ...]) -> list[Block]:
    audit = audit_of(fits)
    origin = Origin(tuple(one.name for one in fits), "data.auditing.audit.Audit.of", describe_command(fits[0]))
    said = [Prose(sentence, "warning") for sentence in audit.warnings]
    blocks: list[Block] = [Prose("What the audit warns of, worst first:" if said else "The audit warns of nothing.")]
    blocks += said[:WARNINGS_SHOWN]
    if said[WARNINGS_SHOWN:]:
        blocks.append(Fold(f"{len(said) - WARNINGS_SHOWN} more warnings", tuple(said[WARNINGS_SHOWN:])))
    tables = [
        _table(found, anchor("data-audit", str(place), fits[0].name), fits, origin)
        for place, found in enumerate(audit_tables(audit), 1)
        if found.rows or found.note
    ]
    return [*blocks, Fold(f"The audit in {len(tables)} tables", tuple(tables))]


def _table(found: Table, name: str, fits: tuple[Evidence, ...], origin: Origin | None = None) -> Block:
    """A table of texts, in which small counts are withheld already, as one of a page."""
    if not found.rows:
        return Prose(f"{found.title}: {found.note}")
    made = origin or Origin(tuple(one.name for one in fits), "data.codebook.Codebook.read", describe_command(fits[0]))
    return replace(found, name=name, origin=made)
