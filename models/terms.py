"""Make labelled columns, in contrasts and centred, of the terms of the linear predictor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from data.arrays import Array, Mask
from data.categories import Levels, level_texts
from data.codebook import Codebook
from data.errors import Problem
from data.numbers import number_text
from data.variable import Variable
from models.spec import Term

QUARTILES = (0.25, 0.75)
"""Quantiles of an inter-quartile contrast; where they coincide, the contrast is a standard deviation."""


STEP_OVER_SPREAD = (1e-15, 1e9)
"""Smallest and largest contrast, relative to the variable's range."""

WRITTEN_OUT = {"standardise": "standardise({})", "square": "square({})", "log": "log({})", "log1p": "log1p({})"}
"""Labels of transformed variables where other variables have the usual labels."""


@dataclass(frozen=True)
class DesignColumn:
    """One column of the design.

    Attributes
    ----------
    label : str
        The column's name, such as ``ownership[for_profit]`` or ``exper^2``.
    term : Term
        The variable, its transformation and, for a number, its contrast.
    values : array (unit,)
        Values in the variable's unit after the transformation; NaN where missing.
    step : float
        The contrast, in that unit: the coefficient is the effect of this change.
    contrast : str
        The contrast in words, such as ``0 -> 1`` or ``+10 percent of staff``.
    """

    label: str
    term: Term
    values: Array
    step: float
    contrast: str

    @property
    def variable(self) -> str:
        """The variable it comes from."""
        return self.term.variable


def columns_of(
    terms: Sequence[Term], dataset: xr.Dataset, codebook: Codebook, usable: Mask
) -> tuple[list[DesignColumn], list[Problem]]:
    """Return the columns of `terms`; a category has one for each level of a usable row except its reference.

    Parameters
    ----------
    dataset : xarray.Dataset
        The study as `data.study.load_study` returns it.
    usable : bool array (unit,)
        Rows that the model can use.
    """
    columns: list[DesignColumn] = []
    problems: list[Problem] = []
    for term in terms:
        variable = codebook.variable(term.variable)
        if term.variable not in dataset:
            problems.append(
                Problem(f"variable {term.variable!r}", "no such column in this file", "a column of that name")
            )
        elif variable.type == "category":
            columns += _dummies(term, variable, dataset[term.variable], usable, problems)
        else:
            columns += _numeric(term, variable, dataset[term.variable].to_numpy(), problems)
    return columns, problems


def _dummies(
    term: Term, variable: Variable, values: xr.DataArray, usable: Mask, problems: list[Problem]
) -> list[DesignColumn]:
    levels = Levels.of(term.variable, values, usable, term.reference or variable.reference)
    if levels.fault:
        problems.append(levels.fault)
    if term.transform != "none":
        problems.append(Problem(f"{term.variable}: transform", repr(term.transform), "none: it is a category"))
    if len(levels.usable) < 2:
        problems.append(
            Problem(
                f"variable {term.variable!r}",
                f"{len(levels.usable)} level(s) in the data",
                "at least two",
                "Leave it out of the model",
            )
        )
    texts = level_texts(values.to_numpy())
    return [
        DesignColumn(
            f"{term.variable}[{level}]",
            term,
            np.where(texts == "", np.nan, (texts == level).astype(float)),
            1.0,
            f"{levels.reference} -> {level}",
        )
        for level in levels.usable
        if level != levels.reference
    ]


