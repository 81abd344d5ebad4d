"""The command `models.check`, as its users run it: what it prints, stores, refuses, and in which order."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import Result

import reports.check_files
from fits.checks import checking
from fits.checks.comparison import Comparison
from fits.checks.found import CheckOptions, Found
from fits.listen import Listener
from fits.listing import line_of
from fits.reload import Reloaded
from fits.storage.fit import Fit
from models.check import app
from reports.terminal.checks import MOST_SENTENCES, print_checks, print_comparison
from tests.fits.checks._checked import LOGIT, RIGHT, RIVAL, Checked, listed, without_prior
from tests.fits.checks._worlds import fitted
from tests.running import FULL, TESTS, called, python, raising


def run(home: Path, *words: str) -> Result:
    return called(app, *words, "--fits-dir", home, columns=150, code=None)


@pytest.fixture
def copies(
    right: Checked, rival: Checked, logit: Checked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Path, list[CheckOptions]]:
    """A home of copies, of which the command finds what is known; and how it asked."""
    asked: list[CheckOptions] = []
    known = {done.fit.name: done.found for done in (right, rival, logit)}
    for name, found in known.items():
        shutil.copytree(found.fit.directory, tmp_path / name)

    def check(given: Reloaded, options: CheckOptions, listen: Listener) -> Found:
        asked.append(options)
        listen.say(f"checking {given.fit.name}")
        return replace(known[given.fit.name], given=given, options=options)

    monkeypatch.setattr(checking, "check", check)
    return tmp_path, asked


def test_a_fit_that_passes(copies: tuple[Path, list[CheckOptions]], right: Checked) -> None:
    home, asked = copies
    done = run(home, RIGHT, "--leave-out", "state", "--folds", "3", "--refits", "7", "--seed", "9")
    assert (done.exit_code, done.stderr) == (0, f"checking {RIGHT}\n")
    assert asked == [CheckOptions("state", 3, 7, 9)]
    fit = Fit.read(RIGHT, home)
    assert done.stdout.endswith(f"All {len(right.checks)} checks passed.\nTables and figures: {fit.files}/checks/\n\n")
    assert listed(fit.files) == ["checks", "fit.nc", "manifest.json", "private.nc"]
    assert listed(fit.directory) == ["current", fit.files.name]
    assert listed(fit.files / "checks") == sorted(right.files)
    assert json.loads((fit.files / "checks" / "checks.json").read_text(encoding="utf-8"))["seed"] == 9
    assert (fit.files / "checks" / "pit.svg").read_bytes() == right.files["pit.svg"]
    assert fit.manifest.predictive == {name: check.passed for name, check in right.checks.items()}
    assert fit.manifest.unpredicted == []
    assert line_of(RIGHT, home).note == ""


def test_a_fit_that_fails(copies: tuple[Path, list[CheckOptions]], rival: Checked) -> None:
    home, asked = copies
    done = run(home, RIVAL)
    assert done.exit_code == 1
    assert asked == [CheckOptions()]
    assert rival.checks["at_lower_by_service"].sentence in re.sub(r"\s+", " ", done.stdout)
    assert f"{len(rival.failed)} of {len(rival.checks)} checks FAILED." in done.stdout
    assert Fit.read(RIVAL, home).manifest.unpredicted == [name for name in rival.checks if name in rival.failed]
    note = line_of(RIVAL, home).note
    assert note.startswith(f"{len(rival.failed)} of {len(rival.checks)} predictive checks failed (")
    assert note.count(",") == 2  # three are named


def test_several_fits_are_compared(right: Checked, rival: Checked, tmp_path: Path) -> None:
    for done in (right, rival):
        shutil.copytree(done.fit.directory, tmp_path / done.fit.name)
    with without_prior():
        printed = run(tmp_path, RIVAL, RIGHT, RIVAL, "--json")
    assert printed.exit_code == 1
    told = json.loads(printed.stdout, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert [one["fit"] for one in told["fits"]] == [RIVAL, RIGHT]  # named twice, checked once
    assert told["fits"][0]["checks"] == rival.said["checks"]  # the same seed draws the same
    assert told["comparison"] == [row.plain() for row in checking.compared([rival.found, right.found])]
    # What was left out before was not asked for now.
    again = Fit.read(RIGHT, tmp_path)
    assert right.fit.checks("left_out.csv") is not None
    assert again.checks("left_out.csv") is None
    assert "left_out_state" not in again.manifest.predictive


def test_what_cannot_be_stored_is_shown_and_named_last(
    copies: tuple[Path, list[CheckOptions]], monkeypatch: pytest.MonkeyPatch
) -> None:
    home, _ = copies
    with_checks = Fit.with_checks
    full = raising(FULL)
    some = lambda self, *given: (full if self.name == RIVAL else with_checks)(self, *given)  # noqa: E731
    monkeypatch.setattr(Fit, "with_checks", some)
    before = (home / RIVAL / "current").read_bytes()
    done = run(home, RIVAL, RIGHT)
    assert done.exit_code == 2
    shown = [f"{RIVAL}: tobit", "checks FAILED.", f"{RIGHT}: tobit", "checks passed.", "Tables and figures: "]
    places = [done.stdout.index(words) for words in [*shown, "on one scale (probability at the limits)"]]
    assert places == sorted(places)
    assert done.stdout.count("Tables and figures: ") == 1
    said = "got No space left on device; expected room for the checks. Free space and check again\n"
    assert done.stderr.endswith(f"1 problem found\n  - {home / RIVAL}: {said}")
    assert (home / RIVAL / "current").read_bytes() == before
    monkeypatch.setattr(Fit, "with_checks", full)
    done = run(home, RIVAL, RIGHT, "--json")
    assert (done.exit_code, len(json.loads(done.stdout)["fits"])) == (2, 2)
    assert "2 problems found\n" in done.stderr


def test_stopped_while_it_draws_what_was_stored_stays(
    copies: tuple[Path, list[CheckOptions]], monkeypatch: pytest.MonkeyPatch
) -> None:
    home, _ = copies
    monkeypatch.setattr(reports.check_files, "draw_rates", raising(KeyboardInterrupt()))
    before = Fit.read(RIGHT, home).files
    done = run(home, RIGHT)
    assert (done.exit_code, done.stderr) == (130, f"checking {RIGHT}\nStopped; what was stored before stays.\n")
    assert "checks passed." in done.stdout
    there = Fit.read(RIGHT, home)
    there.verify()
    assert (there.files, listed(there.directory)) == (before, ["current", before.name])


def test_a_narrow_terminal_is_readable(rival: Checked) -> None:
    rows_of = [Comparison("a" * 40, -1400.2, 40.0, 12.0, 0.0, 0.0, 0.9, 0)]
    rows_of.append(replace(rows_of[0], fit="b", difference=-120.4, difference_error=12.1, weight=0.1, bad=3))
    console = Console(width=60, file=StringIO(), highlight=False, markup=False)
    print_checks(rival.fit, rival.found.checks, console)
    print_comparison(rows_of, console)
    print_comparison([rows_of[0], replace(rows_of[1], difference=-3.9, difference_error=0.1)], console)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert max(len(line) for line in text.splitlines()) <= 60
    shown = re.sub(r"\s+", " ", text)
    for name in rival.checks:
        assert name in shown
    assert re.search(r"at_lower_by_service +p < 0\.001, at least 0\.00\d+ +FAILED", text)
    more = len(rival.failed) - MOST_SENTENCES
    assert f"{more} more sentences in checks.json" in shown
    assert f"{'a' * 40} predicts better than the rest by more than two standard errors." in shown
    assert "A difference below 4, or within two of its standard errors, says little." in shown


REFUSED = [
    (RIGHT + "x", "", f"got '{RIGHT}x'; expected a known fit. Did you mean '{RIGHT}'?"),
    (
        RIGHT,
        "--leave-out kind",
        "'kind', whose levels are all there are: there is no new one to predict; expected one of state",
    ),
    (RIGHT, "--leave-out stat", "Did you mean 'state'?"),
    (RIGHT, "--folds 3", "--folds: got 3; expected --leave-out GROUP with it"),
    (f"{RIGHT} {LOGIT}", "", f"fit '{LOGIT}': got other answers than '{RIGHT}' predicts"),
    (RIGHT, "--data pyproject.toml", "the data in pyproject.toml, which has changed since"),
    (
        "tobit-mle-own",
        "",
        "got maximum likelihood estimates, which predict no outcomes; expected a posterior: models.fit",
    ),
]


@pytest.mark.parametrize(("names", "options", "said"), REFUSED)
@pytest.mark.usefixtures("right", "logit")
def test_bad_requests_exit_with_2_before_anything_is_computed(
    names: str, options: str, said: str, files: dict[str, Any], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fitted(files, engine="mle")
    monkeypatch.setattr(checking, "check", raising(AssertionError("computed")))
    before = (home / RIGHT / "current").read_bytes()
    Fit.read(RIGHT, home).verify()
    done = run(home, *names.split(), *options.split())
    assert (done.exit_code, done.stdout) == (2, ""), done.output
    assert said in done.stderr
    assert (home / RIGHT / "current").read_bytes() == before
    Fit.read(RIGHT, home).verify()


def test_one_name_in_two_homes_is_refused(right: Checked, home: Path, tmp_path: Path) -> None:
    shutil.copytree(right.fit.directory, tmp_path / RIGHT)
    done = run(home, RIGHT, str(tmp_path / RIGHT))
    assert done.exit_code == 2
    assert f"fits: got {RIGHT} more than once; expected fits of different names" in done.stderr


def test_the_command_on_a_study_with_one_limit(mroz_csv: Path, home: Path) -> None:
    """Mroz's hours of work: a Tobit from below, without groups, of the user's own."""
    own = {"study": str(TESTS / "studies" / "mroz.toml"), "data": mroz_csv, "home": home}
    fit = fitted(own, "hours")
    words = ("-m", "models.check", fit.name, "--json", "--fits-dir", home)
    done = python("-W", "error::RuntimeWarning", *words, code=None)
    assert done.returncode in (0, 1), done.stderr
    (told,) = json.loads(done.stdout)["fits"]
    names = {check["name"] for check in told["checks"]}
    assert "at_lower_by_service" in names
    assert not [name for name in names if "at_upper" in name or "state" in name]
    passed = {check["name"] for check in told["checks"] if check["passed"]}
    assert {"at_lower_by_service", "mean_by_service", "khat"} <= passed
    written = Fit.read(fit.name, home).files / "checks"
    assert "SIMULATED" not in "".join(p.read_text("utf-8") for p in written.iterdir())
    assert (written / "limits.svg").is_file()
