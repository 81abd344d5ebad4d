"""A study: a codebook plus a data file, loaded as one validated, labelled dataset."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping as MappingOf
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from data.codebook import Codebook
from data.errors import InputError, Problem
from data.files.replacing import is_ready, recover
from data.loading.mapping import Mapping
from data.loading.recode import Recoded, recode
from data.loading.source import from_frame
from data.loading.table import read_table
from data.loading.validate import check, require_units, rounded
from data.simulation import simulator
from data.toml_files import sha256_of
from data.variable import OUTCOME_ROLES


def load_study(
    codebook: Codebook,
    data: Path | pd.DataFrame | None = None,
    *,
    wave: int | None = None,
    columns: Path | None = None,
) -> xr.Dataset:
    """Return the study's units as a validated dataset.

    Parameters
    ----------
    data : path or pandas.DataFrame, optional
        The data file, or the table of a simulated study. Without it a study that declares
        `simulated_default` is simulated.
    wave : int, optional
        Survey wave; by default the codebook's `default_wave`.
    columns : path, optional
        A TOML file with `[columns]`, `[codes.VARIABLE]`, `[multiply]`, `missing_codes`, `encoding` and
        `decimal`, for an extract that names or codes its columns otherwise.

    Returns
    -------
    xarray.Dataset
        Dims `unit` and `service`. One variable per variable of the codebook, `(unit,)`; the
        outcomes that belong to services are stacked as `availability` and `utilisation`,
        `(unit, service)`, in the codebook's unit of measurement, NaN where not asked or not
        answered. Groups, clinic and wave are coords along `unit`. A category's attribute `levels` holds its levels
        in order. Attributes say which data this is: `study`, `data_sha256`, `codebook_sha256`, `simulated`
        (0 or 1), `stamp`; and what was found in the cells of the wave: `notes`, `blanks` (missing cells by variable
        and token) and `rounded` (values within rounding of a limit, by variable).

    Raises
    ------
    InputError
        Every problem of the file at once.
    """
    if isinstance(data, Path) and is_ready(data.parent, data.stem):
        recover(data.parent, data.stem, after=data.name)  # all that an interrupted `data.simulate` had written
    mapping, faults = Mapping.read(columns).against(codebook)
    recoded, moved, attributes = _rows_of(codebook, data, mapping, columns, faults)
    chosen, wave_used = _one_wave(recoded.table, codebook, wave)
    table = recoded.table[chosen].reset_index(drop=True)
    require_units(table, codebook, mapping.multiply)
    dataset = _label(table, codebook, wave_used, recoded.levels)
    found = _found_of_cells(recoded, moved, chosen)
    return dataset.assign_attrs(attributes, wave=wave_used or 0, **found)


def _found_of_cells(recoded: Recoded, moved: dict[str, np.ndarray], chosen: np.ndarray) -> dict[str, Any]:
    """Return, by variable, how many cells of the wave are missing by token and how many were put on a limit."""
    blanks = {
        name: {token: int(gone[chosen].sum()) for token, gone in tokens.items() if gone[chosen].any()}
        for name, tokens in recoded.blanks.items()
    }
    at_limits = {name: int(rows[chosen].sum()) for name, rows in moved.items() if rows[chosen].any()}
    return {"blanks": {name: tokens for name, tokens in blanks.items() if tokens}, "rounded": at_limits}


def _rows_of(
    codebook: Codebook,
    data: Path | pd.DataFrame | None,
    mapping: Mapping,
    columns: Path | None,
    faults: list[Problem],
) -> tuple[Recoded, dict[str, np.ndarray], dict[str, Any]]:
    version = _version(data) if isinstance(data, Path) else ()
    if data is None:
        raw, digest = simulated_study(codebook)
        source, where = from_frame(raw), ""
    elif isinstance(data, pd.DataFrame):
        source, digest, where = from_frame(data), hashlib.sha256(simulator.csv_bytes(data)).hexdigest(), ""
    else:
        source = read_table(data, mapping.encoding or codebook.study.encoding)
        digest, where = sha256_of(data), str(data)
    recoded = recode(source, codebook, mapping)
    if isinstance(data, Path) and _version(data) != version:
        raise InputError([Problem(where, "a file that changed while it was read", "one version of it", "Try again")])
    table, moved = rounded(recoded.table, codebook)
    judged = table.drop(columns=[name for name in recoded.unread if name in table])
    problems = [*faults, *recoded.problems, *check(judged, codebook)]
    if problems:
        raise InputError(problems)
    stamp = _stamp(table, codebook)
    return (
        replace(recoded, table=table),
        moved,
        {
            "study": codebook.name,
            "title": codebook.study.title,
            "data_path": where,
            "data_sha256": digest,
            "columns_sha256": sha256_of(columns) if columns else "",
            "codebook_sha256": codebook.sha256,
            "rows_in_file": source.rows,
            "simulated": int(bool(stamp)),
            "stamp": stamp,
            "notes": recoded.notes,
        },
    )


def _version(path: Path) -> tuple[int, ...]:
    """Return file facts that differ between two versions of a file; empty where there is no file."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return ()
    return found.st_ino, found.st_size, found.st_mtime_ns


