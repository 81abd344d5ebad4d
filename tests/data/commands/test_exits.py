"""How the fourteen doors end: bad input, Ctrl-C, and a reader of their output that has gone."""

from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import Result

from data.commands import options
from data.commands.exits import exits, refusal, stopping
from tests.running import ROOT, called, python, raising
from tests.test_architecture import DOORS

ASKED = {
    "data.describe": ["{name}"],
    "data.simulate": ["--scenario", "{name}", "--seed", "1", "--out", "{folder}/sim.csv"],
    "priors.show": ["{name}"],
    "models.calibrate": ["{name}"],
    "models.check": ["{name}"],
    "models.fit": ["{name}"],
    "models.ladder": ["{name}", "--exposure", "peer_influence"],
    "fits.ls": ["--fits-dir", "{folder}"],
    "fits.share": ["{name}", "--out", "{folder}/fit.zip"],
    "reports.build": ["{name}"],
    "reports.calibrated": ["{name}"],
    "reports.compare": ["{name}", "other"],
    "reports.effects": ["{name}"],
    "reports.published": ["mroz", "{name}"],
}
"""What is asked of each door: no study, model, prior set, fit or scenario has that name."""

WORK = {
    "data.describe": ("reports.study.description", "describe"),
    "data.simulate": ("data.simulation.simulator", "simulate"),
    "priors.show": ("reports.terminal.prior", "run"),
    "models.calibrate": ("fits.calibration.run", "calibrate"),
    "models.check": ("fits.checks.checking", "read"),
    "models.fit": ("fits.make", "make"),
    "models.ladder": ("fits.ladder_steps", "climb"),
    "fits.ls": ("fits.listing", "lines"),
    "fits.share": ("fits.storage.find", "find"),
    "reports.build": ("reports.report", "read_fits"),
    "reports.calibrated": ("fits.calibration.recorded", "read_record"),
    "reports.compare": ("reports.comparison.stored_alone", "read_party"),
    "reports.effects": ("fits.storage.find", "find"),
    "reports.published": ("fits.storage.find", "find"),
}
"""Where each door's work is done."""

STAYS = {
    "models.calibrate": "finished simulations stay stored",
    "models.check": "what was stored before stays",
    "models.fit": "nothing was stored",
    "models.ladder": "finished steps stay stored",
}
"""What those that store something say of it when they are stopped."""

LISTS = [(module, "--list") for module in ("data.describe", "data.simulate", "models.fit", "priors.show")]

PRINTS = """
import typer
from data.commands.exits import exits
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

@app.command()
@exits()
def main() -> None:
    print("done")

app()
"""


def modules() -> list[str]:
    return sorted(door.removesuffix(".py").replace("/", ".") for door in DOORS)


def ask(module: str, folder: Path, *more: str) -> Result:
    arguments = [word.format(name="nonesuch", folder=folder) for word in ASKED[module]]
    return called(import_module(module).app, *arguments, *more, code=None)


