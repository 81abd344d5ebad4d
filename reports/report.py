"""A report as a value: the fits it stands on, the claims judged by them, and its document, section by section."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

from data.errors import InputError, Problem
from data.registry import member, members
from fits.fit_with_study import Evidence
from fits.listing import differences
from fits.reload import reload
from fits.storage.find import find, require_once
from fits.storage.fit import Fit
from fits.verdicts.events import VERDICTS
from fits.verdicts.judge import judge_all
from fits.verdicts.judgement import Judgement
from fits.verdicts.rule import Rule
from fits.verdicts.source import Source
from reports.document.blocks import Section
from reports.document.document import Document
from reports.report_inputs import ReportInputs, question_of

OUT = Path(__file__).parent / "out" / "report.html"
"""Where a report goes unless told otherwise."""

AGAIN = "Fit again with python -m models.fit, or show it with --accept-failed"

TOLD = 5
"""Reasons for no verdict that are told on the terminal."""


def sources_of(names: Iterable[str]) -> tuple[Source, ...]:
    """Return the sources of claims of these names or files; all there are for none."""
    sources = tuple(Source.read(name) for name in names or Source.names())
    require_once((source.name for source in sources), where="--claims", what="sources")
    return sources


def read_fits(
    names: Iterable[str], *, home: Path, data: Path | None = None, accept_failed: bool = False
) -> tuple[Evidence, ...]:
    """Return the fits asked for by names or folders, with their studies.

    Parameters
    ----------
    data : Path, optional
        Where a fit's data file is now, if it has moved.
    accept_failed : bool
        Whether fits that failed or are stale are taken too.

    Raises
    ------
    InputError
        For a fit that is not there, whose study has changed, that is asked for twice, or that failed or is
        stale and was not asked for as such.
    """
    found = []
    for name in names:
        fit = find(name, home)
        if not accept_failed:
            _require_good(fit)
        found.append(Evidence(reload(fit, data), tuple(differences(fit.manifest))))
    require_once(one.name for one in found)
    return tuple(found)


def judged(
    fits: tuple[Evidence, ...], beside: tuple[Evidence, ...], sources: tuple[Source, ...], rule: Rule, *, command: str
) -> ReportInputs:
    """Return all that sections read: the fits, and every claim judged by them."""
    posteriors = [one for one in fits if one.manifest.kind != "mle"]
    return ReportInputs(fits, beside, command, sources, judge_all(sources, posteriors, rule), rule)


def _require_good(fit: Fit) -> None:
    """Raise for a fit that failed its diagnostics, or that would not be made so today."""
    where = f"fit {fit.name!r}"
    failed = [name for name, good in fit.manifest.checks.items() if not good]
    if fit.manifest.status == "failed":
        raise InputError([Problem(where, f"failed diagnostics ({', '.join(failed)})", "a fit that passed", AGAIN)])
    stale = differences(fit.manifest)
    if stale:
        raise InputError([Problem(where, f"stale: {'; '.join(stale)}", "a fit as it would be made today", AGAIN)])


def beside(fits: tuple[Evidence, ...], data: Path | None = None) -> tuple[Evidence, ...]:
    """Return other stored fits of the same models on the same data; those that cannot be read are left out."""
    homes = dict.fromkeys(one.fit.home for one in fits)
    asked = {one.fit.directory.resolve() for one in fits}
    questions = {question_of(one.manifest) for one in fits}
    found = []
    for path in [path for home in homes for path in Fit.stored(home)]:
        if path.resolve() in asked:
            continue
        try:
            fit = Fit.read(path.name, path.parent)
            if question_of(fit.manifest) not in questions or differences(fit.manifest):
                continue
            found.append(Evidence(reload(fit, data)))
        except InputError:  # a damaged fit, or one of a study that is gone, is nobody's companion
            continue
    return tuple(found)


def section_files() -> list[ModuleType]:
    """Return the sections that there are, in the report's order."""
    files = [member("reports.sections", name) for name in members("reports.sections")]
    return sorted((file for file in files if hasattr(file, "ORDER")), key=lambda one: one.ORDER)


def document_of(inputs: ReportInputs, say: Callable[[str], object]) -> Document:
    """Return the report as a document, section by section, each of which is told."""
    found: list[Section] = []
    files = section_files()
    for place, file in enumerate(files, start=1):
        say(f"Section {place} of {len(files)}: {file.__name__.rpartition('.')[2]} ...")
        section = file.section(inputs)
        if section is not None:
            found.append(section)
    titles = dict.fromkeys(str(one.manifest.design["title"]) for one in inputs.fits)
    return Document(
        title="Co-production in treatment clinics: what can be said of each claim",
        subtitle="; ".join(titles),
        stamps=inputs.stamps,
        sections=tuple(found),
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        command=inputs.command,
    )


def told(judgements: tuple[Judgement, ...]) -> tuple[list[str], list[str]]:
    """Return what came out: how many verdicts of each kind, and the first reasons for no verdict."""
    counts = Counter(one.verdict for one in judgements)
    kinds = ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict])
    reasons = [
        (f"{one.id} ({one.fit})" if one.why.startswith("Monte Carlo") else one.fit, one.why)
        for one in judgements
        if one.verdict == "no verdict"
    ]
    barred = dict.fromkeys(f"No verdict: {who}: {why}" for who, why in reasons)
    return [f"{len(judgements)} readings: {kinds}."], list(barred)[:TOLD]


def plain(inputs: ReportInputs, rule: Rule) -> dict[str, object]:
    """Return every verdict as plain data, with the rule it was given by."""
    return {
        "rule": rule.name,
        "rule_sha256": rule.sha256,
        "rule_standing": rule.standing,
        "stamps": list(inputs.stamps),
        "claims_sha256": {source.name: source.sha256 for source in inputs.sources},
        "verdicts": [one.to_dict() for one in inputs.judgements],
    }
