"""The section on provenance: the inputs and software of every fit, and the commands that make it again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fits.fit_with_study import Evidence
from fits.planning.pooling import NONE, pooled_by, pooling_words
from fits.storage.manifest import Manifest
from reports.document.blocks import Block, Column, Command, Fold, Origin, Prose, Section, Table
from reports.document.folders import NAMES_ALONE
from reports.report_inputs import ReportInputs
from reports.sections.parts.wording import anchor

ORDER = 100

HASHES = {
    "data": "data_sha256",
    "mapping of columns": "columns_sha256",
    "codebook": "codebook_sha256",
    "model": "model_sha256",
    "priors": "priors_sha256",
}

FILES = {"data": "data file", "columns": "mapping of columns", "study": "codebook", "priors": "prior set"}

COLUMNS = (Column("part", "Part"), Column("what", "What"), Column("value", "Value"))


def section(inputs: ReportInputs) -> Section:
    """Return the section with hashes, versions, seeds, settings and commands of every fit."""
    blocks: list[Block] = [
        Prose(
            "Two fits with the same hash of the request are the same fit: it covers the data, the codebook, the "
            "model, the priors, the settings with their seed, and the versions of what decides the draws.",
            "lead",
        ),
        Prose(NAMES_ALONE),
    ]
    for evidence in inputs.fits:
        blocks += [_differs(evidence), _table(evidence), *_commands(evidence)]
    if inputs.beside:
        beside = tuple(block for one in inputs.beside for block in (_table(one), Command(one.command)))
        blocks.append(Fold(f"Stored fits that stand beside: {len(inputs.beside)}", beside))
    if inputs.command:
        blocks += [Prose("This report is built by:"), Command(inputs.command)]
    return Section("provenance", "Where every number is from", tuple(blocks))


def _differs(evidence: Evidence) -> Prose:
    if evidence.differs:
        changed = "; ".join(evidence.differs)
        return Prose(f"{evidence.name} is stale. Since it was made, this has changed: {changed}.", "warning")
    return Prose(f"{evidence.name}: nothing that decides its draws has changed since it was made.")


def _table(evidence: Evidence) -> Table:
    manifest = evidence.manifest
    rows = [*_hashes(manifest), *_how(manifest), *_files(evidence)]
    return Table(
        name=anchor("provenance", evidence.name),
        title=f"{evidence.name}: what it was made of and with",
        columns=COLUMNS,
        rows=tuple({"part": part, "what": what, "value": value} for part, what, value in rows),
        groups="part",
        note="Hashes are SHA-256 of contents.",
        origin=Origin((evidence.name,), "fits.storage.manifest.Manifest.decoded", evidence.command, _seed(manifest)),
    )


def _seed(manifest: Manifest) -> int | None:
    seed = manifest.request.settings.get("seed")
    return seed if isinstance(seed, int) else None


def _hashes(manifest: Manifest) -> Iterator[tuple[str, str, str]]:
    request = manifest.request
    yield "Hashes", "request", request.sha256
    for what, key in HASHES.items():
        yield "Hashes", what, getattr(request, key) or "none: not used"


def _how(manifest: Manifest) -> Iterator[tuple[str, str, Any]]:
    request = manifest.request
    chosen = {
        "model": request.model,
        "prior set": request.priors,
        "study": request.study,
        "wave": request.wave or "",
        "service": request.service or "all",
        "likelihood": request.family or "the model's own",
        "pooling": _pooled(manifest),
        "data": f"simulated ({manifest.stamp})" if manifest.simulated else "observed",
    }
    yield from (("Request", what, value) for what, value in chosen.items() if value)
    yield from (("Settings", what, value) for what, value in request.settings.items())
    used = manifest.attempts[-1].get("settings", {}) if manifest.attempts else {}
    stored = "of the second run, whose chains are stored too" if manifest.pooled else "in the attempt that is stored"
    for what, value in used.items():
        if request.settings.get(what) != value:
            yield "Settings", f"{what}, {stored}", value
    yield from (("Versions", what, value) for what, value in request.versions.items())
    yield "Times", "made", manifest.created
    yield from (("Times", f"{stage}, seconds", seconds) for stage, seconds in manifest.seconds.items())


def _pooled(manifest: Manifest) -> str:
    """Return what is pooled, and by what shape where it is services."""
    shape, weight = pooled_by(manifest)
    chosen = "by --pooling" if manifest.request.pooling else "the model's own"
    services = f"services ({pooling_words(shape, weight)}; {chosen})" if shape != NONE else ""
    groups = "groups" if manifest.kind == "posterior" and manifest.design["groups"] else ""
    pooled = " and ".join(filter(None, [services, groups]))
    none = f"not over services ({chosen})" if shape == NONE and manifest.request.pooling else ""
    return ", ".join(filter(None, [f"over {pooled}" if pooled else "", none])) or "none"


def _files(evidence: Evidence) -> Iterator[tuple[str, str, str]]:
    yield "Files", "stored fit", evidence.fit.directory.name
    for key, what in FILES.items():
        path = evidence.manifest.paths.get(key, "")
        yield "Files", what, Path(path).name if path else "none of the user's own"
    checks = evidence.fit.checks("checks.json")
    if checks is not None:
        told = json.loads(checks.read_text(encoding="utf-8"))
        yield "Checks", "made", str(told.get("made", ""))
        yield "Checks", "seed", str(told.get("seed", ""))
        yield "Checks", "replications", str(told.get("replications", ""))


def _commands(evidence: Evidence) -> list[Block]:
    check = [Command(evidence.command_on("models.check"))] if evidence.manifest.kind == "posterior" else []
    effects = Command(evidence.command_on("reports.effects"))
    words = (
        "To make it again, check its predictions and show its effects:" if check else "To make it again and show it:"
    )
    return [Prose(words), Command(evidence.command), *check, effects]
