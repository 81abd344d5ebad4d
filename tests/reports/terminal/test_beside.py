"""Maximum likelihood beside pooled effects as commands print it: in lines or below them, never broken, in files too."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

from fits.fit_with_study import Evidence
from fits.reload import reload
from reports.beside_words import ML_WORDS, POOLED_WORDS
from reports.effects import app
from reports.terminal.posterior import print_fit, print_json
from tests.fakes import drawn, stored
from tests.running import called

PRIOR = "before the data it is 0.2."
NUMBER = r"-?\d+(\.\d+)?"
ESTIMATE = rf"{NUMBER} +{NUMBER} to {NUMBER}"


@pytest.fixture(scope="module")
def mixture(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    """The main model, whose services have long names and one of which has no estimate."""
    home = tmp_path_factory.mktemp("fits")
    return Evidence(reload(stored(model="peer_tobit", home=home, outlying=0.3, length=100, scale=0.4)))


def effects(evidence: Evidence, *more: object, columns: int = 120) -> str:
    home = evidence.fit.home
    return called(app, evidence.name, "--fits-dir", home, *more, columns=columns).stdout


def lines_of(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines()]


def flat(text: str) -> str:
    return " ".join(text.split())


def test_a_wide_terminal_has_columns_for_it(mixture: Evidence) -> None:
    shown = effects(mixture, "--exposure", "peer_influence")
    assert max(map(len, lines_of(shown))) <= 120
    assert re.search(
        r"outcome +from +to +change +interval +Pr\(> 0\) +ML estimate +ML interval +exchangeable\)\n", shown
    )
    assert re.search(rf"\ncondoms +.* {ESTIMATE} +0\.\d+ *\n", shown)
    assert re.search(r"\nmethadone +.* none +0\.\d+ *\n", shown)
    assert "maximum likelihood  " not in shown


@pytest.mark.parametrize("columns", [80, 88])
def test_a_narrow_one_has_a_line_below(columns: int, mixture: Evidence) -> None:
    shown = effects(mixture, "--exposure", "peer_influence", columns=columns)
    assert max(map(len, lines_of(shown))) <= columns
    assert re.search(r"outcome +from +to +change +interval +Pr\(> 0\) +exchangeable\) *\n", shown)
    assert re.search(rf"\ncondoms +.* 0\.\d+ *\n  maximum likelihood +{ESTIMATE} *\n", shown)
    assert re.search(r"\nmethadone .*\n  maximum likelihood +none *\n", shown)
    assert re.search(r"\nmean over services .*\n  maximum likelihood +none *\n", shown)
    assert "ML estimate " not in shown


@pytest.mark.parametrize("columns", [40, 80, 100, 120])
def test_no_name_and_no_number_is_broken(columns: int, mixture: Evidence) -> None:
    """At any width the same names and numbers can be read."""
    only = ("--exposure", "peer_influence")
    whole = effects(mixture, *only, columns=300)
    wanted = set(re.findall(r"[a-z]+_[a-z_]+|-?\d+\.\d+ to -?\d+\.\d+|Pr\(> 0\)", whole))
    assert len(wanted) > 12
    shown = flat(effects(mixture, *only, columns=columns))
    assert not [one for one in wanted if one not in shown]


def test_a_heading_over_two_lines_is_one_where_there_are_no_columns(mixture: Evidence) -> None:
    shown = effects(mixture, "--exposure", "peer_influence", columns=40)
    assert len(re.findall(r"Pr\(not exchangeable\): 0\.\d+", shown)) == 8


def test_the_caption_says_what_the_two_are_and_why_one_is_missing(mixture: Evidence) -> None:
    shown = flat(effects(mixture, "--exposure", "peer_influence", columns=80))
    for sentence in (POOLED_WORDS, ML_WORDS, PRIOR):
        assert shown.count(sentence) == 1
    assert "Maximum likelihood of methadone: separated by unit_type[inpatient]: the likelihood rises" in shown
    assert "Maximum likelihood of mean over services: a service has no estimate, so there is none." in shown
    single = flat(effects(mixture, "--service", "condoms"))
    assert "Maximum likelihood of" not in single
    there = flat(effects(mixture, "--target", "typical"))
    assert "Maximum likelihood pools no group and so knows no typical and no new place" in there
    assert ML_WORDS not in there


def test_without_a_mixture_there_is_no_chance(joint: Evidence) -> None:
    shown = effects(joint)
    assert "ML estimate" in shown
    assert ML_WORDS in flat(shown)
    assert "exchangeable" not in shown


def test_one_service_has_nothing_beside_it(apart: dict[str, Any]) -> None:
    shown = effects(drawn(apart, service="other"))
    assert not [one for one in ("ML", "maximum likelihood", "pooled") if one in shown]


def test_files_hold_it(mixture: Evidence, tmp_path: Path) -> None:
    effects(mixture, "--exposure", "peer_influence", "--out", tmp_path)
    found = json.loads((tmp_path / "effects.json").read_text(encoding="utf-8"))["effects"]
    rows = {row["service"]: row for row in found}
    assert rows["condoms"]["ml_low"] < rows["condoms"]["ml_estimate"] < rows["condoms"]["ml_high"]
    assert rows["methadone"]["ml_estimate"] is None
    assert rows["methadone"]["ml_words"].startswith("separated by")
    with (tmp_path / "effects.csv").open(encoding="utf-8", newline="") as file:
        table = {row["service"]: row for row in csv.DictReader(file)}
    assert table["condoms"]["ml_estimate"] == str(rows["condoms"]["ml_estimate"])
    assert table["condoms"]["not_exchangeable_prior"] == "0.2"
    assert (table["methadone"]["ml_estimate"], table["mean over services"]["not_exchangeable"]) == ("", "")
    figure = (tmp_path / "effects-expected_points-these.svg").read_text(encoding="utf-8")
    for words in ("pooled over services", "mean over services", "maximum likelihood, nothing pooled"):
        assert figure.count(f">{words}, 95% interval<") == 1
    assert figure.count(">no maximum<") == 2


@pytest.mark.parametrize("columns", [80, 120])
def test_a_fit_shows_it_beside_its_coefficients(
    columns: int, mixture: Evidence, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    print_fit(mixture.fit)
    shown = capsys.readouterr().out
    table = shown[shown.index("peer_influence: 0 -> 1") : shown.index("peer_senior")]
    assert max(map(len, lines_of(table))) <= columns
    if columns == 120:
        assert re.search(rf"\ncondoms +.* {ESTIMATE} +0\.\d+ *\n", table)
    else:
        assert re.search(rf"\ncondoms +.*\n  maximum likelihood +{ESTIMATE} *\n", table)
    for sentence in (POOLED_WORDS, ML_WORDS, PRIOR, "Maximum likelihood of methadone: separated by"):
        assert sentence in flat(shown)
    print_json(mixture.fit)
    rows = json.loads(capsys.readouterr().out)["coefficients"]
    single = [row for row in rows if row["parameter"] == "exposure_coef"]
    assert len(single) == 24
    assert len([row for row in single if row["ml_estimate"] is not None]) == 21
    assert not [row for row in rows if row["parameter"] != "exposure_coef" and "ml_estimate" in row]
