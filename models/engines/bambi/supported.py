"""What Bambi can state of our models; it takes seconds to import, and this does not import it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from data.errors import InputError, Problem
from models.design import Design
from models.family import Family
from models.predictors.predictor import components_of

FAMILIES = ("bernoulli", "gaussian")
"""Ours that mean the same in Bambi, under the same names."""

ASKED = "--engine bambi"


def require_supported(design: Design, family: Family, data: Mapping[str, Any]) -> None:
    """Raise an error for a model that Bambi cannot state.

    Parameters
    ----------
    data : mapping
        From `inputs`; its weights and masks must be 1.

    Raises
    ------
    InputError
        Every reason at once.
    """
    problems = _problems(design, family)
    changed = [
        name
        for name, values in data.items()
        if (name == "weight" or name.endswith("_mask")) and not np.all(np.asarray(values) == 1.0)
    ]
    if changed:
        got = f"{', '.join(changed)} other than 1"
        problems += [Problem(ASKED, got, "every row and term to count in full", "Ask for --engine graph")]
    if problems:
        raise InputError(problems)


def remark(design: Design) -> str:
    """Return what Bambi states otherwise than the other engines, in one sentence; '' if nothing."""
    names = [name for name, group in design.groups.items() if group.exhaustive]
    if not names:
        return ""
    return (
        f"Bambi cannot make the effects of a group sum to zero, so {' and '.join(names)} is a control here, in "
        "contrasts that sum to zero; their prior has the same variance as in the other engines, and no sd is estimated."
    )


def _problems(design: Design, family: Family) -> list[Problem]:
    problems = []
    if family.name not in FAMILIES:
        step = "Ask for --family gaussian, or for a second opinion on the limits too: --engine pymc"
        got = f"the family {family.name!r}, of which Bambi has no likelihood with two limits"
        if family.binary:
            got, step = f"the family {family.name!r}", "Ask for --engine pymc"
        problems.append(Problem(ASKED, got, " or ".join(FAMILIES), step))
    stated = {"exposure", "control", "intercept", "unit", *design.groups}
    others = [part.name for part in components_of(design) if part.name not in stated]
    if others:
        step = "Ask for --engine pymc"
        problems.append(Problem(ASKED, f"{' and '.join(others)} in the linear predictor", "no such component", step))
    if design.several:
        step = f"Add --service NAME, such as --service {design.services[0]}"
        problems.append(Problem(ASKED, f"{len(design.services)} services together", "one service", step))
    return problems
