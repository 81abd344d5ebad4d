"""The prior set that a fit was made under, when it can still be had."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from data.errors import InputError, Problem
from fits import loaded
from fits.fit_with_study import Evidence
from fits.plan import FitPlan
from fits.reload import AGAIN, ChangedError
from fits.storage.fit import Fit
from priors.prior_set import PriorSet
from priors.translate import Translated


def prior_set_of(fit: Fit) -> PriorSet:
    """Return the prior set that a posterior was made under, read again.

    Raises
    ------
    ChangedError
        When the prior set is gone, cannot be read any more, or is not what it was.
    """
    request, path = fit.manifest.request, fit.manifest.paths.get("priors", "")
    where, named = f"fit {fit.name!r}", f"the prior set {request.priors!r}"
    if path and not Path(path).is_file():
        problem = Problem(where, f"its prior set {path}, which is gone", "the prior set it was made under", AGAIN)
        raise ChangedError((problem,), why=f"{named} cannot be read any more ({Path(path).name} is gone)")
    try:
        found = PriorSet.read(path or request.priors)
    except InputError as error:
        first = str(error.problems[0])
        what = first.replace(path, Path(path).name) if path else first
        raise ChangedError(error.problems, why=f"{named} cannot be read any more ({what})") from error
    if found.sha256 != request.priors_sha256:
        problem = Problem(where, f"{named}, which has changed since", "what the fit was made under", AGAIN)
        now, then = found.sha256[:8], request.priors_sha256[:8]
        raise ChangedError((problem,), why=f"{named} has changed since (hash {now}, then {then})")
    return found


@dataclass(frozen=True)
class PriorOf:
    """A fit's prior set, or why it cannot be shown.

    Attributes
    ----------
    why_not : str
        '' where there is one, or where none is needed.
    """

    priors: PriorSet | None
    why_not: str = ""


def prior_of(evidence: Evidence) -> PriorOf:
    """Return the prior set that a fit was made under, or why not; maximum likelihood has none."""
    if evidence.manifest.kind == "mle":
        return PriorOf(None)
    try:
        return PriorOf(prior_set_of(evidence.fit))
    except ChangedError as changed:
        return PriorOf(None, changed.why)


def translated(evidence: Evidence, priors: PriorSet) -> Translated:
    """Return a prior set on the scale of a fit's model."""
    return loaded.translated(priors, evidence.design, evidence.family)


def show_command(evidence: Evidence) -> str:
    """Return the command that shows what a fit's prior set implies, on its own study."""
    plan = FitPlan.of_manifest(evidence.manifest)
    return shlex.join(["python", "-m", "priors.show", plan.priors, "--model", plan.model, *plan.study_words()])
