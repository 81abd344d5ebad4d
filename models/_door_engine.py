"""The engine of a fit: compiled code where there is some, else PyMC's graph, which takes long to start."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import Timer

import xarray as xr
from rich.console import Console

from models import _native
from models._compiled import density_of, has_kernel
from models._design import Design
from models._engines import Engine, Listener, Settings
from models._family import Family
from priors._translate import Translated

Sampler = Callable[[Settings, Listener], xr.DataTree]

LONG_SECONDS = 1.5
"""Reading compiled code from disk takes less; longer means that it is being compiled."""


def sampler_of(
    design: Design, family: Family, priors: Translated, engine: Engine, console: Console | None = None
) -> Sampler:
    """Return what samples a fit, ready to start: ``sampler(settings, listen)`` -> draws of the free variables.

    Parameters
    ----------
    design : Design
    family : Family
    priors : Translated
    engine : {'nutpie', 'graph', 'pymc'}
        `nutpie` falls back to `graph`, and says so, for a family without a kernel and for a version
        of nutpie that compiled code was not tested with.
    console : rich.console.Console, optional
        For a word to the user.
    """
    say: Callable[[str], None] = console.print if console else _nothing
    if engine == "nutpie" and has_kernel(family) and _native.available():
        notice = Timer(LONG_SECONDS, say, ["Compiling the likelihood, once on this machine (about 20 s) ..."])
        notice.daemon = True
        notice.start()
        try:
            density = density_of(design, family, priors)
        finally:
            notice.cancel()
        return partial(_native.sample, density)
    from models._graph import build
    from models._reference import compile_model, sample_compiled, sample_pymc

    model = build(design, family, priors)
    if engine == "pymc":
        return partial(sample_pymc, model)
    if engine == "nutpie":
        why = f"nutpie {_native.TESTED[0]}x" if has_kernel(family) else f"a kernel for the family {family.name}"
        say(f"Sampling PyMC's graph, as the compiled density needs {why}.")
    say("Compiling PyMC's graph, which takes a minute or so ...")
    return partial(sample_compiled, compile_model(model))


def _nothing(text: str) -> None:
    """Say nothing."""
