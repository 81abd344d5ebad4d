"""The quantity of a reading: the effects it names, under every draw of a fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import xarray as xr

from data.arrays import Array
from data.codebook import Codebook
from data.disclosure import SMALLEST_SHOWN
from fits.effects.averages import Target, average_contrasts, place_of
from fits.effects.contrasts import Contrast, contrasts_of
from fits.effects.levels import Split
from fits.fit_with_study import Evidence
from fits.verdicts.source import Reading
from models.design import Design
from models.family import Family
from models.predict import by_service
from models.predictors.measures import Measures
from models.predictors.predictor import Place
from models.scale import Scale
from models.terms import DesignColumn, words_of
from priors.prior_set import Unit

type Step = float | Literal["", "iqr", "sd"]

QUARTILES_APART = "lower to upper quartile"

AS_IT_IS = "as it is"
"""Label of the contrast that changes nothing and gives the outcome's average."""


@dataclass(frozen=True)
class Quantity:
    """The effects that a reading names.

    Attributes
    ----------
    draws : array (chain, draw, effect)
        Effects in the scale's unit; for a prevalence the average less the claimed one, for a ranking the smallest lead.
    base : array (chain, draw, effect)
        The average at the lower end, by which relative sizes are divided; NaN for a scale without levels.
    names : tuple of str
        The effects' names for readers.
    contrast : str
        The contrast in words; '' where effects have several.
    measure : {'points', 'probability'} or None
        The unit's name in rules; None for a unit that rules do not cover.
    outcomes : tuple of str
        The outcome's names in rules, the most specific first.
    units : int
        Units that answer any of the services.
    population : int
        Number of units in the population; 0 where unknown.
    """

    draws: Array
    base: Array
    names: tuple[str, ...]
    contrast: str
    scale: Scale
    unit: str
    measure: Unit | None
    outcomes: tuple[str, ...]
    units: int
    population: int = 0

    @property
    def flat(self) -> Array:
        """Return the draws of all chains, (draw, effect)."""
        return self.draws.reshape(-1, self.draws.shape[-1])  # (c, d, e) -> (c * d, e)