def closed(*command: str, **environment: str) -> tuple[int, str]:
    """The exit code and the words of a command whose output nobody reads."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    running = subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env={**kept, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stdout is not None
    assert running.stderr is not None
    running.stdout.close()
    with running.stderr as stream:
        said = stream.read()
    return running.wait(timeout=60), said


def test_every_door_is_tried() -> None:
    assert set(ASKED) == set(WORK) == set(modules())


@pytest.mark.parametrize("module", [module for module in modules() if module != "fits.ls"])
def test_a_name_that_does_not_exist_is_named_and_exits_2(module: str, tmp_path: Path) -> None:
    done = ask(module, tmp_path)
    assert (done.exit_code, done.stdout) == (2, "")
    assert isinstance(done.exception, SystemExit)
    assert done.stderr.startswith("1 problem found\n")
    assert "nonesuch" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("module", modules())
def test_an_option_that_does_not_exist_exits_2(module: str, tmp_path: Path) -> None:
    done = ask(module, tmp_path, "--nonesuch")
    assert done.exit_code == 2
    assert "--nonesuch" in done.stderr
    assert "Traceback" not in done.output


@pytest.mark.parametrize("module", modules())
def test_ctrl_c_exits_130_and_says_what_stays(module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    half, work = WORK[module]
    monkeypatch.setattr(import_module(half), work, raising(KeyboardInterrupt()))
    done = ask(module, tmp_path)
    assert (done.exit_code, done.stdout) == (130, "")
    assert isinstance(done.exception, SystemExit)
    if module in STAYS:
        assert done.stderr.startswith("Stopped; ")
        assert STAYS[module] in done.stderr
    else:
        assert not done.stderr


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_has_gone_is_no_crash(unbuffered: str) -> None:
    assert closed("-c", PRINTS, PYTHONUNBUFFERED=unbuffered) == (1, "")


@pytest.mark.parametrize(
    ("module", "asked"), [*((one, "--help") for one in modules()), *LISTS, ("data.describe", "--json")]
)
def test_a_reader_that_has_gone_from_what_a_door_prints_is_no_crash(module: str, asked: str) -> None:
    assert closed("-m", module, asked) == (1, "")


def test_an_odd_locale_turns_no_accent_into_a_crash() -> None:
    code = PRINTS.replace("done", "Bromma vårdcentral")
    done = python("-c", code, PYTHONIOENCODING="ascii", PYTHONUTF8=0)
    assert (done.stdout, done.stderr) == ("Bromma v?rdcentral\n", "")


@pytest.mark.parametrize(("returned", "code"), [(None, 0), (0, 0), (1, 1), (3, 3)])
def test_the_exit_code_is_what_the_door_returns(returned: int | None, code: int) -> None:
    called(app_of(lambda: returned), code=code)


def app_of(work: Callable[[], int | None]) -> typer.Typer:
    """A door that does this."""
    app = typer.Typer()

    @app.command()
    @exits("Stopped.")
    def main(out: Path | None = None, fits_dir: Path | None = None) -> int | None:
        return work()

    return app


ROOM = "No space left on device."
THERE = "Free space there, or name another place with"
OTHER = "Name another place with"


def refused(code: int, file: object = None) -> OSError:
    return OSError(code, os.strerror(code), *([file] if file else []))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (refused(errno.ENOSPC, "o/.effects.ab12cd_x.new/a.csv"), f"Could not write o/a.csv: {ROOM} {THERE} --out"),
        (refused(errno.EFBIG, "o"), f"Could not write o: File too large. {THERE} --out"),
        (refused(errno.EDQUOT, b"f/a/fit.nc"), f"Could not write f/a/fit.nc: Disk quota exceeded. {THERE} --fits-dir"),
        (refused(errno.ENOSPC, "/x/y"), f"Could not write /x/y: {ROOM} Free space there"),
        (refused(errno.ENOSPC), f"Could not write a file, or what is printed: {ROOM} Free space there"),
        (refused(errno.EROFS, Path("o/.a.ready/b")), f"Could not write o/b: Read-only file system. {OTHER} --out"),
        (refused(errno.EACCES, "f"), f"f: Permission denied. {OTHER} --fits-dir"),
        (refused(errno.ENOENT, "/x/y"), "/x/y: No such file or directory. Check that it is there and may be used"),
        (OSError(errno.EPERM, "Not permitted", "o/a.csv", None, "o/b.csv"), f"o/b.csv: Not permitted. {OTHER} --out"),
        (OSError("Can't write\n\n data"), "Can't write data"),
        (FileNotFoundError(errno.ENOENT, "No usable temporary directory"), "No usable temporary directory"),
        (TimeoutError(), "TimeoutError"),
        (MemoryError(), "Stopped: not enough memory. Ask for less at once, or close other programs"),
        (MemoryError("3 GiB"), "Stopped: not enough memory (3 GiB). Ask for less at once, or close other programs"),
    ],
)  # fmt: skip
def test_what_the_system_refuses_is_one_line_and_exits_2(error: Exception, said: str) -> None:
    done = called(app_of(raising(error)), "--out", "o", "--fits-dir", "f", code=2)
    assert isinstance(done.exception, SystemExit)
    assert (done.stderr, done.stdout) == (f"{said}\n", "")


def test_where_a_door_writes_without_options_is_known_too() -> None:
    given: dict[str, object] = {"out": None, "fits_dir": None}
    for option, place in (("out", ROOT / "reports/out/report.html"), ("fits-dir", options.FITS / "a")):
        assert refusal(refused(errno.ENOSPC, str(place)), given).endswith(f"name another place with --{option}")
    assert refusal(refused(errno.ENOSPC, "a.csv"), {}).endswith("Free space there")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_output_that_cannot_be_written_is_no_crash(stream: str) -> None:
    asked = ["data.describe", *(["--json"] if stream == "stdout" else ["nonesuch"])]
    with open("/dev/full", "w") as full:
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, stream: full}
        done = subprocess.run([sys.executable, "-m", *asked], cwd=ROOT, text=True, check=False, **pipes)
    assert done.returncode == 2
    if stream == "stdout":
        words = "Could not write a file, or what is printed: No space left on device. Free space there"
        assert done.stderr.splitlines() == [words]
    else:
        assert not done.stdout


def test_a_part_of_a_command_says_what_is_stored_by_then() -> None:
    app = typer.Typer()

    @app.command()
    @exits("Stopped; nothing was stored.")
    def main(late: bool = False) -> None:
        with stopping("Stopped; it is stored in here"):
            if late:
                raise KeyboardInterrupt
        raise KeyboardInterrupt

    for flag, said in (([], "nothing was stored."), (["--late"], "it is stored in here")):
        done = called(app, *flag, code=130)
        assert done.stderr == f"Stopped; {said}\n"


def test_other_errors_are_not_hidden() -> None:
    assert isinstance(called(app_of(raising(ZeroDivisionError())), code=None).exception, ZeroDivisionError)


@pytest.mark.parametrize("module", modules())
def test_help_waits_for_nothing_heavy(module: str) -> None:
    heavy = {"numpy", "pandas", "xarray", "scipy", "numba", "nutpie", "pymc", "arviz", "matplotlib", "rich.table"}
    code = f"import sys, {module}; print(sorted({heavy} & set(sys.modules)))"
    assert python("-c", code).stdout.strip() == "[]"


def test_shared_help_holds_no_brackets_that_a_terminal_reads_as_markup() -> None:
    shared = [option for name, option in vars(options).items() if hasattr(option, "__metadata__")]
    helps = [str(option.__metadata__[0].help) for option in shared]
    assert len(helps) > 10
    assert len(set(helps)) == len(helps)
    assert not [text for text in helps if re.search(r"\[[a-z#/@]", text)]


@pytest.mark.parametrize("door", sorted(DOORS))
def test_doors_leave_their_ends_to_the_one_place(door: str) -> None:
    text = (ROOT / door).read_text(encoding="utf-8")
    assert "@exits(" in text
    assert not re.search(r"except (InputError|KeyboardInterrupt)|typer\.Exit\(", text)
