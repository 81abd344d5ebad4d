"""The steps from maximum likelihood to the full model: what each changes in a plan, and the fits that show them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from data.errors import InputError, Problem, unknown
from fits.effects.contrasts import contrasts_of
from fits.effects.effect_table import Effect, EffectTable
from fits.fit_with_study import Evidence
from fits.ladder import Ladder, Rung
from fits.listen import SILENT, Listener
from fits.loaded import Loaded, design_of, load
from fits.make import make
from fits.plan import FitPlan
from fits.planning.pooling import NONE, pooling_words
from fits.reload import reload
from fits.storage.fit import HOME, Fit
from fits.storage.manifest import Request
from models.engines.maximum.estimates import CLASSICAL, ROBUST
from models.family import Family
from models.outcome_limits import outcome_limits
from models.scale import Limits
from models.spec import StudyModel
from priors.prior_set import PriorSet


@dataclass(frozen=True)
class LadderQuestion:
    """Which effect is followed up the ladder.

    Attributes
    ----------
    service : str, optional
        Needless where the model has one.
    scale : str, optional
        By default the main one of the model's family.
    errors : str
        Standard errors of maximum likelihood.
    """

    exposure: str
    service: str | None = None
    scale: str | None = None
    errors: str = CLASSICAL


@dataclass(frozen=True)
class Step:
    """A step in words, and the plan of the fit that shows it."""

    words: str
    plan: FitPlan
    rival: bool = False

    def shown_by(self, request: Request) -> bool:
        """Return whether a fit of a request shows the step; how long it was sampled does not matter.

        Maximum likelihood takes each service by itself, so that a fit of all services shows each of them too.
        """
        plan, service = self.plan, self.plan.service or ""
        if (request.settings["engine"] == "mle") != plan.mle or request.family != plan.family:
            return False
        if plan.mle:
            return request.service in (service, "")
        asked = (service, plan.single_level, plan.pooling, plan.pooling_weight)
        return (request.service, request.single_level, request.pooling, request.pooling_weight) == asked


@dataclass(frozen=True)
class Climbed:
    """A ladder, and the fits that its steps were read from.

    Attributes
    ----------
    family : str
        The model's own likelihood.
    """

    ladder: Ladder
    fits: tuple[Fit, ...]
    family: str


def steps_of(
    plan: FitPlan, reading: StudyModel, *, limits: Limits, service: str, scale: str | None = None
) -> tuple[Step, ...]:
    """Return the steps that a model has, from maximum likelihood to the full model and its rivals.

    Parameters
    ----------
    plan : FitPlan
        Of the full model.
    reading : StudyModel
        The model read against its study.
    limits : (lower, upper)
        The outcome's own.
    service : str
        Whose effect is followed.
    scale : str, optional
        Rivals without this scale are left out: there is nothing to compare.
    """
    several = len(reading.services) > 1
    one = replace(plan.with_own_pooling(), service=service) if several else plan
    steps = [
        Step("maximum likelihood, a single equation", replace(one, engine="mle")),
        Step("the same equation with priors", replace(one, single_level=True)),
    ]
    if reading.groups:
        steps.append(Step(f"pooling over {' and '.join(reading.groups)}", one))
    if several:
        steps.append(Step(_over_services(plan, reading), plan))
    rivals = [rival.name for rival in Family.find(reading.spec.family).rivals(limits)]
    return (
        *steps,
        *(
            Step(f"rival likelihood: {rival}", replace(plan, family=rival), True)
            for rival in rivals
            if scale is None or scale in {one.name for one in Family.find(rival).scales}
        ),
    )


def _over_services(plan: FitPlan, reading: StudyModel) -> str:
    """Return the step to all services in words, with the shape of pooling where it is not the model's own."""
    spec, count = reading.spec, len(reading.services)
    if spec.pooling == NONE:
        return f"{count} services in one model, not pooled"
    shape = f" ({pooling_words(spec.pooling, spec.mixture_weight)})" if plan.pooling else ""
    return f"pooling over {count} services{shape}"


