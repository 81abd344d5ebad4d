"""Estimates of every service: the right rows, columns and clusters, and how services vary together."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
import xarray as xr

from fits.loaded import Loaded, design_of, load
from fits.plan import FitPlan
from models.design import Design, Group
from models.engines.maximum.estimates import CLASSICAL, ROBUST, estimate, few_clusters
from models.engines.maximum.likelihoods import bernoulli, tobit
from models.engines.maximum.maximum import Maximum
from models.family import Family
from models.predictors.predictor import equation_names
from tests.models.engines.test_maximum import sandwich

Array = np.ndarray
MAXIMISE = {"bernoulli": bernoulli.maximise, "tobit": tobit.maximise}
SEPARATED = "methadone"
LEFT_OUT = "left out, as constant or collinear among these units: "
NSSATS = os.environ.get("NSSATS_2017", "")


@dataclass(frozen=True)
class Made:
    """A model's single-level design and its estimates."""

    loaded: Loaded
    design: Design
    family: Family
    found: xr.Dataset

    def rows(self, service: str) -> tuple[Array, Array, Array]:
        """Outcomes, columns and units, picked out of the study by hand."""
        dataset, design = self.loaded.dataset, self.design
        y = dataset[design.reading.role].sel(service=service).to_numpy()[design.units]
        known = np.isfinite(y)
        if design.reading.role == "utilisation":
            known &= dataset["availability"].sel(service=service).to_numpy()[design.units] != 0
        units = np.flatnonzero(known)
        return y[units], np.column_stack([np.ones(len(units)), design.x[units], design.z[units]]), units

    @cached_property
    def maxima(self) -> dict[str, Maximum]:
        """Found one service at a time, of those that have one."""
        found, maximise = {}, MAXIMISE[self.family.maximise]
        for service in self.with_maximum:
            y, x, _ = self.rows(service)
            found[service] = maximise(y, x, limits=self.design.limits, labels=[str(n) for n in range(x.shape[1])])
        return found

    def block(self, errors: str, service: str, other: str) -> Array:
        at = {"errors": errors, "service": service, "service_other": other}
        return self.found["covariance"].sel(at).to_numpy()

    @property
    def with_maximum(self) -> list[str]:
        return [service for service in self.design.services if bool(self.found["converged"].sel(service=service))]


def made(model: str, **wanted: Any) -> Made:
    loaded = load(FitPlan(model=model, engine="mle", **wanted))
    design, family = design_of(loaded, None, single_level=True)
    return Made(loaded, design, family, estimate(design, family))


@pytest.fixture(scope="module")
def tobit() -> Made:
    return made("peer_tobit")


@pytest.fixture(scope="module")
def logit() -> Made:
    return made("peer_logit")


@pytest.fixture(params=["tobit", "logit"])
def either(request: pytest.FixtureRequest) -> Made:
    found: Made = request.getfixturevalue(request.param)
    return found


def words(found: xr.Dataset, service: str) -> str:
    return str(found["words"].sel(service=service).item())


def test_every_service_is_what_it_is_alone(either: Made) -> None:
    assert len(either.with_maximum) >= 7
    for service in either.with_maximum:
        alone, here = either.maxima[service], either.found.sel(service=service)
        # The same function on the same rows: nothing but the order of sums may differ.
        np.testing.assert_allclose(here["estimate"], alone.estimate, rtol=1e-9)
        assert float(here["log_likelihood"]) == pytest.approx(alone.log_likelihood, rel=1e-12)
        assert int(here["iterations"]) == alone.iterations > 0
        assert words(either.found, service) == ""


def test_rows_are_those_of_the_hierarchical_model(either: Made) -> None:
    pooled, _ = design_of(either.loaded, None, single_level=False)
    assert (len(pooled.groups), len(either.design.groups)) == (2, 0)
    for name in ("units", "y", "unit_of", "service_of", "x"):
        np.testing.assert_array_equal(getattr(either.design, name), getattr(pooled, name), err_msg=name)
    for service in either.design.services:
        y, _, units = either.rows(service)
        here = pooled.service_of == pooled.services.index(service)
        np.testing.assert_array_equal(pooled.y[here], y)
        np.testing.assert_array_equal(pooled.unit_of[here], units)


