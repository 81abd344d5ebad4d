"""Drawing from a model's posterior: nutpie by default, PyMC's own NUTS on request."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import nutpie
import pymc as pm
import xarray as xr

Engine = Literal["nutpie", "pymc"]


@dataclass(frozen=True)
class Settings:
    """How to sample.

    Attributes
    ----------
    draws, tune, chains, seed : int
    engine : {'nutpie', 'pymc'}
    target_accept : float
    """

    draws: int = 1000
    tune: int = 1000
    chains: int = 4
    seed: int = 2017
    engine: Engine = "nutpie"
    target_accept: float = 0.9

    def second_attempt(self) -> Settings:
        """Return more careful settings: smaller steps, twice the tuning, another stream of numbers."""
        return Settings(self.draws, 2 * self.tune, self.chains, self.seed + 1, self.engine, 0.99)


@dataclass(frozen=True)
class Progress:
    """Where a sampler stands, summed over chains."""

    done: int
    total: int
    divergences: int
    seconds: float

    @property
    def seconds_left(self) -> float | None:
        """Linear extrapolation; tuning and drawing cost about the same per iteration."""
        return self.seconds * (self.total - self.done) / self.done if self.done else None


Listener = Callable[[Progress], None]


def compile_model(model: pm.Model) -> Any:
    """Return nutpie's compiled form, whose `with_data` takes other data of the same shapes."""
    return nutpie.compile_pymc_model(model)


def rebind(compiled: Any, data: dict[str, np.ndarray]) -> Any:
    """Return nutpie's compiled form with other data: a refit without compilation.

    Parameters
    ----------
    compiled
        From `compile_model`.
    data : dict
        From `inputs`, of a design with as many units, services, exposures, controls and levels of
        each group. The number of cells may differ.

    Raises
    ------
    ValueError
        When a shape that the compiled parameters depend on differs: compiled code does not check
        its indices, and would read beyond its arrays.
    """
    known = {variable.name: compiled.shared_data[key] for variable, key in compiled.shared_var_keys.items()}
    per_cell = {"observed", "unit_of", "service_of", "weight"}
    for name, value in data.items():
        old = known.get(name)
        if old is None or name in per_cell or name.startswith("cells_"):
            continue
        if old.shape != np.shape(value):
            raise ValueError(f"{name}: compiled for shape {old.shape}, got {np.shape(value)}; compile a new model")
    return compiled.with_data(**{name: value for name, value in data.items() if name in known})


def sample(model: pm.Model, settings: Settings, *, listen: Listener, compiled: Any = None) -> xr.DataTree:
    """Return the draws of the model's free variables and the sampler's statistics.

    Parameters
    ----------
    model : pymc.Model
    settings : Settings
    listen : callable
        Called with a `Progress` several times a second, from the sampler's thread.
    compiled : optional
        From `compile_model`; else compiled here. Ignored by the engine `pymc`.

    Returns
    -------
    xarray.DataTree
        Groups `posterior` and `sample_stats`, dims (chain, draw, ...), without warm-up.

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C, with nothing kept: half a posterior is not one.
    """
    if settings.engine == "pymc":
        return _pymc(model, settings, listen)
    return _nutpie(compiled if compiled is not None else compile_model(model), settings, listen)


def _nutpie(compiled: Any, settings: Settings, listen: Listener) -> xr.DataTree:
    started = time.monotonic()

    def report(chains: list[Any]) -> None:
        done = sum(chain.finished_draws for chain in chains)
        total = settings.chains * (settings.tune + settings.draws)
        divergences = sum(chain.divergences for chain in chains if not chain.tuning)
        listen(Progress(done, total, divergences, time.monotonic() - started))

    sampler = nutpie.sample(
        compiled,
        draws=settings.draws,
        tune=settings.tune,
        chains=settings.chains,
        seed=settings.seed,
        target_accept=settings.target_accept,
        save_warmup=False,
        progress_bar=False,
        progress_callback=report,
        progress_rate=200,
        blocking=False,
    )
    try:
        tree: xr.DataTree = sampler.wait()
    except BaseException:  # Ctrl-C included: nutpie's blocking call would return half a trace
        sampler.cancel()
        raise
    return _in_order(tree)


def _pymc(model: pm.Model, settings: Settings, listen: Listener) -> xr.DataTree:
    started = time.monotonic()
    seen = {"done": 0, "divergences": 0}
    total = settings.chains * (settings.tune + settings.draws)

    def report(trace: Any, draw: Any) -> None:
        seen["done"] += 1
        stats = draw.stats[0] if draw.stats else {}
        seen["divergences"] += int(bool(stats.get("diverging")) and not draw.tuning)
        listen(Progress(seen["done"], total, seen["divergences"], time.monotonic() - started))

    with model:
        tree: xr.DataTree = pm.sample(
            draws=settings.draws,
            tune=settings.tune,
            chains=settings.chains,
            random_seed=settings.seed,
            target_accept=settings.target_accept,
            nuts_sampler="pymc",
            progressbar=False,
            callback=report,
            compute_convergence_checks=False,
            discard_tuned_samples=True,
        )
    if tree["posterior"].sizes.get("draw", 0) < settings.draws:
        raise KeyboardInterrupt  # PyMC answers Ctrl-C with the draws so far
    return _in_order(tree)


def _in_order(tree: xr.DataTree) -> xr.DataTree:
    """Keep what is stored, with draws in C order and without the time of day: same seed, same bytes."""
    groups = {name: tree[name].to_dataset().drop_attrs() for name in ("posterior", "sample_stats")}
    return xr.DataTree.from_dict({name: group.map(np.ascontiguousarray) for name, group in groups.items()})
