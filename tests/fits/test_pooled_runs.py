"""Which second run is made, and what of the two is stored, on runs made up: no sampler decides what they lack."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import xarray as xr

from fits import sample as sampling
from fits.gate import ESS_PER_CHAIN, RHAT_MOST, rhat_limit
from fits.listen import Silent
from fits.sample import Sampled
from models.engines.settings import Settings
from tests.fits._fakes import autocorrelated, tree

CHAINS, DRAWS = 4, 1000
NEEDED = CHAINS * ESS_PER_CHAIN
SETTINGS = Settings(draws=DRAWS, chains=CHAINS, seed=7)

Alter = Callable[[xr.DataTree], None]


@dataclass
class Scripted:
    """A sampler that gives these runs, one after the other."""

    runs: list[xr.DataTree]
    density: str = "made up"
    asked: list[Settings] = field(default_factory=list)

    def run(self, settings: Settings, listen: Any) -> xr.DataTree:
        self.asked.append(settings)
        return self.runs[len(self.asked) - 1]


@dataclass
class Heard(Silent):
    """A listener that remembers what it is told."""

    said: list[str] = field(default_factory=list)

    def say(self, sentence: str) -> None:
        self.said.append(sentence)


def run_of(seed: int, *alter: Alter) -> xr.DataTree:
    """A run that passes, but for what is done to it."""
    made = tree(seed, chains=CHAINS, draws=DRAWS)
    for one in alter:
        one(made)
    return made


def slow(made: xr.DataTree) -> None:
    """Fewer effective draws of one parameter than are needed, of the same distribution."""
    made["posterior"]["intercept"].to_numpy()[..., 0] = 50.0 + 2.0 * autocorrelated(0.7 * NEEDED, (CHAINS, DRAWS), 11)


def straying(made: xr.DataTree) -> None:
    """R-hat above the limit of ten parameters and below that of any fit."""
    made["posterior"]["intercept"].to_numpy()[..., 0] += 0.52 * (np.arange(CHAINS)[:, None] - 1.5)


def apart(made: xr.DataTree) -> None:
    """Chains of which one is elsewhere."""
    made["posterior"]["intercept"].to_numpy()[0] += 4.0


def diverging(made: xr.DataTree) -> None:
    made["sample_stats"]["diverging"].to_numpy()[1, 5] = True


def cut(made: xr.DataTree) -> None:
    made["sample_stats"]["maxdepth_reached"].to_numpy()[1, 5] = True


def still(made: xr.DataTree) -> None:
    """Energy that wanders slowly."""
    energy = made["sample_stats"]["energy"].to_numpy()
    energy[:] = energy.cumsum(axis=1)


@pytest.fixture
def sampled(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Sampled, Scripted, str]]:
    """What is made of runs, the sampler that was asked, and what was said."""
    monkeypatch.setattr(sampling, "derive", lambda posterior, design, data: posterior)

    def of(*runs: xr.DataTree, settings: Settings = SETTINGS) -> tuple[Sampled, Scripted, str]:
        sampler, heard = Scripted(list(runs)), Heard()
        nothing: Any = None
        made: Any = sampler
        return sampling.sample(made, settings, nothing, {}, listen=heard), sampler, "\n".join(heard.said)

    return of


def failed(found: Any) -> list[str]:
    return [check for check, good in found.checks.items() if not good]


def test_a_run_that_is_only_too_short_is_pooled_with_another(sampled: Any) -> None:
    first, second = run_of(1, slow), run_of(2)
    found, sampler, said = sampled(first, second)
    assert failed(found.diagnostics[0]) == ["ess_bulk"]
    assert sampler.asked == [SETTINGS, Settings(draws=DRAWS, chains=CHAINS, seed=8)] == found.settings
    assert found.pooled
    assert found.last.status == "passed"
    assert [attempt["pooled"] for attempt in found.attempts] == [True, True]
    assert f"{CHAINS} more chains, seed 8, pooled with the first" in said
    # The first run's chains, then the second's, each draw in its place.
    for group in ("posterior", "sample_stats"):
        both = found.tree[group].to_dataset()
        assert both["chain"].to_numpy().tolist() == list(range(2 * CHAINS))
        for run, half in ((first, slice(0, CHAINS)), (second, slice(CHAINS, None))):
            alone = both.isel(chain=half).assign_coords(chain=np.arange(CHAINS))
            assert alone.equals(run[group].to_dataset())


@pytest.mark.parametrize(
    ("least", "times"), [(399.0, 1), (260.0, 1), (240.0, 2), (150.0, 3), (20.0, 3), (0.0, 3), (4000.0, 1)]
)
@pytest.mark.parametrize("where", ["ess_bulk_min", "ess_tail_min"])
def test_a_second_run_has_as_many_chains_as_effective_draws_are_missing(where: str, least: float, times: int) -> None:
    values = {"ess_bulk_min": 4000.0, "ess_tail_min": 4000.0, where: least, "ess_needed": 400.0}
    made: Any = SimpleNamespace(values=values)
    assert sampling.chains_missing(made) == times
    assert SETTINGS.again(times) == replace(SETTINGS, seed=SETTINGS.seed + 1, chains=times * CHAINS)


def test_chains_of_unequal_runs_are_all_kept() -> None:
    first, more = run_of(1), run_of(2)
    longer = sampling.pooled(more, run_of(3))
    both = sampling.pooled(first, longer)
    assert both["posterior"]["chain"].to_numpy().tolist() == list(range(3 * CHAINS))


def test_chains_that_stray_a_little_are_pooled_and_do_not_pass_for_it(sampled: Any) -> None:
    """Four of the eight still disagree, so that few draws are effective."""
    found, _, _ = sampled(run_of(1, straying), run_of(2))
    first = found.diagnostics[0]
    assert first.values["rhat_limit"] < first.values["rhat_max"] < RHAT_MOST
    assert failed(first) == ["rhat", "ess_bulk"]
    assert found.pooled
    assert found.last.checks["rhat"]
    assert failed(found.last) == ["ess_bulk"]


def test_pooled_chains_need_as_many_effective_draws_as_were_asked_for(sampled: Any) -> None:
    found, _, _ = sampled(run_of(1, slow), run_of(2, slow))
    values = found.last.values
    assert values["ess_needed"] == NEEDED
    assert values["rhat_limit"] == rhat_limit(values["parameters"], 2 * CHAINS, NEEDED)
    assert min(one.values["ess_bulk_min"] for one in found.diagnostics) < NEEDED
    assert found.last.draws_per_chain == DRAWS


def test_what_the_variables_say_of_themselves_is_kept(sampled: Any) -> None:
    first, second = run_of(1, slow), run_of(2)
    for run in (first, second):
        run["posterior"]["unit_sd"].attrs["prior"] = 0.2
    found, _, _ = sampled(first, second)
    assert found.tree["posterior"]["unit_sd"].attrs == {"prior": 0.2}


@pytest.mark.parametrize("fault", [apart, cut, still])
def test_a_run_that_lacks_more_than_length_is_not_pooled(sampled: Any, fault: Alter) -> None:
    second = run_of(2)
    found, sampler, said = sampled(run_of(1, fault), second)
    assert sampler.asked[1] == Settings(draws=2 * DRAWS, tune=2 * SETTINGS.tune, chains=CHAINS, seed=8)
    assert not found.pooled
    assert "pooled" not in found.attempts[0]
    assert "pooled" not in said
    assert found.tree["posterior"].to_dataset().equals(second["posterior"].to_dataset())
    assert found.last is found.diagnostics[1]


def test_divergences_ask_for_smaller_steps_also_where_draws_are_few(sampled: Any) -> None:
    found, sampler, said = sampled(run_of(1, slow, diverging), run_of(2))
    careful = Settings(draws=DRAWS, tune=2 * SETTINGS.tune, chains=CHAINS, seed=8, target_accept=0.99)
    assert sampler.asked[1] == careful
    assert not found.pooled
    assert f"target_accept 0.99, {careful.tune} tuning draws, {DRAWS} draws" in said


def test_the_chains_of_a_second_run_that_disagree_are_not_pooled_and_fail(sampled: Any) -> None:
    second = run_of(2, apart)
    found, _, _ = sampled(run_of(1, slow), second)
    assert found.last.values["rhat_max"] > RHAT_MOST
    assert not found.pooled
    assert failed(found.last) != []
    assert found.last.status == "failed"
    assert found.tree["posterior"].to_dataset().equals(second["posterior"].to_dataset())


@pytest.mark.parametrize(("fault", "check"), [(diverging, "divergences"), (cut, "max_depth"), (still, "bfmi")])
def test_pooling_hides_no_fault_of_the_second_run(sampled: Any, fault: Alter, check: str) -> None:
    found, _, _ = sampled(run_of(1, slow), run_of(2, fault))
    assert found.pooled
    assert failed(found.last) == [check]
    assert found.last.status == "failed"


def test_two_runs_in_different_places_fail_together(sampled: Any) -> None:
    """Each agrees with itself, and they disagree: what pooling shows and no run alone."""
    second = run_of(2)
    second["posterior"]["intercept"].to_numpy()[:] += 4.0
    found, _, _ = sampled(run_of(1, slow), second)
    assert found.pooled
    assert found.diagnostics[1].passed
    assert "rhat" in failed(found.last)


def test_a_run_that_passes_is_not_repeated(sampled: Any) -> None:
    found, sampler, said = sampled(run_of(1))
    assert sampler.asked == [SETTINGS]
    assert not found.pooled
    assert said == ""


def test_a_look_is_not_pooled(sampled: Any) -> None:
    found, sampler, _ = sampled(tree(1, chains=2, draws=60), settings=Settings(draws=60, chains=2))
    assert found.last.status == "look"
    assert len(sampler.asked) == 1
