"""Average contrasts: the average over units at two settings of an exposure, within every draw.

Units are averaged first and draws summarised last, because an average of interval bounds is not a bound of
the average.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numpy as np
import xarray as xr

from data.arrays import Array, Index
from data.disclosure import SMALLEST_SHOWN
from data.errors import InputError, Problem
from fits.effects.contrasts import Contrast
from fits.effects.levels import Split
from models.component import Component, Rows
from models.design import Design
from models.engines.compiled.patterns import patterns
from models.family import Family
from models.numerics.integration import averaged
from models.predict import by_service
from models.predictors.family_parameter import values_at
from models.predictors.predictor import Place, changed, components_of, eta_of, everywhere, spread_of
from models.scale import Quantity, Scale

Target = Literal["these", "typical", "new"]

TARGETS: dict[Target, str] = {
    "these": "these units, with their own group effects",
    "typical": "these units' covariates in a typical place: every group effect at 0, units' intercepts integrated",
    "new": "these units' covariates in a new place: group effects integrated over their estimated distribution",
}
"""Targets of an average, in words. A group with exhaustive levels (unit type) has no new levels: in a new place
units keep theirs."""

BLOCK = 250_000
"""Draws times units held at once: 2 MB for each array, which fits a core's cache."""


def place_of(target: Target, design: Design) -> Place:
    """Return the treatment of effects of a target.

    Raises
    ------
    InputError
        For a typical or new place in a model without groups.
    """
    varying = [one for one in components_of(design) if one.varies]
    if target == "these":
        return everywhere(design)
    if not varying:
        got = f"{target!r} of a model without groups"
        raise InputError([Problem("--target", got, "'these'", "There is no group effect to set or to integrate")])
    if target == "typical":
        return Place((), tuple(one.name for one in varying if one.of_units))
    known = tuple(one.name for one in varying if one.exhaustive)
    return Place(known, tuple(one.name for one in varying if one.name not in known))


def average_contrasts(
    posterior: xr.Dataset,
    design: Design,
    family: Family,
    *,
    contrasts: tuple[Contrast, ...],
    scales: tuple[Scale, ...],
    place: Place,
    levels: Split | None = None,
) -> dict[str, xr.Dataset]:
    """Return averages at both ends of every contrast, and their change, under every draw.

    Parameters
    ----------
    posterior : xarray.Dataset
        A stored posterior, read block by block, so that it need not be in memory.
    design : Design
        The posterior's own.
    place : Place
        The treatment of group effects, such as `place_of("these", design)`.
    levels : Split, optional
        A split of the units; by default none.

    Returns
    -------
    dict of str to xarray.Dataset
        `change`, and where the scale has levels `low` and `high`, each (chain, draw, exposure, service,
        level), by scale. A service is averaged over the units that answered it; NaN where none did.
    """
    split = levels or Split.none(design)
    plans = plans_of(design, place, split)
    chains, draws = posterior.sizes["chain"], posterior.sizes["draw"]
    shape = (chains, draws, len(contrasts), len(design.services), len(split.labels))
    out = {(scale.name, end): np.full(shape, np.nan) for scale in scales for end in ("low", "high", "change")}

    def fill(part: xr.Dataset, block: slice, plan: Plan) -> None:
        for e, scale, ends in _ends(part, plan, design, family, contrasts, scales):
            for end, values in ends.items():
                out[scale.name, end][:, block, e, plan.service] = values

    over_blocks(posterior, plans, fill)
    dims = ("chain", "draw", "exposure", "service", "level")
    coords = {
        "chain": posterior["chain"],
        "draw": posterior["draw"],
        "exposure": [contrast.label for contrast in contrasts],
        "service": list(design.services),
        "level": list(split.labels),
    }
    return {
        scale.name: xr.Dataset(
            {end: (dims, out[scale.name, end]) for end in ("low", "high", "change") if scale.of or end == "change"},
            coords=coords,
        )
        for scale in scales
    }


def over_services(values: xr.DataArray, counts: Index) -> xr.DataArray:
    """Return the mean over services, equally weighted; at a level, over services that enough units there answer.

    A value from too few units is shown neither by itself nor in a mean that would reveal it.

    Parameters
    ----------
    values : xarray.DataArray
        Values with dims `service` and `level`.
    counts : int array (service, level)
    """
    there = xr.DataArray(counts >= SMALLEST_SHOWN, dims=("service", "level"))
    mean: xr.DataArray = values.where(there, 0.0).sum("service", skipna=False) / np.maximum(there.sum("service"), 1)
    return mean.where(there.any("service"))


