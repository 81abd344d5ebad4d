"""The store: a fit is there whole or not at all, is read without this code, and says what is wrong with it."""

from __future__ import annotations

import ast
import json
import multiprocessing
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
import xarray as xr
from filelock import FileLock, Timeout

import fits.fit
from data._errors import InputError
from fits._manifest import Manifest
from fits.fit import Fit
from tests.fits._fakes import manifest, posterior, request, tree, write_often

ROOT = Path(__file__).parent.parent.parent
NAME = "peer_tobit-weak-ndatss"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "fits"


@pytest.fixture
def fit(home: Path) -> Fit:
    return Fit.write(NAME, manifest(), tree(draws=50), home)


def small(seed: int = 1) -> xr.DataTree:
    return tree(seed, chains=2, draws=50)


def unwritable() -> xr.DataTree:
    """Draws that netCDF cannot hold, found only when some of them are written already."""
    draws = small(2)
    draws["zuletzt"] = xr.DataTree(xr.Dataset({"objects": ("thing", np.array([{1}, {2}], dtype=object))}))
    return draws


def leftovers(home: Path) -> list[str]:
    """Everything besides the fit and its lock, in the home and in the fit."""
    files = [path for folder in (home, home / NAME) for path in folder.iterdir()]
    expected = {home / NAME, home / f".{NAME}.lock", home / NAME / "fit.nc", home / NAME / "manifest.json"}
    return [str(path) for path in files if path not in expected]


def contents(fit: Fit) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(fit.directory.iterdir())}


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
    with xr.open_datatree(fit.directory / "fit.nc") as stored:
        assert set(stored.children) == {"posterior", "sample_stats"}
        coefficients = stored["posterior"]["exposure_coef"].load()
    xr.testing.assert_identical(coefficients, posterior(draws=50)["exposure_coef"])
    found = json.loads((fit.directory / "manifest.json").read_text(encoding="utf-8"))
    assert found["request"]["settings"]["seed"] == 2017
    assert (found["status"], found["simulated"], found["checks"]["rhat"]) == ("passed", True, True)


def test_other_programs_may_read_a_fit(fit: Fit) -> None:
    assert stat.S_IMODE(fit.directory.stat().st_mode) == 0o755
    before = stat.S_IMODE((fit.directory / "fit.nc").stat().st_mode)
    fit.add("prior", posterior(draws=5))
    assert stat.S_IMODE((fit.directory / "fit.nc").stat().st_mode) == before


NUMBERS = {"rhat_max": float("inf"), "bfmi_min": float("nan"), "low": float("-inf"), "rhat_worst": "intercept[a]"}


def test_numbers_that_json_lacks_are_written_as_text_and_come_back(home: Path) -> None:
    attempt = {"settings": {}, "diagnostics": NUMBERS, "checks": {}}
    Fit.write(NAME, manifest(diagnostics=NUMBERS, attempts=[attempt]), small(), home)

    def refuse(constant: str) -> NoReturn:
        raise AssertionError(f"{constant} is not JSON")

    text = (home / NAME / "manifest.json").read_text(encoding="utf-8")
    found = json.loads(text, parse_constant=refuse)
    assert found["diagnostics"] == {"rhat_max": "inf", "bfmi_min": "nan", "low": "-inf", "rhat_worst": "intercept[a]"}
    read = Fit.read(NAME, home).manifest
    for values in (read.diagnostics, read.attempts[0]["diagnostics"]):
        assert values == pytest.approx(NUMBERS, nan_ok=True)


def test_a_fit_replaces_one_of_the_same_name(fit: Fit, home: Path) -> None:
    Fit.write("other", manifest(), small(3), home)
    Fit.write(NAME, manifest(request(wave=2014)), small(2), home)
    read = Fit.read(NAME, home)
    assert read.manifest.request.wave == 2014
    with read.draws() as stored:
        assert stored.load().identical(small(2))
    assert [path.name for path in Fit.stored(home)] == ["other", NAME]


