"""Draws as files: netCDF in memory, so that a full disk is met in writing bytes and not within HDF5."""

from __future__ import annotations

from io import BytesIO

import xarray as xr

from fits.storage import plain_hdf5
from fits.storage.version import Version, damaged

GROUPS = ("posterior", "sample_stats", "estimates", "log_likelihood", "posterior_predictive")
"""That a fit may have."""


def encoded(tree: xr.DataTree) -> bytes:
    """Return a netCDF file.

    It is not compressed: random digits do not compress, and reading stays quick.
    """
    memory = BytesIO()
    tree.to_netcdf(memory, engine="h5netcdf")
    return memory.getvalue()


def opened(version: Version, inner: str, *, need: str = "") -> xr.DataTree:
    """Return what is in a file of a version, read lazily.

    Parameters
    ----------
    version : Version
    inner : str
        The file.
    need : str
        A group that it must hold.

    Raises
    ------
    InputError
        When it is not what was stored, is not netCDF, or holds something else.
    """
    path = version.path(inner)
    try:
        wrong = next(plain_hdf5.faults(path, GROUPS), "")
        tree = None if wrong else xr.open_datatree(path, engine="h5netcdf", decode_times=False)
    # h5py, h5netcdf and xarray each raise their own for bytes that are not theirs.
    except Exception as error:
        raise damaged(path, f"a damaged file ({type(error).__name__}: {error})", "a netCDF of draws") from error
    if tree is None:
        raise damaged(path, wrong, "arrays that lie in the file whole, and nothing else")
    if need and need not in tree.children:
        there = ", ".join(tree.children) or "none"
        tree.close()
        raise damaged(path, f"groups {there}", f"a group `{need}`")
    return tree
