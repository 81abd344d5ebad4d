"""The store: a fit is there whole or not at all, is read without this code, and says what is wrong with it."""

from __future__ import annotations

import ast
import json
import stat
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from filelock import FileLock

from data.code_hash import OURS
from data.errors import InputError
from data.files import replacing
from fits.storage.fit import Fit, lock_of
from fits.storage.manifest import Manifest
from tests.fits._fakes import manifest, posterior, request, tree
from tests.running import FULL, ROOT, files_in, raising

NAME = "peer_tobit-weak-ndatss"


@pytest.fixture
def fit(home: Path) -> Fit:
    return Fit.write(NAME, manifest(), tree(draws=50), home)


def small(seed: int = 1) -> xr.DataTree:
    return tree(seed, chains=2, draws=50)


def unwritable() -> xr.DataTree:
    """Draws that netCDF cannot hold, found only when some of them are written already."""
    draws = small(2)
    draws["posterior"] = xr.DataTree(xr.Dataset({"objects": ("thing", np.array([{1}, {2}], dtype=object))}))
    return draws


def leftovers(home: Path) -> list[str]:
    """Everything besides the fits, their locks and the versions that count."""
    expected = {".locks", *(path.name for path in Fit.stored(home))}
    found = [path.name for path in home.iterdir() if path.name not in expected]
    for path in Fit.stored(home):
        counts = (path / "current").read_text().split()[0]
        found += [f"{path.name}/{inner.name}" for inner in path.iterdir() if inner.name not in ("current", counts)]
    return found


def problem(caught: pytest.ExceptionInfo[InputError]) -> str:
    (only,) = caught.value.problems
    return str(only)


def test_what_is_written_is_what_is_read(home: Path) -> None:
    draws = small()
    draws.attrs = {"fit": NAME, "simulated": 1}
    made = manifest()
    written = Fit.write(NAME, made, draws, home)
    again = Fit.read(NAME, home)
    assert written == again
    assert (again.name, again.manifest) == (NAME, made)
    with again.draws() as stored:
        assert stored.load().identical(draws)
    assert leftovers(home) == []


def test_plain_xarray_and_json_read_a_fit(fit: Fit) -> None:
    with xr.open_datatree(fit.files / "private.nc") as stored:
        assert set(stored.children) == {"posterior", "sample_stats"}
        coefficients = stored["posterior"]["exposure_coef"].load()
    xr.testing.assert_identical(coefficients, posterior(draws=50)["exposure_coef"])
    found = json.loads((fit.files / "manifest.json").read_text(encoding="utf-8"))
    assert found["request"]["settings"]["seed"] == 2017
    assert (found["status"], found["simulated"], found["checks"]["rhat"]) == ("passed", True, True)


def test_other_programs_may_read_a_fit(fit: Fit) -> None:
    assert stat.S_IMODE(fit.files.stat().st_mode) == 0o755
    before = stat.S_IMODE((fit.files / "fit.nc").stat().st_mode)
    fit = fit.add("log_likelihood", added())
    assert {stat.S_IMODE((fit.files / name).stat().st_mode) for name in ("fit.nc", "private.nc")} == {before}


NUMBERS = {"rhat_max": float("inf"), "bfmi_min": float("nan"), "low": float("-inf"), "rhat_worst": "intercept[a]"}


def test_numbers_that_json_lacks_are_written_as_text_and_come_back(home: Path) -> None:
    attempt = {"settings": {}, "diagnostics": NUMBERS, "checks": {}}
    checks = {"rhat": False, "bfmi": False}
    made = manifest(diagnostics=NUMBERS, attempts=[attempt], status="failed")
    fit = Fit.write(NAME, Manifest(**{**made.__dict__, "checks": checks}), small(), home)

    text = (fit.files / "manifest.json").read_text(encoding="utf-8")
    found = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert found["diagnostics"] == {"rhat_max": "inf", "bfmi_min": "nan", "low": "-inf", "rhat_worst": "intercept[a]"}
    read = Fit.read(NAME, home).manifest
    for values in (read.diagnostics, read.attempts[0]["diagnostics"]):
        assert values == pytest.approx(NUMBERS, nan_ok=True)


def test_a_fit_replaces_one_of_the_same_name(home: Path) -> None:
    Fit.write(NAME, manifest(), small(), home)
    Fit.write("other", manifest(), small(3), home)
    Fit.write(NAME, manifest(request(wave=2014)), small(2), home)
    read = Fit.read(NAME, home)
    assert read.manifest.request.wave == 2014
    with read.draws() as stored:
        assert stored.load().identical(small(2))
    assert [path.name for path in Fit.stored(home)] == ["other", NAME]
    assert leftovers(home) == []


def test_who_holds_a_fit_reads_it_whatever_takes_its_place(home: Path) -> None:
    held = Fit.write(NAME, manifest(), tree(draws=50), home)
    first = held.files
    for seed in (2, 3, 4):
        Fit.write(NAME, manifest(request(wave=seed)), small(seed), home)
    with held.draws() as stored:
        assert stored.load().identical(tree(draws=50))
    assert held.files == first
    assert len(leftovers(home)) == 1
    del held, stored
    Fit.read(NAME, home)
    assert leftovers(home) == []


@pytest.mark.parametrize("what", ["draws", "manifest"])
def test_a_write_that_fails_leaves_the_old_fit_untouched(fit: Fit, home: Path, what: str) -> None:
    before = files_in(fit.directory)
    circle: dict[str, Any] = {}
    circle["self"] = circle
    made, draws = (manifest(), unwritable()) if what == "draws" else (manifest(design={"a": {1: circle}}), small(2))
    with pytest.raises((TypeError, ValueError, RecursionError)):
        Fit.write(NAME, made, draws, home)
    assert files_in(fit.directory) == before
    assert leftovers(home) == []


