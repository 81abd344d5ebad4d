"""A record of a calibration's simulations in one small file, from which every table can be computed again.

It is JSON lines under gzip: first what was simulated, then a line for each simulation. Every effect and every
rank is there, numbers with five significant digits; what all simulations share (which effects there are, which
quantities have ranks) stands in the first line alone.
"""

from __future__ import annotations

import gzip
import json
import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.errors import InputError, Problem
from fits.calibration.store import Record, plain
from fits.effects.asymptotic import Asymptotic

SUFFIX = ".jsonl.gz"

FORMAT = "simulations of a calibration, 1"

DIGITS = 5
"""Significant digits: more than Monte Carlo errors leave, and no sign changes."""

OWN = ("bayes", "ml")
"""Parts of an effect that have parts of their own."""


@dataclass(frozen=True)
class CompactRecord:
    """What was simulated, as plain data, and every simulation as it was stored but for its last digits."""

    head: Record
    records: tuple[Record, ...]

    def to_bytes(self) -> bytes:
        """Return the file's content, the same for the same simulations."""
        effects = next((_labels(one) for one in self.records if one.get("effects")), [])
        ranks = next((list(one["ranks"]) for one in self.records if one.get("ranks")), [])
        head = {"format": FORMAT, **self.head, "effects": effects, "ranks": ranks}
        lines = [head, *(_packed(one, effects, ranks) for one in self.records)]
        text = "".join(json.dumps(plain(line), separators=(",", ":"), allow_nan=False) + "\n" for line in lines)
        return gzip.compress(text.encode("utf-8"), compresslevel=9, mtime=0)

    @classmethod
    def read(cls, path: Path) -> CompactRecord:
        """Return what a file holds.

        Raises
        ------
        InputError
            For a file that is not there, or that is no such record.
        """
        if not path.is_file():
            raise InputError([Problem(str(path), "no such file", f"a record, NAME{SUFFIX}, of models.calibrate --out")])
        try:
            head, *lines = (json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines())
            if head.pop("format") != FORMAT:
                raise ValueError("another format")
            effects, ranks = head.pop("effects"), head.pop("ranks")
            return cls(head, tuple(_unpacked(line, effects, ranks) for line in lines))
        except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, AttributeError) as error:
            got = f"a file that cannot be read ({type(error).__name__})"
            raise InputError([Problem(str(path), got, f"a record, NAME{SUFFIX}, of models.calibrate --out")]) from error


def _labels(record: Mapping[str, Any]) -> list[list[str]]:
    return [[effect["exposure"], effect["service"]] for effect in record["effects"]]


def _packed(record: Record, effects: Sequence[Sequence[str]], ranks: Sequence[str]) -> Record:
    """Return one simulation with its effects by column and its ranks without names."""
    found = {key: value for key, value in record.items() if key not in ("effects", "ranks") and value != {}}
    if "effects" in record:
        rows = [_flat(effect) for effect in record["effects"]]
        columns = dict.fromkeys(key for row in rows for key in row)
        found["effects"] = {key: [_short(row.get(key)) for row in rows] for key in columns}
        if _labels(record) != effects:
            found["labels"] = _labels(record)
    if "diagnostics" in record:
        found["diagnostics"] = {key: _short(value) for key, value in record["diagnostics"].items()}
    if "ranks" in record:
        same = list(record["ranks"]) == list(ranks)
        short = {name: _short(value) for name, value in record["ranks"].items()}
        found["ranks"] = list(short.values()) if same else short
    return found


def _unpacked(line: Record, effects: Sequence[Sequence[str]], ranks: Sequence[str]) -> Record:
    found = dict(line)
    if "effects" in line:
        labels, columns = found.pop("labels", effects), line["effects"]
        found["effects"] = [
            {"exposure": exposure, "service": service, **_nested({key: held[k] for key, held in columns.items()})}
            for k, (exposure, service) in enumerate(labels)
        ]
    if isinstance(line.get("ranks"), list):
        found["ranks"] = dict(zip(ranks, line["ranks"], strict=True))
    return found


def _flat(effect: Mapping[str, Any]) -> dict[str, Any]:
    """Return an effect's numbers by dotted name; the p-value follows from estimate and error."""
    found = {key: value for key, value in effect.items() if key not in ("exposure", "service", *OWN)}
    for part in OWN:
        found |= {f"{part}.{key}": value for key, value in (effect[part] or {}).items() if key != "p_value"}
    return found


def _nested(row: Mapping[str, Any]) -> Record:
    found: Record = {key: value for key, value in row.items() if "." not in key}
    for part in OWN:
        found[part] = {key.removeprefix(f"{part}."): value for key, value in row.items() if key.startswith(f"{part}.")}
    ml = found["ml"]
    if ml.get("estimate") is None:
        return {**found, "ml": None}
    return {**found, "ml": {**ml, "p_value": Asymptotic.of(ml["estimate"], ml["error"]).p_value}}


def _short(value: Any) -> Any:
    """Return a number with `DIGITS` significant digits, a whole one without a point; anything else as it is."""
    if not isinstance(value, float) or not math.isfinite(value):
        return value
    found = float(f"{value:.{DIGITS}g}")
    return int(found) if found.is_integer() and abs(found) < 10**DIGITS else found
