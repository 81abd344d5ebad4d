"""What is stated in Bambi is our model: its density by hand, and its draws under our names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import xarray as xr
from scipy.special import logit
from scipy.stats import halfnorm, norm

from data.errors import InputError
from models.engines.bambi.sample import renamed
from models.engines.bambi.statement import contrasts, state
from models.engines.bambi.supported import remark, require_supported
from models.engines.sampler import sampler_of
from models.posterior import derive
from tests.models._prepare import Case, case, linear_predictor


def single_level() -> Case:
    """Nothing pooled, unit types as dummies, and coefficients whose priors are not centred at 0."""
    given = case("peer_logit", service="methadone", priors="as_claimed", single_level=True)
    assert given.priors.exposure_shift.any()
    return given


def both_groups() -> Case:
    return case("peer_logit", service="condoms")


def with_residual() -> Case:
    return case("peer_tobit", service="condoms", family="gaussian")


@pytest.fixture(scope="module", params=[single_level, both_groups, with_residual])
def stated(request: pytest.FixtureRequest) -> tuple[Case, Any, dict[str, np.ndarray]]:
    """A case, the graph that Bambi makes of it, and a point of its free variables."""
    make: Callable[[], Case] = request.param
    given = make()
    model = state(given.design, given.family, given.priors)
    model.build()
    graph = model.backend.model
    rng = np.random.default_rng(1)
    return given, graph, {name: rng.normal(size=np.shape(at)) for name, at in graph.initial_point().items()}


def in_our_names(given: Case, point: dict[str, np.ndarray]) -> xr.Dataset:
    """The point as one draw, as it is stored."""
    draw = {}
    for name, value in point.items():
        free = np.exp(value) if name.endswith("_log__") else value
        dims = ("chain", "draw", *(["level"] if free.ndim else []))
        draw[name.removesuffix("_log__")] = (dims, free[None, None])
    raw = renamed(xr.Dataset(draw, coords={"chain": [0], "draw": [0]}), given.design, given.family)
    return derive(raw, given.design, given.data)


def test_its_density_is_ours_written_by_hand(stated: tuple[Case, Any, dict[str, np.ndarray]]) -> None:
    given, graph, point = stated
    design, priors, draw = given.design, given.priors, in_our_names(given, point).isel(chain=0, draw=0, service=0)
    marginal = np.hypot(priors.located("exposure_mean")[1], priors.scale("exposure_spread"))
    centre = priors.located("exposure_mean")[0] + priors.exposure_shift[:, 0]
    by_hand = (
        norm.logpdf(draw["intercept"], *priors.located("intercept"))
        + norm.logpdf(draw["exposure_coef"], centre, marginal).sum()
    )
    by_hand += norm.logpdf(draw["control_coef"], *priors.located("control")).sum()
    for name, group in design.groups.items():
        effect, scale = draw[f"{name}_effect"].to_numpy(), priors.scale(f"group_sd.{name}")
        if group.exhaustive:  # in any orthonormal contrasts
            by_hand += norm.logpdf(effect @ contrasts(len(effect)), 0.0, scale).sum()
        else:  # not centred, and the sd on the log scale
            sd = float(draw[f"{name}_sd"])
            by_hand += norm.logpdf(effect / sd).sum() + halfnorm.logpdf(sd, scale=scale) + np.log(sd)
    values = {one.name: np.asarray(draw[one.name]) for one in given.family.others}
    for sd in values.values():
        by_hand += halfnorm.logpdf(sd, scale=priors.scale("residual_sd")) + np.log(sd)
    eta = linear_predictor(in_our_names(given, point), design)[0, 0]
    by_hand += given.family.log_density(design.y, eta, values, design.limits).sum()
    theirs = float(graph.compile_logp(mode="FAST_COMPILE")(point))
    assert theirs == pytest.approx(float(by_hand), rel=1e-9)


def test_its_draws_under_our_names_give_its_linear_predictor(stated: tuple[Case, Any, dict[str, np.ndarray]]) -> None:
    given, graph, point = stated
    mean = graph["mu" if given.family.others else "p"]
    needed = {name: value for name, value in point.items() if not name.startswith("sigma")}
    theirs = graph.compile_fn(graph.replace_rvs_by_values([mean]), mode="FAST_COMPILE")(needed)[0]
    ours = linear_predictor(in_our_names(given, point), given.design)[0, 0]
    np.testing.assert_allclose(ours, theirs if given.family.others else logit(theirs), rtol=1e-7, atol=1e-8)


def test_a_group_that_sums_to_zero_does_so_with_the_variance_of_ours_and_without_an_sd() -> None:
    for levels in (2, 4, 7):
        basis = contrasts(levels)
        np.testing.assert_allclose(basis.sum(axis=0), 0.0, atol=1e-12)
        np.testing.assert_allclose(basis @ basis.T, np.eye(levels) - 1.0 / levels, atol=1e-12)
    said = remark(both_groups().design)
    assert "unit_type is a control here" in said
    assert "state" not in said
    assert remark(single_level().design) == ""


def test_what_bambi_cannot_state_is_an_error_that_says_what_to_ask_for() -> None:
    given = case("peer_tobit")
    with pytest.raises(InputError) as raised:
        sampler_of(given.design, given.family, given.priors, given.data, "bambi")
    said = str(raised.value)
    assert said.startswith("2 problems found")
    assert "got the family 'tobit'" in said
    assert "--family gaussian" in said
    assert f"Add --service NAME, such as --service {given.design.services[0]}" in said


@pytest.mark.parametrize("name", ["weight", "control_mask", "state_mask"])
def test_a_row_or_term_that_does_not_count_in_full_is_refused(name: str) -> None:
    given = both_groups()
    require_supported(given.design, given.family, given.data)
    changed = np.array(given.data[name], dtype=float)
    changed.flat[0] = 0.0
    with pytest.raises(InputError, match=f"got {name} other than 1"):
        require_supported(given.design, given.family, {**given.data, name: changed})
