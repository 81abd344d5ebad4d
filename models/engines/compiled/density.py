"""A fit's density as compiled code: the family's compiled callback, and the block of memory it reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from data.arrays import Array, Index
from models.component import Component, FreeVariable
from models.design import Design
from models.engines.compiled.cell_code import cells_of
from models.engines.compiled.component_code import code_of
from models.engines.compiled.driver import WRONG_SIZE, driver
from models.engines.compiled.memory import pack
from models.engines.compiled.patterns import collapse
from models.engines.model_data import coordinates
from models.family import Family
from models.predictors.predictor import parts_of
from priors.translate import Translated

RIDGE_DIM = 500
"""Most parameters for a low-rank mass matrix. With 72 parameters and 13,585 units it raised the smallest ESS of 500
draws from 7 to 833; with 1,251 parameters it found no direction and every draw diverged."""


@dataclass(frozen=True)
class Density:
    """The density of a fit, as a sampler uses it.

    Attributes
    ----------
    callback
        Numba's C function, with the signature `driver.SIGNATURE`.
    block : int64 array
        The memory that `pack` fills; it must outlive every use of the callback.
    parts : tuple of Component
        Whose parameters the point holds, in order.
    coords : dict
        Labels of the parameters' dims.
    data : mapping
        The model's data.
    ridged : bool
        Whether sums of coefficients and group effects are known far better than each alone, so that
        a diagonal mass matrix would be slow.
    """

    callback: Any
    block: Index
    parts: tuple[Component, ...]
    priors: Translated
    coords: dict[str, Any]
    data: Mapping[str, Any] = field(default_factory=dict)
    ridged: bool = False

    @property
    def parameters(self) -> tuple[FreeVariable, ...]:
        """The free variables, in the order of the graph."""
        return tuple(one for part in self.parts for one in part.free(self.priors))

    @property
    def dim(self) -> int:
        """Number of unconstrained parameters."""
        return sum(one.size for one in self.parameters)

    @property
    def start(self) -> Array:
        """The priors' centre, unconstrained, (dim,)."""
        return np.concatenate([np.full(one.size, one.start) for one in self.parameters])

    def at(self, point: Array) -> tuple[float, Array]:
        """Return value and gradient at an unconstrained point; both may be infinite or NaN.

        Raises
        ------
        ValueError
            For a point of another length than `dim`.
        """
        q = np.ascontiguousarray(point, dtype=float)
        gradient, value = np.empty(self.dim), np.empty(1)
        pointers = [np.ctypeslib.as_ctypes(part) for part in (q, gradient, value, self.block)]
        if self.callback.ctypes(q.size, *pointers) == WRONG_SIZE:
            raise ValueError(f"a point of {q.size} numbers, expected {self.dim}")
        return float(value[0]), gradient

    def label(self, draws: Array) -> xr.Dataset:
        """Return draws of the free variables, labelled as in the graph.

        Parameters
        ----------
        draws : array (chain, draw, dim)
            Unconstrained draws.
        """
        out: dict[str, tuple[tuple[str, ...], Array]] = {}
        at = 0
        for part in self.parts:
            free = {}
            variables = part.free(self.priors)
            for one in variables:
                free[one.name] = draws[..., at : at + one.size].reshape(*draws.shape[:2], *one.free)
                at += one.size
            values = part.constrained(free, self.priors, self.data)
            out |= {one.name: (("chain", "draw", *one.dims), values[one.name]) for one in variables}
        chains, count = draws.shape[:2]
        return xr.Dataset(out, coords={"chain": np.arange(chains), "draw": np.arange(count), **self.coords})


def supports(design: Design, family: Family) -> str:
    """Return why compiled code cannot sample a model, in a few words; '' where it can."""
    without = [part.name for part in parts_of(design, family) if type(part).compiled is Component.compiled]
    if family.cell is None:
        return f"compiled code of the family {family.name}"
    return f"compiled code of {' and '.join(without)}" if without else ""


def compile_parts(design: Design, family: Family) -> None:
    """Have the compiled code of a model ready, from the disk where it has been compiled before."""
    driver()
    for part in parts_of(design, family):
        code_of(part)
    if family.cell is not None:
        cells_of(family.cell)


def density_of(design: Design, family: Family, priors: Translated, data: dict[str, NDArray[Any]]) -> Density:
    """Return the compiled density of a fit; only the first use of a part on a machine compiles it.

    Parameters
    ----------
    family : Family
        A family with compiled code.
    data : dict
        The model's data, as `inputs` returns them.
    """
    parts = parts_of(design, family)
    found = [one for part in parts for one in part.free(priors)]
    dims = {dim for one in found for dim in one.dims}
    coords = {name: labels for name, labels in coordinates(design, family).items() if name in dims}
    block = pack(design, family, collapse(design, family, parts, data), parts, data=data, priors=priors)
    # A covariate that hardly varies within a group's levels is then almost exactly a sum of their effects.
    decided = any(data[f"{group}_decided"] > 0.0 for group in design.groups)
    ridged = decided and sum(one.size for one in found) <= RIDGE_DIM
    return Density(driver(), block, parts, priors, coords, data, ridged=ridged)
