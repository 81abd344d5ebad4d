"""The working half of the door `reports.build`: read fits, judge claims, fill sections, write the page."""

from __future__ import annotations

import json
import shlex
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import ModuleType

from rich.console import Console

from data.commands.console import telling
from data.errors import InputError, Problem
from fits.fit_with_study import Evidence, places_of
from fits.listing import differences
from fits.reload import reload
from fits.storage.find import find, require_once
from fits.storage.fit import HOME, Fit
from fits.storage.manifest import Manifest
from fits.verdicts.judge import judge_all
from fits.verdicts.judgement import VERDICTS, Judgement
from fits.verdicts.rule import Rule
from fits.verdicts.source import Source
from reports import sections as rooms
from reports.document.blocks import Section
from reports.document.document import Document
from reports.document.folders import without_folders
from reports.document.write import require_place, write_page
from reports.report_inputs import ReportInputs

OUT = Path(__file__).parent / "out" / "report.html"
"""Where a report goes unless told otherwise."""

AGAIN = "Fit again with python -m models.fit, or show it with --accept-failed"


@dataclass(frozen=True)
class Wanted:
    """The command line, parsed."""

    fits: tuple[str, ...]
    out: Path
    claims: tuple[str, ...] = ()
    rule: str = "default"
    accept_failed: bool = False
    data: Path | None = None
    home: Path = Path("fits")
    as_json: bool = False

    @property
    def command(self) -> str:
        """The command line, so that a reader can repeat it."""
        words = ["python", "-m", "reports.build", *self.fits]
        words += ["--out", str(self.out)] if self.out != OUT else []
        words += [word for claim in self.claims for word in ("--claims", claim)]
        words += ["--rule", self.rule] if self.rule != "default" else []
        words += ["--accept-failed"] if self.accept_failed else []
        words += ["--data", str(self.data)] if self.data else []
        return shlex.join(words + (["--fits-dir", str(self.home)] if self.home != HOME else []))


def run(wanted: Wanted) -> None:
    """Build the report."""
    console = telling()
    started = time.monotonic()
    _require_sense(wanted)
    rule = Rule.read(wanted.rule)
    sources = tuple(Source.read(name) for name in wanted.claims or Source.names())
    require_once((source.name for source in sources), where="--claims", what="sources")
    fits = read_fits(wanted)
    beside = _beside(fits, wanted)
    console.print(f"Judging {sum(len(source.claims) for source in sources)} claims by {len(fits)} fits ...")
    judgements = judge_all(sources, [one for one in fits if one.manifest.kind != "mle"], rule)
    inputs = ReportInputs(fits, beside, wanted.command, sources, judgements, rule)
    document = document_of(inputs, console)
    written = write_page(without_folders(document, _places(inputs, wanted)), wanted.out)
    out = console if wanted.as_json else Console(highlight=False, markup=False)
    _tell(judgements, written, out, seconds=time.monotonic() - started)
    console.print(f"Open it in a browser: {wanted.out.resolve().as_uri()}", soft_wrap=True)
    if wanted.as_json:
        print(json.dumps(_plain(inputs, rule), indent=1, allow_nan=False))


def _require_sense(wanted: Wanted) -> None:
    """Raise what can be known to be wrong before anything is read."""
    if wanted.out.is_dir() or wanted.out.suffix.lower() not in (".html", ".htm"):
        raise InputError([Problem("--out", str(wanted.out), "the name of a page, such as out/report.html")])
    require_once(wanted.fits)
    require_place(wanted.out)


def read_fits(wanted: Wanted) -> tuple[Evidence, ...]:
    """Return the fits asked for, with their studies.

    Raises
    ------
    InputError
        For a fit that is not there, whose study has changed, that is asked for twice, or that failed or is
        stale and was not asked for as such.
    """
    found = []
    for name in wanted.fits:
        fit = find(name, wanted.home)
        if not wanted.accept_failed:
            _require_good(fit)
        found.append(Evidence(reload(fit, wanted.data), tuple(differences(fit.manifest))))
    require_once(one.name for one in found)
    return tuple(found)


