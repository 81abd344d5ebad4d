"""Read files of Stata, SPSS, SAS, R and Parquet with their own missing codes, labels and orders."""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, time
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.arrays import Mask
from data.errors import InputError, Problem
from data.files.machine import require_memory
from data.loading.source import SourceColumn, SourceTable, cell_text, from_frame

BYTES_PER_CELL = 32
"""Memory that one cell takes while a file is read and its table is made."""

SUBNORMAL = 2.3e-308
"""Size below which a double counts as subnormal."""

UNNAMED_INDEX = "__index_level_"
"""Name that pandas gives to row numbers in a Parquet file."""


def stat(name: str) -> Callable[[Path, str], SourceTable]:
    """Return the reader of a statistics package's file; its library is imported only when it reads.

    Parameters
    ----------
    name : str
        Name of the function in pyreadstat.
    """

    def reader(path: Path, encoding: str) -> SourceTable:
        read = getattr(import_module("pyreadstat"), name)
        try:
            frame, meta = _read(read, path, name, encoding)
            note = ""
        except UnicodeDecodeError:
            if encoding:
                raise
            frame, meta = _read(read, path, name, "WINDOWS-1252")
            note = "The file's text is not UTF-8 and was read as Windows-1252. If that is wrong, declare `encoding`."
        return _labelled(pd.DataFrame(frame), meta, str(path), note)

    return reader


def _read(read: Callable[..., tuple[Any, Any]], path: Path, name: str, encoding: str) -> tuple[Any, Any]:
    """Return the table and its metadata, after a check of the size that the file declares."""
    options: dict[str, Any] = {"encoding": _iconv(encoding)} if encoding else {}
    _, declared = read(str(path), metadataonly=True, **options)
    require_cells(path, declared.number_rows or 0, declared.number_columns or 0)
    if name != "read_sas7bdat":
        options["user_missing"] = True
    return read(str(path), **options)


def _iconv(encoding: str) -> str:
    """Return an encoding's name in the library behind pyreadstat."""
    name = codecs.lookup(encoding).name.removesuffix("-sig").upper()
    return re.sub(r"^ISO8859-", "ISO-8859-", name)


def require_cells(path: Path, rows: int, columns: int) -> None:
    """Raise an error when a file declares more cells than this machine's memory can hold.

    A few bytes can declare any number of rows, and a reader allocates memory for what is declared.
    """
    step = "Keep fewer rows or columns; or the file is damaged"
    needed = float(rows) * columns * BYTES_PER_CELL
    require_memory(needed, asked=str(path), what=f"{rows:,} rows and {columns:,} columns", next_step=step)


def _labelled(frame: pd.DataFrame, meta: Any, path: str, note: str) -> SourceTable:
    def get(place: int) -> SourceColumn:
        name = str(frame.columns[place])
        return _stat_column(name, frame.iloc[:, place], meta)

    return SourceTable(path, tuple(map(str, frame.columns)), len(frame), get, notes=(note,) if note else ())


def _stat_column(name: str, values: pd.Series, meta: Any) -> SourceColumn:
    kind = meta.readstat_variable_types.get(name, "")
    if (dates := _dates_as_text(values)) is not None:
        gone = dates.isna().to_numpy()
        return SourceColumn(name, dates, {"": gone} if gone.any() else {})
    labels = meta.variable_value_labels.get(name, {})
    blanks: dict[str, Mask] = {}
    letters = set(meta.missing_user_values.get(name, ()))
    if kind != "string" and letters:
        # tagged missing values come as their letter among the numbers
        tagged = {letter: (values == letter).to_numpy() for letter in sorted(letters)}
        blanks |= {f".{letter}": gone for letter, gone in tagged.items() if gone.any()}
        values = values.where(~values.isin(letters)).astype(float)
    elif kind in {"float", "double"} or (kind.startswith("int") and values.dtype == object):
        values = pd.to_numeric(values)
    gone = values.isna().to_numpy()
    tagged_rows = np.logical_or.reduce(list(blanks.values())) if blanks else np.zeros(len(values), dtype=bool)
    plain = gone & ~tagged_rows
    if plain.any():
        blanks["." if kind != "string" else ""] = plain
    for low, high in ((span["lo"], span["hi"]) for span in meta.missing_ranges.get(name, ())):
        left_out = _between(values, low, high)
        for code in pd.unique(values[left_out]):
            blanks[cell_text(code)] = (values == code).to_numpy()
    if kind == "float":
        values = _shortest(values)
    named = {cell_text(code) if kind == "string" else _code(code): str(label) for code, label in labels.items()}
    values = values.mask(np.logical_or.reduce(list(blanks.values()))) if blanks else values
    return SourceColumn(name, values, blanks, tuple(named.values()) if named else (), named)


