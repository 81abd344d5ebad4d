"""The door `reports.compare` on fits whose study is not what it was: what is stored is compared, the rest is named."""

from __future__ import annotations

import html
import json
import math
import re
import shlex
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import arviz_stats
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from typer.testing import CliRunner

from fits.number_format import INTERVAL
from fits.storage.fit import Fit
from models.fit import app as fit_app
from reports.compare import app
from reports.comparison.stored_alone import NEED_STUDY
from tests import running
from tests.fakes import made
from tests.fits._tamper import files_of, tamper
from tests.reports.comparison._compare_fakes import HOSTILE, declared, fake, write_study
from tests.small_study import binary, codebook, number, write

pytestmark = pytest.mark.usefixtures("wide")

NOT_RECOMPUTED = f"Not compared: {', '.join(NEED_STUDY)}. To compare them, fit again"


def age(home: Path, source: str, name: str, **changed: Any) -> None:
    """Copy a stored fit as it would be had it been made from something else: keys of its request, or its `design`."""
    shutil.copytree(home / source, home / name)

    def change(manifest: dict[str, Any]) -> None:
        manifest["design"] |= changed.pop("design", {})
        manifest["request"]["versions"] |= changed.pop("versions", {})
        manifest["request"] |= changed

    tamper(home, name, change)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`now` and `again` are up to date; each of the others is older in what its name says."""
    home = tmp_path_factory.mktemp("fits")
    study = write_study(home / ".study", home=home)
    fake("now", **study)
    fake("again", draws_seed=2, shift=0.5, **study)
    old = write_study(home / ".old", home=home)
    fake("codebook", draws_seed=3, shift=2.0, **old)
    fake("one", draws_seed=4, service="y", **old)
    fake("may", model="may", **old)
    made(engine="mle", **old).directory.rename(home / "mle")
    (home / ".old" / "own.toml").write_text(declared(title="Fewer kinds of units"), encoding="utf-8")
    age(home, "one", "read", codebook_sha256="0" * 64)
    age(home, "again", "others", data_sha256="0" * 64)
    age(home, "again", "model", model_sha256="0" * 64)
    age(home, "again", "priors", priors_sha256="0" * 64)
    age(home, "again", "code", versions={"code": "0" * 12})
    age(home, "again", "design", design={"units": 151})
    age(home, "codebook", "contrast", design={"exposures": {"yes": "0 -> 2"}})
    rows = write_study(home / ".rows", home=home)
    fake("rows", draws_seed=5, **rows)
    fake("gone", draws_seed=6, **write_study(home / ".gone", home=home))
    with (home / ".rows" / "own2.csv").open("a", encoding="utf-8") as file:
        file.write("5,5,1,a,n\n")
    (home / ".gone" / "own2.csv").unlink()
    return home


@pytest.fixture
def told(home: Path) -> Callable[..., dict[str, Any]]:
    return partial(running.told, app, home=home)


@pytest.fixture
def printed(home: Path) -> Callable[..., str]:
    return lambda *fits, **wanted: re.sub(r"[ \n]+", " ", running.printed(app, *fits, home=home, **wanted))


WHY = {
    "codebook": "the codebook `own` changed since this fit was made",
    "model": "the model `m` changed since this fit was made",
    "rows": "the data file `own2.csv` changed since this fit was made",
    "design": "this version of the software reads other units than the fit was made with",
}


@pytest.mark.parametrize("name", WHY)
def test_what_was_not_compared_is_said_with_the_reason_and_the_command(
    name: str, home: Path, told: Callable[..., Any], printed: Callable[..., str]
) -> None:
    found = told("now", name, loo=True)
    assert [one["recomputed"] for one in found["fits"]] == [True, False]
    (left,) = found["not_compared"]
    assert (left["label"], left["fit"], left["what"]) == ("B", name, list(NEED_STUDY))
    assert left["why"] == f"not recomputed: {WHY[name]}"
    assert (found["effects"], found["diff"], found["loo"]["comparison"]) == ([], None, None)
    assert found["loo"]["why_not"] == {"B": f"B is not recomputed: {WHY[name]}."}
    assert {row["fit"] for row in found["parameters"]} == {"A", "B"}
    words = shlex.split(left["command"])
    assert words[:4] == ["python", "-m", "models.fit", "m"]
    assert words[-1] == "--force"
    assert words[words.index("--fits-dir") + 1] == str(home)
    out = printed("now", name)
    assert f"B, not recomputed: {WHY[name]}. {NOT_RECOMPUTED}" in out
    assert left["command"] in out
    assert f"{name}: STALE" in out
    assert "Effects" not in out.split("What was not compared")[1].split("Parameters")[0]
    assert "What moved" not in out


def test_a_page_says_the_same_and_holds_every_parameter(home: Path, tmp_path: Path, told: Callable[..., Any]) -> None:
    found = told("now", "codebook", out=tmp_path / "page.html")
    page = html.unescape((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert f"B, not recomputed: {WHY['codebook']}. {NOT_RECOMPUTED}" in page
    words = shlex.split(found["not_compared"][0]["command"])
    assert " ".join(Path(word).name for word in words) in page  # a page says of no file where it lies
    assert ">Effects<" not in page
    rows = json.loads((tmp_path / "page_files" / "stored.json").read_text(encoding="utf-8"))["rows"]
    held = {
        (row["variable"], row.get("exposure", row.get("control", "")), row.get("service", ""), row["fit"]): row
        for row in found["parameters"]
    }
    assert 2 * len(rows) == len(held)
    for row in rows:
        for label in "AB":
            plain = held[row["variable"], row["of"], row["service"], label]
            assert row[f"{label}_mean"] == plain["mean"]
            assert row[f"{label}_sd"] == plain["sd"]
            assert row.get(f"{label}_in_sd") == plain.get("difference_in_sd")
            assert row.get(f"{label}_overlap") == plain.get("overlap")


def stored(home: Path, name: str) -> xr.Dataset:
    with Fit.read(name, home).draws() as draws:
        return draws["posterior"].to_dataset().load()


def test_numbers_are_those_of_the_stored_draws(home: Path, told: Callable[..., Any]) -> None:
    held = {label: stored(home, name) for label, name in {"A": "now", "B": "codebook"}.items()}
    rows = told("now", "codebook")["parameters"]
    tail = (1.0 - INTERVAL) / 2.0
    first = {row["parameter"]: row for row in rows if row["fit"] == "A"}
    kept = [name for name in held["A"].data_vars if not str(name).endswith("_effect")]
    assert len(rows) == 2 * sum(held["A"][name][0, 0].size for name in kept)
    for row in rows:
        at = {dim: row[dim] for dim in ("exposure", "control", "service") if dim in row}
        draws, base = (held[label][row["variable"]].sel(at) for label in (row["fit"], "A"))
        values, others = draws.to_numpy(), base.to_numpy()
        assert row["mean"] == pytest.approx(values.mean())
        assert row["sd"] == pytest.approx(values.std(ddof=1))
        assert [row["low"], row["high"]] == pytest.approx(list(np.quantile(values, [tail, 1.0 - tail])))
        if row["fit"] == "A":
            assert "difference" not in row
            continue
        assert row["difference"] == pytest.approx(values.mean() - others.mean())
        assert row["difference_in_sd"] == pytest.approx((values.mean() - others.mean()) / others.std(ddof=1))
        errors = [float(arviz_stats.mcse(one, method="mean")) for one in (draws, base)]
        assert row["difference_mcse"] == pytest.approx(math.hypot(*errors))
        edges = np.histogram_bin_edges(np.concatenate([values, others], axis=None), 25)
        shares = [np.histogram(one, edges)[0] / one.size for one in (values, others)]
        assert row["overlap"] == pytest.approx(np.minimum(*shares).sum(), abs=0.08)  # 25 bins of 1,000 draws
        assert first[row["parameter"]]["contrast"] == row["contrast"]
    shifted = {row["parameter"]: row for row in rows if row["fit"] == "B" and row["variable"] == "exposure_coef"}
    assert all(row["difference"] > 1.0 for row in shifted.values())  # moved by 2 of some 10 points


def test_nothing_of_single_units_or_levels_is_shown(home: Path, tmp_path: Path, told: Callable[..., Any]) -> None:
    assert {"unit_effect", "place_effect"} <= {str(name) for name in stored(home, "codebook").data_vars}
    found = told("now", "codebook", out=tmp_path / "page.html")
    shown = json.dumps(found["parameters"]) + (tmp_path / "page_files" / "stored.csv").read_text(encoding="utf-8")
    assert "place_sd" in shown
    assert "_effect" not in shown
    assert not {"unit", "place"} & {key for row in found["parameters"] for key in row}


@pytest.mark.parametrize(
    ("name", "changed", "what"),
    [
        ("priors", "priors_sha256 00000000 -> ", ["verdicts on claims", "the beliefs of its prior set"]),
        ("code", "code 000000000000 -> ", ["verdicts on claims"]),
    ],
)
def test_a_fit_that_is_stale_in_its_priors_or_in_code_alone_is_compared_in_full_but_not_judged(
    name: str, changed: str, what: list[str], told: Callable[..., Any], printed: Callable[..., str]
) -> None:
    found = told("now", name)
    assert all(one["recomputed"] for one in found["fits"])
    assert {row["fit"] for row in found["effects"]} == {"A", "B"}
    assert found["parameters"] is None
    assert found["diff"]["compared"] == 3
    (left,) = found["not_compared"]
    assert left["what"] == what
    assert left["why"].startswith(f"stale, so that no verdict may rest on it: {changed}")
    assert left["command"].endswith("--force")
    assert f"B, {left['why']}. Not compared: {', '.join(what)}. To compare them, fit again" in printed("now", name)


def test_nothing_is_said_where_everything_was_compared(told: Callable[..., Any], printed: Callable[..., str]) -> None:
    found = told("now", "again")
    assert (found["not_compared"], found["parameters"]) == ([], None)
    assert "What was not compared" not in printed("now", "again")


def test_two_stale_fits_are_compared_by_what_is_stored(told: Callable[..., Any], printed: Callable[..., str]) -> None:
    found = told("codebook", "model", diff=True)
    assert [one["why"] for one in found["not_compared"]] == [f"not recomputed: {WHY[n]}" for n in ("codebook", "model")]
    assert {row["fit"] for row in found["parameters"]} == {"A", "B"}
    out = printed("codebook", "model")
    assert re.search(r"study A own, contents [0-9a-f]{8}|model A m, contents [0-9a-f]{8}", out)
    assert "So no two of these fits can be compared by how well they predict." in out


@pytest.mark.parametrize(("fits", "whole"), [(("codebook", "now", "again"), "BC"), (("now", "model", "again"), "AC")])
def test_the_fits_that_are_up_to_date_are_compared_in_full_beside_a_stale_one(
    fits: tuple[str, ...], whole: str, told: Callable[..., Any], printed: Callable[..., str]
) -> None:
    found = told(*fits)
    assert {row["fit"] for row in found["effects"]} == set(whole)
    assert all(("difference" in row) == (row["fit"] == whole[1]) for row in found["effects"])
    assert {row["fit"] for row in found["parameters"]} == {"A", "B", "C"}
    assert found["loo"]["comparable"] == list(whole)
    alone = {"effects": told("now", "again")["effects"]}
    assert [row["mean"] for row in found["effects"]] == [row["mean"] for row in alone["effects"]]
    out = printed(*fits)
    assert f"Differences of effects are to {whole[0]}:" in out
    assert "Differences of parameters are to A:" in out


def test_how_they_were_made_is_told_from_the_manifests(
    home: Path, told: Callable[..., Any], printed: Callable[..., str]
) -> None:
    home_hash = Fit.read("now", home).manifest.request.codebook_sha256[:8]
    found = told("now", "read")
    aspects = {one["aspect"]: (one["A"], one["B"]) for one in found["differs"]}
    assert aspects["services"] == (f"2 jointly: y, {HOSTILE}", "one alone: y")
    assert aspects["study"] == (f"own, contents {home_hash}", "own, contents 00000000")
    assert aspects["groups pooled"] == ("4 of place, and an intercept per unit", "4 of place")
    assert "data" in found["alike"]
    assert "study" in told("now", "one")["alike"]  # made with the very same codebook, which is another today
    out = printed("now", "read")
    assert "The codebook that the data are read by is not the same" in out
    assert "not of the same data" not in out
    assert "The fits are not of the same data" in printed("now", "others")


def test_what_parameters_fits_do_not_share_is_named(told: Callable[..., Any]) -> None:
    found = told("now", "one")
    assert {row["service"] for row in found["parameters"] if "service" in row} == {"y"}
    assert any(re.match(r"Only in A: parameters?.* unit_sd", line) for line in found["not_shared"])
    assert f"Only in A: service {HOSTILE}." in found["not_shared"]


def test_coefficients_of_other_contrasts_are_not_compared(told: Callable[..., Any]) -> None:
    found = told("now", "contrast")
    assert "exposure_coef" not in {row["variable"] for row in found["parameters"]}
    assert {"control_coef", "intercept"} <= {row["variable"] for row in found["parameters"]}
    assert "Coefficients of exposure yes: their contrasts differ (0 -> 1 in A; 0 -> 2 in B)." in found["not_shared"]


def test_parameters_in_other_units_are_not_compared_but_their_making_is(told: Callable[..., Any]) -> None:
    found = told("now", "may")
    assert found["parameters"] == []
    assert found["not_shared"] == [
        "No parameter of B is compared: it is in logits (log-odds), and A's in points of the model's index (units of "
        "the outcome)."
    ]
    assert {"model", "likelihood"} <= {one["aspect"] for one in found["differs"]}


def test_maximum_likelihood_takes_part_with_its_standard_errors(home: Path, told: Callable[..., Any]) -> None:
    found = told("now", "mle")
    estimates = Fit.read("mle", home).estimates().sel(service="y")
    (row,) = (one for one in found["parameters"] if one["parameter"] == "exposure_coef[yes, y]" and one["fit"] == "B")
    variance = estimates["covariance"].sel(errors="classical", service_other="y").to_numpy().diagonal()
    place = estimates["parameter"].to_numpy().tolist().index("exposure_coef[yes]")
    assert row["estimate"] == pytest.approx(float(estimates["estimate"][place]))
    assert row["sd"] == row["error"] == pytest.approx(math.sqrt(variance[place]))
    assert row["overlap"] is None


def test_the_command_that_is_named_makes_a_fit_comparable(tmp_path: Path) -> None:
    study = write_study(tmp_path / ".study", home=tmp_path)
    fake("now", **write_study(tmp_path / ".same", home=tmp_path))
    name = made(engine="mle", **study).name
    (tmp_path / ".study" / "own.toml").write_text(declared(title="Fewer kinds of units"), encoding="utf-8")

    (left,) = running.told(app, "now", name, home=tmp_path)["not_compared"]
    words = shlex.split(left["command"])
    done = CliRunner().invoke(fit_app, words[3:])
    assert done.exit_code == 0, done.output
    after = running.told(app, "now", name, home=tmp_path)
    assert after["not_compared"] == []
    assert {row["fit"] for row in after["effects"]} == {"A", "B"}


def test_data_that_are_gone_are_asked_for_and_nothing_is_to_be_fitted(
    home: Path, told: Callable[..., Any], printed: Callable[..., str]
) -> None:
    (left,) = told("now", "gone")["not_compared"]
    assert (left["why"], left["command"]) == ("not recomputed: the data file `own2.csv` is gone", "")
    assert "verdicts on claims. Give --data FILE if it has moved." in printed("now", "gone")
    moved = told("now", "gone", data=home / ".study" / "own2.csv")
    assert moved["fits"][1]["recomputed"] is True


def test_a_codebook_that_cannot_be_read_is_to_be_brought_back(tmp_path: Path) -> None:
    fake("now", **write_study(tmp_path / ".study", home=tmp_path))
    for name, broken in {
        "without": None,
        "broken": "[study",
        "unmodelled": declared().replace("\nm = ", "\nn = "),
    }.items():
        fake(name, **write_study(tmp_path / f".{name}", home=tmp_path))
        path = tmp_path / f".{name}" / "own.toml"
        path.unlink() if broken is None else path.write_text(broken, encoding="utf-8")
    said = {
        "without": "not recomputed: the codebook `own.toml` is gone. NOT Bring it back.",
        "broken": "not recomputed: the codebook `own` cannot be read any more. NOT Bring it back as it was.",
        "unmodelled": f"not recomputed: {WHY['codebook']}. NOT To compare them, fit again",
    }
    for name, text in said.items():
        out = re.sub(r"[ \n]+", " ", running.printed(app, "now", name, home=tmp_path))
        assert text.replace("NOT", f"Not compared: {', '.join(NEED_STUDY)}.") in out


@pytest.mark.parametrize("width", ["60", "100"])
def test_nothing_but_commands_is_wider_than_the_terminal(
    width: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    out = running.printed(app, "now", "codebook", "mle", home=home)
    assert max(len(line) for line in out.splitlines() if not line.startswith("  python ")) <= int(width)
    assert "…" not in out
    assert HOSTILE in re.sub(r"\s+", " ", out)


def test_exit_codes_of_a_comparison_in_part_and_of_none(home: Path) -> None:
    def end(*words: str) -> tuple[int, str, str]:
        done = CliRunner().invoke(app, [*words, "--fits-dir", str(home)])
        return done.exit_code, done.stdout, re.sub(r"\s+", " ", done.stderr)

    assert end("now", "codebook")[0] == 0
    text = re.sub(r"\s+", " ", CliRunner().invoke(app, ["--help"]).stdout)
    assert "Exit codes: 0 done, also where something was not compared" in text
    for words, said in {
        ("codebook", "codebok"): "Did you mean 'codebook'?",
        ("now", "rows", "--data", str(home / ".old" / "none.csv")): "no such file",
        ("now", "codebook", "--diff", "--out", "page"): "--out: got page",
        ("again", "rows", "--data", str(home / ".rows" / "own2.csv")): "which has changed since",
        ("codebook", "codebook"): "more than once",
        ("now", "model", "codebook", "--diff"): "--diff: got 3 fits",
    }.items():
        code, out, err = end(*words)
        assert (code, out) == (2, ""), words
        assert said in err


def test_a_damaged_stale_fit_is_refused(home: Path, tmp_path: Path) -> None:
    shutil.copytree(home / "codebook", tmp_path / "codebook")
    folder = files_of(tmp_path, "codebook")
    (folder / "private.nc").write_bytes(b"not netCDF")
    done = CliRunner().invoke(app, ["now", str(tmp_path / "codebook"), "--fits-dir", str(home)])
    assert (done.exit_code, done.stdout) == (2, "")
    assert "a damaged file" in done.stderr
    (folder / "manifest.json").write_text("{", encoding="utf-8")
    done = CliRunner().invoke(app, ["now", str(tmp_path / "codebook"), "--fits-dir", str(home)])
    assert done.exit_code == 2
    assert "manifest.json: got a damaged file (not the one that `current` names)" in done.stderr


def test_fits_with_nothing_in_common_are_refused(home: Path, tmp_path: Path) -> None:
    variables = {"score": number("A score", range=[-5, 5]), "dose": binary("A dose")}
    models = {"apart": {"family": "gaussian", "outcome": ["score"], "exposures": ["dose"]}}
    rng = np.random.default_rng(1)
    rows = pd.DataFrame({"score": rng.normal(size=60).round(3), "dose": rng.integers(0, 2, 60)})
    other = write(tmp_path, codebook(variables, models, title="Nothing in common"), rows, stem="other")
    fake("other", model="apart", **{**other, "home": tmp_path})
    write(tmp_path, codebook(variables, models, title="Nothing at all in common"), rows, stem="other")
    done = CliRunner().invoke(app, ["may", str(tmp_path / "other"), "--fits-dir", str(home)])
    assert (done.exit_code, done.stdout) == (2, "")
    said = re.sub(r"\s+", " ", done.stderr)
    assert "'may' and 'other', which share no parameter, study, data or model" in said
    assert "'other' is not recomputed: the codebook `other` changed since this fit was made" in said
