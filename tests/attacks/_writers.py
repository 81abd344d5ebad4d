"""The commands that write people's files, each in two versions, on a study and fits that are made without sampling."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer

from data.simulate import app as simulate
from data.simulation import archive, simulator
from fits.effects import answer
from reports import report
from reports.build import app as build
from reports.effects import app as effects
from reports.sections import provenance, verdicts
from tests.attacks._kill import forked
from tests.reports._build_fakes import world
from tests.running import called

NAMES = ("simulate", "effects", "build")

Files = dict[str, bytes]
Arguments = Callable[[Path], list[str]]


@dataclass(frozen=True)
class Writer:
    """A command: its arguments in a folder, for what stands there and for what is to take its place.

    Attributes
    ----------
    app : typer.Typer
    old, new : callable
    refused : callable
        Of a command on the same place that ends with 2 after it has looked there.
    """

    app: typer.Typer
    old: Arguments
    new: Arguments
    refused: Arguments


@dataclass
class Place:
    """A folder where a writer writes, and what must stand there.

    Attributes
    ----------
    writer : Writer
    here : Path
    kept : Path
        Has copies of what was there: in `True` files of the old version, in `False` none.
    old, new : dict of bool to files
        What stands there before and after, with and without something there.
    """

    writer: Writer
    here: Path
    kept: Path
    old: dict[bool, Files] = field(default_factory=dict)
    new: dict[bool, Files] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for there in (False, True):
            kept = self.kept / str(there)
            kept.mkdir(parents=True)
            restore(kept, self.here)
            if there:
                self.done(self.writer.old)
                shutil.copytree(self.here, kept, dirs_exist_ok=True)
            self.old[there] = files(self.here)
            self.done(self.writer.new)
            self.new[there] = files(self.here)
        assert self.old[True] != self.new[True]

    def done(self, arguments: Arguments) -> None:
        """Run the command here, so that children know what is remembered."""
        called(self.writer.app, *arguments(self.here))

    def put(self, *, there: bool) -> None:
        """Put there what was there before."""
        restore(self.kept / str(there), self.here)

    def write(self) -> None:
        """Write the new version; ends by `SystemExit`."""
        self.writer.app(self.writer.new(self.here))

    def judged(self, *, there: bool) -> str:
        """Which version stands there after one more command, old or new; else what is wrong."""
        code, said = forked(lambda: self.writer.app(self.writer.refused(self.here)))
        assert code == 2, said
        assert "Traceback" not in said, said
        found = files(self.here)
        if found == self.old[there]:
            return "old"
        if found == self.new[there]:
            return "new"
        return f"neither: {sorted(found)}"


def writers(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Writer]:
    """The commands by name, with what they need below a folder."""
    given = world(folder)
    monkeypatch.setattr(report, "section_files", lambda: [verdicts, provenance])
    monkeypatch.setattr(report, "datetime", Noon)
    home = ["--fits-dir", str(given["home"])]

    def remember(owner: Any, name: str, key: Callable[..., object]) -> None:
        """Work out once what is not attacked."""
        real, kept = getattr(owner, name), dict[object, object]()

        def once(*args: Any, **kwargs: Any) -> object:
            which = key(*args, **kwargs)
            if which not in kept:
                kept[which] = real(*args, **kwargs)
            return kept[which]

        monkeypatch.setattr(owner, name, once)

    remember(simulator, "simulate", lambda scenario, seed: (scenario, seed))
    remember(archive, "extract", lambda frame, seed: seed)
    remember(answer, "tables_of", lambda reloaded, asked: reloaded.fit.name)
    remember(report, "read_fits", lambda names, **options: tuple(names))
    remember(report, "beside", lambda fits, data: tuple(one.name for one in fits))
    remember(report, "document_of", lambda grounds, say: grounds.command)

    def simulated(*options: str) -> Arguments:
        return lambda here: ["--style", "archive", "--force", "--out", str(here / "sim.dta"), *options]

    def shown(fit: str) -> Arguments:
        return lambda here: [fit, "--out", str(here), *home]

    def built(fit: str) -> Arguments:
        return lambda here: [fit, "--out", str(here / "report.html"), "--claims", given["claims"], *home]

    old, new, none = given["single"], given["joint"], "nonesuch"
    refused = simulated("--seed", "3", "--scenario", none)
    return {
        "simulate": Writer(simulate, simulated("--seed", "1"), simulated("--seed", "2"), refused),
        "effects": Writer(effects, shown(old), shown(new), shown(none)),
        "build": Writer(build, built(old), built(new), built(none)),
    }


class Noon(datetime):
    """A clock that stands, so that the same report has the same bytes."""

    @classmethod
    def now(cls, tz: Any = UTC) -> datetime:
        return datetime(2026, 11, 28, 12, tzinfo=tz)


def files(folder: Path) -> Files:
    """Every file and folder below a folder, hidden ones too."""
    found: Files = {}
    for place, folders, names in os.walk(folder):
        here = Path(place).relative_to(folder)
        found |= {f"{here / name}/": b"" for name in folders}
        found |= {str(here / name): (Path(place) / name).read_bytes() for name in names}
    return found


def restore(kept: Path, folder: Path) -> None:
    """Make a folder what another one is."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(kept, folder)
