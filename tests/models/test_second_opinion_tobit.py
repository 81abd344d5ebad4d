"""PyMC's own sampler on its own graph of the Tobit, beside nutpie on compiled code."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.engines.settings import Settings
from models.posterior import derive
from tests.models._prepare import Case, case, sampled
from tests.models._second_opinion import Named, agree, smaller

pytestmark = pytest.mark.slow

SETTINGS = Settings(draws=1000, tune=1000, chains=4, seed=1, target_accept=0.95)

FEW = 20
"""Divergences in 4,000 draws: samplers leave some near a small sd of units, of which two services say little; did one
miss draws there, means and sds would differ."""


def test_pymc_agrees_on_one_service() -> None:
    given = case("peer_tobit", service="condoms")
    assert set(given.design.groups) == {"state", "unit_type"}
    compare(given)


def test_pymc_agrees_on_a_joint_model() -> None:
    """Two services, so that coefficients are pooled and a clinic's answers share something."""
    given = smaller(
        case("peer_tobit"),
        services=("condoms", "hiv_testing"),
        exposures=("peer_influence",),
        controls=("pcc_composite", "professional_share"),
        every=2,
    )
    assert given.design.unit_intercept
    compare(given)


def compare(given: Case) -> None:
    ours, other = (everything(given, settings) for settings in (SETTINGS, replace(SETTINGS, engine="pymc", seed=2)))
    agree(ours, other)


def everything(given: Case, settings: Settings) -> Named:
    """Every parameter that is stored, but effects: beside few data, their number would widen the bound for all."""
    tree = sampled(given, settings, raw=True)
    assert int(tree["sample_stats"]["diverging"].sum()) <= FEW
    posterior = derive(tree["posterior"].to_dataset(), given.design, given.data)
    return {name: posterior[name] for name in sorted(map(str, posterior.data_vars)) if not name.endswith("_effect")}
