"""Declarations of models, the project's and the user's in one form, and their reading against a study."""

from __future__ import annotations

from dataclasses import field, replace
from pathlib import Path
from typing import Any, Literal, cast, get_args

from pydantic.dataclasses import dataclass

from data.codebook import Codebook
from data.errors import InputError, Problem, did_you_mean, nearest, unknown
from data.faults import contrast_faults
from data.names import folder_faults, group_faults
from data.registry import member, members
from data.toml_files import STRICT, Declared, declare
from data.variable import OUTCOME_ROLES
from models.family import Family
from models.not_available import not_available

SHARED_ROLES = frozenset({"peer_exposure", "pcc_exposure", "control", "group", "adoption_predictor"})
"""Roles that a study need not fill where a model only adjusts for them."""

Pooling = Literal["mixture", "normal", "student", "none"]
"""Shapes by which coefficients of exposures are pooled over services."""

SHAPES: tuple[str, ...] = get_args(Pooling)

Transform = Literal["none", "standardise", "square", "log", "log1p"]


@dataclass(frozen=True, config=STRICT)
class Term:
    """One variable of the linear predictor.

    Attributes
    ----------
    variable : str
        A variable of the codebook.
    transform : {'none', 'standardise', 'square', 'log', 'log1p'}
    reference : str
        For a category, the level that others are compared with; by default the codebook's.
    contrast : float or 'iqr' or 'sd', optional
        The change that its coefficient is about; by default the codebook's, and of a transformed number a standard
        deviation of what it is transformed to.
    """

    variable: str
    transform: Transform = "none"
    reference: str = ""
    contrast: float | Literal["iqr", "sd"] | None = None


@dataclass(frozen=True, config=STRICT)
class ModelSpec(Declared):
    """A model: an outcome, a family, exposures, controls and groups, by role or by variable.

    Attributes
    ----------
    family : str
        The stem of a family's file in `models/families/`.
    outcome : str or list of str
        A role (`availability`, `utilisation`, ...) or variables.
    exposures, controls : list of str or Term
        Roles, variables, or tables with a transformation.
    groups : list of str
        Crossed groups: the role `group`, or variables, or none.
    limits : [lower, upper], optional
        Limits for a Tobit whose outcome has none in the codebook; `inf` where there is no limit.
    not_offered : {'exclude', 'zero'}
        Whether utilisation of a service that a unit does not offer is left out or counted as 0.
    unit_intercept : bool
        Whether each unit has an intercept that its services share; only with several services.
    pooling : {'mixture', 'normal', 'student', 'none'}
        How an exposure's coefficients on several services are distributed around their mean: a service may differ
        altogether from the others, or all are alike, normal or Student-t with 3 degrees of freedom; or each is
        estimated alone.
    pooling_weight : float
        Under `mixture` the share of services that are alike, above 0 and below 1.
    components : dict
        Tables for further components of the linear predictor, by the name of their file in `models/components/`; what
        may stand in one is said there, as `KEYS`.
    reason : str
        The reason for the model's choices.
    """

    home = Path(__file__).parent
    what = "model"

    name: str
    title: str
    family: str
    outcome: str | tuple[str, ...]
    exposures: tuple[str | Term, ...]
    controls: tuple[str | Term, ...] = ()
    groups: tuple[str, ...] = ()
    limits: tuple[float, float] | None = None
    not_offered: Literal["exclude", "zero"] = "exclude"
    unit_intercept: bool = True
    pooling: Pooling = "mixture"
    pooling_weight: float = 0.8
    components: dict[str, dict[str, Any]] = field(default_factory=dict)
    reason: str = ""

    @classmethod
    def find(cls, name: str, codebook: Codebook | None = None) -> ModelSpec:
        """Return the model declared by the study, or else by the project, under `name`.

        Raises
        ------
        InputError
            When neither declares it, with the nearest name, or for every fault of the declaration.
        """
        own = codebook.models if codebook else {}
        if faults := folder_faults(f"model {name[:40]!r}", name):
            raise InputError(faults)
        if codebook and name in own:
            where = f"{codebook.name}.toml: models.{name}"
            names = {*codebook.variables, *codebook.roles(), *SHARED_ROLES}
            if faults := not_available(own[name], where, families=Family.names(), names=names):
                raise InputError(faults)
            return declare(cls, {"title": name, **own[name], "name": name}, where)
        if name not in cls.names():
            raise unknown("model", name, [*own, *cls.names()])
        return cls.read(name)

    def __post_init__(self) -> None:
        if not 0.0 < self.pooling_weight < 1.0:
            got, where = f"{self.pooling_weight:g}", f"model {self.name!r}, pooling_weight"
            step = "For services that are all alike write pooling = 'normal'"
            raise InputError([Problem(where, got, "a share above 0 and below 1", step)])

    def with_family(self, family: str) -> ModelSpec:
        """Return the model under a rival likelihood; '' keeps its own."""
        return replace(self, family=family) if family else self

    @property
    def mixture_weight(self) -> float | None:
        """The share of services that are alike, where pooling is a mixture."""
        return self.pooling_weight if self.pooling == "mixture" else None

    def with_pooling(self, shape: str = "", weight: float | None = None) -> ModelSpec:
        """Return the model with its coefficients pooled otherwise over services.

        Parameters
        ----------
        shape : str
            '' keeps the model's own.
        weight : float, optional
            The share of services that are alike under a mixture; by default the model's own.

        Raises
        ------
        InputError
            For an unknown shape, for a weight that is no share, and for one under another shape than a mixture.
        """
        problems, used = [], shape or self.pooling
        if used not in SHAPES:
            problems.append(Problem("--pooling", repr(shape), "a shape of pooling", nearest(shape, SHAPES)))
        if weight is not None and not 0.0 < weight < 1.0:
            step = "For services that are all alike say --pooling normal"
            problems.append(Problem("--pooling-weight", f"{weight:g}", "a share above 0 and below 1", step))
        if weight is not None and used in SHAPES and used != "mixture":
            got, step = f"{weight:g} under {used!r}", "Leave it out, or say --pooling mixture"
            problems.append(Problem("--pooling-weight", got, "a weight of 'mixture', as no other shape has one", step))
        if problems:
            raise InputError(problems)
        share = self.pooling_weight if weight is None else weight
        return replace(self, pooling=cast(Pooling, used), pooling_weight=share)