def test_unit_types_are_controls_and_states_only_clusters(either: Made) -> None:
    design, dataset = either.design, either.loaded.dataset.isel(unit=either.design.units)
    pooled, _ = design_of(either.loaded, None, single_level=False)
    dummies = [f"unit_type[{level}]" for level in ("outpatient_otp", "inpatient", "residential")]
    assert [column.label for column in design.controls] == [*(column.label for column in pooled.controls), *dummies]
    for label in dummies:
        place = [column.label for column in design.controls].index(label)
        has = (dataset["unit_type"].to_numpy() == label[len("unit_type[") : -1]).astype(float)
        np.testing.assert_allclose(design.z[:, place], has - has.mean(), atol=1e-12)  # rounding of a mean
    assert list(either.found["errors"].to_numpy()) == [CLASSICAL, ROBUST, "state", "unit_type"]
    for service in design.services:
        _, _, units = either.rows(service)
        levels = [len(np.unique(dataset[name].to_numpy()[units])) for name in ("state", "unit_type")]
        clusters = either.found["clusters"].sel(service=service)
        np.testing.assert_array_equal(clusters, [np.nan, np.nan, *levels])  # how many units is told elsewhere


def test_parameters_are_named_in_order(tobit: Made, logit: Made) -> None:
    names = equation_names(logit.design, logit.family)
    assert names[3:5] == ["exposure_coef[peer_senior]", "control_coef[invites_patients]"]
    for dim in ("parameter", "parameter_other"):
        assert list(tobit.found[dim].to_numpy()) == [*names, "log_residual_sd"]


def test_a_separated_service_has_words_in_place_of_numbers(tobit: Made) -> None:
    here = tobit.found.sel(service=SEPARATED)
    assert words(tobit.found, SEPARATED).startswith("separated by unit_type[inpatient]: the likelihood rises")
    assert here["estimate"].isnull().all()
    assert here["log_likelihood"].isnull()
    assert not here["covariance"].any()
    assert not tobit.found["covariance"].sel(service_other=SEPARATED).any()
    assert tobit.with_maximum == [service for service in tobit.design.services if service != SEPARATED]


def constant_in(made: Made, service: str, *columns: str) -> Design:
    """The design with control columns that do not vary among the units that answer a service."""
    _, _, units = made.rows(service)
    z = made.design.z.copy()
    for column in columns:
        z[units, [one.label for one in made.design.controls].index(column)] = 0.25
    return replace(made.design, z=z)


def test_a_column_that_is_constant_among_a_services_units_is_left_out_and_named(tobit: Made) -> None:
    gone, said = ("medicaid_expansion", "twelve_step"), []
    design = constant_in(tobit, "hiv_testing", *gone)
    found = estimate(design, tobit.family, say=said.append)
    assert said == list(design.services)  # each as it is begun
    assert words(found, "hiv_testing") == LEFT_OUT + "medicaid_expansion and twelve_step"
    assert found["converged"].sel(service="hiv_testing")
    absent = [f"control_coef[{name}]" for name in gone]
    here = found.sel(service="hiv_testing")
    assert list(here["parameter"].where(here["estimate"].isnull(), drop=True).to_numpy()) == absent
    assert not found["covariance"].sel(service="hiv_testing", parameter=absent).any()
    assert not found["covariance"].sel(service_other="hiv_testing", parameter_other=absent).any()
    changed = replace(tobit, design=design)
    y, x, _ = changed.rows("hiv_testing")
    kept = [place for place, name in enumerate(found["parameter"].to_numpy()[:-1]) if name not in absent]
    alone = MAXIMISE["tobit"](y, x[:, kept], limits=design.limits, labels=[str(place) for place in kept])
    rest = found["parameter"].to_numpy()[[*kept, -1]]
    np.testing.assert_allclose(here["estimate"].sel(parameter=rest), alone.estimate, rtol=1e-9)  # the same function
    block = here["covariance"].sel(errors=CLASSICAL, service_other="hiv_testing", parameter=rest, parameter_other=rest)
    np.testing.assert_allclose(block, alone.classical, rtol=1e-9)
    # The others have no such column, and a service that is separated says both.
    assert words(found, "aftercare") == ""
    assert found["estimate"].sel(service="aftercare").notnull().all()
    both = words(estimate(constant_in(tobit, SEPARATED, "twelve_step"), tobit.family), SEPARATED).split("; ")
    assert both[0].startswith("separated by unit_type[inpatient]")
    assert both[1:] == [LEFT_OUT + "twelve_step"]


