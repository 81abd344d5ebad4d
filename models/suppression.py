"""Find the parts of a fit that rest on so few answers that they would disclose them and must be withheld."""

from __future__ import annotations

import numpy as np
import xarray as xr

from data.arrays import Index, Mask
from data.disclosure import SMALLEST_SHOWN
from models.design import Design
from models.engines.maximum.estimates import clusters_of
from models.family import Family
from models.predict import by_service
from models.predictors.predictor import equation_names
from models.terms import DesignColumn


def few_of(design: Design, family: Family) -> dict[str, xr.DataArray]:
    """Return, by dim, which stored values of a fit rest on fewer than `SMALLEST_SHOWN` answers.

    Parameters
    ----------
    design : Design
        The fit's own.

    Returns
    -------
    dict of str to bool DataArray
        True where values are withheld. ``service`` (service,): few answers. Each group (level, service): few
        answers in that level; where it is only one level, the level with the next fewest is withheld too, since
        effects that sum to zero would reveal the first. ``exposure`` and ``control`` (column, service): few
        answers differ in the column, see `_columns`. A design without groups also has ``parameter``
        (parameter, service), with the same meaning, ``errors`` (errors, service, service_other): few clusters,
        see `_shared`; and ``service_other`` and ``parameter_other``, copies for the second axis.
    """
    services = {"service": list(design.services)}
    answers = np.bincount(design.service_of, minlength=len(design.services))
    found = {"service": xr.DataArray(answers < SMALLEST_SHOWN, services)}
    for name, group in design.groups.items():
        counts = _counts(design, group.index, len(group.levels))
        withheld = np.column_stack([_beside(column) for column in counts.T])
        found[name] = xr.DataArray(withheld, {name: list(group.levels), **services})
    columns = {"exposure": design.exposures, "control": design.controls}
    for dim, which in columns.items():
        found[dim] = xr.DataArray(_columns(which, design), {dim: [column.label for column in which], **services})
    for one in family.others:
        if one.dim:
            found[one.dim] = xr.DataArray(np.zeros(len(one.labels), dtype=bool), {one.dim: list(one.labels)})
    return found if design.groups else found | _of_estimates(design, family, found)


def _of_estimates(design: Design, family: Family, found: dict[str, xr.DataArray]) -> dict[str, xr.DataArray]:
    """Return what to withhold along the dims of maximum likelihood estimates."""
    services = list(design.services)
    names = equation_names(design, family)
    held = {
        f"{dim}_coef[{label}]": found[dim].sel({dim: label}).to_numpy()
        for dim in ("exposure", "control")
        for label in found[dim][dim].to_numpy()
    }
    # of the intercept and of the family's own parameters nothing is withheld
    same = np.array([held.get(name, np.zeros(len(services), dtype=bool)) for name in names])
    kinds = {kind: _shared(_counts(design, index, int(index.max()) + 1)) for kind, index in clusters_of(design).items()}
    blocks = {"errors": list(kinds), "service": services, "service_other": services}
    return {
        "parameter": xr.DataArray(same, {"parameter": names, "service": services}),
        "parameter_other": xr.DataArray(same, {"parameter_other": names, "service_other": services}),
        "service_other": found["service"].rename(service="service_other"),
        "errors": xr.DataArray(np.stack(list(kinds.values())), blocks),
    }


def _counts(design: Design, index: Index, levels: int) -> Index:
    """Return the number of answers in each level on each service, (level, service)."""
    counts = np.zeros((levels, len(design.services)), dtype=np.int64)
    np.add.at(counts, (index[design.unit_of], design.service_of), 1)
    return counts


def _beside(counts: Index) -> Mask:
    """Return which levels of one service to withhold, (level,)."""
    few: Mask = counts < SMALLEST_SHOWN
    if few.sum() == 1 and not few.all():
        few[np.argmin(np.where(few, counts.max() + 1, counts))] = True
    return few


def _columns(columns: tuple[DesignColumn, ...], design: Design) -> Mask:
    """Return whether few answers differ from a column's commonest value on a service, (column, service).

    The coefficient is then about those few answers. Where few answers have a category's reference, all of its
    columns are marked, because each is a comparison with those few.
    """
    out = np.zeros((len(columns), len(design.services)), dtype=bool)
    for s, cells in by_service(design):
        units = design.unit_of[cells]
        for place, column in enumerate(columns):
            counts = np.unique(column.values[units], return_counts=True)[1]
            out[place, s] = len(units) - counts.max(initial=0) < SMALLEST_SHOWN
        for places in _categories(columns).values():
            reference = len(units) - sum(columns[place].values[units].sum() for place in places)
            out[places, s] |= reference < SMALLEST_SHOWN
    return out


def _categories(columns: tuple[DesignColumn, ...]) -> dict[str, list[int]]:
    """Return the positions of each category's columns, one for each level but its reference."""
    found: dict[str, list[int]] = {}
    for place, column in enumerate(columns):
        if column.label.startswith(f"{column.variable}["):
            found.setdefault(column.variable, []).append(place)
    return found


def _shared(counts: Index) -> Mask:
    """Return whether a covariance of two services sums over few clusters, one with few answers, (service, service).

    Such a sum has so few products of scores that they can be separated; a single product is that unit's row up to
    a factor.
    """
    # (cluster, service, service)
    both = np.minimum(counts[:, :, None], counts[:, None, :])
    least = np.where(both > 0, both, SMALLEST_SHOWN).min(axis=0)
    withheld: Mask = ((both > 0).sum(axis=0) < SMALLEST_SHOWN) & (least < SMALLEST_SHOWN)
    return withheld
