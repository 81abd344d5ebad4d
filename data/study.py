"""A study: a codebook plus a data file, loaded as one validated, labelled dataset."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from data import _simulator
from data._check import check
from data._errors import InputError, Problem
from data._read import read_table
from data._recode import Mapping, recode
from data._toml import sha256_of
from data.codebook import OUTCOME_ROLES, Codebook

__all__ = ["load_study"]


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
    codebook : Codebook
    data : path or pandas.DataFrame, optional
        The data file, or the table of a simulated study. Without it a study that declares
        `simulated_default` is simulated.
    wave : int, optional
        Survey wave; by default the codebook's `default_wave`.
    columns : path, optional
        A TOML file with `[columns]`, `[codes.VARIABLE]` and `[multiply]`, for an extract that
        names or codes its columns otherwise.

    Returns
    -------
    xarray.Dataset
        Dims `unit` and `service`. One variable per variable of the codebook, `(unit,)`; the
        outcomes that belong to services are stacked as `availability` and `utilisation`,
        `(unit, service)`, in the codebook's unit of measurement, NaN where not asked or not
        answered. Groups, clinic and wave are coords along `unit`. Attributes say which data
        this is: `study`, `data_sha256`, `codebook_sha256`, `simulated` (0 or 1), `stamp`.

    Raises
    ------
    InputError
        Every problem of the file at once.
    """
    table, attributes = _bytes(codebook, data, columns)
    table, wave_used = _one_wave(table, codebook, wave)
    dataset = _label(table, codebook, wave_used)
    return dataset.assign_attrs(attributes, wave=wave_used or 0)


def _bytes(
    codebook: Codebook, data: Path | pd.DataFrame | None, columns: Path | None
) -> tuple[pd.DataFrame, dict[str, str | int]]:
    mapping = Mapping.read(columns)
    if data is None:
        raw, digest, where = _embedded(codebook)
    elif isinstance(data, pd.DataFrame):
        raw, digest, where = data, hashlib.sha256(_simulator.csv_bytes(data)).hexdigest(), ""
    else:
        raw, digest, where = read_table(data), sha256_of(data), str(data)
    table, problems = recode(raw, codebook, mapping)
    problems += check(table, codebook)
    if problems:
        raise InputError(problems)
    stamp = _stamp(table, codebook)
    return table, {
        "study": codebook.name,
        "title": codebook.study.title,
        "data_path": where,
        "data_sha256": digest,
        "columns_sha256": sha256_of(columns) if columns else "",
        "codebook_sha256": codebook.sha256,
        "rows_in_file": len(raw),
        "simulated": int(bool(stamp)),
        "stamp": stamp,
    }


def _embedded(codebook: Codebook) -> tuple[pd.DataFrame, str, str]:
    if not codebook.study.simulated_default:
        how = codebook.study.how_to_get or "Give the data file with --data FILE"
        raise InputError([Problem(f"study {codebook.name!r}", "no data file", "--data FILE", how)])
    frame, digest = _simulator.default_study()
    return frame, digest, ""


def _stamp(table: pd.DataFrame, codebook: Codebook) -> str:
    found = {str(value) for name in codebook.with_role("stamp") if name in table for value in table[name].dropna()}
    return "; ".join(sorted(found))


def _one_wave(table: pd.DataFrame, codebook: Codebook, wave: int | None) -> tuple[pd.DataFrame, int | None]:
    names = [name for name in codebook.with_role("wave") if name in table]
    if not names:
        if wave is not None:
            raise InputError([Problem("--wave", str(wave), f"no wave: study {codebook.name!r} has only one")])
        return table, None
    chosen = codebook.study.default_wave if wave is None else wave
    waves = sorted({int(value) for value in table[names[0]].dropna()})
    if chosen is None or chosen not in waves:
        got = "no wave" if chosen is None else str(chosen)
        raise InputError([Problem("--wave", got, f"a wave in the file: {', '.join(map(str, waves)) or 'none'}")])
    return table[table[names[0]] == chosen].reset_index(drop=True), chosen


def _label(table: pd.DataFrame, codebook: Codebook, wave: int | None) -> xr.Dataset:
    stacked = {role: codebook.with_role(role, wave) for role in OUTCOME_ROLES}
    services = list(dict.fromkeys(codebook.variables[name].service for names in stacked.values() for name in names))
    held = {name for role in OUTCOME_ROLES for name in codebook.with_role(role)}
    dataset = xr.Dataset(coords={"unit": np.arange(len(table))})
    for name in table.columns:
        variable = codebook.variables[name]
        if name in held or "stamp" in variable.roles:
            continue
        values = table[name].to_numpy() if variable.type in {"number", "binary"} else _text(table[name])
        attributes = {"label": variable.label, "type": variable.type, "unit": variable.unit}
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
    """Text with "" for missing: netCDF and numpy have no missing text."""
    return column.map(lambda value: "" if value is None else str(value)).to_numpy(dtype=str)


def _stack(table: pd.DataFrame, codebook: Codebook, names: list[str], services: list[str]) -> xr.DataArray:
    by_service = {codebook.variables[name].service: name for name in names}
    blank = np.full(len(table), np.nan)
    # q * (n,) -> (n, q)
    values = np.column_stack([table[by_service[s]] if by_service.get(s) in table else blank for s in services])
    first = codebook.variables[names[0]]
    return xr.DataArray(values, dims=("unit", "service"), attrs={"unit": first.unit, "type": first.type})
