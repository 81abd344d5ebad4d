"""A stored fit: draws and a manifest, in a folder of their own."""

from __future__ import annotations

import shlex
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

HOME = Path(__file__).parent.parent / "stored"
LOCKS = ".locks"
ADDED = ("log_likelihood", "posterior_predictive")

LONGEST_NAME = 200
"""Most bytes of a name; most file systems allow 255, and temporary names are longer."""


def home_words(home: Path) -> list[str]:
    """Return the option that says where fits are stored; none for the usual place."""
    return [] if home.resolve() == HOME.resolve() else ["--fits-dir", str(home)]


@dataclass(frozen=True)
class Fit:
    """One version of a stored fit, so that everything read later belongs to the same draws.

    Attributes
    ----------
    directory : Path
        The fit's folder.
    """

    directory: Path
    manifest: Manifest
    _version: Version = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        """The folder's name, such as ``peer_tobit-weak-ndatss``."""
        return self.directory.name

    @property
    def home(self) -> Path:
        """The folder of stored fits that it lies in."""
        return self.directory.parent

    def command(self, module: str, *words: str) -> str:
        """Return a command on the fit by its name, such as ``python -m models.check NAME``."""
        return shlex.join(["python", "-m", module, self.name, *words, *home_words(self.home)])

    @property
    def files(self) -> Path:
        """The folder of this version's files, which never change."""
        return self._version.folder

    @property
    def size(self) -> int:
        """Return the bytes of all its files except the manifest."""
        return sum(stored.size for stored in self.manifest.files.values())

    @classmethod
    def read(cls, name: str, home: Path = HOME) -> Fit:
        """Return the fit of that name, without its draws.

        The manifest is compared with its digest, and every other file with its size. The returned version
        stays on disk as long as the object lives, even if another replaces it.

        Raises
        ------
        InputError
            For an unknown name (with the nearest one) or a damaged fit.
        """
        if not cls.exists(name, home):
            raise unknown("fit", name, [path.name for path in cls.stored(home)])
        version = Version.current(home / name)
        return cls(home / name, version.manifest, version)

    @classmethod
    def exists(cls, name: str, home: Path = HOME) -> bool:
        """Return whether there is a fit of that name, whole or damaged, after finishing interrupted replacements."""
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
            Whether to return only what may leave. Effects of units and of levels with few units, pointwise
            values, predictive draws and the like may not; a shared fit has none of these.

        Returns
        -------
        xarray.DataTree
            Groups `posterior`, `sample_stats`, and those that were added.

        Raises
        ------
        InputError
            When a file is not what was stored, or has no posterior.
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
            When the file is damaged, or has a posterior instead.
        """
        with opened(self._version, self._whole, need="estimates") as tree:
            return tree["estimates"].to_dataset().load()

    def verify(self) -> None:
        """Raise an `InputError` unless every file is exactly what was stored, and has the content it must have."""
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
        """Return the file with the whole of the draws, which a shared fit lacks."""
        return PRIVATE if self._version.has(PRIVATE) else PUBLIC

    def check_files(self) -> tuple[str, ...]:
        """Return the names of all files that `models.check` wrote."""
        start = f"{CHECKS}/"
        return tuple(sorted(inner.removeprefix(start) for inner in self.manifest.files if inner.startswith(start)))

    def public_bytes(self) -> bytes:
        """Return the file of draws without the private part, compared with its digest."""
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
        """Store a fit whole or not at all, replacing one of the same name.

        Parameters
        ----------
        home : Path
            The folder of all fits.
        few : dict of str to DataArray, optional
            Values that rest on too few answers to leave, by dim; see `may_leave`.

        Raises
        ------
        OSError
            When the disk is full, or `home` cannot be written; a former fit is then unchanged.
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
            When another fit has replaced this one, so that `values` belong to no stored draws.
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
        found : dict of str to bytes
            Files by name, which replace former ones.

        Raises
        ------
        InputError
            When another fit has replaced this one.
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
        """Return the current version, which must have the same draws."""
        there = Version.current(self.directory)
        now = there.manifest
        if (now.request, now.created) != (self.manifest.request, self.manifest.created):
            got = f"a fit made {now.created}, not {self.manifest.created}"
            raise InputError([Problem(str(self.directory), got, f"the fit that {what} was computed from", AGAIN)])
        return there


def lock_of(home: Path, name: str, *, of: str = "lock") -> Path:
    """Return the file that locks a fit, or the making `of` it, in a folder of fits."""
    return home / LOCKS / f"{name}.{of}"


def require_name(name: str) -> None:
    """Raise an `InputError` for a name that cannot be a folder directly in the folder of fits."""
    odd = any(mark in name for mark in "/\\:\0") or name[:1] in ("", ".", "_") or not name.isprintable()
    if odd or len(name.encode("utf-8", "replace")) > LONGEST_NAME:
        got = f"{name[:60]!r}" + ("..." if len(name) > 60 else "")
        expected = f"a folder's name of at most {LONGEST_NAME} bytes, not beginning with . or _"
        raise InputError([Problem("fit", got, expected)])
