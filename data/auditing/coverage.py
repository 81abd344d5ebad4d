"""The data's coverage: rows lost and why, missing answers, sizes of groups and of their crossings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations

import numpy as np

from data.arrays import Array, Index, Mask
from data.auditing.scope import Outcome, Predictor, Scope
from data.disclosure import SMALLEST_SHOWN, Count, Share, counts_beside, is_few

DENSE = 0.8
"""Least share of the numbers from first to last in use where levels count as numbered one by one."""

SPARSE = 5
"""Crossed cells with fewer units count as sparse."""


@dataclass(frozen=True)
class Rows:
    """Rows of the file and what is left of them for a fit.

    Attributes
    ----------
    usable : Count
        Units with every exposure, control and group known and at least one outcome answered.
    unusable : Count
        Units that were asked and are not usable.
    lost : Share
        Share of the asked units that are not usable.
    not_asked : Count
        Units asked for no outcome, as they offer none of the services; they do not count as lost.
    """

    in_file: int
    in_wave: int
    usable: Count
    unusable: Count
    lost: Share
    not_asked: Count


@dataclass(frozen=True)
class Missing:
    """Missing answers of one variable.

    Attributes
    ----------
    not_asked : Count
        Units that do not offer the service; they do not count as missing.
    share : Share
        Share of the asked units whose answer is missing.
    alone : Count
        Units that only this variable makes unusable.
    tokens : dict of str to Count
        Frequency of each token of missing answers in the file, such as ``NA``, ``.a`` or -9; '' is an empty cell.
    """

    variable: str
    label: str
    role: str
    not_asked: Count
    missing: Count
    share: Share
    alone: Count
    tokens: dict[str, Count] = field(default_factory=dict)


@dataclass(frozen=True)
class GroupSizes:
    """Levels of a group and how many units they hold.

    Attributes
    ----------
    small_levels : int
        Levels with under 11 units.
    exhaustive : bool
        The levels are all there are, not a sample of them.
    constant_within : tuple of str
        Exposures and controls that never vary within a level.
    """

    group: str
    label: str
    levels: int
    smallest: Count
    median: Count
    largest: Count
    small_levels: int
    exhaustive: bool
    constant_within: tuple[str, ...]


@dataclass(frozen=True)
class Crossing:
    """Cells of two crossed groups; numbers of cells, not of units.

    Attributes
    ----------
    cells, empty, sparse : int
        Number of all cells, of cells without a unit, and of cells with 1-4 units.
    nested : bool
        Every level of one group lies within one level of the other, so empty cells mean nothing.
    restarting : tuple of str
        The group whose numbering restarts in every level of the other, the other group, and the first group's first
        level; empty if no numbering restarts.
    """

    groups: tuple[str, str]
    cells: int
    empty: int
    sparse: int
    nested: bool
    restarting: tuple[str, ...] = ()


def row_use(scope: Scope, in_file: int) -> Rows:
    """Return how many of the rows a fit with every predictor can use."""
    used, asked = int(scope.usable.sum()), int(scope.asked.sum())
    answers = [int(np.isfinite(outcome.values).sum()) for outcome in scope.outcomes]
    # with one outcome, the number that answered it is printed
    others = [(answers[0], int(scope.outcomes[0].asked.sum())) if len(answers) == 1 else (), (), ()]
    usable, unusable, not_asked = counts_beside([used, asked - used, scope.units - asked], of=others, last=0)
    lost = Share(unusable.n, asked, coarse=unusable.hidden or not_asked.hidden)
    return Rows(in_file, scope.units, usable, unusable, lost, not_asked)


def missing(scope: Scope, blanks: Mapping[str, Mapping[str, int]]) -> tuple[Missing, ...]:
    """Return a row per variable, predictors before outcomes, those that cost most first.

    Parameters
    ----------
    blanks : dict of str to dict of str to int
        Number of missing cells of the wave, by variable and token.
    """
    gaps = {predictor.name: ~np.isfinite(predictor.values) for predictor in scope.predictors}
    several: Array = np.sum(list(gaps.values()), axis=0) if gaps else np.zeros(scope.units)
    predictors = [_predictor_gap(p, gaps[p.name], scope.answered & (several == 1)) for p in scope.predictors]
    outcomes = [_outcome_gap(outcome) for outcome in scope.outcomes]
    rows = (*sorted(predictors, key=lambda row: -row.missing.n), *sorted(outcomes, key=lambda row: -row.missing.n))
    return tuple(replace(row, tokens=_tokens(row, blanks.get(row.variable, {}))) for row in rows)


def _tokens(row: Missing, found: Mapping[str, int]) -> dict[str, Count]:
    """Return the frequencies of missing tokens, withheld where one would reveal another count beside it."""
    if is_few(row.missing.n) or is_few(row.not_asked.n):
        return {token: Count(count, withheld=True) for token, count in found.items()}
    return dict(zip(found, counts_beside(list(found.values())), strict=True))


def group_sizes(scope: Scope) -> tuple[GroupSizes, ...]:
    """Return a row per group, over all units of the wave."""
    return tuple(_sizes(group, scope) for group in scope.groups if group.levels)


def crossings(scope: Scope) -> tuple[Crossing, ...]:
    """Return a row per pair of groups, over all units of the wave."""
    pairs = combinations([group for group in scope.groups if len(group.levels) > 1], 2)
    return tuple(_crossing(first, second) for first, second in pairs)


def _predictor_gap(predictor: Predictor, gap: Mask, otherwise_usable: Mask) -> Missing:
    count = int(gap.sum())
    return Missing(
        variable=predictor.name,
        label=predictor.label,
        role=predictor.role,
        not_asked=Count(0),
        missing=Count(count, of=len(gap)),
        share=Share(count, len(gap)),
        alone=Count(int((gap & otherwise_usable).sum())),
    )


def _outcome_gap(outcome: Outcome) -> Missing:
    asked = int(outcome.asked.sum())
    count = int((outcome.asked & ~np.isfinite(outcome.values)).sum())
    units = len(outcome.asked)
    not_asked = Count(units - asked, of=units)
    beside = is_few(not_asked.n)  # how many answered is printed
    return Missing(
        variable=outcome.name,
        label=outcome.label,
        role="outcome",
        not_asked=not_asked,
        missing=Count(count, of=asked, withheld=beside),
        share=Share(count, asked, coarse=beside),
        alone=Count(0),
    )


def _sizes(group: Predictor, scope: Scope) -> GroupSizes:
    known = np.isfinite(group.values)
    position = group.values[known].astype(int)
    sizes = np.bincount(position, minlength=len(group.levels))
    fixed = tuple(
        p.name for p in scope.exposures + scope.controls if _constant_within(position, p.values[known], sizes)
    )
    return GroupSizes(
        group=group.name,
        label=group.label,
        levels=len(group.levels),
        smallest=Count(int(sizes.min())),
        median=Count(int(np.median(sizes))),
        largest=Count(int(sizes.max()), of=scope.units),
        small_levels=int((sizes < SMALLEST_SHOWN).sum()),
        exhaustive=group.variable.exhaustive,
        constant_within=fixed,
    )


def _constant_within(position: Index, values: Array, sizes: Index) -> bool:
    """Whether a predictor that varies at all is the same for all units of each level."""
    known = np.isfinite(values)
    pairs = np.unique(np.column_stack([position[known], values[known]]), axis=0)
    levels = np.unique(pairs[:, 0]).size
    return bool(np.unique(pairs[:, 1]).size > 1 and len(pairs) == levels and sizes.max() > 1)


def _crossing(first: Predictor, second: Predictor) -> Crossing:
    known = np.isfinite(first.values) & np.isfinite(second.values)
    rows = np.column_stack([first.values[known], second.values[known]]).astype(np.int64)
    # only filled cells: two groups of many levels have more cells than memory holds
    filled, counts = np.unique(rows, axis=0, return_counts=True)
    cells = len(first.levels) * len(second.levels)
    nested = any(len(np.unique(filled[:, side])) == len(filled) for side in (0, 1))
    return Crossing(
        groups=(first.name, second.name),
        cells=cells,
        empty=cells - len(filled),
        sparse=int((counts < SPARSE).sum()),
        nested=nested,
        restarting=_restarting(first, second, filled, counts),
    )


def _restarting(first: Predictor, second: Predictor, filled: Index, counts: Index) -> tuple[str, ...]:
    """Return the group that is numbered within each level of the other, the other, and the first group's first level.

    If both could be, it is the group declared later. Exhaustive levels do not restart: outpatient clinics are the
    same unit type in every state.
    """
    if first.variable.exhaustive or second.variable.exhaustive:
        return ()
    found: list[tuple[bool, tuple[str, ...]]] = []
    for inner, outer, pairs in ((second, first, filled), (first, second, filled[:, ::-1])):
        numbers = _counted(inner.levels)
        if numbers is None:
            continue
        rank = np.argsort(np.argsort(numbers))
        bare = all(level[:1].isdigit() or len(level) == 1 for level in inner.levels)
        if _begins_anew(pairs[:, 0], rank[pairs[:, 1]], counts, bare=bare):
            found.append((not bare, (inner.name, outer.name, inner.levels[int(np.argmin(numbers))])))
    return min(found, key=lambda one: one[0])[1] if found else ()


def _counted(levels: tuple[str, ...]) -> list[int] | None:
    """Return the numbers of levels counted from 0 or 1, alone or after the same letters; None for other levels."""
    found = [re.fullmatch(r"(\D*)([0-9]+)(?:\.0+)?", level) for level in levels]
    if all(found):
        if len({match[1] for match in found if match}) > 1:
            return None
        numbers = [int(match[2]) for match in found if match]
    elif all(len(level) == 1 and level.isalpha() for level in levels):
        first = ord(min(levels).lower())
        numbers = [ord(level.lower()) - first + 1 for level in levels]
    else:
        return None
    dense = len(set(numbers)) == len(numbers) and len(numbers) >= DENSE * (max(numbers) - min(numbers) + 1)
    return numbers if dense and min(numbers) in (0, 1) else None


def _begins_anew(outer: Index, rank: Index, counts: Index, *, bare: bool) -> bool:
    """Whether nearly every outer level has the first inner level, and few numbers are left out up to its last.

    Where every outer level has every inner level once, they are crossed, like items that everyone answers. Where each
    occurs several times, only bare numbers or letters count as restarting, because "S1" is a name.

    Parameters
    ----------
    outer, rank, counts : int array (filled cell,)
        The outer level, the inner level's place in the counting, and the number of units of each filled cell.
    bare : bool
        Whether the inner levels are numbers or letters alone.
    """
    levels, place = np.unique(outer, return_inverse=True)
    inner = int(rank.max(initial=-1)) + 1
    # some outer levels may have lost the rows of their first inner level
    if len(levels) < 2 or inner < 2 or len(np.unique(outer[rank == 0])) < DENSE * len(levels):
        return False
    last = np.zeros(len(levels), dtype=np.int64)
    np.maximum.at(last, place, rank + 1)
    complete = len(rank) == len(levels) * inner
    crossed = complete and (np.median(counts) <= 1 or not bare)
    return bool(len(rank) >= DENSE * last.sum() and last.max() > 1 and not crossed)
