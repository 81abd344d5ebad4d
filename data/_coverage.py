"""How far the units reach: rows lost and to what, missing answers, sizes of groups and of their crossings."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from data._disclosure import SMALLEST_SHOWN, Count, Share
from data._scope import Array, Index, Mask, Outcome, Predictor, Scope

SPARSE = 5
"""A crossed cell with fewer units is counted as sparse."""


@dataclass(frozen=True)
class Rows:
    """Rows of the file and what is left of them for a fit.

    Attributes
    ----------
    in_file, in_wave : int
    usable : Count
        Units with every exposure, control and group known and at least one outcome answered.
    lost : Share
        Of the units in the wave.
    """

    in_file: int
    in_wave: int
    usable: Count
    lost: Share


@dataclass(frozen=True)
class Missing:
    """Missing answers of one variable.

    Attributes
    ----------
    variable, label, role : str
    not_asked : Count
        Units that do not offer the service; they are not missing.
    missing : Count
    share : Share
        Of the units asked.
    alone : Count
        Units that would be usable if only this variable were known: what the variable alone costs.
    """

    variable: str
    label: str
    role: str
    not_asked: Count
    missing: Count
    share: Share
    alone: Count


@dataclass(frozen=True)
class GroupSizes:
    """Levels of a group and how many units they hold.

    Attributes
    ----------
    group, label : str
    levels : int
    smallest, median, largest : Count
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
    groups : tuple of str
    cells, empty, sparse : int
        All combinations; those without a unit; those with 1-4 units.
    nested : bool
        Every level of one group lies within one level of the other, so empty cells mean nothing.
    """

    groups: tuple[str, str]
    cells: int
    empty: int
    sparse: int
    nested: bool


def row_use(scope: Scope, in_file: int) -> Rows:
    """Return how many of the rows a fit with every predictor can use."""
    usable = int(scope.usable.sum())
    return Rows(in_file, scope.units, Count(usable, of=scope.units), Share(scope.units - usable, scope.units))


def missing(scope: Scope) -> tuple[Missing, ...]:
    """Return a row per variable, predictors before outcomes, those that cost most first."""
    gaps = {predictor.name: ~np.isfinite(predictor.values) for predictor in scope.predictors}
    several: Array = np.sum(list(gaps.values()), axis=0) if gaps else np.zeros(scope.units)
    predictors = [_predictor_gap(p, gaps[p.name], scope.answered & (several == 1)) for p in scope.predictors]
    outcomes = [_outcome_gap(outcome) for outcome in scope.outcomes]
    return (*sorted(predictors, key=lambda row: -row.missing.n), *sorted(outcomes, key=lambda row: -row.missing.n))


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
    return Missing(
        variable=outcome.name,
        label=outcome.label,
        role="outcome",
        not_asked=Count(units - asked, of=units),
        missing=Count(count, of=asked),
        share=Share(count, asked),
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
    shape = (len(first.levels), len(second.levels))
    cells = np.zeros(shape, dtype=int)
    np.add.at(cells, (first.values[known].astype(int), second.values[known].astype(int)), 1)
    filled = cells > 0
    return Crossing(
        groups=(first.name, second.name),
        cells=cells.size,
        empty=int((~filled).sum()),
        sparse=int((filled & (cells < SPARSE)).sum()),
        nested=bool((filled.sum(axis=1) <= 1).all() or (filled.sum(axis=0) <= 1).all()),
    )
