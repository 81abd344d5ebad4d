"""Compiled code that numba keeps on disk, with a digest that is checked before any of it is loaded.

numba unpickles what it finds in its cache and runs it as machine code, so that one flipped byte there
ends every later run by a segmentation fault, or has it compute something else.
"""

from __future__ import annotations

import hashlib
import inspect
import itertools
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any

import numba
from numba.core import bytecode, caching, serialize

DIGEST_SIZE = 32


class CheckedFile:
    """Takes the place of numba's `IndexDataCacheFile`: a file per compiled signature, and no index.

    The digest before the code is of the code and of all that it was compiled from. What does not fit, be it
    damaged, half written, of other source or of another numba, is not loaded; it is replaced by what is compiled
    in its stead. A digest tells accidents, not forgeries.

    Parameters
    ----------
    cache_path : path-like
        The folder.
    filename_base : str
        Start of the files' names: the function, its place in the source, and the version of Python.
    source_stamp
        The state of the source; its `repr` tells one from another.
    """

    def __init__(self, cache_path: str | Path, filename_base: str, source_stamp: object) -> None:
        self._base = Path(cache_path, filename_base)
        self._source = (numba.__version__, source_stamp)

    def load(self, key: object) -> Any:
        """Return what was saved under a key, or None where there is nothing that fits."""
        try:
            stored = self._path(key).read_bytes()
        except OSError:
            return None
        digest, code = stored[:DIGEST_SIZE], stored[DIGEST_SIZE:]
        return serialize.loads(code) if digest == self._digest(key, code) else None

    def save(self, key: object, data: object) -> None:
        """Keep `data` under a key, in the place of what stood there; keep nothing where nothing can be written."""
        code, path = serialize.dumps(data), self._path(key)
        fresh = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        with suppress(OSError):
            try:
                fresh.write_bytes(self._digest(key, code) + code)
                fresh.replace(path)
            finally:
                fresh.unlink(missing_ok=True)

    def flush(self) -> None:
        """Forget nothing: a file that no longer fits is replaced when it is met."""

    def _path(self, key: object) -> Path:
        name = hashlib.sha256(repr(key).encode()).hexdigest()[:16]
        return self._base.with_name(f"{self._base.name}.{name}.nbc")

    def _digest(self, key: object, code: bytes) -> bytes:
        return hashlib.sha256(repr((self._source, key)).encode() + code).digest()


def check_caches() -> bool:
    """Have numba keep compiled code in a `CheckedFile` from now on; return whether it does.

    Of all code in this process, so that what PyTensor compiles is checked as well. A numba that is built
    otherwise than those this was written for is left as it is.
    """
    known = getattr(caching, "IndexDataCacheFile", None)
    if known is CheckedFile:
        return True
    if known is None or [*inspect.signature(known).parameters] != [*inspect.signature(CheckedFile).parameters]:
        return False
    if not _number_apart():
        return False
    caching.IndexDataCacheFile = CheckedFile
    return True


def _number_apart() -> bool:
    """Have this process number what it compiles otherwise than any other process does; return whether it does.

    numba names a compiled function after the one it was made from and after a number, which counts from 1 in every
    process. Two functions that a factory made, compiled in two processes and loaded from the cache in a third, can
    have one name there, and LLVM then calls the first for both: so it was with the Tobit's and the Bernoulli's
    inner functions, whose log-densities were wrong in processes that had both.
    """
    identity = bytecode.FunctionIdentity
    if not isinstance(getattr(identity, "_unique_ids", None), itertools.count):
        return False
    identity._unique_ids = itertools.count(secrets.randbits(60))
    return True
