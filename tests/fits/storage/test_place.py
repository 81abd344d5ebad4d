"""Where a fit goes that others make as well, or that its disk has no room for."""

from __future__ import annotations

import shutil
import tempfile
import time
import zipfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import xarray as xr
from rich.console import Console

from data.errors import InputError
from data.files import replacing
from fits import produce as engine
from fits.listen import SILENT, Clock
from fits.loaded import load
from fits.make import make, request_of
from fits.plan import FitPlan
from fits.record import Job
from fits.storage.fit import Fit
from fits.storage.manifest import Manifest
from fits.storage.place import ELSEWHERE, making, store
from fits.storage.sharing import write
from models.fit import app
from reports.terminal.progress import TerminalListener
from tests.fits._fakes import manifest, request, tree
from tests.running import FULL, called, raising

NAME = "peer_tobit-mle-ndatss-aftercare"


PLAN = FitPlan(model="peer_tobit", engine="mle", service="aftercare")


def made_in_turn(home: Path) -> Fit:
    """Make the fit as a process does that has its turn."""
    loaded = load(PLAN)
    return engine.estimated(NAME, Job(PLAN, loaded, request_of(PLAN, loaded), home, SILENT, Clock()))


def asked(home: Path, told: StringIO | None = None) -> Fit:
    """Ask for the fit, and have everything written down that is told."""
    return make(PLAN, TerminalListener(Console(file=told or StringIO(), width=300)), home=home, audit=False)


def until_it_waits(capsys: pytest.CaptureFixture[str]) -> str:
    """What is printed by then, for half a minute at most."""
    said = ""
    for _ in range(600):
        said += capsys.readouterr().err
        if "Waiting" in said:
            break
        time.sleep(0.05)
    return said


def test_who_asks_for_what_another_makes_waits_and_is_given_it(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replacing, "PATIENCE", 0.05)
    told = StringIO()
    with ThreadPoolExecutor(1) as other:
        with making(home, NAME):
            second = other.submit(asked, home, told)
            said = until_it_waits(capsys)
            assert f"Waiting for another process that makes the fit {NAME}" in said
            first = made_in_turn(home)
            monkeypatch.setattr(engine, "estimated", raising(AssertionError("made again")))
            time.sleep(0.2)
            assert not second.done()
        found = second.result(60)
    assert (found.files, found.manifest) == (first.files, first.manifest)
    xr.testing.assert_identical(found.estimates(), first.estimates())
    assert told.getvalue() == ""  # nothing was replaced
    assert [path.name for path in Fit.stored(home)] == [NAME]
    assert sorted(path.name for path in first.directory.iterdir()) == ["current", "v1"]


def test_a_shared_fit_is_not_given_for_one_that_is_made_here(home: Path, tmp_path: Path) -> None:
    """It lacks what effects and checks need; who has the data makes it whole."""
    made = made_in_turn(home)
    before = made.estimates()
    write(made, tmp_path / "fit.zip")
    shutil.rmtree(home)
    with zipfile.ZipFile(tmp_path / "fit.zip") as held:
        held.extractall(home)
    assert Fit.read(NAME, home).manifest.request == made.manifest.request
    told = StringIO()
    found = asked(home, told)
    assert told.getvalue() == f"Replacing {NAME}: shared without its private part\n"
    found.require_private()
    xr.testing.assert_identical(found.estimates(), before)


def test_who_waited_for_a_fit_of_other_data_gets_a_name_of_its_own(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replacing, "PATIENCE", 0.05)
    told = StringIO()
    with ThreadPoolExecutor(1) as other:
        with making(home, NAME):
            second = other.submit(asked, home, told)
            assert "Waiting" in until_it_waits(capsys)
            theirs = Fit.write(NAME, manifest(request(data_sha256="f" * 64)), tree(chains=2, draws=20), home)
        found = second.result(60)
    own = f"{NAME}-{found.manifest.request.data_sha256[:8]}"
    assert found.name == own
    assert told.getvalue() == f"{NAME} holds a fit of other data (ffffffff); this one is stored as {own}\n"
    assert [path.name for path in Fit.stored(home)] == [NAME, own]
    assert Fit.read(NAME, home).manifest == theirs.manifest


def test_a_fit_of_another_name_is_not_waited_for(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with making(home, f"{NAME}-gaussian"):
        found = asked(home)
    assert found.name == NAME
    assert "Waiting" not in capsys.readouterr().err


def fill(monkeypatch: pytest.MonkeyPatch, *full: Path) -> None:
    """Have no room for fits in these folders."""
    real = Fit.write

    def write(
        name: str, made: Manifest, draws: xr.DataTree, home: Path, few: Mapping[str, xr.DataArray] | None = None
    ) -> Fit:
        if home in full:
            raise FULL
        return real(name, made, draws, home, few)

    monkeypatch.setattr(Fit, "write", staticmethod(write))


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folder of fits, and the other places in their order."""
    folders = {name: tmp_path / name for name in ("fits", "temporary", "here", "own")}
    for folder in folders.values():
        folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folders["temporary"]))
    monkeypatch.chdir(folders["here"])
    monkeypatch.setattr(Path, "home", lambda: folders["own"])
    return [folders["fits"], *(folders[name] / ELSEWHERE for name in ("temporary", "here", "own"))]


@pytest.mark.parametrize("full", [1, 2, 3])
def test_draws_without_room_go_to_the_next_place_that_has_some(
    full: int, places: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    home, there = places[0], places[full]
    before = Fit.write("one", manifest(), tree(1, chains=2, draws=20), home)
    fill(monkeypatch, *places[:full])
    draws, made = tree(2, chains=2, draws=20), replace(manifest(), created="2026-05-05T05:05:05+00:00")
    with pytest.raises(InputError) as caught:
        store("one", made, draws, home)
    said = str(caught.value)
    assert f"{home}: got No space left on device; expected room for the fit" in said
    assert f"then move {there / 'one'} to {home}, or read it there with --fits-dir {there}" in said
    saved = Fit.read("one", there)
    saved.verify()
    assert saved.manifest == made
    with saved.draws() as found:
        xr.testing.assert_identical(found.load(), draws)
    assert not [place for place in places[1:] if place != there and place.exists()]
    # What stood before stands, and what is moved as it was said is a fit there.
    now = Fit.read("one", home)
    now.verify()
    assert (now.files, now.manifest) == (before.files, before.manifest)
    saved.directory.rename(home / "moved")
    assert Fit.read("moved", home).manifest == made


def test_where_no_place_has_room_that_is_said(places: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    fill(monkeypatch, *places)
    with pytest.raises(InputError, match="there was no other place for the draws either"):
        store("one", manifest(), tree(chains=2, draws=20), places[0])
    assert Fit.stored(places[0]) == []


def test_the_command_says_where_its_fit_is(places: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    home, there = places[:2]
    fill(monkeypatch, home)
    options: list[Any] = ["--engine", "mle", "--service", "aftercare"]
    done = called(app, "peer_tobit", *options, "--fits-dir", home, code=None)
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"or read it there with --fits-dir {there}" in done.stderr
    assert Fit.read(NAME, there).manifest.status == "passed"
    called(app, "peer_tobit", *options, "--fits-dir", there)
    assert [path.name for path in Fit.stored(there)] == [NAME]
