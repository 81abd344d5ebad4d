"""The commands on a case, in this process, as a user would call them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import xarray as xr
from typer.testing import Result

from data.codebook import Codebook
from data.errors import InputError
from data.study import load_study
from models.fit import app as fit_app
from reports.effects import app as effects_app
from tests.running import TESTS, called

CASES = TESTS / "cases"


def changed(folder: Path, codebook: str, *changes: tuple[str, str]) -> Path:
    """A copy of a case's codebook in which a text stands for another."""
    text = (CASES / codebook).read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / "own.toml").write_text(text)
    return folder / "own.toml"


def fit(model: str, study: str | Path, data: str | Path, home: Path, *options: str) -> Result:
    """`models.fit MODEL`, by maximum likelihood unless options say otherwise."""
    engine = () if "--engine" in options or "--priors" in options else ("--engine", "mle")
    where = ("--study", CASES / study, "--data", CASES / data, "--fits-dir", home)
    return called(fit_app, model, *where, *engine, *options, code=None)


def refused(model: str, study: str | Path, data: str | Path, home: Path, *options: str) -> str:
    """What is said by a command that ends with exit code 2 and stores nothing."""
    result = fit(model, study, data, home, *options)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    assert not any(home.glob("*/*/manifest.json"))
    return result.stderr


def estimates(model: str, study: str | Path, data: str | Path, home: Path, *options: str) -> pd.DataFrame:
    """Maximum likelihood: estimate and error by parameter, labelled by exposure or control where it has one."""
    result = fit(model, study, data, home, "--engine", "mle", "--json", *options)
    assert result.exit_code == 0, result.output
    rows = json.loads(result.stdout)["coefficients"]
    labels = [row.get("exposure") or row.get("control") or row["parameter"] for row in rows]
    return pd.DataFrame(rows, index=labels)[["estimate", "error"]]


def effects(name: str, home: Path, *options: str) -> dict[str, float]:
    """Average effects of a stored fit, by exposure."""
    result = called(effects_app, name, "--fits-dir", home, "--json", *options)
    return {row["exposure"]: row["estimate"] for row in json.loads(result.stdout)["effects"]}


def study(codebook: str | Path, data: str | Path, **options: Any) -> xr.Dataset:
    """The loaded study."""
    return load_study(Codebook.read(CASES / codebook), CASES / data, **options)


def problems(codebook: str | Path, data: str | Path, **options: Any) -> str:
    """What is said where it cannot be loaded."""
    with pytest.raises(InputError) as caught:
        study(codebook, data, **options)
    return str(caught.value)
