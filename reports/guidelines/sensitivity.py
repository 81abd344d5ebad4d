"""Which stored fits answer a fit's own question under other beliefs, or with more draws, and what command makes one."""

from __future__ import annotations

import shlex
from collections.abc import Callable

from fits.fit_with_study import Evidence
from fits.prior_of_fit import prior_of
from priors.prior_set import SPREAD
from reports.report_inputs import ReportInputs

BROADEST = "wide"
"""The prior set that says as little as one of the project can."""

VARIANCES = tuple(role for role in SPREAD if role != "exposure_spread")

Other = Callable[[Evidence, Evidence], bool]


def others(inputs: ReportInputs, evidence: Evidence, *, priors: bool) -> tuple[Evidence, ...]:
    """Return the posteriors of the very same question.

    Parameters
    ----------
    inputs : ReportInputs
    evidence : Evidence
    priors : bool
        Only those under another prior set.
    """
    return tuple(
        one
        for one in inputs.same_question(evidence)
        if one.manifest.kind == "posterior"
        and _asked(one) == _asked(evidence)
        and (not priors or one.manifest.request.priors_sha256 != evidence.manifest.request.priors_sha256)
    )


def _asked(evidence: Evidence) -> tuple[object, ...]:
    """What a fit asks besides model, study and data: one service alone is another question than all of them."""
    request = evidence.manifest.request
    return (request.service, request.family, request.single_level)


def any_other(ours: Evidence, theirs: Evidence) -> bool:
    """Return whether another prior set is another one: always."""
    return True


def broader(ours: Evidence, theirs: Evidence) -> bool:
    """Return whether the other prior set leaves effects more open; the broadest may be compared with any."""
    if ours.manifest.request.priors == BROADEST:
        return True
    found = prior_of(ours).priors, prior_of(theirs).priors
    if found[0] is None or found[1] is None:
        return theirs.manifest.request.priors == BROADEST
    one, other = (priors.belief("exposure_mean", ours.family.scale).sd for priors in found if priors)
    return other > one


def other_variances(ours: Evidence, theirs: Evidence) -> bool:
    """Return whether the two sets believe other things of how far groups, units or answers differ."""
    found = prior_of(ours).priors, prior_of(theirs).priors
    if found[0] is None or found[1] is None:
        return False
    scale = ours.family.scale
    roles = [role for role in VARIANCES if role != "residual_sd" or ours.family.has_residual]
    roles += [f"group_sd.{name}" for name in ours.design.groups]
    return any(found[0].belief(role, scale) != found[1].belief(role, scale) for role in roles)


def command_under(evidence: Evidence, priors: str) -> str:
    """Return the command that asks a fit's question under another prior set."""
    return _with(evidence.command, "--priors", priors)


def command_doubled(evidence: Evidence) -> str:
    """Return the command that asks a fit's question with twice the draws."""
    return _with(evidence.command, "--draws", str(2 * draws_of(evidence)))


def draws_of(evidence: Evidence) -> int:
    """Return how many draws a chain kept."""
    manifest = evidence.manifest
    settings = manifest.attempts[-1].get("settings", {}) if manifest.attempts else {}
    return int(settings.get("draws", manifest.request.settings.get("draws", 1000)))


def _with(command: str, option: str, value: str) -> str:
    """A command with an option set, whatever it was."""
    words = shlex.split(command)
    if option in words:
        place = words.index(option)
        del words[place : place + 2]
    return shlex.join([*words, option, value])
