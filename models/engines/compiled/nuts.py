"""nutpie's NUTS on a compiled density, without the half of nutpie that imports PyMC, ArviZ and Matplotlib.

nutpie's sampler is a compiled extension; its Python half takes seconds to import and is about PyMC
graphs. The extension is loaded by itself here. That leans on what nutpie does not promise, so it is
done for the versions of nutpie it was tested with and no others: `available` says whether.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.metadata import version
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import xarray as xr
from numba import carray, types
from numpy.typing import NDArray

from data.arrays import Array
from models.engines.compiled.density import Density
from models.engines.compiled.jit import stored
from models.engines.settings import OnProgress, Settings, of_chains

TESTED = ("0.16.",)
"""Starts of the versions of nutpie whose extension is known to work as used here."""

STATISTICS = (
    "depth",
    "diverging",
    "energy",
    "energy_error",
    "index_in_trajectory",
    "logp",
    "maxdepth_reached",
    "mean_tree_accept",
    "mean_tree_accept_sym",
    "n_steps",
    "step_size",
    "step_size_bar",
)

DIM = "unconstrained_parameter"
"""A dim that nutpie expects by this name."""


def available() -> bool:
    """Whether the installed nutpie is one that this was tested with."""
    return version("nutpie").startswith(TESTED)


def sample(density: Density, settings: Settings, listen: OnProgress) -> xr.DataTree:
    """Return the draws of the free variables and the sampler's statistics.

    Parameters
    ----------
    listen : callable
        Called with a `Progress` several times a second, from the sampler's thread.

    Returns
    -------
    xarray.DataTree
        Groups `posterior` and `sample_stats`, dims (chain, draw, ...), without warm-up.

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C, with nothing kept: half a posterior is not one.
    """
    sampler = _start(density, settings, listen)
    try:
        sampler.wait(None)
        draws, statistics = sampler.take_results().get_arrow_trace()
    except BaseException:
        sampler.abort()
        raise
    flat = np.stack([_column(batch, "q", settings.tune) for batch in draws])
    posterior = density.label(flat)
    stats = {
        name: (("chain", "draw"), np.stack([_column(batch, name, settings.tune)[:, 0] for batch in statistics]))
        for name in STATISTICS
    }
    return xr.DataTree.from_dict(
        {"posterior": posterior, "sample_stats": xr.Dataset(stats, coords=posterior[["chain", "draw"]].coords)}
    )


@cache
def _extension() -> Any:
    """The extension module of nutpie, under its own name, so that a later `import nutpie` finds the same one."""
    name = "nutpie._lib"
    if name in sys.modules:
        return sys.modules[name]
    package = find_spec("nutpie")
    if package is None or not package.submodule_search_locations:
        raise ModuleNotFoundError("nutpie is not installed")
    folder = Path(package.submodule_search_locations[0])
    path = next(folder / f"_lib{suffix}" for suffix in EXTENSION_SUFFIXES if (folder / f"_lib{suffix}").is_file())
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is not an extension module")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.modules[name] = module
    return module


@cache
def _copy() -> Any:
    """The second callback of nutpie, which may derive what is stored from a point: here the point itself."""
    signature = types.int64(
        types.uint64,
        types.uint64,
        types.CPointer(types.double),
        types.CPointer(types.double),
        types.CPointer(types.int64),
    )
    return stored(signature, lambda: copy_point, of=__name__, part="copy")


def copy_point(dim: int, size: int, point: Any, out: Any, block: Any) -> int:
    """Copy a point."""
    carray(out, (size,))[:] = carray(point, (dim,))
    return 0


def _start(density: Density, settings: Settings, listen: OnProgress) -> Any:
    """The running sampler."""
    lib, dim, start = _extension(), density.dim, density.start
    address, keep = density.block.ctypes.data, (density, _copy())
    sizes = {DIM: dim}

    def near(seed: Any) -> Array:
        return start + np.random.default_rng(seed).uniform(-1.0, 1.0, dim)

    model = lib.PyMcModel(
        lib.LogpFunc(density.callback.address, address, keep),
        lib.ExpandFunc(dim, dim, _copy().address, address, keep),
        lib.PyVariable.new_variables(["q"], ["float64"], [[dim]], sizes, {"q": [DIM]}),
        dim,
        sizes,
        {},
        near,
        None,
    )
    kind = lib.PyNutsSettings.LowRank if density.ridged else lib.PyNutsSettings.Diag
    options = kind(settings.seed)
    options.update(
        {
            "num_tune": settings.tune,
            "num_draws": settings.draws,
            "num_chains": settings.chains,
            "target_accept": settings.target_accept,
        }
    )
    report = of_chains(settings, listen)
    cores = min(settings.chains, getattr(os, "process_cpu_count", os.cpu_count)() or 1)
    return lib.PySampler.from_pymc(options, cores, model, lib.ProgressType.none(), report, 200, lib.PyStorage.arrow())


def _column(batch: Any, name: str, tune: int) -> NDArray[Any]:
    """One column of an Arrow batch without warm-up, (draw, ...)."""
    values = pyarrow.array(batch.column(name))
    flat = values.flatten() if hasattr(values, "flatten") else values
    return np.asarray(flat.to_numpy(zero_copy_only=False)).reshape(batch.num_rows, -1)[tune:]