@dataclass(frozen=True, config=STRICT)
class StudyModel:
    """A model read against a codebook: variables in place of roles.

    Attributes
    ----------
    role : str
        `availability` or `utilisation` when the outcome is stacked by service, else ''.
    outcomes : tuple of str
        Outcome variables, one per service.
    services : tuple of str
        The outcomes' labels along the dim `service`.
    empty_roles : tuple of str
        Roles to adjust for that no variable of the study fills.
    """

    spec: ModelSpec
    role: str
    outcomes: tuple[str, ...]
    services: tuple[str, ...]
    exposures: tuple[Term, ...]
    controls: tuple[Term, ...]
    groups: tuple[str, ...]
    empty_roles: tuple[str, ...] = field(default=())

    @property
    def terms(self) -> tuple[Term, ...]:
        """Exposures and controls."""
        return (*self.exposures, *self.controls)

    def require(self, service: str) -> None:
        """Raise an error with the nearest name when the model has no such service."""
        if service not in self.services:
            raise unknown("service", service, self.services)


def read_against(spec: ModelSpec, codebook: Codebook, wave: int | None = None) -> StudyModel:
    """Return the model with the study's variables filled in.

    Parameters
    ----------
    wave : int, optional
        Use only variables asked in this wave.

    Raises
    ------
    InputError
        When the study lacks the outcome's or an exposure's role, or a named variable.
    """
    wave = codebook.study.default_wave if wave is None else wave
    problems: list[Problem] = []
    empty: list[str] = []
    named = (spec.outcome,) if isinstance(spec.outcome, str) else spec.outcome
    if not named:
        raise InputError([Problem(f"model {spec.name!r}, outcome", "no outcome", "a role or at least one variable")])
    outcomes = tuple(t.variable for t in _terms(named, "outcome", spec, codebook, wave, problems, empty))
    exposures = _terms(spec.exposures, "exposures", spec, codebook, wave, problems, empty)
    controls = _terms(spec.controls, "controls", spec, codebook, wave, problems, empty)
    groups = tuple(t.variable for t in _terms(spec.groups, "groups", spec, codebook, wave, problems, empty))
    problems += _faults(spec, codebook, outcomes, (*exposures, *controls), groups)
    problems += _component_faults(spec) if spec.components else []
    if problems:
        raise InputError(problems)
    taken = {*outcomes, *groups}
    exposures = tuple(term for term in exposures if term.variable not in taken)
    if not exposures:
        got = "no exposure besides the outcome and the groups"
        raise InputError([Problem(f"model {spec.name!r}", got, "at least one exposure")])
    focal = {(term.variable, term.transform) for term in exposures}
    controls = tuple(
        term
        for term in dict.fromkeys(controls)
        if term.variable not in taken and (term.variable, term.transform) not in focal
    )
    variables = codebook.variables
    return StudyModel(
        spec=spec,
        role=named[0] if named[0] in OUTCOME_ROLES else "",
        outcomes=outcomes,
        services=tuple(variables[name].service or name for name in outcomes),
        exposures=tuple(dict.fromkeys(exposures)),
        controls=controls,
        groups=groups,
        empty_roles=tuple(empty),
    )


