"""The door `reports.compare`: what it shows of how fits differ, and what it refuses."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from fits.fit_with_study import Evidence
from fits.storage.fit import Fit
from reports.compare import app
from reports.comparison import run_difference
from reports.comparison.difference import MOVED
from reports.comparison.side_by_side import SideBySide
from tests import running
from tests.making import made
from tests.reports.comparison._compare_fakes import HOSTILE, evidence, fake, write_study
from tests.running import ROOT

pytestmark = pytest.mark.usefixtures("wide")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`again` is `first` with other priors and elsewhere; `data` is of other rows; `[bold]` is one of three alike."""
    home = tmp_path_factory.mktemp("fits")
    study = write_study(home / ".study", home=home)
    changed = home / ".study" / "weak.toml"
    text = (ROOT / "priors" / "weak.toml").read_text(encoding="utf-8")
    changed.write_text(text.replace("points = { mean = 0, sd = 8 }", "points = { mean = 1, sd = 4 }"), encoding="utf-8")
    fake("first", **study)
    fake("again", draws_seed=2, shift=0.5, priors=str(changed), **study)
    fake("[bold]third", draws_seed=3, **study)
    fake("data", draws_seed=4, **write_study(home / ".study", home=home, seed=5, count=140))
    fake("rival", family="gaussian", **study)
    fake("bare", model="bare", **study)
    fake("one", service="y", **study)
    made(engine="mle", **study).directory.rename(home / "mle")
    return home


def printed(home: Path, *fits: str, **wanted: Any) -> str:
    return running.printed(app, *fits, home=home, **wanted)


def told(home: Path, *fits: str, **wanted: Any) -> dict[str, Any]:
    return running.told(app, *fits, home=home, **wanted)


def section(out: str, title: str) -> str:
    """From a heading to the next blank line."""
    return out.split(f"\n{title}\n", 1)[1].split("\n\n", 1)[0]


def test_a_changed_prior_is_found_role_by_role(home: Path) -> None:
    found = told(home, "first", "again")
    aspects = {one["aspect"]: one for one in found["differs"]}
    assert set(aspects) == {"prior set"}
    assert {"data", "model", "likelihood", "sampler", "versions", "controls"} <= set(found["alike"])
    assert re.fullmatch(r"weak, contents [0-9a-f]{8}", aspects["prior set"]["A"])
    assert aspects["prior set"]["A"] != aspects["prior set"]["B"]
    said = [{"role": "exposure_mean", "one": "normal, mean 0, sd 8", "other": "normal, mean 1, sd 4"}]
    assert found["beliefs"]["B"]["differing"] == found["diff"]["beliefs"]["differing"] == said
    out = printed(home, "first", "again")
    assert re.search(r"exposure_mean +normal, mean 0, sd 8 +normal, mean 1, sd 4", out)


def test_a_prior_that_is_gone_is_said_to_be(home: Path) -> None:
    path = home / ".study" / "weak.toml"
    text = path.read_text(encoding="utf-8")
    try:
        path.write_text(text.replace("sd = 4", "sd = 5"), encoding="utf-8")
        out = printed(home, "first", "again")
    finally:
        path.write_text(text, encoding="utf-8")
    assert "beliefs cannot be told of 'weak', whose file is not what the fit was made with any more." in out
    assert "again: STALE" in out
    assert re.search(r"changed since +B +priors_sha256", out)


def test_what_moved_is_beyond_monte_carlo_error_the_largest_first(home: Path) -> None:
    diff = told(home, "first", "again")["diff"]
    sds = [abs(move["difference_in_sd"]) for move in diff["moved"]]
    assert sds
    assert sds == sorted(sds, reverse=True)
    assert sds[0] == pytest.approx(diff["largest_in_sd"])
    assert all(abs(move["difference"]) > MOVED * move["difference_mcse"] for move in diff["moved"])
    assert all(move["after"] - move["before"] == pytest.approx(move["difference"]) for move in diff["moved"])
    side = SideBySide.of({"A": evidence_of(home, "first"), "B": evidence_of(home, "again")})
    still = {row.service for row in side.rows} - {move["service"] for move in diff["moved"]}
    for row in side.rows:
        found = row.entries["B"].difference
        assert found is not None
        if row.service in still:
            assert abs(found.value) <= max(MOVED * found.error, 0.5 * 10.0**-found.places)


def evidence_of(home: Path, name: str) -> Evidence:
    return evidence(Fit.read(name, home))


def test_the_same_run_twice_has_moved_nothing(home: Path, tmp_path: Path) -> None:
    shutil.copytree(home / "first", tmp_path / "first")
    found = told(home, "first", str(tmp_path / "first"))
    assert (found["differs"], found["diff"]["moved"], found["diff"]["largest_in_sd"]) == ([], [], 0.0)
    assert found["diff"]["compared"] == 3
    out = printed(home, "first", str(tmp_path / "first"))
    assert section(out, "How they were made differently").startswith("In nothing.")
    assert "None of 3 effects moved by more than 3 Monte Carlo standard errors; the largest difference is 0.00" in out


