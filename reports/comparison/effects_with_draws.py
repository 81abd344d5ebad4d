"""A table of effects together with the draws that it summarises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from fits.effects.delta import Delta
from fits.effects.effect_table import EffectTable, Judge, Judged, posterior_judge
from fits.effects.effects_of_fit import Question, effect_tables
from fits.effects.summary import NOTHING
from fits.fit_with_study import Evidence
from models.engines.maximum.estimates import CLASSICAL

ENDS = ("low", "high")
"""Names of the quantities that are averages at one end of a contrast, which nobody asks for here."""


@dataclass(frozen=True)
class Drawn:
    """Effects on one scale.

    Attributes
    ----------
    table : EffectTable
        Of the changes; what it holds of their two ends says nothing.
    draws : xarray.DataArray
        The changes, (chain, draw, exposure, service, level); of maximum likelihood without any draw.
    """

    table: EffectTable
    draws: xr.DataArray

    def of(self, exposure: str, service: str) -> xr.DataArray:
        """Return the draws of one effect, (chain, draw)."""
        chosen = self.draws.sel(exposure=exposure, service=service)
        return chosen.isel(level=0).transpose("chain", "draw")


class _Keeper:
    """A judge that keeps the changes it is shown."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.kept: list[xr.DataArray] = []

    def __call__(self, values: xr.DataArray, null: float) -> list[tuple[dict[str, str], Judged]]:
        if values.name not in ENDS:
            self.kept.append(values)
            return self.judge(values, null)
        dims = [str(dim) for dim in values.dims if dim not in ("chain", "draw")]
        names = [values[dim].to_numpy().astype(str) for dim in dims]
        return [
            ({dim: str(name[i]) for dim, name, i in zip(dims, names, place, strict=True)}, NOTHING)
            for place in np.ndindex(*(len(name) for name in names))
        ]


def drawn_effects(evidence: Evidence, question: Question) -> Drawn:
    """Return the effects of a fit on one scale for one target, without a split.

    Parameters
    ----------
    question : Question
        With one scale and one target.
    """
    rest: dict[str, Any] = {"dataset": evidence.dataset, "codebook": evidence.codebook, "question": question}
    if evidence.manifest.kind == "mle":
        delta = Delta.of(evidence.fit.estimates(), evidence.family, errors=CLASSICAL)
        keeper = _Keeper(delta.judge)
        (table,) = effect_tables(delta.posterior, evidence.design, evidence.family, judge=keeper, **rest)
        # What stands there are steps of the delta method and the like, no draws from a posterior.
        return Drawn(table, keeper.kept[0].isel(draw=slice(0, 0)))
    keeper = _Keeper(posterior_judge)
    with evidence.posterior() as posterior:
        (table,) = effect_tables(posterior, evidence.design, evidence.family, judge=keeper, **rest)
    return Drawn(table, keeper.kept[0])
