"""What a file of draws may hold: arrays that lie in it whole, and nothing that leads elsewhere.

HDF5 can also hold links to other files, arrays that are kept in other files or put together from them, and
arrays that are declared larger than any disk. A fit that comes from somebody else must not read a file of
one's own as draws, nor fill the memory.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import h5py

MOST_GROUPS, MOST_ARRAYS = 8, 1000
"""In a file, and in a group; a fit has five at most, and some fifty."""

KINDS = "biufO"
"""Kinds of numbers, and text, which is the only object that is let in."""


def faults(path: Path, groups: tuple[str, ...]) -> Iterator[str]:
    """Yield what a file of draws must not hold, in words.

    Parameters
    ----------
    path : Path
    groups : tuple of str
        That it may hold.

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
            # An array without elements, such as the controls of a model that has none, lies nowhere.
            yield f"{where}, declared as {declared:,} bytes that are not there as they are"


def _leads_elsewhere(group: h5py.Group, name: str) -> Iterator[str]:
    if isinstance(group.get(name, getlink=True), h5py.SoftLink | h5py.ExternalLink):
        yield f"a link {name[:60]!r}"
