"""One block of memory with everything about a fit that compiled code reads: addresses, sizes, arrays.

nutpie passes a single pointer to compiled code. `pack` writes the block: what the driver reads, then a part for the
family's loop over cells and one for every component. `rows_of` reads the driver's part.

Effects of all components lie in one array: the coefficients of columns, service by service, then the effects of
levels, component by component, then the family's other parameters, service by service.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numba import carray

from data.arrays import Index
from models.component import Component, Data, Levels
from models.design import Design
from models.engines.compiled import cell_code, component_code
from models.engines.compiled.jit import jit
from models.engines.compiled.patterns import PatternedCells
from models.family import Family
from models.predictors.family_parameter import FamilyParameter
from priors.translate import Translated

SIZES = 11
"""Length of the block's head: the block's length, then ten sizes; see `rows_of`."""


class Rows(NamedTuple):
    """What the driver reads. A *pattern* is a distinct row of columns and levels; a *row* is a pattern on a service."""

    dim: int
    effects: int
    services: int
    rows: int
    prepared: int
    components: int
    parts: Any  # (component, 3): addresses of both halves, where its part of the block starts
    cells: Any  # (2,): address of the loop over cells, where its part starts
    pattern: Any  # (row,)
    service: Any  # (row,)
    place: Any  # (pattern, group): place of a level's effect on the first service; those on others follow
    timed: Any  # (pattern, slope): the same of effects that a column multiplies
    x: Any  # (pattern, column)
    times: Any  # (pattern, slope)


@dataclass(frozen=True)
class Arena:
    """Where the effects of each component lie.

    Attributes
    ----------
    heads : list of (first, rows, distance, column)
        By component; see `component_code.HEAD`.
    slots : int
        Where the family's other parameters start.
    size : int
    """

    heads: list[tuple[int, int, int, int]]
    slots: int
    size: int

    @classmethod
    def of(cls, parts: Sequence[Component], data: Data, services: int) -> Arena:
        """Return the places of all effects."""
        widths = [0 if isinstance(one, FamilyParameter) else _width(one, data) for one in parts]
        others = [one.parameter.slots if isinstance(one, FamilyParameter) else 0 for one in parts]
        at, column, slot = services * sum(widths), 0, 0
        levels_end = at
        for one in parts:
            if held := one.levels():
                levels_end += held.count * (1 if held.shared else services)
        heads = []
        for one, width, slots in zip(parts, widths, others, strict=True):
            if slots:
                heads.append((levels_end, slots, sum(others), slot))
                slot += slots
            elif held := one.levels():
                distance = 1 if held.shared else services
                heads.append((at, held.count, distance, -1))
                at += held.count * distance
            else:
                heads.append((0, width, sum(widths), column))
                column += width
        return cls(heads, levels_end, levels_end + services * sum(others))


def _width(component: Component, data: Data) -> int:
    columns = component.columns(data)
    return 0 if columns is None else columns.shape[1]


def pack(
    design: Design,
    family: Family,
    cells: PatternedCells,
    parts: Sequence[Component],
    *,
    data: Data,
    priors: Translated,
) -> Index:
    """Return the block of a fit.

    Parameters
    ----------
    cells : PatternedCells
        The design's cells, as `collapse` returns them.
    parts : sequence of Component
        Of the location, then the family's other parameters.
    data : mapping
        The model's data, as `inputs` returns them.
    """
    for part in parts:
        held = part.levels()
        if held is not None and part.columns(data) is not None:
            raise ValueError(f"{part.name} has both columns and levels: make two components of it")
        if held is not None and held.shared and not held.of_units:
            raise ValueError(f"{part.name} shares effects of levels other than units: give every service its own")
    if family.cell is None:
        raise ValueError(f"the family {family.name!r} has no compiled code")
    services = len(design.services)
    arena = Arena.of(parts, data, services)
    sizes = [sum(one.size for one in part.free(priors)) for part in parts]
    first, dim = np.cumsum([0, *sizes]), sum(sizes)
    of_parts = [
        _of_component(part, head, (dim, arena.size, services, int(at), size), data, priors)
        for part, head, at, size in zip(parts, arena.heads, first, sizes, strict=False)
    ]
    prepared = family.prepared
    of_cells = _of_cells(cells, parts, arena, (services, sum(one.slots for one in family.others), prepared), design)
    place, timed = (_places(parts, arena, level, times=k) for level, k in ((cells.level, False), (cells.timed, True)))
    counts = [place.shape[1], timed.shape[1], *cells.x.shape]
    head = [dim, arena.size, services, len(cells.row_pattern), prepared, len(parts), *counts]
    own = [
        *(_whole(one) for one in (cells.row_pattern, cells.row_service, place, timed)),
        *(_real(one) for one in (cells.x, cells.times)),
    ]
    before = 1 + len(head) + 3 * len(parts) + 2 + sum(one.size for one in own)
    places = (before + np.cumsum([0, of_cells.size, *(one.size for one in of_parts)])).tolist()
    codes = [component_code.code_of(part) for part in parts]
    addresses = [
        [code.forward.address, code.backward.address, place] for code, place in zip(codes, places[1:], strict=False)
    ]
    loop = [cell_code.cells_of(family.cell).address, places[0]]
    return np.concatenate([_whole([places[-1], *head]), _whole(addresses), _whole(loop), *own, of_cells, *of_parts])


def _places(parts: Sequence[Component], arena: Arena, level: Index, *, times: bool) -> Index:
    """Return where the effects of levels lie on the first service, (pattern, component)."""
    held = _held(parts, arena, times=times)
    first = np.array([head[0] for head, _ in held], dtype=np.int64)
    return first + level * np.array([head[2] for head, _ in held], dtype=np.int64)


def _held(
    parts: Sequence[Component], arena: Arena, *, times: bool, of_units: bool = False
) -> list[tuple[tuple[int, int, int, int], Levels]]:
    """Return components' levels with the place of their effects."""
    return [
        (head, levels)
        for part, head in zip(parts, arena.heads, strict=True)
        if (levels := part.levels()) is not None
        and levels.of_units == of_units
        and (of_units or (levels.times is not None) == times)
    ]


