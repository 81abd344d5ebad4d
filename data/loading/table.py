"""Read one table from a file, whichever statistics package wrote it."""

from __future__ import annotations

import codecs
import stat as modes
from collections.abc import Callable
from pathlib import Path

from data.errors import InputError, Problem
from data.loading.delimited import read_delimited
from data.loading.packages import read_parquet, read_r, stat
from data.loading.source import SourceTable

READERS: dict[str, Callable[[Path, str], SourceTable]] = {
    ".csv": read_delimited,
    ".parquet": read_parquet,
    ".dta": stat("read_dta"),
    ".sav": stat("read_sav"),
    ".sas7bdat": stat("read_sas7bdat"),
    ".rds": read_r,
    ".rdata": read_r,
}
"""File suffix, in lower case -> reader, which takes a path and an encoding ('' for unknown)."""


def read_table(path: Path, encoding: str = "") -> SourceTable:
    """Return the columns of a .csv, .parquet, .dta, .sav, .sas7bdat, .rds or .RData file.

    Values are as stored: codes stay codes, text stays text, and missing cells are listed by token.

    Parameters
    ----------
    encoding : str
        The encoding of its text; '' finds it from the file.

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
    if encoding:
        _require_known(encoding, path)
    try:
        table = reader(path, encoding)
    except InputError:
        raise
    except MemoryError as error:
        raise _bad(path, "more than this machine's memory holds", "a file that fits", "Keep fewer columns") from error
    # Each format's library has its own errors; all mean that the bytes are not what the suffix says.
    except Exception as error:
        _openable(path)  # the file may have vanished meanwhile, which is then the error
        got = f"bytes that do not read as {path.suffix} ({' '.join(str(error).split())[:200]})"
        raise _bad(path, got, "a readable file") from error
    if not table.rows or not table.names:
        raise _bad(path, f"{table.rows} rows and {len(table.names)} columns", "at least one row")
    return table


def _require_known(encoding: str, path: Path) -> None:
    try:
        codecs.lookup(encoding)
    except (LookupError, ValueError) as error:
        raise _bad(path, f"encoding {encoding!r}", "an encoding such as utf-8 or windows-1252") from error


def _openable(path: Path) -> None:
    try:
        if path.exists() and not path.is_dir() and not modes.S_ISREG(path.stat().st_mode):
            raise _bad(path, "no regular file but a device or a pipe", "a data file", "Save the data to a file first")
        path.open("rb").close()
    except FileNotFoundError as error:
        raise _bad(path, "no such file", "a data file", "Check the path given to --data") from error
    except IsADirectoryError as error:
        raise _bad(path, "a directory", "a data file", "Name the file in it") from error
    # no permission, a name too long, or a null character in it
    except (OSError, ValueError) as error:
        raise _bad(path, f"a file that cannot be opened ({error})", "a file you may read") from error


def _bad(path: Path, got: str, expected: str, next_step: str = "") -> InputError:
    return InputError([Problem(str(path), got, expected, next_step)])
