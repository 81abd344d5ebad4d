"""Real data: the public N-SSATS 2017 file, on a subsample."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fits.loaded import prepare
from models.engines.settings import Settings
from models.posterior import derive
from tests.models._prepare import Case, case, sampled

pytestmark = pytest.mark.slow

FILE = os.environ.get("NSSATS_2017", "")


@pytest.mark.skipif(not FILE, reason="set NSSATS_2017 to the path of the public-use file (see the README)")
def test_peer_support_goes_with_the_services_that_the_crude_odds_ratios_name() -> None:
    whole = case("peer_logit", study="nssats_2017", data=Path(FILE))
    chosen = np.sort(np.random.default_rng(1).choice(whole.loaded.dataset.sizes["unit"], 4000, replace=False))
    loaded = replace(whole.loaded, dataset=whole.loaded.dataset.isel(unit=chosen))
    given = Case(loaded, *prepare(loaded, None))
    settings = Settings(draws=300, tune=400, chains=2, seed=1)
    tree = sampled(given, settings, raw=True)
    assert int(tree["sample_stats"]["diverging"].sum()) == 0
    posterior = derive(tree["posterior"].to_dataset(), given.design, given.data)
    effect = posterior["exposure_coef"].sel(exposure="peer_support")
    low, high = effect.quantile([0.025, 0.975], ("chain", "draw")).to_numpy()
    services = list(given.design.services)
    mean = dict(zip(services, effect.mean(("chain", "draw")).to_numpy(), strict=True))
    for service in ("transportation", "housing", "aftercare"):
        assert low[services.index(service)] > 0, service
    # Mantel-Haenszel odds ratios of the whole file: 3.61, 2.90, 2.19, then 1.20 for buprenorphine.
    assert mean["housing"] > mean["transportation"] > mean["aftercare"] > mean["buprenorphine"]
    maintenance = services.index("opioid_maintenance")
    assert low[maintenance] < 0 < high[maintenance]
