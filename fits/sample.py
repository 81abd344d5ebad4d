"""Sampling: draws and the verdict of the gate on them, once more with more care where it fails."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from threading import Thread
from typing import TYPE_CHECKING, Any

import xarray as xr

from data.registry import later
from fits.listen import SILENT, Clock, Listener
from fits.loaded import Loaded, prepare
from models.design import Design
from models.engines.model_data import inputs
from models.engines.sampler import Sampler, sampler_of
from models.engines.settings import Settings
from models.family import Family
from models.posterior import derive
from priors.translate import Translated

if TYPE_CHECKING:
    from fits.diagnostics import Diagnostics
    from fits.storage.manifest import Request

ATTEMPTS = 2


@dataclass(frozen=True)
class Sampled:
    """What a sampler gave in the end.

    Attributes
    ----------
    tree : xarray.DataTree
        Groups `posterior`, as it is stored, and `sample_stats`.
    diagnostics : list of Diagnostics
        The gate's verdict on each attempt.
    settings : list of Settings
        How each attempt was sampled.
    density : str
        What was evaluated; see `Sampler`.
    """

    tree: xr.DataTree
    diagnostics: list[Diagnostics]
    settings: list[Settings]
    density: str

    @property
    def last(self) -> Diagnostics:
        """The gate's verdict on what came out."""
        return self.diagnostics[-1]

    @property
    def attempts(self) -> list[dict[str, Any]]:
        """Each attempt as it stands in the manifest."""
        return [
            {
                "settings": asdict(settings),
                "density": self.density,
                "diagnostics": found.values,
                "checks": found.checks,
            }
            for settings, found in zip(self.settings, self.diagnostics, strict=True)
        ]


@dataclass(frozen=True)
class Prepared:
    """All that a sampler needs, as it was asked."""

    design: Design
    family: Family
    priors: Translated
    data: dict[str, Any]
    settings: Settings


def prepared(request: Request, loaded: Loaded) -> Prepared:
    """Return what a request asks for, ready to be sampled."""
    design, family, priors = prepare(loaded, request.service, single_level=request.single_level)
    return Prepared(design, family, priors, inputs(design, family, priors), Settings(**request.settings))


def drawn(given: Prepared, listen: Listener, clock: Clock) -> Sampled:
    """Return the draws of what was prepared; the engine's code is compiled first, where it is not yet."""
    with clock.stage("compile"):
        engine = given.settings.engine
        sampler = sampler_of(given.design, given.family, given.priors, given.data, engine, listen.say)
    return sample(sampler, given.settings, given.design, given.data, listen=listen, clock=clock)


def sample(
    sampler: Sampler,
    settings: Settings,
    design: Design,
    data: dict[str, Any],
    *,
    listen: Listener = SILENT,
    clock: Clock | None = None,
) -> Sampled:
    """Return draws, sampled once more with more care if the first ones fail the gate.

    Parameters
    ----------
    settings : Settings
        Of the first attempt.
    data : dict
        What it samples under, from `models.engines.model_data.inputs`.
    listen : Listener
        Is told how far the sampler is, and of a second attempt.
    clock : Clock, optional
        Gets the wall times of sampling and of the diagnostics.
    """
    if sampler.density == "compiled":
        # Importing ArviZ takes as long as sampling a small model; the chains leave this interpreter free.
        Thread(target=lambda: later("fits.diagnostics"), daemon=True).start()
    clock = clock or Clock()
    tried: list[Settings] = []
    found: list[Diagnostics] = []
    while True:
        with clock.stage("sample"), listen.sampling() as progress:
            raw = sampler.run(settings, progress)
        with clock.stage("diagnose"):
            tree, diagnostics = diagnosed(raw, design, data)
        tried.append(settings)
        found.append(diagnostics)
        if diagnostics.status != "failed" or len(tried) == ATTEMPTS:
            return Sampled(tree, found, tried, sampler.density)
        failed = ", ".join(check for check, good in diagnostics.checks.items() if not good)
        settings = settings.second_attempt(diverged=not diagnostics.checks["divergences"])
        listen.say(f"The diagnostics failed ({failed}): {diagnostics.line}")
        how = f"target_accept {settings.target_accept}, {settings.tune} tuning draws, {settings.draws} draws"
        listen.say(f"Second and last attempt: {how}.")


def diagnosed(raw: xr.DataTree, design: Design, data: dict[str, Any]) -> tuple[xr.DataTree, Diagnostics]:
    """Return the posterior that is stored, and the verdict of the gate on its top-level parameters.

    Parameters
    ----------
    raw : xarray.DataTree
        What a sampler returned.
    data : dict
        What it sampled under.
    """
    posterior = derive(raw["posterior"].to_dataset(), design, data)
    tree = xr.DataTree.from_dict({"posterior": posterior, "sample_stats": raw["sample_stats"].to_dataset()})
    effects = tuple(str(name) for name in posterior.data_vars if str(name).endswith("_effect"))
    found: Diagnostics = later("fits.diagnostics").Diagnostics.of(tree, exclude=effects)
    return tree, found
