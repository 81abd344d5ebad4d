"""Exact refits: an answer that importance sampling cannot leave out, against a fit of the study without its row."""

from __future__ import annotations

from pathlib import Path

import arviz_stats
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.stats import norm

from fits.checks import refits
from fits.checks.loo import Loo, good_k
from fits.checks.refits import Refitter, exact, left_out, priors_of
from fits.reload import Reloaded, reload
from tests.fits.checks._worlds import STATES, fitted, rows, study

LIMITS, X, Y = (0.0, 100.0), 100.0, 50.0


@pytest.fixture(scope="module")
def outlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study whose first row lies far out in x, and nowhere near the line of the others."""
    folder = tmp_path_factory.mktemp("outlier")
    table = rows()
    table.loc[0, ["x", "y"]] = X, Y
    study(folder / "with", table)
    study(folder / "without", table.iloc[1:])
    return folder


@pytest.fixture(scope="module")
def given(outlier: Path) -> Reloaded:
    return reload(fitted(study(outlier / "with", _table(outlier, "with")), chains=4, draws=500, tune=500))


def _table(outlier: Path, which: str) -> pd.DataFrame:
    return pd.read_csv(outlier / which / "own.csv")


@pytest.fixture(scope="module")
def loo(given: Reloaded) -> Loo:
    with given.fit.draws() as draws:
        posterior = draws["posterior"].to_dataset().load()
    return Loo.of(posterior, given.design, given.family, limits=LIMITS, seed=1)


def by_hand(posterior: xr.Dataset, outlier: Path, steps: dict[str, float]) -> tuple[float, float]:
    """Log predictive density of the first row, from covariates in raw units, and its Monte Carlo error."""
    row = _table(outlier, "with").iloc[0]
    here = posterior.isel(service=0)
    eta = here["constant"]
    for name, step in steps.items():
        eta = eta + here["exposure_coef"].sel(exposure=name) * float(row[name]) / step
    for group in ("state", "kind"):
        eta = eta + here[f"{group}_effect"].sel({group: row[group]})
    density = norm.pdf(Y, eta.transpose("chain", "draw"), here["residual_sd"].transpose("chain", "draw"))
    error = arviz_stats.mcse(density) / density.mean()
    return float(np.log(density.mean())), float(np.ravel(error)[0])


def test_one_refit_mends_the_prediction_of_an_outlier(
    given: Reloaded, loo: Loo, outlier: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refits, "DRAWS", 2000)  # so far out a mean of densities needs many
    assert loo.bad.tolist() == [0]
    assert loo.khat[0] > good_k(loo.draws)
    refitter = Refitter(given, priors_of(given), seed=5)
    mended = exact(loo, refitter, LIMITS, most=3, seed=5)
    assert (refitter.made, refitter.failed) == (1, 0)
    assert mended.check().passed
    assert mended.refitted.tolist() == [True] + [False] * 479
    # A fit by the door of a study that has not got the row; priors move with the mean of x, by .2.
    without = fitted(study(outlier / "without", _table(outlier, "without")), chains=4, draws=2000, tune=500)
    with without.draws() as draws:
        posterior = draws["posterior"].to_dataset().load()
    steps = {column.label: column.step for column in reload(without).design.exposures}
    expected, error = by_hand(posterior, outlier, steps)
    assert error < 0.1
    assert abs(mended.elpd[0] - expected) < 4 * np.sqrt(2) * error
    assert loo.elpd[0] - mended.elpd[0] > 1.0  # and importance sampling was far off


def test_where_more_are_needed_than_allowed_none_is_made(given: Reloaded, loo: Loo) -> None:
    refitter = Refitter(given, priors_of(given), seed=5)
    assert exact(loo, refitter, LIMITS, most=0, seed=5) is loo
    assert refitter.made == 0


def test_every_level_is_left_out_once_and_predicted_without_itself(
    given: Reloaded, loo: Loo, monkeypatch: pytest.MonkeyPatch
) -> None:
    refitter = Refitter(given, priors_of(given), seed=5)
    group = given.design.groups["state"]
    level_of = group.index[given.design.unit_of]
    hidden, made = [], refitter.without

    def spy(cells: np.ndarray, number: int) -> xr.Dataset:
        hidden.append((set(cells.tolist()), number))
        return made(cells, number)

    monkeypatch.setattr(refitter, "without", spy)
    found = left_out(refitter, "state", 2, limits=LIMITS, loo=loo, seed=5)
    assert [level.level for level in found] == list(group.levels)
    assert refitter.made == len({number for _, number in hidden}) == 2
    (one, _), (two, _) = hidden
    assert one | two == set(range(480))
    assert not one & two
    for cells, _ in hidden:
        levels = {int(level_of[cell]) for cell in cells}
        assert len(levels) == STATES / 2
        assert cells == set(np.flatnonzero(np.isin(level_of, list(levels))).tolist())
    for level in found:
        here = np.flatnonzero(level_of == group.levels.index(level.level))
        assert level.known == pytest.approx(loo.elpd[here].sum())
        assert (level.answers, level.units) == (40, 40)
    # An effect that is not seen adds its spread: intervals are wider than those of a known state's mean.
    assert np.mean([level.high - level.low for level in found]) > 40.0


def test_a_refit_without_an_answer_does_not_see_it(given: Reloaded) -> None:
    """Whatever stands in its place, the draws are the same."""
    refitter = Refitter(given, priors_of(given), seed=5)
    refitter.data["observed"] = refitter.data["observed"].copy()
    first = refitter.without(np.array([0]), 1)
    refitter.data["observed"][0] = 3.0
    second = refitter.without(np.array([0]), 1)
    xr.testing.assert_identical(first["intercept"], second["intercept"])
    assert refitter.data["weight"].min() == 1.0  # nothing is changed in place
    assert not np.array_equal(first["intercept"], refitter.without(np.array([0]), 2)["intercept"])
