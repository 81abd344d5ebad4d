"""Faulty extracts and mappings: each fault by row, column, value and what was expected, all of them at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from data.codebook import Codebook
from data.errors import InputError
from data.study import load_study
from tests.small_study import binary, category, identifier, number
from tests.small_study import codebook as codebook_of

CODEBOOK = codebook_of(
    {
        "clinic": identifier("Clinic", roles=["clinic"]),
        "wave": number("Wave", roles=["wave"]),
        "kind": category("Kind of clinic", roles=["group"], codes={1: "inpatient", 2: "outpatient"}),
        "staff": number(
            "Staff with lived experience", roles=["peer_exposure"], range=[0, 100], missing_codes=[-9, "refused"]
        ),
        "invites": binary("Invites patients", roles=["pcc_exposure"]),
        "size": number("Patients a year", roles=["control"], optional=True),
        "offers_condoms": binary("Condoms offered", roles=["availability"], service="condoms"),
        "uses_condoms": number("Condoms used", roles=["utilisation"], service="condoms", limits=[0, 100]),
    },
    default_wave=2017,
)


@pytest.fixture
def codebook(tmp_path: Path) -> Codebook:
    path = tmp_path / "small.toml"
    path.write_text(CODEBOOK)
    return Codebook.read(path)


def good() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "clinic": ["a", "b", "c", "d"],
            "wave": [2017, 2017, 2017, 2014],
            "kind": [1, 2, 2, 1],
            "staff": [0.0, 50.0, -9.0, 100.0],
            "invites": [1, 0, 1, 0],
            "offers_condoms": [1, 1, 0, 1],
            "uses_condoms": [0.0, 12.5, None, 100.0],
        }
    )


@pytest.fixture
def load(codebook: Codebook, tmp_path: Path) -> Callable[..., xr.Dataset]:
    def load_frame(frame: pd.DataFrame, *, mapping: str = "", wave: int | None = None) -> xr.Dataset:
        frame.to_csv(tmp_path / "extract.csv", index=False)
        (tmp_path / "mapping.toml").write_text(mapping)
        columns = tmp_path / "mapping.toml" if mapping else None
        return load_study(codebook, tmp_path / "extract.csv", columns=columns, wave=wave)

    return load_frame


def with_cell(column: str, row: int, value: Any) -> pd.DataFrame:
    frame = good().astype(object)
    frame.loc[row - 1, column] = value
    return frame


def problems(load: Callable[..., xr.Dataset], frame: pd.DataFrame, **options: object) -> list[str]:
    with pytest.raises(InputError) as caught:
        load(frame, **options)
    return [str(problem) for problem in caught.value.problems]


def test_the_good_extract_loads(load: Callable[..., xr.Dataset]) -> None:
    study = load(good())
    assert dict(study.sizes) == {"unit": 3, "service": 1}
    assert study["kind"].values.tolist() == ["inpatient", "outpatient", "outpatient"]
    np.testing.assert_array_equal(study["staff"], [0, 50, np.nan])
    assert "size" not in study
    assert study.attrs["rows_in_file"] == 4
    assert study.attrs["simulated"] == 0


@pytest.mark.parametrize(
    ("column", "row", "value", "told"),
    [
        ("staff", 2, 101, "row 2, column 'staff': got 101; expected a value from 0 to 100"),
        ("staff", 4, -1.5, "row 4, column 'staff': got -1.5; expected a value from 0 to 100"),
        ("staff", 2, 123456789.5, "row 2, column 'staff': got 123456789.5; expected a value from 0 to 100"),
        ("uses_condoms", 1, 250, "row 1, column 'uses_condoms': got 250; expected a value from 0 to 100"),
        ("staff", 1, np.inf, "row 1, column 'staff': got 'inf'; expected a number. Add what means no answer"),
        ("staff", 1, "nan", "row 1, column 'staff': got 'nan'; expected a number. Add what means no answer"),
        ("staff", 1, "1_0", "row 1, column 'staff': got '1_0'; expected a number. Write the number alone"),
        ("size", 1, 1e200, "row 1, column 'size': got 1e+200; expected a number no larger than 1e+50. If it means"),
        ("staff", 3, "1e999", "row 3, column 'staff': got inf; expected a finite number"),
        ("invites", 3, 2, "row 3, column 'invites': got 2; expected 0 or 1"),
        ("staff", 3, "about half", "row 3, column 'staff': got 'about half'; expected a number"),
        ("invites", 3, 2, "row 3, column 'invites': got 2; expected 0 or 1. Give its codes under [codes.invites]"),
        (
            "invites",
            2,
            "Yes",
            "row 2, column 'invites': got 'Yes'; expected 0 or 1. Give its codes under [codes.invites]",
        ),
        ("kind", 4, 7, "row 4, column 'kind': got '7'; expected one of the codes 1, 2. Add it under [codes.kind]"),
        ("clinic", 2, None, "row 2, clinic: got nothing; expected a value in every row"),
        ("wave", 1, None, "row 1, wave: got nothing; expected a value in every row"),
        ("clinic", 3, "a", "row 3: got the same clinic a, wave 2017 again; expected one row per clinic and wave"),
    ],
)
def test_one_fault_is_one_problem_with_its_place(
    column: str, row: int, value: object, told: str, load: Callable[..., xr.Dataset]
) -> None:
    (problem,) = problems(load, with_cell(column, row, value))
    assert problem.startswith(told)


def test_rows_without_a_clinic_are_not_called_the_same_clinic(load: Callable[..., xr.Dataset]) -> None:
    (problem,) = problems(load, good().assign(clinic=["a", "", "", "d"]))
    assert problem == "row 2, clinic: got nothing (and 1 more rows); expected a value in every row"


def test_several_faults_are_all_reported(load: Callable[..., xr.Dataset]) -> None:
    frame = good().astype(object).rename(columns={"uses_condoms": "used_condoms"})
    frame.loc[0, "staff"] = 300
    frame.loc[1, "kind"] = "ward"
    frame.loc[2, "invites"] = "maybe"
    frame.loc[2, "clinic"] = "b"
    found = "\n".join(problems(load, frame, mapping='[columns]\ncharge = "x"\n'))
    for told in (
        "column 'uses_condoms': got nothing",
        "'used_condoms'",
        "row 1, column 'staff': got 300",
        "row 2, column 'kind': got 'ward'",
        "row 3, column 'invites': got 'maybe'",
        "row 3: got the same clinic b, wave 2017 again",
        "column mapping: got 'charge'",
    ):
        assert told in found


def test_a_missing_column_names_the_nearest_and_lists_the_file_once(load: Callable[..., xr.Dataset]) -> None:
    frame = good().rename(columns={"staff": "Staf", "invites": "x1"})
    first, second = problems(load, frame)
    assert first.startswith("column 'staff': got nothing: the file has no such column; expected 'Staff with lived")
    assert "Did you mean 'Staf'? Known: Staf, clinic" in first
    assert "give --columns a [columns] file" in first
    assert second.startswith("column 'invites'")
    assert "Known:" not in second


def test_one_column_full_of_faults_does_not_hide_the_others(load: Callable[..., xr.Dataset]) -> None:
    frame = pd.concat([good()] * 20, ignore_index=True).assign(clinic=[f"c{k}" for k in range(80)])
    frame["staff"] = [f"{k} %" for k in range(80)]
    frame["uses_condoms"] = np.arange(80) + 200.5
    found = problems(load, frame)
    assert "column 'staff': got 77 more such values; expected a number" in found
    assert "column 'uses_condoms': got 77 more such values; expected a value from 0 to 100" in found
    assert len(found) == 8


def test_the_same_fault_in_many_rows_is_counted(load: Callable[..., xr.Dataset]) -> None:
    (problem,) = problems(load, good().assign(staff="n/k"))
    assert problem.startswith("row 1, column 'staff': got 'n/k' (and 3 more rows); expected a number. Add what means")


def test_a_column_twice_is_refused_only_where_it_is_used(load: Callable[..., xr.Dataset], tmp_path: Path) -> None:
    frame = good().assign(note=1, remark=2)
    assert load(frame.set_axis([*good().columns, "note", "note"], axis=1)).sizes["unit"] == 3
    (problem,) = problems(load, frame.set_axis([*good().columns, "note", "staff"], axis=1))
    assert problem == "column 'staff': got 2 columns of that name; expected one. Rename or delete the others"


def test_cells_that_hold_lists_are_refused(codebook: Codebook, tmp_path: Path) -> None:
    good().assign(staff=pd.Series([[1, 2]] * 4, dtype=object)).to_parquet(tmp_path / "nested.parquet")
    with pytest.raises(InputError, match="column 'staff': got cells that hold lists or tables"):
        load_study(codebook, tmp_path / "nested.parquet")


def test_long_identifiers_stay_apart(load: Callable[..., xr.Dataset]) -> None:
    # as floats, these would be one number
    names = [str(10**18 + k) for k in range(4)]
    assert load(good().assign(clinic=names))["clinic"].values.tolist() == names[:3]


def test_no_rows(load: Callable[..., xr.Dataset]) -> None:
    (problem,) = problems(load, good().head(0))
    assert problem.endswith("got 0 rows and 7 columns; expected at least one row")


@pytest.mark.parametrize(("wave", "got"), [(1999, "1999"), (-1, "-1"), (0, "0")])
def test_a_wave_that_is_not_there(wave: int, got: str, load: Callable[..., xr.Dataset]) -> None:
    (problem,) = problems(load, good(), wave=wave)
    assert problem == f"--wave: got {got}; expected a wave in the file: 2014, 2017"


def test_a_study_without_data_says_how_to_get_them() -> None:
    with pytest.raises(InputError, match=r"'nssats_2017': got no data file; expected --data FILE\. Download"):
        load_study(Codebook.read("nssats_2017"))


MAPPED = """
[columns]
staff = "Q12"
invites = "Q3"
[codes.invites]
Yes = 1
No = 0
[codes.kind]
9 = 2
[multiply]
staff = 100
"""


def test_a_mapping_renames_recodes_and_multiplies(load: Callable[..., xr.Dataset]) -> None:
    frame = good().rename(columns={"staff": "Q12", "invites": "Q3"})
    frame = frame.assign(Q12=[0.0, 0.5, -9.0, 1.0], Q3=["Yes", "No", "Yes", "No"], kind=[1, 9, 9, 1])
    study = load(frame, mapping=MAPPED)
    np.testing.assert_array_equal(study["staff"], [0, 50, np.nan])
    np.testing.assert_array_equal(study["invites"], [1, 0, 1])
    assert study["kind"].values.tolist() == ["inpatient", "outpatient", "outpatient"]


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        (
            '[columns]\nstaf = "Q12"\n',
            "column mapping: got 'staf'; expected a variable of study 'small'. Did you mean 'staff'?",
        ),
        (
            "[codes.stuff]\n1 = 0\n",
            "column mapping: got 'stuff'; expected a variable of study 'small'. Did you mean 'staff'?",
        ),
        (
            "[multiply]\nsise = 2\n",
            "column mapping: got 'sise'; expected a variable of study 'small'. Did you mean 'size'?",
        ),
        ("[multiply]\nkind = 2\n", "column mapping, [multiply]: got 'kind'; expected a number or a yes-or-no variable"),
        ('[column]\nstaff = "Q12"\n', "mapping.toml: column: got an unknown key"),
        ('[multiply]\nstaff = "a lot"\n', "mapping.toml: multiply.staff: got 'a lot'"),
        ("[columns\n", "expected valid TOML in UTF-8"),
        ('[columns]\nstaff = "Q12"\n', "column 'Q12': got nothing: the file has no such column"),
        ("[multiply]\nstaff = 100\n", "row 2, column 'staff': got 5000; expected a value from 0 to 100"),
        ("[codes.kind]\n1 = 5\n", "column mapping, [codes.kind]: got 5; expected one of the codes 1, 2"),
    ],
)
def test_a_faulty_mapping_says_what_is_wrong(mapping: str, told: str, load: Callable[..., xr.Dataset]) -> None:
    assert told in "\n".join(problems(load, good(), mapping=mapping))


def test_a_file_of_ambiguous_numbers_has_that_one_problem(codebook: Codebook, tmp_path: Path) -> None:
    good().assign(staff="1.234", uses_condoms=10).to_csv(tmp_path / "extract.csv", index=False, sep=";")
    with pytest.raises(InputError) as caught:
        load_study(codebook, tmp_path / "extract.csv")
    (problem,) = caught.value.problems
    assert "which may mean 1.234 or 1234" in str(problem)


def test_a_wave_that_is_no_number_is_told_once(load: Callable[..., xr.Dataset]) -> None:
    (problem,) = problems(load, with_cell("wave", 2, "last"))
    assert problem.startswith("row 2, column 'wave': got 'last'; expected a number")


def test_a_mapping_file_that_is_not_there(codebook: Codebook, tmp_path: Path) -> None:
    good().to_csv(tmp_path / "extract.csv", index=False)
    with pytest.raises(InputError, match=r"gone\.toml: got no such file; expected a TOML file"):
        load_study(codebook, tmp_path / "extract.csv", columns=tmp_path / "gone.toml")
