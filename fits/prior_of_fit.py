"""The prior set that a fit was made under, when it can still be had."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from data.errors import InputError
from fits.fit_with_study import Evidence
from priors.prior_set import PriorSet
from priors.translate import Translated, translate


@dataclass(frozen=True)
class PriorOf:
    """A fit's prior set, or why it cannot be shown.

    Attributes
    ----------
    priors : PriorSet or None
    why_not : str
        '' where there is one, or where none is needed.
    """

    priors: PriorSet | None
    why_not: str = ""


def prior_of(evidence: Evidence) -> PriorOf:
    """Return the prior set that a fit was made under; maximum likelihood has none."""
    request, path = evidence.manifest.request, evidence.manifest.paths.get("priors", "")
    if evidence.manifest.kind == "mle":
        return PriorOf(None)
    try:
        found = PriorSet.read(path or request.priors)
    except InputError as error:
        what = str(error).splitlines()[0].replace(path, request.priors) if path else str(error).splitlines()[0]
        return PriorOf(None, f"the prior set {request.priors!r} cannot be read any more ({what})")
    if found.sha256 != request.priors_sha256:
        now, then = found.sha256[:8], request.priors_sha256[:8]
        return PriorOf(None, f"the prior set {request.priors!r} has changed since (hash {now}, then {then})")
    return PriorOf(found)


def translated(evidence: Evidence, priors: PriorSet) -> Translated:
    """Return a prior set on the scale of a fit's model."""
    design = evidence.design
    return translate(
        priors,
        scale=evidence.family.scale,
        exposures=[column.label for column in design.exposures],
        services=design.services,
        groups=list(design.groups),
        floor=design.floor,
        span=design.span,
    )


def show_command(evidence: Evidence) -> str:
    """Return the command that shows what a fit's prior set implies, on its own study."""
    request, paths = evidence.manifest.request, evidence.manifest.paths
    given = {
        "--model": request.model,
        "--study": paths.get("study", "") or (request.study if request.study != "ndatss" else ""),
        "--data": paths.get("data", ""),
        "--columns": paths.get("columns", ""),
        "--wave": str(request.wave) if request.wave != (evidence.codebook.study.default_wave or 0) else "",
        "--service": request.service,
    }
    words = [word for option, value in given.items() if value for word in (option, value)]
    return shlex.join(["python", "-m", "priors.show", paths.get("priors", "") or request.priors, *words])
