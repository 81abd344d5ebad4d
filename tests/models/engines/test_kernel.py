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

from models.engines.compiled.density import Density, density_of
from models.engines.compiled.tools import TOOLS, log_cdf
from models.engines.graph.density import build
from models.engines.model_data import inputs
from models.family import Family, kinds_of
from models.spec import ModelSpec
from priors.prior_set import PriorSet
from tests.models._prepare import Case, case, priors_of
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


def as_in_the_graph(density: Density, point: np.ndarray, rng: np.random.Generator) -> tuple[float, np.ndarray]:
    """Value and gradient at a point of the graph, which has the log of the units' sd; ours gets a sign at random."""
    starts = np.cumsum([0, *(one.size for one in density.parameters)])[:-1]
    place = {one.name: slice(at, at + one.size) for one, at in zip(density.parameters, starts, strict=True)}
    ours, turn, signed = point.copy(), np.ones_like(point), np.zeros(point.size, dtype=bool)
    for one in density.parameters:
        if one.kind == "signed":
            here, raw = place[one.name], place[one.name.replace("_sd", "_raw")]
            assert one.size == 1
            ours[here] = rng.choice([-1.0, 1.0]) * np.exp(point[here]) / one.scale
            turn[raw] = np.sign(ours[here])
            signed[here] = True
    value, gradient = density.at(ours * turn)
    # By the chain rule; the graph's density of a log has a factor more.
    slopes = np.where(signed, gradient * ours + 1.0, gradient * turn)
    return value + np.log(np.abs(ours[signed])).sum(), slopes


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
                assert one.scale == given.priors.scale("unit_sd")
                continue
            transform = model.rvs_to_transforms[rv]
            expected = transform.backward(pt.as_tensor(free), *rv.owner.inputs).eval() if transform else free
            np.testing.assert_allclose(one.constrain(free), expected, rtol=1e-12)


def test_an_sd_and_its_units_may_turn_together() -> None:
    """Draws with a negative parameter are the same posterior: the sd its size, the units turned."""
    given = case("peer_tobit")
    density = given.density
    flat = density.start + np.random.default_rng(4).normal(0.0, 0.3, (1, 5, density.dim))
    names = [one.name for one in density.parameters]
    sd, raw = names.index("unit_sd"), names.index("unit_raw")
    ends = np.cumsum([one.size for one in density.parameters])
    turned = flat.copy()
    turned[..., ends[sd] - 1 : ends[raw]] *= -1.0
    one, other = (density.label(draws) for draws in (flat, turned))
    xr.testing.assert_allclose(one, other)
    assert float(one["unit_sd"].min()) > 0
    assert density.at(flat[0, 0])[0] == pytest.approx(density.at(turned[0, 0])[0], rel=1e-12)
    value, gradient = density.at(np.where(np.arange(density.dim) == ends[sd] - 1, 0.0, flat[0, 0]))
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()


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