def _require_good(fit: Fit) -> None:
    """Raise for a fit that failed its diagnostics, or that would not be made so today."""
    where = f"fit {fit.name!r}"
    failed = [name for name, good in fit.manifest.checks.items() if not good]
    if fit.manifest.status == "failed":
        raise InputError([Problem(where, f"failed diagnostics ({', '.join(failed)})", "a fit that passed", AGAIN)])
    stale = differences(fit.manifest)
    if stale:
        raise InputError([Problem(where, f"stale: {'; '.join(stale)}", "a fit as it would be made today", AGAIN)])


def _beside(fits: tuple[Evidence, ...], wanted: Wanted) -> tuple[Evidence, ...]:
    """Other stored fits of the same models on the same data; those that cannot be read are left out."""
    homes = dict.fromkeys(one.fit.directory.parent for one in fits)
    asked = {one.fit.directory.resolve() for one in fits}
    questions = {_question(one.manifest) for one in fits}
    found = []
    for path in [path for home in homes for path in Fit.stored(home)]:
        if path.resolve() in asked:
            continue
        try:
            fit = Fit.read(path.name, path.parent)
            if _question(fit.manifest) not in questions or differences(fit.manifest):
                continue
            found.append(Evidence(reload(fit, wanted.data)))
        except InputError:  # a damaged fit, or one of a study that is gone, is nobody's companion
            continue
    return tuple(found)


def _question(manifest: Manifest) -> tuple[object, ...]:
    request = manifest.request
    return (request.model, request.study, request.wave, request.data_sha256, request.columns_sha256)


def section_files() -> list[ModuleType]:
    """Return the sections that there are, in the report's order."""
    here = Path(str(rooms.__file__)).parent
    names = sorted(path.stem for path in here.glob("*.py") if not path.stem.startswith("_"))
    return sorted((import_module(f"{rooms.__name__}.{name}") for name in names), key=lambda one: one.ORDER)


def document_of(inputs: ReportInputs, console: Console) -> Document:
    """Return the report as a document, section by section."""
    found: list[Section] = []
    files = section_files()
    for place, file in enumerate(files, start=1):
        console.print(f"Section {place} of {len(files)}: {file.__name__.rpartition('.')[2]} ...")
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


def _places(inputs: ReportInputs, wanted: Wanted) -> Iterator[str | Path]:
    """Yield the user's files and folders that the report may speak of."""
    yield from (wanted.out, wanted.home, wanted.data or "", wanted.rule, *wanted.fits, *wanted.claims)
    yield from places_of(one.fit for one in (*inputs.fits, *inputs.beside))


def _tell(judgements: tuple[Judgement, ...], written: tuple[Path, ...], out: Console, *, seconds: float) -> None:
    """Say on the terminal what came out, and where it is."""
    counts = Counter(one.verdict for one in judgements)
    told = ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict])
    out.print(f"{len(judgements)} readings: {told}.")
    page, size = written[0], written[0].stat().st_size / 1e6
    shown = page.relative_to(Path.cwd()) if page.is_relative_to(Path.cwd()) else page
    out.print(f"Wrote {shown} ({size:.1f} MB) and {len(written) - 1} files beside it in {seconds:.0f} s.")
    told_of = [
        (f"{one.id} ({one.fit})" if one.why.startswith("Monte Carlo") else one.fit, one.why)
        for one in judgements
        if one.verdict == "no verdict"
    ]
    barred = dict.fromkeys(f"{who}: {why}" for who, why in told_of)
    for line in list(barred)[:5]:
        out.print(f"No verdict: {line}")


def _plain(inputs: ReportInputs, rule: Rule) -> dict[str, object]:
    """Return every verdict as plain data, with the rule it was given by."""
    return {
        "rule": rule.name,
        "rule_sha256": rule.sha256,
        "rule_standing": rule.standing,
        "stamps": list(inputs.stamps),
        "claims_sha256": {source.name: source.sha256 for source in inputs.sources},
        "verdicts": [one.to_dict() for one in inputs.judgements],
    }
