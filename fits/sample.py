"""The half of `models.fit` that samples: prepare, sample, diagnose, try once more, store."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from importlib import import_module
from threading import Thread
from typing import TYPE_CHECKING, Any

import xarray as xr
from rich.console import Console

from fits.gate import Status
from fits.plan import Clock, Loaded, Wanted, audit_of, paths_of
from fits.storage.fit import Fit
from fits.storage.manifest import Manifest, Request
from fits.storage.place import require_place, store
from models.design import Design, make_design
from models.engines.memory_needed import require_room, stored_bytes
from models.engines.model_data import inputs
from models.engines.sampler import Sampler, sampler_of
from models.engines.settings import Progress, Settings
from models.equation import equation
from models.family import Family
from models.posterior import derive
from models.predict import pointwise, predictive
from models.sizes import Sizes
from models.suppression import few_of
from priors.translate import Translated, translate
from reports.terminal.progress import sampling_progress

if TYPE_CHECKING:
    from fits.diagnostics import Diagnostics


def design_of(loaded: Loaded, service: str | None, *, single_level: bool) -> tuple[Design, Family]:
    """Return the design and the family."""
    family = Family.find(loaded.reading.spec.family)
    design = make_design(
        loaded.reading,
        loaded.dataset,
        loaded.codebook,
        family=family,
        service=service or None,
        single_level=single_level,
    )
    return design, family


def prepare(loaded: Loaded, service: str | None, *, single_level: bool = False) -> tuple[Design, Family, Translated]:
    """Return the design, the family and the priors on the model's scale."""
    design, family = design_of(loaded, service, single_level=single_level)
    priors = translate(
        loaded.priors,
        scale=family.scale,
        exposures=[column.label for column in design.exposures],
        services=design.services,
        groups=list(design.groups),
        floor=design.floor,
        span=design.span,
    )
    return design, family, priors


def equation_of(loaded: Loaded, service: str | None, *, single_level: bool) -> str:
    """Return the model's equation."""
    design, family, priors = prepare(loaded, service, single_level=single_level)
    return equation(design, family, priors, loaded.codebook)


def sample_and_store(
    name: str, request: Request, loaded: Loaded, wanted: Wanted, *, clock: Clock, console: Console
) -> Fit:
    """Sample, once more with more care if the diagnostics fail, and store what came out.

    Parameters
    ----------
    name : str
        Of the fit.
    request : Request
    loaded : Loaded
    wanted : Wanted
    clock : Clock
        Gets the wall times of the stages.
    console : rich.console.Console
        For progress.
    """
    design, family, priors = prepare(loaded, request.service, single_level=request.single_level)
    data = inputs(design, family, priors)
    settings = Settings(**request.settings)
    require_room(settings, design, family, priors)
    require_place(wanted.home, stored_bytes(settings, design, family, priors, wanted.extras))
    with clock.stage("compile"):
        sampler = sampler_of(design, family, priors, data, settings.engine, console)
    if sampler.density == "compiled":
        # Importing ArviZ takes as long as sampling a small model; the chains leave this interpreter free.
        Thread(target=import_module, args=["fits.diagnostics"], daemon=True).start()
    attempts: list[dict[str, Any]] = []
    while True:
        with clock.stage("sample"), sampling_progress(console) as listen:
            raw = sampler.run(settings, listen)
        with clock.stage("diagnose"):
            tree, diagnostics = diagnosed(raw, design, data)
        attempts.append(
            {
                "settings": asdict(settings),
                "density": sampler.density,
                "diagnostics": diagnostics.values,
                "checks": diagnostics.checks,
            }
        )
        if diagnostics.status != "failed" or len(attempts) == 2:
            break
        failed = ", ".join(check for check, good in diagnostics.checks.items() if not good)
        settings = settings.second_attempt(diverged=not diagnostics.checks["divergences"])
        console.print(f"The diagnostics failed ({failed}): {diagnostics.line}")
        how = f"target_accept {settings.target_accept}, {settings.tune} tuning draws, {settings.draws} draws"
        console.print(f"Second and last attempt: {how}.")
    found = (diagnostics.status, diagnostics.values, diagnostics.checks)
    manifest = manifest_of(request, loaded, wanted, design, found, attempts=attempts, clock=clock)
    tree.attrs = stamp(name, manifest)
    return store(name, manifest, tree, wanted.home, few=few_of(design, family))


