"""A small disk, where the system lets one be made."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

PAGE = 4096
"""Bytes in which a disk in memory is counted."""


@dataclass(frozen=True)
class Disk:
    """A small disk of its own."""

    folder: Path

    def leave(self, free: int) -> None:
        """Let it have so many bytes of room, or a page more."""
        self.set(f"size={shutil.disk_usage(self.folder).used + free + PAGE - 1}")

    def set(self, options: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{options}", self.folder], check=True)


@contextmanager
def small_disk(folder: Path) -> Iterator[Disk]:
    """A small disk at a folder; where none may be made the test is skipped."""
    folder.mkdir()
    try:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "none", folder], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("only an administrator may make a small disk; the size of files is limited in any case")
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", folder], check=True)
