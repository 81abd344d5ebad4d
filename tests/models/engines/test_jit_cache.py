"""Compiled code on disk: what does not fit its digest is never loaded, and is replaced."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from numba import njit, types
from numba.core import caching

from models.engines.compiled import jit
from models.engines.compiled.jit_cache import CheckedFile, check_caches
from models.engines.graph import density
from tests.models._prepare import case
from tests.running import ROOT, python

KEY, DATA = ("signature", ("machine", "features")), {"code": b"machine code" * 9}

TABLE = """
import numpy as np
from numba import cfunc, types
from models.engines.compiled.jit import stored

SIGNATURE = types.double(types.int64)
TABLE = np.array([1234.5, {middle}, 3456.75])

def made(how):
    @how
    def at(k):
        return TABLE[k]
    return at

def stock():
    return made(cfunc(SIGNATURE, cache=True))

def checked():
    return stored(SIGNATURE, lambda: made(lambda function: function), of=__name__, part="table")
"""
MIDDLE = 2345.625


def file(folder: Path, source: str = "source") -> CheckedFile:
    return CheckedFile(folder, "function-1.py313", source)


def saved(folder: Path) -> Path:
    """The one file there is after one save."""
    file(folder).save(KEY, DATA)
    (path,) = folder.iterdir()
    return path


def ask(folder: Path, how: str) -> tuple[float, int]:
    """What a process of its own computes, and how much of that it had from the cache."""
    code = f"import table; f = table.{how}(); print(f.ctypes(1), f.cache_hits)"
    done = python("-c", code, NUMBA_CACHE_DIR=folder / "cache", PYTHONPATH=f"{folder}{os.pathsep}{ROOT}")
    value, hits = done.stdout.split()
    return float(value), int(hits)


def flip_the_number(folder: Path) -> None:
    """Flip the sign of the number that compiled code holds."""
    number = struct.pack("=d", MIDDLE)
    (path,) = [path for path in (folder / "cache").rglob("*.nbc") if number in path.read_bytes()]
    path.write_bytes(path.read_bytes().replace(number, struct.pack("=d", -MIDDLE)))


@pytest.mark.parametrize(
    ("how", "damaged"),
    [
        ("stock", (-MIDDLE, 1)),  # the control: numba runs what it finds
        ("checked", (MIDDLE, 0)),
    ],
)
def test_a_flipped_bit_in_compiled_code_is_not_run(how: str, damaged: tuple[float, int], tmp_path: Path) -> None:
    (tmp_path / "table.py").write_text(TABLE.format(middle=MIDDLE))
    assert ask(tmp_path, how) == (MIDDLE, 0)
    flip_the_number(tmp_path)
    assert ask(tmp_path, how) == damaged
    assert ask(tmp_path, how) == (damaged[0], 1)


def test_what_was_saved_is_loaded_and_no_other_file_is_left(tmp_path: Path) -> None:
    saved(tmp_path)
    assert file(tmp_path).load(KEY) == DATA
    assert len(list(tmp_path.iterdir())) == 1


def test_no_flipped_bit_is_loaded_and_the_next_save_heals_it(tmp_path: Path) -> None:
    path = saved(tmp_path)
    whole = path.read_bytes()
    for place in range(8 * len(whole)):
        damaged = bytearray(whole)
        damaged[place // 8] ^= 1 << place % 8
        path.write_bytes(damaged)
        assert file(tmp_path).load(KEY) is None, place
    assert saved(tmp_path) == path
    assert file(tmp_path).load(KEY) == DATA


def test_no_part_of_a_file_is_loaded_and_none_that_goes_on(tmp_path: Path) -> None:
    path = saved(tmp_path)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert file(tmp_path).load(KEY) is None, length
    path.write_bytes(whole + b"\x00")
    assert file(tmp_path).load(KEY) is None


def test_whole_code_of_another_source_key_or_numba_is_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(tmp_path)
    assert file(tmp_path, "changed source").load(KEY) is None
    assert file(tmp_path).load(("other", ())) is None
    file(tmp_path).save(("other", ()), DATA)
    (other,) = [one for one in tmp_path.iterdir() if one != path]
    path.replace(other)
    assert file(tmp_path).load(("other", ())) is None
    monkeypatch.setattr("models.engines.compiled.jit_cache.numba.__version__", "0.0")
    file(tmp_path).save(KEY, DATA)
    assert file(tmp_path).load(KEY) == DATA
    monkeypatch.undo()
    assert file(tmp_path).load(KEY) is None


def test_where_nothing_can_be_written_nothing_is_kept_and_what_stood_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved(tmp_path)

    def full(path: Path, content: bytes) -> int:
        with path.open("wb") as stream:
            stream.write(content[:50])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    file(tmp_path).save(KEY, {"code": b"newer"})
    assert len(list(tmp_path.iterdir())) == 1
    assert file(tmp_path).load(KEY) == DATA
    missing = file(tmp_path / "no such folder")
    missing.save(KEY, DATA)
    assert missing.load(KEY) is None


WRITER = """
import sys
from models.engines.compiled.jit_cache import CheckedFile
kept, mine = CheckedFile(sys.argv[1], "function", "source"), sys.argv[2] * 100_000
print("ready", flush=True)
sys.stdin.readline()
for _ in range(150):
    kept.save("key", mine)
    found = kept.load("key")
    assert found is None or (len(found) == 100_000 and len(set(found)) == 1)
