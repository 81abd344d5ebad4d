"""What a recoded table must satisfy before it is a study: one pandera schema per codebook."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from data._errors import Problem
from data._recode import SHOWN_PER_COLUMN
from data.codebook import Codebook, Variable


def check(table: pd.DataFrame, codebook: Codebook) -> list[Problem]:
    """Return every violation of ranges, limits and key uniqueness, with row, column and value.

    Parameters
    ----------
    table : pandas.DataFrame
        From `recode`: the codebook's variables.
    codebook : Codebook
    """
    return [*_values(table, codebook), *_blank_keys(table, codebook), *_duplicates(table, codebook)]


def schema(codebook: Codebook) -> pa.DataFrameSchema:
    """Return the pandera schema of a recoded table."""
    columns = {
        name: pa.Column(float, _checks(variable), nullable=True, required=False)
        for name, variable in codebook.variables.items()
        if variable.type in {"number", "binary"}
    }
    return pa.DataFrameSchema(columns)


def _checks(variable: Variable) -> list[pa.Check]:
    checks = [pa.Check(np.isfinite, name="a finite number")]
    if variable.type == "binary":
        checks.append(pa.Check(_yes_or_no, name="0 or 1"))
    for low, high in filter(None, [variable.range, variable.limits]):
        checks.append(pa.Check(partial(_within, low=low, high=high), name=f"a value from {low:g} to {high:g}"))
    return checks


def _yes_or_no(values: pd.Series) -> pd.Series:
    return values.isin([0.0, 1.0]) | values.abs().eq(np.inf)


def _within(values: pd.Series, low: float, high: float) -> pd.Series:
    """Infinite values are another check's and not reported twice."""
    return values.between(low, high) | values.abs().eq(np.inf)


def _values(table: pd.DataFrame, codebook: Codebook) -> list[Problem]:
    try:
        schema(codebook).validate(table, lazy=True)
    except SchemaErrors as error:
        cases = error.failure_cases
    else:
        return []
    problems = []
    for (column, rule), rows in cases.groupby(["column", "check"], sort=False):
        distinct = rows.drop_duplicates("failure_case")
        for _, case in distinct.head(SHOWN_PER_COLUMN).iterrows():
            count = int((rows["failure_case"] == case["failure_case"]).sum())
            more = f" (and {count - 1} more rows)" if count > 1 else ""
            place = f"row {int(case['index']) + 1}, column {column!r}"
            problems.append(Problem(place, f"{case['failure_case']:.12g}{more}", str(rule)))
        if len(distinct) > SHOWN_PER_COLUMN:
            left = f"{len(distinct) - SHOWN_PER_COLUMN} more such values"
            problems.append(Problem(f"column {column!r}", left, str(rule)))
    return problems


def _keys(table: pd.DataFrame, codebook: Codebook) -> list[str]:
    return [name for role in ("clinic", "wave") for name in codebook.with_role(role) if name in table]


def _blank_keys(table: pd.DataFrame, codebook: Codebook) -> list[Problem]:
    """A row without its wave would be lost in silence, one without its clinic taken for another's."""
    problems = []
    for key in _keys(table, codebook):
        blank = np.flatnonzero(table[key].isna())
        if blank.size:
            more = f" (and {blank.size - 1} more rows)" if blank.size > 1 else ""
            problems.append(Problem(f"row {blank[0] + 1}, {key}", f"nothing{more}", "a value in every row"))
    return problems


def _duplicates(table: pd.DataFrame, codebook: Codebook) -> list[Problem]:
    keys = _keys(table, codebook)
    if not any("clinic" in codebook.variables[key].roles for key in keys):
        return []
    again = np.flatnonzero(table.duplicated(keys, keep="first") & table[keys].notna().all(axis=1))
    problems = []
    for row in again:
        values = ", ".join(f"{key} {_text(table[key].iloc[row])}" for key in keys)
        problems.append(Problem(f"row {row + 1}", f"the same {values} again", f"one row per {' and '.join(keys)}"))
    return problems


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
