"""Every family there is, held to what it declares: a new one is tested here by itself."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy import stats

from data.arrays import Array
from models.engines.compiled.tools import TOOLS
from models.family import Family, kinds_of
from models.numerics.bounds import bounded, slopes
from models.numerics.integration import averaged
from models.predictors.predictor import known_roles
from models.scale import Limits, Quantity
from priors.prior_set import PriorSet
from tests.models.families._every import (
    FAMILIES,
    SPAN,
    close_to_draws,
    eta_of,
    held,
    levels,
    outcomes,
    quantities,
    rule,
    seen,
    slots_of,
    values_of,
    width_of,
)

EVERY = pytest.mark.parametrize("family", FAMILIES, ids=lambda one: one.name)

QUADRATURE = {0.2: 1e-11, 1.0: 2e-7, 1.9: 4e-5, 2.1: 1e-10, 5.0: 2e-6}
"""Largest error of averages over groups as a share of the range, by their sd in widths of the outcome's distribution.
From 2 on there are more nodes. Measured; the largest are those of the mean between the limits."""

IN_LOGITS = 1e-6
"""That of a probability in logits, as `models.numerics.integration` promises."""


@held()
@pytest.mark.parametrize("standard", [-2.2, -0.7, 0.0, 0.4, 1.9])
def test_density_and_masses_sum_to_one_and_to_every_scale(family: Family, limits: Limits, standard: float) -> None:
    y, weights = rule(family, limits)
    eta, values = eta_of(family, [standard]), values_of(family)
    share = weights * np.exp(family.log_density(y, np.repeat(eta, y.size), values, limits))
    # outcomes near a limit have no more digits
    close = {"rel": 1e-7, "abs": 1e-9}
    assert share.sum() == pytest.approx(1.0, **close)
    assert family.expected(eta, values, limits)[0] == pytest.approx((share * y).sum(), **close)
    for scale, of in levels(family, limits):
        part, count = seen(scale, y, limits)
        whole = share[count].sum()
        assert of.value(eta, values, limits)[0] == pytest.approx((share * part)[count].sum() / whole, **close)
        if of.weight is not None:
            assert of.weight(eta, values, limits)[0] == pytest.approx(whole, **close)


@held()
def test_draws_have_the_expectations_and_nothing_is_outside(family: Family, limits: Limits) -> None:
    rng, values, count = np.random.default_rng(1), values_of(family), 100_000
    for standard in (-40.0, -1.6, -0.3, 0.8, 40.0):
        eta = eta_of(family, np.full(count, standard))
        y = family.draw(eta, values, limits, rng)
        assert y.shape == eta.shape
        assert y.dtype == float
        assert np.isfinite(y).all()
        assert y.min() >= limits[0]
        assert y.max() <= limits[1]
        if family.binary:
            assert np.isin(y, [0.0, 1.0]).all()
        for limit in limits if abs(standard) < 1.0 else ():
            # a limit is one number, as in data, and no draw is only nearly there
            near = np.abs(y - limit) < 1e-12
            assert near.any() == np.isfinite(limit)
            assert (y[near] == limit).all()
        close_to_draws(family.expected(eta[:1], values, limits)[0], "expected", y, limits)
        for scale, of in levels(family, limits):
            close_to_draws(of.value(eta[:1], values, limits)[0], scale, y, limits)
    again = [family.draw(eta_of(family, np.zeros(99)), values, limits, np.random.default_rng(4)) for _ in range(2)]
    np.testing.assert_array_equal(*again)


@held()
@pytest.mark.parametrize("sds", QUADRATURE)
def test_averages_over_groups_equal_those_of_simulated_groups(family: Family, limits: Limits, sds: float) -> None:
    rng, values = np.random.default_rng(2), values_of(family)
    spread, eta = np.full((1, 1, 1), sds * width_of(family, values)), eta_of(family, [[[-1.2, 0.1, 1.5]]])
    for row in range(eta.size):
        groups = eta[0, 0, row] + spread[0, 0, 0] * rng.standard_normal(100_000)
        y = family.draw(groups, values, limits, rng)
        for name, of in levels(family, limits):
            found = averaged(of, family, eta, values, spread=spread, limits=limits)
            close_to_draws(found[0, 0, row], name, y, limits)
    z = np.linspace(-9.0, 9.0, 3001)
    groups, share = eta[..., None] + spread[..., None] * z, stats.norm.pdf(z) * (z[1] - z[0])
    for scale, of in quantities(family, limits):
        weight = share * (1.0 if of.weight is None else of.weight(groups, values, limits))
        exact = (weight * of.value(groups, values, limits)).sum(axis=-1) / weight.sum(axis=-1)
        allowed = QUADRATURE[sds] * (1.0 if scale.kind == "probability" else SPAN)
        if scale.kind == "probability" and family.index_unit == "logits":
            allowed = min(allowed, IN_LOGITS)
        found = averaged(of, family, eta, values, spread=spread, limits=limits)
        np.testing.assert_allclose(found, exact, rtol=0.0, atol=allowed)
        if scale.kind == "index":
            np.testing.assert_array_equal(found, eta)
        alone = averaged(of, family, eta, values, spread=None, limits=limits)
        np.testing.assert_array_equal(alone, of.value(eta, values, limits))


@held(lambda family: family.support == "limited")
@pytest.mark.parametrize("sds", [0.0, 0.5, 3.0])
def test_parts_of_a_change_are_what_they_say_and_add_up(family: Family, limits: Limits, sds: float) -> None:
    values, scales = values_of(family), family.scales_within(limits)
    ends = eta_of(family, [[[-1.4, -0.2, 0.5]]]), eta_of(family, [[[0.3, -0.6, 2.0]]])
    spread = np.full((1, 1, 1), sds * width_of(family, values)) if sds else None

    def both(of: Quantity | None) -> list[Array]:
        assert of is not None
        return [averaged(of, family, eta, values, spread=spread, limits=limits) for eta in ends]

    found = {}
    for name, scale in scales.items():
        if scale.of is None:
            low, high = zip(*(both(of) for of in scale.parts), strict=True)
            assert scale.combine is not None
            found[name] = scale.combine(low, high)
    expected, interior = both(scales["expected"].of), both(scales["interior"].of)
    weight = scales["interior"].of.weight  # type: ignore[union-attr]
    assert weight is not None
    chance = both(Quantity(weight))
    within = 0.5 * (chance[0] + chance[1]) * (interior[1] - interior[0])
    across = 0.5 * (interior[0] + interior[1]) * (chance[1] - chance[0])
    for name, limit in zip(("at_lower", "at_upper"), limits, strict=True):
        if name in scales:
            low, high = both(scales[name].of)
            across = across + limit * (high - low)
    assert list(found) == ["within", "across"]
    np.testing.assert_allclose(found["within"], within, rtol=1e-12, atol=1e-12)
    # E[y] is integrated by itself here, which has errors of its own
    np.testing.assert_allclose(found["across"], across, rtol=0.0, atol=2e-5 if sds else 1e-11)
    np.testing.assert_allclose(found["within"] + found["across"], expected[1] - expected[0], rtol=1e-12)


@cache
def cell_of(family: Family) -> Any:
    """A family's two compiled functions."""
    return family.cell(TOOLS)  # type: ignore[misc]


