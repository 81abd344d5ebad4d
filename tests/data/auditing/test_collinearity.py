"""Collinearity against direct regressions."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from data.auditing.audit import Audit
from data.auditing.collinearity import ColumnVif
from tests.data._small_study import audited, units


def direct_vif(matrix: np.ndarray, position: int) -> float:
    """Regress the column on the others and an intercept."""
    y = matrix[:, position]
    x = np.column_stack([np.ones(len(y)), np.delete(matrix, position, axis=1)])
    residual = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    return float(((y - y.mean()) ** 2).sum() / (residual**2).sum())


def columns(audit: Audit) -> dict[str, ColumnVif]:
    return {column.column: column for column in audit.collinearity.columns}


def test_vif_agrees_with_a_direct_regression(tmp_path: Path) -> None:
    frame = units(200)
    frame["money"] = (frame["share"] / 10 + frame["peer"] + np.random.default_rng(3).normal(0, 0.5, 200)).round(4)
    audit = audited(frame, tmp_path)
    dummies = [(frame["owner"] == level).astype(float) for level in ("for_profit", "nonprofit")]
    matrix = np.column_stack([frame["peer"], frame["share"], *dummies, frame["money"]]).astype(float)
    names = ["peer", "share", "owner[for_profit]", "owner[nonprofit]", "money"]
    assert list(columns(audit)) == names
    for position, name in enumerate(names):
        found = columns(audit)[name]
        # two routes in double precision
        assert found.vif == pytest.approx(direct_vif(matrix, position), rel=1e-9), name
        assert found.flag == ("high" if found.vif > 10 else ""), name
    assert columns(audit)["money"].flag == "high"
    assert any("Variance inflation above 10" in text and "money" in text for text in audit.warnings)
    standard = (matrix - matrix.mean(axis=0)) / matrix.std(axis=0)
    assert audit.collinearity.condition_number == pytest.approx(np.linalg.cond(standard), rel=1e-9)


def test_an_exact_combination_is_named_with_its_parts(tmp_path: Path) -> None:
    frame = units(150)
    frame["money"] = 100 - frame["share"]
    audit = audited(frame, tmp_path)
    (found,) = audit.collinearity.dependences
    assert {found.column, *found.of} == {"share", "money"}
    assert {column.flag for name, column in columns(audit).items() if name not in {"share", "money"}} == {""}
    assert math.isinf(columns(audit)["share"].vif)
    assert math.isinf(columns(audit)["money"].vif)
    assert columns(audit)[found.column].flag == "singular"
    assert math.isinf(audit.collinearity.condition_number)
    assert any(f"The column {found.column} is exactly a combination of" in text for text in audit.warnings)


def test_a_column_that_does_not_vary_is_constant_and_harms_no_other(tmp_path: Path) -> None:
    frame = units(150).assign(money=0.1)
    audit = audited(frame, tmp_path)
    assert columns(audit)["money"].flag == "constant"
    assert all(column.vif < 2 for name, column in columns(audit).items() if name != "money")
    assert audit.collinearity.dependences == ()
    assert any("Among the usable rows money does not vary" in text for text in audit.warnings)
