"""What a plan names, read and checked: its declarations, its data, and the design and priors they give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import xarray as xr

from data.codebook import Codebook
from data.errors import InputError, Problem
from data.study import load_study
from models.design import Design, make_design
from models.family import Family
from models.predictors.measures import Measures
from models.predictors.predictor import known_roles, roles_of
from models.spec import ModelSpec, StudyModel, read_against
from models.terms import contrasts_of_study
from priors.faults import require_roles
from priors.prior_set import PriorSet
from priors.translate import Outcome, Translated, translate

if TYPE_CHECKING:
    from fits.plan import FitPlan


@dataclass(frozen=True)
class Loaded:
    """Declarations and data, read and checked; maximum likelihood has no priors.

    Attributes
    ----------
    contrasts : dict of str to float
        The numbers that contrasts take from all rows of the study's wave, or from where the plan has them; they stay
        where the data are replaced by a part of themselves.
    """

    codebook: Codebook
    reading: StudyModel
    prior_set: PriorSet | None
    dataset: xr.Dataset
    contrasts: Mapping[str, float] = field(default_factory=dict)

    @property
    def priors(self) -> PriorSet:
        """The prior set, where there is one."""
        if self.prior_set is None:
            raise ValueError("maximum likelihood has no priors")
        return self.prior_set


def load(plan: FitPlan) -> Loaded:
    """Return the codebook, the model, the prior set and the data of a plan.

    Raises
    ------
    InputError
        For faults of declarations and data. The prior set is tried on the model here, so that no step of a longer
        analysis, such as a ladder, is done before its faults are found.
    """
    codebook = Codebook.read(plan.study)
    spec = ModelSpec.find(plan.model, codebook).with_family(plan.rival(codebook))
    reading = read_against(spec.with_pooling(*plan.pooled(codebook)), codebook, plan.wave)
    _require_pooled(plan, reading)
    if plan.service is not None:
        reading.require(plan.service)
    priors = None if plan.mle else PriorSet.read(plan.priors)
    dataset = load_study(codebook, plan.data, wave=plan.wave, columns=plan.columns)
    contrasts = contrasts_of_study(reading.terms, Measures(dataset, codebook, dict(plan.contrasts)))
    loaded = Loaded(codebook, reading, priors, dataset, contrasts)
    if priors is not None:
        prepare(loaded, plan.service, single_level=plan.single_level)
    return loaded


def _require_pooled(plan: FitPlan, reading: StudyModel) -> None:
    """Raise for a shape of pooling that is asked for where no services are pooled."""
    named = {"--pooling": bool(plan.pooling), "--pooling-weight": plan.pooling_weight is not None}
    options = " and ".join(option for option, given in named.items() if given)
    alone = {
        "--engine mle, an equation for each service": plan.mle,
        f"--service {plan.service}": plan.service is not None,
        "--engine bambi, which states one service": plan.engine == "bambi",
        "--single-level, a single equation": plan.single_level,
        f"the model {plan.model!r}, which has one outcome": len(reading.services) == 1,
    }
    why = [words for words, holds in alone.items() if holds]
    if options and why:
        expected = "several services in one model, as one service has nothing to be pooled with"
        raise InputError([Problem(options, f"also {' and '.join(why)}", expected, f"Leave out {options}")])


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
        contrasts=loaded.contrasts,
    )
    return design, family


def prepare(loaded: Loaded, service: str | None, *, single_level: bool = False) -> tuple[Design, Family, Translated]:
    """Return the design, the family and the priors on the model's scale."""
    design, family = design_of(loaded, service, single_level=single_level)
    return design, family, translated(loaded.priors, design, family)


def translated(priors: PriorSet, design: Design, family: Family) -> Translated:
    """Return a prior set on the scale of a model.

    Raises
    ------
    InputError
        For every fault of the set's beliefs, and for a role of the model that it is silent about.
    """
    roles = roles_of(design, family)
    require_roles(priors, known=known_roles(), needed=[role for role, _ in roles])
    return translate(
        priors,
        Outcome(family.unit, family.link, design.floor, design.span),
        roles=roles,
        exposures=[column.label for column in design.exposures],
        services=design.services,
    )