def add_extras(fit: Fit, loaded: Loaded, groups: tuple[str, ...], console: Console) -> Fit:
    """Return the fit with the pointwise log-likelihood or predictive draws that are asked for and not yet stored."""
    wanted = [group for group in groups if group not in fit.added()]
    if not wanted:
        return fit
    with fit.draws() as draws:
        posterior = draws["posterior"].to_dataset().load()
    asked = fit.manifest.request
    design, family = design_of(loaded, asked.service, single_level=asked.single_level)
    for group in wanted:
        console.print(f"Computing {group.replace('_', ' ')} ...")
        if group == "log_likelihood":
            values = pointwise(posterior, design, family)
        else:
            values = predictive(posterior, design, family, seed=asked.settings["seed"])
        fit = fit.add(group, values.assign_attrs(stamp(fit.name, fit.manifest)))
    return fit


def diagnosed(raw: xr.DataTree, design: Design, data: dict[str, Any]) -> tuple[xr.DataTree, Diagnostics]:
    """Return the posterior that is stored, and the verdict of the gate on its top-level parameters.

    Parameters
    ----------
    raw : xarray.DataTree
        What a sampler returned.
    design : Design
    data : dict
        What it sampled under.
    """
    from fits.diagnostics import Diagnostics

    posterior = derive(raw["posterior"].to_dataset(), design, data)
    tree = xr.DataTree.from_dict({"posterior": posterior, "sample_stats": raw["sample_stats"].to_dataset()})
    effects = tuple(str(name) for name in posterior.data_vars if str(name).endswith("_effect"))
    return tree, Diagnostics.of(tree, exclude=effects)


def sampled_with_care(
    sampler: Sampler, settings: Settings, design: Design, data: dict[str, Any]
) -> tuple[xr.DataTree, Diagnostics, Status]:
    """Return what is sampled unwatched, once more if the diagnostics fail; and the status of the first attempt.

    Parameters
    ----------
    sampler : Sampler
    settings : Settings
    design : Design
    data : dict
        What it samples under.
    """
    tree, diagnostics = diagnosed(sampler.run(settings, _silent), design, data)
    first = diagnostics.status
    if first == "failed":
        again = settings.second_attempt(diverged=not diagnostics.checks["divergences"])
        tree, diagnostics = diagnosed(sampler.run(again, _silent), design, data)
    return tree, diagnostics, first


def _silent(progress: Progress) -> None:
    """Say nothing: refits and simulations are counted, not watched."""


def manifest_of(
    request: Request,
    loaded: Loaded,
    wanted: Wanted,
    design: Design,
    found: tuple[Status, dict[str, Any], dict[str, bool]],
    *,
    attempts: list[dict[str, Any]],
    clock: Clock,
) -> Manifest:
    """Return the manifest of what was `found`: status, diagnostic values, checks."""
    attributes = loaded.dataset.attrs
    status, values, checks = found
    return Manifest(
        request=request,
        status=status,
        simulated=bool(attributes["simulated"]),
        stamp=attributes["stamp"],
        paths=paths_of(wanted),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=dict(clock.seconds),
        diagnostics=values,
        checks=checks,
        attempts=attempts,
        design=describe(design, loaded),
    )


def describe(design: Design, loaded: Loaded) -> dict[str, Any]:
    """Return what the manifest says about the design: names, sizes as they may be told, contrasts; no rows."""
    variables = loaded.codebook.variables
    return {
        "title": loaded.reading.spec.title,
        "family": loaded.reading.spec.family,
        "outcome": loaded.reading.role or ", ".join(loaded.reading.outcomes),
        "outcome_unit": variables[loaded.reading.outcomes[0]].unit,
        "limits": [str(limit) for limit in design.limits],
        "not_offered": loaded.reading.spec.not_offered,
        "services": list(design.services),
        "exposures": {column.label: column.contrast for column in design.exposures},
        "controls": {column.label: column.contrast for column in design.controls},
        "groups": {group: len(levels.levels) for group, levels in design.groups.items()},
        **Sizes.of(design).plain(),
        "empty_roles": list(loaded.reading.empty_roles),
        "remarks": list(audit_of(loaded, list(design.services)).remarks),
    }


def stamp(name: str, manifest: Manifest) -> dict[str, Any]:
    """Return what stands in the attributes of everything that is stored."""
    return {
        "fit": name,
        "study": manifest.request.study,
        "simulated": int(manifest.simulated),
        "stamp": manifest.stamp,
        "status": manifest.status,
    }
