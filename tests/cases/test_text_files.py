"""Text files as Excel, R and old programs write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.cases._run import CASES, estimates, problems, study
from tests.small_study import Spec, binary, category, codebook, number, write

SEMI = "semicolon-dot"


@pytest.mark.parametrize("name", ["excel.csv", "latin1_labels.dta", "latin1_strings.dta", "note.dta"])
def test_windows_1252_is_read_with_its_accents(name: str) -> None:
    loaded = study("dta-windows1252/old.toml", f"dta-windows1252/{name}")
    assert loaded.sizes["unit"] == 120
    assert loaded["region"].attrs["levels"] == ("Québec", "Ontario", "Alberta")


def test_a_guessed_encoding_is_said() -> None:
    (note,) = study("dta-windows1252/old.toml", "dta-windows1252/excel.csv").attrs["notes"]
    assert "not UTF-8 and was read as Windows-1252." in note
    assert "Montréal" not in note


def test_a_declared_encoding_is_used_and_not_remarked(tmp_path: Path) -> None:
    data = CASES / "dta-windows1252" / "excel.csv"
    (tmp_path / "columns.toml").write_text('encoding = "cp1252"\n')
    loaded = study("dta-windows1252/old.toml", data, columns=tmp_path / "columns.toml")
    assert loaded.attrs["notes"] == ()
    (tmp_path / "columns.toml").write_text('encoding = "klingon"\n')
    assert "got encoding 'klingon'" in problems("dta-windows1252/old.toml", data, columns=tmp_path / "columns.toml")
    (tmp_path / "columns.toml").write_text('encoding = "utf-8"\n')
    assert "bytes that are not utf-8" in problems("dta-windows1252/old.toml", data, columns=tmp_path / "columns.toml")


@pytest.mark.parametrize("name", ["units", "rownames"])
def test_files_of_r_have_no_column_of_row_names(name: str) -> None:
    loaded = study("r-write-table/units.toml", f"r-write-table/{name}.csv")
    assert loaded.sizes["unit"] == 200
    assert loaded["state"].attrs["levels"] == ("CA", "NY", "TX")
    np.testing.assert_allclose(loaded["x"].mean(), 0.0752, atol=1e-9)


@pytest.mark.parametrize("name", ["swiss_dot", "german_comma_bom", "excel_sep_line"])
def test_semicolons_with_points_and_with_commas_are_one_study(name: str, tmp_path: Path) -> None:
    found = estimates("m", f"{SEMI}/semi.toml", f"{SEMI}/{name}.csv", tmp_path)
    np.testing.assert_allclose(found.loc["x", "estimate"], 18.5, atol=0.05)


def test_thousands_points_are_told_by_the_commas_of_another_column(tmp_path: Path) -> None:
    loaded = study(f"{SEMI}/semi.toml", f"{SEMI}/german_thousands_whole.csv")
    np.testing.assert_allclose(loaded["x"].mean(), 4811.9917, atol=1e-4)
    found = estimates("m", f"{SEMI}/semi.toml", f"{SEMI}/german_thousands_whole.csv", tmp_path)
    np.testing.assert_allclose(found.loc["x", "estimate"], 0.0013, atol=5e-5)
    assert float(study(f"{SEMI}/semi.toml", f"{SEMI}/german_thousands.csv")["x"][0]) == 1023.15


NUMBER = number("A predictor")


def numbers(folder: Path, lines: str, *, x: Spec = NUMBER, **said: Any) -> tuple[Path, Path]:
    write(folder, codebook({"y": binary("Yes"), "x": x}, **said), lines, stem="n")
    return folder / "n.toml", folder / "n.csv"


@pytest.mark.parametrize(
    "lines", ["y;x\n0;4.567\n1;1.234\n", "y\tx\n0\t4.567\n1\t1.234\n", 'y,x\n0,"4,567"\n1,"1,234"\n']
)
def test_numbers_that_may_be_read_in_two_ways_are_refused(lines: str, tmp_path: Path) -> None:
    said = problems(*numbers(tmp_path, lines))
    assert "which may mean 4.567 or 4567; expected numbers that can be read in one way. Declare `decimal" in said


@pytest.mark.parametrize(("mark", "value"), [(",", 4567.0), (".", 4.567)])
def test_a_declared_decimal_mark_decides(mark: str, value: float, tmp_path: Path) -> None:
    files = numbers(tmp_path, "y;x\n0;4.567\n1;1.234\n", decimal=mark)
    assert float(study(*files)["x"][0]) == value


@pytest.mark.parametrize(
    ("lines", "values"),
    [
        ("y,x\n0,4.567\n1,1.234\n", [4.567, 1.234]),  # commas between cells: points are decimal
        ("y;x;z\n0;4.567;0,5\n1;1.234;12,25\n", [4567.0, 1234.0]),  # z is no variable of the study
        ("y;x\n0;4.567\n1;0.5\n", [4.567, 0.5]),
        ("y;x\n0;1.234.567\n1;999\n", [1234567.0, 999.0]),
        ('y,x\n0,"1,234.5"\n1,"12"\n', [1234.5, 12.0]),
        ('y,x\n0,"43,7"\n1,"-0,5"\n', [43.7, -0.5]),
        ("y;x\n0;1e5\n1;-2,5e-3\n", [1e5, -0.0025]),
        ("y|x\n0|.5\n1|+7\n", [0.5, 7.0]),
    ],
)
def test_one_decimal_mark_is_found_for_a_file(lines: str, values: list[float], tmp_path: Path) -> None:
    loaded = study(*numbers(tmp_path, lines))
    np.testing.assert_array_equal(loaded["x"], values)


def test_decimal_commas_beside_points_are_refused(tmp_path: Path) -> None:
    said = problems(*numbers(tmp_path, "y;x\n0;43,7\n1;0.5\n"))
    assert "decimal commas beside decimal points ('0.5' in column 'x' and '43,7' in column 'x')" in said


def test_thousands_marks_in_some_numbers_only_are_refused(tmp_path: Path) -> None:
    said = problems(*numbers(tmp_path, "y;x;z\n0;4.567;0,5\n1;1234;1,5\n"))
    assert "'4.567' with a mark between thousands beside '1234' without" in said


def test_a_text_among_decimal_commas_is_named_itself(tmp_path: Path) -> None:
    said = problems(*numbers(tmp_path, "y;x\n0;43,7\n1;k.A.\n0;12,5\n"))
    assert "row 2, column 'x': got 'k.A.'; expected a number. Add what means no answer to missing_codes" in said
    assert "43,7" not in said
    loaded = study(*numbers(tmp_path, "y;x\n0;43,7\n1;k.A.\n0;12,5\n", x={**NUMBER, "missing_codes": ["k.A."]}))
    np.testing.assert_array_equal(loaded["x"], [43.7, np.nan, 12.5])


def test_an_unquoted_na_is_missing_and_a_quoted_one_is_text(tmp_path: Path) -> None:
    loaded = study(*numbers(tmp_path, 'y,x\n0,NA\n1,"NA"\n1,\n0,None\n1,null\n', x=category("A predictor")))
    assert loaded["x"].values.tolist() == ["", "NA", "", "None", "null"]
    assert loaded.attrs["blanks"] == {"x": {"": 1, "NA": 1}}


def test_columns_are_found_in_another_case_when_there_is_one(tmp_path: Path) -> None:
    loaded = study(*numbers(tmp_path, "Y,X\n0,1\n1,2\n"))
    assert loaded.attrs["notes"] == (
        "The file's column 'Y' was taken for 'y'.",
        "The file's column 'X' was taken for 'x'.",
    )
    said = problems(*numbers(tmp_path, "y,X,x \n0,1,3\n1,2,4\n"))
    assert "column 'x': got nothing: the file has no such column" in said


def test_utf_16_of_a_spreadsheet_is_read(tmp_path: Path) -> None:
    files = numbers(tmp_path, "")
    files[1].write_bytes("y\tx\n0\t1,5\n1\t2,5\n".encode("utf-16"))
    np.testing.assert_array_equal(study(*files)["x"], [1.5, 2.5])


def test_every_problem_is_told_and_one_next_step_once(tmp_path: Path) -> None:
    names = [f"v{k}" for k in range(30)]
    table = pd.DataFrame({name: ["bad"] for name in names})
    files = write(tmp_path, codebook({name: number(name) for name in names}), table)
    said = problems(files["study"], files["data"])
    assert all(f"column '{name}': got 'bad'" in said for name in names)
    assert said.count("missing_codes") == 1


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("y,x\n" + "".join(f"{k % 2},{k},\n" for k in range(60)) + "0,3,9\n", "row 61: got 3 cells; expected 2 cells"),
        ("y,x\n1,2,50\n2,3,75\n", "row 1: got 3 cells (and 1 more rows); expected 2 cells"),
        ('y,x\n"1",0,5\n"1",1,6\n', "row 1: got 3 cells"),
    ],
)
def test_cells_that_the_header_has_no_place_for_are_refused(lines: str, told: str, tmp_path: Path) -> None:
    assert told in problems(*numbers(tmp_path, lines))


def test_a_column_without_a_name_is_no_column(tmp_path: Path) -> None:
    loaded = study(*numbers(tmp_path, ",y,x,\na,0,1,remark\na,1,2,\n"))
    np.testing.assert_array_equal(loaded["x"], [1.0, 2.0])
