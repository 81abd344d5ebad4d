"""Models compared on one scale."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import arviz_stats
import numpy as np
import pytest
import xarray as xr

from data.errors import InputError
from fits.checks.comparison import Comparison, compare
from fits.checks.loo import Loo
from models.families import gaussian
from models.predict import pointwise
from tests.fits.checks._worlds import drawn_with, near, truth
from tests.models._prepare import Case, few_kinds

LIMITS = (0.0, 10.0)


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Case:
    made = few_kinds(tmp_path_factory.mktemp("one"), outcomes=("y", "other"))
    return replace(made, design=drawn_with(truth(made), made.design, made.family, np.random.default_rng(1)))


@pytest.fixture(scope="module")
def posteriors(given: Case) -> dict[str, xr.Dataset]:
    draw = truth(given)
    flat = draw.assign(exposure_coef=0.0 * draw["exposure_coef"], place_effect=0.0 * draw["place_effect"])
    return {"flat": near(flat), "right": near(draw)}


@pytest.fixture(scope="module")
def loos(given: Case, posteriors: dict[str, xr.Dataset]) -> dict[str, Loo]:
    return {name: Loo.of(one, given.design, given.family, limits=LIMITS, seed=1) for name, one in posteriors.items()}


def compared(loos: dict[str, Loo], given: Case) -> list[Comparison]:
    return compare({name: (loo, given.design, LIMITS) for name, loo in loos.items()})


def test_it_equals_arviz_on_trees(given: Case, posteriors: dict[str, xr.Dataset], loos: dict[str, Loo]) -> None:
    trees = {}
    for name, one in posteriors.items():
        likelihood = pointwise(one, given.design, given.family)[["y"]].drop_vars(["unit", "service"])
        trees[name] = xr.DataTree.from_dict({"posterior": one, "log_likelihood": likelihood})
    table = arviz_stats.compare(trees, round_to="none")
    rows = compared(loos, given)
    assert [row.fit for row in rows] == list(table.index) == ["right", "flat"]
    for row in rows:
        theirs = table.loc[row.fit]
        # ArviZ takes the efficiency of group effects into account too, which moves the length of the tail.
        assert row.elpd == pytest.approx(theirs["elpd"], abs=0.05)
        assert row.difference == pytest.approx(theirs["elpd_diff"], abs=0.05)
        assert row.difference_error == pytest.approx(theirs["dse"], rel=0.02, abs=1e-12)
        assert row.weight == pytest.approx(theirs["weight"], abs=0.02)
        assert row.plain()["fit"] == row.fit
    by_hand = loos["flat"].elpd - loos["right"].elpd
    assert rows[1].difference == pytest.approx(by_hand.sum())
    assert rows[1].difference_error == pytest.approx(np.sqrt(by_hand.size * by_hand.var()), rel=0.01)
    assert rows[1].difference < -4
    assert (rows[0].difference, rows[0].difference_error) == (0.0, 0.0)


def test_a_gaussian_is_on_the_scale_of_the_tobit(given: Case, posteriors: dict[str, xr.Dataset]) -> None:
    """With the same parameters both say the same of every answer, for their index is the same."""
    design = replace(given.design, limits=(-np.inf, np.inf))
    rival = Loo.of(posteriors["right"], design, gaussian.FAMILY, limits=LIMITS, seed=1)
    own = Loo.of(posteriors["right"], given.design, given.family, limits=LIMITS, seed=1)
    np.testing.assert_allclose(rival.lpd, own.lpd, rtol=1e-10)
    rows = compare({"rival": (rival, design, LIMITS), "own": (own, given.design, LIMITS)})
    assert abs(rows[1].difference) < 0.5


@pytest.mark.parametrize("what", ["y", "units", "fewer", "services", "limits"])
def test_other_answers_or_limits_are_refused(what: str, given: Case, loos: dict[str, Loo]) -> None:
    design = given.design
    changes: dict[str, dict[str, Any]] = {
        "y": {"y": design.y[::-1]},
        "units": {"units": design.units + 1},
        "fewer": {name: getattr(design, name)[:-1] for name in ("y", "unit_of", "service_of")},
        "services": {"services": ("y", "another")},
        "limits": {},
    }
    design, limits = replace(design, **changes[what]), (0.0, np.inf) if what == "limits" else LIMITS
    said = r"fit 'b': got other answers than 'a' predicts; expected the same answers"
    if what == "limits":
        said = r"fit 'b': got limits \(0\.0, inf\), and 'a' has \(0\.0, 10\.0\); expected the same limits"
    with pytest.raises(InputError, match=said):
        compare({"a": (loos["right"], given.design, LIMITS), "b": (loos["flat"], design, limits)})


def test_the_order_of_services_does_not_matter_but_their_names_do(given: Case, loos: dict[str, Loo]) -> None:
    turned = replace(given.design, services=given.design.services[::-1], service_of=1 - given.design.service_of)
    rows = compare({"a": (loos["right"], given.design, LIMITS), "b": (loos["flat"], turned, LIMITS)})
    assert [row.fit for row in rows] == ["a", "b"]
