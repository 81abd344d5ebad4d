"""Pointwise values in blocks of draws; what they are is tested in `test_graph`, against the equation by hand."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from data.errors import InputError
from models import predict
from models.engines.settings import Settings
from tests.models._prepare import Case, case, sampled


@pytest.fixture(scope="module")
def given() -> Case:
    return case("peer_tobit")


@pytest.fixture(scope="module")
def posterior(given: Case) -> xr.Dataset:
    found: xr.Dataset = sampled(given, Settings(draws=7, tune=20, chains=2, seed=1))
    return found


def test_blocks_of_draws_change_nothing(given: Case, posterior: xr.Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = predict.pointwise(posterior, given.design, given.family)
    monkeypatch.setattr(predict, "CHUNK_CELLS", 2 * 3 * len(given.design.y))  # three draws at a time
    # Matrix products of other sizes add up in another order.
    xr.testing.assert_allclose(predict.pointwise(posterior, given.design, given.family), whole, rtol=1e-11)
    assert whole["y"].dims == ("chain", "draw", "cell")
    assert list(whole["service"].to_numpy()[:1]) == [given.design.services[given.design.service_of[0]]]


def test_replications_keep_the_limits_and_follow_the_seed(given: Case, posterior: xr.Dataset) -> None:
    one, same, other = (predict.predictive(posterior, given.design, given.family, seed=seed) for seed in (1, 1, 2))
    xr.testing.assert_identical(one, same)
    assert not np.array_equal(one["y"], other["y"])
    assert float(one["y"].min()) == 0.0
    assert float(one["y"].max()) == 100.0


def test_more_than_a_machine_holds_is_refused_with_what_to_do(
    given: Case, posterior: xr.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predict, "LARGEST_GIB", 1e-6)
    with pytest.raises(InputError, match=r"14 draws of every answer(.|\n)*fewer --draws"):
        predict.pointwise(posterior, given.design, given.family)
