r"""Shrinkage of each group's levels by pooling: the observed mean, the model's mean, and their distance.

For a level of a group (a state, a unit type), on one service and on the outcome's scale:

.. math::

    \mathrm{raw} &= \text{mean outcome of its units} \\
    \mathrm{typical} &= \text{mean of } E[y] \text{ of such units in a typical level: the group's effect at 0} \\
    \mathrm{pooled} &= \text{mean of } E[y] \text{ of such units in this level} \\
    \mathrm{shrunk} &= 1 - \frac{\mathrm{pooled} - \mathrm{typical}}{\mathrm{raw} - \mathrm{typical}}

so that 0 is no pooling and 1 is complete pooling. Other groups keep their effects; units' own intercepts are
integrated over. The pooling factor of Gelman and Pardoe (2006), https://doi.org/10.1198/004017005000000517, is
given by group and service on the linear predictor:

.. math::

    \lambda = 1 - \frac{\mathrm{Var}_l\,E[u_l]}{E\,\mathrm{Var}_l\,u_l}
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from scipy.stats import norm

from data.arrays import Index
from data.disclosure import Average, Count, Share, is_few
from fits.effects.averages import Plan, over_blocks, plans_of
from fits.effects.levels import Split
from fits.effects.summary import Summary, finite, summaries
from fits.number_format import INTERVAL
from models.component import Rows
from models.design import Design
from models.family import Family
from models.numerics.integration import averaged
from models.predict import by_service
from models.predictors.family_parameter import values_at
from models.predictors.predictor import Place, components_of, eta_of, spread_of

NORMAL_REACH = float(norm.ppf((1.0 + INTERVAL) / 2.0))
"""Half the width of a normal interval, in standard deviations."""

KEPT = ("mean", "low", "high", "mcse")


@dataclass(frozen=True)
class Level:
    """One level on one service.

    Attributes
    ----------
    raw : Average or Share
        Observed mean, withheld where it rests on too few units, or on too few with one answer.
    typical, pooled : Summary or None
        None where there are too few units.
    shrunk : float
        NaN where the raw mean is withheld, or nearer to the typical mean than the typical mean's own error.
    """

    service: str
    level: str
    units: Count
    raw: Average | Share
    typical: Summary | None
    pooled: Summary | None
    shrunk: float


@dataclass(frozen=True)
class Shrinkage:
    """One group's levels, and its pooling factors.

    Attributes
    ----------
    factors : dict of str to float
        Pooling factor by service.
    """

    group: str
    unit: str
    levels: tuple[Level, ...]
    factors: dict[str, float]

    @classmethod
    def of(cls, posterior: xr.Dataset, design: Design, family: Family, *, group: str, outcome_unit: str) -> Shrinkage:
        """Return the shrinkage of one group.

        Parameters
        ----------
        posterior : xarray.Dataset
            A stored posterior.
        design : Design
            The posterior's own.
        group : str
            One of the design's groups.
        outcome_unit : str
            The codebook's unit of the outcome.
        """
        labels, index = design.groups[group].levels, design.groups[group].index
        split = Split(group, labels, index, design.groups[group].all_index)
        varying = [one for one in components_of(design) if one.varies]
        known = tuple(one.name for one in varying if not one.of_units)
        unit = tuple(one.name for one in varying if one.of_units)
        others = tuple(name for name in known if name != group)
        expected = {
            "pooled": _expected(posterior, design, family, Place(known, unit), split),
            "typical": _expected(posterior, design, family, Place(others, unit), split),
        }
        said = {
            what: {(label["service"], label["level"]): summary for label, summary in summaries(values)}
            for what, values in expected.items()
        }
        levels = []
        counts, told = split.counts(design), split.told(design)
        for s, cells in by_service(design):
            service = design.services[s]
            units = told[s]
            for k, level in enumerate(labels):
                y = design.y[cells[index[design.unit_of[cells]] == k]]
                if not y.size:
                    continue
                raw: Average | Share = Average(float(y.mean()), y.size)
                if family.binary:
                    raw = Share(int(y.sum()), y.size, coarse=units[k].hidden)
                if is_few(y.size):
                    levels.append(Level(service, level, units[k], raw, None, None, np.nan))
                    continue
                pooled, typical = said["pooled"][service, level], said["typical"][service, level]
                shown = isinstance(raw.plain(), float)
                shrunk = _shrunk(raw.value, typical, pooled) if shown else np.nan
                levels.append(Level(service, level, units[k], raw, typical, pooled, shrunk))
        scale = next(iter(family.scales_within(design.limits).values()))
        return cls(group, scale.unit(outcome_unit, index=""), tuple(levels), _factors(posterior, design, group, counts))

    def withheld(self) -> int:
        """Return how many raw values are withheld."""
        return sum(not isinstance(level.raw.plain(), float) for level in self.levels)

    def to_list(self) -> list[dict[str, Any]]:
        """Return the levels as plain data."""
        return [
            {
                "group": self.group,
                "service": one.service,
                "level": one.level,
                "unit": self.unit,
                "units": one.units.plain(),
                "raw": one.raw.plain(),
                **_numbers("typical", one.typical, KEPT),
                **_numbers("pooled", one.pooled),
                **finite({"shrunk": one.shrunk, "pooling_factor": self.factors[one.service]}),
            }
            for one in self.levels
        ]


def _numbers(name: str, summary: Summary | None, kept: Container[str] | None = None) -> dict[str, Any]:
    found = finite(summary.numbers()) if summary else {}
    return {f"{name}_{key}": value for key, value in found.items() if kept is None or key in kept}


def _expected(posterior: xr.Dataset, design: Design, family: Family, place: Place, split: Split) -> xr.DataArray:
    """Return the mean of E[y] over each level's units, (chain, draw, service, level)."""
    scale = next(iter(family.scales_within(design.limits).values()))
    quantity, parts = scale.of, components_of(design)
    if quantity is None:
        raise ValueError(f"the main scale of the family {family.name!r} is a part of a change")
    sizes = (posterior.sizes["chain"], posterior.sizes["draw"], len(design.services), len(split.labels))
    out = np.full(sizes, np.nan)

    def fill(here: xr.Dataset, block: slice, plan: Plan) -> None:
        rows, values = Rows(plan.units), values_at(here, family)
        eta, spread = eta_of(here, parts, rows, place), spread_of(here, parts, rows, place)
        found = averaged(quantity, family, eta, values, spread=spread, limits=design.limits)
        out[:, block, plan.service] = found @ plan.weight

    over_blocks(posterior, plans_of(design, place, split), fill)
    return xr.DataArray(
        out,
        dims=("chain", "draw", "service", "level"),
        coords={"service": list(design.services), "level": list(split.labels)},
        name=scale.name,
    )


def _shrunk(raw: float, typical: Summary, pooled: Summary) -> float:
    gap = raw - typical.mean
    known = (typical.high - typical.low) / (2.0 * NORMAL_REACH)  # about one posterior sd
    return 1.0 - (pooled.mean - typical.mean) / gap if abs(gap) > known else float("nan")


def _factors(posterior: xr.Dataset, design: Design, group: str, counts: Index) -> dict[str, float]:
    """Return the pooling factor by service, over levels with units there; levels without data are fully pooled."""
    effects, over = posterior[f"{group}_effect"].load(), ("chain", "draw")
    found = {}
    for s, service in enumerate(design.services):
        here = effects.isel(service=s).isel({group: np.flatnonzero(counts[s])})
        found[service] = float(1.0 - here.mean(over).var(group) / here.var(group).mean(over))
    return found
