"""Files as survey packages, spreadsheets and exports leave them: read right, or refused with the reason."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadr
import pyreadstat
import pytest
import xarray as xr

from data.codebook import Codebook
from data.errors import InputError
from data.study import load_study


def load(
    folder: Path, data: str | bytes | Callable[[str], object], *, mapping: str = "", **variables: str
) -> xr.Dataset:
    """A study of the given variables, each a line of TOML, from the text of a CSV or from what writes a file."""
    toml = '[study]\ntitle = "t"\n' + "".join(
        f'[variables.{name}]\nlabel = "{name}"\n{lines}\n' for name, lines in variables.items()
    )
    (folder / "t.toml").write_text(toml)
    (folder / "m.toml").write_text(mapping)
    if callable(data):
        path = folder / f"t.{getattr(data, 'suffix', 'parquet')}"
        data(str(path))
    else:
        path = folder / "t.csv"
        path.write_bytes(data.encode() if isinstance(data, str) else data)
    return load_study(Codebook.read(folder / "t.toml"), path, columns=folder / "m.toml")


def said(folder: Path, data: Any, **options: str) -> str:
    with pytest.raises(InputError) as caught:
        load(folder, data, **options)
    return str(caught.value)


def writer(suffix: str, write: Callable[[str], object]) -> Callable[[str], object]:
    def made(path: str) -> object:
        return write(path)

    made.suffix = suffix  # type: ignore[attr-defined]
    return made


def stata(values: list[Any], labels: dict[Any, str], **options: Any) -> Callable[[str], object]:
    frame = pd.DataFrame({"c": values})
    return writer("dta", lambda p: pyreadstat.write_dta(frame, p, variable_value_labels={"c": labels}, **options))


def spss(values: list[Any], labels: dict[Any, str], **options: Any) -> Callable[[str], object]:
    frame = pd.DataFrame({"c": values})
    return writer("sav", lambda p: pyreadstat.write_sav(frame, p, variable_value_labels={"c": labels}, **options))


CATEGORY, NUMBER = 'type = "category"', 'type = "number"'
RULE = (
    'type = "category"\ncolumns = ["q"]\nfirst_match = [{ column = "q", equals = "Yes", level = "r" }]\notherwise = "o"'
)


@pytest.mark.parametrize("blank", ["", "NA"])
def test_a_blank_that_a_rule_needs_is_missing_and_no_level(blank: str, tmp_path: Path) -> None:
    study = load(tmp_path, f"q\nYes\nNo\n{blank or chr(34) * 2}\n", c=RULE)
    assert study["c"].values.tolist() == ["r", "o", ""]
    assert study["c"].attrs["levels"] == ("r", "o")
    assert study.attrs["blanks"]["c"] == {"": 1}


def test_a_rule_finds_value_labels(tmp_path: Path) -> None:
    frame = pd.DataFrame({"q": [1.0, 2.0, None]})
    labels = {"q": {1: "Yes", 2: "No"}}
    data = writer("dta", lambda path: pyreadstat.write_dta(frame, path, variable_value_labels=labels))
    assert load(tmp_path, data, c=RULE)["c"].values.tolist() == ["r", "o", ""]


@pytest.mark.parametrize("data", ['c,x\na,1\n"b,2\nc,3\nd,4\n"e,5\nf,6\n', 'x,c\n1,a\n2,b\n3,"d\n4,e\n5,f\n'])
def test_an_open_quote_does_not_swallow_rows(data: str, tmp_path: Path) -> None:
    assert "a quote that is not closed, or not at the end of a cell" in said(tmp_path, data, c=CATEGORY, x=NUMBER)


def test_quotes_as_r_escapes_them_and_as_others_double_them(tmp_path: Path) -> None:
    data = '"x","c"\n1,"a, 5\\" pipe"\n2,"d"\n'
    assert load(tmp_path, data, c=CATEGORY)["c"].values.tolist() == ['a, 5" pipe', "d"]
    data = '"x","c"\n1,"a, 5"" pipe\nsecond line"\n2,"d\\e"\n'
    assert load(tmp_path, data, c=CATEGORY)["c"].values.tolist() == ['a, 5" pipe\nsecond line', "d\\e"]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("id,x\n1,2,5\n2,3,1\n3,4,2\n", "got 3 cells (and 2 more rows); expected 2 cells, one for each column"),
        ("x\n1,5\n2,5\n3,1\n", "got 2 cells (and 2 more rows); expected 1 cells, one for each column"),
    ],
)
def test_unquoted_decimal_commas_are_not_row_names(data: str, told: str, tmp_path: Path) -> None:
    assert told in said(tmp_path, data, x=NUMBER)


@pytest.mark.parametrize("suffix", ["dta", "sav"])
@pytest.mark.parametrize("dates", [["2020-01-01", "2020-02-01"], ["2020-01-01 10:00", None]])
def test_dates_of_statistics_packages_are_text_and_no_numbers(
    suffix: str, dates: list[str | None], tmp_path: Path
) -> None:
    frame = pd.DataFrame({"c": pd.to_datetime(dates, format="mixed")})
    write = pyreadstat.write_dta if suffix == "dta" else pyreadstat.write_sav
    data = writer(suffix, lambda path: write(frame, path))
    found = load(tmp_path, data, c=CATEGORY)["c"].values.tolist()
    assert [text[:10] for text in found] == [(date or "")[:10] for date in dates]
    assert "column 'c': got '2020-01-01" in said(tmp_path, data, c=NUMBER)


def test_what_is_left_out_is_a_level_where_its_label_is_declared(tmp_path: Path) -> None:
    names = ["Yes", "No", "Refused"]
    levels = f"{CATEGORY}\nlevels = {names}".replace("'", '"')
    user_missing = spss([1.0, 2.0, 9.0], {1: "Yes", 2: "No", 9: "Refused"}, missing_ranges={"c": [9]})
    assert load(tmp_path, user_missing, c=levels)["c"].values.tolist() == names
    tagged = stata([1, 2, "a"], {1: "Yes", 2: "No", "a": "Refused"}, missing_user_values={"c": ["a"]})
    assert load(tmp_path, tagged, c=levels)["c"].values.tolist() == names
    assert load(tmp_path, tagged, c=CATEGORY)["c"].values.tolist() == ["Yes", "No", ""]


@pytest.mark.parametrize("kind", [NUMBER, CATEGORY])
def test_missing_codes_are_found_by_value_label(kind: str, tmp_path: Path) -> None:
    data = stata([10.0, 20.0, 99.0], {99: "Refused"})
    study = load(tmp_path, data, c=f'{kind}\nmissing_codes = ["Refused"]')
    assert study.attrs["blanks"]["c"] == {"99": 1}
    assert study["c"].values.tolist()[:2] == ([10.0, 20.0] if kind == NUMBER else ["10", "20"])


def test_letters_of_spss_have_their_labels(tmp_path: Path) -> None:
    data = spss(["M", "F"], {"M": "Male", "F": "Female"})
    assert load(tmp_path, data, c=CATEGORY)["c"].values.tolist() == ["Male", "Female"]


@pytest.mark.parametrize("kind", ["id", "number", "binary", "category"])
def test_several_columns_need_a_rule_whatever_the_type(kind: str, tmp_path: Path) -> None:
    text = said(tmp_path, "a,b\n1,5\n1,6\n", c=f'type = "{kind}"\ncolumns = ["a", "b"]')
    assert "several columns; expected a `first_match` rule" in text


@pytest.mark.parametrize(
    "limits", ["range = [0, 1000000]", "limits = [0, 1000000]", "limits = [0, inf]", "limits = [0, 1e9]"]
)
def test_small_answers_of_a_wide_scale_are_answers(limits: str, tmp_path: Path) -> None:
    study = load(
        tmp_path, "x\n0.5\n1\n3\n40000\n20000000\n"[: 18 if "1000000]" in limits else None], x=f"{NUMBER}\n{limits}"
    )
    assert study["x"].values.tolist()[:3] == [0.5, 1, 3]
    assert study.attrs["rounded"] == {}


@pytest.mark.parametrize(
    ("mapping", "data"),
    [
        ("missing_codes = [-99]", "x;z\n1,500;a\n-99,000;b\n2,250;c\n0,125;d\n"),
        ("missing_codes = [9999]", "x;z\n1.500,5;a\n9.999;b\n2.000,5;c\n"),
        ("missing_codes = [9999]", 'x,z\n"1,500.5",a\n"9,999",b\n2,c\n'),
    ],
)
def test_missing_codes_are_found_with_marks_between_thousands(mapping: str, data: str, tmp_path: Path) -> None:
    study = load(tmp_path, data, mapping=mapping, x=NUMBER)
    assert np.isnan(study["x"].values).tolist() == [k == 1 for k in range(study.sizes["unit"])]
    assert sum(study.attrs["blanks"]["x"].values()) == 1


def test_codes_of_a_mapping_stand_among_decimal_commas(tmp_path: Path) -> None:
    study = load(
        tmp_path, "c;x\n10+;1,5\n1.234;2,5\n3;1,5\n", mapping='[codes.c]\n"10+" = 10.125\n', c=NUMBER, x=NUMBER
    )
    assert study["c"].values.tolist() == [10.125, 1234.0, 3.0]
    ambiguous = "c;x\n10+;a\n1.234;b\n3.567;c\n"
    assert "may mean 1.234 or 1234" in said(tmp_path, ambiguous, mapping='[codes.c]\n"10+" = 10\n', c=NUMBER)


@pytest.mark.parametrize(
    ("range_", "values"), [("[0, 365]", "0,1,2,3"), ("[1, 500]", "1,5,2"), ("[0, 1e9]", "5,900,7")]
)
def test_counts_that_are_small_are_no_shares(range_: str, values: str, tmp_path: Path) -> None:
    study = load(tmp_path, "x\n" + values.replace(",", "\n") + "\n", x=f"{NUMBER}\nrange = {range_}")
    assert study["x"].values.tolist() == [float(value) for value in values.split(",")]


def test_shares_with_rounding_are_shares(tmp_path: Path) -> None:
    text = said(tmp_path, "x\n0.2\n0.5\n1.0000000000000002\n", x=f"{NUMBER}\nlimits = [0, 100]")
    assert "a hundredth of the declared 0 to 100" in text


@pytest.mark.parametrize("declared", ['codes = { 1 = "a", 9 = "b" }', 'levels = ["9", "1"]'])
@pytest.mark.parametrize("code", ["9", '"9"', "9.0"])
def test_a_code_is_no_level_and_no_answer_at_once(declared: str, code: str, tmp_path: Path) -> None:
    text = said(tmp_path, "c\n1\n9\n", c=f"{CATEGORY}\n{declared}\nmissing_codes = [{code}]")
    assert "which is declared as a level too" in text


def test_bytes_of_parquet_are_text_or_refused(tmp_path: Path) -> None:
    data = lambda path: pq.write_table(pa.table({"c": pa.array([b"A", b"B"])}), path)  # noqa: E731
    assert load(tmp_path, data, c=CATEGORY)["c"].values.tolist() == ["A", "B"]
    data = lambda path: pq.write_table(pa.table({"c": pa.array([b"\xff", b"B"])}), path)  # noqa: E731
    assert "column 'c': got cells that cannot be read" in said(tmp_path, data, c=CATEGORY)


def test_large_numbers_of_parquet_keep_their_digits(tmp_path: Path) -> None:
    ids = [2**63 + 1, 2**63 + 2]
    data = lambda path: pq.write_table(pa.table({"c": pa.array(ids, pa.uint64())}), path)  # noqa: E731
    assert load(tmp_path, data, c='type = "id"')["c"].values.tolist() == [str(one) for one in ids]


def test_whole_numbers_of_bit64_are_refused(tmp_path: Path) -> None:
    frame = pd.DataFrame({"c": np.array([1234567, 1234568]).view(np.float64), "x": [1.0, 2.0]})
    data = writer("rds", lambda path: pyreadr.write_rds(path, frame))
    assert "column 'c': got numbers of R's package bit64" in said(tmp_path, data, c='type = "id"')
    assert load(tmp_path, data, x=NUMBER)["x"].values.tolist() == [1.0, 2.0]  # where it is not used, nothing is said


def test_a_column_twice_in_parquet_matters_only_where_it_is_used(tmp_path: Path) -> None:
    table = pa.table([pa.array([1, 2]), pa.array([1, 2]), pa.array([3, 4])], names=["a", "a", "x"])
    data = lambda path: pq.write_table(table, path)  # noqa: E731
    assert load(tmp_path, data, x=NUMBER)["x"].values.tolist() == [3, 4]
    assert "column 'a': got 2 columns of that name" in said(tmp_path, data, a=NUMBER)


@pytest.mark.parametrize(
    ("data", "x"),
    [
        ('"sep=;"\nx;c\n1;a\n', [1.0]),
        ("c;x, kg\na;1,5\nb;2,5\n", None),
        ("x,c\n1,a\n2,b\n\x1a", [1.0, 2.0]),
        ("x,c\r1,a\r2,b\r", [1.0, 2.0]),
        ("\n\nx,c\n\n1,a\n\n2,b\n", [1.0, 2.0]),
        ("x\n1\n\n3\n", [1.0, np.nan, 3.0]),
        ("x,c,\n1,a,\n2,b,\n", [1.0, 2.0]),
    ],
)
def test_layouts_that_are_met_in_practice(data: str, x: list[float] | None, tmp_path: Path) -> None:
    if x is None:
        assert load(tmp_path, data, c=CATEGORY)["c"].values.tolist() == ["a", "b"]
    else:
        np.testing.assert_array_equal(load(tmp_path, data, x=NUMBER)["x"].values, x)


def test_accents_in_two_spellings_are_one_code(tmp_path: Path) -> None:
    study = load(tmp_path, "c\ncafe\u0301\nthe\u0301\n", c=f'{CATEGORY}\nlevels = ["café", "thé"]')
    assert study["c"].values.tolist() == ["café", "thé"]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8-sig", "iso8859-15", "cp1252"])
def test_encodings_go_by_any_of_their_names(encoding: str, tmp_path: Path) -> None:
    data = stata([1.0, 2.0], {1: "a", 2: "b"})
    assert load(tmp_path, data, mapping=f'encoding = "{encoding}"', c=CATEGORY)["c"].values.tolist() == ["a", "b"]


@pytest.mark.parametrize(
    ("cell", "told"),
    [("12 %", "Write the number alone"), ("$12", "Write the number alone"), ("1'234.5", "Write the number alone")],
)
def test_signs_beside_a_number_are_not_called_no_answer(cell: str, told: str, tmp_path: Path) -> None:
    assert told in said(tmp_path, f"x,c\n1,a\n2,b\n3,c\n{cell},d\n", x=NUMBER)


def test_labels_under_the_header_are_recognised(tmp_path: Path) -> None:
    assert "If the first rows are labels and no data, delete them" in said(
        tmp_path, "x\nHow many?  \nHow many staff\n3\n", x=NUMBER
    )


def test_a_table_whose_index_is_its_own_counts_rows_from_one(tmp_path: Path) -> None:
    (tmp_path / "t.toml").write_text(f'[study]\ntitle = "t"\n[variables.x]\nlabel = "x"\n{NUMBER}\n')
    frame = pd.DataFrame({"x": ["1", "a"]}, index=[10, 20])
    with pytest.raises(InputError, match="row 2, column 'x': got 'a'"):
        load_study(Codebook.read(tmp_path / "t.toml"), frame)
    blank = pd.DataFrame({"x": pd.Categorical([1, 2, None])}, index=["a", "b", "c"])
    np.testing.assert_array_equal(load_study(Codebook.read(tmp_path / "t.toml"), blank)["x"], [1, 2, np.nan])


def test_a_pipe_is_no_data_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "p.csv")
    (tmp_path / "t.toml").write_text(f'[study]\ntitle = "t"\n[variables.x]\nlabel = "x"\n{NUMBER}\n')
    with pytest.raises(InputError, match="no regular file but a device or a pipe"):
        load_study(Codebook.read(tmp_path / "t.toml"), tmp_path / "p.csv")
