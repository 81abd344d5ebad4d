"""What was found of a fit that was checked, and what it comes to: checks, each with a value, a limit and a sentence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from fits.checks.calibration import Calibration
from fits.checks.check import Check, Test, judge
from fits.checks.interior import interior_test
from fits.checks.left_out import LeftOut, left_out_test
from fits.checks.left_out import plain as plain_levels
from fits.checks.loo import Loo
from fits.checks.pit import pit_test
from fits.checks.prior import prior_test
from fits.checks.rates import Rates
from fits.checks.replicates import Replicates
from fits.reload import Reloaded
from fits.storage.fit import Fit
from models.sizes import Sizes


@dataclass(frozen=True)
class CheckOptions:
    """What is checked of a fit, and how.

    Attributes
    ----------
    leave_out : str
        The group whose levels are predicted unseen; '' for none.
    folds : int or None
        Leave several of its levels out at once, in so many refits; None for one level each.
    refits : int
        Exact refits where importance sampling fails, if so many are enough for all answers.
    seed : int
        The same seed checks the same.
    """

    leave_out: str = ""
    folds: int | None = None
    refits: int = 20
    seed: int = 2017


@dataclass(frozen=True)
class Found:
    """All that was found of one fit.

    Attributes
    ----------
    limits : (lower, upper)
        The outcome's own.
    rates : list of Rates
        Of the posterior, by every split.
    prior : list of Rates
        Of the prior, by service.
    calibration : Calibration or None
        Of an outcome that is yes or no.
    levels : list of LeftOut
        Predicted unseen, where that was asked.
    refits, failed : int
        How many refits were made, and how many of them failed their own diagnostics.
    """

    given: Reloaded
    options: CheckOptions
    limits: tuple[float, float]
    replications: int
    replicates: Replicates
    rates: list[Rates]
    prior: list[Rates]
    loo: Loo
    calibration: Calibration | None
    levels: list[LeftOut]
    refits: int
    failed: int

    @property
    def fit(self) -> Fit:
        """The fit that was checked."""
        return self.given.fit

    @property
    def sizes(self) -> Sizes:
        """How many units and answers there are, as they may be told."""
        return Sizes.of(self.given.design)

    @cached_property
    def checks(self) -> list[Check]:
        """Every check: the gate of the sampler, the tests, leave-one-out's own, and the refits' diagnostics."""
        return [_sampler(self.fit), *judge(_tests(self)), self.loo.check(), *_refits(self)]

    @property
    def predictive(self) -> dict[str, bool]:
        """Whether each check passed, by name, as a manifest counts them."""
        return {check.name: check.passed for check in self.checks}

    @property
    def checked(self) -> Fit:
        """The fit as these checks say it is, whatever earlier ones found."""
        return replace(self.fit, manifest=replace(self.fit.manifest, predictive=self.predictive))

    @property
    def passed(self) -> bool:
        """Whether every check did."""
        return all(check.passed for check in self.checks)


def _tests(found: Found) -> list[Test]:
    """The tests among the checks, which share one limit."""
    tests = [one.test for one in found.rates]
    if found.replicates.interior is not None:
        tests.append(interior_test(found.replicates.interior, found.given.design.services))
    if found.calibration is not None:
        tests.append(found.calibration.test())
    else:
        tests.append(pit_test(found.loo.pit, "loo_pit", "Each answer among predictions without it (LOO-PIT)"))
    tests += prior_test(found.prior)
    if found.levels:
        tests.append(left_out_test(found.levels, found.options.leave_out))
    return tests


def _sampler(fit: Fit) -> Check:
    """The gate of the sampler, without which nothing else means much."""
    failed = [name for name, good in fit.manifest.checks.items() if not good]
    why = "too few draws, by request" if fit.manifest.status == "look" else "no other check means much"
    words = f"fails on {', '.join(failed)}: {why}" if failed else "every diagnostic holds"
    return Check("sampler", len(failed), 0, "at_most", not failed, f"Sampler: {words}.")


def _refits(found: Found) -> list[Check]:
    if not found.refits:
        return []
    words = f"{found.failed} of {found.refits} failed their own diagnostics"
    return [Check("refits", found.failed, 0, "at_most", not found.failed, f"Refits: {words}.")]


def plain(found: Found) -> dict[str, Any]:
    """Return checks and what they rest on as plain data, for JSON."""
    fit = found.fit
    return {
        "fit": fit.name,
        "simulated": fit.manifest.simulated,
        "stamp": fit.manifest.stamp,
        "status": fit.manifest.status,
        "request_sha256": fit.manifest.request.sha256,
        "replications": found.replications,
        "passed": found.passed,
        "checks": [check.plain() for check in found.checks],
        "loo": {
            "elpd": found.loo.total,
            "se": found.loo.error,
            "effective_parameters": found.loo.effective,
            "answers": found.sizes.cells.plain(),
            "khat_max": float(found.loo.khat.max()),
            "khat_too_high": int(found.loo.bad.size),
            "refitted": int(found.loo.refitted.sum()),
        },
        "left_out": plain_levels(found.levels, found.sizes),
    }
