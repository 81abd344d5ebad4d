"""Maximum likelihood of a pooled fit's services, each by itself, on the rows of the fit.

It is kept with the posterior when a fit is made (a tenth of a second for a Tobit of eight services, some six seconds
for nine logits of 12,648 units), and computed where it is shown if it was not, or if its code has changed since.
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
from fits.maximise import single_level
from fits.planning.pooling import NONE, pooled_by
from fits.planning.sources import maximum_code
from fits.reload import AGAIN, ChangedError, Reloaded, reload
from fits.storage.draws import BESIDE
from fits.storage.fit import Fit
from fits.storage.manifest import Manifest
from models.design import Design
from models.engines.maximum.estimates import CLASSICAL, estimate
from models.family import Family

OUTLYING = "exposure_outlying"
"""Stored variable, (chain, draw, exposure, service): under every draw, the probability that a service's coefficient is
from the wide part of the mixture."""

ABSENT = "No maximum likelihood estimates stand beside them"

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


@dataclass(frozen=True)
class _Stored:
    """What a fit holds of all this.

    Attributes
    ----------
    outlying : dict of (exposure, service) to Summary
        The probability that a service is not exchangeable; empty where pooling is no mixture.
    prior : float or None
        That probability before the data.
    estimates : xarray.Dataset or None
        By maximum likelihood.
    """

    outlying: Mapping[tuple[str, str], Summary]
    prior: float | None
    estimates: xr.Dataset | None


def is_pooled(manifest: Manifest) -> bool:
    """Return whether a fit's effects are pooled over services: those of a posterior of several."""
    return pooled_by(manifest)[0] != NONE


def with_unpooled(reloaded: Reloaded, tables: tuple[EffectTable, ...], question: Question) -> tuple[EffectTable, ...]:
    """Return a fit's tables with what stands beside each effect; as they are for a fit that pools no services.

    Parameters
    ----------
    tables : tuple of EffectTable
        What `tables_of_fit` returns to the same question.
    """
    if not is_pooled(reloaded.fit.manifest):
        return tables
    stored = _stored(reloaded.fit)
    theirs: tuple[EffectTable, ...] = ()
    beside = Beside(absent=NO_PLACE)
    if "these" in question.targets:
        asked = replace(question, targets=("these",), errors="")
        theirs, beside = _alone(reloaded, asked, stored.estimates)
    beside = replace(beside, mixture=bool(stored.outlying), prior=stored.prior)
    by_scale = {one.scale.name: one for one in theirs}
    same_unit = _of_one_unit(reloaded.fit)
    return tuple(
        _beside(
            table,
            by_scale.get(table.scale.name),
            stored.outlying,
            replace(beside, conditional=same_unit and table.scale.kind == "index"),
        )
        if table.target == "these"
        else _beside(table, None, stored.outlying, replace(beside, words={}, absent=NO_PLACE))
        for table in tables
    )


def coefficients_beside(fit: Fit) -> CoefficientsBeside:
    """Return what stands beside a pooled fit's coefficients, or why nothing does where its study changed."""
    stored = _stored(fit)
    found: dict[tuple[str, str], Asymptotic | None] = {}
    try:
        estimates = _estimated(reload(fit))[1] if stored.estimates is None else stored.estimates
    except ChangedError as error:
        beside = Beside(absent=f"{ABSENT} ({error.why}). {error.remedy or AGAIN}.")
    except InputError as error:
        beside = Beside(absent=_refused(error))
    else:
        beside = Beside(_words(estimates))
        rows = Coefficients.of_estimates(estimates, _family_of(fit), errors=CLASSICAL).where("exposure_coef")
        for row in rows:
            if isinstance(row.summary, Asymptotic):
                found[row.label["exposure"], row.label["service"]] = row.summary
    same_unit = _of_one_unit(fit)
    beside = replace(beside, mixture=bool(stored.outlying), prior=stored.prior, conditional=same_unit)
    keys = dict.fromkeys([*found, *stored.outlying])
    return CoefficientsBeside({key: BesideEffect(found.get(key), stored.outlying.get(key)) for key in keys}, beside)


def _stored(fit: Fit) -> _Stored:
    """Return what is stored of it; an estimate that today's code might not find is none."""
    with fit.draws() as tree:
        posterior = tree["posterior"].to_dataset()
        values = posterior[OUTLYING].load() if OUTLYING in posterior else None
        kept = tree[BESIDE].to_dataset().load() if BESIDE in tree.children else None
    if kept is not None and kept.attrs.get("code") != maximum_code(_family_of(fit)):
        kept = None
    if values is None:
        return _Stored({}, None, kept)
    found = {(label["exposure"], label["service"]): known(summary) for label, summary in summaries(values)}
    _, weight = pooled_by(fit.manifest)
    prior = None if weight is None else round(1.0 - weight, 12)  # .2 where the weight is .8
    return _Stored({key: one for key, one in found.items() if one}, prior, kept)


def _family_of(fit: Fit) -> Family:
    return Family.find(str(fit.manifest.design["family"]))


def _of_one_unit(fit: Fit) -> bool:
    """Return whether a fit's linear predictor is in log-odds of one and the same unit: it has units' own intercepts."""
    return _family_of(fit).link == "logit" and "unit_sd" in fit.manifest.design.get("spreads", {})


def _alone(reloaded: Reloaded, question: Question, kept: xr.Dataset | None) -> tuple[tuple[EffectTable, ...], Beside]:
    """Return the same tables by maximum likelihood, of estimates that were kept if any were; or why there are none."""
    try:
        design, estimates = _estimated(reloaded, kept)
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


def _estimated(reloaded: Reloaded, kept: xr.Dataset | None = None) -> tuple[Design, xr.Dataset]:
    """Return the single-level design and its estimates."""
    design = single_level(reloaded.design, reloaded.dataset, reloaded.codebook, reloaded.family)
    return design, estimate(design, reloaded.family) if kept is None else kept


def _refused(error: InputError) -> str:
    return f"{ABSENT}: {'; '.join(str(one) for one in error.problems)}."


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
