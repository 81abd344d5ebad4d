"""Draws as netCDF files, made in memory so that a full disk raises an error of Python and not of HDF5."""

from __future__ import annotations

from io import BytesIO

import xarray as xr

from fits.storage import plain_hdf5
from fits.storage.version import Version, damaged

BESIDE = "maximum_likelihood"
"""Group of the estimates that stand beside a posterior pooled over services; it stays in the private part."""

GROUPS = ("posterior", "sample_stats", "estimates", BESIDE, "log_likelihood", "posterior_predictive")
"""Groups that a fit may have."""


def encoded(tree: xr.DataTree) -> bytes:
    """Return the bytes of a netCDF file.

    It is not compressed: random digits do not compress, and reading stays fast.
    """
    memory = BytesIO()
    tree.to_netcdf(memory, engine="h5netcdf")
    return memory.getvalue()


def opened(version: Version, inner: str, *, need: str = "") -> xr.DataTree:
    """Return the content of a version's file, read lazily.

    Parameters
    ----------
    inner : str
        The file's path in the version.
    need : str
        A group that it must have.

    Raises
    ------
    InputError
        When it is not what was stored, is not netCDF, or has other content.
    """
    path = version.path(inner)
    try:
        wrong = next(plain_hdf5.faults(path, GROUPS), "")
        tree = None if wrong else xr.open_datatree(path, engine="h5netcdf", decode_times=False)
    # h5py, h5netcdf and xarray each raise their own errors for other bytes.
    except Exception as error:
        raise damaged(path, f"a damaged file ({type(error).__name__}: {error})", "a netCDF of draws") from error
    if tree is None:
        raise damaged(path, wrong, "arrays that lie in the file whole, and nothing else")
    if need and need not in tree.children:
        there = ", ".join(tree.children) or "none"
        tree.close()
        raise damaged(path, f"groups {there}", f"a group `{need}`")
    return tree
