"""The gate's checks as functions of its values, so that what is stored can be held against what it says of itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

Status = Literal["passed", "look", "failed"]

RHAT_MAX = 1.01
ESS_PER_CHAIN = 100
BFMI_MIN = 0.3
LOOK_RHAT_MAX = 1.1
"""Vehtari et al. (2021), https://doi.org/10.1214/20-BA1221, for the first two; Betancourt (2016) for
E-BFMI. A look (see `status_of`) must still meet the older bound of 1.1 on R-hat."""

LOOK_DRAWS_PER_CHAIN = 500
"""With fewer kept draws a chain, R-hat exceeds 1.01 by chance alone for some of many parameters."""

NOISE = ("rhat", "ess_bulk", "ess_tail")
"""Checks that too few draws fail by chance."""


def checks_of(values: Mapping[str, Any]) -> dict[str, bool]:
    """Return the checks that diagnostic values decide; true is good, and NaN never is.

    Parameters
    ----------
    values : dict
        As in `Diagnostics.values`; checks whose values are not there are left out.
    """
    need = values.get("ess_needed")
    good: dict[str, tuple[str, Callable[[Any], bool]]] = {
        "divergences": ("divergences", lambda value: value == 0),
        "max_depth": ("max_depth_reached", lambda value: value == 0),
        "rhat": ("rhat_max", lambda value: value <= RHAT_MAX),
        "ess_bulk": ("ess_bulk_min", lambda value: value >= need),
        "ess_tail": ("ess_tail_min", lambda value: value >= need),
        "bfmi": ("bfmi_min", lambda value: value >= BFMI_MIN),
    }
    known = [check for check, (key, _) in good.items() if key in values and (need is not None or "ess" not in check)]
    return {check: bool(good[check][1](values[good[check][0]])) for check in known}


def status_of(checks: Mapping[str, bool], values: Mapping[str, Any], draws_per_chain: int) -> Status:
    """Return `passed`, `look` or `failed`.

    A look has too few draws for the gate, by request; it may be read but not concluded from, and it too
    fails on divergences or on chains that disagree plainly.

    Parameters
    ----------
    values : dict
        Among them `rhat_max`.
    """
    if all(checks.values()):
        return "passed"
    few = draws_per_chain < LOOK_DRAWS_PER_CHAIN and values["rhat_max"] <= LOOK_RHAT_MAX
    return "look" if few and all(good for name, good in checks.items() if name not in NOISE) else "failed"