def _of_component(
    part: Component,
    head: tuple[int, int, int, int],
    sizes: tuple[int, int, int, int, int],
    data: Data,
    priors: Translated,
) -> Index:
    """Return a component's part of the block."""
    ints, reals = part.block(data, priors)
    body = [_whole([*sizes, *head, len(ints), *ints]), *(_real(one) for one in reals)]
    length = 1 + sum(one.size for one in body)
    return np.concatenate([_whole([length]), *body])


def _of_cells(
    cells: PatternedCells, parts: Sequence[Component], arena: Arena, sizes: tuple[int, int, int], design: Design
) -> Index:
    """Return the loop's part of the block."""
    services, slots, prepared = sizes
    held = _held(parts, arena, times=False, of_units=True)
    service = cells.row_service[cells.row]
    place = [head[0] + levels.index[cells.unit] * head[2] + (0 if levels.shared else service) for head, levels in held]
    times = [np.ones(len(cells.y)) if levels.times is None else levels.times[cells.unit] for _, levels in held]
    head = [arena.size, len(cells.row_pattern), services, len(cells.y), len(held), slots, arena.slots, prepared]
    whole = [head, service, cells.row, cells.kind, np.array(place, dtype=np.int64).T]
    reals = [design.limits, cells.y, cells.weight, np.array(times, dtype=float).T]
    body = [_whole(one) for one in whole] + [_real(one) for one in reals]
    length = 1 + sum(one.size for one in body)
    return np.concatenate([_whole([length]), *body])


def _whole(values: Any) -> Index:
    return np.ravel(np.asarray(values, dtype=np.int64))


def _real(values: Any) -> Index:
    return np.ravel(np.asarray(values, dtype=np.float64)).view(np.int64)


@jit
def _table(numbers: Any, at: int, rows: int, columns: int) -> Any:
    end = at + rows * columns
    return numbers[at:end].reshape(rows, columns), end


@jit
def rows_of(block: Any) -> Rows:
    """Return views into the driver's part of the block of memory at an address."""
    whole = carray(block, (carray(block, (1,))[0],))
    real = whole.view(np.float64)
    dim, effects, services, rows, prepared, components = whole[1], whole[2], whole[3], whole[4], whole[5], whole[6]
    groups, slopes, patterns, columns = whole[7], whole[8], whole[9], whole[10]
    parts, at = _table(whole, SIZES, components, 3)
    cells, at = _table(whole, at, 1, 2)
    pattern, at = _table(whole, at, 1, rows)
    service, at = _table(whole, at, 1, rows)
    place, at = _table(whole, at, patterns, groups)
    timed, at = _table(whole, at, patterns, slopes)
    x, at = _table(real, at, patterns, columns)
    times, at = _table(real, at, patterns, slopes)
    return Rows(
        dim,
        effects,
        services,
        rows,
        prepared,
        components,
        parts,
        cells[0],
        pattern[0],
        service[0],
        place,
        timed,
        x,
        times,
    )
