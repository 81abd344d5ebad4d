"""What a model can be asked: names, columns, groups, and what is not available."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.describe import app as describe_app
from tests.cases._run import CASES, estimates, fit, refused
from tests.running import called
from tests.small_study import binary, category, codebook, number, write

NAMES = "awkward-names"


def test_names_as_people_write_them_are_fitted(tmp_path: Path) -> None:
    found = estimates("plain", f"{NAMES}/names.toml", f"{NAMES}/names.csv", tmp_path)
    assert {"share of staff (%)", "class[B]", "lambda", "mean", "größe.m²"} <= set(found.index)


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("slash", "group 'state/province': got a '/' in the name of a group; expected a name that a file of draws"),
        ("one/two", "model 'one/two': got a name with '/', which no folder can hold"),
    ],
)
def test_names_that_cannot_be_stored_are_refused_before_anything_runs(model: str, told: str, tmp_path: Path) -> None:
    said = refused(model, f"{NAMES}/names.toml", f"{NAMES}/names.csv", tmp_path, "--engine", "nutpie")
    assert told in said
    assert "Compiling" not in said


@pytest.mark.parametrize(
    ("groups", "told"),
    [
        (["exposure_mean"], "a group that ends in '_mean'"),
        (["unit_type_sd"], "a group that ends in '_sd'"),
        (["exposure"], "'exposure' as a group, a reserved name"),
        (["a", "a"], "groups: got 'a' twice"),
        (["x" * 300], "got a name of 300 letters"),
        ([" a"], "blanks around the name of a group"),
    ],
)
def test_groups_that_the_draws_cannot_hold_are_refused(groups: list[str], told: str, tmp_path: Path) -> None:
    assert told in refused("m", *own_study(tmp_path, groups=groups, column=groups[0]))


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("..", "got '..'; expected a name that begins with a letter"),
        (".hidden", "got '.hidden'; expected a name that begins"),
        ("/../x", "got a name with '/'"),
        ("a\\b", "got a name with"),
        ("m" * 300, "got a name of 300 letters"),
        ("a\u0007b", "a name with a control character"),
    ],
)
def test_models_that_no_folder_can_hold_are_refused(model: str, told: str, tmp_path: Path) -> None:
    assert told in refused(model, *own_study(tmp_path, model=model))


def own_study(
    folder: Path, *, column: str = "a", kind: str = "category", model: str = "m", service: str = "", **m: Any
) -> tuple[str, Path, Path]:
    """The codebook, rows and folder of a small study; `m` is what its model says besides the usual."""
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"y": rng.integers(0, 2, 60), "x": rng.normal(size=60).round(3)})
    frame[column] = [f"l{k % 6}" for k in range(60)]
    y = binary("Yes", **({"service": service} if service else {}))
    variables = {"y": y, "x": number("x"), column: {**category("A group"), "type": kind}}
    declared = {"family": "bernoulli", "outcome": "y", "exposures": ["x"], **m}
    files = write(folder, codebook(variables, {model: declared}), frame)
    return files["study"], files["data"], folder


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"kind": "id", "controls": ["a"]}, "'a': got an identifier, which has no effect"),
        ({"outcome": "a"}, "outcome: got 'a', a variable of type 'category'; expected a number, or yes or no"),
        ({"exposures": [{"variable": "x", "contrast": np.inf}]}, "'x'.contrast: got inf; expected a change"),
        ({"exposures": [{"variable": "x", "contrast": np.nan}]}, "'x'.contrast: got nan; expected a change"),
        ({"exposures": [{"variable": "x", "contrast": 0}]}, "'x'.contrast: got 0; expected a change"),
        ({"exposures": [{"variable": "x", "contrast": 1e308}]}, "'x'.contrast: got 1e+308; expected a change"),
        ({"exposures": [{"variable": "x", "contrast": 1e12}]}, "x: contrast: got 1e+12 of a variable that spans"),
        ({"exposures": [{"variable": "x", "reference": "b"}]}, "'x', reference: got 'b' of a number variable"),
        ({"exposures": ["x", {"variable": "x", "contrast": 10}]}, "column 'x': got 2 columns of that name"),
    ],
)
def test_what_a_variable_cannot_be_used_as_is_refused(options: dict[str, Any], told: str, tmp_path: Path) -> None:
    assert told in refused("m", *own_study(tmp_path, **options))


@pytest.mark.parametrize("value", ["1e308", "1e200", "-1e60"])
def test_covariates_beyond_all_measure_are_refused(value: str, tmp_path: Path) -> None:
    own = own_study(tmp_path)
    frame = pd.read_csv(tmp_path / "own.csv", dtype=str)
    frame.loc[7, "x"] = value
    frame.to_csv(tmp_path / "own.csv", index=False)
    assert "row 8, column 'x': got" in refused("m", *own)


@pytest.mark.parametrize("options", [("--draws", "1000000000"), ("--chains", "10000000"), ("--tune", "1000000000")])
def test_more_draws_than_memory_holds_are_refused(options: tuple[str, str], tmp_path: Path) -> None:
    said = refused("m", *own_study(tmp_path), "--engine", "nutpie", *options)
    assert "GiB of draws; expected at most" in said


def test_a_service_with_any_label_gets_a_folder(tmp_path: Path) -> None:
    own = own_study(tmp_path, service="HIV/AIDS testing")
    result = fit("m", *own, "--service", "HIV/AIDS testing")
    assert result.exit_code == 0, result.output
    (manifest,) = tmp_path.glob("m-mle-own-*/v*/manifest.json")
    assert manifest.parents[1].name.startswith("m-mle-own-HIV_AIDS_testing-")


def test_two_columns_of_one_label_get_two_names(tmp_path: Path) -> None:
    found = estimates("m", "label-collision/d.toml", "label-collision/d.csv", tmp_path)
    np.testing.assert_allclose(found.loc["log(wage)"], [1.0804, 0.1991], atol=6e-5)
    np.testing.assert_allclose(found.loc["log wage"], [-0.8150, 0.1867], atol=6e-5)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("weights", "weights of units or of groups, which is not available"),
        ("offset", "an offset, which is not available"),
        ("trials", "numbers of trials (a binomial outcome), which is not available"),
        ("slopes", "slopes that vary over groups, which is not available"),
        ("interaction", "'x:z', an interaction, which is not available"),
        ("poly", "the transformation 'cube', which is not available; expected one of none, standardise, square"),
        ("beta", "the family 'beta', which is not available; expected one of bernoulli, gaussian, ordered_beta"),
    ],
)
def test_what_cannot_be_said_yet_is_named_as_not_available(name: str, told: str, tmp_path: Path) -> None:
    said = refused("base", f"cannot-express/{name}.toml", "cannot-express/d.csv", tmp_path)
    assert told in said
    assert "Did you mean" not in said


def test_what_can_be_said_is_fitted(tmp_path: Path) -> None:
    assert fit("base", "cannot-express/fixed.toml", "cannot-express/d.csv", tmp_path).exit_code == 0


def test_a_separated_level_has_no_maximum_and_the_others_have(tmp_path: Path) -> None:
    data = "separation-random-intercept"
    result = fit("m", f"{data}/sites.toml", f"{data}/sites.csv", tmp_path)
    assert "no finite" in result.output or "no maximum" in result.output
    assert "prior" not in result.stderr.lower()
    frame = pd.read_csv(CASES / data / "sites.csv").query("level != 'top'")
    frame.to_csv(tmp_path / "two.csv", index=False)
    found = estimates("m", f"{data}/sites.toml", tmp_path / "two.csv", tmp_path)
    assert 1.0 < found.loc["level[mid]", "estimate"] < 1.3  # sites apart, as glmer has them, 1.2 to 1.3


def described(*arguments: object) -> str:
    return called(describe_app, *arguments).stdout


def test_ids_that_begin_anew_in_every_state_are_warned_of() -> None:
    case = CASES / "nested-repeating-ids"
    said = described(case / "clinics.toml", "--data", case / "clinics.csv")
    assert "The levels of clinic are numbered anew in each state" in said
    assert "a column that holds both" in said


def test_the_warning_stands_under_the_fit_and_the_exit_is_0(tmp_path: Path) -> None:
    case = "nested-repeating-ids"
    result = fit("m", f"{case}/clinics.toml", f"{case}/clinics.csv", tmp_path)
    assert result.exit_code == 0
    assert "Warning: The levels of clinic are numbered anew in each state" in result.stdout


def test_unique_ids_are_not_warned_of(tmp_path: Path) -> None:
    case = CASES / "nested-repeating-ids"
    frame = pd.read_csv(case / "clinics.csv")
    frame.assign(clinic=frame["state"] + "_" + frame["clinic"].astype(str)).to_csv(tmp_path / "c.csv", index=False)
    assert "numbered anew" not in described(case / "clinics.toml", "--data", tmp_path / "c.csv")


def test_all_rows_that_a_fit_loses_are_lost_in_the_description(tmp_path: Path) -> None:
    own = own_study(tmp_path, groups=["a"])
    frame = pd.read_csv(tmp_path / "own.csv")
    frame.loc[:13, "x"] = np.nan
    frame.to_csv(tmp_path / "own.csv", index=False)
    found = json.loads(described(own[0], "--data", own[1], "--json"))
    result = fit("m", *own, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["design"]["rows_lost"] == 14
    rows = {"in_file": 60, "in_wave": 60, "usable": 46, "unusable": 14, "lost": 0.2333, "not_asked": 0}
    assert found["models"]["m"]["rows"] == rows
    shown = described(own[0], "--data", own[1]).partition("Rows by model")[2]
    assert re.search(r"^m +46 +14 +x \(14\)", shown, flags=re.MULTILINE)


def test_a_fit_of_other_data_is_said_once(tmp_path: Path) -> None:
    own = own_study(tmp_path)
    assert fit("m", *own).exit_code == 0
    frame = pd.read_csv(tmp_path / "own.csv")
    frame.iloc[:50].to_csv(tmp_path / "own.csv", index=False)
    again = fit("m", *own)
    assert again.exit_code == 0, again.output
    assert " ".join(again.stderr.split()).count("holds a fit of other data") == 1


@pytest.mark.parametrize("engine", ["mle", "nutpie"])
def test_only_a_fit_with_priors_is_warned_of_priors(engine: str, tmp_path: Path) -> None:
    own = own_study(tmp_path, groups=["a"])
    frame = pd.read_csv(tmp_path / "own.csv")
    frame.assign(y=(frame["x"] > 1.5).astype(int)).to_csv(tmp_path / "own.csv", index=False)
    options = ("--engine", engine, *(() if engine == "mle" else ("--draws", "20", "--tune", "20", "--chains", "2")))
    said = " ".join(fit("m", *own, *options).stderr.split())
    assert "Audit: y never occurs at lower values of x" in said
    assert ("prior" in said) == (engine != "mle")
