"""Errors of average effects by the delta method: against statsmodels, by hand, and against simulation."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import xarray as xr
from scipy import stats

from data.errors import InputError
from fits.effects.asymptotic import Asymptotic, p_text
from fits.effects.delta import DRAWS, Delta, delta, probes
from fits.effects.effect_table import POOLED, Effect, EffectTable
from fits.effects.effects_of_fit import Question, effect_tables
from fits.loaded import Loaded, design_of, load
from fits.plan import FitPlan
from models.design import Design
from models.engines.maximum.estimates import estimate
from models.families import tobit
from models.family import Family
from models.scale import choose
from tests.making import plan_of
from tests.small_study import binary, category, codebook, number, write

Array = np.ndarray
SHARE, DUMMY = "lived_experience_share", "peer_influence"
COEF = f"exposure_coef[{DUMMY}]"
REACH = stats.norm.ppf(0.975)
CLOSE = 1e-6
"""Relative, to statsmodels: central differences of a ten-thousandth of a standard error are off by its square."""


@dataclass(frozen=True)
class Case:
    loaded: Loaded
    design: Design
    family: Family

    @cached_property
    def estimates(self) -> xr.Dataset:
        return estimate(self.design, self.family)

    def table(self, scale: str, *exposures: str, errors: str = "classical", ratio: bool = False) -> EffectTable:
        found = Delta.of(self.estimates, self.family, errors=errors)
        chosen = choose((scale,), self.family.scales_within(self.design.limits), ratio=ratio)
        asked = {"question": Question(chosen, exposures=exposures, ratio=ratio), "judge": found.judge}
        study = {"dataset": self.loaded.dataset, "codebook": self.loaded.codebook}
        (table,) = effect_tables(found.posterior, self.design, self.family, **study, **asked)
        return table


def case(model: str, *services: str) -> Case:
    """Three of the services, which is quicker than eight."""
    loaded = load(FitPlan(model=model, engine="mle"))
    named = dict(zip(loaded.reading.services, loaded.reading.outcomes, strict=True))
    reading = replace(loaded.reading, outcomes=tuple(named[service] for service in services), services=services)
    loaded = replace(loaded, reading=reading)
    return Case(loaded, *design_of(loaded, None, single_level=True))


@pytest.fixture(scope="module")
def logit() -> Case:
    return case("peer_logit", "methadone", "condoms", "transportation")


@pytest.fixture(scope="module")
def two_limits() -> Case:
    return case("peer_tobit", "methadone", "condoms", "aftercare")


def row_of(table: EffectTable, exposure: str, service: str) -> Effect:
    (row,) = (row for row in table.of_exposure(exposure) if row.service == service)
    return row


def said(table: EffectTable, exposure: str, service: str) -> Asymptotic:
    change = row_of(table, exposure, service).change
    assert isinstance(change, Asymptotic)
    return change


def raw(given: Case, service: str) -> tuple[Array, Array, Array]:
    """Outcomes, columns in their contrasts but not centred, and cells of one service."""
    design = given.design
    cells = np.flatnonzero(design.service_of == design.services.index(service))
    units = design.unit_of[cells]
    columns = [column.values[units] / column.step for column in (*design.exposures, *design.controls)]
    return design.y[cells], np.column_stack([np.ones(len(units)), *columns]), units


def fitted(given: Case, service: str, errors: str) -> sm.discrete.discrete_model.BinaryResultsWrapper:
    """The same equation by statsmodels, whose errors lack the factor of G clusters, G / (G - 1)."""
    y, x, units = raw(given, service)
    if errors == "classical":
        return sm.Logit(y, x).fit(disp=0, tol=1e-12)
    groups = np.arange(len(y)) if errors == "robust" else given.design.clusters[errors].index[units]
    kinds = {"groups": groups, "use_correction": False}
    return sm.Logit(y, x).fit(disp=0, tol=1e-12, cov_type="cluster", cov_kwds=kinds)


@pytest.mark.parametrize("errors", ["classical", "robust", "state"])
def test_effects_of_dummies_on_a_probability_are_those_of_statsmodels(logit: Case, errors: str) -> None:
    table = logit.table("probability", DUMMY, "peer_senior", errors=errors)
    for service in ("condoms", "methadone"):
        _, _, units = raw(logit, service)
        count = len(units if errors == "robust" else np.unique(logit.design.clusters["state"].index[units]))
        factor = 1.0 if errors == "classical" else np.sqrt(count / (count - 1))
        theirs = fitted(logit, service, errors).get_margeff(at="overall", method="dydx", dummy=True)
        for exposure in (DUMMY, "peer_senior"):
            place = [column.label for column in logit.design.exposures].index(exposure)
            ours = said(table, exposure, service)
            assert ours.estimate == pytest.approx(theirs.margeff[place], rel=CLOSE)
            assert ours.error == pytest.approx(theirs.margeff_se[place] * factor, rel=CLOSE)
            ends = [ours.estimate - REACH * ours.error, ours.estimate + REACH * ours.error]
            assert [ours.low, ours.high] == pytest.approx(ends, rel=1e-12)  # the same formula


def test_a_finite_contrast_of_a_number_has_the_error_of_its_own_gradient(logit: Case) -> None:
    """Ten more percent of staff, not the derivative that statsmodels gives: its covariance, and a gradient by hand."""
    table = logit.table("probability", SHARE)
    y, low, _ = raw(logit, "transportation")
    high = low.copy()
    high[:, 1] += 1.0
    theirs = fitted(logit, "transportation", "classical")
    change = theirs.predict(high).mean() - theirs.predict(low).mean()
    slopes = [(p * (1 - p))[:, None] * x for x in (high, low) for p in [theirs.predict(x)]]
    gradient = (slopes[0] - slopes[1]).mean(axis=0)
    ours = said(table, SHARE, "transportation")
    assert ours.estimate == pytest.approx(change, rel=CLOSE)
    assert ours.error == pytest.approx(np.sqrt(gradient @ theirs.cov_params() @ gradient), rel=CLOSE)
    # A logit's fitted values add up to what was seen.
    assert row_of(table, SHARE, "transportation").low.mean == pytest.approx(y.mean(), rel=CLOSE)


def test_the_mean_over_services_has_the_error_of_all_equations_together(logit: Case) -> None:
    """Blocks between services count: services that the same units offer are not independent."""
    ours = said(logit.table("log_odds", DUMMY, errors="state"), DUMMY, POOLED)
    values = logit.estimates["estimate"].sel(parameter=COEF)
    block = logit.estimates["covariance"].sel(errors="state", parameter=COEF, parameter_other=COEF).to_numpy()
    # On the log-odds a change is the coefficient itself, so the mean is linear: differences of it are exact.
    assert ours.estimate == pytest.approx(float(values.mean()), rel=1e-9)
    assert ours.error == pytest.approx(float(np.sqrt(block.sum())) / len(block), rel=CLOSE)
    assert abs(ours.error / (np.sqrt(np.trace(block)) / len(block)) - 1) > 0.02  # so that this can fail


def test_odds_ratios_and_their_intervals_are_exponentials(logit: Case) -> None:
    ours = said(logit.table("log_odds", DUMMY, ratio=True), DUMMY, "condoms")
    theirs = fitted(logit, "condoms", "classical")
    place = 1 + [column.label for column in logit.design.exposures].index(DUMMY)
    expected = np.exp([theirs.params[place], *theirs.conf_int()[place]])
    assert [ours.estimate, ours.low, ours.high] == pytest.approx(expected, rel=CLOSE)
    assert ours.error == pytest.approx(ours.estimate * theirs.bse[place], rel=CLOSE)
    assert ours.p_value == pytest.approx(theirs.pvalues[place], rel=1e-5)  # a tail, where errors are multiplied
    # The ends of 2000 draws of the logarithm are known to 2.67 sd / sqrt(2000) each: four times that.
    near = 4 * 2.67 * theirs.bse[place] / np.sqrt(DRAWS)
    found = np.log([ours.low_simulated, ours.high_simulated])
    assert found == pytest.approx(np.log([ours.low, ours.high]), abs=near)


def test_ratios_of_averages_have_intervals_made_on_the_logarithm(two_limits: Case) -> None:
    table = two_limits.table("expected", DUMMY, ratio=True)
    change, row = said(table, DUMMY, "condoms"), row_of(table, DUMMY, "condoms")
    assert change.estimate == pytest.approx(row.high.mean / row.low.mean, rel=1e-12)
    assert change.low * change.high == pytest.approx(change.estimate**2, rel=1e-12)
    assert np.log(change.high / change.estimate) == pytest.approx(REACH * change.error / change.estimate, rel=1e-9)
    # No effect is 1: the test is that of the logarithm.
    z = np.log(change.estimate) / (change.error / change.estimate)
    assert change.p_value == pytest.approx(2 * stats.norm.sf(abs(z)), rel=1e-9)


def by_simulation(given: Case, service: str, errors: str, draws: int) -> Array:
    """Average change of E[y] for a dummy, under parameters drawn afresh from their asymptotic distribution."""
    here = {"service": service, "service_other": service, "errors": errors}
    covariance = given.estimates["covariance"].sel(here).to_numpy()
    centre = given.estimates["estimate"].sel(service=service).to_numpy()
    parameters = np.random.default_rng(5).multivariate_normal(centre, covariance, draws)
    _, _, units = raw(given, service)
    place = [column.label for column in given.design.exposures].index(DUMMY)
    ends = []
    for level in (0.0, 1.0):
        x = np.column_stack([np.ones(len(units)), given.design.x[units], given.design.z[units]])
        x[:, 1 + place] += level - given.design.exposures[place].values[units]
        expected = tobit.expected(
            parameters[:, :-1] @ x.T, {"residual_sd": np.exp(parameters[:, -1:])}, given.design.limits
        )
        ends.append(expected.mean(axis=1))
    return ends[1] - ends[0]


@pytest.mark.parametrize("errors", ["classical", "state"])
def test_simulation_agrees_with_the_delta_method_for_a_tobit(two_limits: Case, errors: str) -> None:
    table, draws = two_limits.table("expected", DUMMY, errors=errors), 4000
    for service in ("aftercare", "condoms"):
        ours = said(table, DUMMY, service)
        drawn = by_simulation(two_limits, service, errors, draws)
        # Of 4000 draws an sd is known to 1.1 %, four times which is 4.5 %; the rest is for curvature, a percent or two.
        assert drawn.std() == pytest.approx(ours.error, rel=0.06)
        # The end of a 95 % interval is known to 2.67 sd / sqrt(draws): four times that, of our draws and of these.
        near = 4 * 2.67 * ours.error * np.hypot(1 / np.sqrt(DRAWS), 1 / np.sqrt(draws))
        ends = np.quantile(drawn, [0.025, 0.975])
        assert [ours.low_simulated, ours.high_simulated] == pytest.approx(ends, abs=near)
        assert [ours.low, ours.high] == pytest.approx(ends, abs=near)


def test_errors_that_are_asked_for_are_those_that_are_used(two_limits: Case) -> None:
    at = {"service": "condoms", "service_other": "condoms", "parameter": COEF, "parameter_other": COEF}
    for kind in ("classical", "state"):
        stored = np.sqrt(float(two_limits.estimates["covariance"].sel(at).sel(errors=kind)))
        found = said(two_limits.table("latent", DUMMY, errors=kind), DUMMY, "condoms")
        assert found.error == pytest.approx(stored, rel=CLOSE)
    with pytest.raises(InputError, match=r"got 'sate'; expected .* Did you mean 'state'"):
        Delta.of(two_limits.estimates, two_limits.family, errors="sate")
    single = two_limits.estimates.copy(deep=True)
    single["covariance"].loc[{"errors": "state", "service": "condoms", "service_other": "condoms"}] = np.nan
    with pytest.raises(InputError, match="'state', of which some service has a single cluster; expected others"):
        Delta.of(single, two_limits.family, errors="state")


def test_a_service_without_a_maximum_has_no_number_nor_has_the_mean_over_services(two_limits: Case) -> None:
    for scale in ("expected", "latent", "at_lower"):
        rows = two_limits.table(scale, DUMMY).of_exposure(DUMMY)
        assert [row.service for row in rows] == ["methadone", "condoms", "aftercare", POOLED]
        for row in rows:
            none = row.service in ("methadone", POOLED)
            for one in (row.low, row.high, row.change):
                assert np.isfinite(one.estimate) == (not none), (scale, row.service)
                assert (one.text == ("none", "", "")) == none
    plain = [row for row in two_limits.table("expected", DUMMY).to_list() if row["service"] in ("methadone", POOLED)]
    for entry in json.loads(json.dumps(plain, allow_nan=False)):
        assert {entry[key] for key in ("from", "to", "estimate", "error", "low", "high", "p_value")} == {None}


def test_an_exposure_that_was_left_out_has_no_number(logit: Case) -> None:
    """What is 0 in the equation because it could not be estimated is no effect of 0."""
    x = logit.design.x.copy()
    x[:, 2] = 2 * x[:, 1]
    changed = replace(logit, design=replace(logit.design, x=x))
    assert changed.estimates["converged"].all()
    left_out = logit.design.exposures[2].label
    table = changed.table("log_odds", left_out, DUMMY, ratio=True)
    assert len(table.rows) == 2 * 4
    for row in table.rows:
        assert (row.change.text == ("none", "", "")) == (row.exposure == left_out), row.service
    assert np.isfinite(said(table, DUMMY, POOLED).error)


SQUARE, LOG = ({"variable": "x", "transform": transform} for transform in ("square", "log"))
OWN = codebook(
    {"a": binary("a"), "b": binary("b"), "x": number("x"), "owner": category("Owner", reference="nonprofit")},
    {"both": {"family": "bernoulli", "outcome": ["a", "b"], "exposures": ["owner", SQUARE, LOG]}},
)


@pytest.mark.parametrize("exposure", ["owner[for_profit]", "x"])
def test_a_contrast_that_a_service_cannot_tell_has_no_number_there(exposure: str, tmp_path: Path) -> None:
    """No unit that answers b is non-profit, or has another x than 1 and 2: what is left speaks of another contrast."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({name: rng.integers(0, 2, 300).astype(float) for name in "ab"})
    frame["owner"] = rng.choice(["nonprofit", "public", "for_profit"], 300)
    frame["x"] = rng.choice([1.0, 2.0, 3.0], 300)
    frame.loc[(frame["owner"] == "nonprofit") | (frame["x"] == 3), "b"] = np.nan
    loaded = load(plan_of(model="both", engine="mle", **write(tmp_path, OWN, frame)))
    table = Case(loaded, *design_of(loaded, None, single_level=True)).table("probability", exposure)
    assert [said(table, exposure, service).text[0] == "none" for service in ("a", "b")] == [False, True]


