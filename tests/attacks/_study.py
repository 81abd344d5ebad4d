"""The study that is attacked, in every kind of file, and what a mutated one may be."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadr
import pyreadstat
import xarray as xr

from data.codebook import Codebook

DECLARED = """[study]
title = "A study under attack"
unit = "clinic"

[variables.clinic]
label = "Clinic"
type = "id"
roles = ["clinic"]

[variables.state]
label = "State"
type = "category"
roles = ["group"]

[variables.kind]
label = "Kind"
type = "category"
roles = ["group"]
codes = { 1 = "inpatient", 2 = "outpatient" }
exhaustive = true

[variables.owner]
label = "Owner"
type = "category"
roles = ["control"]
levels = ["public", "private"]
reference = "public"

[variables.staff]
label = "Staff"
type = "number"
unit = "percent of staff"
roles = ["peer_exposure"]
range = [0, 100]
contrast = 10
missing_codes = [-9, "refused"]

[variables.size]
label = "Patients"
type = "number"
roles = ["control"]
contrast = "sd"

[variables.peer]
label = "Peers"
type = "binary"
roles = ["peer_exposure"]

[variables.either]
label = "Peers or a service"
type = "binary"
roles = ["control"]
columns = ["peer", "offers"]
first_match = [{ column = "peer", equals = 1, level = "1" }, { column = "offers", equals = 1, level = "1" }]
otherwise = "0"

[variables.asked]
label = "When asked"
type = "id"

[variables.offers]
label = "Offers"
type = "binary"
roles = ["availability"]
service = "condoms"

[variables.uses]
label = "Uses"
type = "number"
unit = "percent of patients"
roles = ["utilisation"]
service = "condoms"
range = [0, 100]
limits = [0, 100]

[models.share]
title = "Share of patients"
family = "tobit"
outcome = "utilisation"
exposures = ["peer_exposure", { variable = "size", transform = "log" }]
controls = ["owner"]
groups = ["state", "kind"]

[models.offer]
title = "Offered"
family = "bernoulli"
outcome = "availability"
exposures = ["peer_exposure"]
controls = ["control"]
groups = ["group"]
"""

MAPPING = """missing_codes = [-8]

[columns]
staff = "staff"

[codes.kind]
1 = 1
2 = 2

[multiply]
size = 1
"""

ROWS = 60

LABELS = {"kind": {1: "Inpatient", 2: "Outpatient"}, "peer": {0: "No", 1: "Yes"}}


def frame() -> pd.DataFrame:
    """A table without a fault."""
    rng = np.random.default_rng(11)
    offers = (np.arange(ROWS) % 3 > 0).astype(float)
    uses = np.clip(rng.normal(45, 40, ROWS).round(1), 0, 100)
    return pd.DataFrame(
        {
            "clinic": [f"c{k:03d}" for k in range(ROWS)],
            "state": rng.permuted(np.resize(["CA", "NY", "TX", "WA"], ROWS)),
            "kind": rng.permuted(np.resize([1.0, 2.0], ROWS)),
            "owner": rng.permuted(np.resize(["public", "private", "private"], ROWS)),
            "staff": rng.uniform(0, 100, ROWS).round(1),
            "size": rng.lognormal(5, 1, ROWS).round(2),
            "peer": rng.permuted(np.resize([0.0, 1.0, 1.0], ROWS)),
            "offers": offers,
            "uses": np.where(offers == 1, uses, np.nan),
            "asked": [f"2017-0{k % 9 + 1}-11" for k in range(ROWS)],
        }
    )


WRITERS: dict[str, Callable[[pd.DataFrame, Path], object]] = {
    ".csv": lambda table, path: table.to_csv(path, index=False),
    ".parquet": lambda table, path: table.to_parquet(path),
    ".dta": lambda table, path: table.to_stata(path, write_index=False, version=118, value_labels=LABELS),
    ".sav": lambda table, path: pyreadstat.write_sav(table, str(path)),
    ".rds": lambda table, path: pyreadr.write_rds(str(path), table),
}


def faults(study: xr.Dataset, codebook: Codebook, path: Path) -> list[str]:
    """What is wrong with a study read from a damaged file: against its codebook, and against another reader."""
    found = []
    for name, variable in codebook.variables.items():
        if name not in study:
            continue
        values = study[name].to_numpy()
        if variable.type in {"number", "binary"}:
            known = values[np.isfinite(values)]
            if known.size < (~np.isnan(values)).sum():
                found.append(f"{name} holds an infinite number")
            low, high = variable.range or (-math.inf, math.inf)
            if known.size and not (known.min() >= low and known.max() <= high):
                found.append(f"{name} leaves its range")
        elif variable.codes or variable.levels:
            allowed = {*map(str, variable.codes.values()), *variable.levels, ""}
            if not set(values.tolist()) <= allowed:
                found.append(f"{name} has a level that nobody declared")
    return found + (_against_csv(study, codebook, path) if path.suffix == ".csv" else [])


def _against_csv(study: xr.Dataset, codebook: Codebook, path: Path) -> list[str]:
    """Text and numbers as Python's own reader of CSV finds them, in a plain file of commas and points."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    except (UnicodeDecodeError, csv.Error):
        return []
    if len({len(row) for row in rows}) != 1 or not set(codebook.variables) <= set(rows[0]):
        return []
    table = {name: [row[k] for row in rows[1:]] for k, name in enumerate(rows[0])}
    if study.sizes["unit"] != len(rows) - 1:
        return [f"{study.sizes['unit']} units of {len(rows) - 1} rows"]
    found = []
    for name in ("clinic", "state"):
        expected = ["" if cell.strip() in {"", "NA"} else cell.strip() for cell in table[name]]
        if study[name].values.tolist() != expected:
            found.append(f"{name} is not what stands in the file")
    expected_numbers = [_number(cell) for cell in table["staff"]]
    close = np.isclose(study["staff"].values, expected_numbers, rtol=0, atol=2e-4, equal_nan=True)
    if not close.all():
        found.append("staff is not what stands in the file")
    return found


def _number(cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        return math.nan
    return math.nan if value in {-9.0, -8.0} else value