def _faults(
    spec: ModelSpec, codebook: Codebook, outcomes: tuple[str, ...], terms: tuple[Term, ...], groups: tuple[str, ...]
) -> list[Problem]:
    """Return problems of variables whose type does not suit their use, whatever the data."""
    where = f"model {spec.name!r}"
    variables = codebook.variables
    found = [
        Problem(f"{where}, {key}", f"{name!r} twice", "each variable once")
        for key, names in (("groups", groups), ("outcome", outcomes))
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    for name in dict.fromkeys(groups):
        found += group_faults(f"{where}, group {name[:40]!r}", name)
    found += [
        Problem(f"{where}, outcome", f"{name!r}, a variable of type {variables[name].type!r}", "a number, or yes or no")
        for name in dict.fromkeys(outcomes)
        if variables[name].type not in {"number", "binary"}
    ]
    for term in dict.fromkeys(terms):
        place, kind = f"{where}, {term.variable!r}", variables[term.variable].type
        if kind == "id":
            step = "Use it as a group, or give it another `type`"
            found.append(
                Problem(place, "an identifier, which has no effect", "a number, yes or no, or a category", step)
            )
        if term.reference and kind != "category":
            found.append(Problem(f"{place}, reference", f"{term.reference!r} of a {kind} variable", "none"))
        found += contrast_faults(place, term.contrast)
    return found


def _component_faults(spec: ModelSpec) -> list[Problem]:
    """Return what is wrong with tables for components: those that take none, and keys that they do not know."""
    problems, where = [], f"model {spec.name!r}, components"
    keys = {name: getattr(member("models.components", name), "KEYS", ()) for name in members("models.components")}
    known = [name for name, its in keys.items() if its]
    for name, table in spec.components.items():
        if name not in known:
            expected = f"one of {', '.join(known)}" if known else "nothing, as no component takes a table"
            problems.append(Problem(where, repr(name), expected, did_you_mean(name, known)))
            continue
        problems += [
            Problem(f"{where}.{name}", repr(key), f"one of {', '.join(keys[name])}", did_you_mean(key, keys[name]))
            for key in table
            if key not in keys[name]
        ]
    return problems


def _terms(
    entries: tuple[str | Term, ...],
    key: str,
    spec: ModelSpec,
    codebook: Codebook,
    wave: int | None,
    problems: list[Problem],
    empty: list[str],
) -> tuple[Term, ...]:
    """Return terms with roles replaced by their variables; missing ones are added to `problems` or `empty`."""
    terms: list[Term] = []
    for entry in entries:
        name = entry.variable if isinstance(entry, Term) else entry
        filled = codebook.with_role(name, wave)
        if isinstance(entry, str) and filled:
            terms += [Term(variable=variable) for variable in filled]
        elif name in codebook.variables:
            terms.append(entry if isinstance(entry, Term) else Term(variable=name))
        elif name in SHARED_ROLES and key in {"controls", "groups"}:
            empty.append(name)
        else:
            problems.append(_lacking(name, key, spec, codebook))
    return tuple(terms)


def _lacking(name: str, key: str, spec: ModelSpec, codebook: Codebook) -> Problem:
    roles = codebook.roles()
    return Problem(
        f"model {spec.name!r}, {key}",
        f"{name!r}, which is neither a role nor a variable of study {codebook.name!r}",
        f"a role this study fills ({', '.join(roles) or 'none'}) or one of its variables",
        did_you_mean(name, [*roles, *codebook.variables]),
    )
