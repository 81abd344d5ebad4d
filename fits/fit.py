"""A stored fit: a netCDF of draws and a manifest, in a directory of their own."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import xarray as xr
from filelock import FileLock

from data._errors import InputError, Problem, unknown
from fits._manifest import Manifest

__all__ = ["Fit"]

HOME = Path(__file__).parent
DRAWS = "fit.nc"
MANIFEST = "manifest.json"
CHECKS = "checks"
LOCK_SECONDS = 600
"""Longer than writing a large file takes, which `Fit.add` does under the lock."""


@dataclass(frozen=True)
class Fit:
    """A stored fit.

    Attributes
    ----------
    directory : Path
    manifest : Manifest
    """

    directory: Path
    manifest: Manifest

    @property
    def name(self) -> str:
        """The directory's name, such as ``peer_tobit-weak-ndatss``."""
        return self.directory.name

    @classmethod
    def read(cls, name: str, home: Path = HOME) -> Fit:
        """Return the fit of that name, without its draws.

        Raises
        ------
        InputError
            For an unknown name (naming the nearest) or a damaged manifest.
        """
        directory = home / name
        if not directory.is_dir():
            raise unknown("fit", name, [path.name for path in cls.stored(home)])
        return cls(directory, Manifest.read(directory / MANIFEST))

    @classmethod
    def stored(cls, home: Path = HOME) -> list[Path]:
        """Return the directories of all stored fits, whole or damaged."""
        if not home.is_dir():
            return []
        return sorted(path for path in home.iterdir() if path.is_dir() and path.name[0] not in "._")

    def draws(self) -> xr.DataTree:
        """Return the draws, read lazily: groups `posterior`, `sample_stats`, and what was added.

        Raises
        ------
        InputError
            When the file is missing, truncated, not netCDF, or holds no posterior.
        """
        return self._open("posterior")

    def estimates(self) -> xr.Dataset:
        """Return maximum likelihood estimates, in memory.

        Raises
        ------
        InputError
            When the file is missing, damaged, or holds a posterior in their place.
        """
        with self._open("estimates") as tree:
            return tree["estimates"].to_dataset().load()

    def check(self) -> None:
        """Raise an `InputError` unless the file can be read and holds what the manifest says."""
        self._open({"mle": "estimates", "posterior": "posterior"}[self.manifest.kind]).close()

    def _open(self, group: str) -> xr.DataTree:
        path = self.directory / DRAWS
        try:
            tree = xr.open_datatree(path, engine="h5netcdf")
        # h5py, h5netcdf and xarray each raise their own for bytes that are not theirs.
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            what = "no file" if not path.is_file() else f"a damaged file ({error})"
            raise InputError([Problem(str(path), what, "a netCDF of draws", "Fit again with --force")]) from error
        if group not in tree.children:
            groups = ", ".join(tree.children) or "none"
            tree.close()
            raise InputError([Problem(str(path), f"groups {groups}", f"a group `{group}`", "Fit again with --force")])
        return tree

    @classmethod
    def write(cls, name: str, manifest: Manifest, draws: xr.DataTree, home: Path = HOME) -> Fit:
        """Store a fit whole or not at all, in place of one of the same name.

        Everything is written under a temporary name in the same folder and then renamed; a lock
        keeps two processes from exchanging the directory at once.
        """
        home.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=home))
        try:
            _to_netcdf(draws, fresh / DRAWS)
            manifest.write(fresh / MANIFEST)
            fresh.chmod(0o755)
            _exchange(fresh, home / name)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        return cls(home / name, manifest)

    def add(self, group: str, values: xr.Dataset) -> None:
        """Add a group, such as `log_likelihood`, to the stored draws.

        Raises
        ------
        InputError
            When another fit has taken this one's place, so that `values` belong to no stored draws.
        """
        with _locked(self.directory):
            self._require_same(group)
            with self.draws() as stored:
                tree = stored.load()
            tree[group] = xr.DataTree(values)
            handle, name = tempfile.mkstemp(prefix=".", suffix=".nc", dir=self.directory)
            os.close(handle)
            try:
                _to_netcdf(tree, Path(name))
                shutil.copymode(self.directory / DRAWS, name)  # mkstemp's is for the owner alone
                os.replace(name, self.directory / DRAWS)
            finally:
                Path(name).unlink(missing_ok=True)

    def with_checks(self, checks: dict[str, bool], folder: Path) -> Fit:
        """Return the fit with predictive checks counted in its manifest and a folder of their files beside it.

        Parameters
        ----------
        checks : dict of str to bool
        folder : Path
            Moved into the fit's directory as `checks`, in place of what was found before.

        Raises
        ------
        InputError
            When another fit has taken this one's place.
        """
        with _locked(self.directory):
            there = self._require_same("the checks")
            manifest = replace(there, predictive=checks)
            target = self.directory / CHECKS
            _replace(folder, target, self.directory / f".{CHECKS}-old")
            fresh = self.directory / f".{MANIFEST}"
            manifest.write(fresh)
            fresh.replace(self.directory / MANIFEST)
        return Fit(self.directory, manifest)

    def _require_same(self, what: str) -> Manifest:
        """The manifest that is stored now, which must be of these very draws."""
        there = Manifest.read(self.directory / MANIFEST)
        if (there.request, there.created) != (self.manifest.request, self.manifest.created):
            got, again = f"a fit made {there.created}, not {self.manifest.created}", "Fit again with --force"
            raise InputError([Problem(str(self.directory), got, f"the fit that {what} was computed from", again)])
        return there


def _to_netcdf(tree: xr.DataTree, path: Path) -> None:
    """Write without compression: random digits do not compress, and reading stays quick."""
    tree.to_netcdf(path, engine="h5netcdf")


def _exchange(fresh: Path, target: Path) -> None:
    with _locked(target):
        _replace(fresh, target, fresh.with_name(f"{fresh.name}-old"))


def _replace(fresh: Path, target: Path, old: Path) -> None:
    """Put one folder in the place of another, which is there again if that fails."""
    try:
        if target.exists():
            shutil.rmtree(old, ignore_errors=True)
            target.rename(old)
        fresh.rename(target)
    finally:
        if old.exists() and not target.exists():
            old.rename(target)
        shutil.rmtree(old, ignore_errors=True)


def _locked(target: Path) -> FileLock:
    return FileLock(target.with_name(f".{target.name}.lock"), timeout=LOCK_SECONDS)
