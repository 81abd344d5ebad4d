"""Faults of a variable's declaration that types alone cannot show, before any data are read."""

from __future__ import annotations

import math
from decimal import Decimal

from data.errors import Problem, nearest
from data.numbers import as_decimal, number_text
from data.variable import OUTCOME_ROLES, Variable

SMALLEST_CONTRAST = 1e-30
"""Smallest usable contrast; floating-point division fails below it and above its inverse."""


def variable_faults(file: str, name: str, variable: Variable) -> list[Problem]:
    """Return the faults of a variable's declaration that types alone cannot show."""
    where = f"{file}: variables.{name}"
    problems = []
    if variable.columns[1:] and not variable.first_match:
        problems.append(Problem(where, "several columns", "a `first_match` rule that turns them into levels"))
    for key in ("range", "limits"):
        pair = getattr(variable, key)
        if pair is not None and not pair[0] < pair[1]:
            problems.append(Problem(f"{where}.{key}", f"{list(pair)}", "a lower number before a higher one"))
    if set(variable.roles) & set(OUTCOME_ROLES) and not variable.service:
        problems.append(Problem(where, "no `service`", "the service that this outcome is about"))
    if variable.assumed and not variable.reason:
        problems.append(Problem(where, "`assumed = true` without a reason", "a `reason` that readers can judge"))
    if variable.type == "binary" and variable.limits:
        problems.append(Problem(f"{where}.limits", "limits on a binary variable", "none: its values are 0 and 1"))
    if "wave" in variable.roles and variable.type != "number":
        problems.append(Problem(f"{where}.type", repr(variable.type), "'number' for the role `wave`"))
    problems += [
        *_level_faults(where, variable),
        *_rule_faults(where, variable),
        *contrast_faults(where, variable.contrast),
    ]
    return problems


def contrast_faults(where: str, contrast: float | str | None) -> list[Problem]:
    """Return a problem for a contrast that is not finite, or too small or too large to divide by.

    Parameters
    ----------
    where : str
        Where the contrast is declared.
    """
    if not isinstance(contrast, float | int):
        return []
    if not math.isfinite(contrast) or not SMALLEST_CONTRAST <= abs(contrast) <= 1 / SMALLEST_CONTRAST:
        expected = "a change of the variable in its own unit, such as 1 or 10, or 'iqr' or 'sd'"
        return [Problem(f"{where}.contrast", f"{contrast:g}", expected)]
    return []


def _rule_faults(where: str, variable: Variable) -> list[Problem]:
    """Return problems of rules that do not suit the variable's type."""
    problems = []
    if variable.type != "category":
        problems += [
            Problem(f"{where}.{key}", f"{key} of a {variable.type} variable", "none: only a category has levels")
            for key in ("reference", "levels")
            if getattr(variable, key)
        ]
    made = [*(line.level for line in variable.first_match), *([variable.otherwise] if variable.otherwise else [])]
    if variable.type == "number" and made:
        problems.append(Problem(f"{where}.first_match", "levels for a number", "a category, or a yes-or-no variable"))
    if variable.type == "binary":
        problems += [
            Problem(f"{where}.first_match", f"the level {level!r} of a yes-or-no variable", "'0' or '1'")
            for level in dict.fromkeys(made)
            if level not in {"0", "1"}
        ]
    if made and variable.codes:
        problems.append(Problem(where, "`codes` beside `first_match`", "one of them"))
    named = {_number_or_text(code) for code in (*variable.codes, *variable.levels)}
    problems += [
        Problem(f"{where}.missing_codes", f"{_level(code)!r}, which is declared as a level too", "one of them")
        for code in dict.fromkeys(variable.missing_codes)
        if _number_or_text(_level(code)) in named
    ]
    return problems


def _level_faults(where: str, variable: Variable) -> list[Problem]:
    """Return problems of levels that are named in one place and unknown in another."""
    problems = [
        Problem(f"{where}.first_match", f"column {column!r}", "one of `columns`", nearest(column, variable.columns))
        for column in dict.fromkeys(line.column for line in variable.first_match)
        if column not in variable.columns
    ]
    meanings = [_level(meaning) for meaning in variable.codes.values()] if variable.type == "category" else []
    levels = {line.level for line in variable.first_match} | {*meanings, *variable.levels}
    levels |= {variable.otherwise} - {""}
    problems += [
        Problem(f"{where}.levels", "a level of blanks alone", "a name for each level")
        for level in levels
        if not level.strip()
    ]
    if variable.levels:
        problems += [
            Problem(f"{where}.codes", f"the meaning {level!r}", "one of `levels`", nearest(level, variable.levels))
            for level in dict.fromkeys(meanings)
            if level not in variable.levels
        ]
        problems += [
            Problem(f"{where}.levels", f"{level!r} twice", "each level once")
            for level in dict.fromkeys(variable.levels)
            if variable.levels.count(level) > 1
        ]
    if variable.reference and levels and variable.reference not in levels:
        hint = nearest(variable.reference, levels)
        problems.append(Problem(f"{where}.reference", repr(variable.reference), "one of its levels", hint))
    return problems


def _number_or_text(code: str) -> Decimal | str:
    """Return a code in the form that is compared: 9, 9.0 and "9" are one code."""
    number = as_decimal(code)
    return code if number is None else number


def _level(meaning: str | float) -> str:
    """Return the name of a level that is declared as a number or as text."""
    return meaning if isinstance(meaning, str) else number_text(meaning)
