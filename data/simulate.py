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

A real extract looks different. To try the commands on one in the style of a
survey archive, with its mapping file beside it:

    python -m data.simulate --seed 1 --style archive --out extract.dta

makes extract.dta (question numbers as names, value labels, several codes for
no answer, rounded percentages, two informants in 2014), extract.columns.toml
for --columns, and extract.truth.json. It is the plain style's study of the same
scenario and seed, but for what was rounded and what has no answer.
"""

from __future__ import annotations

import json
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import typer

from data.commands import options
from data.commands.exits import exits
from data.errors import InputError, Problem

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
@exits()
def main(
    seed: options.SeedOfData,
    out: options.DataToWrite,
    scenario: options.Scenario = None,
    style: options.Style = "plain",
    force: options.ForceFiles = False,
    list_: options.ListScenarios = False,
) -> None:
    """Write the simulated data and its truth, and say what was written."""
    # pandas and SciPy take a second to import; --help and --list must not wait for them
    from data.files import replacing
    from data.simulation import archive, archive_mapping, simulator

    replacing.recover(out.parent, out.stem, after=out.name)
    as_archive = style == "archive"
    names = {"Data": out, "Columns": _beside(out, "columns.toml"), "Truth": _beside(out, "truth.json")}
    if not as_archive:
        del names["Columns"]
    _free(names, archive.FORMATS if as_archive else simulator.FORMATS, style=style, force=force)
    frame, truth = simulator.simulate(scenario or simulator.DEFAULT_SCENARIO, seed)
    files = {names["Truth"].name: (json.dumps(truth, indent=1, allow_nan=False) + "\n").encode("utf-8")}
    if as_archive:
        made = archive.extract(frame, seed=seed)
        files[names["Columns"].name] = archive_mapping.mapping_text(out.name, made.stamp).encode("utf-8")
        files[out.name], frame = archive.encode(made), made.reported
    else:
        files[out.name] = simulator.encode(frame, out.suffix)
    with replacing.replacing(out.parent, out.stem, after=out.name) as fresh:
        for name, content in files.items():
            (fresh / name).write_bytes(content)
    _summary(frame, names)


def _beside(out: Path, ending: str) -> Path:
    return out.parent / f"{out.stem}.{ending}"


def _free(names: dict[str, Path], formats: tuple[str, ...], *, style: str, force: bool) -> None:
    """Raise an error for files that cannot or should not be written, before any work."""
    out, problems = names["Data"], []
    if out.suffix not in formats:
        step = f"Give --out {_beside(out, 'dta')}, or leave --style away" if style == "archive" else ""
        wanted = f"one of {', '.join(formats)}" if len(formats) > 1 else f"{formats[0]} for --style {style}"
        problems.append(Problem(f"--out {out}", f"the suffix {out.suffix!r}", wanted, step))
    if not out.parent.is_dir():
        problems.append(Problem(f"--out {out}", f"no directory {str(out.parent)!r}", "a directory that exists"))
    for path in names.values():
        if path.is_dir():
            problems.append(Problem(str(path), "a directory", "the name of a file"))
        elif path.exists() and not force:
            problems.append(Problem(str(path), "a file that exists", "a new name", "Give --force to overwrite it"))
    if problems:
        raise InputError(problems)


def _summary(frame: pd.DataFrame, names: dict[str, Path]) -> None:
    """Print the outcomes' summary, the files that were written, and the next command."""
    from reports.document.blocks import Prose, Table
    from reports.document.terminal import screen, show

    rows = []
    for name in [name for name in frame if str(name).startswith("uses_")]:
        service = str(name).removeprefix("uses_")
        used = frame[name].dropna()
        shares = [100 * (used == limit).mean() for limit in (0, 100)]
        offered = 100 * frame[f"offers_{service}"].astype(float).mean()
        rows.append((service, f"{offered:.0f}", str(len(used)), *(f"{share:.0f}" for share in shares)))
    waves = ", ".join(f"{wave}: {count} rows" for wave, count in frame["wave"].value_counts(sort=False).items())
    stamp = Prose(f"These data are simulated, not observed: {frame['simulated'].iloc[0]}", "lead")
    headings = ("service", "offered %", "units", "at 0 %", "at 100 %")
    table = Table.of(headings, rows, title="Both waves; limits in percent of offering units")
    console = screen()
    show([stamp, Prose(waves), table], console)
    console.print()
    width = max(map(len, names)) + 2
    told = [f"{kind + ':':<{width}}{path}" for kind, path in names.items()]
    columns = f" --columns {quote(str(names['Columns']))}" if "Columns" in names else ""
    told.append(f"{'Next:':<{width}}python -m models.fit peer_tobit --data {quote(str(names['Data']))}{columns}")
    console.print("\n".join(told), soft_wrap=True)


if __name__ == "__main__":
    app()
