"""Numba's cache of compiled code on disk, with a digest that is checked before anything is loaded.

numba unpickles the content of its cache and runs it as machine code, so that one flipped byte there
makes every later run end by a segmentation fault or compute something else.
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
    """A replacement of numba's `IndexDataCacheFile` with one file per compiled signature and no index.

    Each file begins with a digest of the code and of everything it was compiled from. A file that does not match,
    because it is damaged, incomplete, or from other source or another numba, is not loaded but replaced by newly
    compiled code. The digest detects accidents, not forgeries.

    Parameters
    ----------
    cache_path : path-like
        The cache's folder.
    filename_base : str
        Start of the files' names: the function, its place in the source, and the version of Python.
    source_stamp
        The state of the source, compared by its `repr`.
    """

    def __init__(self, cache_path: str | Path, filename_base: str, source_stamp: object) -> None:
        self._base = Path(cache_path, filename_base)
        self._source = (numba.__version__, source_stamp)

    def load(self, key: object) -> Any:
        """Return the data saved under a key, or None where no file matches."""
        try:
            stored = self._path(key).read_bytes()
        except OSError:
            return None
        digest, code = stored[:DIGEST_SIZE], stored[DIGEST_SIZE:]
        return serialize.loads(code) if digest == self._digest(key, code) else None

    def save(self, key: object, data: object) -> None:
        """Save `data` under a key, replacing any former file; save nothing where the folder cannot be written."""
        code, path = serialize.dumps(data), self._path(key)
        fresh = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        with suppress(OSError):
            try:
                fresh.write_bytes(self._digest(key, code) + code)
                fresh.replace(path)
            finally:
                fresh.unlink(missing_ok=True)

    def flush(self) -> None:
        """Do nothing: a file that no longer matches is replaced when it is read."""

    def _path(self, key: object) -> Path:
        name = hashlib.sha256(repr(key).encode()).hexdigest()[:16]
        return self._base.with_name(f"{self._base.name}.{name}.nbc")

    def _digest(self, key: object, code: bytes) -> bytes:
        return hashlib.sha256(repr((self._source, key)).encode() + code).digest()


def check_caches() -> bool:
    """Make numba keep compiled code in a `CheckedFile` from now on, and return whether it does.

    This holds for all code in this process, so that code compiled by PyTensor is checked as well. A version of numba
    with other internals is left unchanged.
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
    """Make this process number its compiled functions differently from all others, and return whether it does.

    numba names a compiled function after its source and a number that counts from 1 in every process. Two
    functions of one factory, compiled in two processes and loaded from the cache in a third, can get the same
    name, and LLVM then calls the first for both. This happened to the Tobit's and the Bernoulli's inner functions,
    whose log-densities were wrong in processes that used both.
    """
    identity = bytecode.FunctionIdentity
    if not isinstance(getattr(identity, "_unique_ids", None), itertools.count):
        return False
    identity._unique_ids = itertools.count(secrets.randbits(60))
    return True
