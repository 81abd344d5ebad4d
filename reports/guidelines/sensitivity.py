"""Stored fits of the same question under other priors or with more draws, and the commands that make them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fits.fit_with_study import Evidence
from fits.prior_of_fit import prior_of
from models.predictors.exposure_slopes import ACROSS, MEAN
from models.predictors.predictor import roles_of
from reports.report_inputs import ReportInputs

BROADEST = "wide"
"""The prior set of the project with the widest priors."""

Other = Callable[[Evidence, Evidence], bool]


def others(inputs: ReportInputs, evidence: Evidence, *, priors: bool) -> tuple[Evidence, ...]:
    """Return the posteriors of exactly the same question.

    Parameters
    ----------
    priors : bool
        Whether to return only those under another prior set.
    """
    return tuple(
        one
        for one in inputs.same_question(evidence)
        if one.manifest.kind == "posterior"
        and _asked(one) == _asked(evidence)
        and (not priors or one.manifest.request.priors_sha256 != evidence.manifest.request.priors_sha256)
    )


def _asked(evidence: Evidence) -> tuple[object, ...]:
    """Return the parts of a fit's question besides model, study and data, such as a single service."""
    request = evidence.manifest.request
    pooling = (request.pooling, request.pooling_weight)
    return (request.service, request.family, request.single_level, *pooling)


def any_other(ours: Evidence, theirs: Evidence) -> bool:
    """Return True, as every other prior set counts."""
    return True


def broader(ours: Evidence, theirs: Evidence) -> bool:
    """Return whether the other prior set has wider priors on effects; the widest may be compared with any."""
    if ours.manifest.request.priors == BROADEST:
        return True
    found = prior_of(ours).priors, prior_of(theirs).priors
    if found[0] is None or found[1] is None:
        return theirs.manifest.request.priors == BROADEST
    one, other = (priors.belief(MEAN, ours.family.unit).width for priors in found if priors)
    return other > one


def other_variances(ours: Evidence, theirs: Evidence) -> bool:
    """Return whether the two sets differ in their beliefs about the spread of groups, units or answers."""
    found = prior_of(ours).priors, prior_of(theirs).priors
    if found[0] is None or found[1] is None:
        return False
    roles = [(role, of) for role, of in roles_of(ours.design, ours.family) if role.usual == "half_normal"]
    beliefs = [
        [priors.belief(role, ours.family.unit, of=of) for role, of in roles if role != ACROSS]
        for priors in found
        if priors
    ]
    return beliefs[0] != beliefs[1]


def command_under(evidence: Evidence, priors: str) -> str:
    """Return the command that asks a fit's question under another prior set."""
    return replace(evidence.plan, priors=priors).command(evidence.fit.home)


def command_doubled(evidence: Evidence) -> str:
    """Return the command that asks a fit's question with twice the draws."""
    plan = evidence.plan
    each = 2 * evidence.manifest.draws_kept // plan.chains or 2 * plan.draws
    return replace(plan, draws=each).command(evidence.fit.home)
