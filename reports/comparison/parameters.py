"""Parameters of several fits side by side as they are stored: what can be compared without any study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fits.effects.coefficients import Coefficients
from fits.effects.effect_table import Judged
from fits.effects.summary import finite, summaries
from fits.number_format import INTERVAL, rounded
from models.engines.maximum.estimates import CLASSICAL
from models.family import Family
from models.posterior import parameters_of
from reports.comparison.common_effects import only_in
from reports.comparison.difference import Difference, spread
from reports.comparison.stored_alone import Party

Array = NDArray[np.float64]

CONTRASTS = {"exposure": "exposures", "control": "controls"}
"""Dims whose coefficients are per contrast, and where a manifest holds the contrasts."""

NONE = np.empty(0)


@dataclass(frozen=True)
class Value:
    """One fit's parameter.

    Attributes
    ----------
    sd : float
        Posterior standard deviation, or standard error.
    difference : Difference or None
        None for the first fit.
    """

    said: Judged
    sd: float
    difference: Difference | None = None

    @property
    def size(self) -> float:
        """The absolute difference in sd; 0 where there is none."""
        return self.difference.size if self.difference else 0.0

    @property
    def text(self) -> tuple[str, str, str]:
        """Mean, sd and interval; the sd with the mean's digits, whose Monte Carlo error is the larger."""
        mean, interval, _ = self.said.text
        return mean, rounded(self.sd, self.said.places), interval


@dataclass(frozen=True)
class ComparedParameter:
    """One parameter in every fit that has it; the first always has.

    Attributes
    ----------
    variable : str
        Such as ``exposure_coef``.
    labels : dict of str to str
        By dim.
    contrast : str
        In words; '' for what is per no contrast.
    values : dict of str to Value
        By fit.
    """

    variable: str
    labels: Mapping[str, str]
    contrast: str
    values: Mapping[str, Value]

    @property
    def name(self) -> str:
        """Such as ``exposure_coef[peer_influence, condoms]``."""
        return f"{self.variable}[{', '.join(self.labels.values())}]" if self.labels else self.variable

    @property
    def size(self) -> float:
        """The largest absolute difference in sd."""
        return max(one.size for one in self.values.values())


@dataclass(frozen=True)
class Parameters:
    """Parameters that fits share.

    Attributes
    ----------
    labels : tuple of str
        Of the fits, the first one first.
    unit : str
        Of the first fit's coefficients.
    unshared : tuple of str
        What is not compared, and why, one sentence each.
    """

    labels: tuple[str, ...]
    unit: str
    rows: tuple[ComparedParameter, ...]
    unshared: tuple[str, ...]

    @classmethod
    def of(cls, fits: Mapping[str, Party]) -> Parameters:
        """Return the comparison; differences are to the first fit."""
        first, *others = fits
        units = {label: _unit(one) for label, one in fits.items()}
        told = [
            f"No parameter of {label} is compared: it is in {units[label]}, and {first}'s in {units[first]}."
            for label in others
            if units[label] != units[first]
        ]
        alike = {label: one for label, one in fits.items() if units[label] == units[first]}
        held = {label: _read(one) for label, one in alike.items()}
        rows = []
        for place in held[first]:
            having = [
                label for label in alike if place in held[label] and _same(fits[first], fits[label], dict(place[1]))
            ]
            if len(having) > 1:
                base = held[first][place]
                values = {label: _value(base, held[label][place], differs=label != first) for label in having}
                rows.append(ComparedParameter(place[0], dict(place[1]), _contrast(fits[first], dict(place[1])), values))
        if len(alike) > 1:
            told += _unshared(alike, held)
        return cls(tuple(fits), units[first], tuple(rows), tuple(told))

    def moved(self, label: str) -> tuple[int, int]:
        """Return how many parameters of a fit are elsewhere by more than Monte Carlo error, and of how many."""
        found = [row.values[label].difference for row in self.rows if label in row.values]
        return sum(one.moved for one in found if one), len(found)

    def to_list(self) -> list[dict[str, Any]]:
        """Return one row per parameter and fit as plain data, at full precision; None for what is no number."""
        return [
            {
                "parameter": row.name,
                "variable": row.variable,
                **row.labels,
                "contrast": row.contrast,
                "fit": label,
                "interval": INTERVAL,
                **finite({**one.said.numbers(), "sd": one.sd}),
                **(one.difference.plain() if one.difference else {}),
            }
            for row in self.rows
            for label, one in row.values.items()
        ]