@dataclass(frozen=True)
class Averages:
    """Average contrasts of one fit, computed once for each scale and target.

    Attributes
    ----------
    average : callable
        ``average(contrasts, scale, target)`` -> `change`, and `low` and `high` where the scale has levels,
        each (chain, draw, exposure, service).
    """

    design: Design
    family: Family
    codebook: Codebook
    dataset: xr.Dataset
    average: Callable[[tuple[Contrast, ...], Scale, Target], xr.Dataset]
    _kept: dict[tuple[str, Target, Step], xr.Dataset] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, evidence: Evidence) -> Averages:
        """Return the averages of a fit."""
        design, family = evidence.design, evidence.family

        def average(contrasts: tuple[Contrast, ...], scale: Scale, target: Target) -> xr.Dataset:
            with evidence.posterior() as posterior:
                return _averaged(posterior, design, family, contrasts, scale, place_of(target, design))

        return cls(design, family, evidence.codebook, evidence.dataset, average)

    @classmethod
    def of_truth(cls, truth: xr.Dataset, place: Place, evidence: Evidence) -> Averages:
        """Return the averages of known parameters, given as one draw, instead of a fit's."""
        design, family = evidence.design, evidence.family

        def average(contrasts: tuple[Contrast, ...], scale: Scale, _: Target) -> xr.Dataset:
            return _averaged(truth, design, family, contrasts, scale, place)

        return cls(design, family, evidence.codebook, evidence.dataset, average)

    def contrasts(self, step: Step = "") -> tuple[Contrast, ...]:
        """Return every contrast of the fit, and the one that changes nothing.

        Parameters
        ----------
        step : float or {'', 'iqr', 'sd'}
            The contrast of exposures that are numbers, as in `Reading.contrast`.
        """
        design = self.design
        if step:
            design = replace(design, exposures=tuple(self._moved(column, step) for column in design.exposures))
        found = contrasts_of(design, self.dataset, self.codebook)
        return (*found, Contrast(AS_IT_IS, AS_IT_IS, {}, {}))

    def _moved(self, column: DesignColumn, step: float | Literal["iqr", "sd"]) -> DesignColumn:
        """Return a column with another contrast, where it is of a number; its coefficient stays what it is."""
        variable = self.codebook.variables[column.variable]
        if variable.type != "number":
            return column
        term = replace(column.term, contrast=step)
        size = Measures(self.dataset, self.codebook, self.design.contrasts).step(term)
        return replace(column, term=term, contrast=QUARTILES_APART if step == "iqr" else words_of(term, size, variable))

    def scale(self, name: str) -> Scale | None:
        """Return the scale of that name, the main one for ''; None where the family has no such scale."""
        known = self.family.scales_within(self.design.limits)
        return known.get(name or next(iter(known)))

    def on(self, scale: Scale, target: Target, step: Step = "") -> xr.Dataset:
        """Return the averages of every contrast on a scale."""
        key = (scale.name, target, step)
        if key not in self._kept:
            self._kept[key] = self.average(self.contrasts(step), scale, target)
        return self._kept[key]

    def labels(self, exposure: str) -> tuple[str, ...]:
        """Return the contrasts that a role, variable or level means; empty where it is no exposure of the fit."""
        known = [contrast.label for contrast in self.contrasts() if contrast.label != AS_IT_IS]
        if exposure in known:
            return (exposure,)
        wave = int(self.dataset.attrs.get("wave", 0)) or None
        role = self.codebook.with_role(exposure, wave)
        named = role or ((exposure,) if exposure in self.codebook.variables else ())
        found = [tuple(label for label in known if label.split("[")[0] == name) for name in named]
        return tuple(label for labels in found for label in labels) if all(found) else ()

    def units(self) -> dict[str, int]:
        """Return how many units answer each service."""
        return {self.design.services[s]: len(cells) for s, cells in by_service(self.design)}

    def quantity(self, reading: Reading) -> Quantity:
        """Return a reading's quantity; the fit must be able to answer it (`match.why_not_evaluable`)."""
        scale = self.scale(reading.scale)
        if scale is None:
            raise ValueError(f"no scale {reading.scale!r}")
        found = self.on(scale, reading.target, reading.contrast)
        services = list(self.services(reading))
        draws, base, names = _ESTIMANDS[reading.estimand](found.sel(service=services), reading, self)
        variable = self.codebook.variables[self.design.reading.outcomes[0]]
        unit = scale.unit(variable.unit, index=self.family.index_unit)
        labels = self.labels(reading.exposure)
        contrasts = {one.words for one in self.contrasts(reading.contrast) if one.label in labels}
        spec = self.design.reading.spec.outcome
        own = (self.outcomes[services[0]],) if len(services) == 1 else ()
        answering = np.isin(self.design.service_of, [self.design.services.index(name) for name in services])
        return Quantity(
            draws=draws.transpose("chain", "draw", "effect").to_numpy(),
            base=base.transpose("chain", "draw", "effect").to_numpy(),
            names=names,
            contrast=contrasts.pop() if len(contrasts) == 1 and not reading.over else "",
            scale=scale,
            unit=unit,
            measure=_measure(scale, unit),
            outcomes=(*own, *([spec] if isinstance(spec, str) else spec)) if scale.kind == self.own_kind else (),
            units=len(np.unique(self.design.unit_of[answering])),
            population=self.codebook.study.population,
        )

    @property
    def own_kind(self) -> str:
        """The kind of the outcome's own unit."""
        return "probability" if self.family.binary else "outcome"

    def services(self, reading: Reading) -> tuple[str, ...]:
        """Return the services that a reading is about; services it does not name only where enough units answer."""
        named = reading.services or tuple(s for s, name in self.outcomes.items() if name == reading.outcome)
        return named or tuple(name for name, count in self.units().items() if count >= SMALLEST_SHOWN)

    @property
    def outcomes(self) -> dict[str, str]:
        """The outcome variable of each service of the fit."""
        reading = self.design.reading
        names = dict(zip(reading.services, reading.outcomes, strict=True))
        return {service: names[service] for service in self.design.services}


