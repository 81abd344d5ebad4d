"""Sampling PyMC's graph itself: nutpie on what PyTensor compiles of it, or PyMC's own NUTS.

Slower to start than `compiled.nuts`, and the reference for it; also what a model without compiled code,
or an untested nutpie, is sampled with.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import nutpie
import pymc as pm
import xarray as xr

from models.engines.settings import OnProgress, Progress, Settings, of_chains


def compile_model(model: pm.Model, kept: Sequence[str] | None = None) -> Any:
    """Return nutpie's compiled form of a model.

    Parameters
    ----------
    kept : sequence of str, optional
        Variables whose draws are kept; by default all, those that others determine too.
    """
    return nutpie.compile_pymc_model(model, var_names=kept)


def sample_compiled(compiled: Any, settings: Settings, listen: OnProgress) -> xr.DataTree:
    """Return nutpie's draws; see `compiled.nuts.sample` for what comes back.

    Parameters
    ----------
    compiled
        From `compile_model`.
    """
    sampler = nutpie.sample(
        compiled,
        draws=settings.draws,
        tune=settings.tune,
        chains=settings.chains,
        seed=settings.seed,
        target_accept=settings.target_accept,
        save_warmup=False,
        progress_bar=False,
        progress_callback=of_chains(settings, listen),
        progress_rate=200,
        blocking=False,
    )
    try:
        tree: xr.DataTree = sampler.wait()
    except BaseException:  # Ctrl-C included: nutpie's blocking call would return half a trace
        sampler.cancel()
        raise
    return _in_order(tree)


def sample_pymc(model: pm.Model, settings: Settings, listen: OnProgress) -> xr.DataTree:
    """Return the draws of PyMC's own NUTS; see `compiled.nuts.sample` for what comes back."""
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
