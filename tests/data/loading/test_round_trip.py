"""Tables written by every package and read back through a codebook, level for level and digit for digit."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadr
import pyreadstat
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from data.codebook import Codebook
from data.study import load_study

LETTERS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp"))
"""What a cell of text may hold; packages that keep text in C end it at a null character."""

TRAPS = (
    *("NA", "N/A", "n/a", "None", "null", "NULL", "nan", "NaN", "inf", "-inf", "<NA>", "#N/A", "TRUE", "FALSE"),
    *("True", "1", "1.0", "01", "1e0", "1_0", "10", "304", "304.0", "007", "7", "-9", ".", ".a", "2017-03-01", "1,5"),
    *("1.234", "1;2", 'a "quoted" level', "'", "Québec", "ÄÖÜ", "é", "a\tb", " leading", "sep=;", "#", "=1+1"),
)
"""Texts that readers like to take for something else."""

LEVEL = st.one_of(
    st.sampled_from(TRAPS), st.text(LETTERS, min_size=1, max_size=12).filter(lambda text: text == text.rstrip())
).filter(lambda text: bool(text.strip()))

NUMBER = st.one_of(
    st.integers(-(2**53) + 1, 2**53 - 1).map(float),
    st.floats(-1e30, 1e30, allow_nan=False).map(lambda value: 0.0 if abs(value) < 1e-200 else value),
    st.sampled_from([0.1, 1 / 3, 99.99999999999999, 1e-7, 4.567, 1234567.0]),
)


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    levels = draw(st.lists(LEVEL, min_size=2, max_size=6, unique=True))
    rows = draw(st.integers(2, 12))
    column = st.lists(st.sampled_from(levels), min_size=rows, max_size=rows)
    some = st.lists(st.sampled_from([*levels, None]), min_size=rows, max_size=rows)
    return pd.DataFrame(
        {
            "level": pd.Series(draw(column), dtype=object),
            "blank": pd.Series(draw(some), dtype=object),
            "number": draw(st.lists(NUMBER, min_size=rows, max_size=rows)),
            "date": [f"20{k % 30 + 10}-0{k % 9 + 1}-1{k % 10}" for k in range(rows)],
        }
    )


def written(frame: pd.DataFrame) -> pd.DataFrame:
    """Blanks as the packages write them: these have no other missing text than an empty one."""
    return frame.assign(blank=frame["blank"].fillna(""))


WRITERS: dict[str, Callable[[pd.DataFrame, str], object]] = {
    "csv": lambda frame, path: frame.to_csv(path, index=False),
    "parquet": lambda frame, path: frame.to_parquet(path),
    "dta": lambda frame, path: written(frame).to_stata(path, write_index=False, version=118),
    "sav": lambda frame, path: pyreadstat.write_sav(written(frame), path),
    "rds": lambda frame, path: pyreadr.write_rds(path, frame),
}


def codebook(levels: list[str], folder: Path) -> Codebook:
    quoted = json.dumps(levels, ensure_ascii=False)  # TOML's basic strings are JSON's
    text = '[study]\ntitle = "A table"\n'
    for name in ("level", "blank"):
        text += f'[variables.{name}]\nlabel = "{name}"\ntype = "category"\nlevels = {quoted}\n'
    text += '[variables.number]\nlabel = "number"\ntype = "number"\n[variables.date]\nlabel = "date"\ntype = "id"\n'
    (folder / "table.toml").write_text(text, encoding="utf-8")
    return Codebook.read(folder / "table.toml")


@pytest.mark.parametrize("kind", WRITERS)
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(frame=tables())
@example(frame=pd.DataFrame({"level": list(TRAPS), "blank": [None, *TRAPS[1:]], "number": 0.1, "date": "2017-03-01"}))
def test_a_table_is_read_back_as_it_was_written(kind: str, frame: pd.DataFrame) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"table.{kind}"
        WRITERS[kind](frame, str(path))
        levels = sorted({*frame["level"], *frame["blank"].dropna()})
        study = load_study(codebook(levels, Path(folder)), path)
    assert study["level"].values.tolist() == frame["level"].tolist()
    assert study["blank"].values.tolist() == frame["blank"].fillna("").tolist()
    assert study["date"].values.tolist() == frame["date"].tolist()
    np.testing.assert_array_equal(study["number"].values, frame["number"].to_numpy(dtype=float))
    assert study["level"].attrs["levels"] == tuple(level for level in levels if level in set(frame["level"]))
    blanks = int(frame["blank"].isna().sum())
    assert sum(study.attrs["blanks"].get("blank", {}).values()) == blanks


@pytest.mark.parametrize("kind", ["parquet", "dta", "rds"])
@settings(max_examples=25, deadline=None, derandomize=True)
@given(levels=st.lists(LEVEL, min_size=2, max_size=6, unique=True), seed=st.integers(0, 99))
def test_a_factor_keeps_its_order_where_nothing_is_declared(kind: str, levels: list[str], seed: int) -> None:
    levels = list(dict.fromkeys(level.strip() for level in levels))
    cells = np.random.default_rng(seed).permuted([*levels, *levels])
    frame = pd.DataFrame({"level": pd.Categorical(cells, categories=levels), "date": "2017-03-01"})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"table.{kind}"
        if kind == "parquet":
            frame.to_parquet(path)
        elif kind == "dta":
            frame.to_stata(path, write_index=False, version=118)
        else:
            pyreadr.write_rds(str(path), frame)
        text = '[study]\ntitle = "A table"\n[variables.level]\nlabel = "level"\ntype = "category"\n'
        (Path(folder) / "table.toml").write_text(text)
        study = load_study(Codebook.read(Path(folder) / "table.toml"), path)
    assert study["level"].values.tolist() == cells.tolist()
    if kind != "rds":  # pyreadr writes a factor as text
        assert study["level"].attrs["levels"] == tuple(levels)
