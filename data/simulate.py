"""Simulate the NDATSS study, to try every step before real data are at hand.

The file holds both waves with the codebook's column names. Beside it stands
STEM.truth.json with every coefficient the data were drawn from: run your
analysis, then open the truth and compare. Every row carries a stamp that says
SIMULATED, the scenario and the seed.

Example:

    python -m data.simulate --scenario as_claimed --seed 1 --out sim.csv

makes sim.csv and sim.truth.json. The same scenario and seed always give the
same data; scenarios of one seed share their clinics and their noise, so they
differ by their effects alone.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from data._door_exits import exits
from data._errors import InputError, Problem

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


def _list(wanted: bool) -> None:
    if not wanted:
        return
    from data._calibration import calibration

    for name, scenario in calibration().scenarios.items():
        typer.echo(f"{name:<12}{scenario.line}")
    raise typer.Exit


@app.command(help=__doc__)
@exits()
def main(
    seed: Annotated[int, typer.Option(help="A whole number from 0 up; the same seed gives the same data.")],
    out: Annotated[Path, typer.Option(help="File to write: .csv, .parquet or .dta. The truth goes beside it.")],
    scenario: Annotated[str | None, typer.Option(help="What is true in the data; see --list (default: mixed).")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that exist.")] = False,
    list_: Annotated[
        bool, typer.Option("--list", help="List the scenarios and stop.", is_eager=True, callback=_list)
    ] = False,
) -> None:
    """Write the simulated data and its truth, and say what was written."""
    # pandas and SciPy take a second to import; --help and --list must not wait for them
    from data import _simulator

    truth_file = _free(out, _simulator.FORMATS, force)
    frame, truth = _simulator.simulate(scenario or _simulator.DEFAULT_SCENARIO, seed)
    truth_bytes = (json.dumps(truth, indent=1, allow_nan=False) + "\n").encode("utf-8")
    _write({out: _simulator.encode(frame, out.suffix), truth_file: truth_bytes})
    _summary(frame, out, truth_file)


def _free(out: Path, formats: tuple[str, ...], force: bool) -> Path:
    """Return the truth's path; refuse what cannot or should not be written, before any work."""
    truth_file = out.with_name(f"{out.stem}.truth.json")
    problems = []
    if out.suffix not in formats:
        problems.append(Problem(f"--out {out}", f"the suffix {out.suffix!r}", f"one of {', '.join(formats)}"))
    if not out.parent.is_dir():
        problems.append(Problem(f"--out {out}", f"no directory {str(out.parent)!r}", "a directory that exists"))
    for path in (out, truth_file):
        if path.is_dir():
            problems.append(Problem(str(path), "a directory", "the name of a file"))
        elif path.exists() and not force:
            problems.append(Problem(str(path), "a file that exists", "a new name", "Give --force to overwrite it"))
    if problems:
        raise InputError(problems)
    return truth_file


def _write(files: dict[Path, bytes]) -> None:
    """Write all files under temporary names, then rename: a reader never sees half a file."""
    staged = {path: path.with_name(f".{path.name}.{os.getpid()}.tmp") for path in files}
    try:
        for path, content in files.items():
            staged[path].write_bytes(content)
        for path, temporary in staged.items():
            temporary.replace(path)
    except OSError as error:
        raise InputError([Problem(str(error.filename), str(error.strerror), "a place that can be written")]) from error
    finally:
        for temporary in staged.values():
            temporary.unlink(missing_ok=True)


def _summary(frame: pd.DataFrame, out: Path, truth_file: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    table = Table(title="Both waves; limits in percent of offering units", title_justify="left")
    table.add_column("service")
    for heading in ("offered %", "units", "at 0 %", "at 100 %"):
        table.add_column(heading, justify="right")
    for name in [name for name in frame if str(name).startswith("uses_")]:
        service = str(name).removeprefix("uses_")
        used = frame[name].dropna()
        shares = [100 * (used == limit).mean() for limit in (0, 100)]
        offered = 100 * frame[f"offers_{service}"].mean()
        table.add_row(service, f"{offered:.0f}", str(len(used)), *(f"{share:.0f}" for share in shares))
    waves = ", ".join(f"{wave}: {count} rows" for wave, count in frame["wave"].value_counts(sort=False).items())
    console.print(f"These data are simulated, not observed: {frame['simulated'].iloc[0]}", style="bold")
    console.print(waves)
    console.print(table)
    console.print(f"Data:  {out}\nTruth: {truth_file}", soft_wrap=True)


if __name__ == "__main__":
    app()
