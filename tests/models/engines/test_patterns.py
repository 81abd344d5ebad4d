"""Large studies: answers on equal rows are counted together, exactly, and what lies on a ridge still mixes."""

from __future__ import annotations

from dataclasses import replace

import arviz_stats
import numpy as np
import pytest
import xarray as xr

from fits.loaded import translated
from models.design import Group
from models.engines.compiled.patterns import PatternedCells, collapse
from models.engines.settings import Settings
from models.predict import pointwise
from models.predictors.predictor import parts_of
from tests.models._prepare import Case, case, sampled

RTOL = 1e-9  # both sides carry about 1e-13


def discrete(given: Case, units: int, seed: int) -> Case:
    """The case's model on made-up units whose covariates are all 0 or 1."""
    rng = np.random.default_rng(seed)
    design = given.design
    x = rng.integers(0, 2, (units, 1)).astype(float)
    z = rng.integers(0, 2, (units, 2)).astype(float)
    groups = {
        name: Group(group.levels[:4], rng.integers(0, 4, units), group.exhaustive)
        for name, group in design.groups.items()
    }
    eta = 0.8 * x[:, 0] - 0.5 + 0.3 * z[:, 0]
    made = replace(
        design,
        exposures=design.exposures[:1],
        controls=design.controls[:2],
        x=x - x.mean(axis=0),
        z=z - z.mean(axis=0),
        groups=groups,
        y=(rng.random(units) < 1 / (1 + np.exp(-eta))).astype(float),
        unit_of=np.arange(units),
        service_of=np.zeros(units, dtype=np.int64),
        units=np.arange(units),
    )
    return replace(given, design=made, priors=translated(given.loaded.priors, made, given.family))


def uncounted(given: Case) -> Case:
    return replace(given, family=replace(given.family, counts=False))


def cells_of(given: Case) -> PatternedCells:
    return collapse(given.design, given.family, parts_of(given.design, given.family), given.data)


def test_discrete_covariates_collapse_to_binomial_counts_with_the_same_density() -> None:
    given = discrete(case("peer_logit", service="condoms"), 3000, seed=4)
    plain = uncounted(given)
    counted = cells_of(given)
    groups = [group.index for group in given.design.groups.values()]
    patterns = len(np.unique(np.column_stack([given.design.x, given.design.z, *groups]), axis=0))
    assert len(counted.y) == len(counted.row) == patterns < 300
    assert counted.weight.sum() == pytest.approx(3000)
    assert len(cells_of(plain).y) == 3000
    one, other = given.density, plain.density
    rng = np.random.default_rng(5)
    for _ in range(3):
        point = one.start + rng.normal(0, 0.5, one.dim)
        for a, b in zip(one.at(point), other.at(point), strict=True):
            np.testing.assert_allclose(a, b, rtol=RTOL, atol=1e-9)


def test_collapsed_fits_have_the_posterior_and_the_log_likelihood_of_single_answers() -> None:
    given = discrete(case("peer_logit", service="condoms"), 1500, seed=6)
    settings = Settings(draws=1000, tune=500, chains=2, seed=7)
    counted, plain = sampled(given, settings), sampled(uncounted(given), settings)
    a, b = counted["exposure_coef"], plain["exposure_coef"]
    # Two samples of some 1,500 effective draws each: 4 standard errors of a difference.
    assert abs(float(a.mean() - b.mean())) < 4 * float(a.std()) * np.sqrt(2 / 1500)
    assert float(a.std()) == pytest.approx(
        float(b.std()), rel=0.12
    )  # 4 standard errors of two sds: 4 sqrt(2 / (2 x 1500)) = .10, and a little
    # The log-likelihood is stored answer by answer; its sum is that of the counts, here by hand.
    draw = counted.isel(chain=slice(0, 1), draw=slice(0, 1))
    rows = pointwise(draw, given.design, given.family)["y"]
    assert rows.sizes["cell"] == 1500
    cells = cells_of(given)
    eta = _of_patterns(draw.isel(chain=0, draw=0), given, cells)
    total = (cells.weight * (cells.y * eta - np.logaddexp(0.0, eta))).sum()
    assert float(rows.sum()) == pytest.approx(float(total), rel=1e-11)


def _of_patterns(draw: xr.Dataset, given: Case, cells: PatternedCells) -> np.ndarray:
    """The linear predictor of each pattern."""
    here = draw.isel(service=0)
    coefficients = [here["exposure_coef"].to_numpy(), here["control_coef"].to_numpy(), [float(here["intercept"])]]
    effects = [here[f"{name}_effect"].to_numpy() for name in given.design.groups]
    levels = [effect[level] for effect, level in zip(effects, cells.level.T, strict=True)]
    return np.asarray(cells.x @ np.concatenate(coefficients) + np.sum(levels, axis=0))


def test_cells_of_one_unit_are_never_counted_together_with_anothers() -> None:
    given = case("peer_logit")
    assert given.design.unit_intercept
    assert len(cells_of(given).y) == len(given.design.y)


def test_much_data_with_a_covariate_of_the_states_still_mixes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A coefficient of something constant within states and the states' effects move on one ridge."""
    given = discrete(case("peer_logit", service="condoms"), 40_000, seed=10)
    design = given.design
    by_state = (design.groups["state"].index % 2).astype(float)
    z = design.z.copy()
    z[:, 0] = by_state - by_state.mean()
    states = {name: replace(group, exhaustive=False) for name, group in design.groups.items()}
    given = replace(given, design=replace(design, z=z, groups=states))
    assert given.density.ridged
    assert not case("peer_tobit", service="condoms").density.ridged
    monkeypatch.setattr("models.engines.compiled.density.RIDGE_DIM", 10)
    assert not given.density.ridged  # too many parameters for a low-rank mass matrix to learn
    monkeypatch.undo()
    # One seed's smallest ESS varies threefold; over nine the median is near 290, and 135 with a diagonal mass matrix.
    settings = [Settings(draws=500, tune=500, chains=2, seed=seed) for seed in range(11, 20)]
    smallest = [float(arviz_stats.ess(sampled(given, one)["control_coef"]).min()) for one in settings]
    assert np.median(smallest) > 170
