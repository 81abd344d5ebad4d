"""Counts, shares and averages that withhold themselves where they speak of too few units.

Every number of units that leaves the data goes through here, and reads alike on the terminal, in JSON, in a
manifest and on a page:

- 1 to 10 units read "<11". None is printed as 0: it names nobody.
- Where two totals differ by 1 to 10 units, the larger stays and the smaller reads ">646": no more than "<11" says of
  the difference. Rounding would say more, and at times all. The larger stays because it is known anyway: how many
  units a survey has is published, and so is how many answered a question. What a fit uses is the smaller.
- Of parts that are printed side by side with their total, the smallest neighbour of a lone withheld one is withheld
  too, and so where the sum of all that are withheld tells one of them. Of a number that is withheld no parts are told
  that add up to it.
- A share of a number of units that is withheld is told so coarsely that any number could have it.
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
    above : int
        What may be told of it then: that it is larger than this.
    """

    n: int
    of: int | None = None
    withheld: bool = False
    above: int = SMALLEST_SHOWN - 1

    @property
    def missing(self) -> int:
        """How many units, if few, the number lacks of its total."""
        rest = 0 if self.of is None else self.of - self.n
        return rest if is_few(rest) else 0

    @property
    def hidden(self) -> bool:
        """Whether its text withholds the number."""
        return is_few(self.n) or bool(self.n and (self.missing or self.withheld))

    @property
    def floor(self) -> int:
        """What the number is known to be larger than, or the number itself."""
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
    part, whole : int
    withheld : bool
        Withhold it although it is large, because its neighbour is small.
    coarse : bool
        The whole is withheld: so few digits that any number of units could have this share.
    """

    part: int
    whole: int
    withheld: bool = False
    coarse: bool = False

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
    """Return to how many decimals a share may be told that any number of units as large as this could have."""
    return len(str(whole)) - 1


def coarse(value: float, whole: int) -> float:
    """Return a share with so few decimals."""
    return round(value, places(whole))


def shares(counts: Mapping[str, int], *, coarse: bool = False) -> dict[str, Share]:
    """Return each level's share of all levels together; coarse ones where how many these are is withheld."""
    whole = sum(counts.values())
    return beside({level: Share(count, whole, coarse=coarse) for level, count in counts.items()})


def beside(table: Mapping[str, Share]) -> dict[str, Share]:
    """Return shares that are printed side by side: a lone withheld one takes its smallest neighbour along.

    It could be had otherwise by subtracting the others from their printed total.
    """
    hidden = [level for level, share in table.items() if share.hidden]
    rest = [level for level, share in table.items() if not share.hidden and share.part]
    along = min(rest, key=lambda level: table[level].part) if len(hidden) == 1 and rest else None
    return {level: replace(share, withheld=level == along) for level, share in table.items()}


def part_of(n: int, *totals: int) -> Count:
    """Return a number of units that is a part of totals which are printed elsewhere.

    Parameters
    ----------
    n : int
    *totals : int
        Each a part of the larger ones, or as large; so one that is itself withheld beside a larger one gives
        nothing away.
    """
    shown: list[int] = []
    for total in sorted(totals, reverse=True):
        if not any(is_few(larger - total) for larger in shown):
            shown.append(total)
    return Count(n, of=next((total for total in shown if is_few(total - n)), None))


def counts_beside(
    numbers: Sequence[int], *, of: Sequence[Sequence[int]] | None = None, unseen: int = 0, last: int | None = None
) -> list[Count]:
    """Return counts that are printed side by side, so that no small one can be had from their total and the rest.

    Parameters
    ----------
    numbers : sequence of int
    of : sequence of sequences of int, optional
        Other totals that each is a part of, as `part_of` takes them.
    unseen : int
        What the printed total holds besides.
    last : int, optional
        Place of the number that is withheld for another's sake only where no other can be.
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
    """Return whether the sum of withheld counts, which is had by subtraction, is itself few or tells one of them.

    It does where there is only one, and where it is so small or so large that each must be the least or the most
    that it may be.
    """
    if not hidden:
        return False
    least = sum(1 if is_few(n) else SMALLEST_SHOWN for n in hidden)
    most = (SMALLEST_SHOWN - 1) * len(hidden) if all(map(is_few, hidden)) else math.inf
    return len(hidden) == 1 or is_few(sum(hidden)) or sum(hidden) in (least, most)


def nested(counts: Sequence[Count]) -> list[Count]:
    """Return counts of units that overlap, as those of several fits do, so that none is few less than another."""
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
