"""A disk that fills up while a command writes: one line says so, and what stood there before stands."""

from __future__ import annotations

import resource
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tests.attacks._disk import PAGE, Disk
from tests.attacks._kill import forked
from tests.attacks._record import Keep
from tests.attacks._writers import NAMES, Files, Place, Writer, files

POINTS = 20
"""Between no room and enough."""


def points(enough: int, *, whole: bool, name: str) -> list[int]:
    """Amounts of room from none to enough, or a tenth of them."""
    found = np.linspace(0, enough, POINTS).astype(int).tolist()
    if whole:
        return list(found)
    rng = np.random.default_rng([NAMES.index(name), enough])
    return sorted(rng.choice(found, POINTS // 10, replace=False).tolist())


def attacked(place: Place, size: int | None = None) -> str:
    """Write under a limit of files' size, or on the disk as it is; return what stands there then, old or new."""

    def limited() -> None:
        if size is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        place.write()

    code, said = forked(limited)
    assert "Traceback" not in said, said
    assert code in (0, 2), (code, said)
    found = files(place.here)
    assert found == (place.old if code == 2 else place.new)[True], (code, said, sorted(found))
    if code == 2:
        why = said.splitlines()[-1]
        assert str(place.here) in why, said
        assert any(words in why for words in ("No space left on device", "File too large", "Read-only file")), said
    return "old" if code == 2 else "new"


def largest(found: Files) -> int:
    return max(len(content) for content in found.values())


def room(found: Files) -> int:
    return sum(-(-len(content) // PAGE) * PAGE for content in found.values())


@pytest.mark.attack
@pytest.mark.parametrize("name", NAMES)
def test_files_that_may_not_grow(
    name: str, commands: dict[str, Writer], tmp_path: Path, whole: bool, keep: Keep
) -> None:
    place = Place(commands[name], tmp_path / "here", tmp_path / "kept")
    ends: Counter[str] = Counter()
    for size in points(largest(place.new[True]), whole=whole, name=name):
        place.put(there=True)
        ends[attacked(place, size)] += 1
        assert place.judged(there=True) in ("old", "new")
    keep(f"full_disk_{name}_sizes", {**ends})
    assert len(ends) == 2 or not whole, ends


@pytest.mark.attack
@pytest.mark.parametrize("name", NAMES)
def test_a_disk_that_fills_up(
    name: str, commands: dict[str, Writer], disk: Disk, tmp_path: Path, whole: bool, keep: Keep
) -> None:
    place = Place(commands[name], disk.folder / "here", tmp_path / "kept")
    ends: Counter[str] = Counter()
    for free in points(2 * room(place.new[True]), whole=whole, name=name):
        disk.set("size=64m")
        place.put(there=True)
        disk.leave(free)
        ends[attacked(place)] += 1
        assert place.judged(there=True) in ("old", "new")
    disk.set("size=64m")
    place.put(there=True)
    disk.set("ro")
    assert attacked(place) == "old"
    disk.set("rw")
    keep(f"full_disk_{name}", {**ends})
    assert len(ends) == 2 or not whole, ends
