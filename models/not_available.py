"""Features of other software that are not available here, so that errors do not treat them as misspelt names."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from data.errors import Problem

KEYS = {
    "weights": "weights of units or of groups",
    "offset": "an offset",
    "trials": "numbers of trials (a binomial outcome)",
    "slopes": "slopes that vary over groups",
    "interactions": "interactions",
    "splines": "splines",
    "nested": "nested groups",
    "correlated": "correlated effects of groups",
    "zero_inflation": "a part of its own for zeros",
    "sigma": "a modelled residual spread",
    "dispersion": "a modelled dispersion",
}
"""Keys that users of other software try in a model's declaration, and what they request."""

FAMILIES = (
    *("beta", "beta_binomial", "binomial", "betabinomial", "cauchy", "cumulative", "exponential", "fractional"),
    *("gamma", "hurdle", "lognormal", "multinomial", "negative_binomial", "negbinomial", "nbinomial", "normal"),
    *("ordinal", "poisson", "probit", "skew_normal", "student", "weibull"),
    *("zero_inflated_beta", "zero_one_inflated_beta", "zoib"),
)
"""Families that other software has."""

TRANSFORMS = ("cube", "poly", "spline", "sqrt", "bs", "ns", "inverse", "exp")
"""Transformations that other software has."""

SIGNS = {
    ":": "an interaction",
    "*": "an interaction",
    "|": "effects that vary over groups",
    "^": "a power",
}
"""Signs of other software's formulas."""

NOT_YET = "which is not available"


def not_available(
    table: dict[str, Any], where: str, *, families: Collection[str], names: Collection[str]
) -> list[Problem]:
    """Return a problem for each requested feature that is not available, with the alternative.

    Parameters
    ----------
    table : dict
        A model's declaration.
    where : str
        The declaration's name in errors.
    families : collection of str
        Names of all families.
    names : collection of str
        Names of the study's roles and variables, which may contain any sign.
    """
    found = [
        Problem(f"{where}.{key}", f"{KEYS[key]}, {NOT_YET}", "a model without it", "Leave the key out")
        for key in table
        if key in KEYS
    ]
    family = str(table.get("family", "")).lower()
    if family in FAMILIES and family not in families:
        known = ", ".join(families)
        found.append(Problem(f"{where}.family", f"the family {family!r}, {NOT_YET}", f"one of {known}"))
    for key in ("exposures", "controls", "groups", "outcome"):
        given = table.get(key, ())
        for entry in given if isinstance(given, list | tuple) else [given]:
            if not isinstance(entry, str) or entry not in names:
                found += _term(entry, f"{where}.{key}")
    return found


def _term(entry: Any, where: str) -> list[Problem]:
    if isinstance(entry, str):
        sign = next((sign for sign in SIGNS if sign in entry.strip("|:*^")), "")
        sign = sign or ("(" if re.fullmatch(r"[A-Za-z_.]+\(.*\)", entry) else "")
        step = "Compute the column in the data file and declare it as a variable"
        expected = "roles and variables by name"
        asked = SIGNS.get(sign, "a function of a variable")
        return [Problem(where, f"{entry!r}, {asked}, {NOT_YET}", expected, step)] if sign else []
    transform = entry.get("transform", "") if isinstance(entry, dict) else ""
    if transform in TRANSFORMS:
        got = f"the transformation {transform!r}, {NOT_YET}"
        step = "Compute the column in the data file and declare it as a variable"
        return [Problem(where, got, "one of none, standardise, square, log, log1p", step)]
    return []
