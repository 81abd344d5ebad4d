"""Category levels that a fit can use, their references, and values that rounding put on a limit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from data.auditing.scope import Predictor, Scope
from data.disclosure import Count, is_few


@dataclass(frozen=True)
class CategoryLevels:
    """Levels of an exposure or a control.

    Attributes
    ----------
    reference : str
        The level that others are compared with: the declared one, else the first usable one.
    usable : tuple of str
        Levels that some usable unit has, in order.
    lost : tuple of str
        Levels with 11 units or more in the file but no usable unit, without the reference.
    lost_small : int
        Number of such levels with fewer units, which are not named.
    lost_reference : bool
        Whether the reference has no usable unit, whatever its size.
    """

    variable: str
    reference: str
    usable: tuple[str, ...]
    lost: tuple[str, ...]
    lost_small: int
    lost_reference: bool

    @property
    def held(self) -> bool:
        """Whether some usable unit has the reference."""
        return self.reference in self.usable


def category_levels(scope: Scope) -> tuple[CategoryLevels, ...]:
    """Return a row per exposure or control that is a category."""
    return tuple(_levels(predictor, scope) for predictor in scope.exposures + scope.controls if predictor.levels)


def _levels(predictor: Predictor, scope: Scope) -> CategoryLevels:
    usable = predictor.usable_levels(scope.usable)
    lost = [level for level in predictor.levels if level not in usable]
    reference = predictor.declared_reference or (usable[0] if usable else "")
    known = predictor.values[np.isfinite(predictor.values)].astype(int)
    sizes = dict(zip(predictor.levels, np.bincount(known, minlength=len(predictor.levels)).tolist(), strict=True))
    others = [level for level in lost if level != reference]
    return CategoryLevels(
        variable=predictor.name,
        reference=reference,
        usable=usable,
        lost=tuple(level for level in others if not is_few(sizes[level])),
        lost_small=sum(is_few(sizes[level]) for level in others),
        lost_reference=reference in lost,
    )


def rounded_counts(scope: Scope, found: Mapping[str, int]) -> dict[str, Count]:
    """Return, by variable in scope, how many values are within rounding of a limit and count as at it."""
    names = [*(outcome.name for outcome in scope.outcomes), *(predictor.name for predictor in scope.predictors)]
    return {name: Count(found[name]) for name in dict.fromkeys(names) if found.get(name)}
