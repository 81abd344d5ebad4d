"""A fit whose chains are those of two runs, beside one of a single run."""

from __future__ import annotations

from typing import Any

import pytest

from fits.fit_with_study import Evidence
from reports.comparison.fit_status import Standing
from reports.comparison.provenance_diff import differing
from reports.terminal.posterior import print_fit
from tests.reports.sections._stored_fits import with_manifest

CLOSE = {
    "divergences": 0,
    "rhat_max": 1.0484,
    "rhat_worst": "intercept[y]",
    "rhat_limit": 1.04834,
    "ess_bulk_min": 399.7,
    "ess_bulk_worst": "residual_sd[y]",
    "ess_tail_min": 512.0,
    "ess_needed": 400,
    "bfmi_min": 0.2996,
}
"""Values that miss their limits by less than their usual digits show."""

CHECKS = {"divergences": True, "max_depth": True, "rhat": False, "ess_bulk": False, "ess_tail": True, "bfmi": False}


def pooled(joint: Evidence, **changes: Any) -> Evidence:
    """The fit as if a second run had been pooled with the first."""
    settings = joint.manifest.request.settings
    attempts = [{"settings": {**settings, "seed": seed}, "pooled": True} for seed in (2017, 2018)]
    return with_manifest(joint, attempts=attempts, **changes)


def test_what_differs_from_a_single_run_is_said(joint: Evidence) -> None:
    apart, _ = differing({"one": joint, "two": pooled(joint)})
    (sampler,) = [one for one in apart if one.name == "sampler"]
    assert sampler.values["two"] == f"{sampler.values['one']}, pooled with a second run"


def test_a_comparison_shows_digits_that_tell_values_from_their_limits(joint: Evidence) -> None:
    shown = Standing.of(pooled(joint, diagnostics=CLOSE)).sampler
    assert shown == {
        "divergences": "0",
        "R-hat at most": "1.0484",
        "bulk ESS at least": "399.7",
        "tail ESS at least": "512",
        "E-BFMI at least": "0.2996",
    }


def test_the_terminal_says_that_runs_are_pooled_and_which_limit_is_missed(
    joint: Evidence, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "1000")
    print_fit(pooled(joint, status="failed", diagnostics=CLOSE, checks=CHECKS).fit)
    out = " ".join(capsys.readouterr().out.split())
    assert (
        "Diagnostics FAILED: 0 divergences, R-hat at most 1.0484 (its limit is 1.0483), bulk ESS at least 399.7, "
        "tail ESS at least 512, E-BFMI at least 0.2996 (two runs, pooled)"
    ) in out
    passed = dict.fromkeys(CHECKS, True)
    print_fit(pooled(joint, diagnostics={**CLOSE, "rhat_max": 1.02}, checks=passed).fit)
    assert "R-hat at most 1.020, bulk" in " ".join(capsys.readouterr().out.split())
