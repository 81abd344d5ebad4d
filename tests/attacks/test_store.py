"""The store under attack: bits that flip, and processes that write and read one name at once."""

from __future__ import annotations

import hashlib
import multiprocessing
import resource
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from data.errors import InputError
from fits.listing import line_of
from fits.storage.fit import Fit
from fits.storage.place import ELSEWHERE, store
from tests.attacks._disk import Disk
from tests.attacks._fits import NAME, keep_reading, keep_writing, real, saying, tidied, write_all
from tests.attacks._kill import calls, forked, kills, kills_after
from tests.attacks._record import Keep

pytestmark = pytest.mark.attack

FLIPS, TENTH = 1000, 100
ROUNDS, FEW_ROUNDS = 500, 50
WRITERS, READERS = 2, 2
AT_RANDOM = 20
POINTS = 20

OLD, NEW = 1, 2
"""Numbers that fits say."""


# The control's reader leaves what it cannot close.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_no_bit_flips_unnoticed(tmp_path: Path, whole: bool, keep: Keep) -> None:
    rng = np.random.default_rng(14)
    fit = real(tmp_path, 1)
    paths = [fit.directory / "current", *(path for path in sorted(fit.files.rglob("*")) if path.is_file())]
    read = {path: path.read_bytes() for path in paths}
    whole_file = fingerprint(fit.files / "private.nc")
    counts = dict.fromkeys((path.name for path in paths), 0)
    unnoticed, silent, flips = [], 0, FLIPS if whole else TENTH
    for number in range(flips):
        # every other flip is in the draws, which are large
        path = paths[number // 2 % len(paths)] if number % 2 else fit.files / ("fit.nc" if number % 4 else "private.nc")
        place, bit = int(rng.integers(len(read[path]))), int(rng.integers(8))
        path.write_bytes(flipped(read[path], place, bit))
        counts[path.name] += 1
        try:
            Fit.read(NAME, tmp_path).verify()
            unnoticed.append(f"{path.name}, byte {place}, bit {bit}")
        except InputError:
            assert line_of(NAME, tmp_path, verify=True).status == "damaged"
        if path.name == "private.nc":
            silent += fingerprint(path) not in ("", whole_file)
        path.write_bytes(read[path])
    Fit.read(NAME, tmp_path).verify()
    assert unnoticed == []
    # The control: most flips in the draws change numbers that a reader without digests would take for the fit's.
    assert silent > 0.5 * counts["private.nc"]
    found = {"flips": flips, "by file": counts, "unnoticed": 0, "in private.nc": counts["private.nc"]}
    keep("bit_flips", found | {"silent without digests": silent})


def flipped(content: bytes, place: int, bit: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1 << bit]) + content[place + 1 :]


def fingerprint(path: Path) -> str:
    """Of what xarray alone reads from a file of draws; '' where it refuses."""
    digest = hashlib.sha256()
    try:
        with xr.open_datatree(path, engine="h5netcdf") as tree:
            for group in tree.children.values():
                for variable in group.data_vars.values():
                    digest.update(np.ascontiguousarray(variable.to_numpy()).tobytes())
    except Exception:  # noqa: BLE001 - each library raises its own
        return ""
    return digest.hexdigest()


