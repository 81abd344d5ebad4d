"""The predictors of a model: the components of a design's location, and a family's other parameters."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import xarray as xr

from data.arrays import Array
from data.registry import member, members
from models.component import Component, Rows, Stored
from models.design import Design
from models.family import Family
from models.predictors.family_parameter import family_parameters
from priors.role import Role


@dataclass(frozen=True)
class Place:
    """The treatment of effects that belong to levels; those of components not named are 0.

    Attributes
    ----------
    known : collection of str
        Components whose estimated effects count.
    integrated : collection of str
        Components averaged over their effects' estimated distribution.
    """

    known: Collection[str]
    integrated: Collection[str] = ()


def components_of(design: Design) -> tuple[Component, ...]:
    """Return the components of the location, in the order of their parameters."""
    found: list[Component] = []
    for name in members("models.components"):
        found += member("models.components", name).of(design)
    return tuple(sorted(found, key=lambda one: one.ORDER))


def parts_of(design: Design, family: Family) -> tuple[Component, ...]:
    """Return the components of the location, and the family's other parameters."""
    return (*components_of(design), *family_parameters(design, family))


def roles_of(design: Design, family: Family) -> tuple[tuple[Role, str], ...]:
    """Return the prior roles of a model, each with the group whose own it is, or ''."""
    return tuple(dict.fromkeys(role for part in parts_of(design, family) for role in part.roles))


def stored_of(design: Design, family: Family) -> tuple[Stored, ...]:
    """Return the variables of a posterior."""
    return tuple(one for part in parts_of(design, family) for one in part.stored())


def equation_parts(design: Design) -> tuple[Component, ...]:
    """Return the components that have columns, as an equation of a single level has them: the intercept first."""
    found = [part for part in components_of(design) if part.column_names()]
    return tuple(sorted(found, key=lambda part: part.name != "intercept"))


def equation_names(design: Design, family: Family) -> list[str]:
    """Return the labels of the parameters of one service's equation, in order."""
    return [*(name for part in equation_parts(design) for name in part.column_names()), *family.slot_names()]


def known_roles() -> tuple[Role, ...]:
    """Return the prior roles of every component and family there is, each once."""
    found: list[Role] = []
    for name in members("models.components"):
        found += member("models.components", name).ROLES
    for name in Family.names():
        found += Family.find(name).roles
    return tuple(dict.fromkeys(found))


def everywhere(design: Design) -> Place:
    """Return the place where every effect is known: that of the design's own units."""
    return Place(tuple(one.name for one in components_of(design) if one.varies))


def eta_of(here: xr.Dataset, parts: Sequence[Component], rows: Rows, place: Place) -> Array:
    """Return the linear predictor of rows on one service, with their columns moved, (chain, draw, row).

    Parameters
    ----------
    here : xarray.Dataset
        A posterior at one service.
    parts : sequence of Component
        Of the location.
    """
    there = [one for one in parts if not one.varies or one.name in place.known]
    # the intercept first, and effects in the order of the components
    first, *others = sorted(there, key=lambda one: one.ORDER != 90)
    total = first.known(here, rows)
    for one in others:
        total = total + one.known(here, rows)
    return changed(total, here, parts, rows, place)


def changed(eta: Array, here: xr.Dataset, parts: Sequence[Component], rows: Rows, place: Place) -> Array:
    """Return a linear predictor after columns have moved; `eta` itself where none of them moves."""
    for one in parts:
        if rows.moved and (not one.varies or one.name in place.known):
            change = one.change(here, rows)
            eta = eta if change is None else eta + change
    return eta


def spread_of(here: xr.Dataset, parts: Sequence[Component], rows: Rows, place: Place) -> Array | None:
    """Return the sd of integrated effects given the row, (chain, draw, row or 1); None where nothing is integrated."""
    found = [one.variance(here, rows) for one in parts if one.name in place.integrated]
    return None if not found else sum(found[1:], found[0]) ** 0.5
