"""The outcome's limits and range, from the model or the codebook."""

from __future__ import annotations

import numpy as np

from data.codebook import Codebook
from data.errors import Problem
from data.numbers import number_text
from models.family import Family
from models.spec import StudyModel


def outcome_limits(reading: StudyModel, codebook: Codebook) -> tuple[float, float]:
    """Return the outcome's own limits, whether or not a family uses them; infinite where there is none."""
    declared = {codebook.variables[name].limits for name in reading.outcomes} - {None}
    return reading.spec.limits or next(iter(declared), None) or (-np.inf, np.inf)


def range_of(
    reading: StudyModel, codebook: Codebook, family: Family, problems: list[Problem]
) -> tuple[tuple[float, float], float, float]:
    """Return the limits that a family uses, and the lowest value and the width of the outcome's range.

    Parameters
    ----------
    problems : list of Problem
        Faults found are appended.
    """
    if family.binary:
        return (-np.inf, np.inf), 0.0, 1.0
    declared = {codebook.variables[name].limits for name in reading.outcomes}
    own = reading.spec.limits
    if len(declared | ({own} if own else set()) - {None}) > 1 and (own or len(declared) > 1):
        known = sorted({pair for pair in declared | {own} if pair})
        if len(known) > 1:
            problems.append(
                Problem(f"model {reading.spec.name!r}", f"limits {known}", "one pair of limits for all outcomes")
            )
    limits = outcome_limits(reading, codebook)
    ranges = [pair for name in reading.outcomes if (pair := codebook.variables[name].range)]
    low = limits[0] if np.isfinite(limits[0]) else min((pair[0] for pair in ranges), default=np.nan)
    high = limits[1] if np.isfinite(limits[1]) else max((pair[1] for pair in ranges), default=np.nan)
    if not np.isfinite([low, high]).all():
        problems.append(
            Problem(
                f"outcome {', '.join(reading.outcomes)}",
                "neither two limits nor a range",
                "a `range` in the codebook: priors are written in hundredths of it",
            )
        )
    if family.both_limits and not np.isfinite(limits).all():
        got = f"limits {number_text(limits[0])} and {number_text(limits[1])}"
        step = "Give `limits` in the codebook or in the model, or ask for another family"
        problems.append(Problem(f"family {family.name!r}", got, "two finite limits of the outcome", step))
    return limits if family.support == "limited" else (-np.inf, np.inf), low, high - low
