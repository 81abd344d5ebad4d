"""The working half of the door `fits.ls`: compare every stored fit with what it would be made from today."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from data.codebook import Codebook
from data.commands.exits import BAD_INPUT
from data.errors import InputError
from data.simulation.simulator import default_study
from data.toml_files import sha256_of
from fits.plan import versions
from fits.storage.fit import HOME, Fit
from fits.storage.manifest import Manifest, Request
from models.spec import ModelSpec
from priors.prior_set import PriorSet

STYLE = {"passed": "green", "look": "yellow", "failed": "bold red", "damaged": "bold red"}
NAMED = 3
"""Failed checks that are named."""

DATA = {True: "SIMULATED", False: "own", None: "unknown"}


@dataclass(frozen=True)
class Line:
    """One stored fit.

    Attributes
    ----------
    name, status : str
        `status` is passed, look, failed or damaged.
    stale : tuple of str
        What differs today; empty when nothing does.
    simulated : bool or None
        None when the manifest cannot be read.
    created : str
    size_mb : float
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


def run(*, as_json: bool, verify: bool = False, home: Path = HOME) -> int:
    """Print the list; return 2 when everything was compared and a fit is damaged, else 0."""
    lines = [line_of(path.name, home, verify=verify) for path in Fit.stored(home)]
    code = BAD_INPUT if verify and any(line.status == "damaged" for line in lines) else 0
    if as_json:
        print(json.dumps([asdict(line) for line in lines], indent=1))
        return code
    console = Console(highlight=False, markup=False)
    if not lines:
        console.print("No fits are stored yet. Make one: python -m models.fit peer_tobit")
        _tell_of_earlier(home, console)
        return code
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("fit", "status", "data", "MB", "made (UTC)", "remarks"):
        table.add_column(heading, overflow="fold", justify="right" if heading == "MB" else "left")
    for line in lines:
        status = Text(line.status, STYLE[line.status]) + Text(", stale" if line.stale else "", "bold yellow")
        remarks = "; ".join(filter(None, [line.note, *line.stale]))
        # Text, for a file's name or a TOML table in brackets is not markup.
        table.add_row(
            Text(line.name),
            status,
            DATA[line.simulated],
            f"{line.size_mb:.1f}",
            line.created[:16].replace("T", " "),
            Text(remarks),
        )
    console.print(table)
    _tell_of_earlier(home, console)
    return code


def _tell_of_earlier(home: Path, console: Console) -> None:
    """Name fits of a layout without digests, which lay in the folder above."""
    if home.resolve() != HOME.resolve():
        return
    earlier = sorted(path.parent.name for path in home.parent.glob("*/manifest.json"))
    if earlier:
        named = ", ".join(earlier[:NAMED]) + (", ..." if len(earlier) > NAMED else "")
        console.print(
            f"Not listed: {len(earlier)} in fits/ of an earlier layout ({named}). Fit again, then remove them."
        )


def line_of(name: str, home: Path = HOME, *, verify: bool = False) -> Line:
    """Return what is to be said about one stored fit, whatever it is.

    Parameters
    ----------
    name : str
    home : Path
    verify : bool
        Whether to compare every byte with its digest, and not the manifest and the sizes alone.
    """
    try:
        return _line(name, home, verify=verify)
    except InputError as error:
        return Line(name, "damaged", note=str(error.problems[0]))
    except Exception as error:  # noqa: BLE001 - one fit must not keep all others from being listed
        return Line(name, "damaged", note=f"{home / name}: {type(error).__name__}: {error}")


def _line(name: str, home: Path, *, verify: bool) -> Line:
    fit = Fit.read(name, home)
    manifest, size = fit.manifest, round(fit.size / 1e6, 1)
    if verify:
        try:
            fit.verify()
        except InputError as error:
            return Line(name, "damaged", (), manifest.simulated, manifest.created, size, str(error.problems[0]))
    failed = ", ".join(check for check, good in manifest.checks.items() if not good)
    note = f"failed on {failed}" if manifest.status == "failed" else ""
    if manifest.unpredicted:
        count = f"{len(manifest.unpredicted)} of {len(manifest.predictive)} predictive checks failed"
        note = "; ".join(filter(None, [note, f"{count} ({', '.join(manifest.unpredicted[:NAMED])})"]))
    if manifest.shared:
        note = "; ".join(filter(None, ["shared without its private part", note]))
    differs = () if manifest.shared else tuple(differences(manifest))
    return Line(name, manifest.status, differs, manifest.simulated, manifest.created, size, note)


def differences(manifest: Manifest) -> list[str]:
    """Return what has changed since the fit was made, one short text each."""
    if manifest.shared:
        return ["shared without what it was made of"]
    then, paths = manifest.request, manifest.paths
    try:
        now = _today(then, paths)
    except InputError as error:
        return [f"cannot be made again: {error.problems[0]}"]
    except OSError as error:
        return [f"cannot be made again: {error.strerror}: {error.filename}"]
    return now.differences(then)


def _today(then: Request, paths: dict[str, str]) -> Request:
    codebook = _codebook(paths.get("study") or then.study)
    return Request(
        **{
            **asdict(then),
            "data_sha256": _hash(paths.get("data")) if paths.get("data") else _embedded(),
            "columns_sha256": _hash(paths.get("columns")) if paths.get("columns") else "",
            "codebook_sha256": codebook.sha256,
            "model_sha256": ModelSpec.find(then.model, codebook).with_family(then.family).sha256,
            "priors_sha256": _priors(paths.get("priors") or then.priors) if then.priors else "",
            "versions": _versions(then.settings.get("engine") == "mle"),
        }
    )


@cache
def _codebook(name: str) -> Codebook:
    return Codebook.read(name)


@cache
def _priors(name: str) -> str:
    return PriorSet.read(name).sha256


@cache
def _versions(mle: bool) -> dict[str, str]:
    return versions(mle=mle)


@cache
def _hash(path: str) -> str:
    return sha256_of(Path(path))


def forget() -> None:
    """Forget what was read, for whoever changes files and asks again."""
    for remembered in (_codebook, _priors, _versions, _hash, _embedded):
        remembered.cache_clear()


@cache
def _embedded() -> str:
    return default_study()[1]
