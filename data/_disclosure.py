"""Counts, shares and averages that withhold themselves where they speak of too few units.

Every number of units that leaves the data goes through here. Printed and in JSON, 1 to 10 units
read "<11"; a number that would give such a count away by subtraction from a printed total is
withheld too. None is printed as 0: it names nobody.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

SMALLEST_SHOWN = 11
"""The usual threshold for US health data."""

FEW = f"<{SMALLEST_SHOWN} units"


def is_few(count: int) -> bool:
    """Return whether a count of units is too small to be printed."""
    return 0 < count < SMALLEST_SHOWN


@dataclass(frozen=True)
class Count:
    """A number of units.

    Attributes
    ----------
    n : int
    of : int, optional
        A total printed nearby, from which the rest could be had by subtraction.
    withheld : bool
        Withhold it although it is large, because its neighbour is small.
    """

    n: int
    of: int | None = None
    withheld: bool = False

    def __str__(self) -> str:
        if is_few(self.n):
            return f"<{SMALLEST_SHOWN}"
        if self.n and self.of is not None and is_few(self.of - self.n):
            return f">{self.of - SMALLEST_SHOWN:,}"
        if self.withheld:
            return f">{SMALLEST_SHOWN - 1}"
        return f"{self.n:,}"

    def plain(self) -> int | str:
        """Return the number, or the text that withholds it."""
        text = str(self)
        return text if text[0] in "<>" else self.n


@dataclass(frozen=True)
class Share:
    """A part of a number of units.

    Attributes
    ----------
    part, whole : int
    withheld : bool
        Withhold it although it is large, because its neighbour is small.
    """

    part: int
    whole: int
    withheld: bool = False

    @property
    def value(self) -> float:
        """The share, 0 to 1; NaN of nothing."""
        return self.part / self.whole if self.whole else math.nan

    @property
    def hidden(self) -> bool:
        """Whether its text withholds the number."""
        return bool(self.whole and self._hidden())

    def _hidden(self) -> str:
        if not self.whole:
            return "no units"
        if is_few(self.part) or is_few(self.whole):
            return FEW
        if is_few(self.whole - self.part):
            return f"all but {FEW}"
        return "withheld" if self.withheld else ""

    def __str__(self) -> str:
        return self._hidden() or f"{100 * self.value:.1f} %"

    def plain(self) -> float | str:
        """Return the share from 0 to 1, or the text that withholds it."""
        return self._hidden() or round(self.value, 4)


@dataclass(frozen=True)
class Average:
    """A statistic of `n` units: a mean, a standard deviation, or a quantile with `n` units beyond it."""

    value: float
    n: int

    def _hidden(self) -> str:
        if not self.n:
            return "no units"
        return FEW if is_few(self.n) else ""

    def __str__(self) -> str:
        digits = 2 if 0 < abs(self.value) < 10 else 1
        return self._hidden() or f"{self.value:,.{digits}f}"

    def plain(self) -> float | str | None:
        """Return the value to four significant digits, or the text that withholds it."""
        return self._hidden() or (float(f"{self.value:.4g}") if math.isfinite(self.value) else None)


def shares(counts: Mapping[str, int]) -> dict[str, Share]:
    """Return each level's share of all levels together."""
    whole = sum(counts.values())
    return beside({level: Share(count, whole) for level, count in counts.items()})


def beside(table: Mapping[str, Share]) -> dict[str, Share]:
    """Return shares that are printed side by side: a lone withheld one takes its smallest neighbour along.

    It could be had otherwise by subtracting the others from their printed total.
    """
    hidden = [level for level, share in table.items() if share.hidden]
    rest = [level for level, share in table.items() if not share.hidden and share.part]
    along = min(rest, key=lambda level: table[level].part) if len(hidden) == 1 and rest else None
    return {level: replace(share, withheld=level == along) for level, share in table.items()}


def counts_beside(numbers: Sequence[int]) -> list[Count]:
    """Return counts that are printed side by side: a lone small one takes its smallest neighbour along."""
    whole = sum(numbers)
    hidden = [place for place, n in enumerate(numbers) if is_few(n)]
    rest = [place for place, n in enumerate(numbers) if n and not is_few(n)]
    along = min(rest, key=lambda place: numbers[place]) if len(hidden) == 1 and rest else None
    return [Count(n, of=whole, withheld=place == along) for place, n in enumerate(numbers)]


def plain(value: Any) -> Any:
    """Return a row, a table or a value as plain data for JSON, with small counts withheld."""
    if isinstance(value, Count | Share | Average):
        return value.plain()
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return value
