"""Stored fits changed by hand, with digests that fit, as a careful forger or another version of the code would."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fits.storage.manifest import StoredFile


def files_of(home: Path, name: str) -> Path:
    """The folder of the version that counts."""
    return home / name / (home / name / "current").read_text().split()[0]


def tamper(home: Path, name: str, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the manifest in place, together with the line that points to it."""
    folder = files_of(home, name)
    held = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    change(held)
    content = json.dumps(held).encode()
    (folder / "manifest.json").write_bytes(content)
    (home / name / "current").write_text(f"{folder.name} {hashlib.sha256(content).hexdigest()}\n")


def put(home: Path, name: str, inner: str, content: bytes) -> None:
    """Write a file of the fit, and its digest into the manifest."""
    path = files_of(home, name) / inner
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    tamper(home, name, lambda held: held["files"].update({inner: asdict(StoredFile.of(content))}))
