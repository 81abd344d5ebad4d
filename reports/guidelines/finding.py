"""The finding on one item of a guideline, and its count over fits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from fits.fit_with_study import Evidence
from reports.report_inputs import ReportInputs

Status = Literal["met", "partly", "missing", "for the reader", "does not apply"]


@dataclass(frozen=True)
class Finding:
    """The finding on one item.

    Attributes
    ----------
    sentence : str
        The evidence in the run.
    to : str
        The section that shows it.
    commands : tuple of str
        Commands that supply missing evidence.
    """

    status: Status
    sentence: str
    to: str
    commands: tuple[str, ...] = ()


def posteriors(inputs: ReportInputs) -> tuple[Evidence, ...]:
    """Return the fits that are posteriors."""
    return tuple(one for one in inputs.fits if one.manifest.kind == "posterior")


def counted(
    inputs: ReportInputs,
    good: Callable[[Evidence], bool],
    said: str,
    to: str,
    *,
    supply: Callable[[Evidence], str] | None = None,
) -> Finding:
    """Return met if it holds for every posterior and partly if for some, with the names of the others."""
    fits = posteriors(inputs)
    if not fits:
        return Finding("does not apply", "No posterior is in this report.", to)
    lacking = [one for one in fits if not good(one)]
    status: Status = "met" if not lacking else "partly" if len(lacking) < len(fits) else "missing"
    names = f" (not {', '.join(one.name for one in lacking)})" if lacking else ""
    sentence = f"{said}: {len(fits) - len(lacking)} of {len(fits)} fits{names}."
    return Finding(status, sentence, to, tuple(supply(one) for one in lacking) if supply else ())
