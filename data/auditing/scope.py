"""The scope of an audit: outcomes and predictors as arrays, and the units that a fit could use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import xarray as xr

from data.arrays import Array, Mask
from data.categories import positions
from data.codebook import Codebook
from data.errors import InputError, Problem, nearest
from data.limits import at_limits
from data.variable import OUTCOME_ROLES, Variable

Role = Literal["exposure", "control", "group"]
NotOffered = Literal["exclude", "zero"]


@dataclass(frozen=True)
class Outcome:
    """An outcome of every unit.

    Attributes
    ----------
    limits : (lower, upper) or None
    values : array (unit,)
        NaN where not asked or not answered.
    asked : bool array (unit,)
        False for utilisation where the unit does not offer the service.
    strays : int
        Units that do not offer the service and report patients who use it.
    """

    name: str
    label: str
    service: str
    variable: Variable
    limits: tuple[float, float] | None
    values: Array
    asked: Mask
    strays: int = 0


@dataclass(frozen=True)
class Predictor:
    """An exposure, control or group of every unit.

    Attributes
    ----------
    role : {'exposure', 'control', 'group'}
    values : array (unit,)
        Numbers, or positions in `levels`; NaN where missing.
    levels : tuple of str
        The levels in order; empty for a number.
    declared_reference : str
        The level that others are compared with, as the model or the codebook declares it; '' for none.
    """

    name: str
    label: str
    role: Role
    variable: Variable
    values: Array
    levels: tuple[str, ...] = ()
    declared_reference: str = ""

    def usable_levels(self, usable: Mask) -> tuple[str, ...]:
        """Return the levels that some usable unit has, in order; without any usable unit, all levels."""
        here = self.values[usable & np.isfinite(self.values)] if usable.any() else np.arange(len(self.levels))
        return tuple(self.levels[k] for k in np.unique(here.astype(int)))

    @property
    def pooled(self) -> bool:
        """Whether its levels are a sample of all levels, so that a model pools them."""
        return self.role == "group" and not self.variable.exhaustive


@dataclass(frozen=True)
class Scope:
    """The outcomes and predictors of an audit, all along the same units."""

    outcomes: tuple[Outcome, ...]
    exposures: tuple[Predictor, ...]
    controls: tuple[Predictor, ...]
    groups: tuple[Predictor, ...]
    units: int

    @property
    def predictors(self) -> tuple[Predictor, ...]:
        """All predictors: exposures, controls and groups."""
        return self.exposures + self.controls + self.groups

    @cached_property
    def usable(self) -> Mask:
        """Units with every predictor known and at least one outcome answered, (unit,)."""
        known = np.ones(self.units, dtype=bool)
        for predictor in self.predictors:
            known &= np.isfinite(predictor.values)
        return known & self.answered

    @cached_property
    def asked(self) -> Mask:
        """Units that were asked for at least one outcome, (unit,); all of them when there is no outcome."""
        if not self.outcomes:
            return np.ones(self.units, dtype=bool)
        asked: Mask = np.logical_or.reduce([outcome.asked for outcome in self.outcomes])
        return asked

    @cached_property
    def answered(self) -> Mask:
        """Units with at least one outcome answered, (unit,); all of them when there is no outcome."""
        if not self.outcomes:
            return np.ones(self.units, dtype=bool)
        answers: Mask = np.logical_or.reduce([np.isfinite(outcome.values) for outcome in self.outcomes])
        return answers


@dataclass(frozen=True)
class Choice:
    """The variables of a study to audit, by role; None means all variables that have the role in the codebook."""

    outcomes: Sequence[str] | None = None
    exposures: Sequence[str] | None = None
    controls: Sequence[str] | None = None
    groups: Sequence[str] | None = None
    not_offered: NotOffered = "exclude"
    limits: tuple[float, float] | None = None
    references: Mapping[str, str] = field(default_factory=dict)


def make_scope(dataset: xr.Dataset, codebook: Codebook, choice: Choice) -> Scope:
    """Return the arrays that an audit of `choice` needs.

    Raises
    ------
    InputError
        For every name that is not a variable of the study, or that the file or the wave lacks.
    """
    outcomes = _chosen(choice.outcomes, OUTCOME_ROLES, dataset, codebook)
    groups = _chosen(choice.groups, ("group",), dataset, codebook)
    roles = [role for role in codebook.roles() if role.endswith("exposure")]
    exposures = _chosen(choice.exposures, roles, dataset, codebook)
    controls = _chosen(choice.controls, ("control",), dataset, codebook)
    raw, problems = _columns([*outcomes, *groups, *exposures, *controls], dataset, codebook)
    if problems:
        raise InputError(problems)
    # as in a model, an outcome or a group is not a control too
    exposures = [name for name in exposures if name not in {*outcomes, *groups}]
    controls = [name for name in controls if name not in {*outcomes, *groups, *exposures}]
    absent = {service: _absent(service, dataset) for service in dataset.get("service", xr.DataArray([])).values}

    def predictors(role: Role, names: list[str]) -> tuple[Predictor, ...]:
        return tuple(_predictor(name, role, raw[name], codebook.variables[name], choice) for name in names)

    return Scope(
        outcomes=tuple(_outcome(name, raw[name], codebook.variables[name], choice, absent) for name in outcomes),
        exposures=predictors("exposure", exposures),
        controls=predictors("control", controls),
        groups=predictors("group", groups),
        units=dataset.sizes["unit"],
    )


def values_of(name: str, dataset: xr.Dataset, codebook: Codebook) -> xr.DataArray | None:
    """Return a variable's values, (unit,), if need be from its role's stacked array; None where there are none."""
    if name in dataset.variables:
        return dataset[name]
    variable = codebook.variables[name]
    for role in OUTCOME_ROLES:
        if role in variable.roles and role in dataset and variable.service in dataset["service"].values:
            asked = codebook.with_role(role, wave_of(dataset))
            return dataset[role].sel(service=variable.service) if name in asked else None
    return None


def wave_of(dataset: xr.Dataset) -> int | None:
    """Return the wave that was loaded; None for a study without waves."""
    return int(dataset.attrs.get("wave", 0)) or None


def _chosen(named: Sequence[str] | None, roles: Sequence[str], dataset: xr.Dataset, codebook: Codebook) -> list[str]:
    """Return the named variables, or else those of the roles that the wave and the file have."""
    if named is not None:
        return list(dict.fromkeys(named))
    filling = [name for role in roles for name in codebook.with_role(role, wave_of(dataset))]
    return [name for name in dict.fromkeys(filling) if values_of(name, dataset, codebook) is not None]


def _columns(
    names: list[str], dataset: xr.Dataset, codebook: Codebook
) -> tuple[dict[str, xr.DataArray], list[Problem]]:
    found: dict[str, xr.DataArray] = {}
    problems = []
    for name in dict.fromkeys(names):
        if name not in codebook.variables:
            known = f"a variable of study {codebook.name!r}"
            problems.append(Problem("audit", repr(name), known, nearest(name, codebook.variables)))
        elif (values := values_of(name, dataset, codebook)) is None:
            in_wave = f" in wave {wave_of(dataset)}" if wave_of(dataset) else ""
            got = f"no such column in this file{in_wave}"
            problems.append(Problem(f"variable {name!r}", got, "a variable that was asked and is in the file"))
        else:
            found[name] = values
    return found, problems


def _absent(service: str, dataset: xr.Dataset) -> Mask:
    """Return which units are known not to offer the service, (unit,)."""
    if "availability" not in dataset:
        return np.zeros(dataset.sizes["unit"], dtype=bool)
    return np.asarray(dataset["availability"].sel(service=service).to_numpy() == 0)


def _outcome(name: str, raw: xr.DataArray, variable: Variable, choice: Choice, absent: dict[str, Mask]) -> Outcome:
    numeric = variable.type in {"number", "binary"}
    values = raw.to_numpy().astype(float) if numeric else np.where((p := positions(raw)[0]) < 0, np.nan, p)
    asked = np.ones(len(values), dtype=bool)
    strays = 0
    if "utilisation" in variable.roles and variable.service in absent:
        without = absent[variable.service]
        strays = int((without & (values > 0)).sum())
        values = np.where(without, 0.0 if choice.not_offered == "zero" else np.nan, values)
        asked = ~without if choice.not_offered == "exclude" else asked
    limits = None if variable.type == "binary" else choice.limits or variable.limits
    values = at_limits(values, *limits) if limits else values
    return Outcome(name, variable.label, variable.service or name, variable, limits, values, asked, strays)


def _predictor(name: str, role: Role, raw: xr.DataArray, variable: Variable, choice: Choice) -> Predictor:
    if role != "group" and variable.type in {"number", "binary"}:
        return Predictor(name, variable.label, role, variable, raw.to_numpy().astype(float))
    place, levels = positions(raw)
    declared = choice.references.get(name, variable.reference)
    return Predictor(name, variable.label, role, variable, np.where(place < 0, np.nan, place), levels, declared)
