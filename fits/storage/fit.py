"""A stored fit: draws and a manifest, in a folder of their own."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import xarray as xr

from data.errors import InputError, Problem, unknown
from fits.storage.draws import encoded, opened
from fits.storage.manifest import AGAIN, Manifest
from fits.storage.may_leave import may_leave
from fits.storage.new_version import new_version, tidy
from fits.storage.version import CHECKS, PRIVATE, PUBLIC, Version

__all__ = ["Fit"]

HOME = Path(__file__).parent.parent / "stored"
LOCKS = ".locks"
ADDED = ("log_likelihood", "posterior_predictive")

LONGEST_NAME = 200
"""Bytes; most file systems hold 255, and temporary names are longer."""


@dataclass(frozen=True)
class Fit:
    """A stored fit, one version of it: what is read of it later is of the same draws.

    Attributes
    ----------
    directory : Path
        The fit's folder.
    manifest : Manifest
    """

    directory: Path
    manifest: Manifest
    _version: Version = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        """The folder's name, such as ``peer_tobit-weak-ndatss``."""
        return self.directory.name

    @property
    def files(self) -> Path:
        """Folder of this version's files, which are never changed."""
        return self._version.folder

    @property
    def size(self) -> int:
        """Bytes of all its files but the manifest."""
        return sum(stored.size for stored in self.manifest.files.values())

    @classmethod
    def read(cls, name: str, home: Path = HOME) -> Fit:
        """Return the fit of that name, without its draws.

        The manifest is compared with its digest, and every other file with its size. The version that is
        returned stays on the disk as long as the object lives, whatever takes its place.

        Raises
        ------
        InputError
            For an unknown name (naming the nearest) or a damaged fit.
        """
        if not cls.exists(name, home):
            raise unknown("fit", name, [path.name for path in cls.stored(home)])
        version = Version.current(home / name)
        return cls(home / name, version.manifest, version)

    @classmethod
    def exists(cls, name: str, home: Path = HOME) -> bool:
        """Whether there is a fit of that name, whole or damaged; what an interrupted process left is tidied up."""
        require_name(name)
        if (home / name).is_symlink():
            raise InputError([Problem(str(home / name), "a link", "a folder of a stored fit")])
        tidy(home / name, lock_of(home, name))
        return (home / name).is_dir()

    @classmethod
    def stored(cls, home: Path = HOME) -> list[Path]:
        """Return the folders of all stored fits, whole or damaged."""
        with suppress(OSError):
            return sorted(path for path in home.iterdir() if path.name[0] not in "._" and path.is_dir())
        return []

    def draws(self, *, public: bool = False) -> xr.DataTree:
        """Return the draws, read lazily.

        Parameters
        ----------
        public : bool
            Whether only what may leave. What may not are effects of units and of levels with few units,
            pointwise values, predictive draws and the like; a fit that was shared has none of these.

        Returns
        -------
        xarray.DataTree
            Groups `posterior`, `sample_stats`, and what was added.

        Raises
        ------
        InputError
            When a file is not what was stored, or holds no posterior.
        """
        return opened(self._version, PUBLIC if public else self._whole, need="posterior")

    def require_private(self) -> None:
        """Raise an `InputError` for a fit that was shared without its private part."""
        if self.manifest.shared:
            got = "a shared fit, without the effects of single units and of groups with few"
            expected = "a fit with its private part, which this needs: this one has parameters alone"
            raise InputError([Problem(f"fit {self.name!r}", got, expected, "Fit it where its data are")])

    def added(self) -> tuple[str, ...]:
        """Return the groups that were added to the draws, such as `log_likelihood`."""
        with opened(self._version, self._whole) as tree:
            return tuple(name for name in tree.children if name in ADDED)

    def estimates(self) -> xr.Dataset:
        """Return maximum likelihood estimates, in memory.

        Raises
        ------
        InputError
            When the file is damaged, or holds a posterior in their place.
        """
        with opened(self._version, self._whole, need="estimates") as tree:
            return tree["estimates"].to_dataset().load()

    def verify(self) -> None:
        """Raise an `InputError` unless every file is, bit by bit, what was stored, and holds what it must."""
        self._version.verify()
        if self.manifest.kind == "mle":
            self.estimates()
            return
        self.draws().close()

    def checks(self, name: str) -> Path | None:
        """Return a file that `models.check` wrote, such as ``checks.json``; None when there is none.

        Raises
        ------
        InputError
            When it is not what was stored.
        """
        inner = f"{CHECKS}/{name}"
        return self._version.path(inner) if self._version.has(inner) else None

    @property
    def _whole(self) -> str:
        """The file that holds everything, which a shared fit lacks."""
        return PRIVATE if self._version.has(PRIVATE) else PUBLIC

    def check_files(self) -> tuple[str, ...]:
        """Return the names of all files that `models.check` wrote."""
        start = f"{CHECKS}/"
        return tuple(sorted(inner.removeprefix(start) for inner in self.manifest.files if inner.startswith(start)))

    def public_bytes(self) -> bytes:
        """Return what may leave: the file of draws without the private part, compared with its digest."""
        return self._version.path(PUBLIC).read_bytes()

    @classmethod
    def write(
        cls,
        name: str,
        manifest: Manifest,
        draws: xr.DataTree,
        home: Path = HOME,
        few: Mapping[str, xr.DataArray] | None = None,
    ) -> Fit:
        """Store a fit whole or not at all, in place of one of the same name.

        Parameters
        ----------
        name : str
        manifest : Manifest
        draws : xarray.DataTree
        home : Path
            The folder of all fits.
        few : dict of str to DataArray, optional
            By dim, what rests on too few answers to leave; see `may_leave`.

        Raises
        ------
        OSError
            When the disk is full, or `home` cannot be written; what stood there stands then.
        """
        cls.exists(name, home)
        parts = {PUBLIC: encoded(may_leave(draws, few or {})), PRIVATE: encoded(draws)}
        with new_version(home / name, lock_of(home, name)) as fresh:
            files = {inner: fresh.put(inner, content) for inner, content in parts.items()}
            version = fresh.done(replace(manifest, files=files))
        return cls(home / name, version.manifest, version)

    def add(self, group: str, values: xr.Dataset) -> Fit:
        """Return the fit with a group, such as `log_likelihood`, added to the private part of its draws.

        Raises
        ------
        InputError
            When another fit has taken this one's place, so that `values` belong to no stored draws.
        """
        with new_version(self.directory, self._lock) as fresh:
            there = self._same(group)
            with opened(there, PRIVATE) as stored:
                tree = stored.load()
            tree[group] = xr.DataTree(values)
            files = {inner: fresh.keep(inner, there) for inner in there.manifest.files if inner != PRIVATE}
            files[PRIVATE] = fresh.put(PRIVATE, encoded(tree))
            version = fresh.done(replace(there.manifest, files=files))
        return Fit(self.directory, version.manifest, version)

    def with_checks(self, checks: dict[str, bool], found: Mapping[str, bytes]) -> Fit:
        """Return the fit with predictive checks counted in its manifest and their files beside it.

        Parameters
        ----------
        checks : dict of str to bool
        found : dict of str to bytes
            Files by name, in place of what was found before.

        Raises
        ------
        InputError
            When another fit has taken this one's place.
        """
        with new_version(self.directory, self._lock) as fresh:
            there = self._same("the checks")
            kept = [inner for inner in there.manifest.files if not inner.startswith(f"{CHECKS}/")]
            files = {inner: fresh.keep(inner, there) for inner in kept}
            files |= {f"{CHECKS}/{name}": fresh.put(f"{CHECKS}/{name}", content) for name, content in found.items()}
            version = fresh.done(replace(there.manifest, predictive=checks, files=files))
        return Fit(self.directory, version.manifest, version)

    @property
    def _lock(self) -> Path:
        return lock_of(self.directory.parent, self.name)

    def _same(self, what: str) -> Version:
        """The version that counts now, which must be of these very draws."""
        there = Version.current(self.directory)
        now = there.manifest
        if (now.request, now.created) != (self.manifest.request, self.manifest.created):
            got = f"a fit made {now.created}, not {self.manifest.created}"
            raise InputError([Problem(str(self.directory), got, f"the fit that {what} was computed from", AGAIN)])
        return there


def lock_of(home: Path, name: str, *, of: str = "lock") -> Path:
    """Return the file that locks a fit, or the making `of` it, among all of a folder of fits."""
    return home / LOCKS / f"{name}.{of}"


def require_name(name: str) -> None:
    """Raise an `InputError` for a name that is no folder's of its own within the folder of fits."""
    odd = any(mark in name for mark in "/\\:\0") or name[:1] in ("", ".", "_") or not name.isprintable()
    if odd or len(name.encode("utf-8", "replace")) > LONGEST_NAME:
        got = f"{name[:60]!r}" + ("..." if len(name) > 60 else "")
        expected = f"a folder's name of at most {LONGEST_NAME} bytes, not beginning with . or _"
        raise InputError([Problem("fit", got, expected)])
