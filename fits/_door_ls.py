"""The working half of the door `fits.ls`: compare every stored fit with what it would be made from today."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from data._errors import InputError
from data._simulator import default_study
from data._toml import sha256_of
from data.codebook import Codebook
from fits._manifest import Manifest, Request
from fits.fit import HOME, Fit
from models._door_request import versions
from models._spec import ModelSpec
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


def run(*, as_json: bool, home: Path = HOME) -> None:
    """Print the list."""
    lines = [line_of(path.name, home) for path in Fit.stored(home)]
    if as_json:
        print(json.dumps([asdict(line) for line in lines], indent=1))
        return
    console = Console(highlight=False, markup=False)
    if not lines:
        console.print("No fits are stored yet. Make one: python -m models.fit peer_tobit")
        return
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


def line_of(name: str, home: Path = HOME) -> Line:
    """Return what is to be said about one stored fit."""
    directory = home / name
    size = round(sum(path.stat().st_size for path in directory.iterdir() if path.is_file()) / 1e6, 1)
    manifest = None
    try:
        fit = Fit.read(name, home)
        manifest = fit.manifest
        fit.check()
    except InputError as error:
        simulated, created = (manifest.simulated, manifest.created) if manifest else (None, "")
        return Line(name, "damaged", simulated=simulated, created=created, size_mb=size, note=str(error.problems[0]))
    failed = ", ".join(check for check, good in manifest.checks.items() if not good)
    note = f"failed on {failed}" if manifest.status == "failed" else ""
    if manifest.unpredicted:
        count = f"{len(manifest.unpredicted)} of {len(manifest.predictive)} predictive checks failed"
        note = "; ".join(filter(None, [note, f"{count} ({', '.join(manifest.unpredicted[:NAMED])})"]))
    return Line(name, manifest.status, tuple(differences(manifest)), manifest.simulated, manifest.created, size, note)


def differences(manifest: Manifest) -> list[str]:
    """Return what has changed since the fit was made, one short text each."""
    then, paths = manifest.request, manifest.paths
    try:
        now = _today(then, paths)
    except InputError as error:
        return [f"cannot be made again: {error.problems[0]}"]
    except OSError as error:
        return [f"cannot be made again: {error.strerror}: {error.filename}"]
    return now.differences(then)


def _today(then: Request, paths: dict[str, str]) -> Request:
    codebook = Codebook.read(paths.get("study") or then.study)
    return Request(
        **{
            **asdict(then),
            "data_sha256": _hash(paths.get("data")) if paths.get("data") else _embedded(),
            "columns_sha256": _hash(paths.get("columns")) if paths.get("columns") else "",
            "codebook_sha256": codebook.sha256,
            "model_sha256": ModelSpec.find(then.model, codebook).with_family(then.family).sha256,
            "priors_sha256": PriorSet.read(paths.get("priors") or then.priors).sha256 if then.priors else "",
            "versions": versions(mle=then.settings.get("engine") == "mle"),
        }
    )


@cache
def _hash(path: str) -> str:
    return sha256_of(Path(path))


@cache
def _embedded() -> str:
    return default_study()[1]
