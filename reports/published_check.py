"""A published table against fits of the same model: sign, size within rounding, significance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import xarray as xr

from data._errors import InputError, Problem, unknown
from data.codebook import Codebook
from models._design import Design
from models._family import Family
from models._posterior import with_constant
from reports._asymptotic import Asymptotic
from reports._effects_of import Question, effect_tables
from reports._scale import choose, scales_of
from reports._summary import finite
from reports.effect_table import Judge, Judged
from reports.published_table import Printed, PublishedTable, half_unit

__all__ = ["PublishedCheck"]

WHOLE = ("constant", "residual_sd")
"""What a table may hold besides columns of the model."""

ODDS_RATIO = "odds_ratio"


@dataclass(frozen=True)
class Line:
    """One number of the table against one fit.

    Attributes
    ----------
    printed : Printed
    ours : Summary or Asymptotic
    sign : bool
        Both on the same side of no effect.
    size : bool
        Of maximum likelihood: within half a unit of the last printed digit. Of a posterior: the printed
        number lies in its interval.
    error : bool or None
        The standard error within half a unit of its last digit; None for a posterior, or if none is printed.
    significance : bool or None
        Both significant, or neither; for a posterior, whether its interval leaves out no effect. None
        where the table does not say.
    """

    printed: Printed
    ours: Judged
    sign: bool
    size: bool
    error: bool | None
    significance: bool | None

    @property
    def agrees(self) -> bool:
        """Whether nothing disagrees."""
        return self.sign and self.size and self.error is not False and self.significance is not False


@dataclass(frozen=True)
class PublishedCheck:
    """A table against one fit.

    Attributes
    ----------
    table : PublishedTable
    fit : str
    kind : {'posterior', 'mle'}
    n : int
        Units that the fit uses.
    lines : tuple of Line
    """

    table: PublishedTable
    fit: str
    kind: Literal["posterior", "mle"]
    n: int
    lines: tuple[Line, ...]

    @property
    def same_n(self) -> bool | None:
        """Whether the fit uses as many units as the table says; None where it does not say."""
        return None if self.table.n is None else self.n == self.table.n

    @property
    def agrees(self) -> bool:
        """Whether every line and the number of units agree."""
        return self.same_n is not False and all(line.agrees for line in self.lines)

    def to_list(self) -> list[dict[str, Any]]:
        """Return the lines as plain data."""
        return [
            {
                "table": self.table.name,
                "fit": self.fit,
                "kind": self.kind,
                "outcome": line.printed.outcome,
                "exposure": line.printed.exposure,
                "scale": line.printed.scale or self.table.scale,
                "printed": line.printed.estimate,
                "printed_error": line.printed.error,
                "printed_stars": line.printed.stars,
                **finite({"ours": line.ours.mean, "low": line.ours.low, "high": line.ours.high}),
                "sign": line.sign,
                "size": line.size,
                "error": line.error,
                "significance": line.significance,
            }
            for line in self.lines
        ]


def check_line(table: PublishedTable, printed: Printed, ours: Judged, *, null: float) -> Line:
    """Return one number of a table against ours.

    Parameters
    ----------
    table : PublishedTable
    printed : Printed
    ours : Summary or Asymptotic
    null : float
        What no effect is: 0, or 1 for a ratio.
    """
    frequentist = isinstance(ours, Asymptotic)
    near = half_unit(printed.estimate)
    # A hair's breadth more, as 0.125 may be printed as 0.12 or as 0.13.
    size = (
        abs(ours.mean - printed.value) <= near * (1.0 + 1e-9) if frequentist else ours.low <= printed.value <= ours.high
    )
    said = table.significant(printed)
    found = ours.p_value < table.level if isinstance(ours, Asymptotic) else not ours.low <= null <= ours.high
    error = None
    if isinstance(ours, Asymptotic) and printed.error:
        error = abs(ours.error - float(printed.error)) <= half_unit(printed.error) * (1.0 + 1e-9)
    rounds_to_nothing = abs(printed.value - null) <= near
    return Line(
        printed,
        ours,
        sign=bool(rounds_to_nothing or np.sign(ours.mean - null) == np.sign(printed.value - null)),
        size=bool(size),
        error=error,
        significance=None if said is None or not math.isfinite(ours.mean) else said == found,
    )


def lines_of(
    table: PublishedTable,
    posterior: xr.Dataset,
    design: Design,
    family: Family,
    *,
    dataset: xr.Dataset,
    codebook: Codebook,
    judge: Judge,
) -> tuple[Line, ...]:
    """Return every number of a table against what is computed from a posterior or from estimates in its form.

    Raises
    ------
    InputError
        For an outcome, exposure or scale that the model does not have, naming the nearest.
    """
    steps = {column.label: column.step for column in (*design.exposures, *design.controls)}
    found = []
    for printed in table.estimates:
        if printed.outcome not in design.services:
            raise unknown("outcome", printed.outcome, design.services)
        scale = printed.scale or table.scale
        index = {"tobit": "latent", "gaussian": "latent", "bernoulli": "log_odds"}[family.name]
        if scale in (index, ODDS_RATIO):
            if printed.exposure not in (*steps, *WHOLE):
                raise unknown("exposure", printed.exposure, [*steps, *WHOLE])
            ratio = scale == ODDS_RATIO
            values = _parameter(printed, posterior, design, steps)
            null = float(ratio)
            ours = judge(xr.apply_ufunc(np.exp, values) if ratio else values, null)[0][1]
        else:
            ours, null = _effect(printed, scale, posterior, design, family, dataset, codebook, judge), 0.0
        found.append(check_line(table, printed, ours, null=null))
    return tuple(found)


def _parameter(printed: Printed, posterior: xr.Dataset, design: Design, steps: dict[str, float]) -> xr.DataArray:
    """A coefficient per printed change, or the constant, or the residual sd, (chain, draw)."""
    here = posterior.sel(service=printed.outcome)
    if printed.exposure == "constant":
        return with_constant(posterior, design)["constant"].sel(service=printed.outcome, drop=True)
    if printed.exposure == "residual_sd":
        return here["residual_sd"].reset_coords(drop=True)
    dim = "exposure" if printed.exposure in [column.label for column in design.exposures] else "control"
    coefficient = here[f"{dim}_coef"].sel({dim: printed.exposure}).reset_coords(drop=True)
    return coefficient * (printed.per / steps[printed.exposure])


def _effect(
    printed: Printed,
    scale: str,
    posterior: xr.Dataset,
    design: Design,
    family: Family,
    dataset: xr.Dataset,
    codebook: Codebook,
    judge: Judge,
) -> Judged:
    """An average effect of the declared contrast."""
    chosen = choose((scale,), scales_of(family.name, design.limits), ratio=False)
    question = Question(chosen, exposures=(printed.exposure,))
    (table,) = effect_tables(
        posterior, design, family, dataset=dataset, codebook=codebook, question=question, judge=judge
    )
    (row,) = (row for row in table.rows if row.service == printed.outcome)
    if row.change is None:
        raise InputError([Problem(f"outcome {printed.outcome!r}", f"{row.units} units", "enough units to be shown")])
    return row.change
