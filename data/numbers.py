"""Numbers read from text and written as text without losing a digit."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
"""A number as files write it. Python's `float` would also take "1_12", "nan" and "infinity"."""

EXACT_WHOLE = 2**53
"""Whole numbers above this are not all different as floats."""

_NUMBER = re.compile(NUMBER, re.ASCII)


def number_text(value: float) -> str:
    """Return a number as text with all its digits: 304.0 is "304", .1 is "0.1", seven digits stay seven."""
    number = float(value)
    if number.is_integer() and abs(number) < EXACT_WHOLE:
        return str(int(number))
    return str(value) if isinstance(value, int) else repr(number)


def size_text(size: float) -> str:
    """Return a size with two digits, or with all before the point: 0.81, 8.1, 97, 12,190."""
    return f"{size:.2g}" if abs(size) < 10 else f"{size:,.0f}"


def as_decimal(text: str) -> Decimal | None:
    """Return the exact number that a text writes, or None where it writes none; "1e5" and "100000" are equal."""
    stripped = text.strip()
    return Decimal(stripped) if _NUMBER.fullmatch(stripped) else None


def in_order(levels: Iterable[str]) -> list[str]:
    """Return the levels without repeats, numbers first in numeric order, then text in alphabetical order."""
    numbers = {level: as_decimal(level) for level in levels}
    return sorted(numbers, key=lambda level: (numbers[level] is None, numbers[level] or 0, level))
