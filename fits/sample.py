"""Sampling: draws and the verdict of the gate on them, and a second attempt where it fails.

If all that fails is R-hat or the number of effective draws, the chains are good and too short: the same settings are
run with other random numbers, with as many chains as are missing, and both runs are pooled. Anything else asks for more
care, and the second run stands for itself.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from threading import Thread
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from data.registry import later
from fits.gate import NOISE, RHAT_MOST
from fits.listen import SILENT, Clock, Listener
from fits.loaded import Loaded, prepare
from models.design import Design
from models.engines.model_data import inputs
from models.engines.sampler import Sampler, sampler_of
from models.engines.settings import Settings
from models.family import Family
from models.posterior import derive, parameters_of
from priors.translate import Translated

if TYPE_CHECKING:
    from fits.diagnostics import Diagnostics
    from fits.storage.manifest import Request


ROOM = 1.25
"""Effective draws that both runs together should have, over those that are needed: another run may have fewer."""

MOST_MORE = 3
"""Most chains of a second run, over those of the first."""


@dataclass(frozen=True)
class Sampled:
    """What a sampler gave in the end.

    Attributes
    ----------
    tree : xarray.DataTree
        Groups `posterior`, as it is stored, and `sample_stats`.
    last : Diagnostics
        The gate's verdict on what is stored.
    diagnostics : list of Diagnostics
        Its verdict on each attempt alone.
    settings : list of Settings
        How each attempt was sampled.
    density : str
        What was evaluated; see `Sampler`.
    pooled : bool
        Whether what is stored are the chains of both attempts.
    """

    tree: xr.DataTree
    last: Diagnostics
    diagnostics: list[Diagnostics]
    settings: list[Settings]
    density: str
    pooled: bool = False

    @property
    def attempts(self) -> list[dict[str, Any]]:
        """Each attempt as it stands in the manifest."""
        return [
            {
                "settings": asdict(settings),
                "density": self.density,
                "diagnostics": found.values,
                "checks": found.checks,
                **({"pooled": True} if self.pooled else {}),
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
    """Return draws: of one run, or if that fails the gate of a second one, or of both together.

    Where all that the first run lacks is length, both are stored whatever the second is like, unless its own chains
    disagree: to keep the better one alone would hide what the other found.

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

    def run(settings: Settings) -> tuple[xr.DataTree, Diagnostics]:
        with clock.stage("sample"), listen.sampling() as progress:
            raw = sampler.run(settings, progress)
        with clock.stage("diagnose"):
            return diagnosed(raw, design, data)

    tree, first = run(settings)
    if first.status != "failed":
        return Sampled(tree, first, [first], [settings], sampler.density)
    lengthen = short(first)
    other = (
        settings.again(chains_missing(first))
        if lengthen
        else settings.with_care(diverged=not first.checks["divergences"])
    )
    _say_again(listen, first, other, pool=lengthen)
    more, second = run(other)
    tried = [first, second], [settings, other], sampler.density
    if not (lengthen and second.values["rhat_max"] < RHAT_MOST):
        return Sampled(more, second, *tried)
    with clock.stage("diagnose"):
        both = pooled(tree, more)
        found = judged(both, asked=settings.chains)
    return Sampled(both, found, *tried, pooled=True)


def short(found: Diagnostics) -> bool:
    """Return whether all that a run lacks is length, so that its chains may be pooled with those of another."""
    failed = {check for check, good in found.checks.items() if not good}
    return failed <= set(NOISE) and bool(found.values["rhat_max"] < RHAT_MOST)


def chains_missing(found: Diagnostics) -> int:
    """Return how many times the chains of a run that is too short are missing: as many again, or up to `MOST_MORE`."""
    least = min(float(found.values[name]) for name in ("ess_bulk_min", "ess_tail_min"))
    wanted = ROOM * float(found.values["ess_needed"]) / max(least, 1.0)
    return min(max(math.ceil(wanted - 1.0), 1), MOST_MORE)


def pooled(first: xr.DataTree, second: xr.DataTree) -> xr.DataTree:
    """Return the chains of two runs, of equal settings but for their number of chains, as those of one."""
    chains = first["posterior"].sizes["chain"], second["posterior"].sizes["chain"]
    after = np.arange(chains[0], sum(chains))
    return xr.DataTree.from_dict(
        {
            name: xr.concat(
                [first[name].to_dataset(), second[name].to_dataset().assign_coords(chain=after)],
                "chain",
            )
            for name in first.children
        }
    )


def _say_again(listen: Listener, first: Diagnostics, other: Settings, *, pool: bool) -> None:
    failed = ", ".join(check for check, good in first.checks.items() if not good)
    listen.say(f"The diagnostics failed ({failed}): {first.line}")
    if pool:
        listen.say(f"Second and last attempt: {other.chains} more chains, seed {other.seed}, pooled with the first.")
        return
    how = f"target_accept {other.target_accept}, {other.tune} tuning draws, {other.draws} draws"
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
    return tree, judged(tree)


def judged(tree: xr.DataTree, *, asked: int = 0) -> Diagnostics:
    """Return the verdict of the gate on a posterior's top-level parameters.

    Parameters
    ----------
    asked : int
        The chains of one run, where the draws are those of two.
    """
    posterior = tree["posterior"].to_dataset()
    others = {str(name) for name in posterior.data_vars} - {*parameters_of(posterior)}
    found: Diagnostics = later("fits.diagnostics").Diagnostics.of(tree, exclude=tuple(others), asked=asked)
    return found
