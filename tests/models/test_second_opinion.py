"""Bambi's answer to the same Bernoulli model under the same priors, and PyMC's sampler beside nutpie."""

from __future__ import annotations

import bambi as bmb
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from models._engines import Settings
from tests.models._prepare import Case, case, sampled

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # Bambi and its samplers warn of much that is not ours
]

BOUND = 0.15
"""Posterior sds between two engines' means: three times the Monte Carlo error at 800 effective draws, twice over."""


@pytest.fixture(scope="module")
def given() -> Case:
    return case("pcc_adoption")


@pytest.fixture(scope="module")
def ours(given: Case) -> xr.Dataset:
    posterior: xr.Dataset = sampled(given, Settings(draws=1000, tune=1000, chains=2, seed=1))
    return posterior


def test_bambi_agrees_on_a_multilevel_bernoulli_model(given: Case, ours: xr.Dataset) -> None:
    design, priors = given.design, given.priors
    columns = [f"x{k}" for k in range(design.x.shape[1])]
    frame = pd.DataFrame(design.x, columns=columns)
    frame["y"] = design.y.astype(int)
    frame["state"] = np.array(design.groups["state"].levels)[design.groups["state"].index]
    marginal = float(np.hypot(priors.exposure_mean[1], priors.exposure_spread))
    effects = {column: bmb.Prior("Normal", mu=priors.exposure_mean[0], sigma=marginal) for column in columns}
    spread = bmb.Prior("Normal", mu=0, sigma=bmb.Prior("HalfNormal", sigma=priors.group_sd["state"]))
    level = bmb.Prior("Normal", mu=priors.intercept[0], sigma=priors.intercept[1])
    model = bmb.Model(
        f"y ~ {' + '.join(columns)} + (1|state)",
        frame,
        family="bernoulli",
        priors={"Intercept": level, "1|state": spread, **effects},
    )
    theirs = model.fit(draws=1000, tune=1000, chains=2, random_seed=1, inference_method="nutpie", progressbar=False)[
        "posterior"
    ].to_dataset()
    for k, column in enumerate(columns):
        agree(ours["exposure_coef"].isel(exposure=k), theirs[column])
    agree(ours["state_sd"], theirs["1|state_sigma"])


def test_pymc_and_nutpie_agree(given: Case, ours: xr.Dataset) -> None:
    other = sampled(given, Settings(draws=1000, tune=1000, chains=2, seed=2, engine="pymc"))
    for k in range(given.design.x.shape[1]):
        agree(ours["exposure_coef"].isel(exposure=k), other["exposure_coef"].isel(exposure=k))
    agree(ours["intercept"], other["intercept"])


def agree(one: xr.DataArray, other: xr.DataArray) -> None:
    assert abs(float(one.mean()) - float(other.mean())) < BOUND * float(one.std())
    assert float(one.std()) == pytest.approx(float(other.std()), rel=0.12)  # an sd's Monte Carlo error is some 4 %