def _dates_as_text(values: pd.Series) -> pd.Series | None:
    """Return dates and times in ISO 8601; None for a column without any."""
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        values = values.astype(object)
    elif values.dtype != object or not values.map(lambda cell: isinstance(cell, date | time)).any():
        return None
    return values.map(lambda cell: cell.isoformat() if isinstance(cell, date | time) else str(cell), na_action="ignore")


def _code(code: object) -> str:
    return f".{code}" if isinstance(code, str) and len(code) == 1 and code.isalpha() else cell_text(code)


def _between(values: pd.Series, low: Any, high: Any) -> Mask:
    if isinstance(low, str):
        return (values == low).to_numpy()
    return values.between(-math.inf if low is None else low, math.inf if high is None else high).to_numpy()


def _shortest(values: pd.Series) -> pd.Series:
    """Return single-precision numbers as their shortest decimals: .1, not .10000000149."""
    single = values.to_numpy(dtype=np.float32)
    distinct, place = np.unique(single, return_inverse=True)
    return pd.Series(distinct.astype(str).astype(float)[place], index=values.index)


def read_r(path: Path, encoding: str) -> SourceTable:
    """Return the one data frame in an .rds or .RData file, without row names and with the order of factors."""
    objects = import_module("pyreadr").read_r(str(path))
    tables = {name: table for name, table in objects.items() if isinstance(table, pd.DataFrame)}
    if len(tables) != 1:
        got = f"{len(tables)} data frames ({', '.join(map(str, tables)) or 'none'})"
        raise InputError([Problem(str(path), got, "exactly one")])
    table = from_frame(next(iter(tables.values())), path=str(path))

    def get(place: int) -> SourceColumn:
        column = table.get(place)
        if _integer64(column.values):
            got = "numbers of R's package bit64 (integer64), which other programs read as nonsense"
            step = "Write it as text, with as.character(), or as a double"
            raise InputError([Problem(f"column {column.name!r}", got, "numbers or text", step)])
        return column

    return replace(table, get=get)


def _integer64(values: pd.Series) -> bool:
    """Whether a column holds 64-bit whole numbers misread as doubles, which makes all of them subnormal."""
    if not pd.api.types.is_float_dtype(values.dtype):
        return False
    sizes = values.abs()[values.notna() & (values != 0.0)]
    return bool(len(sizes) and (sizes < SUBNORMAL).all())


def read_parquet(path: Path, encoding: str) -> SourceTable:
    """Return the table of a Parquet file; whole numbers beside blanks stay whole, dictionaries keep their order."""
    declared = pq.read_metadata(path)
    require_cells(path, declared.num_rows, declared.num_columns)
    with pq.ParquetFile(path) as file:
        table = file.read()
    kept = [name for name in table.column_names if not name.startswith(UNNAMED_INDEX)]
    places = [place for place, name in enumerate(table.column_names) if name in kept]

    def get(position: int) -> SourceColumn:
        return _arrow_column(table.column_names[places[position]], table.column(places[position]))

    return SourceTable(str(path), tuple(kept), table.num_rows, get)


def _arrow_column(name: str, cells: pa.ChunkedArray) -> SourceColumn:
    levels: tuple[str, ...] = ()
    if pa.types.is_dictionary(cells.type):
        unified = cells.unify_dictionaries()
        first = unified.chunk(0).dictionary if unified.num_chunks else pa.array([])
        levels = tuple(cell_text(level) for level in first.to_pylist())
        cells = cells.cast(cells.type.value_type)
    if pa.types.is_uint64(cells.type):
        values = cells.to_pandas(types_mapper={cells.type: pd.UInt64Dtype()}.get)
    elif pa.types.is_integer(cells.type):
        values = cells.to_pandas(types_mapper={cells.type: pd.Int64Dtype()}.get)
    elif pa.types.is_float16(cells.type) or pa.types.is_float32(cells.type):
        values = _shortest(cells.to_pandas())
    elif pa.types.is_boolean(cells.type):
        values = cells.to_pandas(types_mapper={cells.type: pd.BooleanDtype()}.get)
    elif pa.types.is_binary(cells.type) or pa.types.is_large_binary(cells.type):
        values = cells.cast(pa.string()).to_pandas()  # an error where the bytes are no UTF-8
    elif pa.types.is_temporal(cells.type) or pa.types.is_decimal(cells.type):
        values = cells.cast(pa.string()).to_pandas()
    else:
        values = cells.to_pandas()
    gone = values.isna().to_numpy()
    return SourceColumn(name, values, {"": gone} if gone.any() else {}, levels)
