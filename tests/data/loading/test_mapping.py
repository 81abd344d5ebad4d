"""What a mapping file may say, and how the codebook and it share the say on what is missing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from data.codebook import Codebook
from data.errors import InputError
from tests.small_study import binary, category, codebook, loaded, number

FIRST = [{"column": "a", "equals": 1, "level": "1"}, {"column": "b", "equals": "yes", "level": "1"}]


def declared(rest: dict[str, object]) -> str:
    return codebook(
        {
            "share": number("Share", range=[0, 100], missing_codes=[-9]),
            "kind": category("Kind", codes={1: "in", 2: "out"}, missing_codes=["-7"]),
            "site": category("Site"),
            "open": binary("Open", columns=["a", "b"], first_match=FIRST, **rest),
        }
    )


CODEBOOK = declared({"otherwise": "0"})

FRAME = pd.DataFrame(
    {
        "share": [10.0, -9, -8, 40, 55],
        "kind": [1, 2, 2, 9, 1],
        "site": ["x", "-8", "y", "x", "98"],
        "a": [1, 0, 0, 0, None],
        "b": ["no", "yes", "no", "no", "yes"],
    }
)


def load(folder: Path, mapping: str, frame: pd.DataFrame = FRAME) -> xr.Dataset:
    (folder / "columns.toml").write_text(mapping)
    return loaded(folder, CODEBOOK, frame, columns=folder / "columns.toml")[0]


def refused(folder: Path, mapping: str, frame: pd.DataFrame = FRAME) -> str:
    with pytest.raises(InputError) as caught:
        load(folder, mapping, frame)
    return str(caught.value)


KIND = '[codes.kind]\n9 = "out"\n'


def test_missing_codes_for_all_variables_stand_on_top(tmp_path: Path) -> None:
    study = load(tmp_path, f"missing_codes = [-8, 98]\n{KIND}")
    np.testing.assert_array_equal(study["share"], [10, np.nan, np.nan, 40, 55])
    assert study["site"].values.tolist() == ["x", "", "y", "x", ""]
    assert study.attrs["blanks"]["share"] == {"-9": 1, "-8": 1}
    assert study.attrs["blanks"]["site"] == {"-8": 1, "98": 1}


def test_missing_codes_by_variable_are_of_that_variable_alone(tmp_path: Path) -> None:
    study = load(tmp_path, f"[missing_codes]\nSHARE = [-8]\n{KIND}")
    np.testing.assert_array_equal(study["share"], [10, np.nan, np.nan, 40, 55])
    assert study["site"].values.tolist() == ["x", "-8", "y", "x", "98"]


def test_a_code_may_mean_a_level_a_code_or_no_answer(tmp_path: Path) -> None:
    common = "missing_codes = [-8]\n[codes.kind]\n"
    assert load(tmp_path, f"{common}9 = 2\n")["kind"].values.tolist() == ["in", "out", "out", "out", "in"]
    assert load(tmp_path, f"{common}9 = -7\n")["kind"].values.tolist() == ["in", "out", "out", "", "in"]
    assert "column mapping, [codes.kind]: got ward; expected one of the codes 1, 2" in refused(
        tmp_path, f'{common}9 = "ward"\n'
    )


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        ('[columns]\nshare = "a"\nShare = "b"\n', "column mapping: got variable 'share' twice, in other cases"),
        ("[multiply]\nshare = 0\n", "[multiply]: got share = 0.0; expected a finite number other than 0"),
        ("[multiply]\nshare = inf\n", "[multiply]: got share = inf; expected a finite number other than 0"),
        ("[missing_codes]\nsahre = [1]\n", "column mapping: got 'sahre'; expected a variable of study 'own'"),
        ('decimal = ";"\n', "columns.toml: decimal: got ';'"),
        ("encoding = 8\n", "columns.toml: encoding: got 8"),
    ],
)
def test_a_faulty_mapping_is_told(mapping: str, told: str, tmp_path: Path) -> None:
    assert told in refused(tmp_path, mapping)


def test_yes_or_no_may_be_made_of_several_columns(tmp_path: Path) -> None:
    # a blank in a column that is still to decide leaves a blank
    np.testing.assert_array_equal(load(tmp_path, f"missing_codes = [-8]\n{KIND}")["open"], [1, 1, 0, 0, np.nan])


@pytest.mark.parametrize(
    ("rest", "told"),
    [
        ({"otherwise": "no"}, "first_match: got the level 'no' of a yes-or-no variable; expected '0' or '1'"),
        ({"codes": {1: 1}}, "got `codes` beside `first_match`"),
    ],
)
def test_levels_that_yes_or_no_cannot_have_are_refused(rest: dict[str, object], told: str, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(declared(rest))
    with pytest.raises(InputError) as caught:
        Codebook.read(tmp_path / "own.toml")
    assert told in str(caught.value)


def test_codes_are_found_with_decimal_commas(tmp_path: Path) -> None:
    study, _ = loaded(tmp_path, CODEBOOK, "share;kind;site;a;b\n43,7;1,0;x;1,0;no\n-9,0;2,0;y;0,0;yes\n")
    np.testing.assert_array_equal(study["share"], [43.7, np.nan])
    assert study["kind"].values.tolist() == ["in", "out"]


def test_missing_codes_are_matched_however_they_are_written(tmp_path: Path) -> None:
    frame = FRAME.astype(object).assign(share=["10", "-9.0", "-9.00", " -9", "-09"], kind=1)
    np.testing.assert_array_equal(load(tmp_path, "", frame)["share"], [10, *[np.nan] * 4])
