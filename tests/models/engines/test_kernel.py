"""Compiled code against its reference, PyMC's graph, for every model and prior set; and single cells against SciPy."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytensor.tensor as pt
import pytest
import xarray as xr
from scipy import stats
from scipy.special import log_ndtr

from models.engines.compiled.density import density_of
from models.engines.compiled.tools import TOOLS, log_cdf
from models.engines.graph.density import build
from models.engines.model_data import inputs
from models.family import Family, kinds_of
from models.posterior import derive
from models.spec import ModelSpec
from priors.prior import Prior
from priors.prior_set import PriorSet
from tests.models._prepare import Case, case, pooled, priors_of
from tests.models.engines._in_the_graph import as_in_the_graph, places
from tests.running import TESTS

RTOL = 1e-9  # the issue's; both sides carry about 1e-13
MROZ = TESTS / "studies" / "mroz.toml"


@cache
def compiled_cell(family: str) -> Any:
    """A family's two compiled functions."""
    return Family.find(family).cell(TOOLS)  # type: ignore[misc]


def cell(
    family: str,
    y: float,
    weight: float,
    eta: float,
    slots: list[float],
    limits: tuple[float, float] = (-np.inf, np.inf),
) -> tuple[float, float, list[float]]:
    """A cell's log-density, its derivative by the linear predictor, and those by the slots."""
    made, ready, bar = compiled_cell(family), np.empty(Family.find(family).prepared), np.zeros(len(slots))
    made.prepare(np.array(slots, dtype=float), ready)
    kind = int(kinds_of(np.array([y]), limits)[0])
    value, slope = made.pointwise(kind, y, weight, eta, *limits, ready, bar)
    return float(value), float(slope), bar.tolist()


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
        if name.endswith("_signed") and np.any(value):
            data[name] = rng.choice([0.0, 1.0], np.shape(value))
        if name.endswith("_common_shift"):
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
        value, gradient = as_in_the_graph(density, point, rng)
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


@pytest.mark.parametrize("service", ["condoms", None], ids=["one service", "all services"])
@pytest.mark.parametrize("family", [name for name in Family.names() if name != "bernoulli"])
def test_value_and_gradient_equal_the_graph_for_every_family(family: str, service: str | None) -> None:
    given = case("peer_tobit", service=service, family=family)
    model = build(given.design, given.family, given.priors)
    compiled = model, model.logp_dlogp_function(ravel_inputs=True, mode="FAST_COMPILE")
    for prior_set in PriorSet.names():
        priors = priors_of(given, prior_set)
        data = inputs(given.design, given.family, priors)
        if [one.distribution for one in priors.roles.values()] == [
            one.distribution for one in given.priors.roles.values()
        ]:
            equal(replace(given, priors=priors), compiled, data, np.random.default_rng(5))
    equal(given, compiled, unequal(given, np.random.default_rng(6)), np.random.default_rng(6))


@pytest.mark.parametrize("kind", ["one limit, no groups", "no controls", "gaussian"])
def test_value_and_gradient_equal_the_graph_where_parts_are_absent(kind: str, mroz_csv: Path) -> None:
    if kind == "one limit, no groups":
        given = case("hours", study=str(MROZ), data=mroz_csv, priors="wide")
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
            if one.kind == "signed":  # where the graph has the log of the sd
                np.testing.assert_allclose(one.constrain(free), one.scale * np.abs(free))
                group = one.name.removesuffix("_sd")
                assert one.scale == given.priors.scale("unit_sd" if group == "unit" else f"group_sd.{group}")
                continue
            if one.kind == "own":  # which a component maps back, together with others
                continue
            transform = model.rvs_to_transforms[rv]
            expected = transform.backward(pt.as_tensor(free), *rv.owner.inputs).eval() if transform else free
            np.testing.assert_allclose(one.constrain(free), expected, rtol=1e-12)


@pytest.mark.parametrize("name", ["unit", "state"])
def test_an_sd_and_its_effects_may_turn_together(name: str) -> None:
    """Draws with a negative parameter are the same posterior: the sd its size, the effects turned, by service."""
    given = case("peer_tobit")
    density, place = given.density, places(given.density)
    flat = density.start + np.random.default_rng(4).normal(0.0, 0.3, (1, 5, density.dim))
    sd, raw = place[f"{name}_sd"], place[f"{name}_raw"]
    every = sd.stop - sd.start
    turned = flat.copy()
    turned[..., sd.stop - 1] *= -1.0
    turned[..., np.arange(raw.start + every - 1, raw.stop, every)] *= -1.0  # those of the last service
    one, other = (density.label(draws) for draws in (flat, turned))
    xr.testing.assert_allclose(one, other)
    assert float(one[f"{name}_sd"].min()) > 0
    assert density.at(flat[0, 0])[0] == pytest.approx(density.at(turned[0, 0])[0], rel=1e-12)
    value, gradient = density.at(np.where(np.arange(density.dim) == sd.stop - 1, 0.0, flat[0, 0]))
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()