def _numeric(term: Term, variable: Variable, values: Array, problems: list[Problem]) -> list[DesignColumn]:
    known = values[np.isfinite(values)]
    if not known.size:  # no row is usable, which `design` reports with the variables that are missing
        return [DesignColumn(_label(term), term, values, 1.0, "")]
    if known.min() == known.max():
        problems.append(
            Problem(
                f"variable {term.variable!r}",
                f"the one value {number_text(known[0])} everywhere",
                "a variable that varies",
                "Leave it out of the model",
            )
        )
        return []
    if term.transform in {"log", "log1p"} and known.size and known.min() <= (0 if term.transform == "log" else -1):
        problems.append(
            Problem(
                f"{term.variable}: transform {term.transform!r}",
                f"values down to {number_text(known.min())}",
                "values it is defined for",
            )
        )
        return []
    changed = transformed(term, values, values)
    contrast = term.contrast if term.contrast is not None else variable.contrast
    if term.transform in {"square", "log", "log1p", "standardise"} and term.contrast is None:
        contrast = 1.0
    if contrast == "iqr" and len(set(np.nanquantile(changed, QUARTILES))) == 1:
        contrast = "sd"
    step = _step(contrast, changed)
    if fault := _step_fault(term, step, changed):
        problems.append(fault)
        return []
    term = replace(term, contrast=contrast)
    return [DesignColumn(_label(term), term, changed, step, _words(contrast, step, variable, term))]


def transformed(term: Term, values: Array, like: Array) -> Array:
    """Return a number's values after the term's transformation.

    Parameters
    ----------
    values : array
        Values in the variable's own unit.
    like : array (unit,)
        The study's values, whose mean and standard deviation are used to standardise.
    """
    match term.transform:
        case "standardise":
            changed = (values - np.nanmean(like)) / np.nanstd(like, ddof=1)
        case "square":
            changed = values**2
        case "log":
            changed = np.log(values)
        case "log1p":
            changed = np.log1p(values)
        case _:
            changed = values
    return np.asarray(changed)


def _step_fault(term: Term, step: float, values: Array) -> Problem | None:
    """Return a problem for a contrast so far from the variable's range that its coefficient cannot be computed."""
    spread = float(np.nanmax(values) - np.nanmin(values)) if np.isfinite(values).any() else 1.0
    if spread == 0.0 or STEP_OVER_SPREAD[0] <= abs(step) / spread <= STEP_OVER_SPREAD[1]:
        return None
    got = f"{step:g} of a variable that spans {spread:g}"
    next_step = "Declare another `contrast`, such as 'sd', or look for a value that cannot be"
    return Problem(f"{term.variable}: contrast", got, "a change that the data could show", next_step)


def distinct(columns: Sequence[DesignColumn]) -> tuple[list[DesignColumn], list[Problem]]:
    """Return the columns with distinct labels, and a problem for each two that have the same.

    A transformed variable whose label is another variable's name, such as "log wage", is called log(wage).
    """
    labels = [column.label for column in columns]
    out = [
        replace(column, label=WRITTEN_OUT[column.term.transform].format(column.variable))
        if labels.count(column.label) > 1 and column.term.transform != "none"
        else column
        for column in columns
    ]
    labels = [column.label for column in out]
    problems = [
        Problem(f"column {label!r}", f"{labels.count(label)} columns of that name in the model", "one")
        for label in dict.fromkeys(labels)
        if labels.count(label) > 1
    ]
    return out, problems


def _label(term: Term) -> str:
    name = term.variable
    words = {"standardise": f"{name} (standardised)", "square": f"{name}^2", "log": f"log {name}"}
    return {**words, "log1p": f"log1p {name}", "none": name}[term.transform]


def _step(contrast: float | str, values: Array) -> float:
    if contrast == "sd":
        return float(np.nanstd(values, ddof=1))
    if contrast == "iqr":
        low, high = np.nanquantile(values, QUARTILES)
        return float(high - low)
    return float(contrast)


def _words(contrast: float | str, step: float, variable: Variable, term: Term) -> str:
    if term.transform == "standardise":
        return "+1 sd"
    if variable.type == "binary":
        return "0 -> 1"
    unit = "" if term.transform != "none" else variable.unit
    if contrast == "sd":
        return f"+1 sd ({step:.2g} {unit or 'units'})"
    if contrast == "iqr":
        return f"lower -> upper quartile ({step:.2g} {unit or 'units'})"
    sign = "+" if step > 0 else ""
    return f"{sign}{number_text(step)} {unit}".rstrip()