def compiled(family: Family, y: float, eta: float, slots: Array, limits: Limits, *, weight: float, bar: Array) -> Array:
    """A cell's log-density and its derivative by the linear predictor; those by the slots are added to `bar`."""
    ready = np.full(family.prepared + 3, np.nan)
    cell_of(family).prepare(slots, ready[: family.prepared])
    assert np.isnan(ready[family.prepared :]).all(), "prepare writes more numbers than it says"
    kind = int(kinds_of(np.array([y]), limits)[0])
    return np.array(cell_of(family).pointwise(kind, y, weight, eta, *limits, ready[: family.prepared], bar))


@held(lambda family: family.cell)
def test_compiled_cells_equal_the_density_and_their_slopes_its_differences(family: Family, limits: Limits) -> None:
    rng, h, middle = np.random.default_rng(3), 1e-5, slots_of(family)
    for y in outcomes(family, limits):
        for standard in (-9.0, -2.5, -0.4, 0.0, 0.9, 3.0, 9.0):
            slots = middle + rng.normal(0.0, 0.3, middle.size)
            point = np.r_[eta_of(family, standard), slots]
            steps = h * np.eye(point.size)
            points = np.vstack([point, point + steps, point - steps])
            # (point,) or (point, value) -> (point, 1) or (point, 1, value)
            values = {name: value[:, None] for name, value in family.by_slots(points[:, 1:]).items()}
            at = family.log_density(np.array([y]), points[:, :1], values, limits)[:, 0]
            bar, once = np.full(slots.size, 10.0), np.zeros(slots.size)
            found = compiled(family, y, point[0], slots, limits, weight=2.5, bar=bar)
            assert found[0] == pytest.approx(2.5 * at[0], rel=1e-10, abs=1e-12)
            differences = (at[1 : point.size + 1] - at[point.size + 1 :]) / (2.0 * h)
            # central differences: rounding over h, and h^2 times the third derivative
            np.testing.assert_allclose(np.r_[found[1], bar - 10.0], 2.5 * differences, rtol=1e-6, atol=1e-7)
            unweighted = compiled(family, y, point[0], slots, limits, weight=1.0, bar=once)
            np.testing.assert_allclose(found, 2.5 * unweighted, rtol=1e-13)
            np.testing.assert_allclose(bar - 10.0, 2.5 * once, rtol=1e-12, atol=1e-13)


