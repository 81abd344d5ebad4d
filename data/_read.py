"""One table out of a file, whatever statistics package wrote it."""

from __future__ import annotations

import csv
import warnings
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pandas as pd
from pandas.errors import ParserWarning

from data._errors import InputError, Problem


def read_table(path: Path) -> pd.DataFrame:
    """Return the rows of a .csv, .parquet, .dta, .sav, .sas7bdat, .rds or .RData file.

    Values are as stored: codes stay codes, value labels are not applied.

    Raises
    ------
    InputError
        When the file is missing, of an unknown kind, unreadable, empty, or holds no rows.
    """
    _openable(path)
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        known = ", ".join(sorted(READERS))
        kind = f"a file of kind {path.suffix!r}" if path.suffix else "a file without a suffix"
        raise _bad(path, kind, f"one of {known}", "Save a spreadsheet as .csv")
    if path.stat().st_size == 0:
        raise _bad(path, "an empty file", "a table with a header and rows")
    try:
        frame = reader(path)
        # a table written with a named index, such as the clinic, has it as a column
        frame = frame.reset_index(drop=all(name is None for name in frame.index.names))
    except InputError:
        raise
    except UnicodeDecodeError as error:
        raise _bad(path, f"bytes that are not UTF-8 ({error})", "text in UTF-8", "Save the file as UTF-8") from error
    # Each format's library has its own errors; all mean that the bytes are not what the suffix says.
    except Exception as error:
        got = f"bytes that do not read as {path.suffix} ({str(error).strip()})"
        raise _bad(path, got, "a readable file") from error
    if frame.empty:
        raise _bad(path, f"{len(frame)} rows and {frame.shape[1]} columns", "at least one row")
    return frame


def _openable(path: Path) -> None:
    try:
        path.open("rb").close()
    except FileNotFoundError as error:
        raise _bad(path, "no such file", "a data file", "Check the path given to --data") from error
    except IsADirectoryError as error:
        raise _bad(path, "a directory", "a data file", "Name the file in it") from error
    # no permission, a name too long, or one with a null character
    except (OSError, ValueError) as error:
        raise _bad(path, f"a file that cannot be opened ({error})", "a file you may read") from error


def _bad(path: Path, got: str, expected: str, next_step: str = "") -> InputError:
    return InputError([Problem(str(path), got, expected, next_step)])


def _csv(path: Path) -> pd.DataFrame:
    """Excel's byte-order mark and semicolons are met in practice; the header decides.

    A name that stands twice in the header stays as it is, so that its use can be refused.
    """
    with path.open(encoding="utf-8-sig") as stream:
        header = stream.readline()
    separator = max(",;\t", key=header.count)
    decimal = "," if separator == ";" else "."
    with warnings.catch_warnings():
        # rows longer than the header would otherwise lose or shift their cells
        warnings.simplefilter("error", ParserWarning)
        frame = pd.read_csv(
            path, sep=separator, decimal=decimal, encoding="utf-8-sig", low_memory=False, index_col=False
        )
    names = next(csv.reader([header], delimiter=separator), [])
    return frame.set_axis(names, axis=1) if len(names) == frame.shape[1] else frame


def _stat(name: str) -> Callable[[Path], pd.DataFrame]:
    """Reader of a statistics package's file; its library is imported when there is such a file."""

    def reader(path: Path) -> pd.DataFrame:
        frame, _ = getattr(import_module("pyreadstat"), name)(str(path))
        return pd.DataFrame(frame)

    return reader


def _r(path: Path) -> pd.DataFrame:
    objects = import_module("pyreadr").read_r(str(path))
    tables = {name: table for name, table in objects.items() if isinstance(table, pd.DataFrame)}
    if len(tables) != 1:
        raise _bad(path, f"{len(tables)} data frames ({', '.join(map(str, tables)) or 'none'})", "exactly one")
    return next(iter(tables.values()))


READERS: dict[str, Callable[[Path], pd.DataFrame]] = {
    ".csv": _csv,
    ".parquet": pd.read_parquet,
    ".dta": _stat("read_dta"),
    ".sav": _stat("read_sav"),
    ".sas7bdat": _stat("read_sas7bdat"),
    ".rds": _r,
    ".rdata": _r,
}
"""File suffix, in lower case -> reader."""
