"""Whether the sampler worked: what failed is called failed, and the same draws give the same figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from fits.effects.summary import NOTHING
from fits.fit_with_study import Evidence
from fits.gate import rhat_limit
from reports.document.blocks import Figure, Fold, Prose, Table
from reports.figures.chains import draw_ranks, draw_traces
from reports.report_inputs import ReportInputs, svg_of
from reports.sections import diagnostics
from reports.sections.parts.chains import worst_of
from tests.reports.sections._stored_fits import blocks_of, with_manifest

VALUES = {
    "divergences": 7,
    "max_depth_reached": 0,
    "rhat_max": 1.0834,
    "rhat_worst": "intercept[y]",
    "rhat_limit": 1.04834,
    "ess_bulk_min": 33.4,
    "ess_bulk_worst": "residual_sd[y]",
    "ess_tail_min": 512.0,
    "ess_tail_worst": "place_sd[y]",
    "ess_needed": 200,
    "bfmi_min": 0.81,
}
CHECKS = {"divergences": False, "max_depth": True, "rhat": False, "ess_bulk": False, "ess_tail": True, "bfmi": True}


@pytest.fixture
def _undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """No figures, which take a second."""
    monkeypatch.setattr(diagnostics, "chains", lambda evidence: [])


def table(blocks: list[Table], start: str) -> Table:
    (found,) = [one for one in blocks if one.name.startswith(start)]
    return found


@pytest.mark.usefixtures("_undrawn")
def test_a_failed_gate_is_shown_as_failed_check_by_check(joint: Evidence) -> None:
    failed = with_manifest(joint, status="failed", diagnostics=VALUES, checks=CHECKS)
    found = diagnostics.section(ReportInputs((failed,)))
    gate = table(blocks_of(found, Table), "diagnostics-gate")
    shown = [(gate.cell(row, "value").shown, row["passed"].shown, row["bound"]) for row in gate.rows]
    assert shown == [
        ("7", "FAILED", "0"),
        ("0", "passed", "0"),
        ("1.083", "FAILED", "at most 1.048"),
        ("33", "FAILED", "at least 200"),
        ("512", "passed", "at least 200"),
        ("0.81", "passed", "at least 0.3"),
    ]
    status = blocks_of(found, Prose)[0]
    assert status.tone == "warning"
    assert "FAILED the gate" in status.text
    assert "Divergences; R-hat, the largest; Effective draws, bulk, the fewest" in status.text


@pytest.mark.usefixtures("_undrawn")
@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ({"rhat_max": 1.0495}, ("1.050", "at most 1.048")),
        ({"rhat_max": 1.0484}, ("1.0484", "at most 1.0483")),
        ({"rhat_max": 1.0104, "rhat_limit": None}, ("1.0104", "at most 1.0100")),
    ],
)
def test_a_value_stands_beside_its_limit_in_digits_that_tell_them_apart(
    joint: Evidence, values: dict[str, Any], shown: tuple[str, str]
) -> None:
    """The last is of a fit that does not say its limit, and is held to the older one."""
    held = {key: value for key, value in {**VALUES, **values}.items() if value is not None}
    attempts = [{"settings": {}, "diagnostics": held, "checks": CHECKS}] * 2
    close = with_manifest(joint, status="failed", diagnostics=held, checks=CHECKS, attempts=attempts)
    blocks = blocks_of(diagnostics.section(ReportInputs((close,))), Table)
    (row,) = [row for row in table(blocks, "diagnostics-gate").rows if row["check"].startswith("R-hat")]
    assert (row["value"].shown, row["bound"]) == shown
    assert [row["rhat"].shown for row in table(blocks, "diagnostics-attempts").rows] == [shown[0]] * 2


@pytest.mark.usefixtures("_undrawn")
def test_pooled_runs_are_said_to_be_stored_together(joint: Evidence) -> None:
    tried = [{"settings": {"seed": seed}, "diagnostics": VALUES, "checks": CHECKS} for seed in (1, 2)]
    for pooled in (True, False):
        attempts = [{**one, **({"pooled": True} if pooled else {})} for one in tried]
        found = diagnostics.section(ReportInputs((with_manifest(joint, attempts=attempts),)))
        (said,) = [one.text for one in blocks_of(found, Prose) if "sampled 2 times" in one.text]
        assert said.endswith(" The chains of both are stored.") is pooled
        note = table(blocks_of(found, Table), "diagnostics-attempts").note
        assert "the chains of both are stored together" in note


@pytest.mark.usefixtures("_undrawn")
def test_a_fit_that_passed_does_not_say_failed(joint: Evidence) -> None:
    good = with_manifest(joint, checks=dict.fromkeys(CHECKS, True), diagnostics={**VALUES, "divergences": 0})
    found = diagnostics.section(ReportInputs((good,)))
    assert "FAILED" not in "".join(one.text for one in blocks_of(found, Prose))
    assert {row["passed"].shown for row in table(blocks_of(found, Table), "diagnostics-gate").rows} == {"passed"}


@pytest.mark.usefixtures("_undrawn")
def test_every_attempt_stands_with_its_settings_and_why_it_failed(joint: Evidence) -> None:
    first = {"settings": {"draws": 100, "tune": 50, "chains": 2, "seed": 1}, "diagnostics": VALUES, "checks": CHECKS}
    last = {"settings": {"draws": 200, "seed": 2}, "diagnostics": {}, "checks": dict.fromkeys(CHECKS, True)}
    found = diagnostics.section(ReportInputs((with_manifest(joint, attempts=[first, last]),)))
    attempts = table(blocks_of(found, Table), "diagnostics-attempts")
    assert [(row["attempt"], row["draws"], row["seed"]) for row in attempts.rows] == [(1, 100, 1), (2, 200, 2)]
    assert [row["failed"] for row in attempts.rows] == ["divergences, rhat, ess_bulk", "none"]
    assert attempts.rows[1]["rhat"].shown == "not recorded"
    assert any("sampled 2 times" in one.text for one in blocks_of(found, Prose))


@pytest.mark.usefixtures("_undrawn")
def test_effects_are_judged_by_themselves(joint: Evidence) -> None:
    found = diagnostics.section(ReportInputs((joint,)))
    effects = table(blocks_of(found, Table), "diagnostics-effects")
    assert len(effects.rows) == 2 * 3
    for row in effects.rows:  # 2 x 50 draws are short of 200 effective ones
        assert row["ess_bulk"].value < 200
        assert row["holds"] == "NO"
    assert any("of 6 average effects 0 meet" in one.text for one in blocks_of(found, Prose))


def test_what_is_no_number_holds_nothing() -> None:
    limit = rhat_limit(40, 2, 200.0)
    good = replace(NOTHING, rhat=limit, ess_bulk=200.0, ess_tail=200.0)
    assert diagnostics.holds(good, 200, limit)
    for change in ({"rhat": limit + 1e-6}, {"rhat": np.nan}, {"ess_bulk": 199.9}, {"ess_tail": np.nan}):
        assert not diagnostics.holds(replace(good, **change), 200, limit)


def test_the_worst_parameters_are_found_and_effects_of_levels_are_not_among_them() -> None:
    rng = np.random.default_rng(3)
    draws = rng.normal(size=(4, 100, 2))
    apart = draws[..., 0] + 3.0 * np.arange(4)[:, None]
    dims = ("chain", "draw")
    posterior = xr.Dataset(
        {
            "b": ((*dims, "service"), draws),
            "stuck": (dims, np.ones((4, 100))),
            "place_effect": ((*dims, "place"), np.stack([apart, apart], axis=-1)),
            "exposure_outlying": (dims, 2.0 * apart),
            "sd": (dims, apart),
        },
        coords={"service": ["y", "other"], "place": ["n", "s"]},
    )
    found, rhat = worst_of(posterior, 2)
    assert next(iter(rhat)) == "sd"
    assert rhat["sd"] > 1.5
    assert list(found.data_vars) == list(rhat)
    assert next(iter(reversed(rhat))) in {"b[y]", "b[other]"}
    assert found["sd"].dims == dims


@pytest.mark.parametrize("draw", [draw_ranks, draw_traces])
def test_the_same_draws_give_the_same_small_figure(draw: Any) -> None:
    values = np.random.default_rng(1).normal(size=(2, 400))
    draws = xr.Dataset({"b[y, other]": (("chain", "draw"), values)})
    first, second = (svg_of(draw, draws, title="Chains", stamp="SIMULATED DATA (x)") for _ in range(2))
    assert first == second
    assert "SIMULATED DATA (x)" in first
    assert len(first) < 60_000


def test_figures_are_folded_and_maximum_likelihood_has_none(
    joint: Evidence, mle: Evidence, small: dict[str, Any]
) -> None:
    found = diagnostics.section(ReportInputs((joint, mle)))
    assert len(blocks_of(found, Figure)) == 2
    assert not [block for block in found.blocks if isinstance(block, Figure)]
    assert [block for block in found.blocks if isinstance(block, Fold)]
    folder = str(Path(small["data"]).parent)
    assert not [one for one in blocks_of(found, Prose) if folder in one.text]
    assert any("maximum likelihood draws nothing" in one.text for one in blocks_of(found, Prose))