def test_steps_and_gradients_by_hand() -> None:
    covariance = np.array([[4.0, 1.0, 0.0], [1.0, 9.0, 0.0], [0.0, 0.0, 0.0]])
    at = np.array([1.0, -2.0, 5.0])
    points, step = probes(at, covariance)
    np.testing.assert_allclose(step, [2e-4, 3e-4, 0.0], rtol=1e-12)  # a fixed parameter takes no step
    np.testing.assert_array_equal(points, at + np.concatenate([np.zeros((1, 3)), np.diag(step), -np.diag(step)]))
    values = np.column_stack([2 * points[:, 0] - points[:, 1], np.exp(points[:, 0]), np.full(7, np.nan)])
    centre, error = delta(values, step, covariance)
    np.testing.assert_allclose(centre[:2], [4.0, np.e], rtol=1e-12)
    # 4 * 4 - 2 * 2 * 1 + 9 = 21; the exponential's third derivative enters as step^2 / 6, some 1e-8.
    np.testing.assert_allclose(error[:2], [np.sqrt(21), 2 * np.e], rtol=1e-7)
    assert np.isnan([centre[2], error[2]]).all()


def test_digits_go_to_the_second_of_the_standard_error() -> None:
    assert Asymptotic.of(12.345, 4.3457).text == ("12.3", "3.8 to 20.9", "0.005")
    assert Asymptotic.of(965.31, 446.44).text == ("970", "90 to 1840", "0.031")
    found = [p_text(p) for p in (0.0009, 0.001, 0.0996, 0.1, 0.4567, 1.0)]
    assert found == ["< 0.001", "0.001", "0.100", "0.10", "0.46", "1.00"]
