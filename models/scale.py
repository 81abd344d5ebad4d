"""Scales on which a linear predictor is read, with their units and the ratios that they allow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from data.arrays import Array
from data.errors import InputError, Problem, unknown

Kind = Literal["index", "outcome", "probability"]
"""Unit of a scale's values: the linear predictor's, the outcome's, or a probability from 0 to 1."""

Ratio = Literal["none", "of averages", "of odds"]

Values = Mapping[str, Array]
"""A family's parameters besides its location, each on its own scale and broadcasting against the linear predictor."""

Limits = tuple[float, float]

Value = Callable[[Array, Values, Limits], Array]
"""``value(eta, values, limits)`` of each unit."""


@dataclass(frozen=True)
class Quantity:
    """A quantity of a unit, and how it is averaged over group effects that are integrated.

    Attributes
    ----------
    value : callable
        ``value(eta, values, limits)``.
    weight : callable, optional
        Of the same form: where group effects are integrated, the average is weighted by it, as the mean of those
        between the limits is by the probability of being there.
    """

    value: Value
    weight: Value | None = None


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
    of : Quantity or None
        The scale's value of each unit; None for a part of a change, which has no level.
    parts : tuple of Quantity
        What a change is made of where it is not a difference of values.
    combine : callable or None
        ``combine(parts at the low end, parts at the high end)`` -> the change of each unit.
    ratio : {'none', 'of averages', 'of odds'}
        The ratio that ``--ratio`` gives on this scale.
    needs : tuple of {'lower', 'upper'}
        Limits that must be finite for the scale to mean anything.
    """

    name: str
    label: str
    kind: Kind
    of: Quantity | None
    parts: tuple[Quantity, ...] = ()
    combine: Callable[[tuple[Array, ...], tuple[Array, ...]], Array] | None = None
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

    def at(self, limits: Limits) -> Scale | None:
        """Return the scale with the limits in its label; None where it needs a limit that is missing."""
        finite = dict(zip(("lower", "upper"), np.isfinite(limits), strict=True))
        if not all(finite[side] for side in self.needs):
            return None
        return replace(self, label=self.label.format(lower=limits[0], upper=limits[1]))


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


def linear_predictor(eta: Array, values: Values, limits: Limits) -> Array:
    """Return the linear predictor itself."""
    return eta


def limited_scales(
    *, expected: Value, at_lower: Value, at_upper: Value, interior: Value, between: Value, index: Scale | None = None
) -> tuple[Scale, ...]:
    r"""Return the scales of an outcome between two limits, from its functions of the linear predictor.

    `index` is the scale of the linear predictor itself, where that is not in the outcome's unit.

    McDonald and Moffitt (1980), https://doi.org/10.2307/1924766, split a small change of :math:`E[y]` into the
    part of units strictly between the limits and the part of units that cross a limit. For a change of any size,
    with :math:`P` the probability of being between the limits and bars for the mean of both ends,

    .. math::

        \Delta E[y] = \underbrace{\bar P\,\Delta\mathrm{interior}}_{\mathrm{within}}
        + \underbrace{\overline{\mathrm{interior}}\,\Delta P + L\,\Delta P(L) + U\,\Delta P(U)}_{\mathrm{across}}

    which is exact, symmetric in both ends, and equals theirs in the limit of small changes.
    """
    whole, inside, mean = Quantity(expected), Quantity(between), Quantity(interior, weight=between)
    return (
        Scale("expected", "E[y], limits included", "outcome", whole, ratio="of averages"),
        index or Scale("latent", "latent index", "index", Quantity(linear_predictor)),
        Scale("at_lower", "P(y = {lower:g})", "probability", Quantity(at_lower), ratio="of averages", needs=("lower",)),
        Scale("at_upper", "P(y = {upper:g})", "probability", Quantity(at_upper), ratio="of averages", needs=("upper",)),
        Scale("interior", "mean of y if strictly between the limits", "outcome", mean, ratio="of averages"),
        Scale(
            "within",
            "part of the change in E[y] from units strictly between",
            "outcome",
            None,
            parts=(inside, mean),
            combine=_within,
        ),
        Scale(
            "across",
            "part of the change in E[y] from units crossing a limit",
            "outcome",
            None,
            parts=(inside, mean, whole),
            combine=lambda low, high: high[2] - low[2] - _within(low, high),
        ),
    )


def _within(low: tuple[Array, ...], high: tuple[Array, ...]) -> Array:
    part: Array = 0.5 * (low[0] + high[0]) * (high[1] - low[1])
    return part
