"""Check that a file of draws has only arrays that it contains entirely, and no references to other files.

HDF5 files can also have links to other files, arrays that are stored in or assembled from other files, and
arrays that are declared larger than any disk. A fit received from somebody else must neither read the user's own
files as draws nor fill the memory.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import h5py

MOST_GROUPS, MOST_ARRAYS = 8, 1000
"""Most groups of a file and most arrays of a group; a fit has at most five, and about fifty."""

KINDS = "biufO"
"""Kinds of numbers, and text, which is the only allowed object."""


def faults(path: Path, groups: tuple[str, ...]) -> Iterator[str]:
    """Yield each fault of a file of draws in words.

    Parameters
    ----------
    groups : tuple of str
        Groups that it may have.

    Raises
    ------
    OSError, RuntimeError, KeyError, ValueError
        When the file cannot be read.
    """
    size = path.stat().st_size
    with h5py.File(path, "r") as file:
        if len(file) > MOST_GROUPS:
            yield f"{len(file):,} groups"
            return
        for name in file:
            if name not in groups:
                yield f"a group {name[:60]!r}"
                continue
            yield from _leads_elsewhere(file, name)
            group = file.get(name)
            if not isinstance(group, h5py.Group):
                yield f"{name!r}, which is no group"
            elif len(group) > MOST_ARRAYS:
                yield f"{len(group):,} arrays in {name!r}"
            else:
                yield from _of_group(group, size)


def _of_group(group: h5py.Group, size: int) -> Iterator[str]:
    for name in group:
        where = f"{group.name}/{name}"[1:80]
        found = list(_leads_elsewhere(group, name))
        yield from found
        if found:
            continue
        array = group[name]
        if not isinstance(array, h5py.Dataset):
            yield f"{where}, which is no array"
            continue
        how = array.id.get_create_plist()
        declared = math.prod(array.shape or ()) * array.dtype.itemsize
        if array.dtype.kind not in KINDS or (array.dtype.kind == "O" and h5py.check_string_dtype(array.dtype) is None):
            yield f"{where} of the type {array.dtype}"
        elif array.is_virtual or how.get_external_count():
            yield f"{where}, which is kept in another file"
        elif declared > size or (declared and how.get_layout() not in (h5py.h5d.CONTIGUOUS, h5py.h5d.COMPACT)):
            # An array without elements, such as the controls of a model without any, takes no space.
            yield f"{where}, declared as {declared:,} bytes that are not there as they are"


def _leads_elsewhere(group: h5py.Group, name: str) -> Iterator[str]:
    if isinstance(group.get(name, getlink=True), h5py.SoftLink | h5py.ExternalLink):
        yield f"a link {name[:60]!r}"
