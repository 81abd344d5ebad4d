"""The store of a calibration: nothing finished is lost, nothing of another request is used."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from rich.console import Console

from data.errors import InputError
from fits.calibration import run, simulate
from fits.calibration.store import SIMULATIONS, Store
from reports.terminal.progress import TerminalListener
from tests.attacks._kill import kills

REQUEST = {"model": "m", "settings": {"draws": 750, "seed": 1}, "versions": {"numpy": "2"}}


def opened(folder: Path, request: dict[str, Any] | None = None, *, force: bool = False) -> tuple[Any, list[str]]:
    said: list[str] = []
    return Store.open(folder, request or REQUEST, force=force, say=said.append), said


class Source:
    """Simulations that need no sampler: a number that depends on k alone."""

    def __init__(self, stop: int | None = None, fails: tuple[int, ...] = ()) -> None:
        self.stop, self.fails, self.made = stop, fails, list[int]()

    def record(self, k: int) -> dict[str, Any]:
        if k == self.stop:
            raise KeyboardInterrupt
        self.made.append(k)
        if k in self.fails:
            raise InputError([])
        return {"status": "passed", "first": "passed", "number": k / 3}


def numbers(source: Source, folder: Path, sims: int) -> list[Any]:
    context, _ = opened(folder)
    with context as store:
        found = list(run.simulated(source, store, sims, words="prior"))
    return [(one["k"], one.get("number")) for one in found]


def test_a_stopped_run_goes_on_where_it_was_and_gives_the_same_numbers(tmp_path: Path) -> None:
    whole = numbers(Source(), tmp_path / "whole", 5)
    assert whole == [(k, k / 3) for k in range(5)]
    with pytest.raises(KeyboardInterrupt):
        numbers(Source(stop=3), tmp_path / "stopped", 5)
    rest = Source()
    assert numbers(rest, tmp_path / "stopped", 5) == whole
    assert rest.made == [3, 4]


def test_more_simulations_go_on_and_fewer_are_the_first(tmp_path: Path) -> None:
    numbers(Source(), tmp_path / "a", 3)
    more, fewer = Source(), Source()
    assert [k for k, _ in numbers(more, tmp_path / "a", 5)] == [0, 1, 2, 3, 4]
    assert more.made == [3, 4]
    assert [k for k, _ in numbers(fewer, tmp_path / "a", 2)] == [0, 1]
    assert not fewer.made


def test_a_line_cut_off_in_writing_is_dropped_and_made_again(tmp_path: Path) -> None:
    whole = numbers(Source(), tmp_path / "a", 4)
    path = tmp_path / "a" / SIMULATIONS
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:3]) + lines[3][:17])
    again = Source()
    assert numbers(again, tmp_path / "a", 4) == whole
    assert again.made == [3]
    assert len(path.read_bytes().splitlines()) == 4


def test_a_damaged_line_within_is_refused(tmp_path: Path) -> None:
    numbers(Source(), tmp_path / "a", 2)
    path = tmp_path / "a" / SIMULATIONS
    path.write_bytes(b"{broken\n" + path.read_bytes())
    with pytest.raises(InputError, match="got a damaged line; expected JSON"):
        numbers(Source(), tmp_path / "a", 2)


def test_another_request_starts_anew_says_what_differs_and_keeps_the_old(tmp_path: Path) -> None:
    numbers(Source(), tmp_path / "a", 2)
    other = {**REQUEST, "settings": {"draws": 500, "seed": 1}}
    context, said = opened(tmp_path / "a", other)
    with context as store:
        assert store.records() == []
    assert len(said) == 1
    assert "settings draws 750 -> 500" in said[0]
    assert "a.previous" in said[0]
    assert len((tmp_path / "a.previous" / SIMULATIONS).read_text(encoding="utf-8").splitlines()) == 2


def test_force_starts_anew(tmp_path: Path) -> None:
    numbers(Source(), tmp_path / "a", 2)
    context, said = opened(tmp_path / "a", force=True)
    with context as store:
        assert store.records() == []
    assert "--force" in said[0]


@pytest.mark.parametrize("force", [True, False])
def test_whenever_starting_anew_is_killed_finished_simulations_stay(force: bool, tmp_path: Path) -> None:
    request = REQUEST if force else {**REQUEST, "model": "other"}

    def start() -> None:
        with opened(tmp_path / "a", request, force=force)[0]:
            pass

    def there(folder: str) -> int:
        path = tmp_path / folder / SIMULATIONS
        return len(path.read_bytes().splitlines()) if path.is_file() else 0

    moved, at, died = 0, 0, True
    while died:
        shutil.rmtree(tmp_path)
        tmp_path.mkdir()
        numbers(Source(), tmp_path / "a.previous", 3)  # of a start before
        numbers(Source(), tmp_path / "a", 2)
        died = kills(start, at=at)
        at += 1
        assert 2 in (there("a"), there("a.previous"))
        moved += there("a.previous") == 2
        with opened(tmp_path / "a", request)[0] as store:
            assert len(store.records()) in ((0, 2) if force else (0,))
        assert 2 in (there("a"), there("a.previous"))
        hidden = {path.name for path in tmp_path.glob(".*")}
        assert hidden == {".a.lock", ".a.previous.lock"}
    assert at > 10
    assert moved > 1


def test_a_start_without_a_finished_simulation_keeps_what_was_kept(tmp_path: Path) -> None:
    numbers(Source(), tmp_path / "a", 2)
    for model in ("a mistake", "another"):
        with opened(tmp_path / "a", {**REQUEST, "model": model})[0]:
            pass
    assert len((tmp_path / "a.previous" / SIMULATIONS).read_bytes().splitlines()) == 2


def test_two_processes_cannot_write_at_once(tmp_path: Path) -> None:
    context, _ = opened(tmp_path / "a")
    with FileLock(tmp_path / ".a.lock"), pytest.raises(InputError, match="another process at work"), context:
        pass


def test_numbers_that_json_lacks_are_stored_as_null(tmp_path: Path) -> None:
    context, _ = opened(tmp_path / "a")
    with context as store:
        store.append({"k": 0, "deep": [{"x": float("nan")}, (float("inf"), 1.5)]})
        assert store.records() == [{"k": 0, "deep": [{"x": None}, [None, 1.5]]}]


def test_a_simulation_that_raises_is_an_outcome_and_counted(tmp_path: Path) -> None:
    found = simulate.attempt(Source(fails=(1,)), 1)
    assert (found["k"], found["status"], found["first"]) == (1, "error", "error")
    assert found["words"].startswith("InputError")
    source = Source(fails=(1, 2))
    assert numbers(source, tmp_path / "a", 4) == [(0, 0.0), (1, None), (2, None), (3, 1.0)]
    numbers(source, tmp_path / "a", 4)
    assert source.made == [0, 1, 2, 3]  # what went wrong is not tried again either


def test_progress_counts_simulations_and_failures_in_a_log(tmp_path: Path) -> None:
    log = io.StringIO()
    context, _ = opened(tmp_path / "a")
    with context as store:
        listen = TerminalListener(Console(file=log, width=200))
        list(run.simulated(Source(fails=(0,)), store, 2, words="null", listen=listen))
    assert "null: 2 of 2 simulations, about 0 s left, 1 failed" in log.getvalue()
    lines = (tmp_path / "a" / SIMULATIONS).read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["k"] for line in lines] == [0, 1]