def _averaged(
    posterior: xr.Dataset,
    design: Design,
    family: Family,
    contrasts: tuple[Contrast, ...],
    scale: Scale,
    place: Place,
) -> xr.Dataset:
    found = average_contrasts(
        posterior, design, family, contrasts=contrasts, scales=(scale,), place=place, levels=Split.none(design)
    )
    return found[scale.name].isel(level=0, drop=True)


def _measure(scale: Scale, unit: str) -> Unit | None:
    if scale.kind == "probability":
        return "probability"
    return "points" if unit.startswith("points") else None


Found = tuple[xr.DataArray, xr.DataArray, tuple[str, ...]]


def _effects(found: xr.Dataset, reading: Reading, averages: Averages) -> Found:
    """Return the effect of every exposure on every service."""
    here = found.sel(exposure=list(averages.labels(reading.exposure)))
    change = here["change"].stack(effect=("exposure", "service"))
    base = here["low"].stack(effect=("exposure", "service")) if "low" in here else xr.full_like(change, np.nan)
    pairs = [(str(exposure), str(service)) for exposure, service in change["effect"].to_numpy()]
    return _plain(change), _plain(base), tuple(_name(exposure, service, averages) for exposure, service in pairs)


def _mean(found: xr.Dataset, reading: Reading, averages: Averages) -> Found:
    """Return every exposure's equally weighted mean over the services."""
    labels = averages.labels(reading.exposure)
    here = found.sel(exposure=list(labels)).mean("service").rename(exposure="effect")
    base = here["low"] if "low" in here else xr.full_like(here["change"], np.nan)
    return _plain(here["change"]), _plain(base), tuple(f"{_label(one, averages)}, mean over services" for one in labels)


def _lead(found: xr.Dataset, reading: Reading, averages: Averages) -> Found:
    """Return the lead of a category's level over the nearest of the others, in every draw."""
    top = found["high"].sel(exposure=reading.exposure)
    others = []
    for name in reading.over:
        # The reference has no contrast, as every level is compared with it.
        there = name in found["exposure"]
        others.append(found["high"].sel(exposure=name) if there else found["low"].sel(exposure=reading.exposure))
    lead = top - xr.concat(others, "other", coords="minimal", compat="override").max("other")
    lead = lead.drop_vars("exposure", errors="ignore").rename(service="effect")
    names = " and ".join(_words(name.partition("[")[2].rstrip("]") or name) for name in reading.over)
    return _plain(lead), _plain(xr.full_like(lead, np.nan)), (f"{_label(reading.exposure, averages)} over {names}",)


def _level(found: xr.Dataset, reading: Reading, averages: Averages) -> Found:
    """Return the outcome's average for unchanged units, less the claimed one."""
    average = found["low"].sel(exposure=AS_IT_IS).drop_vars("exposure").rename(service="effect")
    above = float(reading.above or 0.0)
    return _plain(average - above), _plain(average), ("average as units are",)


def _plain(values: xr.DataArray) -> xr.DataArray:
    """Return values without labels along `effect`, whose labels are the names."""
    return values.drop_vars([name for name in values.coords if name not in ("chain", "draw")], errors="ignore")


def _name(exposure: str, service: str, averages: Averages) -> str:
    label = _label(exposure, averages)
    return f"{label} on {_words(service)}" if averages.design.reading.role else label


def _label(exposure: str, averages: Averages) -> str:
    """Return the codebook's label of a variable, with the level where it has levels."""
    variable, _, level = exposure.partition("[")
    label = averages.codebook.variables[variable].label
    return f"“{label}”, {_words(level.removesuffix(']'))}" if level else f"“{label}”"


def _words(name: str) -> str:
    return name.replace("_", " ")


_ESTIMANDS: dict[str, Callable[[xr.Dataset, Reading, Averages], Found]] = {
    "effect": _effects,
    "every_effect": _effects,
    "number_of_effects": _effects,
    "mean_effect": _mean,
    "lead": _lead,
    "level": _level,
}
