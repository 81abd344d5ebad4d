"""The gate: what a posterior must satisfy before anybody may draw a conclusion from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import arviz_stats
import numpy as np
import xarray as xr

from fits.gate import ESS_PER_CHAIN, Status, checks_of, rhat_limit, shown_values, status_of


@dataclass(frozen=True)
class Diagnostics:
    """Diagnostic values, and each check as its own boolean.

    Attributes
    ----------
    values : dict
        `divergences`, `max_depth_reached`, `rhat_max`, `ess_bulk_min`, `ess_tail_min`, `bfmi_min`,
        which parameter each extreme belongs to (`rhat_worst`, ...), the number of `parameters`, and the limits
        `ess_needed` and `rhat_limit`.
    checks : dict of str to bool
        `divergences`, `max_depth`, `rhat`, `ess_bulk`, `ess_tail`, `bfmi`; true is good.
    """

    values: dict[str, Any]
    checks: dict[str, bool]
    draws_per_chain: int

    @classmethod
    def of(cls, tree: xr.DataTree, *, exclude: tuple[str, ...] = (), asked: int = 0) -> Diagnostics:
        """Return the diagnostics of draws with groups `posterior` and `sample_stats`.

        Parameters
        ----------
        exclude : tuple of str
            Variables that are not top-level parameters: effects of single groups and units.
        asked : int
            The chains of a run, where the draws are those of two; effective draws are needed for as many.
        """
        posterior = tree["posterior"].to_dataset()
        top = posterior[[name for name in posterior.data_vars if name not in exclude]]
        # Diagnostics on ranks would not notice a draw that is infinite.
        top = top.map(lambda values: values.where(np.isfinite(values)))
        chains, draws = posterior.sizes["chain"], posterior.sizes["draw"]
        with np.errstate(divide="ignore", invalid="ignore"):  # a parameter that never moves: its R-hat is NaN
            rhat, rhat_worst = _extreme(arviz_stats.rhat(top), largest=True) if chains > 1 else (np.nan, "")
        bulk, bulk_worst = _extreme(arviz_stats.ess(top, method="bulk"), largest=False)
        tail, tail_worst = _extreme(arviz_stats.ess(top, method="tail"), largest=False)
        stats = tree["sample_stats"].to_dataset()
        divergences = int(stats["diverging"].sum())
        depth = int(stats[_depth_name(stats)].sum()) if _depth_name(stats) else np.nan  # not recorded: fails
        with np.errstate(divide="ignore", invalid="ignore"):  # energy that never moves: NaN, which fails
            bfmi = float(np.min(arviz_stats.bfmi(tree)["energy"].to_numpy()))
        parameters = sum(array[0, 0].size for array in top.data_vars.values())
        needed = ESS_PER_CHAIN * (asked or chains)
        values = {
            "divergences": divergences,
            "max_depth_reached": depth,
            "parameters": parameters,
            "rhat_max": rhat,
            "rhat_worst": rhat_worst,
            "rhat_limit": rhat_limit(parameters, chains, needed),
            "ess_bulk_min": bulk,
            "ess_bulk_worst": bulk_worst,
            "ess_tail_min": tail,
            "ess_tail_worst": tail_worst,
            "ess_needed": needed,
            "bfmi_min": bfmi,
        }
        return cls(values, checks_of(values), draws)

    @property
    def passed(self) -> bool:
        """Whether every check holds."""
        return all(self.checks.values())

    @property
    def status(self) -> Status:
        """See `status_of`."""
        return status_of(self.checks, self.values, self.draws_per_chain)

    @property
    def line(self) -> str:
        """All values in one line for people."""
        v, shown = self.values, shown_values(self.values)
        return (
            f"{shown['divergences']} divergences, R-hat max {shown['rhat_max']} ({v['rhat_worst']}), "
            f"bulk ESS min {shown['ess_bulk_min']} ({v['ess_bulk_worst']}), "
            f"tail ESS min {shown['ess_tail_min']}, E-BFMI min {shown['bfmi_min']}"
        )


def _extreme(values: xr.Dataset, *, largest: bool) -> tuple[float, str]:
    """The worst value and the parameter it belongs to; NaN (a constant) counts as worst."""
    worst, where = (-np.inf if largest else np.inf), ""
    for array in values.data_vars.values():
        flat = array.to_numpy().ravel()
        bad = np.inf if largest else -np.inf
        filled = np.where(np.isnan(flat), bad, flat)
        place = int(filled.argmax() if largest else filled.argmin())
        if (filled[place] > worst) if largest else (filled[place] < worst):
            worst, where = float(filled[place]), _label(array, place)
    return worst, where


def _label(array: xr.DataArray, place: int) -> str:
    at = np.unravel_index(place, array.shape) if array.ndim else ()
    labels = [
        str(array[dim].to_numpy()[i]) if dim in array.coords else str(i) for dim, i in zip(array.dims, at, strict=True)
    ]
    return f"{array.name}[{', '.join(labels)}]" if labels else str(array.name)


def _depth_name(stats: xr.Dataset) -> str:
    names = ("reached_max_treedepth", "maxdepth_reached")
    return next((name for name in names if name in stats), "")
