"""What a manifest says of a fit that was just made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fits.gate import Status
from fits.listen import Clock, Listener
from fits.loaded import Loaded
from fits.plan import FitPlan
from fits.storage.manifest import Manifest, Request
from models.audited import audit_of_reading
from models.design import Design
from models.engines.bambi.supported import remark
from models.family import Family
from models.predictors.predictor import stored_of
from models.sizes import Sizes


@dataclass(frozen=True)
class Job:
    """A fit that is wanted: its plan, what was read for it, where it goes, and who is told.

    Attributes
    ----------
    home : Path
        The folder of stored fits.
    force : bool
        Whether to make it although it is stored.
    extras : tuple of str
        What is stored with it besides.
    """

    plan: FitPlan
    loaded: Loaded
    request: Request
    home: Path
    listen: Listener
    clock: Clock
    force: bool = False
    extras: tuple[str, ...] = ()


def manifest_of(
    request: Request,
    loaded: Loaded,
    plan: FitPlan,
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
        paths=plan.paths,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=dict(clock.seconds),
        diagnostics=values,
        checks=checks,
        attempts=attempts,
        design=describe(design, loaded, plan),
    )


def describe(design: Design, loaded: Loaded, plan: FitPlan) -> dict[str, Any]:
    """Return what the manifest says about the design: names, sizes as they may be told, contrasts; no rows."""
    variables = loaded.codebook.variables
    told = [one for one in stored_of(design, Family.find(loaded.reading.spec.family)) if one.words]
    audit = audit_of_reading(loaded.reading, loaded.dataset, loaded.codebook, list(design.services))
    return {
        "title": loaded.reading.spec.title,
        "family": loaded.reading.spec.family,
        "outcome": loaded.reading.role or ", ".join(loaded.reading.outcomes),
        "outcome_unit": variables[loaded.reading.outcomes[0]].unit,
        "limits": [str(limit) for limit in design.limits],
        "not_offered": loaded.reading.spec.not_offered,
        "services": list(design.services),
        **_pooled(design),
        "exposures": {column.label: column.contrast for column in design.exposures},
        "controls": {column.label: column.contrast for column in design.controls},
        "spreads": {one.name: one.words for one in told if one.role and one.role.scale != "own"},
        "others": {one.name: one.words for one in told if one.role and one.role.scale == "own"},
        "groups": {group: len(levels.levels) for group, levels in design.groups.items()},
        **Sizes.of(design).plain(),
        "empty_roles": list(loaded.reading.empty_roles),
        "remarks": [*audit.remarks, *(filter(None, [remark(design)]) if plan.engine == "bambi" else [])],
    }


def _pooled(design: Design) -> dict[str, Any]:
    """Return by what shape services are pooled, where there are several, and the weight of a mixture."""
    spec = design.reading.spec
    shape = {"pooling": spec.pooling} if design.several else {}
    return {**shape, **({"pooling_weight": spec.mixture_weight} if design.pooling == "mixture" else {})}


def stamp(name: str, manifest: Manifest) -> dict[str, Any]:
    """Return what stands in the attributes of everything that is stored."""
    return {
        "fit": name,
        "study": manifest.request.study,
        "simulated": int(manifest.simulated),
        "stamp": manifest.stamp,
        "status": manifest.status,
    }
