"""Summaries of a loaded study's variables without any respondent's value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from data.arrays import Array
from data.auditing.coverage import Missing
from data.auditing.scope import values_of, wave_of
from data.categories import level_texts
from data.codebook import Codebook
from data.disclosure import Average, Count, Share, shares
from data.variable import Variable

LISTED = 8
"""Categories with more levels are summarised by the number of levels."""

QUANTILES = {"p10": 0.1, "median": 0.5, "p90": 0.9}


@dataclass(frozen=True)
class VariableSummary:
    """The summary of one variable; fields that do not apply to its type are None or empty.

    Attributes
    ----------
    missing : Count or None
        Missing answers among the units asked.
    quantiles : dict of str to Average
        ``p10``, ``median``, ``p90``; smallest and largest are respondents' own values and left out.
    distinct : int or None
        Number of levels or identifiers.
    note : str
        The reason why there is no summary.
    """

    missing: Count | None = None
    yes: Share | None = None
    mean: Average | None = None
    sd: Average | None = None
    quantiles: dict[str, Average] = field(default_factory=dict)
    levels: dict[str, Share] = field(default_factory=dict)
    distinct: int | None = None
    note: str = ""

    def __str__(self) -> str:
        if self.note:
            return self.note
        if self.yes:
            return f"{self.yes} yes"
        if len(self.levels) == 1:
            return f"{next(iter(self.levels))} in all rows"
        if self.levels:
            return ", ".join(f"{level} {share}" for level, share in self.levels.items())
        if self.mean:
            spread = ", ".join(f"{name} {value}" for name, value in self.quantiles.items())
            return f"mean {self.mean}, sd {self.sd}; {spread}"
        return f"{self.distinct:,} different"


def find(name: str, dataset: xr.Dataset, codebook: Codebook, gaps: dict[str, Missing]) -> VariableSummary:
    """Return the summary of a variable.

    Parameters
    ----------
    gaps : dict of str to Missing
        Missing answers by variable, from an audit, which knows which units were asked.
    """
    variable = codebook.variables[name]
    if "stamp" in variable.roles:
        return VariableSummary(
            note=str(dataset.attrs.get("stamp", "")) or "not in this file: the data are not simulated"
        )
    raw = values_of(name, dataset, codebook)
    if raw is None:
        wave = wave_of(dataset)
        not_asked = bool(variable.waves) and wave not in variable.waves
        return VariableSummary(note=f"not asked in wave {wave}" if not_asked else "not in this file")
    return _summary(raw.to_numpy(), variable, gaps.get(name))


def _summary(raw: NDArray[Any], variable: Variable, gap: Missing | None) -> VariableSummary:
    numeric = variable.type in {"number", "binary"}
    known = raw[np.isfinite(raw.astype(float))] if numeric else raw[raw.astype(str) != ""]
    missing = gap.missing if gap else Count(len(raw) - len(known), of=len(raw))
    if not known.size:
        return VariableSummary(missing=missing, note="no value in any row")
    if variable.type == "binary":
        return VariableSummary(missing=missing, yes=Share(int(known.sum()), len(known), coarse=missing.hidden))
    if variable.type == "number" and "wave" not in variable.roles:
        return _numbers(known.astype(float), missing)
    levels, counts = np.unique(level_texts(known), return_counts=True)
    if variable.type == "id" or len(levels) > LISTED:
        return VariableSummary(missing=missing, distinct=len(levels))
    order = np.argsort(-counts, kind="stable")
    text = [str(levels[k]) for k in order]
    found = shares(dict(zip(text, counts[order].tolist(), strict=True)), coarse=missing.hidden)
    return VariableSummary(missing=missing, levels=found, distinct=len(levels))


def _numbers(values: Array, missing: Count) -> VariableSummary:
    n = len(values)
    # the fewer units lie beyond a quantile, the more it discloses
    beyond = {name: int(np.ceil(min(q, 1 - q) * n)) for name, q in QUANTILES.items()}
    quantiles = {name: Average(float(np.quantile(values, q)), beyond[name]) for name, q in QUANTILES.items()}
    sd = float(values.std(ddof=1)) if n > 1 else float("nan")
    return VariableSummary(
        missing=missing, mean=Average(float(values.mean()), n), sd=Average(sd, n), quantiles=quantiles
    )
