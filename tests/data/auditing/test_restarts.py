"""Groups whose numbering begins anew in every level of another: warned of, and of nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.auditing.audit import Audit
from data.codebook import Codebook
from data.study import load_study
from tests.small_study import category, codebook, loaded, number


def restarting(frame: pd.DataFrame, folder: Path, *, exhaustive: bool = False) -> tuple[str, ...]:
    groups = {"outer": category("Outer", roles=["group"])}
    groups["inner"] = category("Inner", roles=["group"], exhaustive=exhaustive)
    study = loaded(folder, codebook({"y": number("y"), **groups}), frame.assign(y=np.arange(len(frame)) % 7))
    audit = Audit.of(*study, outcomes=["y"])
    (crossing,) = audit.crossings
    assert any("numbered anew" in sentence for sentence in audit.warnings) == bool(crossing.restarting)
    return crossing.restarting


def numbered(sizes: list[int], rows: int = 3, label: str = "{}") -> pd.DataFrame:
    """So many inner levels in each outer one, counted from 1 in each, with so many rows of each."""
    cells = [(f"S{s}", label.format(k + 1)) for s, size in enumerate(sizes) for k in range(size) for _ in range(rows)]
    return pd.DataFrame(cells, columns=["outer", "inner"])


@pytest.mark.parametrize(
    "frame",
    [
        numbered([5, 3, 8, 4]),
        numbered([5, 3, 8, 4], rows=1),
        numbered([4, 4, 4, 4]),
        numbered([5, 3, 8, 4], label="clinic {}"),
        numbered([12, 9, 11], label="c{}"),
        numbered([5, 3, 8, 4]).sample(frac=0.8, random_state=1),
        pd.DataFrame({"outer": np.repeat(["a", "b", "c"], 9), "inner": np.tile(np.repeat(["a", "b", "c"], 3), 3)}),
    ],
)
def test_numbers_that_begin_anew_are_warned_of(frame: pd.DataFrame, tmp_path: Path) -> None:
    assert restarting(frame, tmp_path)[:2] == ("inner", "outer")
    assert restarting(frame, tmp_path, exhaustive=True) == ()


@pytest.mark.parametrize(
    "frame",
    [
        # unique ids; items that everyone answers once; years; raters of some units; a type of unit
        numbered([5, 3, 8, 4]).assign(inner=lambda table: table["outer"] + "_" + table["inner"]),
        numbered([24] * 30, rows=1),
        pd.DataFrame(
            [(f"c{c}", str(year)) for c in range(9) for year in range(2001, 2012)] * 2, columns=["outer", "inner"]
        ),
        pd.DataFrame(np.random.default_rng(2).integers(1, 60, (300, 2)), columns=["outer", "inner"]),
        pd.DataFrame({"outer": [f"s{k % 9}" for k in range(90)], "inner": np.resize(["profit", "public"], 90)}),
    ],
)
def test_crossed_groups_are_not_warned_of(frame: pd.DataFrame, tmp_path: Path) -> None:
    assert restarting(frame, tmp_path) == ()


@pytest.mark.parametrize("wave", [2014, 2017])
def test_the_embedded_study_is_not_warned_of(wave: int) -> None:
    codebook = Codebook.read("ndatss")
    audit = Audit.of(load_study(codebook, wave=wave), codebook, groups=["state", "unit_type", "clinic"])
    assert [crossing for crossing in audit.crossings if crossing.restarting] == []


@pytest.mark.skipif("NSSATS_2017" not in os.environ, reason="the public file is downloaded by its users")
def test_the_public_file_is_not_warned_of() -> None:
    codebook = Codebook.read("nssats_2017")
    audit = Audit.of(load_study(codebook, Path(os.environ["NSSATS_2017"])), codebook)
    assert audit.crossings
    assert not any("numbered anew" in sentence for sentence in audit.warnings)
