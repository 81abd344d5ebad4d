"""Levels are what stands in the file, in its order, and are compared with one that the usable rows have.

Tolerances are half a unit of the last digit that R printed, and a little more.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from data.categories import levels_of
from tests.cases._run import changed, estimates, fit, problems, refused, study
from tests.small_study import binary, category, codebook, loaded, write

OWNERS = "reference-not-in-data"


@pytest.mark.parametrize("engine", ["mle", "nutpie"])
def test_a_reference_that_no_row_has_is_refused_with_the_levels_there_are(engine: str, tmp_path: Path) -> None:
    said = refused("m", f"{OWNERS}/extract.toml", f"{OWNERS}/extract.csv", tmp_path, "--engine", engine)
    assert "variable 'ownership', reference: got 'public', which no row has" in said
    assert "a level that usable rows have: nonprofit, for_profit" in said


def test_a_reference_lost_to_missing_values_is_refused_with_that_reason(tmp_path: Path) -> None:
    said = refused("m", f"{OWNERS}/lost.toml", f"{OWNERS}/lost.csv", tmp_path)
    assert "got 'public', whose rows are all lost to missing values" in said
    assert "usable rows have: nonprofit, for_profit" in said


def test_a_misspelt_reference_names_the_nearest_level(tmp_path: Path) -> None:
    said = refused("m", f"{OWNERS}/typo.toml", f"{OWNERS}/extract.csv", tmp_path)
    assert "got 'Nonprofit', which no row has" in said
    assert "Did you mean 'nonprofit'?" in said


@pytest.mark.parametrize(("name", "estimate", "error"), [("extract", -1.3674, 0.2551), ("lost", -0.7079, 0.2484)])
def test_another_reference_gives_the_only_contrast_there_is(
    name: str, estimate: float, error: float, tmp_path: Path
) -> None:
    own = changed(tmp_path, f"{OWNERS}/{name}.toml", ('reference = "public"', 'reference = "nonprofit"'))
    found = estimates("m", own, f"{OWNERS}/{name}.csv", tmp_path)
    assert "ownership[public]" not in found.index
    # R's glm has the sign of for_profit against nonprofit
    np.testing.assert_allclose(found.loc["ownership[for_profit]"].abs(), [abs(estimate), error], atol=6e-5)


def test_a_level_that_is_lost_is_said_to_have_no_coefficient(tmp_path: Path) -> None:
    own = changed(tmp_path, f"{OWNERS}/lost.toml", ('"public"\n', '"nonprofit"\n'))
    result = fit("m", own, f"{OWNERS}/lost.csv", tmp_path)
    assert result.exit_code == 0
    assert "No usable row has ownership public: there is no coefficient for it." in result.stdout


@pytest.mark.parametrize(
    "changes",
    [
        [('reference = "public"', ""), ('["ownership"]', '[{ variable = "ownership", reference = "public" }]')],
        [
            ("groups = []", 'groups = ["ownership"]'),
            ('exposures = ["ownership"]\ncontrols = ["x"]', 'exposures = ["x"]'),
            ('reference = "public"', 'reference = "public"\nexhaustive = true'),
        ],
    ],
    ids=["of a term", "of a group that is a control"],
)
def test_any_reference_is_checked_as_that_of_a_variable(changes: list[tuple[str, str]], tmp_path: Path) -> None:
    own = changed(tmp_path, f"{OWNERS}/extract.toml", *changes)
    assert "reference: got 'public', which no row has" in refused("m", own, f"{OWNERS}/extract.csv", tmp_path)


@pytest.mark.parametrize("kind", ["csv", "rds"])
def test_numbers_as_levels_are_in_the_order_of_numbers(kind: str, tmp_path: Path) -> None:
    data = f"number-coded-levels/educ.{kind}"
    assert study("number-coded-levels/educ.toml", data)["educ"].attrs["levels"] == ("8", "9", "10", "11", "12")
    found = estimates("m", "number-coded-levels/educ.toml", data, tmp_path)
    assert list(found.index[1:]) == ["educ[9]", "educ[10]", "educ[11]", "educ[12]"]


def test_a_factor_of_r_keeps_its_own_order(tmp_path: Path) -> None:
    found = estimates("m", "number-coded-levels/how.toml", "number-coded-levels/educ.rds", tmp_path)
    assert "how[never]" not in found.index
    np.testing.assert_allclose(found.loc["how[sometimes]", "estimate"], 0.503, atol=5e-4)
    np.testing.assert_allclose(found.loc["how[always]", "estimate"], 0.970, atol=6e-4)
    np.testing.assert_allclose(found.loc["educ[10]", "estimate"], 1.188, atol=6e-4)


def identified(folder: Path, ids: Sequence[object], kind: str) -> xr.Dataset:
    """A study with a group of these identifiers."""
    text = codebook({"y": binary("Yes"), "group": {**category("Group", roles=["group"]), "type": kind}})
    return loaded(folder, text, pd.DataFrame({"y": np.arange(len(ids)) % 2, "group": ids}))[0]


@pytest.mark.parametrize(
    "ids",
    [
        ["1_12", "11_2", "1_1_2"],
        ["304.0", "304", "304.00"],
        ["1e5", "100000", "1E5", "1E1", "10"],
        ["007", "7", "07"],
        ["1234567", "1234568", "1234569"],
        ["10000000000000001", "10000000000000002", "1e16"],
        ["nan", "inf", "None", "null", "n/a", "<NA>", "#N/A", "NULL"],
        ["+1", "1", "01", "-1"],
        ["TRUE", "1", "true", "0", "FALSE"],
        ["٣", "3"],
    ],
)
@pytest.mark.parametrize("kind", ["category", "id"])
def test_identifiers_that_differ_stay_apart(ids: list[str], kind: str, tmp_path: Path) -> None:
    assert identified(tmp_path, ids, kind)["group"].values.tolist() == ids


def test_long_numbers_that_group_stay_apart(tmp_path: Path) -> None:
    ids = [1234560 + k for k in range(40)]
    assert levels_of(identified(tmp_path, ids, "number")["group"]) == tuple(map(str, ids))


@pytest.mark.parametrize("kind", ["parquet", "dta"])
def test_whole_numbers_beside_blanks_keep_all_their_digits(kind: str, tmp_path: Path) -> None:
    ids = [2**53, 2**53 + 1, None] if kind == "parquet" else [12345678.0, 12345679.0, None]
    text = codebook({"y": binary("Yes"), "group": category("Group", roles=["group"])})
    frame = pd.DataFrame({"y": [0, 1, 1], "group": pd.array(ids, "Int64" if kind == "parquet" else "Float64")})
    path = tmp_path / f"ids.{kind}"
    frame.to_parquet(path) if kind == "parquet" else frame.astype(float).to_stata(path, write_index=False)
    expected = ["9007199254740992", "9007199254740993", ""] if kind == "parquet" else ["12345678", "12345679", ""]
    assert study(write(tmp_path, text, frame)["study"], path)["group"].values.tolist() == expected


def labelled(folder: Path, labels: dict[int, str], held: list[int], **how: Any) -> tuple[Path, Path]:
    frame = pd.DataFrame({"y": np.arange(len(held)) % 2, "how": held})
    write(folder, codebook({"y": binary("Yes"), "how": category("How often", **how)}), frame, stem="how")
    frame.to_stata(folder / "how.dta", write_index=False, value_labels={"how": labels})
    return folder / "how.toml", folder / "how.dta"


def test_value_labels_name_levels_and_order_them_by_code(tmp_path: Path) -> None:
    how = study(*labelled(tmp_path, {3: "always", 1: "never", 2: "sometimes"}, [3, 1, 2, 1]))["how"]
    assert how.attrs["levels"] == ("never", "sometimes", "always")
    assert how.values.tolist() == ["always", "never", "sometimes", "never"]


def test_declared_levels_are_found_by_value_label(tmp_path: Path) -> None:
    how = study(*labelled(tmp_path, {0: "1", 1: "0"}, [0, 1, 1], levels=["1", "0"]))["how"]
    assert how.values.tolist() == ["1", "0", "0"]
    assert how.attrs["levels"] == ("1", "0")


def test_declared_levels_may_be_labelled_in_part(tmp_path: Path) -> None:
    files = labelled(tmp_path, {1: "yes", 2: "no"}, [1, 2, 8], levels=["no", "yes", "8"])
    assert study(*files)["how"].values.tolist() == ["yes", "no", "8"]


def test_two_codes_with_one_label_are_refused(tmp_path: Path) -> None:
    said = problems(*labelled(tmp_path, {1: "other", 2: "never", 7: "other"}, [1, 2, 7]))
    assert "column 'how': got codes 1 and 7 with the one value label 'other'" in said
    assert "Give `codes` in the study" in said


def test_codes_and_labels_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    said = problems(*labelled(tmp_path, {1: "2", 2: "1"}, [1, 2, 1], codes={1: "no", 2: "yes"}))
    assert "code 1 with the value label '2', both of which are declared as codes" in said
