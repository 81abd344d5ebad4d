"""Ctrl-C at any moment of a command: no traceback, and a status that the shell shows as 130."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from data.commands import interrupts
from tests.data.commands.test_exits import app_of
from tests.running import ROOT, called, raising
from tests.test_architecture import DOORS

BY_SIGNAL, BY_CODE = -signal.SIGINT, 130
"""The two ends of a stopped process; a shell shows 130 for either."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals differ")

STOPPED = "Stopped; nothing was stored."
INTERRUPT = "import os, signal; os.kill(os.getpid(), signal.SIGINT)\n"

SHOP = """
import atexit, ctypes, os, signal, sys, time
import typer
from data.commands.exits import exits

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

def stop():
    os.kill(os.getpid(), signal.SIGINT)

@app.command()
@exits("Stopped; nothing was stored.")
def main(when: str):
    if when == "parsed":
        stop()
    if when == "broken":
        print("half of it")
        atexit.register(os.abort)
        stop()
    if when == "wrapped":
        try:
            stop()
        except KeyboardInterrupt:
            raise ImportError("initialization failed")
    if when == "ignored":
        ctypes.CFUNCTYPE(None)(stop)()
        for _ in range(100):
            time.sleep(0.1)
    if when == "after":
        atexit.register(stop)
    print("done")

if sys.argv[1:] == ["begun"]:
    stop()
app()
"""
"""A command of a package like ours, that stops itself at a named moment."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").write_text(
        "from data.commands.interrupts import starting\nstarting(__name__)\n"
    )
    (tmp_path / "shop" / "door.py").write_text(SHOP)
    return tmp_path


def run(folder: Path, *command: str) -> tuple[int, str, str]:
    """Exit code, output and words of a command that runs in a folder, whose modules are found before ours."""
    environment = {"PYTHONPATH": f"{folder}:{ROOT}", "PATH": str(Path(sys.executable).parent)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("door", sorted(DOORS))
def test_ctrl_c_while_a_door_is_imported_ends_it_without_words(door: str, tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text(INTERRUPT)
    module = door.removesuffix(".py").replace("/", ".")
    assert run(tmp_path, sys.executable, "-m", module, "data.csv", "-m") == (BY_SIGNAL, "", "")


def test_a_command_is_known_however_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text(INTERRUPT)
    assert run(tmp_path, sys.executable, "-X", "utf8", "-mfits.ls") == (BY_SIGNAL, "", "")


@pytest.mark.parametrize(
    ("when", "ended"),
    [
        ("begun", (BY_SIGNAL, "", "")),
        ("parsed", (BY_CODE, "", f"{STOPPED}\n")),
        ("broken", (BY_CODE, "half of it\n", f"{STOPPED}\n")),
        ("wrapped", (BY_CODE, "", f"{STOPPED}\n")),
        ("ignored", (BY_CODE, "", f"{STOPPED}\n")),
        ("after", (BY_SIGNAL, "done\n", "")),
        ("never", (0, "done\n", "")),
    ],
)
def test_ctrl_c_at_each_stage_of_a_command(when: str, ended: tuple[int, str, str], folder: Path) -> None:
    assert run(folder, sys.executable, "-m", "shop.door", when) == ended


@pytest.mark.parametrize("when", ["begun", "parsed", "after"])
def test_a_command_in_the_background_is_not_stopped(when: str, folder: Path) -> None:
    ignoring = ("/bin/sh", "-c", 'trap "" INT; exec "$0" "$@"', sys.executable)
    assert run(folder, *ignoring, "-m", "shop.door", when) == (0, "done\n", "")


IMPORTS = "import data, priors, models, fits, reports, shop, signal\n"
UNCHANGED = "print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)\n"


@pytest.mark.parametrize(
    "command",
    [
        ("-c", IMPORTS + UNCHANGED, "-m", "data.describe"),
        ("data.mine.py",),  # a script
        ("-m", "mine.tool", "data.csv"),  # another command
    ],
)
def test_whatever_imports_the_packages_keeps_its_ctrl_c(command: tuple[str, ...], folder: Path) -> None:
    (folder / "data.mine.py").write_text(IMPORTS + UNCHANGED)
    (folder / "mine").mkdir()
    (folder / "mine" / "__init__.py").write_text(IMPORTS)
    (folder / "mine" / "tool.py").write_text("import signal\n" + UNCHANGED)
    assert run(folder, sys.executable, *command) == (0, "True\n", "")


@pytest.mark.parametrize("error", [ImportError, SystemError, OSError])
def test_what_an_extension_raises_after_ctrl_c_is_ctrl_c(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_of(raising(error("initialization failed")))
    assert called(app, code=None).exit_code in (1, 2)  # of the error itself
    monkeypatch.setattr(interrupts, "_interrupted", [signal.SIGINT])
    assert called(app, code=BY_CODE).stderr == "Stopped.\n"


MOMENTS: Mapping[str, tuple[float, ...]] = {
    "fits.ls --fits-dir {folder}": (0, 0.02, 0.04, 0.06, 0.1, 0.15, 0.2, 0.3, 0.5, 0.8),
    "models.fit peer_tobit --show": (0, 0.03, 0.08, 0.15, 0.3, 0.5, 0.8, 1.2, 1.8, 3.0),
}
"""Seconds after the package is imported; before that Python itself starts and prints a traceback."""


@pytest.mark.parametrize(("command", "moment"), [(line, at) for line, moments in MOMENTS.items() for at in moments])
def test_ctrl_c_at_any_moment_is_no_traceback(command: str, moment: float, tmp_path: Path) -> None:
    words, written = command.format(folder=tmp_path).split(), tmp_path / "stderr.txt"
    package = words[0].split(".")[0]
    with written.open("wb") as stream:
        asked = [sys.executable, "-X", "importtime", "-m", *words]  # which prints a line for each module that it has
        running = subprocess.Popen(asked, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=stream)
        while f"| {package}\n" not in written.read_text() and running.poll() is None:
            time.sleep(0.002)
        time.sleep(moment)
        running.send_signal(signal.SIGINT)
        code = running.wait(timeout=60)
    said = [line for line in written.read_text().splitlines() if not line.startswith("import time:")]
    assert code in {BY_SIGNAL, BY_CODE, 0}, said
    assert said in ([], [STOPPED])
    assert said or package != "models" or code != BY_CODE