def rung_of(step: Step, fit: Fit, table: EffectTable, row: Effect) -> Rung | None:
    """Return what a fit says of an effect, a row of its table; None where too few units are behind it to be shown."""
    if row.change is None:
        return None
    manifest = fit.manifest
    words = str(manifest.diagnostics[row.service]["words"]) if manifest.kind == "mle" else ""
    return Rung(step.words, fit.name, manifest.status, row.change, step.rival, words, table.scale.label)


def climb(plan: FitPlan, question: LadderQuestion, listen: Listener = SILENT, *, home: Path = HOME) -> Climbed:
    """Return the ladder of one effect, after making the fits of its steps that are not stored yet.

    Parameters
    ----------
    plan : FitPlan
        Of the full model.
    listen : Listener
        Is told of each step, and of what its fit tells.
    home : Path
        The folder of stored fits.

    Raises
    ------
    InputError
        For any fault of the declarations, the data or the question, found before anything is fitted. A rival on whose
        parameters the prior set is silent is left out, and said to be.
    """
    loaded = load(plan)
    service = _service(question.service, loaded)
    _require(question, service, loaded)
    limits = outcome_limits(loaded.reading, loaded.codebook)
    steps = steps_of(plan, loaded.reading, limits=limits, service=service, scale=question.scale)
    silent = {step: roles for step in steps if (roles := _without_belief(step, loaded.priors))}
    for step, roles in silent.items():
        listen.say(f"Left out: {step.words}, as the prior set says nothing of {' and '.join(roles)}.")
    steps = tuple(step for step in steps if step not in silent)
    rungs, rows, tables, fits = [], [], [], []
    for place, step in enumerate(steps, start=1):
        listen.say(f"Step {place} of {len(steps)}: {step.words}")
        fit = make(step.plan, listen, home=home, audit=place == 1)
        table = _table(fit, question)
        (row,) = table.only((service,)).rows
        rung = rung_of(step, fit, table, row)
        if rung is None:
            got = f"only {row.units} units with an answer"
            raise InputError([Problem(f"service {service!r}", got, "units enough to be shown")])
        fits.append(fit)
        tables.append(table)
        rows.append(row)
        rungs.append(rung)
    first, table = rows[0], tables[0]
    ladder = Ladder(first.exposure, first.contrast, service, table.scale.label, table.unit, tuple(rungs))
    return Climbed(ladder, tuple(fits), loaded.reading.spec.family)


def _without_belief(step: Step, priors: PriorSet | None) -> list[str]:
    """Return the roles of a rival's own parameters that a prior set says nothing of."""
    if not step.rival or priors is None:
        return []
    return [role.name for role in Family.find(step.plan.family).roles if role.name not in priors.roles]


def _require(question: LadderQuestion, service: str, loaded: Loaded) -> None:
    """Raise for an exposure, a scale or errors that the model does not have."""
    design, family = design_of(loaded, service, single_level=False)
    found = contrasts_of(design, loaded.dataset, loaded.codebook, exposures=(question.exposure,))
    _require_one([one.label for one in found], question)
    errors = (CLASSICAL, ROBUST, *loaded.reading.groups)
    if question.errors not in errors:
        raise unknown("kind of standard errors", question.errors, errors)
    known = family.scales_within(design.limits)
    if question.scale is not None and question.scale not in known:
        raise unknown("scale", question.scale, known)


def _require_one(labels: list[str], question: LadderQuestion) -> None:
    if len(labels) > 1:
        got = f"{question.exposure!r}, which is several contrasts"
        raise InputError([Problem("--exposure", got, f"one of {', '.join(labels)}")])


def _service(name: str | None, loaded: Loaded) -> str:
    known = loaded.reading.services
    if name is None:
        if len(known) == 1:
            return known[0]
        raise InputError([Problem("--service", "nothing", f"one of {', '.join(known)}")])
    if name not in known:
        raise unknown("service", name, known)
    return name


def _table(fit: Fit, question: LadderQuestion) -> EffectTable:
    """Return the effects of the question's exposure, read from a step's fit."""
    evidence = Evidence(reload(fit))
    table = evidence.table(scale=question.scale or "", exposures=(question.exposure,), errors=question.errors)
    _require_one(list(table.exposures()), question)
    return table
