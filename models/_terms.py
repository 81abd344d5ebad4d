"""Terms of the linear predictor -> labelled columns, in contrasts and centred."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from data._errors import Problem
from data.codebook import Codebook, Variable
from models._spec import Term

Array = NDArray[np.float64]


QUARTILES = (0.25, 0.75)
"""Of an inter-quartile contrast; where they coincide it is a standard deviation instead."""


@dataclass(frozen=True)
class Column:
    """One column of the design.

    Attributes
    ----------
    label : str
        Such as ``ownership[for_profit]`` or ``exper^2``.
    term : Term
        The variable it comes from, what was done to it, and for a number which contrast was settled on.
    values : array (unit,)
        In the variable's unit after the transformation; NaN where missing.
    step : float
        The contrast, in that unit: a coefficient is the effect of this much.
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


def columns_of(terms: Sequence[Term], dataset: xr.Dataset, codebook: Codebook) -> tuple[list[Column], list[Problem]]:
    """Return the columns of `terms`, a category giving one per level but its reference.

    Parameters
    ----------
    terms : sequence of Term
    dataset : xarray.Dataset
        From `data.study.load_study`.
    codebook : Codebook
    """
    columns: list[Column] = []
    problems: list[Problem] = []
    for term in terms:
        variable = codebook.variable(term.variable)
        if term.variable not in dataset:
            problems.append(
                Problem(f"variable {term.variable!r}", "no such column in this file", "a column of that name")
            )
        elif variable.type == "category":
            columns += _dummies(term, variable, dataset[term.variable].to_numpy(), problems)
        else:
            columns += _numeric(term, variable, dataset[term.variable].to_numpy(), problems)
    return columns, problems


def _dummies(term: Term, variable: Variable, values: np.ndarray, problems: list[Problem]) -> list[Column]:
    levels = sorted(set(values.tolist()) - {""})
    reference = term.reference or variable.reference or (levels[0] if levels else "")
    if term.reference and term.reference not in levels:
        problems.append(Problem(f"{term.variable}: reference", repr(reference), f"one of {', '.join(levels)}"))
    if term.transform != "none":
        problems.append(Problem(f"{term.variable}: transform", repr(term.transform), "none: it is a category"))
    if len(levels) < 2:
        problems.append(
            Problem(
                f"variable {term.variable!r}",
                f"{len(levels)} level(s) in the data",
                "at least two",
                "Leave it out of the model",
            )
        )
    blank = values == ""
    return [
        Column(
            f"{term.variable}[{level}]",
            term,
            np.where(blank, np.nan, (values == level).astype(float)),
            1.0,
            f"{reference} -> {level}",
        )
        for level in levels
        if level != reference
    ]


def _numeric(term: Term, variable: Variable, values: Array, problems: list[Problem]) -> list[Column]:
    known = values[np.isfinite(values)]
    if known.size and known.min() == known.max():
        problems.append(
            Problem(
                f"variable {term.variable!r}",
                f"the one value {known[0]:g} everywhere",
                "a variable that varies",
                "Leave it out of the model",
            )
        )
        return []
    if term.transform in {"log", "log1p"} and known.size and known.min() <= (0 if term.transform == "log" else -1):
        problems.append(
            Problem(
                f"{term.variable}: transform {term.transform!r}",
                f"values down to {known.min():g}",
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
    term = replace(term, contrast=contrast)
    return [Column(_label(term), term, changed, step, _words(contrast, step, variable, term))]


def transformed(term: Term, values: Array, like: Array) -> Array:
    """Return a number's values after the term's transformation.

    Parameters
    ----------
    term : Term
    values : array
        In the variable's own unit.
    like : array (unit,)
        The study's values, whose mean and standard deviation standardise.
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
    return f"{step:+g} {unit}".rstrip() if unit else f"{step:+g}"
