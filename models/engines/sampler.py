"""The engine of a fit: compiled code where there is some, else PyMC's graph, which takes long to start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from threading import Timer
from typing import Any, Literal

import xarray as xr

from data.registry import later
from models.design import Design
from models.engines.bambi.supported import remark, require_supported
from models.engines.compiled import nuts
from models.engines.compiled.density import compile_parts, density_of, supports
from models.engines.settings import Engine, OnProgress, Settings
from models.family import Family
from priors.translate import Translated

LONG_SECONDS = 1.5
"""Reading compiled code from disk takes less; longer means that it is being compiled."""


@dataclass(frozen=True)
class Sampler:
    """What samples a fit.

    Attributes
    ----------
    run : callable
        ``run(settings, listen)`` -> draws of the free variables and the sampler's statistics.
    density : {'compiled', 'graph', 'bambi'}
        What it evaluates.
    """

    run: Callable[[Settings, OnProgress], xr.DataTree]
    density: Literal["compiled", "graph", "bambi"]


def sampler_of(
    design: Design,
    family: Family,
    priors: Translated,
    data: dict[str, Any],
    engine: Engine,
    say: Callable[[str], None] | None = None,
) -> Sampler:
    """Return what samples a fit, ready to start.

    Parameters
    ----------
    data : dict
        From `inputs`.
    engine : {'nutpie', 'graph', 'pymc', 'bambi'}
        `nutpie` falls back to `graph`, and says so, for a family or a component without compiled code, and for a
        version of nutpie that compiled code was not tested with.
    say : callable, optional
        Takes a sentence for the user.

    Raises
    ------
    InputError
        For a model that Bambi cannot state.
    """
    say = say or (lambda text: None)
    lacks = supports(design, family)
    if engine == "nutpie" and not lacks and nuts.available():
        _compile(design, family, say)
        return Sampler(partial(nuts.sample, density_of(design, family, priors, data)), "compiled")
    if engine == "bambi":
        require_supported(design, family, data)
        say("Stating the model in Bambi and compiling its graph (half a minute) ...")
        if remark(design):
            say(remark(design))
        stated = later("models.engines.bambi.statement").state(design, family, priors)
        bambi = later("models.engines.bambi.sample")
        return Sampler(partial(bambi.sample, bambi.compiled(stated), design, family), "bambi")
    model = later("models.engines.graph.density").build(design, family, priors)
    graph = later("models.engines.graph.sample")
    if engine == "pymc":
        return Sampler(partial(graph.sample_pymc, model), "graph")
    if engine == "nutpie":
        say(f"Sampling PyMC's graph, as there is no {lacks or f'nutpie {nuts.TESTED[0]}x'}.")
    say("Compiling PyMC's graph (half a minute, longer the first time) ...")
    return Sampler(partial(graph.sample_compiled, graph.compile_model(model)), "graph")


def _compile(design: Design, family: Family, say: Callable[[str], None]) -> None:
    """Have the model's code ready, with a word to the user if that takes long."""
    notice = Timer(LONG_SECONDS, say, ["Compiling the model's parts, once on this machine (about 20 s) ..."])
    notice.daemon = True
    notice.start()
    try:
        compile_parts(design, family)
    finally:
        notice.cancel()