"""


def test_processes_that_write_at_once_load_whole_code_or_none(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    running = [subprocess.Popen([*command, letter], cwd=ROOT, **pipes) for letter in "abc"]
    for process in running:
        process.stdout.readline()
    killed, *others = running
    for process in running:
        process.stdin.write("\n")
        process.stdin.flush()
    killed.kill()  # in the middle, or all but done: what it leaves harms nobody
    for process in running:
        process.communicate(timeout=60)
    assert [process.returncode for process in others] == [0, 0]
    found = CheckedFile(tmp_path, "function", "source").load("key")
    assert len(found) == 100_000


def test_all_that_numba_keeps_in_this_process_is_checked() -> None:
    assert check_caches()
    assert check_caches()
    assert isinstance(njit(cache=True)(file)._cache._cache_file, CheckedFile)


def test_what_pytensor_compiles_of_a_graph_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[bool] = []
    monkeypatch.setattr(density, "check_caches", lambda: called.append(True))
    given = case("peer_staffing")
    density.build(given.design, given.family, given.priors)
    assert called == [True]


class Otherwise:
    def __init__(self, folder: Path) -> None:
        raise AssertionError("used")


@pytest.mark.parametrize("there", [Otherwise, None])
def test_a_numba_that_is_built_otherwise_is_left_alone_and_nothing_is_kept(
    there: type | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caching, "IndexDataCacheFile", there)
    assert not check_caches()
    assert caching.IndexDataCacheFile is there
    seen: list[bool] = []
    monkeypatch.setattr(jit, "cfunc", lambda signature, **options: lambda function: seen.append("cache" in options))
    jit.stored(types.double(types.double), lambda: abs, of=__name__, part="any")
    assert seen == [False]


FACTORY = """
from numba import njit, types
from models.engines.compiled.jit_cache import check_caches

def made(k):
    @njit
    def inner(x):
        return x + k
    return inner

def stock():
    return True

def checked():
    return check_caches()

def name(k):
    f = made(k)
    f(1.0)
    (one,) = f.overloads.values()
    return one.fndesc.mangled_name
"""


@pytest.mark.parametrize(("how", "same"), [("stock", True), ("checked", False)])
def test_functions_that_two_processes_compile_have_names_of_their_own(how: str, same: bool, tmp_path: Path) -> None:
    """The control is what numba does by itself: both processes give one name to two functions.

    A process that loads both from the cache then calls the first for the other.
    """
    (tmp_path / "factory.py").write_text(FACTORY)

    def named(k: float) -> str:
        code = f"import factory; assert factory.{how}(); print(factory.name({k}))"
        return python("-c", code, PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}").stdout.strip()

    assert (named(1.0) == named(2.0)) is same
