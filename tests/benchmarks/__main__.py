"""Time this software against its peers, in turn and in one session, and write down the ratios.

    python -m tests.benchmarks

takes an hour or two on 2 cores, nearly all of it in the peers. Leave the machine alone meanwhile.
Results go to tests/benchmarks/results/DATE.json and DATE.md after every run, so that one stopped in
the middle keeps what it has; the same command on the same day goes on from there, unless the code has
changed. Give three repetitions or more: a first run may have to fill a cache, and medians leave it out.

    python -m tests.benchmarks --only import --only warm --only censored --repeat 5

times some of it. --list names everything there is.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer

from data.code_hash import code_digest
from fits.planning.sources import DRAWN_BY
from tests.benchmarks import _table
from tests.benchmarks._contenders import Contender, contenders
from tests.benchmarks._scale import SIZES

RESULTS = Path(__file__).parent / "results"
LIBRARIES = ("arviz", "bambi", "numba", "nutpie", "pymc", "pytensor")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
def main(
    repeat: Annotated[int, typer.Option(min=1, help="Times each is run; the table holds medians.")] = 3,
    only: Annotated[list[str] | None, typer.Option(help="Run this one; may be given several times.")] = None,
    nssats: Annotated[
        Path | None, typer.Option(help="The N-SSATS 2017 file [$NSSATS_2017].", envvar="NSSATS_2017")
    ] = None,
    largest: Annotated[int, typer.Option(help="Largest number of answers in the scale runs.")] = SIZES[-1],
    work: Annotated[Path, typer.Option(help="Folder for data, draws and logs.")] = Path("reports/out/benchmarks"),
    out: Annotated[Path, typer.Option(help="Folder for the results.")] = RESULTS,
    list_: Annotated[bool, typer.Option("--list", help="Name what can be run and stop.")] = False,
) -> None:
    """Run everything in turn, `repeat` times over."""
    work = work.resolve()
    for folder in (work, out):
        folder.mkdir(parents=True, exist_ok=True)
    found = contenders(work, nssats, tuple(n for n in SIZES if n <= largest))
    known = [one.name for one in found]
    if list_:
        for one in found:
            typer.echo(f"{one.name:<24}{one.what}{f'  (not here: {one.missing})' if one.missing else ''}")
        return
    wrong = set(only or ()) - set(known)
    if wrong:
        raise typer.BadParameter(f"{', '.join(sorted(wrong))}; known: {', '.join(known)}", param_hint="--only")
    chosen = [one for one in found if not only or one.name in only]
    path = out / f"{datetime.now(UTC).date().isoformat()}.json"
    record = _start(path, chosen)
    started = time.monotonic()
    for turn in range(repeat):
        for one in chosen:
            if one.missing or len(record["runs"].get(one.name, [])) > (0 if one.once else turn):
                continue
            typer.echo(f"[{time.monotonic() - started:5.0f} s] {turn + 1}/{repeat} {one.what} ...", err=True)
            done = one.measure(work)
            record["runs"].setdefault(one.name, []).append({**done.to_dict(), **one.also})
            _write(path, record)
    _write(path, record)
    typer.echo(_table.markdown(record))


def _start(path: Path, chosen: list[Contender]) -> dict[str, Any]:
    """The day's record, or a new one."""
    if path.is_file():
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if record["code"] != code_digest(*DRAWN_BY):
            message = f"{path} holds runs of other code ({record['code']}); move it away, or give another --out"
            raise typer.BadParameter(message, param_hint="--out")
    else:
        record = {
            "date": path.stem,
            "machine": f"{os.cpu_count()} cores ({platform.machine()}), {_memory():.0f} GiB, {platform.system()}, "
            f"Python {platform.python_version()}, " + ", ".join(f"{name} {version(name)}" for name in LIBRARIES),
            "command": "python -m tests.benchmarks",
            "code": code_digest(*DRAWN_BY),
            "no_bytecode": bool(sys.dont_write_bytecode),
            "what": {},
            "skipped": {},
            "runs": {},
        }
    record["what"] |= {one.name: one.what for one in chosen}
    for one in chosen:
        record["skipped"].pop(one.name, None)
        if one.missing:
            record["skipped"][one.name] = one.missing
    return record


def _memory() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _write(path: Path, record: dict[str, Any]) -> None:
    path.write_text(json.dumps(record, indent=1), encoding="utf-8")
    path.with_suffix(".md").write_text(_table.markdown(record), encoding="utf-8")


if __name__ == "__main__":
    app()
