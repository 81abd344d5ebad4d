"""Make labelled columns, in contrasts and centred, of the terms of the linear predictor.

A coefficient, and its prior, is about a contrast: 0 -> 1 of a yes-or-no variable, the step to another level of a
category, and of a number the change that is declared. Where none is declared a number is spoken of per standard
deviation, so that the unit it is measured in decides nothing: the same ages in months, years or decades have the same
prior, the same posterior and the same verdict. The standard deviation is that of all rows of the study's wave, also of
those that a model cannot use, so that it is the same in every service and model, and it is kept as a number with the
fit, so that it is the same again on a part of the rows or on imputed values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from data.arrays import Array, Mask
from data.categories import Levels, level_texts
from data.errors import Problem
from data.numbers import number_text, size_text
from data.variable import Variable
from models.predictors.measures import WRITTEN_OUT, Measures, unsaid
from models.spec import Term

STEP_OVER_SPREAD = (1e-15, 1e9)
"""Smallest and largest contrast, relative to the variable's range."""

UNITS = {"square": "{} squared", "log": "log {}", "log1p": "log1p {}"}
"""Units of transformed variables."""


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


def contrasts_of_study(terms: Sequence[Term], measures: Measures) -> dict[str, float]:
    """Return the numbers that the terms' contrasts take from all rows of the study's wave, by name."""
    for term in unsaid([column.term for column in number_columns(terms, measures)]):
        measures.of("sd", term)
    return dict(measures.found)


def number_columns(terms: Sequence[Term], measures: Measures) -> list[DesignColumn]:
    """Return the columns of terms that are numbers, or yes or no, without those that `columns_of` finds fault with."""
    dataset, codebook = measures.dataset, measures.codebook
    numbers = [
        term for term in terms if term.variable in dataset and codebook.variable(term.variable).type != "category"
    ]
    return [column for term in numbers for column in _numeric(term, measures, []) if column.contrast]


def columns_of(terms: Sequence[Term], measures: Measures, usable: Mask) -> tuple[list[DesignColumn], list[Problem]]:
    """Return the columns of `terms`; a category has one for each level of a usable row except its reference.

    Parameters
    ----------
    measures : Measures
        The study, and what is known of its contrasts.
    usable : bool array (unit,)
        Rows that the model can use.
    """
    dataset, codebook = measures.dataset, measures.codebook
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
            columns += _numeric(term, measures, problems)
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


def _numeric(term: Term, measures: Measures, problems: list[Problem]) -> list[DesignColumn]:
    variable, values = measures.codebook.variable(term.variable), measures.dataset[term.variable].to_numpy()
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
    changed = measures.transformed(term, values)
    term = measures.decided(term)
    step = measures.step(term)
    if fault := _step_fault(term, step, changed):
        problems.append(fault)
        return []
    return [DesignColumn(_label(term), term, changed, step, words_of(term, step, variable))]


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


def words_of(term: Term, step: float, variable: Variable) -> str:
    """Return a number's or a yes-or-no variable's contrast in words, such as ``+1 sd (3.1 years)``."""
    if term.transform == "standardise" and term.contrast == "sd":
        return "+1 sd"
    if variable.type == "binary" and term.transform == "none":
        return "0 -> 1"
    unit = unit_of(term, variable)
    if term.contrast == "sd":
        return f"+1 sd ({size_text(step)} {unit or 'units'})"
    if term.contrast == "iqr":
        return f"lower -> upper quartile ({size_text(step)} {unit or 'units'})"
    return f"{'+' if step > 0 else ''}{number_text(step)} {unit}".rstrip()


def unit_of(term: Term, variable: Variable) -> str:
    """Return the unit of a number after the term's transformation; '' for a plain one whose codebook says none."""
    if term.transform == "none":
        return variable.unit
    return "sd" if term.transform == "standardise" else UNITS[term.transform].format(variable.unit or "units")
