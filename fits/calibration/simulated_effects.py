"""The stored effects of simulated studies as one table, who calls which of them, and Monte Carlo errors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from data.arrays import Array, Index, Mask
from fits.calibration.true_sizes import TrueSizes, in_points, worlds
from fits.effects.effect_table import POOLED
from fits.verdicts.rule import Probabilities, Rule
from priors.prior_set import Unit

Table = dict[str, NDArray[Any]]
"""One entry per effect and simulation, by name."""

SIGNIFICANT = 0.05
"""The frequentist half calls an effect with a smaller p-value; of a direction alone, with one below twice that."""

DIRECTION_RULE, INTERVAL_RULE, VERDICT_RULE = "Bayes: direction", "Bayes: interval", "Bayes: rule"
P_DIRECTION, P_VALUE = "ML: p < .10", "ML: p < .05"
PROCEDURES = {
    DIRECTION_RULE: "95 % sure of the sign: the 90 % posterior interval leaves out 0",
    INTERVAL_RULE: "the 95 % posterior interval leaves out 0",
    VERDICT_RULE: "the rule's verdict is positive or negative",
    P_DIRECTION: "the 90 % interval of maximum likelihood leaves out 0 (Wald's test, classical errors)",
    P_VALUE: "its 95 % interval does",
}

SHOWN_FROM = 0.0005
"""Monte Carlo errors of a share below this are no digit of a percentage with one decimal."""


@dataclass(frozen=True)
class SimulatedShare:
    """A share or mean over effects, and its Monte Carlo error by simulation; NaN where there is nothing."""

    value: float
    error: float

    @classmethod
    def of(cls, top: Array, bottom: Array, simulation: Array) -> SimulatedShare:
        """Return the ratio of two sums over effects, its error clustered by simulation."""
        total = float(bottom.sum())
        if total == 0:
            return cls(np.nan, np.nan)
        value = float(top.sum()) / total
        _, place = np.unique(simulation, return_inverse=True)
        # Each simulation's part of how far the sums are from their ratio; what cancels within it is not counted.
        parts = np.bincount(place, top - value * bottom)
        groups = len(parts)
        if groups < 2:
            return cls(value, np.nan)
        return cls(value, float(np.sqrt(groups / (groups - 1) * (parts**2).sum()) / abs(total)))


def percent(share: SimulatedShare) -> str:
    """Return a share in percent with its Monte Carlo error."""
    if not np.isfinite(share.value):
        return "-"
    error = f" ± {100 * share.error:.1f}" if share.error > SHOWN_FROM else ""
    return f"{100 * share.value:.1f}{error} %"


def table_of(records: Iterable[Mapping[str, Any]], rule: Rule, scale: Unit, sizes: TrueSizes) -> Table:
    """Return one entry per effect and simulation, by name: what each half says, and the truth.

    Parameters
    ----------
    sizes : TrueSizes
        Sorts the true effects: `size` in points, `class` of the size, and `world` (see `WORLDS`).
    """
    columns: dict[str, list[Any]] = {name: [] for name in ("k", "exposure", "label", "pooled", "true", "verdict")}
    numbers = ("mean", "low_90", "high_90", "low_95", "high_95")
    columns |= {f"{half}_{name}": [] for half in ("bayes", "ml") for name in numbers} | {"p_value": []}
    for record in records:
        for effect in record.get("effects", ()):
            bayes = effect["bayes"]
            probabilities = Probabilities(*(_number(bayes[name]) for name in ("above", "below", "within")))
            found = {
                "k": record["k"],
                "exposure": effect["exposure"],
                "label": f"{effect['exposure']}, {effect['service']}",
                "pooled": effect["service"] == POOLED,
                "true": effect["true"],
                "verdict": rule.verdict(probabilities, passed=record["status"] == "passed"),
                "p_value": _number((effect["ml"] or {}).get("p_value")),
                **{f"bayes_{name}": _number(bayes[name]) for name in numbers},
                **{f"ml_{name}": value for name, value in _wald(effect["ml"]).items()},
            }
            for name, value in found.items():
                columns[name].append(value)
    kinds = {"pooled": bool, "exposure": str, "label": str, "verdict": str}
    found = {name: np.array(values, dtype=kinds.get(name, float)) for name, values in columns.items()}
    points, family = in_points(found["true"], scale), families(found)
    single = ~found["pooled"]
    world = dict(zip(family[single].tolist(), worlds(points[single], family[single]).tolist(), strict=True))
    sorted_ = {"size": sizes.sizes(points), "class": sizes.classes(points)}
    return {**found, **sorted_, "world": np.array([world.get(one, "") for one in family.tolist()], dtype=str)}


def families(table: Table) -> Index:
    """Return equal numbers for the effects of one exposure in one simulation."""
    if not len(table["k"]):
        return np.zeros(0, dtype=np.int64)
    _, exposure = np.unique(table["exposure"], return_inverse=True)
    found: Index = table["k"].astype(np.int64) * (int(exposure.max()) + 1) + exposure
    return found


def _wald(ml: Mapping[str, Any] | None) -> dict[str, float]:
    centre, error = (_number((ml or {}).get(name)) for name in ("estimate", "error"))
    reach = {percent: norm.ppf(0.5 + percent / 200.0) * error for percent in (90, 95)}
    ends = {f"{side}_{p}": centre + sign * by for p, by in reach.items() for side, sign in (("low", -1), ("high", 1))}
    return {"mean": centre, **ends}


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def select(table: Table, which: Mask) -> Table:
    """Return some of the entries."""
    return {name: values[which] for name, values in table.items()}


CALLED: dict[str, Callable[[Table], Mask]] = {
    DIRECTION_RULE: lambda t: (t["bayes_low_90"] > 0) | (t["bayes_high_90"] < 0),
    INTERVAL_RULE: lambda t: (t["bayes_low_95"] > 0) | (t["bayes_high_95"] < 0),
    VERDICT_RULE: lambda t: np.isin(t["verdict"], ("positive", "negative")),
    P_DIRECTION: lambda t: t["p_value"] < 2 * SIGNIFICANT,
    P_VALUE: lambda t: t["p_value"] < SIGNIFICANT,
}


def called(procedure: str, table: Table) -> Mask:
    """Return which effects a procedure calls; what has no estimate is not called."""
    return CALLED[procedure](table)


def estimate_of(procedure: str, table: Table) -> Array:
    """Return the estimates that a procedure calls."""
    return np.asarray(table["ml_mean" if procedure in (P_DIRECTION, P_VALUE) else "bayes_mean"])


def inside(half: str, table: Table, level: int) -> Array:
    """Return 1 where the truth lies in an interval of 90 or 95 percent, else 0."""
    low, high = table[f"{half}_low_{level}"], table[f"{half}_high_{level}"]
    return ((low <= table["true"]) & (table["true"] <= high)).astype(float)
