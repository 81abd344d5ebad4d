"""The gate's checks as functions of its values, so that what is stored can be held against what it says of itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Literal

from scipy.special import chdtri

from fits.number_format import told_apart

Status = Literal["passed", "look", "failed"]

ESS_PER_CHAIN = 100
BFMI_MIN = 0.3
LOOK_RHAT_MAX = 1.1
"""Vehtari et al. (2021), https://doi.org/10.1214/20-BA1221, for the first; Betancourt (2016) for E-BFMI. A look (see
`status_of`) must still meet the older bound of 1.1 on R-hat."""

RHAT_MOST = 1.05
"""Largest limit of R-hat, however many parameters there are; runs are pooled only below it, too."""

FALSE_ALARM = 0.01
"""Probability with which the limit of R-hat fails a good fit that has just the effective draws that are needed."""

RHAT_BEFORE = 1.01
"""Limit of R-hat for fits that do not say which one they were held to."""

LOOK_DRAWS_PER_CHAIN = 500
"""With fewer kept draws a chain, effective draws are too few by chance alone for some of many parameters."""

NOISE = ("rhat", "ess_bulk", "ess_tail")
"""Checks that too few draws fail by chance."""


def rhat_limit(parameters: int, chains: int, ess: float) -> float:
    r"""Return the R-hat that the largest of many exceeds in one of a hundred good fits with no more draws than needed.

    R-hat compares :math:`m` half-chains. If all of them have the same distribution and :math:`S` effective draws
    together, the variance of their means is :math:`\sigma^2 m / S` times a :math:`\chi^2_{m-1} / (m-1)`, so that

    .. math::

        \hat R^2 \approx 1 + \frac{m}{S} \frac{\chi^2_{m-1}}{m - 1}.

    Of each of :math:`K` parameters there are two, of ranks and of folded ranks; the limit is the
    :math:`1 - .01 / (2K)` quantile. With 4 chains and the 400 effective draws that are needed it is 1.029 for one
    parameter, 1.041 for 40 and 1.048 for 400. It is never above `RHAT_MOST`: of good fits of 400 parameters with 2
    chains, or with the 8 of two runs, 46 or 27 of 100 exceed that if no more draws are effective than needed, and 2 or
    none if half as many again are; of 16, where a second run has three times the chains, by this formula all and 70,
    and none if twice as many are. The limit of 1.01 in Vehtari et al. (2021), https://doi.org/10.1214/20-BA1221, is
    met by 63 of 100 good fits of one parameter with 400 effective draws. It need not be that low here, as chains that
    disagree lose effective draws, which are required too: of four otherwise independent chains of 1,000 draws some 120
    are effective at an R-hat of 1.03, and 60 at 1.05.

    Parameters
    ----------
    parameters : int
        How many are looked at.
    chains : int
    ess : float
        Effective draws that are needed.
    """
    halves = 2 * chains
    rare = chdtri(halves - 1, FALSE_ALARM / (2.0 * max(parameters, 1)))
    return min(math.sqrt(1.0 + halves / ess * float(rare) / (halves - 1)), RHAT_MOST)


def limit_of(values: Mapping[str, Any]) -> float:
    """Return the limit of R-hat that a fit was held to, which no stored value can raise above the largest."""
    limit = float(values.get("rhat_limit", RHAT_BEFORE))
    return RHAT_MOST if limit > RHAT_MOST else limit


SHOWN = {"divergences": 0, "rhat_max": 3, "ess_bulk_min": 0, "ess_tail_min": 0, "bfmi_min": 2}
"""Decimals of diagnostic values, unless more are needed to tell them from their limits."""


def shown_values(values: Mapping[str, Any]) -> dict[str, str]:
    """Return diagnostic values as they are printed, by key."""
    need = values.get("ess_needed", math.nan)
    limits = {"divergences": 0.0, "rhat_max": limit_of(values), "bfmi_min": BFMI_MIN}
    return {
        key: told_apart(float(values[key]), limits.get(key, need), places)
        for key, places in SHOWN.items()
        if key in values
    }


def shown_limit(values: Mapping[str, Any]) -> str:
    """Return the limit of R-hat as it is printed, with the decimals that tell it from the value beside it."""
    return told_apart(limit_of(values), float(values.get("rhat_max", math.nan)), SHOWN["rhat_max"])


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
        "rhat": ("rhat_max", lambda value: value <= limit_of(values)),
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
