"""Every kind of file a user may bring: read back as written, or refused with a reason.

There is no writer of .sas7bdat in Python, so that kind is tested by a corrupt file alone.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadr
import pyreadstat
import pytest

from data.errors import InputError
from data.loading.source import cell_text
from data.loading.table import READERS, read_table

FRAME = pd.DataFrame({"clinic": ["C1", "C2", "C3"], "share": [0.0, 33.5, None], "offers": [1.0, 0.0, 1.0]})

WRITERS: dict[str, Callable[[pd.DataFrame, Path], object]] = {
    "table.csv": lambda frame, path: frame.to_csv(path, index=False),
    "tabs.csv": lambda frame, path: frame.to_csv(path, index=False, sep="\t"),
    "excel.csv": lambda frame, path: frame.to_csv(path, index=False, sep=";", decimal=",", encoding="utf-8-sig"),
    "points.csv": lambda frame, path: frame.to_csv(path, index=False, sep=";"),
    "bom.csv": lambda frame, path: frame.to_csv(path, index=False, encoding="utf-8-sig"),
    "UPPER.CSV": lambda frame, path: frame.to_csv(path, index=False),
    "table.parquet": lambda frame, path: frame.to_parquet(path),
    "indexed.parquet": lambda frame, path: frame.set_index("clinic").to_parquet(path),
    "table.dta": lambda frame, path: pyreadstat.write_dta(frame, str(path)),
    "table.sav": lambda frame, path: pyreadstat.write_sav(frame, str(path)),
    "table.rds": lambda frame, path: pyreadr.write_rds(str(path), frame),
    "table.RData": lambda frame, path: pyreadr.write_rdata(str(path), frame, df_name="extract"),
}


def read(path: Path) -> pd.DataFrame:
    """Columns as text, with None where the file itself leaves a cell blank."""
    table = read_table(path)
    columns = [table.get(place) for place in range(len(table.names))]
    texts = [column.values.map(cell_text, na_action="ignore").astype(object) for column in columns]
    return pd.DataFrame(
        np.column_stack([np.where(text.isna(), None, text) for text in texts]), columns=list(table.names)
    )


def message(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_table(path)
    assert len(caught.value.problems) == 1
    return str(caught.value)


@pytest.mark.parametrize("name", WRITERS)
def test_every_kind_reads_back_as_written(name: str, tmp_path: Path) -> None:
    WRITERS[name](FRAME, tmp_path / name)
    found = read(tmp_path / name)
    assert set(found.columns) == set(FRAME)
    assert list(found["clinic"]) == ["C1", "C2", "C3"]
    numbers = found[["share", "offers"]].apply(lambda cells: pd.to_numeric(cells.str.replace(",", ".")))
    pd.testing.assert_frame_equal(numbers, FRAME[["share", "offers"]], check_dtype=False)


def test_every_kind_but_sas_is_written_above() -> None:
    assert {Path(name).suffix.lower() for name in WRITERS} == set(READERS) - {".sas7bdat"}


@pytest.mark.parametrize("suffix", READERS)
def test_an_empty_file_is_named_so(suffix: str, tmp_path: Path) -> None:
    (tmp_path / f"empty{suffix}").touch()
    assert "got an empty file; expected a table with a header and rows" in message(tmp_path / f"empty{suffix}")


@pytest.mark.parametrize("suffix", sorted(set(READERS) - {".csv"}))
@pytest.mark.parametrize("content", [b"x", b"these bytes are of another kind\x00\xff" * 40])
def test_bytes_of_another_kind_are_refused_by_name(suffix: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"corrupt{suffix}"
    path.write_bytes(content)
    text = message(path)
    assert str(path) in text
    assert f"got bytes that do not read as {suffix} (" in text


@pytest.mark.parametrize("suffix", [".dta", ".sav", ".parquet", ".rds"])
def test_a_file_cut_short_is_refused(suffix: str, tmp_path: Path) -> None:
    whole = tmp_path / f"table{suffix}"
    WRITERS[f"table{suffix}"](pd.concat([FRAME] * 400, ignore_index=True), whole)
    cut = tmp_path / f"cut{suffix}"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    assert "do not read as" in message(cut)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("clinic,state\nC1,Québec\nC2,Montréal\n".encode()[:-3] + b"\xa9\n", "Save the file as UTF-8, or declare"),
        ("clinic,state\nC1,Québec\n".encode("cp437"), "Save the file as UTF-8, or declare `encoding"),
        (b"clinic,state\nC1,\x00\n", "null characters"),
        (b"clinic,state\n", "got 0 rows and 2 columns; expected at least one row"),
        (b"\n\n", "do not read as .csv"),
        (b"a,b\n1,2\n1,2,3\n", "row 2: got 3 cells; expected 2 cells"),
        (b"a,b\n1,2,3\n4,5,6\n", "row 1: got 3 cells (and 1 more rows); expected 2"),
    ],
)
def test_a_csv_that_cannot_be_trusted_is_refused(content: bytes, told: str, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_bytes(content)
    assert told in message(tmp_path / "bad.csv")


def test_cells_are_not_shifted_by_a_comma_at_the_end_of_each_row(tmp_path: Path) -> None:
    (tmp_path / "trailing.csv").write_text("a,b\n1,2,\n3,4,\n")
    assert read(tmp_path / "trailing.csv").to_dict("list") == {"a": ["1", "3"], "b": ["2", "4"]}


def test_a_name_twice_in_the_header_stays_twice(tmp_path: Path) -> None:
    (tmp_path / "twice.csv").write_text("a,b,a\n1,2,3\n")
    assert read_table(tmp_path / "twice.csv").names == ("a", "b", "a")


def test_paths_that_are_no_data_file(tmp_path: Path) -> None:
    (tmp_path / "sheet.xlsx").write_bytes(b"PK")
    (tmp_path / "bare").write_bytes(b"a,b\n1,2\n")
    (tmp_path / "folder.csv").mkdir()
    assert "got no such file; expected a data file. Check the path given to --data" in message(tmp_path / "gone.csv")
    assert "got a directory" in message(tmp_path / "folder.csv")
    assert "got a file of kind '.xlsx'; expected one of .csv, .dta" in message(tmp_path / "sheet.xlsx")
    assert "got a file without a suffix" in message(tmp_path / "bare")
    assert "cannot be opened" in message(tmp_path / ("long" * 100 + ".csv"))


def test_a_file_without_permission_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, *args: object, **kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert "got a file that cannot be opened ([Errno 13] Permission denied)" in message(tmp_path / "secret.csv")


def test_a_file_that_goes_while_it_is_read_is_said_to_be_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "table.rds"
    WRITERS[path.name](FRAME, path)
    real = pyreadr.read_r

    def gone(asked: str) -> object:
        path.unlink()
        return real(asked)

    monkeypatch.setattr(pyreadr, "read_r", gone)
    assert "got no such file" in message(path)


def test_r_objects_that_are_not_one_table_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # pyreadr writes one table per file, so the reader of several is stood in for
    monkeypatch.setattr(pyreadr, "read_r", lambda _: {"first": FRAME, "second": FRAME})
    (tmp_path / "two.RData").write_bytes(b"x")
    assert "got 2 data frames (first, second); expected exactly one" in message(tmp_path / "two.RData")
