"""The stored effects of simulated studies as one table, who calls which of them, and Monte Carlo errors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from data.arrays import Array, Mask
from fits.effects.effect_table import POOLED
from fits.verdicts.rule import Probabilities, Rule
from priors.prior_set import Unit

Table = dict[str, NDArray[Any]]
"""One entry per effect and simulation, by name."""

SIGNIFICANT = 0.05
"""The frequentist half calls an effect with a smaller p-value."""

NOTHING: dict[Unit, float] = {"points": 0.05, "probability": 0.0005}
"""An effect smaller than this is none: a twentieth of a patient in a hundred, a clinic in two thousand."""

NONE, SMALL, LARGE = "none", "smaller than matters", "matters"
CLASSES = (NONE, SMALL, LARGE)

INTERVAL_RULE, VERDICT_RULE, P_VALUE = "Bayes: interval", "Bayes: rule", "ML: p < .05"
PROCEDURES = {
    INTERVAL_RULE: "the 95 % posterior interval leaves out 0",
    VERDICT_RULE: "the rule's verdict is positive or negative",
    P_VALUE: "maximum likelihood differs from 0 by Wald's test, classical errors",
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


def classes(true: Array, rule: Rule, scale: Unit) -> NDArray[np.str_]:
    """Return the class of each true effect."""
    size = np.abs(true)
    return np.where(size < NOTHING[scale], NONE, np.where(size < rule.smallest_on(scale), SMALL, LARGE))


def table_of(records: Iterable[Mapping[str, Any]], rule: Rule) -> Table:
    """Return one entry per effect and simulation, by name: what each half says, and the truth."""
    columns: dict[str, list[Any]] = {name: [] for name in ("k", "label", "pooled", "true", "verdict")}
    numbers = ("mean", "low_90", "high_90", "low_95", "high_95")
    columns |= {f"{half}_{name}": [] for half in ("bayes", "ml") for name in numbers} | {"p_value": []}
    for record in records:
        for effect in record.get("effects", ()):
            bayes = effect["bayes"]
            probabilities = Probabilities(*(_number(bayes[name]) for name in ("above", "below", "within")))
            found = {
                "k": record["k"],
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
    kinds = {"pooled": bool, "label": str, "verdict": str}
    return {name: np.array(values, dtype=kinds.get(name, float)) for name, values in columns.items()}


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
    INTERVAL_RULE: lambda t: (t["bayes_low_95"] > 0) | (t["bayes_high_95"] < 0),
    VERDICT_RULE: lambda t: np.isin(t["verdict"], ("positive", "negative")),
    P_VALUE: lambda t: t["p_value"] < SIGNIFICANT,
}


def called(procedure: str, table: Table) -> Mask:
    """Return which effects a procedure calls; what has no estimate is not called."""
    return CALLED[procedure](table)


def inside(half: str, table: Table, level: int) -> Array:
    """Return 1 where the truth lies in an interval of 90 or 95 percent, else 0."""
    low, high = table[f"{half}_low_{level}"], table[f"{half}_high_{level}"]
    return ((low <= table["true"]) & (table["true"] <= high)).astype(float)