def test_a_write_that_fails_at_first_leaves_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replacing, "flush", raising(FULL))
    with pytest.raises(OSError, match="No space left"):
        Fit.write(NAME, manifest(), small(), home)
    assert [path.name for path in home.iterdir()] == [".locks"]
    assert Fit.stored(home) == []


def test_an_unknown_fit_names_the_nearest(fit: Fit, home: Path) -> None:
    with pytest.raises(InputError, match=f"Did you mean '{NAME}'") as caught:
        Fit.read("peer_tobit-week-ndatss", home)
    assert "fit: got 'peer_tobit-week-ndatss'; expected a known fit" in problem(caught)


def test_a_home_that_does_not_exist_has_no_fits(home: Path) -> None:
    assert Fit.stored(home) == []
    with pytest.raises(InputError, match="Known: none"):
        Fit.read(NAME, home)


def test_stored_fits_are_listed_without_what_is_hidden(fit: Fit, home: Path) -> None:
    for name in (".half-written", "__pycache__", "a-damaged-one"):
        (home / name).mkdir()
    (home / "README").write_text("not a fit")
    assert [path.name for path in Fit.stored(home)] == ["a-damaged-one", NAME]


@pytest.mark.parametrize("name", ["../x", "/../x", "a/b", "", ".", "..", ".hidden", "_x", "a\0b", "a\nb", "n" * 201])
def test_a_name_that_leads_elsewhere_is_refused(home: Path, tmp_path: Path, name: str) -> None:
    Fit.write("x", manifest(), small(), tmp_path)
    for work in (partial(Fit.read, name, home), partial(Fit.write, name, manifest(), small(), home)):
        with pytest.raises(InputError, match="expected a folder's name"):
            work()
    assert not home.exists()


def added(seed: int = 9) -> xr.Dataset:
    return xr.Dataset({"y": (("chain", "draw", "cell"), np.random.default_rng(seed).normal(size=(2, 50, 3)))})


def test_adding_a_group_keeps_the_others(home: Path) -> None:
    fit = Fit.write(NAME, manifest(), small(), home)
    public = (fit.files / "fit.nc").read_bytes()
    fit = fit.add("log_likelihood", added())
    with fit.draws() as stored:
        expected = small()
        expected["log_likelihood"] = xr.DataTree(added())
        assert stored.load().identical(expected)
    fit = fit.add("log_likelihood", added(10))
    with fit.draws() as stored:
        xr.testing.assert_identical(stored["log_likelihood"].to_dataset().load(), added(10))
        assert set(stored.children) == {"posterior", "sample_stats", "log_likelihood"}
    assert fit.added() == ("log_likelihood",)
    assert (fit.files / "fit.nc").read_bytes() == public
    read = Fit.read(NAME, home)
    assert (read, read.manifest) == (fit, manifest())
    assert leftovers(home) == []


def test_adding_that_fails_leaves_the_fit_untouched(fit: Fit, home: Path) -> None:
    before = files_in(fit.directory)
    with pytest.raises((TypeError, ValueError)):
        fit.add("zuletzt", unwritable()["posterior"].to_dataset())
    assert files_in(fit.directory) == before
    assert leftovers(home) == []


@pytest.mark.parametrize("later", [manifest(request(wave=2014)), manifest(created="2026-01-02T03:04:06+00:00")])
def test_a_group_is_not_added_to_a_fit_it_was_not_computed_from(fit: Fit, home: Path, later: Manifest) -> None:
    replacing = Fit.write(NAME, later, small(2), home)
    before = files_in(replacing.directory)
    with pytest.raises(InputError, match="expected the fit that log_likelihood was computed from") as caught:
        fit.add("log_likelihood", added())
    assert NAME in problem(caught)
    assert files_in(replacing.directory) == before


@pytest.mark.parametrize("change", ["write", "add"])
def test_who_changes_a_fit_waits_for_who_is_changing_it(
    fit: Fit, home: Path, change: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = files_in(fit.directory)
    monkeypatch.setattr(replacing, "PATIENCE", 0.05)
    changes: dict[str, Callable[[], Fit]] = {
        "write": partial(Fit.write, NAME, manifest(), small(2), home),
        "add": partial(fit.add, "log_likelihood", added()),
    }
    done: list[Fit] = []
    with FileLock(lock_of(home, NAME)):
        waiting = threading.Thread(target=lambda: done.append(changes[change]()))
        waiting.start()
        waiting.join(0.5)
        assert (waiting.is_alive(), files_in(fit.directory)) == (True, before)
    waiting.join(60)
    assert Fit.read(NAME, home).manifest.files == done[0].manifest.files != fit.manifest.files
    assert f"Waiting for another process that writes {home / NAME}" in capsys.readouterr().err


PICKLING = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}


def imported(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return {name.partition(".")[0] for name in names} | {
        node.module.partition(".")[0] for node in nodes if isinstance(node, ast.ImportFrom) and node.module
    }


def test_nothing_is_pickled_anywhere() -> None:
    files = [path for folder in OURS for path in (ROOT / folder).rglob("*.py")]
    assert len(files) > 30
    found = {path.relative_to(ROOT).as_posix(): imported(path) & PICKLING for path in files}
    assert {path: names for path, names in found.items() if names} == {}
    calls = ("to_pickle", "read_pickle", "allow_pickle=True")
    text = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in files}
    assert [(path, call) for path, content in text.items() for call in calls if call in content] == []


def test_a_fit_is_one_folder_with_one_version(home: Path) -> None:
    fit = Fit.write(NAME, manifest(), small(), home)
    assert list(files_in(fit.directory)) == ["current", "v1/fit.nc", "v1/manifest.json", "v1/private.nc"]
