"""Rough estimates: against least squares of statsmodels and maximum likelihood, and where answers say nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm

from models.engines.compiled.density import density_of
from models.engines.maximum.estimates import estimate
from models.engines.model_data import inputs
from models.family import Family
from models.predictors.information import Information
from tests.models._prepare import Case, case


def columns(given: Case) -> np.ndarray:
    """All columns but the constant: exposures, controls, and all but one level of exhaustive groups."""
    groups = [one for one in given.design.groups.values() if one.exhaustive]
    dummies = [np.eye(len(one.levels))[one.index][:, 1:] for one in groups]
    return np.column_stack([given.design.x, given.design.z, *dummies])


def of(given: Case, **changes: Any) -> Information:
    return Information(replace(given.design, **changes), given.family)


def test_a_gaussian_designs_rough_estimates_are_least_squares() -> None:
    given = case("peer_tobit")
    given = replace(given, design=replace(given.design, limits=(-np.inf, np.inf)))
    information = of(given)
    estimates, errors = information.exposures()
    for service in range(len(given.design.services)):
        here = given.design.service_of == service
        rows = sm.add_constant(columns(given)[given.design.unit_of[here]], has_constant="add")
        fit = sm.OLS(given.design.y[here], rows).fit()
        count = estimates.shape[0]
        np.testing.assert_allclose(estimates[:, service], fit.params[1 : count + 1], rtol=1e-3, atol=1e-3)
        # one answer's worth of the outcomes' variance more
        np.testing.assert_allclose(errors[:, service], fit.bse[1 : count + 1], rtol=0.02)
        np.testing.assert_allclose(information.rough.rest[here], fit.resid, rtol=1e-3, atol=1e-2)


@pytest.mark.parametrize(
    ("model", "gap", "slopes", "sure_from"),
    [
        # measured: .24 standard errors, a slope of 1.08, a correlation of .97; none is 2 errors from 0
        ("peer_tobit", 0.55, (0.75, 1.2), 1.3),
        # .006, .996 and 1.000
        ("pcc_logit", 0.06, (0.97, 1.03), 0.5),
    ],
)
def test_estimates_lie_near_maximum_likelihood(
    model: str, gap: float, slopes: tuple[float, float], sure_from: float
) -> None:
    given = case(model, single_level=True)
    names = [f"exposure_coef[{column.label}]" for column in given.design.exposures]
    exact = estimate(given.design, given.family)["estimate"].sel(parameter=names)
    found, errors = of(given).exposures()
    truth = exact.transpose("parameter", "service").to_numpy()
    there = np.isfinite(truth)
    assert np.sqrt(np.mean(((found - truth) / errors)[there] ** 2)) < gap
    slope = np.polyfit(truth[there], found[there], 1)[0]
    assert slopes[0] < slope < slopes[1]
    assert np.corrcoef(truth[there], found[there])[0, 1] > 0.93
    sure = there & (np.abs(truth) > sure_from * errors)
    assert sure.any()
    assert (np.sign(found[sure]) == np.sign(truth[sure])).all()


def test_errors_of_yes_or_no_are_those_of_maximum_likelihood_however_rates_differ() -> None:
    """In the simulated study, methadone is offered by 94 of a hundred units of one type and by 0 to 6 of the others."""
    given = case("peer_logit", single_level=True)
    exact = estimate(given.design, given.family)
    names = [f"exposure_coef[{column.label}]" for column in given.design.exposures]
    covariance = exact["covariance"].sel(errors="classical")
    variances = [np.diag(covariance.sel(parameter=name, parameter_other=name)) for name in names]
    _, errors = of(given).exposures()
    there = np.isfinite(variances)
    truth = np.sqrt(np.where(there, variances, 1.0))
    assert there.sum() > 12
    np.testing.assert_allclose(errors[there], truth[there], rtol=0.05)


def test_levels_of_a_group_are_means_of_what_the_columns_leave() -> None:
    given = case("peer_tobit")
    design, information = given.design, of(given)
    found, errors = information.levels("state")
    index, rest = design.groups["state"].index[design.unit_of], information.rough.rest
    for level, service in [(0, 0), (3, 2), (10, 7)]:
        here = (index == level) & (design.service_of == service)
        if here.any():
            assert found[level, service] == pytest.approx(rest[here].mean(), rel=1e-9)
            assert errors[level, service] == pytest.approx(information.rough.rest_sd[service] / np.sqrt(here.sum()))
    absent = replace(design, unit_of=design.unit_of[index != 4], service_of=design.service_of[index != 4])
    absent = replace(absent, y=design.y[index != 4])
    gone, unknown = Information(absent, given.family).levels("state")
    assert (gone[4] == 0.0).all()
    assert (unknown[4] > 9.0 * errors.min(axis=0)).all()


def at_limit(given: Case) -> dict[str, Any]:
    """The second service with one answer throughout, at the lower limit where there is one."""
    return {"y": np.where(given.design.service_of == 1, max(given.design.limits[0], 0.0), given.design.y)}


def few(given: Case) -> dict[str, Any]:
    """The second service with six answers, fewer than there are columns."""
    design = given.design
    kept = (design.service_of != 1) | (np.cumsum(design.service_of == 1) <= 6)
    return {"y": design.y[kept], "unit_of": design.unit_of[kept], "service_of": design.service_of[kept]}


def without_a_level(given: Case) -> dict[str, Any]:
    """No unit of the first type has the second service."""
    design = given.design
    kept = (design.service_of != 1) | (design.groups["unit_type"].index[design.unit_of] != 0)
    return {"y": design.y[kept], "unit_of": design.unit_of[kept], "service_of": design.service_of[kept]}


def twice(given: Case) -> dict[str, Any]:
    """The first exposure twice."""
    x = given.design.x.copy()
    x[:, 1] = x[:, 0]
    return {"x": x}


def of_zeros(given: Case) -> dict[str, Any]:
    """An exposure that is at its mean in all units."""
    x = given.design.x.copy()
    x[:, 1] = 0.0
    return {"x": x}


KINDS = [at_limit, few, without_a_level, twice, of_zeros]


@pytest.mark.parametrize("kind", KINDS, ids=lambda one: one.__name__)
@pytest.mark.parametrize("family", Family.names())
def test_where_answers_say_nothing_errors_say_so_and_models_still_have_a_density(kind: Any, family: str) -> None:
    given = case("peer_logit") if family == "bernoulli" else case("peer_tobit", family=family)
    changes = kind(given)
    whole, information = of(given), of(given, **changes)
    estimates, errors = information.exposures()
    usual = whole.exposures()[1]
    assert np.isfinite(estimates).all()
    assert np.isfinite(errors).all()
    assert (errors > 0.0).all()
    if kind is few:
        assert (errors[:, 1] > usual[:, 1]).all()
    if kind in (twice, of_zeros):
        assert (errors[1] > 50.0 * usual[1]).all()
        np.testing.assert_allclose(errors[2:], usual[2:], rtol=0.5)
    design = replace(given.design, **changes)
    density = density_of(design, given.family, given.priors, inputs(design, given.family, given.priors))
    value, gradient = density.at(density.start)
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()
