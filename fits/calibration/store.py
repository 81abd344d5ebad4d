"""The store of a calibration: what was asked, and one line of JSON per finished simulation."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from data.errors import InputError, Problem
from data.files.replacing import flush, recover_alone, replacing_alone, set_aside

REQUEST, SIMULATIONS = "request.json", "simulations.jsonl"

Record = dict[str, Any]


@dataclass(frozen=True)
class Store:
    """A folder that only this process writes to while it is open."""

    folder: Path

    @classmethod
    @contextmanager
    def open(cls, folder: Path, request: Record, *, force: bool, say: Callable[[str], None]) -> Iterator[Store]:
        """Give the store of a request; one of another request is put aside, and what differs is said.

        Raises
        ------
        InputError
            When another process has it open.
        """
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder.with_name(f".{folder.name}.lock"), timeout=0)
        try:
            lock.acquire()
        except Timeout as error:
            got = "another process at work on it"
            raise InputError(
                [Problem(str(folder), got, "one at a time", "Wait for it; its simulations will be used")]
            ) from error
        try:
            store = cls(folder)
            store._prepare(json.loads(json.dumps(request)), force=force, say=say)
            yield store
        finally:
            lock.release()

    def records(self) -> list[Record]:
        """Return the finished simulations; a last line that was cut off in writing is removed from the file.

        Raises
        ------
        InputError
            For a line within the file that is not JSON.
        """
        path = self.folder / SIMULATIONS
        text = path.read_bytes() if path.is_file() else b""
        whole = text[: text.rfind(b"\n") + 1]
        if len(whole) < len(text):
            with path.open("r+b") as stream:
                stream.truncate(len(whole))
        try:
            return [json.loads(line) for line in whole.splitlines()]
        except ValueError as error:
            raise InputError([Problem(str(path), "a damaged line", "JSON", "Start anew with --force")]) from error

    def append(self, record: Record) -> None:
        """Write one simulation so that it is there whatever happens next."""
        with (self.folder / SIMULATIONS).open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(plain(record), allow_nan=False) + "\n")
            stream.flush()
            os.fsync(stream.fileno())

    def _prepare(self, request: Record, *, force: bool, say: Callable[[str], None]) -> None:
        home, name = self.folder.parent, self.folder.name
        recover_alone(home, name)
        path = self.folder / REQUEST
        try:
            there = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        except ValueError:
            there = {}
        if there == request and not force:
            return
        with replacing_alone(home, name) as fresh:
            (fresh / name).mkdir()
            (fresh / name / REQUEST).write_text(json.dumps(request, indent=1) + "\n", encoding="utf-8")
            (fresh / name / SIMULATIONS).touch()
            flush(fresh)  # what was there is moved when nothing can be in the way of the new
            if self._has_simulations():
                kept = self.folder.with_name(f"{name}.previous")
                if kept.exists():
                    set_aside(kept, name)
                self.folder.rename(kept)  # hours of simulations: a mistaken option must not cost them
                why = "--force" if force else "; ".join(differences(there, request)[:6])
                say(f"Starting anew ({why}). What was there is kept in {kept.name} until the next such start.")

    def _has_simulations(self) -> bool:
        path = self.folder / SIMULATIONS
        return path.is_file() and path.stat().st_size > 0


def differences(old: Record, new: Record, where: str = "") -> list[str]:
    """Return what differs between two requests, one short text each."""
    found = []
    for key in dict.fromkeys([*old, *new]):
        before, after = old.get(key), new.get(key)
        if isinstance(before, dict) and isinstance(after, dict):
            found += differences(before, after, f"{where}{key} ")
        elif before != after:
            found.append(f"{where}{key} {_short(before)} -> {_short(after)}")
    return found


def _short(value: Any) -> str:
    text = "none" if value in (None, "") else str(value)
    return text[:8] if len(text) == 64 else text


def plain(value: Any) -> Any:
    """Return the same with None for numbers that JSON lacks."""
    if isinstance(value, dict):
        return {key: plain(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [plain(held) for held in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
