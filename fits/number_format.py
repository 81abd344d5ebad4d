"""The one place that says how wide intervals are and how many digits are printed."""

from __future__ import annotations

import math

INTERVAL = 0.95
"""Probability of every equal-tailed interval; what readers of Stata and R output expect."""

EXACT_DECIMALS = 3
"""Decimals of a number without error, and most decimals of a probability."""

EXACT = 1e-12
"""An error this small beside its number is no error but rounding."""

MOST_TOLD = 9
"""Most decimals by which a value is told from its limit."""


def decimals(error: float, value: float = 0.0) -> int:
    """Return how many decimals a number with this Monte Carlo standard error can carry, however small both are.

    The unit of the last digit is not smaller than the error; -1 stands for tens, -2 for hundreds.
    """
    if not error > 0 or not math.isfinite(error):
        return EXACT_DECIMALS if error == 0 else 0
    return EXACT_DECIMALS if error < EXACT * abs(value) else math.floor(-math.log10(error))


def decimals_beside(error: float, value: float = 0.0) -> int:
    """Return how many decimals an estimate has beside its standard error: down to the error's second digit."""
    if not error > 0 or not math.isfinite(error) or error < EXACT * abs(value):
        return EXACT_DECIMALS
    return 1 - math.floor(math.log10(error))


def rounded(value: float, places: int) -> str:
    """Return a number with so many decimals, and no minus sign before a zero."""
    return f"{round(value, places) + 0.0:.{max(places, 0)}f}"


def told_apart(value: float, limit: float, places: int) -> str:
    """Return a number with so many decimals, or as many more as tell it from its limit."""
    while places < MOST_TOLD and value != limit and f"{value:.{places}f}" == f"{limit:.{places}f}":
        places += 1
    return f"{value:.{places}f}"


def chance_text(value: float, error: float, *, most: int = EXACT_DECIMALS) -> str:
    """Return a probability with the digits that its error supports, one at least; it never reads 0 or 1."""
    places = min(max(decimals(error), 1), most)
    least = 10.0**-places
    if value < least:
        return f"< {least:.{places}f}"
    return f"> {1.0 - least:.{places}f}" if value > 1.0 - least else f"{value:.{places}f}"
