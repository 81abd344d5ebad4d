"""The design: a study's rows as the arrays one model needs, all services side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import xarray as xr

from data.arrays import Array, Index, Mask
from data.categories import Levels, level_texts, positions
from data.codebook import Codebook
from data.disclosure import Count
from data.errors import InputError, Problem
from data.limits import at_limits
from data.numbers import number_text
from models.family import Family
from models.outcome_limits import outcome_limits, range_of
from models.predictors.measures import Measures
from models.spec import StudyModel, Term
from models.terms import DesignColumn, columns_of, contrasts_of_study, distinct


@dataclass(frozen=True)
class Group:
    """A crossed grouping.

    Attributes
    ----------
    levels : tuple of str
        Levels that some kept unit has.
    index : int array (unit,)
        Level of each unit, as a position in `levels`.
    exhaustive : bool
        Whether these are all possible levels.
    all_index : int array (unit of the study,)
        Like `index`, for all units of the study; -1 for units of other levels.
    """

    levels: tuple[str, ...]
    index: Index
    exhaustive: bool = False
    all_index: Index = field(default_factory=lambda: np.empty(0, dtype=np.int64))


@dataclass(frozen=True)
class Design:
    """Everything about the data that the likelihood needs. A *cell* is a unit's answer on a service.

    Attributes
    ----------
    exposures, controls : tuple of DesignColumn
        Columns whose `values` cover the kept units and are not centred.
    x, z : array (unit, exposure), array (unit, control)
        In contrasts, centred at the units' mean.
    y : array (cell,)
    unit_of, service_of : int array (cell,)
    units : int array (unit,)
        Positions of the kept units in the study.
    limits : (lower, upper)
        Limits of the outcome; infinite where it is not censored.
    floor, span : float
        Lowest value and width of the outcome's range.
    rows_lost : int
        Units with an answer that are left out for a missing exposure, control or group.
    rows_unanswered : int
        Units that are left out because no outcome is answered, for instance as they offer no service.
    asked, answered : bool array (unit of the study, service)
        Whether each unit, kept or not, was asked about each service, and whether it answered.
    clusters : dict of str to Group
        The model's groups where the design is single-level and does not pool them; else empty.
    contrasts : dict of str to float
        The numbers that contrasts take from the data, such as ``sd of age``.
    """

    reading: StudyModel
    services: tuple[str, ...]
    exposures: tuple[DesignColumn, ...]
    controls: tuple[DesignColumn, ...]
    x: Array
    z: Array
    groups: dict[str, Group]
    y: Array
    unit_of: Index
    service_of: Index
    units: Index
    limits: tuple[float, float]
    floor: float
    span: float
    unit_intercept: bool
    rows_lost: int
    rows_unanswered: int
    asked: Mask
    answered: Mask
    clusters: dict[str, Group] = field(default_factory=dict)
    contrasts: dict[str, float] = field(default_factory=dict)

    @property
    def several(self) -> bool:
        """Whether there is more than one service; `pooling` says whether coefficients are pooled over them."""
        return len(self.services) > 1

    @property
    def pooling(self) -> str:
        """The shape by which coefficients are pooled over services: `mixture`, `normal`, `student`, or '' for none."""
        return self.reading.spec.pooling.replace("none", "") if self.several else ""


def make_design(
    reading: StudyModel,
    dataset: xr.Dataset,
    codebook: Codebook,
    *,
    family: Family,
    service: str | None = None,
    single_level: bool = False,
    contrasts: Mapping[str, float] | None = None,
) -> Design:
    """Return the arrays of a model on a study.

    Parameters
    ----------
    reading : StudyModel
        The model as `read_against` returns it.
    dataset : xarray.Dataset
        The study as `data.study.load_study` returns it.
    service : str, optional
        Fit this service alone.
    single_level : bool
        Pool nothing, as a single equation does: exhaustive groups become controls, other groups and the
        units' own intercepts are left out. The rows stay the same.
    contrasts : dict of str to float, optional
        The numbers that contrasts take from the data, as a fit holds them; those not given are those of these data.

    Raises
    ------
    InputError
        Every fault at once: no usable row, an outcome without variation or of the wrong type, a
        group with one level, limits that the data cross.
    """
    if service is not None:
        reading.require(service)
    services = reading.services if service is None else (service,)
    problems: list[Problem] = []
    outcome = _outcome(reading, dataset, codebook, services)
    limits, floor, span = range_of(reading, codebook, family, problems)
    outcome = np.column_stack([at_limits(column, *outcome_limits(reading, codebook)) for column in outcome.T])
    absent = [name for name in reading.groups if name not in dataset]
    problems += [Problem(f"group {name!r}", "no such column in this file", "a column of that name") for name in absent]
    if absent:
        raise InputError(problems)
    known = _complete(reading, dataset)
    answered = np.isfinite(outcome)
    keep = known & answered.any(axis=1)
    measures = Measures(dataset, codebook, contrasts or {})
    exposures, more = columns_of(reading.exposures, measures, keep)
    controls, faults = columns_of(reading.controls, measures, keep)
    columns, alike = distinct([*exposures, *controls])
    exposures, controls = columns[: len(exposures)], columns[len(exposures) :]
    problems += [*more, *faults, *alike]
    if problems or not keep.any():
        raise InputError(problems or [_no_rows(exposures + controls, reading.groups, dataset, outcome)])
    units = np.flatnonzero(keep)
    y_grid = outcome[units]
    groups, more = _groups(reading.groups, dataset, codebook, units)
    problems += [*more, *_outcome_faults(y_grid, services, family, limits)]
    problems += _flat(exposures + controls, units)
    if problems:
        raise InputError(problems)
    if single_level:
        more_controls, faults = _as_controls(groups, reading, dataset, codebook, units)
        if faults:
            raise InputError(faults)
        controls += more_controls
    unit_of, service_of = np.nonzero(np.isfinite(y_grid))
    kept_x, x = _matrix(exposures, units)
    kept_z, z = _matrix(controls, units)
    return Design(
        reading=reading,
        services=services,
        exposures=kept_x,
        controls=kept_z,
        x=x,
        z=z,
        groups={} if single_level else groups,
        y=y_grid[unit_of, service_of],
        unit_of=unit_of,
        service_of=service_of,
        units=units,
        limits=limits,
        floor=floor,
        span=span,
        unit_intercept=reading.spec.unit_intercept and len(services) > 1 and not single_level,
        rows_lost=int((answered.any(axis=1) & ~known).sum()),
        rows_unanswered=int((~answered.any(axis=1)).sum()),
        asked=_asked(reading, dataset, services),
        answered=answered,
        clusters=groups if single_level else {},
        contrasts=contrasts_of_study(reading.terms, measures),
    )


def _as_controls(
    groups: dict[str, Group], reading: StudyModel, dataset: xr.Dataset, codebook: Codebook, units: Index
) -> tuple[list[DesignColumn], list[Problem]]:
    """Return a dummy for each level of exhaustive groups that some unit has, without the reference."""
    taken = {term.variable for term in reading.terms}
    usable = np.isin(np.arange(dataset.sizes["unit"]), units)
    columns, problems = [], []
    for name, group in groups.items():
        if not group.exhaustive or name in taken:
            continue
        levels = Levels.of(name, dataset[name], usable, codebook.variables[name].reference)
        problems += [levels.fault] if levels.fault else []
        reference = levels.reference
        for place, level in enumerate(group.levels):
            values = np.full(dataset.sizes["unit"], np.nan)
            values[units] = group.index == place
            if level != reference:
                columns.append(
                    DesignColumn(f"{name}[{level}]", Term(variable=name), values, 1.0, f"{reference} -> {level}")
                )
    return columns, problems


def _outcome(reading: StudyModel, dataset: xr.Dataset, codebook: Codebook, services: tuple[str, ...]) -> Array:
    """Return outcomes side by side, (unit, service), with services that are not offered as `not_offered` says."""
    if not reading.role:
        names = [name for name, label in zip(reading.outcomes, reading.services, strict=True) if label in services]
        missing = [name for name in names if name not in dataset]
        if missing:
            raise InputError(
                Problem(f"variable {name!r}", "no such column in this file", "the outcome") for name in missing
            )
        return np.column_stack([dataset[name].to_numpy() for name in names]).astype(float)
    values = dataset[reading.role].sel(service=list(services)).to_numpy()
    return np.where(_offered(reading, dataset, services), values, 0.0 if reading.spec.not_offered == "zero" else np.nan)


def _offered(reading: StudyModel, dataset: xr.Dataset, services: tuple[str, ...]) -> Mask:
    """Return where a service may be offered, (unit, service); True throughout for outcomes other than utilisation."""
    if reading.role != "utilisation" or "availability" not in dataset:
        return np.ones((dataset.sizes["unit"], len(services)), dtype=bool)
    return np.asarray(dataset["availability"].sel(service=list(services)).to_numpy() != 0)


def _asked(reading: StudyModel, dataset: xr.Dataset, services: tuple[str, ...]) -> Mask:
    """Return who was asked about each service, (unit, service): all units where not offering it counts as 0."""
    return _offered(reading, dataset, services) | (reading.spec.not_offered == "zero")


def _complete(reading: StudyModel, dataset: xr.Dataset) -> Mask:
    """Return which units have every exposure, control and group known, (unit,)."""
    keep = np.ones(dataset.sizes["unit"], dtype=bool)
    for name in {*(term.variable for term in reading.terms), *reading.groups} & set(dataset):
        values = dataset[str(name)].to_numpy()
        keep &= np.isfinite(values) if values.dtype.kind == "f" else values != ""
    return keep


def _no_rows(columns: list[DesignColumn], groups: tuple[str, ...], dataset: xr.Dataset, outcome: Array) -> Problem:
    """Return the problem of no usable row, with the variable that costs the most rows."""
    blank: Mapping[str, int] = {
        **{column.label: int((~np.isfinite(column.values)).sum()) for column in columns},
        **{group: int((level_texts(dataset[group].to_numpy()) == "").sum()) for group in groups},
        "the outcome": int((~np.isfinite(outcome).any(axis=1)).sum()),
    }
    worst = sorted(blank, key=lambda name: -blank[name])[:3]
    listed = ", ".join(f"{name} ({Count(blank[name])} of {dataset.sizes['unit']} missing)" for name in worst)
    return Problem("data", "0 usable rows", "rows with every exposure, control and group known", f"Look at {listed}")


def _groups(
    names: tuple[str, ...], dataset: xr.Dataset, codebook: Codebook, units: Index
) -> tuple[dict[str, Group], list[Problem]]:
    groups, problems = {}, []
    for name in names:
        place, known = positions(dataset[name])
        there, index = np.unique(place[units], return_inverse=True)
        everywhere = np.where(np.isin(place, there), np.searchsorted(there, place), -1)
        levels = [known[k] for k in there]
        if len(levels) < 2:
            got, step = f"the one level {levels[0]!r}", "Leave it out of the model's groups"
            problems.append(Problem(f"group {name!r}", got, "at least two levels", step))
        exhaustive = codebook.variables[name].exhaustive
        groups[name] = Group(tuple(levels), index.astype(np.int64), exhaustive, everywhere.astype(np.int64))
    return groups, problems


def _outcome_faults(y: Array, services: tuple[str, ...], family: Family, limits: tuple[float, float]) -> list[Problem]:
    problems = []
    for service, column in zip(services, y.T, strict=True):
        known = column[np.isfinite(column)]
        where = f"outcome {service!r}"
        if not known.size:
            problems.append(Problem(where, "no value in any usable row", "answers", "Was it asked in this wave?"))
        elif known.min() == known.max():
            problems.append(
                Problem(
                    where,
                    f"the one value {number_text(known[0])} in all {known.size} rows",
                    "an outcome that varies",
                    "Leave the service out with --service",
                )
            )
        elif family.binary and not np.isin(known, [0.0, 1.0]).all():
            problems.append(
                Problem(
                    where,
                    f"values such as {number_text(known[~np.isin(known, [0, 1])][0])}",
                    f"0 and 1 for the family {family.name!r}",
                )
            )
        elif known.min() < limits[0] or known.max() > limits[1]:
            problems.append(
                Problem(
                    where,
                    f"values from {number_text(known.min())} to {number_text(known.max())}",
                    f"values within the limits {number_text(limits[0])} and {number_text(limits[1])}",
                )
            )
    return problems


def _flat(columns: list[DesignColumn], units: Index) -> list[Problem]:
    return [
        Problem(
            f"variable {column.label!r}",
            f"the one value {number_text(column.values[units][0])} in the usable rows",
            "a variable that varies",
            "Leave it out of the model",
        )
        for column in columns
        if np.ptp(column.values[units]) == 0
    ]


def _matrix(columns: list[DesignColumn], units: Index) -> tuple[tuple[DesignColumn, ...], Array]:
    kept = tuple(replace(c, values=c.values[units]) for c in columns)
    if not kept:
        return (), np.zeros((len(units), 0))
    raw = np.column_stack([column.values / column.step for column in kept])
    return kept, raw - raw.mean(axis=0)
