"""A fit's density as compiled code: the family's kernel from the cache on disk, and the block it reads."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.registry import member, members
from models.design import Design
from models.engines.compiled.kernel import WRONG_SIZE
from models.engines.compiled.memory import pack
from models.engines.compiled.parameters import Parameter, parameters
from models.engines.compiled.patterns import collapse
from models.engines.model_data import coordinates
from models.family import Family
from priors.translate import Translated

DECIDED = 0.5
"""Centring of a level that the data decide more than its prior does."""

RIDGE_DIM = 500
"""Up to so many parameters a low-rank mass matrix was seen to help: with 72 of them and 13,585 units the
smallest ESS went from 7 of 500 draws to 833. With 1,251 it found nothing and every draw diverged."""


@dataclass(frozen=True)
class Density:
    """What a sampler needs of a fit.

    Attributes
    ----------
    callback
        Numba's C function, with the signature `_kernel.SIGNATURE`.
    block : int64 array
        From `pack`; must outlive every use of the callback.
    parameters : tuple of Parameter
    coords : dict
        Labels of the parameters' dims.
    ridged : bool
        Whether coefficients and effects of groups are known far better together than apart, so that
        a diagonal mass matrix would crawl along the ridge.
    """

    callback: Any
    block: NDArray[np.int64]
    parameters: tuple[Parameter, ...]
    coords: dict[str, Any]
    ridged: bool = False

    @property
    def dim(self) -> int:
        """Number of unconstrained parameters."""
        return sum(one.size for one in self.parameters)

    @property
    def start(self) -> NDArray[np.float64]:
        """The priors' centre, unconstrained, (dim,)."""
        return np.concatenate([np.full(one.size, one.start) for one in self.parameters])

    def at(self, point: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Return value and gradient at an unconstrained point; neither need be finite.

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
    """Whether a family is written out for compiled code."""
    return family.engine_name in members("models.engines.compiled.cells")


def density_of(design: Design, family: Family, priors: Translated, data: dict[str, NDArray[Any]]) -> Density:
    """Return the compiled density of a fit. Nothing is compiled unless it is this machine's first of its family.

    Parameters
    ----------
    design : Design
    family : Family
        One that `has_kernel`.
    priors : Translated
    data : dict
        From `inputs`.
    """
    found = parameters(design, family, priors)
    dim = sum(one.size for one in found)
    dims = {dim for one in found for dim in one.dims}
    coords = {name: labels for name, labels in coordinates(design).items() if name in dims}
    block = pack(design, collapse(design, family, data["weight"]), data, dim)
    # A covariate that hardly varies within a group's levels is then a sum of their effects, all but exactly.
    decided = any(np.any(data[f"{group}_centring"] > DECIDED) for group in design.groups)
    return Density(callback(family.engine_name), block, found, coords, ridged=decided and dim <= RIDGE_DIM)


@cache
def callback(family: str) -> Any:
    """Return a family's compiled callback, read from disk where it has been compiled before."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(here.rglob("*.py")):
        text = path.read_bytes()
        if b"from models.engines.compiled.jit import" in text or path.name == "jit.py":
            digest.update(text)
    return member("models.engines.compiled.cells", family).compiled(int(digest.hexdigest()[:15], 16) | 1)