def test_no_reader_sees_two_fits_in_one(tmp_path: Path, whole: bool, keep: Keep) -> None:
    rounds = ROUNDS if whole else FEW_ROUNDS
    context = multiprocessing.get_context("spawn")
    start, stop, told = context.Barrier(WRITERS + READERS), context.Event(), context.Queue()
    writers = [
        context.Process(target=keep_writing, args=(str(tmp_path), (2 * place, 2 * place + 1), start, stop, told))
        for place in range(WRITERS)
    ]
    readers = [
        context.Process(target=keep_reading, args=(str(tmp_path), rounds // READERS, start, told))
        for _ in range(READERS)
    ]
    for process in (*writers, *readers):
        process.start()
    for process in readers:
        process.join(60 + rounds)
    stop.set()
    for process in writers:
        process.join(60)
    assert [process.exitcode for process in (*writers, *readers)] == [0] * (WRITERS + READERS)
    mixed = [told.get(timeout=5) for _ in range(told.qsize())]
    assert mixed == ["done"] * READERS
    Fit.read(NAME, tmp_path)
    left = [path.name for path in (tmp_path / NAME).iterdir()]
    assert len(left) == 2, left
    versions = int(Fit.read(NAME, tmp_path).files.name.removeprefix("v"))
    keep("races", {"rounds of reading": rounds, "versions written": versions, "mixed": 0, "left over": 0})


def changes(home: Path) -> dict[str, Callable[[], object]]:
    """What commands do to a stored fit: replace it, add to it, put checks beside it, tidy it up."""
    made, draws = saying(NEW)
    added = xr.Dataset({"y": (("chain", "draw"), np.full((2, 20), float(OLD)))})
    return {
        "fit": lambda: Fit.write(NAME, made, draws, home),
        "add": lambda: Fit.read(NAME, home).add("posterior_predictive", added),
        "check": lambda: Fit.read(NAME, home).with_checks({f"check_{OLD}": True}, {"checks.json": str(OLD).encode()}),
    }


@pytest.mark.parametrize("what", ["fit", "add", "check"])
def test_a_kill_at_any_moment_loses_no_fit(what: str, tmp_path: Path, whole: bool, keep: Keep) -> None:
    rng = np.random.default_rng([14, len(what)])
    kept, home = tmp_path / "kept", tmp_path / "home"
    write_all(kept, OLD)
    assert tidied(kept) == str(OLD)
    work, ends = changes(home)[what], Counter[str]()

    def put() -> None:
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(kept, home)

    put()
    count = calls(work)
    for at in range(count) if whole else rng.choice(count, -(-count // 10), replace=False):
        put()
        assert kills(work, at=int(at))
        ends[tidied(home)] += 1
    put()
    began = time.monotonic()
    forked(work)
    took = time.monotonic() - began
    for _ in range(AT_RANDOM if whole else AT_RANDOM // 10):
        put()
        kills_after(work, seconds=float(rng.uniform(0, took)))
        ends[tidied(home)] += 1
    if what == "fit":
        for at in range(count) if whole else rng.choice(count - 3, 2, replace=False):
            shutil.rmtree(home, ignore_errors=True)
            home.mkdir()
            if kills(work, at=int(at)):
                ends[f"{tidied(home)} of none"] += 1
    assert set(ends) <= {str(OLD), str(NEW), "none of none", f"{NEW} of none"}, ends
    keep(f"kills_store_{what}", {"kills": ends.total(), "left": dict(ends), "lost": 0, "half": 0, "orphans": 0})


def stored(home: Path) -> None:
    """Store the new fit as a command does, and end as it would."""
    made, draws = saying(NEW)
    try:
        store(NAME, made, draws, home)
    except InputError as error:
        print(error)
        raise SystemExit(2) from error


@pytest.mark.parametrize("how", ["files may not grow", "the disk fills up"])
def test_a_full_disk_loses_neither_what_stood_there_nor_the_draws(
    how: str, request: pytest.FixtureRequest, tmp_path: Path, whole: bool, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = Counter[str]()
    disk: Disk | None = request.getfixturevalue("disk") if how == "the disk fills up" else None
    home = (disk.folder if disk else tmp_path) / "home"
    kept, other = tmp_path / "kept", tmp_path / "elsewhere"
    other.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(other))
    monkeypatch.chdir(tmp_path)  # other places that may be tried
    monkeypatch.setenv("HOME", str(tmp_path))
    write_all(kept, OLD)
    assert tidied(kept) == str(OLD)
    enough = sum(path.stat().st_size for path in kept.rglob("*") if path.is_file())
    for size in np.linspace(0, 1.5 * enough, POINTS).astype(int)[:: 1 if whole else 7].tolist():
        if disk:
            disk.set("size=64m")
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(kept, home)
        shutil.rmtree(other / ELSEWHERE, ignore_errors=True)
        limit = resource.RLIM_INFINITY if disk else size
        if disk:
            disk.leave(size)

        def limited(limit: int = limit) -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            stored(home)

        code, text = forked(limited)
        assert "Traceback" not in text, text
        assert tidied(home) == str(OLD if code else NEW)
        assert code in (0, 2), text
        if code and disk:
            assert f"then move {other / ELSEWHERE / NAME} to {home}" in text
            assert tidied(other / ELSEWHERE) == str(NEW)
        elif code:
            assert "there was no other place for the draws either" in text or tidied(other / ELSEWHERE) == str(NEW)
        ends["refused" if code else "stored"] += 1
    assert len(ends) == 2 or not whole, ends
    keep("full_disk_store" if disk else "full_disk_store_sizes", {**ends, "tracebacks": 0, "lost": 0})
