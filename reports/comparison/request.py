"""The working half of the door `reports.compare`: read the fits, compare, print, write."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from data.commands.console import telling
from data.errors import InputError, Problem, unknown
from fits.effects.averages import TARGETS, Target
from fits.fit_with_study import Evidence, places_of
from fits.listing import differences
from fits.reload import ChangedError, reload
from fits.storage.find import find
from fits.storage.fit import HOME
from fits.verdicts.judge import judge_all
from fits.verdicts.rule import Rule
from fits.verdicts.source import Source
from reports.comparison.comparison import Compared, labelled
from reports.comparison.run_difference import Verdicts
from reports.comparison.stored_alone import Party, Stored
from reports.document.plain import plain
from reports.terminal.comparison import print_compared


@dataclass(frozen=True)
class Wanted:
    """The command line, parsed."""

    fits: tuple[str, ...]
    scale: str = ""
    target: str = "these"
    loo: bool = False
    diff: bool = False
    out: Path | None = None
    rule: str = "default"
    data: Path | None = None
    home: Path = Path("fits")
    as_json: bool = False

    @property
    def command(self) -> str:
        """The command line again."""
        given = {"--scale": self.scale, "--target": self.target if self.target != "these" else ""}
        given |= {"--rule": self.rule if self.rule != "default" else ""}
        given |= {"--data": str(self.data or ""), "--fits-dir": str(self.home) if self.home != HOME else ""}
        options = [word for option, value in given.items() if value for word in (option, value)]
        flags = [name for name, on in {"--loo": self.loo, "--diff": self.diff}.items() if on]
        out = ["--out", str(self.out)] if self.out else []
        return shlex.join(["python", "-m", "reports.compare", *self.fits, *options, *flags, *out])


def run(wanted: Wanted, *, verdicts: Verdicts | None = None) -> None:
    """Compare the fits on the terminal, and on a page where that is asked.

    Parameters
    ----------
    wanted : Wanted
    verdicts : callable, optional
        ``verdicts(evidence)`` -> verdict by reading; by default those of every claim, by the rule.
    """
    if wanted.out is not None and wanted.out.suffix.lower() not in (".html", ".htm"):
        raise InputError([Problem("--out", str(wanted.out), "the name of a page, such as out/compare.html")])
    if wanted.out is not None:
        from reports.document.write import require_place  # Jinja2: only where a page is asked for

        require_place(wanted.out)
    rule = Rule.read(wanted.rule)
    say = telling().print
    fits = labelled(tuple(_read(name, wanted) for name in wanted.fits))
    compared = Compared.of(
        fits,
        scale=wanted.scale,
        target=_target(wanted.target),
        loo=wanted.loo,
        diff=wanted.diff,
        verdicts=verdicts or verdicts_by(rule),
        say=say,
    )
    if wanted.as_json:
        print(json.dumps(plain(compared.to_dict()), indent=1, allow_nan=False))
    else:
        print_compared(compared, Console(highlight=False, markup=False))
    if wanted.out is not None:
        # Matplotlib, Plotly and Jinja take seconds to import: only where a page is asked for.
        from reports.comparison.page import document_of
        from reports.document.folders import without_folders
        from reports.document.write import write_page

        made = datetime.now(UTC).isoformat(timespec="seconds")
        document = document_of(compared, command=wanted.command, made=made)
        places = (wanted.out, wanted.home, wanted.data or "", wanted.rule, *wanted.fits)
        known = (*places, *places_of(one.fit for one in compared.fits.values()))
        page, *beside = write_page(without_folders(document, known), wanted.out)
        say(f"Wrote {page}, and {len(beside)} files of its tables and figures beside it", soft_wrap=True)


def verdicts_by(rule: Rule) -> Verdicts:
    """Return what says the verdict of every reading of every claim that a fit can answer."""
    sources = tuple(Source.read(name) for name in Source.names())

    def verdicts(evidence: Evidence) -> dict[str, str]:
        return {one.id: one.verdict for one in judge_all(sources, [evidence], rule) if one.quantity}

    return verdicts


def _read(name: str, wanted: Wanted) -> Party:
    fit = find(name, wanted.home)
    # A fit of the study that comes with the project has no file that could have moved.
    data = wanted.data if fit.manifest.paths.get("data") else None
    differs = tuple(differences(fit.manifest))
    try:
        return Evidence(reload(fit, data), differs)
    except ChangedError as changed:
        return Stored(fit, changed.why, changed.remedy, differs)


def _target(name: str) -> Target:
    for target in TARGETS:
        if target == name:
            return target
    raise unknown("target", name, TARGETS)
