"""Audit the part of a study that a model uses."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import xarray as xr

from data.auditing.audit import Audit
from data.auditing.contrasts import far_contrast
from data.codebook import Codebook
from data.errors import InputError
from models.predictors.measures import Measures
from models.spec import ModelSpec, StudyModel, read_against
from models.terms import number_columns, unit_of


def audit_of_reading(
    reading: StudyModel,
    dataset: xr.Dataset,
    codebook: Codebook,
    services: Sequence[str] | None = None,
    *,
    priors: bool = True,
) -> Audit:
    """Return the audit of a model's outcomes, predictors and groups, with the model's limits and references.

    Parameters
    ----------
    reading : StudyModel
        The model as `read_against` returns it.
    dataset : xarray.Dataset
        The study as `data.study.load_study` returns it.
    services : sequence of str, optional
        Services to audit; by default all.
    priors : bool
        Whether the fit has priors, so that warnings mention them.
    """
    far = [
        far_contrast(one.label, one.step, one.values, unit=unit_of(one.term, codebook.variables[one.variable]))
        for one in number_columns(reading.terms, Measures(dataset, codebook, {}))
        if isinstance(one.term.contrast, float | int) and codebook.variables[one.variable].type == "number"
    ]
    pairs = zip(reading.outcomes, reading.services, strict=True)
    return Audit.of(
        dataset,
        codebook,
        outcomes=[outcome for outcome, service in pairs if services is None or service in services],
        exposures=list(dict.fromkeys(term.variable for term in reading.exposures)),
        controls=list(dict.fromkeys(term.variable for term in reading.controls)),
        groups=list(reading.groups),
        not_offered=reading.spec.not_offered,
        limits=reading.spec.limits,
        references={term.variable: term.reference for term in reading.terms if term.reference},
        contrasts=tuple(chain.from_iterable(far)),
        priors=priors,
    )


def audits_of_models(
    codebook: Codebook, dataset: xr.Dataset | None, wave: int | None
) -> tuple[dict[str, Audit], tuple[str, ...]]:
    """Return the audit of each model in a study's own file, and the faults of models that do not suit the study.

    Parameters
    ----------
    dataset : xarray.Dataset or None
        None audits nothing and returns faults only.
    """
    audits: dict[str, Audit] = {}
    faults: list[str] = []
    for name in codebook.models:
        try:
            reading = read_against(ModelSpec.find(name, codebook), codebook, wave)
            if dataset is not None:
                audits[name] = audit_of_reading(reading, dataset, codebook)
        except InputError as error:
            faults += [f"Model {name[:40]!r} cannot be fitted: {problem}" for problem in error.problems]
    return audits, tuple(faults)