def test_of_collinear_columns_the_later_is_left_out(logit: Made) -> None:
    labels = [column.label for column in logit.design.controls]
    z = logit.design.z.copy()
    z[:, labels.index("competition")] = 2 * z[:, labels.index("oud_share")] - z[:, labels.index("professional_share")]
    found = estimate(replace(logit.design, z=z), logit.family)
    assert set(found["words"].to_numpy()) == {LEFT_OUT + "competition"}
    assert found["converged"].all()
    assert (found["estimate"].isnull().sum("parameter") == 1).all()


@pytest.mark.parametrize("errors", [ROBUST, "state"])
def test_services_covary_as_in_one_sandwich_of_all(either: Made, errors: str) -> None:
    """Scores of all services side by side, one row per unit, summed over clusters by loops."""
    services, width = either.with_maximum, either.found.sizes["parameter"]
    levels = np.arange(len(either.design.units)) if errors == ROBUST else either.design.clusters["state"].index
    stacked = np.zeros((len(services), levels.max() + 1, width))
    present, breads = np.zeros(stacked.shape[:2], dtype=bool), []
    for s, service in enumerate(services):
        alone = either.maxima[service]
        breads.append(np.linalg.inv(alone.information))
        for score, unit in zip(alone.scores, either.rows(service)[2], strict=True):
            stacked[s, levels[unit]] += score
            present[s, levels[unit]] = True
    for s, service in enumerate(services):
        for t, other in enumerate(services):
            count = (present[s] | present[t]).sum()
            meat = sum(np.outer(one, two) for one, two in zip(stacked[s], stacked[t], strict=True))
            expected = count / (count - 1) * breads[s] @ meat @ breads[t]
            size = np.outer(*(np.sqrt(np.diag(either.block(errors, name, name))) for name in (service, other)))
            # in standard errors of both; inverses of information whose sizes differ by 1e4 lose some digits
            np.testing.assert_allclose((either.block(errors, service, other) - expected) / size, 0, atol=1e-9)


