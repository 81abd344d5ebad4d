"""The gate: each fault flips its own check, and nothing that was not measured passes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

from fits.diagnostics import Diagnostics
from fits.gate import ESS_PER_CHAIN, LOOK_DRAWS_PER_CHAIN, rhat_limit
from tests.fits._fakes import tree

CHAINS, DRAWS = 4, 1000
TIME = np.arange(DRAWS)
NOISE = np.random.default_rng(77).normal(size=(CHAINS, DRAWS))
SIGN = np.where(np.random.default_rng(78).random((CHAINS, DRAWS)) < 0.5, -1.0, 1.0)
SHARE = np.random.default_rng(79).random((CHAINS, DRAWS))

Alter = Callable[[xr.DataTree], None]


def good() -> xr.DataTree:
    return tree(chains=CHAINS, draws=DRAWS)


def put(values: np.ndarray, name: str = "exposure_coef", exposure: int = 1, service: int = 1) -> Alter:
    """Replace one scalar of `exposure_coef`."""

    def alter(draws: xr.DataTree) -> None:
        draws["posterior"][name].to_numpy()[:, :, exposure, service] = values

    return alter


def stat(name: str, place: tuple[int, int]) -> Alter:
    def alter(draws: xr.DataTree) -> None:
        draws["sample_stats"][name].to_numpy()[place] = True

    return alter


def random_walk_energy(draws: xr.DataTree) -> None:
    """Each step small beside the whole range."""
    draws["sample_stats"]["energy"].to_numpy()[:] = 0.1 * NOISE.cumsum(axis=1) + 0.05 * NOISE


def different_middles() -> np.ndarray:
    """Same median, same tails; half the chains keep within .5 of the median, half keep out of it."""
    inner = np.where(np.arange(CHAINS)[:, None] % 2, 0.5 * SHARE, 0.5 + 0.5 * SHARE)
    return SIGN * np.where(np.abs(NOISE) > 1.28, 1.0 + np.abs(NOISE), inner)


def slow_middle() -> np.ndarray:
    """A slow wave, whole in each half of a chain, so that means agree; tails independent of it."""
    wave = np.sin(2.0 * np.pi * TIME / 250) + 0.01 * NOISE
    return np.where(SHARE < 0.15, SIGN * (2.0 + np.abs(NOISE)), wave)


def slow_tails() -> np.ndarray:
    """Independent draws, except that they are large in bursts, mostly above and then mostly below."""
    burst = np.where(TIME % 500 < 50, 1.0, 0.0) - np.where((TIME - 250) % 500 < 50, 1.0, 0.0)
    agree = np.where(SHARE < 0.65, 1.0, -1.0)
    return np.where(burst != 0, 20.0 * burst * agree, SIGN) * (1.0 + np.abs(NOISE))


FAULTS: dict[str, tuple[str, Alter]] = {
    "one divergence": ("divergences", stat("diverging", (2, 17))),
    "one full tree": ("max_depth", stat("maxdepth_reached", (0, 999))),
    "chains that disagree": ("rhat", put(different_middles())),
    "autocorrelated": ("ess_bulk", put(slow_middle())),
    "autocorrelated tails": ("ess_tail", put(slow_tails())),
    "energy that hardly moves": ("bfmi", random_walk_energy),
}


def diagnosed(alter: Alter | None = None, draws: xr.DataTree | None = None) -> Diagnostics:
    draws = good() if draws is None else draws
    if alter:
        alter(draws)
    return Diagnostics.of(draws)


def failed(found: Diagnostics) -> list[str]:
    return [check for check, fine in found.checks.items() if not fine]


def test_good_draws_pass() -> None:
    found = diagnosed()
    assert failed(found) == []
    assert found.passed
    assert found.status == "passed"
    assert found.values["divergences"] == found.values["max_depth_reached"] == 0
    assert found.values["parameters"] == 3 + 2 * 3 + 1
    assert found.values["rhat_limit"] == rhat_limit(10, CHAINS, ESS_PER_CHAIN * CHAINS)
    assert found.values["rhat_max"] < 1.005
    # Independent draws: about as many effective draws as draws.
    assert 0.7 * CHAINS * DRAWS < found.values["ess_bulk_min"] < 1.3 * CHAINS * DRAWS
    assert found.values["ess_needed"] == ESS_PER_CHAIN * CHAINS
    assert found.values["bfmi_min"] == pytest.approx(2.0, abs=0.2)  # independent energies


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_flips_its_own_check_and_no_other(fault: str) -> None:
    check, alter = FAULTS[fault]
    found = diagnosed(alter)
    assert failed(found) == [check]
    assert not found.passed
    assert found.status == "failed"


def test_faults_are_counted() -> None:
    draws = good()
    draws["sample_stats"]["diverging"].to_numpy()[:, :3] = True
    draws["sample_stats"]["maxdepth_reached"].to_numpy()[0, :5] = True
    found = Diagnostics.of(draws)
    assert (found.values["divergences"], found.values["max_depth_reached"]) == (12, 5)
    assert found.line.startswith("12 divergences, R-hat max 1.0")


@pytest.mark.parametrize("name", ["reached_max_treedepth", "maxdepth_reached"])
def test_a_full_tree_is_seen_under_both_samplers_names(name: str) -> None:
    draws = tree(chains=CHAINS, draws=DRAWS, depth=name)
    assert failed(Diagnostics.of(draws)) == []
    found = diagnosed(stat(name, (1, 1)), draws)
    assert failed(found) == ["max_depth"]
    assert found.values["max_depth_reached"] == 1


def test_a_sampler_that_records_no_depth_does_not_pass_the_check_of_depth() -> None:
    draws = tree(chains=CHAINS, draws=DRAWS, depth="depth_by_another_name")
    assert failed(Diagnostics.of(draws)) == ["max_depth"]


BROKEN = {
    "constant": np.full((CHAINS, DRAWS), 3.0),
    "each chain stuck elsewhere": np.repeat(np.arange(4.0)[:, None], DRAWS, axis=1),
    "one NaN": np.where((np.arange(CHAINS)[:, None] == 1) & (TIME == 500), np.nan, NOISE),
    "one infinity": np.where((np.arange(CHAINS)[:, None] == 1) & (TIME == 500), np.inf, NOISE),
    "only NaN": np.full((CHAINS, DRAWS), np.nan),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_parameter_without_a_diagnostic_fails_and_is_named(what: str) -> None:
    found = diagnosed(put(BROKEN[what]))
    assert not found.checks["rhat"]
    assert found.status == "failed"
    assert found.values["rhat_worst"] == "exposure_coef[lived_experience_share, transportation]"


def test_energy_that_never_moves_fails() -> None:
    draws = good()
    draws["sample_stats"]["energy"].to_numpy()[2] = 100.0
    assert failed(Diagnostics.of(draws)) == ["bfmi"]


def test_one_chain_cannot_agree_with_itself() -> None:
    assert failed(Diagnostics.of(tree(chains=1, draws=DRAWS))) == ["rhat"]


def test_the_worst_parameter_is_named_with_its_labels() -> None:
    draws = good()
    put(different_middles(), exposure=0, service=1)(draws)
    put(slow_middle(), exposure=1, service=0)(draws)
    found = Diagnostics.of(draws)
    assert found.values["rhat_worst"] == "exposure_coef[peer_influence, transportation]"
    assert found.values["ess_bulk_worst"] == "exposure_coef[lived_experience_share, condoms]"
    assert found.values["rhat_worst"] in found.line
    assert found.values["ess_bulk_worst"] in found.line


def test_the_worst_parameter_is_named_without_labels_or_without_coordinates() -> None:
    draws = good()
    draws["posterior"]["unit_sd"].to_numpy()[:] = different_middles()
    assert Diagnostics.of(draws).values["rhat_worst"] == "unit_sd"
    bare = good()
    put(different_middles(), exposure=1, service=0)(bare)
    bare["posterior"] = xr.DataTree(bare["posterior"].to_dataset().drop_vars(["exposure", "service"]))
    assert Diagnostics.of(bare).values["rhat_worst"] == "exposure_coef[1, 0]"


def test_effects_of_single_groups_are_left_out_of_the_gate_only_when_asked() -> None:
    draws = good()
    effect = np.stack([different_middles(), slow_middle()], axis=-1)
    draws["posterior"]["state_effect"] = xr.DataArray(effect, dims=("chain", "draw", "state"))
    assert failed(Diagnostics.of(draws, exclude=("state_effect",))) == []
    assert failed(Diagnostics.of(draws)) == ["rhat", "ess_bulk"]


FEW = LOOK_DRAWS_PER_CHAIN - 1
LOW = {"ess_bulk": False, "ess_tail": False}
SLOW = {**LOW, "rhat": False}


@pytest.mark.parametrize(
    ("draws", "rhat", "faults", "status"),
    [
        (DRAWS, 1.0, {}, "passed"),
        (FEW, 1.0, {}, "passed"),
        (FEW, 1.05, SLOW, "look"),
        (FEW, 1.1, SLOW, "look"),
        (FEW, 1.0, LOW, "look"),
        (FEW, 1.11, SLOW, "failed"),
        (FEW, float("nan"), {"rhat": False}, "failed"),
        (FEW, float("inf"), {"rhat": False}, "failed"),
        (FEW, 1.05, {**SLOW, "divergences": False}, "failed"),
        (FEW, 1.0, {"divergences": False}, "failed"),
        (FEW, 1.0, {"max_depth": False}, "failed"),
        (FEW, 1.0, {"bfmi": False}, "failed"),
        (LOOK_DRAWS_PER_CHAIN, 1.05, SLOW, "failed"),
        (LOOK_DRAWS_PER_CHAIN, 1.0, LOW, "failed"),
    ],
)
def test_a_look_has_few_draws_and_no_other_fault(draws: int, rhat: float, faults: dict[str, bool], status: str) -> None:
    checks = dict.fromkeys(("divergences", "max_depth", "rhat", "ess_bulk", "ess_tail", "bfmi"), True) | faults
    assert Diagnostics({"rhat_max": rhat}, checks, draws).status == status


def test_a_short_run_of_good_draws_is_a_look() -> None:
    found = Diagnostics.of(tree(chains=2, draws=60))
    assert not found.passed
    assert found.status == "look"


def test_looking_does_not_change_the_draws() -> None:
    draws = good()
    draws["posterior"]["unit_sd"].to_numpy()[0, 0] = np.inf
    before = draws.copy(deep=True)
    Diagnostics.of(draws, exclude=("intercept",))
    assert draws.identical(before)