@dataclass(frozen=True)
class Plan:
    """One service: the units to compute, where equal units are computed once, and their weights in each average.

    Attributes
    ----------
    units : int array (unit,)
        Positions among the design's units.
    weight : array (unit, level)
        Columns sum to 1, or are NaN for a level without units.
    """

    service: int
    units: Index
    weight: Array
    place: Place


def plans_of(design: Design, place: Place, split: Split) -> list[Plan]:
    """Return a plan for each service."""
    return [_plan(s, design.unit_of[cells], design, place, split) for s, cells in by_service(design)]


def _plan(service: int, units: Index, design: Design, place: Place, split: Split) -> Plan:
    units = units[split.index[units] >= 0]
    level = split.index[units]
    parts = components_of(design)
    if any(one.of_units and one.name in place.known for one in parts):
        first, pattern = np.arange(len(units)), np.arange(len(units))
    else:
        columns = [column for one in parts for column in one.distinct(place.known)]
        pattern, first = patterns([*(column[units] for column in columns), level], len(units))
    count = np.zeros((len(first), len(split.labels)))
    np.add.at(count, (pattern, level), 1.0)
    with np.errstate(invalid="ignore"):  # NaN for a level without units here
        weight = count / count.sum(axis=0)
    return Plan(service, units[first], weight, place)


def over_blocks(posterior: xr.Dataset, plans: list[Plan], fill: Callable[[xr.Dataset, slice, Plan], None]) -> None:
    """Call `fill(draws at one service, block, plan)` for blocks of draws that fit a core's cache, on every core.

    Parameters
    ----------
    posterior : xarray.Dataset
        A stored posterior, read block by block.
    fill : callable
        Writes to elements that no other call writes to; not called for a plan without units.
    """
    plans = [plan for plan in plans if plan.units.size]
    chains, draws = posterior.sizes["chain"], posterior.sizes["draw"]
    step = max(1, BLOCK // (chains * max(1, *(len(plan.units) for plan in plans))))

    def work(start: int) -> None:
        block = slice(start, start + step)
        part = posterior.isel(draw=block).load()
        for plan in plans:
            fill(part.isel(service=plan.service), block, plan)

    with ThreadPoolExecutor(os.cpu_count()) as pool:  # NumPy and SciPy release the interpreter lock
        list(pool.map(work, range(0, draws, step)))


def _ends(
    here: xr.Dataset,
    plan: Plan,
    design: Design,
    family: Family,
    contrasts: tuple[Contrast, ...],
    scales: tuple[Scale, ...],
) -> Iterator[tuple[int, Scale, dict[str, Array]]]:
    """Yield averages of each contrast and scale, (chain, draw, level), for a block of draws on one service."""
    parts, values = components_of(design), values_at(here, family)
    base = eta_of(here, parts, Rows(plan.units), plan.place)
    limits = design.limits
    # values of unchanged units, at which every contrast that adds to them starts
    known: dict[Quantity, Array] = {}
    spread = spread_of(here, parts, Rows(plan.units), plan.place)

    def same(one: Array | None, other: Array | None) -> bool:
        return one is other or (one is not None and other is not None and np.array_equal(one, other))

    def at(quantity: Quantity, end: tuple[Array, Array | None], held: dict[Quantity, Array]) -> Array:
        if quantity not in held:
            held[quantity] = averaged(quantity, family, end[0], values, spread=end[1], limits=limits)
        return held[quantity]

    for e, contrast in enumerate(contrasts):
        low, high = (_moved(base, here, parts, Rows(plan.units, end), plan) for end in (contrast.low, contrast.high))
        low_held, high_held = (known if end[0] is base and same(end[1], spread) else {} for end in (low, high))
        for scale in scales:
            ends: dict[str, Array] = {}
            if scale.of:
                ends["low"] = at(scale.of, low, low_held) @ plan.weight
                ends["high"] = at(scale.of, high, high_held) @ plan.weight
            if scale.combine:
                low_parts = tuple(at(part, low, low_held) for part in scale.parts)
                high_parts = tuple(at(part, high, high_held) for part in scale.parts)
                ends["change"] = scale.combine(low_parts, high_parts) @ plan.weight
            else:
                ends["change"] = ends["high"] - ends["low"]
            yield e, scale, ends


def _moved(
    base: Array, here: xr.Dataset, parts: tuple[Component, ...], rows: Rows, plan: Plan
) -> tuple[Array, Array | None]:
    """Return the linear predictor after columns have moved, and the spread around it."""
    return changed(base, here, parts, rows, plan.place), spread_of(here, parts, rows, plan.place)