@pytest.mark.parametrize("what", ["draws", "manifest"])
def test_a_write_that_fails_leaves_the_old_fit_untouched(fit: Fit, home: Path, what: str) -> None:
    before = contents(fit)
    circle: dict[str, Any] = {}
    circle["self"] = circle
    made, draws = (manifest(), unwritable()) if what == "draws" else (manifest(design={"a": {1: circle}}), small(2))
    with pytest.raises((TypeError, ValueError, RecursionError)):
        Fit.write(NAME, made, draws, home)
    assert contents(fit) == before
    assert leftovers(home) == []


def test_a_write_that_fails_at_first_leaves_nothing(home: Path) -> None:
    with pytest.raises((TypeError, ValueError)):
        Fit.write(NAME, manifest(), unwritable(), home)
    assert list(home.iterdir()) == []


def test_an_exchange_that_fails_halfway_puts_the_old_fit_back(
    fit: Fit, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(fit)
    rename = Path.rename

    def fail_to_move_in(self: Path, target: Path) -> Path:
        if target == fit.directory and not self.name.endswith("-old"):
            raise OSError("no space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail_to_move_in)
    with pytest.raises(OSError, match="no space left"):
        Fit.write(NAME, manifest(), small(2), home)
    assert contents(fit) == before
    assert leftovers(home) == []


def test_two_processes_writing_one_name_leave_one_whole_fit(home: Path) -> None:
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(2)
    writers = [context.Process(target=write_often, args=(str(home), NAME, seed, 10, start)) for seed in (1, 2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
    assert [writer.exitcode for writer in writers] == [0, 0]
    read = Fit.read(NAME, home)
    with read.draws() as stored:
        # The draws are those of the process whose manifest lies beside them.
        assert stored.load().identical(small(read.manifest.request.settings["seed"]))
    assert leftovers(home) == []


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


def not_draws() -> Iterator[tuple[str, bytes | None, str]]:
    yield "missing", None, "no file"
    yield "empty", b"", "a damaged file"
    yield "garbage", np.random.default_rng(1).bytes(5000), "a damaged file"
    yield "another format", b'{"posterior": []}', "a damaged file"


@pytest.mark.parametrize(("content", "got"), [case[1:] for case in not_draws()], ids=[case[0] for case in not_draws()])
def test_draws_that_cannot_be_read_say_so(fit: Fit, content: bytes | None, got: str) -> None:
    path = fit.directory / "fit.nc"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        fit.draws()
    assert problem(caught).startswith(f"{path}: got {got}")
    assert problem(caught).endswith("Fit again with --force")


@pytest.mark.parametrize("kept", [0.02, 0.5, 0.99])
def test_truncated_draws_say_so(fit: Fit, kept: float) -> None:
    path = fit.directory / "fit.nc"
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept * len(whole))])
    with pytest.raises(InputError) as caught:
        fit.draws()
    assert problem(caught).startswith(f"{path}: got a damaged file")
    assert problem(caught).endswith("Fit again with --force")


def test_a_netcdf_without_a_posterior_says_so(fit: Fit) -> None:
    xr.DataTree.from_dict({"prior": posterior(draws=5)}).to_netcdf(fit.directory / "fit.nc", engine="h5netcdf")
    with pytest.raises(InputError, match="got groups prior; expected a group `posterior`"):
        fit.draws()


def damaged_manifests() -> dict[str, tuple[str | None, str]]:
    whole = json.loads(json.dumps(replace(manifest(), design={}).__dict__, default=lambda held: held.__dict__))
    without = {key: value for key, value in whole.items() if key != "checks"}
    return {
        "missing": (None, "no manifest"),
        "empty": ("", "damaged JSON"),
        "cut off": ('{"request": {"model": ', "damaged JSON"),
        "not UTF-8": ("\udcff\udcfe", "damaged JSON"),
        "another thing": ("[1, 2]", "Input should be"),
        "lacks a key": (json.dumps(without), "checks: "),
        "a key too many": (json.dumps({**whole, "surprise": 1}), "surprise: "),
        "an unknown status": (json.dumps({**whole, "status": "fine"}), "status: "),
        "another format": (json.dumps({**whole, "format": 2}), "format: "),
        "half a request": (json.dumps({**whole, "request": {"model": "peer_tobit"}}), "request.priors: "),
    }


@pytest.mark.parametrize("what", damaged_manifests())
def test_a_manifest_that_cannot_be_read_says_so(fit: Fit, home: Path, what: str) -> None:
    content, got = damaged_manifests()[what]
    path = fit.directory / "manifest.json"
    path.unlink()
    if content is not None:
        path.write_text(content, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(InputError) as caught:
        Fit.read(NAME, home)
    assert problem(caught).startswith(f"{path}: got {got}")
    assert problem(caught).endswith("Fit again with --force")


def test_the_manifest_that_is_damaged_above_is_whole_before(tmp_path: Path) -> None:
    content = json.loads(damaged_manifests()["a key too many"][0] or "")
    del content["surprise"]
    (tmp_path / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
    assert Manifest.read(tmp_path / "manifest.json") == replace(manifest(), design={})


def test_a_folder_in_place_of_the_manifest_says_so(fit: Fit, home: Path) -> None:
    (fit.directory / "manifest.json").unlink()
    (fit.directory / "manifest.json").mkdir()
    with pytest.raises(InputError, match="Fit again with --force"):
        Fit.read(NAME, home)


def added(seed: int = 9) -> xr.Dataset:
    return xr.Dataset({"y": (("chain", "draw", "cell"), np.random.default_rng(seed).normal(size=(2, 50, 3)))})


def test_adding_a_group_keeps_the_others(home: Path) -> None:
    fit = Fit.write(NAME, manifest(), small(), home)
    fit.add("log_likelihood", added())
    with fit.draws() as stored:
        expected = small()
        expected["log_likelihood"] = xr.DataTree(added())
        assert stored.load().identical(expected)
    fit.add("log_likelihood", added(10))
    with fit.draws() as stored:
        xr.testing.assert_identical(stored["log_likelihood"].to_dataset().load(), added(10))
        assert set(stored.children) == {"posterior", "sample_stats", "log_likelihood"}
    assert Fit.read(NAME, home).manifest == manifest()
    assert leftovers(home) == []


def test_adding_that_fails_leaves_the_fit_untouched(fit: Fit, home: Path) -> None:
    before = contents(fit)
    with pytest.raises((TypeError, ValueError)):
        fit.add("zuletzt", unwritable()["zuletzt"].to_dataset())
    assert contents(fit) == before
    assert leftovers(home) == []


@pytest.mark.parametrize("later", [manifest(request(wave=2014)), manifest(created="2026-01-02T03:04:06+00:00")])
def test_a_group_is_not_added_to_a_fit_it_was_not_computed_from(fit: Fit, home: Path, later: Manifest) -> None:
    replacing = Fit.write(NAME, later, small(2), home)
    before = contents(replacing)
    with pytest.raises(InputError, match="expected the fit that log_likelihood was computed from") as caught:
        fit.add("log_likelihood", added())
    assert NAME in problem(caught)
    assert contents(replacing) == before


@pytest.mark.parametrize("change", ["write", "add"])
def test_who_changes_a_fit_waits_for_who_is_changing_it(
    fit: Fit, home: Path, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(fit)
    monkeypatch.setattr(fits.fit, "LOCK_SECONDS", 0.1)
    changes = {
        "write": partial(Fit.write, NAME, manifest(), small(2), home),
        "add": partial(fit.add, "log_likelihood", added()),
    }
    with FileLock(home / f".{NAME}.lock"), ThreadPoolExecutor(1) as other:
        waiting = other.submit(changes[change])
        with pytest.raises(Timeout):
            waiting.result()
    assert contents(fit) == before
    assert leftovers(home) == []


PICKLING = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}


def imported(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return {name.partition(".")[0] for name in names} | {
        node.module.partition(".")[0] for node in nodes if isinstance(node, ast.ImportFrom) and node.module
    }


def test_nothing_is_pickled_anywhere() -> None:
    files = [
        path for folder in ("data", "priors", "models", "fits", "reports") for path in (ROOT / folder).rglob("*.py")
    ]
    assert len(files) > 30
    found = {path.relative_to(ROOT).as_posix(): imported(path) & PICKLING for path in files}
    assert {path: names for path, names in found.items() if names} == {}
    calls = ("to_pickle", "read_pickle", "allow_pickle=True")
    text = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in files}
    assert [(path, call) for path, content in text.items() for call in calls if call in content] == []
