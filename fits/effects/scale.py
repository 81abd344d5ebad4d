"""Scales on which a linear predictor is read, with their units and the ratios that they allow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from data.arrays import Array
from data.errors import InputError, Problem, unknown
from data.registry import member, members

Kind = Literal["index", "outcome", "probability"]
"""Unit of a scale's values: the linear predictor's, the outcome's, or a probability from 0 to 1."""

Ratio = Literal["none", "of averages", "of odds"]


@dataclass(frozen=True)
class Spread:
    """Standard deviations around a linear predictor; each broadcasts against it.

    Attributes
    ----------
    residual : array or None
        The residual sd, in the outcome's unit; None for a family without one.
    group : array or None
        The sd of group effects that are integrated over; None where effects are known or set to 0.
    """

    residual: Array | None = None
    group: Array | None = None


Value = Callable[[Array, Spread, float, float], Array]
Change = Callable[[Array, Array, Spread, float, float], Array]


@dataclass(frozen=True)
class Scale:
    """A scale of a family, like Stata's options of predict and margins.

    Attributes
    ----------
    name : str
        The name for ``--scale``.
    label : str
        The name for readers; ``{lower:g}`` and ``{upper:g}`` stand for the outcome's limits.
    kind : {'index', 'outcome', 'probability'}
    value : callable or None
        ``value(eta, spread, lower, upper)`` -> the scale's value of each unit; None for a part of a
        change, which has no level.
    change : callable or None
        ``change(eta_low, eta_high, spread, lower, upper)`` where a change is not a difference of values.
    ratio : {'none', 'of averages', 'of odds'}
        The ratio that ``--ratio`` gives on this scale.
    needs : tuple of {'lower', 'upper'}
        Limits that must be finite for the scale to mean anything.
    """

    name: str
    label: str
    kind: Kind
    value: Value | None
    change: Change | None = None
    ratio: Ratio = "none"
    needs: tuple[Literal["lower", "upper"], ...] = ()

    def unit(self, outcome_unit: str, *, index: str) -> str:
        """Return the unit of its values in words.

        Parameters
        ----------
        outcome_unit : str
            The codebook's unit, such as ``percent of patients``.
        index : str
            The unit of the linear predictor: ``logits``, or '' where it is the outcome's.
        """
        if self.kind == "probability":
            return "probability"
        if self.kind == "index" and index:
            return index
        return f"points ({outcome_unit})" if outcome_unit.startswith("percent") else outcome_unit or "outcome units"

    def array_name(self, unit: str, *, ratio: bool) -> str:
        """Return the name of its arrays: scale and unit, such as ``expected_points``."""
        return f"{self.name}_ratio" if ratio else f"{self.name}_{unit.split(' (')[0].replace(' ', '_')}"


def scales_of(family: str, limits: tuple[float, float] = (-np.inf, np.inf)) -> dict[str, Scale]:
    """Return a family's scales by name, the main one first, without those that need a missing limit.

    Raises
    ------
    InputError
        For a family without scales.
    """
    if family not in members("fits.effects.scales"):
        raise InputError([Problem(f"family {family!r}", "no scales", f"a file fits/effects/scales/{family}.py")])
    finite = dict(zip(("lower", "upper"), np.isfinite(limits), strict=True))
    found: tuple[Scale, ...] = member("fits.effects.scales", family).SCALES
    return {
        scale.name: replace(scale, label=scale.label.format(lower=limits[0], upper=limits[1]))
        for scale in found
        if all(finite[side] for side in scale.needs)
    }


def choose(names: tuple[str, ...], known: dict[str, Scale], *, ratio: bool) -> tuple[Scale, ...]:
    """Return the scales of these names; no name means the main scale, ``all`` means every scale.

    Raises
    ------
    InputError
        For an unknown name, with the nearest one; for a ratio on a scale without one.
    """
    for name in names:
        if name not in known and name != "all":
            raise unknown("scale", name, [*known, "all"])
    wanted = list(known) if "all" in names else list(dict.fromkeys(names)) or [next(iter(known))]
    with_ratio = [name for name in known if known[name].ratio != "none"]
    if ratio and "all" in names:
        wanted = with_ratio
    for name in wanted:
        if ratio and known[name].ratio == "none":
            got = f"--ratio on the scale {name!r}, which has no natural zero"
            raise InputError([Problem("--ratio", got, f"one of {', '.join(with_ratio)}")])
    return tuple(known[name] for name in wanted)
