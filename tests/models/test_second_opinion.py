"""Bambi's answer to the same Bernoulli models under the same priors.

The intercept is compared as it is: `_graph` samples it with the groups' weighted mean added and its prior's
location moved by as much, so that under its own name it has the plain normal prior, independent of the effects.
Covariates are centred in the design, so that Bambi's own centring changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from fits.loaded import prepare
from models.engines.settings import Settings
from tests.models._prepare import Case, case, sampled
from tests.models._second_opinion import (
    Named,
    agree,
    bambi_draws,
    bound_for,
    gaps,
    one_service,
    several_services,
    smaller,
    states_only,
)

pytestmark = pytest.mark.filterwarnings("ignore:Cannot cache compiled function")

SETTINGS = Settings(draws=2000, tune=1000, chains=4, seed=1)


def single_level() -> Case:
    """Nothing pooled, unit types as dummies, and coefficients whose priors are not centred at 0."""
    given = case("peer_logit", service="methadone", priors="as_claimed")
    assert given.priors.exposure_shift.any()
    return Case(given.loaded, *prepare(given.loaded, "methadone", single_level=True))


@pytest.mark.slow
@pytest.mark.parametrize(
    "given",
    [
        lambda: case("pcc_adoption"),
        lambda: case("peer_adoption"),
        lambda: states_only(case("peer_logit", service="condoms")),
        single_level,
    ],
    ids=["pcc_adoption", "peer_adoption", "peer_logit-condoms-states", "peer_logit-methadone-single_level"],
)
def test_bambi_agrees_on_one_outcome(given: Callable[[], Case]) -> None:
    asked = given()
    ours, theirs = sampled(asked, SETTINGS), bambi_draws(one_service(asked), SETTINGS)
    agree(our_service(ours, asked), their_service(theirs, asked))


@pytest.mark.slow
def test_bambi_agrees_on_the_joint_model() -> None:
    """Three services; their pooled coefficients, their own controls and states, and what a clinic's answers share."""
    asked = smaller(
        states_only(case("peer_logit")),
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


def our_service(posterior: xr.Dataset, given: Case) -> Named:
    design = given.design
    found = {"intercept": posterior["intercept"].isel(service=0)}
    for letter, dim, columns in (("x", "exposure", design.exposures), ("z", "control", design.controls)):
        for k in range(len(columns)):
            found[f"{letter}{k}"] = posterior[f"{dim}_coef"].isel({dim: k, "service": 0})
    if design.groups:
        found["state_sd"] = posterior["state_sd"].isel(service=0)
        found["state_effect"] = posterior["state_effect"].isel(service=0)
    return found


def their_service(posterior: xr.Dataset, given: Case) -> Named:
    design = given.design
    names = [f"x{k}" for k in range(len(design.exposures))] + [f"z{k}" for k in range(len(design.controls))]
    found = {"intercept": posterior["Intercept"], **{name: posterior[name] for name in names}}
    if design.groups:
        found["state_sd"] = posterior["1|state_sigma"]
        found["state_effect"] = posterior["1|state"].sel(state__factor_dim=list(design.groups["state"].levels))
    return found


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