def test_verdicts_that_changed_are_shown(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def verdicts(one: Evidence) -> Mapping[str, str]:
        return {"park-1": "undecided" if one.name == "first" else "positive", "park-2": "undecided"}

    assert "No verdicts changed, 0 judged in both." in printed(home, "first", "again")
    monkeypatch.setattr(run_difference, "verdicts_by", lambda rule: verdicts)
    out = printed(home, "first", "again")
    assert re.search(r"park-1 +undecided +positive", out)
    assert "park-2" not in out
    assert "1 verdict changed, 2 judged in both." in out


def test_other_data_are_said_and_their_scores_not_compared(home: Path) -> None:
    out = printed(home, "first", "data", loo=True)
    said = section(out, "How they were made differently")
    assert re.search(r"data +A +own2\.csv", said)
    assert re.search(r" B +own5\.csv", said)
    assert "The fits are not of the same data: a difference is of the data as well as of the model." in out
    assert re.search(r"B has other answers than 'A' predicts: a score adds up over answers, so it needs", out)
    assert "So no two of these fits can be compared by how well they predict." in out
    assert "elpd" not in section(out, "Which predicts better? (leave-one-out)")


def test_scores_are_compared_where_that_is_valid(home: Path) -> None:
    found = told(home, "first", "rival", "mle", "one", loo=True)["loo"]
    assert found["comparable"] == ["A", "B"]
    assert {row["fit"] for row in found["comparison"]} == {"A", "B"}
    assert found["comparison"][0]["difference"] == 0.0
    assert set(found["why_not"]) == {"C", "D"}
    out = printed(home, "first", "rival", "mle")
    assert "C is maximum likelihood, which has no posterior to predict from." in out
    assert "A, B predict the same answers on the same scale, so they can be compared." in out
    assert f"python -m models.check {home / 'first'} {home / 'rival'}" in re.sub(r"\s+", " ", out)


@pytest.mark.parametrize("width", ["60", "100", "220"])
def test_nothing_is_cut_however_narrow_the_terminal(width: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", width)
    out = printed(home, "first", "again", "[bold]third", "mle", "one")
    assert max(map(len, out.splitlines())) <= int(width)
    assert "…" not in out


@pytest.mark.parametrize("fits", [("first", "[bold]third"), ("first", "again", "[bold]third", "mle", "one")])
def test_labels_are_no_markup(fits: tuple[str, ...], home: Path) -> None:
    out = printed(home, *fits)
    for label in (HOSTILE, "[bold]third", "A [model] of [link=x]kinds[/link]"):
        assert label in out


def test_few_fits_have_columns_and_many_have_lines(home: Path) -> None:
    assert re.search(r"outcome +A +A interval +B +B interval +B - A +B in sd", printed(home, "first", "again"))
    out = printed(home, "first", "again", "[bold]third", "mle")
    assert re.search(r"\ny +A +-?\d.*\n +B +-?\d.*\n +C +-?\d.*\n +D +-?\d", out)


def test_json_is_strict_and_says_which_fit_is_which(home: Path) -> None:
    found = told(home, "first", str(home / "mle"))
    assert [(one["label"], one["fit"], one["kind"]) for one in found["fits"]] == [
        ("A", "first", "posterior"),
        ("B", "mle", "mle"),
    ]
    assert {row["service"] for row in found["effects"]} == {"y", HOSTILE, "mean over services"}
    assert found["same_data"] is True


def test_nothing_shared_is_said(home: Path) -> None:
    out = printed(home, "first", "bare")
    assert "They share none." in out
    assert "Only in A: exposure yes." in out
    assert "What moved" not in out


def test_a_page_holds_the_same_numbers(home: Path, tmp_path: Path) -> None:
    target = tmp_path / "out" / "page.html"
    found = told(home, "first", "again", "mle", out=target)
    rows = json.loads((tmp_path / "out" / "page_files" / "side-by-side.json").read_text(encoding="utf-8"))["rows"]
    held = {(row["exposure"], row["service"], row["fit"]): row for row in found["effects"]}
    assert len(rows) == 3
    for row in rows:
        for label in "ABC":
            plain = held[row["exposure"], row["service"], label]
            assert row[f"{label}_mean"] == plain.get("mean", plain.get("estimate"))
            assert row.get(f"{label}_difference") == plain.get("difference")
            assert row.get(f"{label}_overlap") == plain.get("overlap")
    page = target.read_text(encoding="utf-8")
    assert "Beliefs of A and B that differ" in page
    assert "[link=x]kinds" in page
    drawn = (tmp_path / "out" / "page_files" / "forest.svg").read_text(encoding="utf-8")
    assert HOSTILE in drawn
    assert "stroke-dasharray" in drawn  # fits differ by more than colour


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("first", "fits: got 1 fit; expected from 2 to 26 to compare"),
        ("first ./HOME/first", "first more than once; expected different fits"),
        ("first agan", "Did you mean 'again'?"),
        ("first again --target typicle", "Did you mean 'typical'?"),
        ("first again --scale expekted", "Did you mean 'expected'?"),
        ("first again mle --diff", "--diff: got 3 fits; expected two"),
        ("first mle --target new", "'new' of a model without groups"),
        ("first again --out page", "--out: got page; expected the name of a page"),
        ("first again --out pyproject.toml/a.html", "pyproject.toml: File exists. Name another place with --out"),
    ],
)
def test_bad_requests_exit_with_2(options: str, said: str, home: Path) -> None:
    words = options.replace("./HOME", str(home)).split()
    done = CliRunner().invoke(app, [*words, "--fits-dir", str(home)])
    assert done.exit_code == 2, done.output
    assert said in done.stderr
    assert done.stdout == ""


def test_help_says_why_there_is_no_probability_of_a_difference() -> None:
    text = CliRunner().invoke(app, ["--help"]).stdout
    assert "There is no probability that one fit's effect is larger" in re.sub(r"\s+", " ", text)
