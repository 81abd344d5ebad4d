"""What commands write of a study whose every name is a formula and whose folders are nobody's business."""

from __future__ import annotations

import csv
import html
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from data.files.csv_text import read_records
from fits.checks import checking
from fits.storage.fit import Fit
from models.check import app as check
from reports.build import app as build
from reports.compare import app as compare
from reports.document.folders import NAMES_ALONE
from reports.effects import app as effects
from tests import running
from tests.reports.comparison._compare_fakes import declared, fake
from tests.running import ROOT, called
from tests.small_study import kinds, write

CLAIMS = """
title = "A paper"
cite = "Nobody (2020)"
design = "None"
study = "own"

[[claims]]
id = "up"
number = 1
words = "Yes goes with more."
kind = "direction"

[[claims.readings]]
outcome = "+1-555"
exposure = "yes"
direction = "positive"
"""

RULE = 'title = "Mine"\nsure = 0.9\nsource = "me"\n[smallest]\npoints = 2.0\n'

OUTCOMES = ("=HYPERLINK(1)", "+1-555")
KINDS = ("@SUM(A1)", "-2+3", "a")
PLACES = ("=1+1", "-1.5", "\uff1dcmd", " +x")

FOLDERS = ("Zz secret-grant", "O'Brien & sons", "dossier.2017")
"""In which the files of the study and the fits lie."""

PRIORS = ROOT / "priors" / "weak.toml"

NUMBER = re.compile(r"[+-]?[0-9.]+(e[+-]?[0-9]+)?")


@pytest.fixture(scope="module")
def fit(tmp_path_factory: pytest.TempPathFactory) -> Fit:
    folder = tmp_path_factory.mktemp("hostile").joinpath(*FOLDERS)
    rows = kinds(seed=4, outcomes=OUTCOMES, levels=KINDS, places=PLACES)
    files = write(folder, declared(*OUTCOMES), rows)
    made = fake("hostile", priors=str(shutil.copy(PRIORS, folder / "mine.toml")), **files)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checking, "_prior_rates", lambda *given, **named: [])  # which takes PyMC half a minute
        done = called(check, "hostile", "--fits-dir", folder / "fits", "--refits", "0", code=None)
    assert done.exit_code in (0, 1), (done.output, done.exception)
    return made


def checked(path: Path) -> set[str]:
    """Every cell of a file, none of which may be live, as the text that it stands for."""
    text = path.read_bytes().decode("utf-8")
    for row in csv.reader(text.splitlines()):
        for cell in row:
            assert NUMBER.fullmatch(cell) or cell.lstrip(' "')[:1] not in tuple("=+-@\uff1d"), (path.name, cell)
    return {cell for row in read_records(text) for cell in (*row, *row.values())}


def named(path: Path) -> list[str]:
    """Which of the folders stand in a file."""
    held = path.read_bytes().decode("utf-8")
    parts = {*FOLDERS, *re.findall(r"\w{5,}", " ".join(FOLDERS)), "pytest-of-"}
    return sorted(part for part in parts if part in held or part in html.unescape(held))


def test_effects_and_groups(fit: Fit, tmp_path: Path) -> None:
    running.printed(effects, str(fit.directory), out=tmp_path, groups=True)
    found = checked(tmp_path / "effects.csv") | checked(tmp_path / "groups.csv")
    assert {*OUTCOMES, *(place.strip() for place in PLACES)} <= found
    assert not [path.name for path in tmp_path.iterdir() if named(path)]


def test_checks(fit: Fit) -> None:
    fit = Fit.read(fit.name, fit.directory.parent)  # as it is since it was checked
    files = sorted((fit.files / "checks").glob("*.csv"))
    assert {path.stem for path in files} == {"checks", "rates"}
    found = set[str]().union(*(checked(path) for path in files))
    assert {*OUTCOMES, f"{PLACES[0]}, {OUTCOMES[0]}"} <= found
    assert not [path.name for path in (fit.files / "checks").iterdir() if named(path)]


@pytest.fixture(scope="module")
def report(fit: Fit, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the fit, by claims and a rule of one's own that lie where it does, into a folder beside it."""
    folder = fit.directory.parent.parent
    (folder / "said.toml").write_text(CLAIMS, encoding="utf-8")
    (folder / "strict.toml").write_text(RULE, encoding="utf-8")
    (folder / "mine.toml").unlink()  # so that it cannot be read, which is said with its path
    wanted: dict[str, Any] = {"claims": (str(folder / "said.toml"),), "rule": str(folder / "strict.toml")}
    out = folder / "pages" / "r.html"
    try:
        running.printed(build, str(fit.directory), out=out, accept_failed=True, data=folder / "own.csv", **wanted)
    finally:
        (folder / "mine.toml").write_text(PRIORS.read_text(encoding="utf-8"), encoding="utf-8")
    return out


def test_no_cell_of_a_report_is_a_formula(report: Path) -> None:
    files = sorted(report.with_name("r_files").glob("*.csv"))
    assert len(files) > 20
    found = set[str]().union(*(checked(path) for path in files))
    assert {*OUTCOMES, PLACES[0]} <= found
    assert any(re.search(r"^-\d", cell) for cell in found)  # numbers are not text
    assert not [cell for cell in found if cell.startswith("'")]  # what checks wrote was read as it was meant


def test_a_report_does_not_say_where_files_lie(report: Path) -> None:
    files = [report, *report.with_name("r_files").iterdir()]
    assert len(files) > 50
    assert {path.name: found for path in files if (found := named(path))} == {}
    page = html.unescape(report.read_text(encoding="utf-8"))
    for said in ("--study own.toml --data own.csv", "--fits-dir fits", "--claims said.toml --rule strict.toml"):
        assert said in page.replace("'", "")
    assert page.count(NAMES_ALONE) == 1
    assert "the prior set 'mine' cannot be read any more" in page


def test_a_comparison_does_not_say_where_files_lie(fit: Fit, tmp_path: Path) -> None:
    """Of a fit as it is and one whose codebook is gone, named by their folders."""
    folder = fit.directory.parent.parent
    elsewhere: dict[str, Any] = {"data": folder / "own.csv", "home": folder / "fits"}
    other = fake("other", study=str(folder / "own.toml"), draws_seed=2, **elsewhere)
    shutil.copy(folder / "own.toml", folder / "gone.toml")
    gone = fake("gone", study=str(folder / "gone.toml"), draws_seed=3, **elsewhere)
    (folder / "gone.toml").unlink()
    out = folder / "pages" / "c.html"
    names = [str(one.directory) for one in (fit, other, gone)]
    running.printed(compare, *names, out=out, home=folder / "fits")
    files = [out, *out.with_name("c_files").iterdir()]
    assert len(files) > 6
    assert {path.name: found for path in files if (found := named(path))} == {}
    page = html.unescape(out.read_text(encoding="utf-8"))
    assert "python -m reports.compare hostile other gone --out c.html --fits-dir fits" in page.replace("'", "")
    assert "the codebook `gone.toml` is gone" in page
    assert page.count(NAMES_ALONE) == 1
