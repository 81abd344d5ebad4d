"""Effect tables of a posterior or of a maximum likelihood fit, from the same averages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import xarray as xr

from data.categories import positions
from data.codebook import Codebook
from data.errors import unknown
from fits.effects.averages import TARGETS, Target, average_contrasts, place_of
from fits.effects.contrasts import contrasts_of
from fits.effects.delta import Delta
from fits.effects.effect_table import EffectTable, Judge, posterior_judge
from fits.effects.levels import Split
from fits.reload import Reloaded
from models.design import Design
from models.engines.maximum.estimates import CLASSICAL
from models.family import Family
from models.predictors.predictor import everywhere
from models.scale import Scale


@dataclass(frozen=True)
class Question:
    """The effects that are requested of a fit.

    Attributes
    ----------
    targets : tuple of {'these', 'typical', 'new'}
    split : str
        A variable of the study with levels; '' for none.
    exposures : tuple of str
        Empty for all.
    errors : str
        Standard errors of maximum likelihood; '' for classical ones.
    """

    scales: tuple[Scale, ...]
    targets: tuple[Target, ...] = ("these",)
    split: str = ""
    exposures: tuple[str, ...] = ()
    ratio: bool = False
    errors: str = ""


def tables_of_fit(reloaded: Reloaded, question: Question) -> tuple[EffectTable, ...]:
    """Return one table per target and scale, of a stored posterior or by the delta method of maximum likelihood.

    Raises
    ------
    InputError
        As `effect_tables`, and for errors that were not stored.
    """
    with with_judge(reloaded, errors=question.errors or CLASSICAL) as (posterior, judge):
        return effect_tables(
            posterior,
            reloaded.design,
            reloaded.family,
            dataset=reloaded.dataset,
            codebook=reloaded.codebook,
            question=question,
            judge=judge,
        )


@contextmanager
def with_judge(reloaded: Reloaded, *, errors: str = CLASSICAL) -> Iterator[tuple[xr.Dataset, Judge]]:
    """Give a fit's draws, read lazily, or its estimates in their form, and what says something of a quantity."""
    if reloaded.fit.manifest.kind == "mle":
        delta = Delta.of(reloaded.fit.estimates(), reloaded.family, errors=errors)
        yield delta.posterior, delta.judge
        return
    with reloaded.fit.draws() as draws:
        yield draws["posterior"].to_dataset(), posterior_judge


def effect_tables(
    posterior: xr.Dataset,
    design: Design,
    family: Family,
    *,
    dataset: xr.Dataset,
    codebook: Codebook,
    question: Question,
    judge: Judge | None = None,
) -> tuple[EffectTable, ...]:
    """Return one table per target and scale.

    Parameters
    ----------
    posterior : xarray.Dataset
        A stored posterior, or parameters in its form.
    design : Design
        The posterior's own.
    dataset : xarray.Dataset
        The study from which the design was made.
    judge : callable, optional
        Function that summarises; by default the posterior's summary.

    Raises
    ------
    InputError
        For an unknown exposure or split, or a target that the model does not have.
    """
    contrasts = contrasts_of(design, dataset, codebook, exposures=question.exposures)
    levels = levels_of(question.split, design, dataset, codebook)
    counts, answering, units = levels.counts(design), levels.answering(design), levels.told(design)
    unit = codebook.variables[design.reading.outcomes[0]].unit
    tables = []
    for target in question.targets:
        found = average_contrasts(
            posterior,
            design,
            family,
            contrasts=contrasts,
            scales=question.scales,
            place=place_of(target, design),
            levels=levels,
        )
        tables += [
            EffectTable.of(
                found[scale.name],
                scale,
                unit=scale.unit(unit, index=family.index_unit),
                target=target,
                target_words=TARGETS[target] if everywhere(design).known else "these units",
                contrasts=contrasts,
                levels=levels,
                counts=counts,
                answering=answering,
                units=units,
                ratio=question.ratio,
                judge=judge,
            )
            for scale in question.scales
        ]
    return tuple(tables)


def levels_of(name: str, design: Design, dataset: xr.Dataset, codebook: Codebook) -> Split:
    """Return the split of the design's units by a variable.

    Raises
    ------
    InputError
        For a variable without levels, with the nearest one that has some.
    """
    if not name:
        return Split.none(design)
    known = [
        variable
        for variable, entry in codebook.variables.items()
        if variable in dataset and dataset[variable].dims == ("unit",) and entry.type in {"category", "binary"}
    ]
    known += [group for group in (*design.groups, *design.clusters) if group not in known]
    if name not in known:
        raise unknown("variable to split by", name, known)
    place, known_levels = positions(dataset[name])
    found = place[design.units]
    kept = np.unique(found[found >= 0])
    index, everywhere = (np.where(np.isin(at, kept), np.searchsorted(kept, at), -1) for at in (found, place))
    words = {"0": "no", "1": "yes"} if codebook.variables[name].type == "binary" else {}
    labels = tuple(words.get(known_levels[k], known_levels[k]) for k in kept)
    return Split(name, labels, index.astype(np.int64), everywhere.astype(np.int64))
