"""What components say of stored draws agrees with what engines sample: priors, masks, and the order of variables."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from models.engines.compiled.density import density_of
from models.engines.graph.density import build
from models.engines.model_data import inputs
from models.family import Family
from models.posterior import derive
from models.predictors.predictor import components_of, parts_of, roles_of, stored_of
from models.spec import ModelSpec
from priors.prior import Prior
from priors.translate import Translated
from tests.models._prepare import Case, case, linear_predictor, priors_of
from tests.models.engines._in_the_graph import as_in_the_graph, to_graph
from tests.models.engines.test_kernel import equal, unequal


def drawn(given: Case, data: dict[str, Any], count: int = 3) -> tuple[np.ndarray, Any]:
    """Points near the priors' centre, and the posterior that is stored of them."""
    density = density_of(given.design, given.family, given.priors, data)
    points = density.start + np.random.default_rng(7).normal(0.0, 0.4, (1, count, density.dim))
    return points[0], derive(density.label(points), given.design, data)


def log_prior(given: Case, stored: Any, priors: Translated) -> np.ndarray:
    return sum(part.log_prior(stored, priors) for part in parts_of(given.design, given.family)).to_numpy()[0]


MODELS = [(name, "") for name in ModelSpec.names()] + [("peer_tobit", f) for f in ("student_tobit", "ordered_beta")]


@pytest.mark.parametrize(("model", "family"), MODELS)
def test_another_prior_changes_a_draws_density_by_what_the_components_say(model: str, family: str) -> None:
    """The likelihood and the Jacobians are the same under both, so only the priors' own densities differ."""
    given = case(model, family=family)
    other = priors_of(given, "skeptical")
    data = given.data
    changed = inputs(given.design, given.family, other)
    theirs = ("_prior", "exposure_wide")
    changed = {**data, **{name: value for name, value in changed.items() if name.endswith(theirs)}}
    points, stored = drawn(given, data)
    one, two = (
        density_of(given.design, given.family, priors, held)
        for priors, held in ((given.priors, data), (other, changed))
    )
    # in the graph's form, since in compiled code a point's sds are in widths of their priors
    rng, at = np.random.default_rng(5), [to_graph(one, point) for point in points]
    differences = [as_in_the_graph(two, point, rng)[0] - as_in_the_graph(one, point, rng)[0] for point in at]
    expected = log_prior(given, stored, other) - log_prior(given, stored, given.priors)
    assert np.ptp(expected) > 0.01
    np.testing.assert_allclose(differences, expected, rtol=1e-8, atol=1e-7)


CHANGED = {
    "group_sd.state": Prior(distribution="gamma", shape=2.0, rate=0.2),
    "group_sd.unit_type": Prior(distribution="exponential", rate=0.1),
    "unit_sd": Prior(distribution="gamma", shape=3.0, rate=0.3),
    "exposure_spread": Prior(distribution="exponential", rate=0.4),
    "residual_sd": Prior(distribution="gamma", shape=4.0, rate=0.1),
    "residual_scale": Prior(distribution="exponential", rate=0.03),
    "degrees_of_freedom": Prior(distribution="exponential", rate=0.05),
    "cutpoints": Prior(distribution="dirichlet", concentration=(2.0, 5.0, 1.5)),
    "precision": Prior(distribution="gamma", shape=2.0, rate=0.4),
}


@pytest.mark.parametrize("service", ["condoms", None], ids=["one service", "all services"])
@pytest.mark.parametrize("family", ["tobit", "student_tobit", "ordered_beta"])
def test_other_distributions_are_the_graphs_in_compiled_code_and_the_components(
    family: str, service: str | None
) -> None:
    given = case("peer_tobit", family=family, service=service)
    roles = {name: CHANGED.get(name, prior) for name, prior in given.priors.roles.items()}
    given = replace(given, priors=replace(given.priors, roles=roles))
    model = build(given.design, given.family, given.priors)
    compiled = model, model.logp_dlogp_function(ravel_inputs=True, mode="FAST_COMPILE")
    equal(given, compiled, given.data, np.random.default_rng(8))
    equal(given, compiled, unequal(given, np.random.default_rng(9)), np.random.default_rng(9))


def test_a_control_that_is_masked_out_predicts_as_if_it_were_not_there() -> None:
    given = case("peer_tobit")
    gone = 2
    data = given.data
    data["control_mask"] = np.where(np.arange(len(given.design.controls)) == gone, 0.0, 1.0)
    _, stored = drawn(given, data)
    assert not stored["control_coef"].isel(control=gone).any()
    kept = [k for k in range(len(given.design.controls)) if k != gone]
    without = replace(given.design, controls=tuple(given.design.controls[k] for k in kept), z=given.design.z[:, kept])
    same = stored.isel(control=kept)
    np.testing.assert_allclose(
        linear_predictor(stored, given.design), linear_predictor(same, without), rtol=1e-12, atol=1e-9
    )
    again = derive_constant(same, without)
    np.testing.assert_allclose(stored["constant"], again, rtol=1e-10)


def derive_constant(stored: Any, design: Any) -> Any:
    return sum(part.at_zero(stored) for part in components_of(design)).transpose("chain", "draw", "service")


@pytest.mark.parametrize("group", ["state", "unit_type", "unit"])
def test_a_group_that_is_masked_out_adds_nothing(group: str) -> None:
    given = case("peer_tobit")
    data = {**given.data, f"{group}_mask": np.asarray(0.0)}
    _, stored = drawn(given, data)
    assert not stored[f"{group}_effect"].any()


@pytest.mark.parametrize("family", Family.names())
def test_every_variable_is_declared_where_it_is_stored(family: str) -> None:
    given = case(
        "peer_logit" if family == "bernoulli" else "peer_tobit", family="" if family == "bernoulli" else family
    )
    _, stored = drawn(given, given.data)
    assert {one.name for one in stored_of(given.design, given.family)} == set(stored.data_vars)
    names = {f"{role.name}.{of}" if of else role.name for role, of in roles_of(given.design, given.family)}
    assert names == set(given.priors.roles)
