"""One block of memory with everything about a fit that `kernel` reads: sizes, then arrays one after the other.

nutpie passes a single pointer to compiled code. `pack` writes the block and `view` reads it, both in the order
of `Block`'s fields.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import carray
from numpy.typing import NDArray

from data.arrays import Index
from models.design import Design
from models.engines.compiled.jit import jit
from models.engines.compiled.patterns import PatternedCells


class Block(NamedTuple):
    """Sizes, then arrays. A *pattern* is a distinct row of covariates and groups; a *row* is a pattern on a service."""

    dim: int
    exposures: int
    controls: int
    services: int
    units: int
    patterns: int
    rows: int
    cells: int
    groups: int
    levels: int
    several: int
    unit_intercept: int
    residual: int
    level_count: Any  # (group,)
    exhaustive: Any  # (group,)
    row_level: Any  # (pattern, group): positions among all groups' levels
    row_pattern: Any  # (row,)
    row_service: Any  # (row,)
    cell_row: Any  # (cell,)
    cell_unit: Any  # (cell,)
    covariates: Any  # (pattern, exposure + control)
    y: Any  # (cell,)
    weight: Any  # (cell,)
    intercept_prior: Any  # (location, scale)
    exposure_prior: Any  # (location, scale)
    exposure_shift: Any  # (exposure, service)
    exposure_centring: Any  # (exposure, service)
    control_prior: Any  # (location, scale)
    group_mask: Any  # (group,)
    group_sd_prior: Any  # (group,)
    centring: Any  # (level, service), groups one below the other
    sweep: Any  # (level, service)
    common_shift: Any  # (group, service)
    unit_centring: Any  # (unit,)
    unit_sweep: Any  # (unit, service)
    lower: float
    upper: float
    exposure_spread_prior: float
    unit_mask: float
    unit_sd_prior: float
    residual_sd_prior: float


SIZES = 14
"""Length of the block's head: the block's length, then the sizes of `Block`."""


def pack(design: Design, cells: PatternedCells, data: dict[str, NDArray[Any]], dim: int) -> Index:
    """Return the block of a fit.

    Parameters
    ----------
    cells : PatternedCells
        The design's cells, as `collapse` returns them.
    data : dict
        The model's data, as `inputs` returns them.
    dim : int
        Number of unconstrained parameters.
    """
    groups = design.groups
    services = len(design.services)
    counts = [len(group.levels) for group in groups.values()]
    nothing = np.zeros((0, services))
    per_level = [np.zeros((count, services)) for count in counts]
    z = cells.z * data["control_mask"] if design.controls else cells.z
    whole: list[Any] = [
        counts,
        [group.exhaustive for group in groups.values()],
        cells.level,
        cells.row_pattern,
        cells.row_service,
        cells.row,
        cells.unit,
    ]
    real: list[Any] = [
        np.hstack([cells.x, z]),
        cells.y,
        cells.weight,
        data["intercept_prior"],
        data["exposure_prior"],
        data["exposure_shift"],
        data.get("exposure_centring", np.zeros_like(data["exposure_shift"])),
        data.get("control_prior", (0.0, 1.0)),
        [float(data[f"{name}_mask"]) for name in groups],
        [float(data[f"{name}_sd_prior"]) for name in groups],
        np.vstack([nothing, *(data[f"{n}_centring"] + zero for n, zero in zip(groups, per_level, strict=True))]),
        np.vstack([nothing, *(data[f"{name}_sweep"] for name in groups)]),
        np.vstack([nothing, *(data.get(f"{name}_common_shift", np.zeros(services)) for name in groups)]),
        data.get("unit_centring", ()),
        data.get("unit_sweep", ()),
        [float(data.get("lower", -np.inf)), float(data.get("upper", np.inf)), float(data["exposure_spread_prior"])],
        [float(data.get(name, 1.0)) for name in ("unit_mask", "unit_sd_prior", "residual_sd_prior")],
    ]
    sizes = [
        dim,
        len(design.exposures),
        len(design.controls),
        services,
        len(design.units) if design.unit_intercept else 0,
        len(cells.x),
        len(cells.row_pattern),
        len(cells.y),
        len(groups),
        sum(counts),
        design.several,
        design.unit_intercept,
        "residual_sd_prior" in data,
    ]
    parts = [np.ravel(np.asarray(part, dtype=np.int64)) for part in whole]
    parts += [np.ravel(np.asarray(part, dtype=np.float64)).view(np.int64) for part in real]
    length = SIZES + sum(part.size for part in parts)
    return np.concatenate([np.array([length, *sizes], dtype=np.int64), *parts])


@jit
def _ints(whole: Any, at: int, rows: int, columns: int) -> Any:
    end = at + rows * columns
    return whole[at:end].reshape(rows, columns), end


@jit
def _reals(real: Any, at: int, rows: int, columns: int) -> Any:
    end = at + rows * columns
    return real[at:end].reshape(rows, columns), end


@jit
def view(block: Any) -> Block:
    """Return views into the block of memory at an address."""
    length = carray(block, (1,))[0]
    whole = carray(block, (length,))
    real = whole.view(np.float64)
    dim, exposures, controls, services, units, patterns, rows, cells, groups, levels, several, intercept, residual = (
        whole[1],
        whole[2],
        whole[3],
        whole[4],
        whole[5],
        whole[6],
        whole[7],
        whole[8],
        whole[9],
        whole[10],
        whole[11],
        whole[12],
        whole[13],
    )
    level_count, at = _ints(whole, SIZES, 1, groups)
    exhaustive, at = _ints(whole, at, 1, groups)
    row_level, at = _ints(whole, at, patterns, groups)
    row_pattern, at = _ints(whole, at, 1, rows)
    row_service, at = _ints(whole, at, 1, rows)
    cell_row, at = _ints(whole, at, 1, cells)
    cell_unit, at = _ints(whole, at, 1, cells)
    covariates, at = _reals(real, at, patterns, exposures + controls)
    y, at = _reals(real, at, 1, cells)
    weight, at = _reals(real, at, 1, cells)
    intercept_prior, at = _reals(real, at, 1, 2)
    exposure_prior, at = _reals(real, at, 1, 2)
    exposure_shift, at = _reals(real, at, exposures, services)
    exposure_centring, at = _reals(real, at, exposures, services)
    control_prior, at = _reals(real, at, 1, 2)
    group_mask, at = _reals(real, at, 1, groups)
    group_sd_prior, at = _reals(real, at, 1, groups)
    centring, at = _reals(real, at, levels, services)
    sweep, at = _reals(real, at, levels, services)
    common_shift, at = _reals(real, at, groups, services)
    unit_centring, at = _reals(real, at, 1, units)
    unit_sweep, at = _reals(real, at, units, services)
    return Block(
        dim,
        exposures,
        controls,
        services,
        units,
        patterns,
        rows,
        cells,
        groups,
        levels,
        several,
        intercept,
        residual,
        level_count[0],
        exhaustive[0],
        row_level,
        row_pattern[0],
        row_service[0],
        cell_row[0],
        cell_unit[0],
        covariates,
        y[0],
        weight[0],
        intercept_prior[0],
        exposure_prior[0],
        exposure_shift,
        exposure_centring,
        control_prior[0],
        group_mask[0],
        group_sd_prior[0],
        centring,
        sweep,
        common_shift,
        unit_centring[0],
        unit_sweep,
        real[at],
        real[at + 1],
        real[at + 2],
        real[at + 3],
        real[at + 4],
        real[at + 5],
    )
