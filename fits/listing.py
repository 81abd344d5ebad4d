"""What is to be said about stored fits: their status, and what has changed since they were made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from data.errors import InputError
from fits.plan import FitPlan
from fits.planning.sources import Sources
from fits.storage.fit import HOME, Fit
from fits.storage.manifest import Manifest

NAMED = 3
"""Failed checks that are named."""


@dataclass(frozen=True)
class FitLine:
    """One stored fit.

    Attributes
    ----------
    name, status : str
        `status` is passed, look, failed or damaged.
    stale : tuple of str
        What differs today; empty when nothing does.
    simulated : bool or None
        None when the manifest cannot be read.
    note : str
        For a failed fit the checks it failed, for a damaged one why; predictive checks that failed.
    """

    name: str
    status: str
    stale: tuple[str, ...] = ()
    simulated: bool | None = None
    created: str = ""
    size_mb: float = 0.0
    note: str = ""


def lines(home: Path = HOME, *, verify: bool = False) -> list[FitLine]:
    """Return what is to be said about every stored fit, sorted by name; see `line_of`."""
    sources = Sources()
    return [line_of(path.name, home, verify=verify, sources=sources) for path in Fit.stored(home)]


def of_earlier_layout(home: Path = HOME) -> list[str]:
    """Return the names of fits of a layout without digests, which lay in the folder above the usual one."""
    if home.resolve() != HOME.resolve():
        return []
    return sorted(path.parent.name for path in home.parent.glob("*/manifest.json"))


def line_of(name: str, home: Path = HOME, *, verify: bool = False, sources: Sources | None = None) -> FitLine:
    """Return what is to be said about one stored fit, whatever it is.

    Parameters
    ----------
    verify : bool
        Whether to compare every byte with its digest, and not the manifest and the sizes alone.
    sources : Sources, optional
        Holds what was read for other fits.
    """
    try:
        return _line(name, home, verify=verify, sources=sources)
    except InputError as error:
        return FitLine(name, "damaged", note=str(error.problems[0]))
    except Exception as error:  # noqa: BLE001 - one fit must not keep all others from being listed
        return FitLine(name, "damaged", note=f"{home / name}: {type(error).__name__}: {error}")


def _line(name: str, home: Path, *, verify: bool, sources: Sources | None) -> FitLine:
    fit = Fit.read(name, home)
    manifest, size = fit.manifest, round(fit.size / 1e6, 1)
    if verify:
        try:
            fit.verify()
        except InputError as error:
            return FitLine(name, "damaged", (), manifest.simulated, manifest.created, size, str(error.problems[0]))
    failed = ", ".join(check for check, good in manifest.checks.items() if not good)
    note = f"failed on {failed}" if manifest.status == "failed" else ""
    if manifest.unpredicted:
        count = f"{len(manifest.unpredicted)} of {len(manifest.predictive)} predictive checks failed"
        note = "; ".join(filter(None, [note, f"{count} ({', '.join(manifest.unpredicted[:NAMED])})"]))
    if manifest.shared:
        note = "; ".join(filter(None, ["shared without its private part", note]))
    differs = () if manifest.shared else tuple(differences(manifest, sources))
    return FitLine(name, manifest.status, differs, manifest.simulated, manifest.created, size, note)


def differences(manifest: Manifest, sources: Sources | None = None) -> list[str]:
    """Return what has changed since the fit was made, one short text each.

    Parameters
    ----------
    sources : Sources, optional
        Holds what was read for other fits.
    """
    if manifest.shared:
        return ["shared without what it was made of"]
    try:
        now = FitPlan.of_manifest(manifest).request(sources)
    except InputError as error:
        return [f"cannot be made again: {error.problems[0]}"]
    except OSError as error:
        return [f"cannot be made again: {error.strerror}: {error.filename}"]
    # Settings are what was asked then, whatever this version would ask by itself.
    return replace(now, settings=manifest.request.settings).differences(manifest.request)
