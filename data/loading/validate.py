"""Validate a recoded table against its codebook, by one pandera schema per codebook."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from data.codebook import Codebook
from data.errors import InputError, Problem
from data.limits import HUNDREDTH, at_limits, looks_like_shares
from data.loading.cell_problems import SHOWN_PER_COLUMN
from data.loading.recode import CODES_STEP
from data.numbers import number_text
from data.variable import Variable

LARGEST = 1e50
"""Largest valid number: no measured quantity is larger, and squares of larger ones overflow."""

FINITE = "a finite number"
NOT_HUGE = f"a number no larger than {LARGEST:g}"
YES_OR_NO = "0 or 1"

STEPS = {
    FINITE: "Add what means no answer to missing_codes",
    NOT_HUGE: "If it means no answer, add it to missing_codes; else measure in a larger unit",
}


def check(table: pd.DataFrame, codebook: Codebook) -> list[Problem]:
    """Return every violation of ranges, limits and key uniqueness, with row, column and value.

    Parameters
    ----------
    table : pandas.DataFrame
        The codebook's variables, as `recode` returns them.
    """
    return [*_values(table, codebook), *_blank_keys(table, codebook), *_duplicates(table, codebook)]


def rounded(table: pd.DataFrame, codebook: Codebook) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Return the table with values within rounding of a range's end moved to it, and the moved rows by variable."""
    out, moved = table.copy(deep=False), {}
    for name in table.columns:
        variable = codebook.variables[name]
        values = table[name]
        if variable.type != "number":
            continue
        new = values.to_numpy(dtype=float)
        if variable.limits:
            new = at_limits(new, *variable.limits)
        if variable.range:
            new = at_limits(new, *variable.range, outside=True)
        changed = np.isfinite(new) & (new != values.to_numpy(dtype=float))
        if changed.any():
            out[name], moved[name] = new, changed
    return out, moved


def require_units(table: pd.DataFrame, codebook: Codebook, multiplied: Mapping[str, float]) -> None:
    """Raise an error for shares stored as 0-1 under a range of 0-100, unless the mapping has a factor for them.

    Parameters
    ----------
    table : pandas.DataFrame
        One wave of a checked table.
    multiplied : dict of str to float
        The mapping's factors; a variable named there is accepted even if its factor is 1.
    """
    problems = []
    for name in table.columns:
        variable = codebook.variables[name]
        low, high = variable.range or variable.limits or (np.nan, np.nan)
        if variable.type != "number" or name in multiplied:
            continue
        if looks_like_shares(table[name].to_numpy(dtype=float), low, high):
            top = number_text(low + HUNDREDTH * (high - low))
            got = f"all values between {number_text(low)} and {top}, a hundredth of the declared {_span(low, high)}"
            step = (
                f"If they are shares stored as 0-1, give --columns a file with [multiply] {name} = 100; if they are "
                f"that small, with [multiply] {name} = 1, or declare the `range` that they have"
            )
            problems.append(Problem(f"variable {name!r}", got, f"values in {variable.unit or 'its unit'}", step))
    if problems:
        raise InputError(problems)


def schema(codebook: Codebook) -> pa.DataFrameSchema:
    """Return the pandera schema of a recoded table."""
    columns = {
        name: pa.Column(float, _checks(variable), nullable=True, required=False)
        for name, variable in codebook.variables.items()
        if variable.type in {"number", "binary"}
    }
    return pa.DataFrameSchema(columns)


def _checks(variable: Variable) -> list[pa.Check]:
    checks = [pa.Check(np.isfinite, name=FINITE), pa.Check(_not_huge, name=NOT_HUGE)]
    if variable.type == "binary":
        checks.append(pa.Check(_yes_or_no, name=YES_OR_NO))
    spans = [span for span in (variable.range, variable.limits) if span]
    if spans:  # one check for both, so that a value outside is reported once
        low, high = max(span[0] for span in spans), min(span[1] for span in spans)
        checks.append(pa.Check(partial(_within, low=low, high=high), name=f"a value from {_span(low, high)}"))
    return checks


def _span(low: float, high: float) -> str:
    return f"{number_text(low)} to {number_text(high)}"


def _not_huge(values: pd.Series) -> pd.Series:
    return (values.abs() <= LARGEST) | values.abs().eq(np.inf)


def _yes_or_no(values: pd.Series) -> pd.Series:
    return values.isin([0.0, 1.0]) | (values.abs() > LARGEST)


def _within(values: pd.Series, low: float, high: float) -> pd.Series:
    """Return which values are within a range; infinite and huge ones pass, as another check reports them."""
    return values.between(low, high) | (values.abs() > LARGEST)


def _values(table: pd.DataFrame, codebook: Codebook) -> list[Problem]:
    try:
        schema(codebook).validate(table, lazy=True)
    except SchemaErrors as error:
        cases = error.failure_cases
    else:
        return []
    problems = []
    for (column, rule), rows in cases.groupby(["column", "check"], sort=False):
        step = CODES_STEP.format(name=column) if rule == YES_OR_NO else STEPS.get(str(rule), "")
        distinct = rows.drop_duplicates("failure_case")
        for _, case in distinct.head(SHOWN_PER_COLUMN).iterrows():
            count = int((rows["failure_case"] == case["failure_case"]).sum())
            more = f" (and {count - 1} more rows)" if count > 1 else ""
            place = f"row {int(case['index']) + 1}, column {column!r}"
            problems.append(Problem(place, f"{number_text(case['failure_case'])}{more}", str(rule), step))
        if len(distinct) > SHOWN_PER_COLUMN:
            left = f"{len(distinct) - SHOWN_PER_COLUMN} more such values"
            problems.append(Problem(f"column {column!r}", left, str(rule)))
    return problems


def _keys(table: pd.DataFrame, codebook: Codebook) -> list[str]:
    return [name for role in ("clinic", "wave") for name in codebook.with_role(role) if name in table]


def _blank_keys(table: pd.DataFrame, codebook: Codebook) -> list[Problem]:
    """Return problems of rows without their wave, which would be dropped, or without their clinic."""
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
    expected = f"one row per {' and '.join(keys)}"
    problems = []
    for row in again[:SHOWN_PER_COLUMN]:
        values = ", ".join(f"{key} {_text(table[key].iloc[row])}" for key in keys)
        problems.append(Problem(f"row {row + 1}", f"the same {values} again", expected))
    if len(again) > SHOWN_PER_COLUMN:
        problems.append(Problem("rows", f"{len(again) - SHOWN_PER_COLUMN} more that stand twice", expected))
    return problems


def _text(value: object) -> str:
    return number_text(value) if isinstance(value, float) else str(value)
