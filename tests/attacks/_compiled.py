"""Damaged files of compiled code, one after the other; a line of JSON for each says how it ended.

Run by the test in a process of its own, since compiled code that is damaged may end the process and not only raise.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numba import carray, types

from models.engines.compiled import jit
from tests.attacks._mutate import truncated

POINT = np.linspace(-2.0, 3.0, 9)


def made() -> Any:
    """A function as compiled parts are: of C types, with a loop; from the cache where there is one that fits."""

    def total(size: int, point: Any) -> float:
        found = 0.0
        for value in carray(point, (size,)):
            found += np.exp(-value * value) - 0.5 * np.log1p(abs(value))
        return found

    signature = types.double(types.uint64, types.CPointer(types.double))
    return jit.stored(signature, lambda: total, of=jit.__name__, part="total")


def right(function: Any) -> bool:
    expected = float((np.exp(-(POINT**2)) - 0.5 * np.log1p(np.abs(POINT))).sum())
    return bool(np.isclose(function.ctypes(POINT.size, np.ctypeslib.as_ctypes(POINT)), expected, rtol=1e-12))


def attack(k: int, seed: int, cache: Path) -> dict[str, object]:
    """Flip a bit of what is kept, or cut it short; say whether that was loaded, and whether the next is whole again."""
    rng = np.random.default_rng([seed, k])
    files = sorted(path for path in cache.rglob("*") if path.is_file())
    path = files[int(rng.integers(len(files)))]
    content = bytearray(path.read_bytes())
    if k % 4 < 3:
        content[int(rng.integers(len(content)))] ^= 1 << int(rng.integers(8))
    else:
        content = bytearray(truncated(bytes(content), rng))
    path.write_bytes(content)
    anew, again = made(), made()
    if anew.cache_hits:
        ended = "loaded"
    elif not again.cache_hits:
        ended = "not healed"
    else:
        ended = "dropped" if right(anew) and right(again) else "wrong"
    return {"case": k, "file": path.name, "ended": ended}


if __name__ == "__main__":
    count, seed = map(int, sys.argv[1:3])
    made()
    for case in range(count):
        print(json.dumps({"begins": case}), flush=True)
        print(json.dumps(attack(case, seed, Path(sys.argv[3]))), flush=True)
