"""A published table against fits of the same model: sign, size within rounding, significance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import xarray as xr

from data.disclosure import Count, part_of
from data.errors import InputError, Problem, unknown
from fits.effects.asymptotic import Asymptotic
from fits.effects.effect_table import Judge, Judged
from fits.effects.effects_of_fit import Question, effect_tables, with_judge
from fits.effects.summary import finite
from fits.reload import Reloaded
from models.posterior import with_constant
from models.predictors.slopes import coefficient
from models.scale import choose
from reports.published_tables.table import ODDS_RATIO, Printed, PublishedTable, as_number, half_unit

MCSE_DECIDES = 2.0
"""An interval's end nearer to no effect than so many of its Monte Carlo errors may be on either side of it."""


@dataclass(frozen=True)
class ComparedNumber:
    """One number of the table against one fit.

    Attributes
    ----------
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
    n : int
        Units that the fit uses of the table's outcomes.
    units : Count
        The same as it may be told.
    """

    table: PublishedTable
    fit: str
    kind: Literal["posterior", "mle"]
    n: int
    units: Count
    lines: tuple[ComparedNumber, ...]

    @property
    def same_n(self) -> bool | None:
        """Whether the fit uses as many units as the table says; None where it does not say."""
        return None if self.table.n is None else self.n == self.table.n

    @property
    def agrees(self) -> bool:
        """Whether every line and the number of units agree."""
        return self.same_n is not False and all(line.agrees for line in self.lines)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "fit": self.fit,
            "n": self.units.plain(),
            "same_n": self.same_n,
            "agrees": self.agrees,
            "lines": self.to_list(),
        }

    def to_list(self) -> list[dict[str, Any]]:
        """Return the lines as plain data."""
        return [
            {
                "table": self.table.name,
                "fit": self.fit,
                "kind": self.kind,
                "outcome": line.printed.outcome,
                "exposure": line.printed.exposure,
                "scale": self.table.scale_of(line.printed),
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


def check_of(table: PublishedTable, reloaded: Reloaded, *, errors: str) -> PublishedCheck:
    """Return a table against one fit.

    Parameters
    ----------
    errors : str
        Kind of standard errors of maximum likelihood.

    Raises
    ------
    InputError
        For a fit of another model or study, and for numbers of the table that the fit does not have.
    """
    fit, design = reloaded.fit, reloaded.design
    for what in ("model", "study"):
        ours, printed = getattr(fit.manifest.request, what), getattr(table, what)
        if ours != printed:
            got = f"a fit of the {what} {ours!r}"
            raise InputError([Problem(f"fit {fit.name!r}", got, f"the table's {what} {printed!r}")])
    with with_judge(reloaded, errors=errors) as (posterior, judge):
        lines = _lines_of(table, posterior.load(), reloaded, judge)
    told = [design.services.index(outcome) for outcome in {line.outcome for line in table.estimates}]
    # Units that answer an outcome of the table: a joint fit has others as well.
    n = len(np.unique(design.unit_of[np.isin(design.service_of, told)]))
    known = [int(units[:, told].any(axis=1).sum()) for units in (design.answered, design.asked)]
    return PublishedCheck(table, fit.name, fit.manifest.kind, n, part_of(n, *known, len(design.answered)), lines)


def check_line(table: PublishedTable, printed: Printed, ours: Judged, *, null: float) -> ComparedNumber:
    """Return one number of a table against ours.

    Parameters
    ----------
    null : float
        What no effect is: 0, or 1 for a ratio.
    """
    frequentist = isinstance(ours, Asymptotic)
    near = half_unit(printed.estimate)
    # A hair's breadth more, as 0.125 may be printed as 0.12 or as 0.13.
    size = (
        abs(ours.mean - printed.value) <= near * (1.0 + 1e-9) if frequentist else ours.low <= printed.value <= ours.high
    )
    said, found = table.significant(printed), _significant(ours, table.level, null)
    error = None
    if isinstance(ours, Asymptotic) and printed.error:
        error = abs(ours.error - as_number(printed.error)) <= half_unit(printed.error) * (1.0 + 1e-9)
    rounds_to_nothing = abs(printed.value - null) <= near
    return ComparedNumber(
        printed,
        ours,
        sign=bool(rounds_to_nothing or np.sign(ours.mean - null) == np.sign(printed.value - null)),
        size=bool(size),
        error=error,
        significance=None if said is None or found is None else said == found,
    )


def _significant(ours: Judged, level: float, null: float) -> bool | None:
    """Whether no effect is ruled out; None where there is no estimate, or Monte Carlo error decides."""
    if not math.isfinite(ours.mean):
        return None
    if isinstance(ours, Asymptotic):
        return ours.p_value < level
    ends = ((ours.low, ours.mcse_low), (ours.high, ours.mcse_high))
    unsure = any(abs(end - null) < MCSE_DECIDES * error for end, error in ends)
    return None if unsure else not ours.low <= null <= ours.high


def _lines_of(
    table: PublishedTable, posterior: xr.Dataset, reloaded: Reloaded, judge: Judge
) -> tuple[ComparedNumber, ...]:
    """Every number of the table against what is computed from a posterior or from estimates in its form."""
    design, family = reloaded.design, reloaded.family
    steps = {column.label: column.step for column in (*design.exposures, *design.controls)}
    known = [*steps, "constant", *(one.name for one in family.others if not one.dim)]
    index = next(scale.name for scale in family.scales if scale.kind == "index")
    found = []
    for printed in table.estimates:
        if printed.outcome not in design.services:
            raise unknown("outcome", printed.outcome, design.services)
        scale = table.scale_of(printed)
        ratio = scale == ODDS_RATIO and index == "log_odds"
        if scale == index or ratio:
            if printed.exposure not in known:
                raise unknown("exposure", printed.exposure, known)
            values = _parameter(printed, posterior, reloaded, steps)
            ours = judge(xr.apply_ufunc(np.exp, values) if ratio else values, float(ratio))[0][1]
        else:
            ours = _effect(printed, scale, posterior, reloaded, judge)
        found.append(check_line(table, printed, ours, null=float(ratio)))
    return tuple(found)


def _parameter(printed: Printed, posterior: xr.Dataset, reloaded: Reloaded, steps: dict[str, float]) -> xr.DataArray:
    """A coefficient per printed change, or the constant, or the residual sd, (chain, draw)."""
    design, here = reloaded.design, posterior.sel(service=printed.outcome)
    if printed.exposure == "constant":
        return with_constant(posterior, design)["constant"].sel(service=printed.outcome, drop=True)
    if printed.exposure not in steps:
        return here[printed.exposure].reset_coords(drop=True)
    dim = "exposure" if printed.exposure in here["exposure"].to_numpy() else "control"
    values = coefficient(here, dim, printed.exposure) * (printed.per / steps[printed.exposure])
    return xr.DataArray(values, dims=("chain", "draw"))


def _effect(printed: Printed, scale: str, posterior: xr.Dataset, reloaded: Reloaded, judge: Judge) -> Judged:
    """An average effect of the declared contrast."""
    design, family = reloaded.design, reloaded.family
    if printed.exposure in ("constant", *(one.name for one in family.others)):
        raise unknown("exposure", printed.exposure, [column.label for column in design.exposures])
    if printed.per != 1.0:
        got = f"per = {printed.per:g} on the scale {scale!r}"
        raise InputError([Problem(f"estimate of {printed.exposure!r}", got, "no `per`: the study's contrast is used")])
    chosen = choose((scale,), family.scales_within(design.limits), ratio=False)
    question = Question(chosen, exposures=(printed.exposure,))
    (table,) = effect_tables(
        posterior,
        design,
        family,
        dataset=reloaded.dataset,
        codebook=reloaded.codebook,
        question=question,
        judge=judge,
    )
    (row,) = (row for row in table.rows if row.service == printed.outcome)
    if row.change is None:
        raise InputError([Problem(f"outcome {printed.outcome!r}", f"{row.units} units", "enough units to be shown")])
    return row.change
