"""Bambi's answer to the same models under the same priors.

The intercept is compared as it is: the other engines sample it with the groups' weighted mean added and its prior's
location moved by as much, so that under its own name it has the plain normal prior, independent of the effects.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from models.engines.settings import Settings
from tests.models._prepare import Case, case, sampled
from tests.models._second_opinion import (
    Named,
    agree,
    bambi_draws,
    bound_for,
    gaps,
    several_services,
    smaller,
    states_only,
)

SETTINGS = Settings(draws=2000, tune=1000, chains=4, seed=1)


def both(asked: Case) -> tuple[xr.Dataset, xr.Dataset]:
    """The posterior by the default engine and by Bambi."""
    return sampled(asked, SETTINGS), sampled(asked, replace(SETTINGS, engine="bambi"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "given",
    [
        lambda: case("pcc_adoption"),
        lambda: case("peer_adoption"),
        lambda: states_only(case("peer_logit", service="condoms")),
        lambda: case("peer_logit", service="methadone", priors="as_claimed", single_level=True),
        lambda: states_only(case("peer_tobit", service="condoms", family="gaussian")),
    ],
    ids=["pcc_adoption", "peer_adoption", "peer_logit-states", "peer_logit-single_level", "gaussian-states"],
)
def test_bambi_agrees_on_one_outcome(given: Callable[[], Case]) -> None:
    """Every parameter under its own name: --engine bambi beside the default."""
    ours, theirs = both(given())
    names = sorted(map(str, ours.data_vars))
    assert names == sorted(map(str, theirs.data_vars))
    agree(*({name: posterior[name] for name in names} for posterior in (ours, theirs)))


@pytest.mark.slow
def test_bambi_agrees_on_exposures_where_unit_type_is_a_control() -> None:
    """The one prior that differs is not of the exposures; they move less than a few hundredths of an sd."""
    ours, theirs = both(case("peer_logit", service="condoms"))
    assert set(ours) - set(theirs) == {"unit_type_sd"}
    np.testing.assert_allclose(theirs["unit_type_effect"].sum("unit_type"), 0.0, atol=1e-9)
    agree(*({"exposure_coef": posterior["exposure_coef"]} for posterior in (ours, theirs)))


@pytest.mark.slow
def test_bambi_agrees_on_the_joint_model() -> None:
    """Three services; their pooled coefficients, their own controls and states, and what a clinic's answers share."""
    asked = smaller(
        states_only(case("peer_logit", pooling="normal")),
        services=("condoms", "hiv_testing", "transportation"),
        exposures=("peer_influence", "peer_senior"),
        controls=("pcc_composite", "professional_share"),
        every=8,
    )
    careful = replace(SETTINGS, draws=4000, target_accept=0.98)  # at .9 Bambi's fit has divergences
    ours, theirs = sampled(asked, careful), bambi_draws(several_services(asked), careful)
    agree(our_joint(ours), their_joint(theirs, asked))


def test_the_bound_grows_with_what_is_compared_and_sees_a_shift_and_another_spread() -> None:
    assert bound_for(16) == pytest.approx(4.0, abs=0.01)
    assert bound_for(250) == pytest.approx(4.61, abs=0.01)
    one, same = noise(1), noise(2)
    assert max(gap.errors for gap in gaps({"a": one}, {"a": same})) < 4.0
    agree({"a": one}, {"a": same})
    for wrong in (same + 0.15, same * 1.12):
        with pytest.raises(AssertionError, match=r"beyond 3\.48 Monte Carlo errors"):
            agree({"a": one}, {"a": wrong})
    with pytest.raises(AssertionError, match="too few effective draws"):
        agree({"a": one[:, :20]}, {"a": same[:, :20]})


def noise(seed: int) -> xr.DataArray:
    return xr.DataArray(np.random.default_rng(seed).normal(size=(4, 1000)), dims=("chain", "draw"))


def our_joint(posterior: xr.Dataset) -> Named:
    """Without the effects of states and units: their hundreds would widen the bound for all others."""
    names = ("intercept", "exposure_mean", "exposure_spread", "exposure_coef", "control_coef", "state_sd", "unit_sd")
    return {name: posterior[name] for name in names}


def their_joint(posterior: xr.Dataset, given: Case) -> Named:
    """In our order: Bambi's services are sorted."""
    design = given.design
    services = list(design.services)
    pooled = [f"x{k}" for k in range(len(design.exposures))]
    controls = [f"service:z{k}" for k in range(len(design.controls))]
    by_service = [posterior[x] + posterior[f"{x}|service"].sel(service__factor_dim=services) for x in pooled]
    return {
        "intercept": posterior["service"].sel(service_dim=services),
        "exposure_mean": stacked([posterior[x] for x in pooled]),
        "exposure_spread": stacked([posterior[f"{x}|service_sigma"] for x in pooled]),
        "exposure_coef": stacked(by_service),
        "control_coef": stacked([posterior[z].sel({f"{z}_dim": services}).rename({f"{z}_dim": "s"}) for z in controls]),
        "state_sd": posterior["service|state_sigma"].sel(service__expr_dim=services),
        "unit_sd": posterior["1|unit_sigma"],
    }


def stacked(parts: list[xr.DataArray]) -> xr.DataArray:
    """(chain, draw, ...) each -> (chain, draw, part, ...)."""
    return xr.concat(parts, dim="part", coords="minimal", compat="override").transpose("chain", "draw", "part", ...)