type Place = tuple[str, tuple[tuple[str, str], ...]]
type Held = dict[Place, tuple[Judged, Array]]


def _read(one: Party) -> Held:
    """What is said of every stored parameter, with its draws, (chain, draw)."""
    if one.manifest.kind == "mle":
        rows = Coefficients.of_estimates(one.fit.estimates(), one.family, errors=CLASSICAL).rows
        found = ((row.parameter, row.label, row.summary) for row in rows if np.isfinite(row.summary.mean))
        return {(name, _key(label)): (said, NONE) for name, label, said in found}
    held: Held = {}
    with one.fit.draws() as tree:
        # No effects of units and levels: the former are about one respondent, and how many units stand behind the
        # latter is not known without the study.
        names = parameters_of(tree["posterior"].to_dataset())
        posterior = tree["posterior"].to_dataset()[names].load()
    for name in names:
        for label, said in summaries(posterior[name]):
            draws = posterior[name].sel(label).transpose("chain", "draw").to_numpy()
            held[name, _key(label)] = (said, draws)
    return held


def _key(label: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Labels in one order, whichever way they were stored."""
    return tuple(sorted(label.items()))


def _value(base: tuple[Judged, Array], ours: tuple[Judged, Array], *, differs: bool) -> Value:
    said, draws = ours
    return Value(said, spread(said, draws), Difference.of(base[0], said, (base[1], draws)) if differs else None)


def _unit(one: Party) -> str:
    """What coefficients are in; those of a Tobit and of its Gaussian rival are of one index, in one unit."""
    design = one.manifest.design
    if index := Family.find(str(design["family"])).index_unit:
        return f"{index} (log-odds)" if index == "logits" else index
    return f"points of the model's index ({design.get('outcome_unit') or 'units of the outcome'})"


def _contrast(one: Party, labels: Mapping[str, str]) -> str:
    design = one.manifest.design
    return next((str(design[CONTRASTS[dim]].get(name, "")) for dim, name in labels.items() if dim in CONTRASTS), "")


def _same(first: Party, other: Party, labels: Mapping[str, str]) -> bool:
    """Whether a parameter of both is per the same contrast and, if it is of all services, of the same ones."""
    services = [set(one.manifest.design["services"]) for one in (first, other)]
    pooled = "exposure" in labels and "service" not in labels
    return _contrast(first, labels) == _contrast(other, labels) and (not pooled or services[0] == services[1])


def _unshared(fits: Mapping[str, Party], held: Mapping[str, Held]) -> list[str]:
    first = next(iter(fits))
    told = only_in({label: _names(found) for label, found in held.items()}, "parameter")
    for dim in ("service", *CONTRASTS):
        told += only_in({label: _labels(found, dim) for label, found in held.items()}, dim)
    for dim, key in CONTRASTS.items():
        base = fits[first].manifest.design[key]
        for label, one in fits.items():
            theirs = one.manifest.design[key]
            told += [
                f"Coefficients of {dim} {name}: their contrasts differ ({words} in {first}; {theirs[name]} in {label})."
                for name, words in base.items()
                if name in theirs and theirs[name] != words
            ]
    others = [one for one in fits if set(_labels(held[one], "service")) != set(_labels(held[first], "service"))]
    if others:
        told.append(f"Means and spreads over services: {', '.join(others)} over other services than {first}.")
    return told


def _names(found: Held) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name, _ in found))


def _labels(found: Held, dim: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(dict(key)[dim] for _, key in found if dim in dict(key)))
