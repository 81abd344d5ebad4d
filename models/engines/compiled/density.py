"""A fit's density as compiled code: the family's compiled callback, and the block of memory it reads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.arrays import Array, Index
from data.code_hash import code_digest
from data.registry import member, members
from models.design import Design
from models.engines.compiled.kernel import WRONG_SIZE
from models.engines.compiled.memory import pack
from models.engines.compiled.parameters import FreeVariable, parameters
from models.engines.compiled.patterns import collapse
from models.engines.model_data import coordinates
from models.family import Family
from priors.translate import Translated

DECIDED = 0.5
"""Centring above which the data decide a level more than its prior does."""

RIDGE_DIM = 500
"""Most parameters for a low-rank mass matrix. With 72 parameters and 13,585 units it raised the smallest ESS of 500
draws from 7 to 833; with 1,251 parameters it found no direction and every draw diverged."""


@dataclass(frozen=True)
class Density:
    """The density of a fit, as a sampler uses it.

    Attributes
    ----------
    callback
        Numba's C function, with the signature `kernel.SIGNATURE`.
    block : int64 array
        The memory that `pack` fills; it must outlive every use of the callback.
    coords : dict
        Labels of the parameters' dims.
    ridged : bool
        Whether sums of coefficients and group effects are known far better than each alone, so that
        a diagonal mass matrix would be slow.
    """

    callback: Any
    block: Index
    parameters: tuple[FreeVariable, ...]
    coords: dict[str, Any]
    ridged: bool = False

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


def has_kernel(family: Family) -> bool:
    """Return whether a family has compiled code."""
    return family.engine_name in members("models.engines.compiled.cells")


def density_of(design: Design, family: Family, priors: Translated, data: dict[str, NDArray[Any]]) -> Density:
    """Return the compiled density of a fit; only the first of each family on a machine is compiled.

    Parameters
    ----------
    family : Family
        A family with compiled code.
    data : dict
        The model's data, as `inputs` returns them.
    """
    found = parameters(design, family, priors)
    dim = sum(one.size for one in found)
    dims = {dim for one in found for dim in one.dims}
    coords = {name: labels for name, labels in coordinates(design).items() if name in dims}
    block = pack(design, collapse(design, family, data["weight"]), data, dim)
    # A covariate that hardly varies within a group's levels is then almost exactly a sum of their effects.
    decided = any(np.any(data[f"{group}_centring"] > DECIDED) for group in design.groups)
    return Density(callback(family.engine_name), block, found, coords, ridged=decided and dim <= RIDGE_DIM)


@cache
def callback(family: str) -> Any:
    """Return a family's compiled callback, read from disk where it has been compiled before."""
    compiled = "models.engines.compiled"
    # Numba looks at the file of a function alone, and not at those that it calls.
    digest = code_digest(f"{compiled}.cells.{family}", within=compiled)
    cell = member("models.engines.compiled.cells", family)
    return cell.compiled(int(digest, 16) | 1)
