"""Small studies: a codebook written from keywords, rows for it, and both in files."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from data.codebook import Codebook
from data.study import load_study

Spec = dict[str, Any]


def number(label: str, **said: Any) -> Spec:
    return {"label": label, "type": "number", **said}


def binary(label: str, **said: Any) -> Spec:
    return {"label": label, "type": "binary", **said}


def category(label: str, **said: Any) -> Spec:
    return {"label": label, "type": "category", **said}


def identifier(label: str, **said: Any) -> Spec:
    return {"label": label, "type": "id", **said}


def codebook(variables: Mapping[str, Spec], models: Mapping[str, Spec] | None = None, **study: Any) -> str:
    """Return a study's TOML; `study` are the keys of its `[study]`."""
    tables = {"study": {"title": "Small", **study}, "variables": variables, "models": models or {}}
    return "".join(f"[{name}]\n{_lines(held)}\n" for name, held in tables.items())


def _lines(table: Mapping[Any, Any]) -> str:
    return "\n".join(f"{_key(key)} = {_toml(value)}" for key, value in table.items())


def _key(key: object) -> str:
    return str(key) if re.fullmatch(r"[A-Za-z0-9_-]+", str(key)) else json.dumps(str(key))


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {_toml(one)}" for key, one in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, float):
        return repr(value)  # inf and nan as TOML has them
    return json.dumps(value, ensure_ascii=False)


def small_codebook(
    *outcomes: str,
    title: str = "Few kinds of units",
    variables: Mapping[str, Spec] | None = None,
    m: Spec | None = None,
    models: Mapping[str, Spec] | None = None,
) -> str:
    """Return the small study: outcomes from 0 to 10, few kinds of units, and a model `m`.

    `variables` and `models` come on top of what it has; `m` changes its model.
    """
    named = outcomes or ("y",)
    told = {name: number("Another outcome" if place else "Outcome", limits=[0, 10]) for place, name in enumerate(named)}
    told |= {"yes": binary("Yes or no"), "kind": category("Kind"), "place": category("Place")}
    model = {"family": "tobit", "outcome": named, "exposures": ["yes"], "controls": ["kind"], "groups": ["place"]}
    return codebook({**told, **(variables or {})}, {"m": {**model, **(m or {})}, **(models or {})}, title=title)


def kinds(
    count: int = 150,
    *,
    seed: int = 2,
    outcomes: Sequence[str] = ("y", "other"),
    levels: Sequence[str] = ("a", "b", "c"),
    places: Sequence[str] = ("n", "s", "e", "w"),
) -> pd.DataFrame:
    """Return rows for `small_codebook`: 24 kinds of units at most."""
    rng = np.random.default_rng(seed)
    found = {name: np.clip(rng.normal(5.0, 6.0, count), 0.0, 10.0).round(3) for name in outcomes}
    groups = {"kind": rng.choice(levels, count), "place": rng.choice(places, count)}
    return pd.DataFrame({**found, "yes": rng.integers(0, 2, count), **groups})


def write(folder: Path, text: str, table: pd.DataFrame | str, *, stem: str = "own", rows: str = "") -> dict[str, Any]:
    """Write a study and its rows, and return the options that name them, with a folder for fits beside them."""
    folder.mkdir(parents=True, exist_ok=True)
    study, data = folder / f"{stem}.toml", folder / f"{rows or stem}.csv"
    study.write_text(text, encoding="utf-8")
    data.write_text(table if isinstance(table, str) else table.to_csv(index=False), encoding="utf-8")
    return {"study": str(study), "data": data, "home": folder / "fits"}


def loaded(folder: Path, text: str, table: pd.DataFrame | str, **options: Any) -> tuple[xr.Dataset, Codebook]:
    """Write a study and its rows, and return the study read from them, and its codebook."""
    files = write(folder, text, table)
    read = Codebook.read(files["study"])
    return load_study(read, files["data"], **options), read
