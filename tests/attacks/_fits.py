"""Small stored fits whose every file says of which fit it is, and processes that write and read them at once."""

from __future__ import annotations

import time
from dataclasses import replace
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path

import numpy as np
import xarray as xr

from data.errors import InputError
from fits.storage.fit import Fit
from fits.storage.manifest import Manifest
from tests.fits._fakes import manifest, request, tree

NAME = "attacked"
CREATED = "2026-01-02T03:{:02d}:{:02d}+00:00"


def saying(seed: int) -> tuple[Manifest, xr.DataTree]:
    """A manifest and draws that all say the same number."""
    made = manifest(request(settings={"seed": seed, "draws": 20}), created=CREATED.format(*divmod(seed, 60)))
    sizes = (("chain", "draw"), np.full((2, 20), float(seed)))
    return made, xr.DataTree.from_dict({"posterior": xr.Dataset({"unit_sd": sizes})})


def write_all(home: Path, seed: int) -> Fit:
    """A fit of three versions: draws, an addition to them, checks."""
    made, draws = saying(seed)
    fit = Fit.write(NAME, made, draws, home)
    fit = fit.add("log_likelihood", xr.Dataset({"y": (("chain", "draw"), np.full((2, 20), float(seed)))}))
    return fit.with_checks({f"check_{seed}": True}, {"checks.json": str(seed).encode()})


def said(fit: Fit) -> set[float]:
    """Every number that a fit says, of which there should be one."""
    found = {float(fit.manifest.request.settings["seed"])}
    with fit.draws() as draws:
        found |= {float(one) for group in draws.children.values() for one in np.unique(group.to_dataset().to_array())}
    with fit.draws(public=True) as draws:
        found |= set(np.unique(draws["posterior"]["unit_sd"]))
    path = fit.checks("checks.json")
    if path is not None:
        found |= {float(path.read_text())}
    return found | {float(name.removeprefix("check_")) for name in fit.manifest.predictive}


def keep_writing(home: str, seeds: tuple[int, ...], start: Barrier, stop: Event, told: Queue[str]) -> None:
    """Write fits of one name in turn, for a process of its own; what it has written must be what it holds."""
    start.wait(120)
    while not stop.is_set():
        for seed in seeds:
            try:
                fit = write_all(Path(home), seed)
            except InputError:  # another fit took its place before this one was whole
                continue
            if said(fit) != {float(seed)}:
                told.put(f"wrote {seed}, holds {sorted(said(fit))}")


def keep_reading(home: str, rounds: int, start: Barrier, told: Queue[str]) -> None:
    """Read so often the fit that is there, for a process of its own; now and then slowly."""
    start.wait(120)
    while not (Path(home) / NAME / "current").exists():
        time.sleep(0.01)
    for place in range(rounds):
        fit = Fit.read(NAME, Path(home))
        time.sleep(0.05 if place % 10 == 0 else 0)
        if len(said(fit)) != 1:
            told.put(f"read {sorted(said(fit))} in one fit")
    told.put("done")


def real(home: Path, seed: int) -> Fit:
    """A fit with a file of every kind and size, as commands leave it."""
    fit = Fit.write(NAME, replace(manifest(), created=CREATED.format(0, seed)), tree(seed, chains=2, draws=200), home)
    fit = fit.add("log_likelihood", xr.Dataset({"y": (("chain", "draw", "cell"), np.ones((2, 200, 5)))}))
    files = {"checks.json": b'{"passed": true}\n', "rates.csv": b"fit,value\na,1\n" * 50, "limits.svg": b"<svg/>" * 99}
    return fit.with_checks({"khat": True}, files)


def tidied(home: Path) -> str:
    """Which fit stands there after one more command has looked, by its number, or none; else what is wrong."""
    there = [path.name for path in Fit.stored(home)]
    found = "none"
    if Fit.exists(NAME, home):
        fit = Fit.read(NAME, home)
        fit.verify()
        numbers = said(fit)
        found = f"{numbers.pop():g}" if len(numbers) == 1 else f"mixed: {sorted(numbers)}"
    left = {path.name for path in home.iterdir()} - {".locks", NAME}
    if Fit.exists(NAME, home):
        left |= {path.name for path in (home / NAME).iterdir()} - {"current", Fit.read(NAME, home).files.name}
    return f"{found}, and {sorted(left)}" if left else found + ("" if there or found == "none" else ", unlisted")
