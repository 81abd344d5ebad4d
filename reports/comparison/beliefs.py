"""In which beliefs two prior sets differ, role by role."""

from __future__ import annotations

from dataclasses import dataclass

from data.errors import InputError
from fits.prior_of_fit import prior_set_of
from fits.reload import ChangedError
from models.family import Family
from models.predictors.predictor import known_roles
from priors.prior_set import PriorSet, Unit
from priors.role import Role
from reports.comparison.stored_alone import Party

CHANGED = "whose file is not what the fit was made with any more"


@dataclass(frozen=True)
class ComparedBelief:
    """What two prior sets say of one role, or of one exposure and service."""

    role: str
    one: str
    other: str


@dataclass(frozen=True)
class Beliefs:
    """The beliefs that differ.

    Attributes
    ----------
    scale : str
        What they are in: points or probability.
    words : str
        Why they cannot be told, or that there is nothing to tell; '' otherwise.
    gone : tuple of bool
        Of the one and the other, whether its prior set is not known any more.
    """

    scale: str
    differing: tuple[ComparedBelief, ...] = ()
    words: str = ""
    gone: tuple[bool, bool] = (False, False)

    @classmethod
    def of(cls, one: Party, other: Party) -> Beliefs:
        """Return the beliefs in which two fits' prior sets differ, as they are now on disk."""
        scale = one.family.unit
        requests = (one.manifest.request, other.manifest.request)
        if not all(request.priors for request in requests):
            return cls(scale, words="Maximum likelihood has no priors.")
        if requests[0].priors_sha256 == requests[1].priors_sha256:
            return cls(scale, words="The prior sets are the same.")
        if scale != other.family.unit:
            return cls(scale, words="Priors of likelihoods on different scales cannot be set side by side.")
        sets = [(evidence, _read(evidence)) for evidence in (one, other)]
        gone = [f"{evidence.manifest.request.priors!r}, {CHANGED}" for evidence, found in sets if found is None]
        if gone:
            named = "; ".join(dict.fromkeys(gone))
            words = f"The prior sets differ; beliefs cannot be told of {named}."
            return cls(scale, words=words, gone=(sets[0][1] is None, sets[1][1] is None))
        first, second = (found for _, found in sets if found is not None)
        groups = dict.fromkeys([*one.manifest.design["groups"], *other.manifest.design["groups"]])
        roles = _roles_of(one, other)
        found = (*_differing(first, second, roles, tuple(groups), unit=scale), *_claimed(first, second, scale))
        return cls(scale, found, "" if found else f"They differ in words alone: every belief in {scale} is the same.")


def _read(evidence: Party) -> PriorSet | None:
    """The prior set as the fit was made with, or None where it is gone or is another by now."""
    try:
        return prior_set_of(evidence.fit)
    except ChangedError:
        return None


def _roles_of(one: Party, other: Party) -> list[Role]:
    """Return the roles that a parameter of either fit may have: not those of other families."""
    theirs = {role for name in Family.names() for role in Family.find(name).roles}
    theirs -= {*one.family.roles, *other.family.roles}
    return [role for role in known_roles() if role not in theirs]


def _differing(
    one: PriorSet, other: PriorSet, roles: list[Role], groups: tuple[str, ...], *, unit: Unit
) -> list[ComparedBelief]:
    found = []
    for role in roles:
        # Each group's own belief, which falls back on the general one.
        for of in groups if role.by_group else ("",):
            first, second = _words(one, role, of, unit), _words(other, role, of, unit)
            if first != second:
                found.append(ComparedBelief(role.of(of), first, second))
    return found


def _words(priors: PriorSet, role: Role, of: str, unit: Unit) -> str:
    try:
        return priors.belief(role, unit, of=of).words()
    except InputError:
        return "none"


def _claimed(one: PriorSet, other: PriorSet, scale: Unit) -> list[ComparedBelief]:
    """Shifts of single coefficients, which one set has and the other has not or has otherwise."""
    held = [
        {(claimed.exposure, claimed.service): getattr(claimed, scale) or 0.0 for claimed in found.claimed}
        for found in (one, other)
    ]
    pairs = {place: tuple(shifts.get(place, 0.0) for shifts in held) for place in {**held[0], **held[1]}}
    return [
        ComparedBelief(f"shift of {exposure} on {service}", f"{ours:g}", f"{theirs:g}")
        for (exposure, service), (ours, theirs) in pairs.items()
        if ours != theirs
    ]
