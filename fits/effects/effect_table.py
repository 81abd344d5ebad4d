"""The table of effects on one scale and target: every exposure on every service and on all services."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr

from data.arrays import Index
from data.disclosure import SMALLEST_SHOWN, Count
from fits.effects.asymptotic import Asymptotic
from fits.effects.averages import Target, over_services
from fits.effects.beside import NOTHING, Beside, BesideEffect
from fits.effects.contrasts import Contrast
from fits.effects.levels import Split
from fits.effects.summary import Summary, finite, summaries
from fits.number_format import INTERVAL
from models.scale import Scale

POOLED = "mean over services"

Judged = Summary | Asymptotic
Judge = Callable[[xr.DataArray, float], list[tuple[dict[str, str], Judged]]]
"""Function of a quantity under every draw and its null value, which returns a summary of each element."""


@dataclass(frozen=True)
class Effect:
    """One average contrast.

    Attributes
    ----------
    service : str
        A service, or `POOLED`: the equally weighted mean over the services shown.
    level : str
        Level of the split; '' without one.
    units : Count
        Units averaged over; for `POOLED`, units that answer any service.
    change : Summary or Asymptotic or None
        None where too few units are averaged for it to be shown.
    low, high : Summary or Asymptotic or None
        The average at both ends; None for a scale without levels.
    services : (shown, there)
        Number of services in the pooled mean, and in the model.
    beside : BesideEffect
        What stands beside an effect that is pooled over services.
    """

    exposure: str
    contrast: str
    service: str
    level: str
    units: Count
    change: Judged | None
    low: Judged | None = None
    high: Judged | None = None
    services: tuple[int, int] = (1, 1)
    beside: BesideEffect = NOTHING

    @property
    def name(self) -> str:
        """The service, with the numbers of services where a mean is not over all of them."""
        shown, there = self.services
        return self.service if shown == there else f"mean over {shown} of {there} services"


@dataclass(frozen=True)
class EffectTable:
    """Effects on one scale for one target.

    Attributes
    ----------
    unit : str
        The unit of every number, in words.
    target : {'these', 'typical', 'new'}
    split : str
        The variable by which units are split; '' for none.
    ratio : bool
        Whether changes are the higher end over the lower one instead of their difference.
    beside : Beside or None
        What must be known of what stands beside the effects; None where nothing does.
    """

    scale: Scale
    unit: str
    target: Target
    target_words: str
    split: str
    ratio: bool
    rows: tuple[Effect, ...]
    beside: Beside | None = None

    @classmethod
    def of(
        cls,
        averages: xr.Dataset,
        scale: Scale,
        *,
        unit: str,
        target: Target,
        target_words: str,
        contrasts: tuple[Contrast, ...],
        levels: Split,
        counts: Index,
        answering: Index,
        units: list[list[Count]],
        ratio: bool = False,
        judge: Judge | None = None,
    ) -> EffectTable:
        """Return the table of averages.

        Parameters
        ----------
        averages : xarray.Dataset
            The averages that `average_contrasts` returns.
        target : {'these', 'typical', 'new'}
        counts : int array (service, level)
            Units that answer each service.
        answering : int array (level,)
            Units that answer any service.
        units : list of lists of Count
            The same numbers with disclosure control, by service and last for any service: `Split.told`.
        judge : callable, optional
            Function that summarises; by default the posterior's summary.
        """
        judge = judge or posterior_judge
        enough = counts >= SMALLEST_SHOWN
        shown = averages.where(xr.DataArray(enough, dims=("service", "level")))
        if averages.sizes["service"] > 1:
            pooled = xr.Dataset({end: over_services(values, counts) for end, values in averages.items()})
            pooled = pooled.where(xr.DataArray(answering >= SMALLEST_SHOWN, dims="level")).expand_dims(service=[POOLED])
            shown = xr.concat([shown, pooled], "service")
            counts = np.concatenate([counts, answering[None]])
            enough = np.concatenate([enough, enough.any(axis=0, keepdims=True)])
        quantities, null = _quantities(shown, scale, unit, ratio=ratio)
        said = {
            end: {
                (label["exposure"], label["service"], label["level"]): judged
                for label, judged in judge(values, null if end == "change" else 0.0)
            }
            for end, values in quantities.items()
        }
        rows = []
        for e, contrast in enumerate(contrasts):
            for s, service in enumerate(shown["service"].to_numpy()):
                for k, level in enumerate(levels.labels):
                    if counts[s, k] == 0:
                        continue
                    at = (shown["exposure"].to_numpy()[e], str(service), level)
                    rows.append(
                        Effect(
                            contrast.label,
                            contrast.words,
                            str(service),
                            level if levels.name else "",
                            units[s][k],
                            **{end: found[at] if enough[s, k] else None for end, found in said.items()},
                            services=(int(enough[:-1, k].sum()), len(enough) - 1) if service == POOLED else (1, 1),
                            beside=NOTHING,
                        )
                    )
        return cls(scale, unit, target, target_words, levels.name, ratio, tuple(rows))

    @property
    def words(self) -> str:
        """The scale, the unit and the target in one line."""
        labels = dict.fromkeys([self.scale.label, self.unit])
        what = ", ".join(labels) if not self.ratio else f"{self._ratio_words} of {self.scale.label}"
        return f"{what}; {self.target_words}"

    @property
    def _ratio_words(self) -> str:
        return "odds ratio, exp of the change" if self.scale.ratio == "of odds" else "ratio of averages"

    @property
    def array_name(self) -> str:
        """Scale and unit, such as ``expected_points``."""
        return self.scale.array_name(self.unit, ratio=self.ratio)

    @property
    def has_ends(self) -> bool:
        """Whether there are averages at both ends beside the change."""
        return any(row.low for row in self.rows)

    def of_exposure(self, exposure: str) -> tuple[Effect, ...]:
        """Return the rows of one exposure."""
        return tuple(row for row in self.rows if row.exposure == exposure)

    def exposures(self) -> dict[str, str]:
        """Return each exposure's contrast in words."""
        return {row.exposure: row.contrast for row in self.rows}

    def only(self, services: tuple[str, ...]) -> EffectTable:
        """Return the table with the rows of these services alone."""
        rows = tuple(row for row in self.rows if row.service in services)
        return replace(self, rows=rows, beside=self.beside.only(services) if self.beside else None)

    def to_list(self) -> list[dict[str, Any]]:
        """Return the rows as plain data, at full precision; None for values that are not finite or are withheld."""
        return [
            {
                "quantity": self.array_name,
                "scale": self.scale.name,
                "unit": "ratio" if self.ratio else self.unit,
                "target": self.target,
                "exposure": row.exposure,
                "contrast": row.contrast,
                "service": row.service,
                "services": row.services[0],
                **({self.split: row.level} if self.split else {}),
                "units": row.units.plain(),
                **_end("from", row.low),
                **_end("to", row.high),
                "interval": INTERVAL,
                **(finite(row.change.numbers()) if row.change else {}),
                **({**row.beside.plain(), **self.beside.plain(row.service)} if self.beside and row.change else {}),
            }
            for row in self.rows
        ]


def _end(name: str, end: Judged | None) -> dict[str, Any]:
    """Return an average at one end of a contrast and its precision, as plain data."""
    if end is None:
        return {}
    kept = ("mcse", "ess_bulk", "rhat", "error")
    return finite({name: end.mean, **{f"{name}_{key}": value for key, value in end.numbers().items() if key in kept}})


def posterior_judge(values: xr.DataArray, null: float) -> list[tuple[dict[str, str], Judged]]:
    """Return the posterior's summary of every element, with its labels by dim."""
    return [(label, summary) for label, summary in summaries(values, null=null)]


def _quantities(shown: xr.Dataset, scale: Scale, unit: str, *, ratio: bool) -> tuple[dict[str, xr.DataArray], float]:
    """Return the two ends where there are any, the change or ratio, and its null value."""
    ends = {end: shown[end] for end in ("low", "high") if end in shown}
    change = shown["change"]
    if ratio and scale.ratio == "of odds":
        change = xr.apply_ufunc(np.exp, change)
    elif ratio:
        change = ends["high"] / ends["low"]
    return {**ends, "change": change.rename(scale.array_name(unit, ratio=ratio))}, float(ratio)