POOLED = [
    *(("peer_tobit", "mixture", weight) for weight in (0.3, 0.995)),
    *(("peer_tobit", shape, 0.8) for shape in ("normal", "student", "none")),
    *(("pcc_logit", shape, 0.8) for shape in ("normal", "student")),
]
"""Those of models as they are, a mixture with a share of .8, are above."""


@pytest.mark.parametrize(("name", "shape", "weight"), POOLED)
def test_value_and_gradient_equal_the_graph_for_every_pooling(name: str, shape: str, weight: float) -> None:
    given = pooled(case(name), shape, weight)
    model = build(given.design, given.family, given.priors)
    compiled = model, model.logp_dlogp_function(ravel_inputs=True, mode="FAST_COMPILE")
    for prior_set in ("weak", "as_claimed"):
        priors = priors_of(given, prior_set)
        data = inputs(given.design, given.family, priors)
        equal(replace(given, priors=priors), compiled, data, np.random.default_rng(5))
    equal(given, compiled, unequal(given, np.random.default_rng(6)), np.random.default_rng(6))


@pytest.mark.parametrize("distribution", ["half_normal", "gamma"])
def test_extreme_sds_and_effects_of_zero_stay_finite(distribution: str) -> None:
    given = case("peer_tobit")
    if distribution == "gamma":
        roles = {**given.priors.roles, **dict.fromkeys(GROUPS, Prior(distribution="gamma", shape=2.0, rate=0.2))}
        given = replace(given, priors=replace(given.priors, roles=roles))
    density, place = given.density, places(given.density)
    log_spread = density.start[place["exposure_spread"]]
    for change in (-20.0, -3.0, 0.0, 3.0, 20.0):
        at = density.start.copy()
        at[place["exposure_spread"]] = log_spread + change
        at[place["state_sd"]] *= np.exp(change) if distribution == "half_normal" else 1.0
        value, gradient = density.at(at)  # raw effects are all 0
        assert np.isfinite(value)
        assert np.isfinite(gradient).all()
        stored = derive(density.label(at[None, None]), given.design, given.data)
        for variable in stored.data_vars:
            assert np.isfinite(stored[variable]).all(), variable
    assert float(np.abs(stored["unit_type_effect"]).max()) < 1e-6


GROUPS = ("group_sd.state", "group_sd.unit_type")


def test_tobit_cell_equals_scipy_to_100_sd_and_its_slopes_are_its_differences() -> None:
    z = np.concatenate([np.linspace(-100, 40, 2801), [-37 - 1e-9, -37, -37 + 1e-9, -1 - 1e-12, -1, -1 + 1e-12]])
    np.testing.assert_allclose([log_cdf(value)[0] for value in z], log_ndtr(z), rtol=1e-11, atol=1e-300)
    for y, eta, sd in [(0.0, 40.0, 30.0), (0.0, -80.0, 20.0), (100.0, 90.0, 35.0), (100.0, 900.0, 10.0), (30, 50, 25)]:
        value, slope, (stretch,) = cell("tobit", y, 2.0, eta, [np.log(sd)], (0.0, 100.0))
        dist = stats.norm(eta, sd)
        expected = dist.logcdf(0.0) if y == 0 else dist.logsf(100.0) if y == 100 else dist.logpdf(y)
        assert value == pytest.approx(2.0 * expected, rel=1e-11, abs=1e-300)
        h = 1e-4

        def at(eta: float, sd: float, y: float = y) -> float:
            return cell("tobit", y, 2.0, eta, [np.log(sd)], (0.0, 100.0))[0]

        # Central differences: error of order h^2 and of rounding / h.
        assert slope == pytest.approx((at(eta + h, sd) - at(eta - h, sd)) / (2 * h), rel=1e-6, abs=1e-10)
        up, down = sd * np.exp(h), sd * np.exp(-h)
        assert stretch == pytest.approx((at(eta, up) - at(eta, down)) / (2 * h), rel=1e-6, abs=1e-8)


def test_tobit_cell_without_a_limit_is_gaussian() -> None:
    value, _, _ = cell("tobit", -40.0, 1.0, 3.0, [np.log(20.0)], (-np.inf, np.inf))
    assert value == pytest.approx(stats.norm.logpdf(-40.0, 3.0, 20.0), rel=1e-12)


def test_bernoulli_counts_are_the_sum_of_their_answers_and_do_not_overflow() -> None:
    for eta in (-700.0, -3.0, 0.0, 1.5, 700.0):
        single = [cell("bernoulli", y, 1.0, eta, [])[:2] for y in (1.0, 1.0, 0.0, 1.0, 0.0)]
        together = cell("bernoulli", 3 / 5, 5.0, eta, [])[:2]
        np.testing.assert_allclose(together, np.sum(single, axis=0), rtol=1e-12, atol=1e-12)
        assert np.isfinite(together).all()
