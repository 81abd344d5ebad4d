"""Sampling on compiled code: what is never compiled again, what is imported, and what is fallen back to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numba import types
from numba.core.event import RecordingListener, install_listener

from models.design import Design
from models.engines import sampler
from models.engines.compiled import jit, nuts
from models.engines.settings import Settings
from models.posterior import derive
from tests.models._prepare import Case, case, priors_of, sampled
from tests.running import python


def variants() -> dict[str, Case]:
    """The same family with other data, priors, exposures, controls and groups."""
    whole = case("peer_tobit", service="condoms")
    design = whole.design

    def with_design(design: Design) -> Case:
        changed = replace(whole, design=design)
        return replace(changed, priors=priors_of(changed, "weak"))

    return {
        "data": with_design(replace(design, y=design.y[::-1].copy())),
        "priors": replace(whole, priors=priors_of(whole, "skeptical")),
        "exposures": case("pcc_tobit", service="condoms"),
        "controls": with_design(replace(design, controls=design.controls[:3], z=design.z[:, :3])),
        "groups": with_design(replace(design, groups={"state": design.groups["state"]})),
        "services": case("peer_tobit"),
    }


def test_a_refit_with_other_data_priors_or_structure_compiles_nothing() -> None:
    first = case("peer_tobit", service="condoms")
    settings = Settings(draws=20, tune=30, chains=2, seed=8)
    for held in (first, case("peer_tobit")):  # every component there is, read from disk or compiled
        sampled(held, settings)
    listener = RecordingListener()
    # A compilation takes this lock some sixty times, reading compiled code from disk four times.
    with install_listener("numba:compiler_lock", listener):
        for name, given in variants().items():
            posterior = sampled(given, settings)
            assert posterior.sizes["exposure"] == len(given.design.exposures), name
    assert listener.buffer == []


def test_compiled_and_graph_give_the_same_posterior() -> None:
    given = case("pcc_adoption")
    settings = Settings(draws=1000, tune=800, chains=2, seed=9)
    ours, graph = sampled(given, settings), sampled(given, replace(settings, engine="graph"))
    assert set(ours.data_vars) == set(graph.data_vars)
    for name in ("exposure_coef", "intercept", "state_sd"):
        a, b = ours[name], graph[name].transpose(*ours[name].dims)
        gap = np.abs(a.mean(("chain", "draw")) - b.mean(("chain", "draw"))) / a.std(("chain", "draw"))
        assert float(gap.max()) < 0.2, name  # 4 standard errors of a difference at 800 effective draws


def test_an_untested_nutpie_falls_back_to_the_graph_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    monkeypatch.setattr(nuts, "version", lambda name: "0.17.0")
    monkeypatch.setattr("models.engines.graph.sample.compile_model", lambda model: model)
    given = case("peer_staffing")
    found = sampler.sampler_of(given.design, given.family, given.priors, given.data, "nutpie", said.append)
    assert found.density == "graph"
    assert "Sampling PyMC's graph" in said[0]


def test_a_family_without_a_kernel_falls_back_to_the_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.engines.graph.sample.compile_model", lambda model: model)
    said: list[str] = []
    given = case("peer_staffing")
    family = replace(given.family, cell=None)
    found = sampler.sampler_of(given.design, family, given.priors, given.data, "nutpie", said.append)
    assert found.density == "graph"
    assert said[0] == "Sampling PyMC's graph, as there is no compiled code of the family tobit."


SHORT = """
from tests.models._prepare import case, sampled
from models.engines.settings import Settings
import hashlib, numpy as np
posterior = sampled(case("peer_staffing"), Settings(draws=60, tune=60, chains=2, seed=1))
print(hashlib.sha256(np.ascontiguousarray(posterior["exposure_coef"].to_numpy()).tobytes()).hexdigest())
"""


def test_a_seed_gives_the_same_draws_on_the_first_run_of_a_machine_as_later(tmp_path: Path) -> None:
    runs = [python("-c", SHORT, NUMBA_CACHE_DIR=tmp_path / "cache") for _ in range(2)]
    assert list((tmp_path / "cache").rglob("*.nbc"))
    assert runs[0].stdout == runs[1].stdout
    assert len(runs[0].stdout.strip()) == 64


LOADED = """
import sys; print(sorted({'pymc', 'pytensor', 'arviz', 'matplotlib', 'nutpie'} & set(sys.modules)))
import nutpie, models.engines.compiled.nuts as n; print(nutpie._lib is n._extension())
"""


def test_sampling_loads_neither_pymc_nor_matplotlib_and_of_nutpie_what_its_import_then_finds() -> None:
    assert python("-c", SHORT + LOADED).stdout.splitlines()[-2:] == ["[]", "True"]


def test_draws_are_stored_under_the_names_and_dims_that_derive_reads() -> None:
    given = case("peer_tobit")
    tree = sampled(given, Settings(draws=5, tune=5, chains=2, seed=1), raw=True)
    assert {"diverging", "energy", "maxdepth_reached", "n_steps"} <= set(tree["sample_stats"].data_vars)
    assert tree["sample_stats"]["diverging"].dtype == bool
    posterior = derive(tree["posterior"].to_dataset(), given.design, given.data)
    assert posterior["exposure_coef"].dims == ("chain", "draw", "exposure", "service")
    assert posterior["unit_effect"].sizes["unit"] == len(given.design.units)
    np.testing.assert_allclose(posterior["unit_type_effect"].sum("unit_type"), 0.0, atol=1e-9)


def test_a_machine_where_no_cache_can_be_written_compiles_in_every_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(function: Any, name: str) -> Any:
        raise RuntimeError("cannot cache function 'f': no locator available for file '/f.py'")

    monkeypatch.setattr(jit, "_Stored", nowhere)
    twice = jit.stored(types.double(types.double), lambda: lambda x: 2.0 * x, of=__name__, part="twice")
    assert twice.ctypes(4.0) == 8.0
    assert twice.cache_hits == 0