def test_a_service_with_itself_has_the_errors_of_its_own_equation(either: Made) -> None:
    for service in either.with_maximum:
        alone = either.maxima[service]
        np.testing.assert_allclose(either.block(ROBUST, service, service), sandwich(alone), rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(either.block(CLASSICAL, service, service), alone.classical, rtol=1e-9, atol=1e-12)
    first, second = either.with_maximum[:2]
    assert either.block(ROBUST, first, second).any()
    np.testing.assert_array_equal(either.block(CLASSICAL, first, second), either.block(ROBUST, first, second))


def test_a_service_within_one_cluster_has_no_errors_of_that_kind(tobit: Made) -> None:
    half = np.arange(len(tobit.design.units)) % 2
    half[tobit.rows("hiv_testing")[2]] = 0
    found = estimate(replace(tobit.design, clusters={"half": Group(("0", "1"), half)}), tobit.family)
    block = found["covariance"].sel(errors="half", service="hiv_testing")
    assert block.sel(service_other="hiv_testing").isnull().all()
    assert block.sel(service_other="aftercare").notnull().all()
    assert found["covariance"].sel(errors="half", service="aftercare", service_other="aftercare").notnull().all()


def test_few_clusters_are_said(tobit: Made) -> None:
    some = tobit.found.sel(service=["condoms", "aftercare"])
    assert few_clusters(some, "state") == ""
    fewer = "39 clusters of state: with fewer than about 40 such errors are too small"
    assert few_clusters(some.assign(clusters=some["clusters"] - 9), "state") == fewer
    assert few_clusters(some.assign(clusters=some["clusters"] * 0 + 5), ROBUST) == ""


def test_a_service_without_errors_has_none_that_are_too_small(tobit: Made) -> None:
    clusters = tobit.found["clusters"].sel(errors="state")
    assert (int(clusters.min()), int(clusters.sel(service=tobit.with_maximum).min())) == (32, 41)
    assert few_clusters(tobit.found, "state") == ""


def test_gaussian_is_ordinary_least_squares() -> None:
    plain = made("peer_tobit", family="gaussian")
    assert plain.design.limits == (-np.inf, np.inf)
    assert plain.with_maximum == list(plain.design.services)  # without limits nothing separates
    for service in plain.design.services:
        y, x, _ = plain.rows(service)
        assert np.isin(y, [0.0, 100.0]).any()  # taken for values like any other
        ols = sm.OLS(y, x).fit()
        here = plain.found.sel(service=service)
        # Both solve by orthogonal columns; the smallest of them is some hundredth of the others.
        np.testing.assert_allclose(here["estimate"][:-1], ols.params, rtol=1e-9)
        assert float(np.exp(2 * here["estimate"][-1])) == pytest.approx(ols.ssr / len(y), rel=1e-9)
        classical, robust = (np.sqrt(np.diag(plain.block(e, service, service))) for e in (CLASSICAL, ROBUST))
        # Maximum likelihood divides the residual sum of squares by n, least squares by n - k.
        np.testing.assert_allclose(classical[:-1], ols.bse * np.sqrt(ols.df_resid / len(y)), rtol=1e-9)
        assert classical[-1] == pytest.approx(np.sqrt(0.5 / len(y)), rel=1e-9)  # of a normal's log sd
        hc0 = ols.get_robustcov_results("HC0").bse
        np.testing.assert_allclose(robust[:-1], hc0 * np.sqrt(len(y) / (len(y) - 1)), rtol=1e-9)


def test_a_family_without_a_search_of_its_own_is_climbed(tobit: Made) -> None:
    climbed = estimate(tobit.design, replace(tobit.family, maximise=""))
    errors = np.sqrt(np.einsum("spsp->sp", tobit.found["covariance"].sel(errors=CLASSICAL).to_numpy()))
    known = tobit.found["converged"].to_numpy() & climbed["converged"].to_numpy()
    assert known.sum() >= 6
    gap = ((climbed["estimate"] - tobit.found["estimate"]).to_numpy() / np.where(errors > 0, errors, np.inf))[known]
    assert np.nanmax(np.abs(gap)) < 1e-6  # standard errors


@pytest.mark.skipif(not NSSATS, reason="set NSSATS_2017 to the path of the public-use file (see the README)")
def test_methadone_of_the_public_file_is_separated_and_the_rest_is_estimated_in_seconds() -> None:
    started = time.monotonic()
    public = made("peer_logit", study="nssats_2017", data=Path(NSSATS))
    assert time.monotonic() - started < 60  # 2 s for 12,648 units on an idle machine: a guard, not a benchmark
    # Only opioid treatment programs may dispense it, and these are what the other unit types are not.
    assert words(public.found, SEPARATED).startswith("separated by unit_type[outpatient_otp], unit_type[inpatient] and")
    assert public.with_maximum == [service for service in public.design.services if service != SEPARATED]
    rest = public.found.sel(service=public.with_maximum)
    assert rest["estimate"].notnull().all()
    peers = rest["estimate"].sel(parameter="exposure_coef[peer_support]")
    # Mantel-Haenszel odds ratios of the whole file: 3.61 and 2.90, which further controls change little.
    assert np.exp(float(peers.sel(service="housing"))) == pytest.approx(3.61, rel=0.15)
    assert np.exp(float(peers.sel(service="transportation"))) == pytest.approx(2.90, rel=0.15)
