"""What attacks share."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attacks._disk import Disk, small_disk
from tests.attacks._record import Keep, write_record
from tests.attacks._writers import Writer, writers


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with small_disk(tmp_path / "disk") as found:
        yield found


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Writer]]:
    """The commands that write people's files."""
    with pytest.MonkeyPatch.context() as patch:
        yield writers(tmp_path_factory.mktemp("world"), patch)


@pytest.fixture
def keep(whole: bool) -> Keep:
    """Write what a whole attack found, and how long it took from here; what a tenth finds is not kept."""
    started = time.monotonic()

    def write(name: str, found: dict[str, object]) -> None:
        if whole:
            write_record(name, found, seconds=time.monotonic() - started)

    return write