def simulated_study(codebook: Codebook) -> tuple[pd.DataFrame, str]:
    """Return the study that is simulated where no data file is given, and its SHA-256.

    Raises
    ------
    InputError
        For a study that needs a file.
    """
    if not codebook.study.simulated_default:
        how = codebook.study.how_to_get or "Give the data file with --data FILE"
        raise InputError([Problem(f"study {codebook.name!r}", "no data file", "--data FILE", how)])
    return simulator.default_study()


def _stamp(table: pd.DataFrame, codebook: Codebook) -> str:
    found = {str(value) for name in codebook.with_role("stamp") if name in table for value in table[name].dropna()}
    return "; ".join(sorted(found))


def _one_wave(table: pd.DataFrame, codebook: Codebook, wave: int | None) -> tuple[np.ndarray, int | None]:
    """Return which rows are of the wave, and the wave; None for a study without waves."""
    names = [name for name in codebook.with_role("wave") if name in table]
    if not names:
        if wave is not None:
            raise InputError([Problem("--wave", str(wave), f"no wave: study {codebook.name!r} has only one")])
        return np.ones(len(table), dtype=bool), None
    chosen = codebook.study.default_wave if wave is None else wave
    waves = sorted({int(value) for value in table[names[0]].dropna()})
    if chosen is None or chosen not in waves:
        got = "no wave" if chosen is None else str(chosen)
        raise InputError([Problem("--wave", got, f"a wave in the file: {', '.join(map(str, waves)) or 'none'}")])
    return (table[names[0]] == chosen).to_numpy(), chosen


def _label(
    table: pd.DataFrame, codebook: Codebook, wave: int | None, levels: MappingOf[str, tuple[str, ...]]
) -> xr.Dataset:
    stacked = {role: codebook.with_role(role, wave) for role in OUTCOME_ROLES}
    services = list(dict.fromkeys(codebook.variables[name].service for names in stacked.values() for name in names))
    held = {name for role in OUTCOME_ROLES for name in codebook.with_role(role)}
    dataset = xr.Dataset(coords={"unit": np.arange(len(table))})
    for name in table.columns:
        variable = codebook.variables[name]
        if name in held or "stamp" in variable.roles:
            continue
        values = table[name].to_numpy() if variable.type in {"number", "binary"} else _text(table[name])
        attributes: dict[str, Any] = {"label": variable.label, "type": variable.type, "unit": variable.unit}
        if variable.type == "category":
            attributes["levels"] = levels.get(name, ())
        dataset[name] = ("unit", values, attributes)
    for role, names in stacked.items():
        if names:
            dataset = dataset.assign_coords(service=services)
            dataset[role] = _stack(table, codebook, names, services)
    coords = {"group", "clinic", "wave"}
    return dataset.set_coords([name for name in dataset.data_vars if coords & set(_roles(codebook, str(name)))])


def _roles(codebook: Codebook, name: str) -> tuple[str, ...]:
    return codebook.variables[name].roles if name in codebook.variables else ()


def _text(column: pd.Series) -> np.ndarray:
    """Return text with "" for missing, as netCDF and numpy have no missing text."""
    return column.map(lambda value: "" if pd.isna(value) else str(value)).to_numpy(dtype=str)


def _stack(table: pd.DataFrame, codebook: Codebook, names: list[str], services: list[str]) -> xr.DataArray:
    by_service = {codebook.variables[name].service: name for name in names}
    blank = np.full(len(table), np.nan)
    # q * (n,) -> (n, q)
    values = np.column_stack([table[by_service[s]] if by_service.get(s) in table else blank for s in services])
    first = codebook.variables[names[0]]
    return xr.DataArray(values, dims=("unit", "service"), attrs={"unit": first.unit, "type": first.type})
