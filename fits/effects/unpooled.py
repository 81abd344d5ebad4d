"""Maximum likelihood of a pooled fit's services, each by itself, on the rows of the fit.

It is computed where it is shown: a tenth of a second for a Tobit of eight services, up to three seconds for families
whose likelihood is climbed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import xarray as xr

from data.errors import InputError
from fits.effects.asymptotic import Asymptotic
from fits.effects.beside import NOTHING, Beside, BesideEffect, known
from fits.effects.coefficients import Coefficients
from fits.effects.delta import Delta
from fits.effects.effect_table import POOLED, Effect, EffectTable
from fits.effects.effects_of_fit import Question, effect_tables
from fits.effects.summary import Summary, summaries
from fits.reload import AGAIN, ChangedError, Reloaded, reload
from fits.storage.fit import Fit
from fits.storage.manifest import Manifest
from models.design import Design, make_design
from models.engines.maximum.estimates import CLASSICAL, estimate

OUTLYING = "exposure_outlying"
"""Stored variable, (chain, draw, exposure, service): under every draw, the probability that a service's coefficient is
from the wide part of the mixture. Its attribute `prior` is that probability before the data."""

NO_PLACE = (
    "Maximum likelihood pools no group and so knows no typical and no new place: none stands beside effects there."
)


@dataclass(frozen=True)
class CoefficientsBeside:
    """What stands beside a fit's coefficients, by exposure and service."""

    effects: Mapping[tuple[str, str], BesideEffect]
    beside: Beside

    def of(self, exposure: str, service: str) -> BesideEffect:
        """Return what stands beside one coefficient."""
        return self.effects.get((exposure, service), NOTHING)


def is_pooled(manifest: Manifest) -> bool:
    """Return whether a fit's effects are pooled over services: those of a posterior of several."""
    return manifest.kind == "posterior" and len(manifest.design["services"]) > 1


def with_unpooled(reloaded: Reloaded, tables: tuple[EffectTable, ...], question: Question) -> tuple[EffectTable, ...]:
    """Return a fit's tables with what stands beside each effect; as they are for a fit that pools no services.

    Parameters
    ----------
    tables : tuple of EffectTable
        What `tables_of_fit` returns to the same question.
    """
    if not is_pooled(reloaded.fit.manifest):
        return tables
    shown = tuple(scale for scale in question.scales if any(one.scale == scale for one in tables))
    theirs: tuple[EffectTable, ...] = ()
    beside = Beside(absent=NO_PLACE)
    if "these" in question.targets:
        theirs, beside = _alone(reloaded, replace(question, scales=shown, targets=("these",), errors=""))
    outlying, prior = outlying_of(reloaded.fit)
    beside = replace(beside, mixture=bool(outlying), prior=prior)
    by_scale = {one.scale.name: one for one in theirs}
    return tuple(
        _beside(table, by_scale.get(table.scale.name), outlying, beside)
        if table.target == "these"
        else _beside(table, None, outlying, replace(beside, words={}, absent=NO_PLACE))
        for table in tables
    )


def coefficients_beside(fit: Fit) -> CoefficientsBeside:
    """Return what stands beside a pooled fit's coefficients, or why nothing does where its study changed."""
    outlying, prior = outlying_of(fit)
    found: dict[tuple[str, str], Asymptotic | None] = {}
    try:
        reloaded = reload(fit)
        estimates = estimate(single(reloaded), reloaded.family)
    except ChangedError as error:
        beside = Beside(
            absent=f"No maximum likelihood estimates stand beside them ({error.why}). {error.remedy or AGAIN}."
        )
    except InputError as error:
        beside = Beside(absent=_refused(error))
    else:
        beside = Beside(_words(estimates))
        rows = Coefficients.of_estimates(estimates, reloaded.family, errors=CLASSICAL).where("exposure_coef")
        for row in rows:
            if isinstance(row.summary, Asymptotic):
                found[row.label["exposure"], row.label["service"]] = row.summary
    beside = replace(beside, mixture=bool(outlying), prior=prior)
    keys = dict.fromkeys([*found, *outlying])
    return CoefficientsBeside({key: BesideEffect(found.get(key), outlying.get(key)) for key in keys}, beside)


def single(reloaded: Reloaded) -> Design:
    """Return the design of an equation per service, on the rows that were fitted."""
    return make_design(
        reloaded.design.reading,
        reloaded.dataset,
        reloaded.codebook,
        family=reloaded.family,
        service=reloaded.fit.manifest.request.service or None,
        single_level=True,
    )


def outlying_of(fit: Fit) -> tuple[dict[tuple[str, str], Summary], float | None]:
    """Return the probability that a service is not exchangeable, by exposure and service, and the one before the data.

    Both are empty for a fit whose pooling is no mixture.
    """
    with fit.draws() as draws:
        posterior = draws["posterior"].to_dataset()
        if OUTLYING not in posterior:
            return {}, None
        values = posterior[OUTLYING].load()
    prior = values.attrs.get("prior")
    found = {(label["exposure"], label["service"]): known(summary) for label, summary in summaries(values)}
    return {key: one for key, one in found.items() if one}, None if prior is None else float(prior)


def _alone(reloaded: Reloaded, question: Question) -> tuple[tuple[EffectTable, ...], Beside]:
    """Return the same tables by maximum likelihood, or why there are none."""
    try:
        design = single(reloaded)
        estimates = estimate(design, reloaded.family)
        # The check by simulation takes most of the time, and is shown nowhere beside a posterior.
        found = Delta.of(estimates, reloaded.family, errors=CLASSICAL, check=False)
    except InputError as error:
        return (), Beside(absent=_refused(error))
    tables = effect_tables(
        found.posterior,
        design,
        reloaded.family,
        dataset=reloaded.dataset,
        codebook=reloaded.codebook,
        question=question,
        judge=found.judge,
    )
    return tables, Beside(_words(estimates))


def _refused(error: InputError) -> str:
    return f"No maximum likelihood estimates stand beside them: {'; '.join(str(one) for one in error.problems)}."


def _words(estimates: xr.Dataset) -> dict[str, str]:
    pairs = zip(estimates["service"].to_numpy(), estimates["words"].to_numpy(), strict=True)
    words = {str(service): str(text) for service, text in pairs if str(text)}
    if not estimates["converged"].all():
        words[POOLED] = "a service has no estimate, so there is none"
    return words


def _beside(
    table: EffectTable,
    alone: EffectTable | None,
    outlying: Mapping[tuple[str, str], Summary],
    beside: Beside,
) -> EffectTable:
    theirs = {(row.exposure, row.service, row.level): row.change for row in alone.rows} if alone else {}

    def of(row: Effect) -> BesideEffect:
        if row.change is None:  # of too few units: what stands beside it is of the same
            return NOTHING
        said = theirs.get((row.exposure, row.service, row.level))
        return BesideEffect(said if isinstance(said, Asymptotic) else None, outlying.get((row.exposure, row.service)))

    return replace(table, rows=tuple(replace(row, beside=of(row)) for row in table.rows), beside=beside)
