"""Counts, shares and averages that are withheld where they are about too few units.

Every number of units that leaves the data goes through here, and reads alike on the terminal, in JSON, in a
manifest and on a page:

- 1 to 10 units read "<11". Zero units are printed as 0, which identifies nobody.
- Where two totals differ by 1 to 10 units, the larger is printed and the smaller reads ">646", which says no more
  than that the difference is "<11". Rounding would say more, and at times all. The larger is printed because it is
  known anyway: surveys publish how many units they have and how many answered a question. A fit uses the smaller.
- Where parts are printed beside their total and only one part is withheld, the smallest other part is withheld too;
  so it is where the sum of all withheld parts reveals one of them. Where a number is withheld, no parts that add up
  to it are printed.
- Where a number of units is withheld, its shares are rounded so coarsely that any number could have them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

SMALLEST_SHOWN = 11
"""Smallest number of units that is printed: the usual threshold for US health data."""

FEW = f"<{SMALLEST_SHOWN} units"


def is_few(count: int) -> bool:
    """Return whether a count of units is too small to be printed."""
    return 0 < count < SMALLEST_SHOWN


@dataclass(frozen=True)
class Count:
    """A number of units.

    Attributes
    ----------
    of : int, optional
        A total printed nearby, so that the rest could be computed by subtraction.
    withheld : bool
        Withhold it although it is large, because its neighbour is small.
    above : int
        A withheld number may be said to be larger than this.
    """

    n: int
    of: int | None = None
    withheld: bool = False
    above: int = SMALLEST_SHOWN - 1

    @property
    def missing(self) -> int:
        """The number of units by which it is less than its total, if they are few."""
        rest = 0 if self.of is None else self.of - self.n
        return rest if is_few(rest) else 0

    @property
    def hidden(self) -> bool:
        """Whether its text withholds the number."""
        return is_few(self.n) or bool(self.n and (self.missing or self.withheld))

    @property
    def floor(self) -> int:
        """The number, or the bound that a withheld number is said to be larger than."""
        if not self.hidden:
            return self.n
        if is_few(self.n):
            return 0
        return self.n + self.missing - SMALLEST_SHOWN if self.missing else self.above

    def __str__(self) -> str:
        if is_few(self.n):
            return f"<{SMALLEST_SHOWN}"
        return f">{self.floor:,}" if self.hidden else f"{self.n:,}"

    def plain(self) -> int | str:
        """Return the number, or the text that withholds it."""
        return str(self) if self.hidden else self.n


@dataclass(frozen=True)
class Share:
    """A part of a number of units.

    Attributes
    ----------
    withheld : bool
        Withhold it although it is large, because its neighbour is small.
    coarse : bool
        The whole is withheld, so the share has so few digits that any number of units could have it.
    """

    part: int
    whole: int
    withheld: bool = False
    coarse: bool = False

    @property
    def value(self) -> float:
        """The share, 0 to 1; NaN when the whole is 0."""
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
        if self.coarse and not self._hidden():
            return f"{100 * coarse(self.value, self.whole):.{min(max(places(self.whole) - 2, 0), 1)}f} %"
        return self._hidden() or f"{100 * self.value:.1f} %"

    def plain(self) -> float | str:
        """Return the share from 0 to 1, or the text that withholds it."""
        return self._hidden() or round(coarse(self.value, self.whole) if self.coarse else self.value, 4)


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


def places(whole: int) -> int:
    """Return the number of decimals to which any number of units of this size could have a given share."""
    return len(str(whole)) - 1


def coarse(value: float, whole: int) -> float:
    """Return a share rounded to `places` decimals."""
    return round(value, places(whole))


def shares(counts: Mapping[str, int], *, coarse: bool = False) -> dict[str, Share]:
    """Return each level's share of all levels; coarse shares where the total is withheld."""
    whole = sum(counts.values())
    return beside({level: Share(count, whole, coarse=coarse) for level, count in counts.items()})


def beside(table: Mapping[str, Share]) -> dict[str, Share]:
    """Return shares that are printed side by side, with the smallest neighbour of a lone withheld share withheld too.

    Otherwise the withheld share could be computed by subtracting the others from their printed total.
    """
    hidden = [level for level, share in table.items() if share.hidden]
    rest = [level for level, share in table.items() if not share.hidden and share.part]
    along = min(rest, key=lambda level: table[level].part) if len(hidden) == 1 and rest else None
    return {level: replace(share, withheld=level == along) for level, share in table.items()}


def part_of(n: int, *totals: int) -> Count:
    """Return a number of units that is a part of totals which are printed elsewhere.

    Parameters
    ----------
    *totals : int
        Each is a part of the larger ones, or as large. A total that is itself withheld beside a larger one
        therefore reveals nothing.
    """
    shown: list[int] = []
    for total in sorted(totals, reverse=True):
        if not any(is_few(larger - total) for larger in shown):
            shown.append(total)
    return Count(n, of=next((total for total in shown if is_few(total - n)), None))


def counts_beside(
    numbers: Sequence[int], *, of: Sequence[Sequence[int]] | None = None, unseen: int = 0, last: int | None = None
) -> list[Count]:
    """Return counts that are printed side by side, so that no small one can be computed from their total and the rest.

    Parameters
    ----------
    of : sequence of sequences of int, optional
        Further totals that contain each number, as `part_of` takes them.
    unseen : int
        Number of units that the printed total counts in addition.
    last : int, optional
        Position of the number that is withheld to protect another only where no other number can be.
    """
    whole = sum(numbers) + unseen
    found = [part_of(n, whole, *(of[place] if of else ())) for place, n in enumerate(numbers)]
    while True:
        hidden = [count.n for count in found if count.hidden]
        hidden += [unseen] if is_few(unseen) else []
        rest = [place for place, count in enumerate(found) if count.n and not count.hidden]
        if not rest or not gives_away(hidden):
            return found
        along = min(rest, key=lambda place: (place == last, numbers[place]))
        found[along] = replace(found[along], withheld=True)


def gives_away(hidden: Sequence[int]) -> bool:
    """Return whether the sum of withheld counts, which readers get by subtraction, is itself few or reveals a count.

    It reveals one where only one count is withheld, and where the sum is so small or so large that each count must
    have its least or its greatest possible value.
    """
    if not hidden:
        return False
    least = sum(1 if is_few(n) else SMALLEST_SHOWN for n in hidden)
    most = (SMALLEST_SHOWN - 1) * len(hidden) if all(map(is_few, hidden)) else math.inf
    return len(hidden) == 1 or is_few(sum(hidden)) or sum(hidden) in (least, most)


def nested(counts: Sequence[Count]) -> list[Count]:
    """Return counts of overlapping units, as several fits have, withheld where one is 1 to 10 less than another."""
    shown = [count.n for count in counts if not count.hidden]
    return [count if count.hidden else part_of(count.n, *shown) for count in counts]


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