@held(lambda family: family.cell and family.counts)
def test_a_count_equals_the_sum_of_its_answers(family: Family, limits: Limits) -> None:
    answers, slots = np.array([1.0, 1.0, 0.0, 1.0, 0.0]), slots_of(family)
    for eta in eta_of(family, [-60.0, -1.0, 0.0, 0.7, 60.0]):
        bars = np.zeros((2, slots.size))
        apart = [compiled(family, y, eta, slots, limits, weight=1.0, bar=bars[0]) for y in answers]
        together = compiled(family, answers.mean(), eta, slots, limits, weight=5.0, bar=bars[1])
        np.testing.assert_allclose(together, np.sum(apart, axis=0), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(bars[1], bars[0], rtol=1e-12, atol=1e-12)


def free_of(support: str, values: Array) -> Array:
    """The unbounded numbers of values, which `bounded` turns into them."""
    if support == "ordered":
        return np.concatenate([values[..., :1], np.log(np.diff(values))], axis=-1)
    return values if support == "real" else np.log(values - (support == "above_one"))


@EVERY
def test_slots_stand_for_the_parameters(family: Family) -> None:
    rng, names = np.random.default_rng(5), family.slot_names()
    slots = slots_of(family) + rng.normal(0.0, 0.5, (2, 3, len(names)))
    assert len(names) == len(set(names)) == len(family.slot_words()) == sum(one.slots for one in family.others)
    found, at = family.by_slots(slots), 0
    assert list(found) == [one.name for one in family.others]
    for one in family.others:
        free, value = slots[..., at : at + one.slots], found[one.name]
        at += one.slots
        for label, name in zip(one.labels or ("",), one.slot_names(), strict=True):
            assert one.name in name
            assert label in name
        assert value.shape == (2, 3, *([one.slots] if one.labels else []))
        # (..., value), also where there is one
        value = value.reshape(free.shape)
        np.testing.assert_array_equal(value, bounded(one.support, free))
        np.testing.assert_allclose(free_of(one.support, value), free, rtol=1e-12, atol=1e-12)
        here, steps = free[1, 2], 1e-6 * np.eye(one.slots)
        np.testing.assert_array_equal(np.ravel(one.from_slots(here)), value[1, 2])
        rows = [(bounded(one.support, here + step) - bounded(one.support, here - step)) / 2e-6 for step in steps]
        np.testing.assert_allclose(slopes(one.support, here), np.transpose(rows), rtol=1e-7, atol=1e-8)


@held()
def test_information_is_positive_and_finite_where_all_cells_agree(family: Family, limits: Limits) -> None:
    mixed = np.repeat(outcomes(family, limits), 3)
    for y in outcomes(family, limits):
        for like in (mixed, np.full(4, y), np.full(1, y)):
            found = [family.information(np.full(count, y), like, limits) for count in (1, 4)]
            assert np.isfinite(found).all()
            assert 0.0 < found[0] < found[1]


def test_a_role_has_one_meaning() -> None:
    names = [role.name for role in known_roles()]
    assert sorted(names) == sorted(set(names))


@EVERY
@pytest.mark.parametrize("prior_set", PriorSet.names())
def test_every_prior_set_has_a_belief_about_every_role(family: Family, prior_set: str) -> None:
    priors = PriorSet.read(prior_set)
    assert len(set(family.roles)) == len(family.others), "each parameter has a role of its own"
    of_families = {role for one in FAMILIES for role in one.roles}
    for role in {*family.roles, *set(known_roles()) - of_families}:
        belief = priors.belief(role, family.unit)
        assert belief.distribution in role.distributions
        assert not role.shares or len(belief.concentration) == role.shares


@held()
def test_parameters_of_draws_broadcast_against_their_cells(family: Family, limits: Limits) -> None:
    rng, y, middle = np.random.default_rng(6), outcomes(family, limits), slots_of(family)
    eta = eta_of(family, rng.normal(size=(2, 3, y.size)))
    # (chain, draw, 1) or (chain, draw, 1, value)
    values = family.by_slots(middle + rng.normal(0.0, 0.2, (2, 3, 1, middle.size)))
    assert family.draw(eta, values, limits, rng).shape == eta.shape
    functions = [lambda *given: family.log_density(y, *given), family.expected]
    for _, of in quantities(family, limits):
        functions += [of.value, *([of.weight] if of.weight else [])]
    for function in functions:
        found = function(eta, values, limits)
        assert found.shape == eta.shape
        for at in np.ndindex(2, 3):
            here = {name: value[at] for name, value in values.items()}
            np.testing.assert_allclose(found[at], function(eta[at], here, limits), rtol=1e-12)


@held(lambda family: not family.binary)
def test_the_log_density_is_in_the_outcomes_unit(family: Family, limits: Limits) -> None:
    y, values = outcomes(family, limits), values_of(family)
    eta, wider = eta_of(family, np.linspace(-1.5, 1.5, y.size)), (limits[0] * 10.0, limits[1] * 10.0)
    stretched = family.by_slots(slots_of(family, 10.0 * SPAN)[None])
    before = family.log_density(y, eta, values, limits)
    after = family.log_density(10.0 * y, eta * (1.0 if family.index_unit else 10.0), stretched, wider)
    inside = (y > limits[0]) & (y < limits[1])
    assert inside.sum() == 5
    np.testing.assert_allclose(after - before, np.where(inside, -math.log(10.0), 0.0), rtol=1e-9, atol=1e-12)
