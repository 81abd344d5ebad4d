"""A component added as one file, a slope over a group, is sampled, predicted, summarised and reported by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats

import models.components
from data.errors import InputError
from data.registry import later
from fits.effects.averages import average_contrasts, place_of
from fits.effects.contrasts import Contrast
from fits.storage.may_leave import may_leave
from models.engines.graph.density import build
from models.engines.graph.prior_draws import prior_draws
from models.engines.settings import Settings
from models.equation import equation
from models.posterior import derive
from models.predict import pointwise
from models.predictors.predictor import components_of, parts_of
from models.suppression import few_of
from reports.terminal.posterior import print_fit
from tests.making import made
from tests.models._prepare import Case, case, sampled
from tests.models.engines.test_kernel import equal, unequal
from tests.running import ROOT
from tests.small_study import kinds, small_codebook, write

PLACES = ("n", "s", "e", "w", "ne", "se", "nw", "sw")
NAME = "yes_by_place"
BELIEF = """
[roles.group_slope_sd]
points = { sd = 20 }
reason = "A trial."
source = "assumption"
"""
WEAK = ROOT / "priors" / "weak.toml"

SPREAD = 4.0
"""Of the simulated rows: how far the effect of `yes` differs between places."""


def rows(count: int = 1600, seed: int = 6) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    table = kinds(count, seed=seed, places=PLACES)
    slope = dict(zip(PLACES, rng.permutation(np.linspace(-1.5, 1.5, len(PLACES))) * SPREAD, strict=True))
    for outcome in ("y", "other"):
        index = 5.0 + (1.0 + table["place"].map(slope)) * (table["yes"] - 0.5) + rng.normal(0.0, 4.0, count)
        table[outcome] = index.clip(0.0, 10.0).round(6)
    return table


@pytest.fixture(scope="module", autouse=True)
def _beside() -> Iterator[None]:
    """While these tests run, the one file stands beside the project's components."""
    there = [*models.components.__path__, str(Path(__file__).with_name("trial"))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models.components, "__path__", there)
        yield


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("trial")
    (folder / "mine.toml").write_text(WEAK.read_text(encoding="utf-8") + BELIEF, encoding="utf-8")
    asked = {"components": {"group_slope": {"exposure": "yes", "group": "place"}}}
    files = write(folder, small_codebook("y", "other", m=asked), rows())
    return {**files, "model": "m", "priors": str(folder / "mine.toml")}


@pytest.fixture(scope="module")
def given(wanted: dict[str, Any]) -> Case:
    return case(**wanted)


@pytest.fixture(scope="module")
def posterior(given: Case) -> xr.Dataset:
    return sampled(given, Settings(draws=500, tune=500, chains=2, seed=3))


def test_compiled_code_equals_the_graph(given: Case) -> None:
    assert [part.name for part in parts_of(given.design, given.family)][2:5] == ["place", NAME, "unit"]
    model = build(given.design, given.family, given.priors)
    compiled = model, model.logp_dlogp_function(ravel_inputs=True, mode="FAST_COMPILE")
    equal(given, compiled, given.data, np.random.default_rng(1))
    equal(given, compiled, unequal(given, np.random.default_rng(2)), np.random.default_rng(2))


def test_the_spread_of_slopes_is_found_on_compiled_code(posterior: xr.Dataset) -> None:
    found = posterior[f"{NAME}_sd"]
    assert found.dims == ("chain", "draw", "service")
    truth = SPREAD * np.std(np.linspace(-1.5, 1.5, len(PLACES)), ddof=1)
    # eight slopes know their sd to a quarter of it
    np.testing.assert_allclose(found.mean(("chain", "draw")), truth, rtol=0.5)
    assert float(found.min()) > 1.0


def test_it_is_sampled_by_pymc_too(given: Case) -> None:
    short = sampled(given, Settings(draws=30, tune=30, chains=1, seed=4, engine="pymc"))
    assert short[f"{NAME}_effect"].dims == ("chain", "draw", "place", "service")
    assert short[f"{NAME}_effect"].shape == (1, 30, len(PLACES), 2)


def test_its_prior_is_the_one_written(given: Case) -> None:
    raw, _ = prior_draws(build(given.design, given.family, given.priors), draws=2000, seed=5)
    drawn = derive(raw, given.design, given.data)
    sd = drawn[f"{NAME}_sd"].to_numpy().ravel()
    assert stats.kstest(sd, stats.halfnorm(scale=2.0).cdf).pvalue > 1e-3  # 20 points of a range of 10
    z = (drawn[f"{NAME}_effect"] / drawn[f"{NAME}_sd"]).isel(place=0).to_numpy().ravel()
    assert stats.kstest(z, stats.norm.cdf).pvalue > 1e-3
    part = next(one for one in components_of(given.design) if one.name == NAME)
    one = drawn.isel(chain=[0], draw=[7])
    expected = stats.halfnorm.logpdf(one[f"{NAME}_sd"], scale=2.0).sum()
    expected += stats.norm.logpdf(one[f"{NAME}_effect"], 0.0, one[f"{NAME}_sd"]).sum()
    assert part.log_prior(one, given.priors).item() == pytest.approx(expected, rel=1e-12)


def test_the_likelihood_of_stored_draws_has_it(given: Case, posterior: xr.Dataset) -> None:
    design, one = given.design, posterior.isel(chain=[0], draw=[11])
    eta = np.zeros(len(design.y))
    for cell, (unit, s) in enumerate(zip(design.unit_of, design.service_of, strict=True)):
        draw = one.isel(chain=0, draw=0, service=s)
        level = int(design.groups["place"].index[unit])
        slope = float(draw["exposure_coef"][0]) + float(draw[f"{NAME}_effect"][level])
        eta[cell] = (
            float(draw["intercept"]) + slope * design.x[unit, 0] + design.z[unit] @ draw["control_coef"].to_numpy()
        )
        eta[cell] += float(draw["place_effect"][level]) + float(draw["unit_effect"][unit])
    dist = stats.norm(eta, one["residual_sd"].to_numpy()[0, 0, design.service_of])
    at = np.where(design.y <= 0, dist.logcdf(0.0), np.where(design.y >= 10, dist.logsf(10.0), dist.logpdf(design.y)))
    np.testing.assert_allclose(pointwise(one, design, given.family)["y"].to_numpy()[0, 0], at, rtol=1e-9)


@pytest.mark.parametrize("target", ["these", "typical", "new"])
def test_effects_have_it_known_at_zero_and_integrated(given: Case, posterior: xr.Dataset, target: Any) -> None:
    design, family = given.design, given.family
    draws = posterior.isel(draw=slice(0, 3))
    up = Contrast("yes", "0 -> 1", {"yes": -raw_yes(given)}, {"yes": 1.0 - raw_yes(given)})
    scales = tuple(family.scales_within(design.limits)[name] for name in ("latent", "at_lower"))
    found = average_contrasts(draws, design, family, contrasts=(up,), scales=scales, place=place_of(target, design))
    for s in range(2):
        units = design.unit_of[design.service_of == s]
        here, level = draws.isel(service=s), design.groups["place"].index[units]
        ends = {}
        for end, yes in (("low", 0.0), ("high", 1.0)):
            x = yes - raw_yes(given).mean()
            eta = flat(here["intercept"]) + flat(here["exposure_coef"].isel(exposure=0)) * x
            eta = eta + flat(here["control_coef"], "control") @ design.z[units].T
            variance = flat(here["residual_sd"]) ** 2
            if target == "these":
                eta = eta + flat(here["place_effect"], "place")[:, level] + flat(here["unit_effect"], "unit")[:, units]
                eta = eta + flat(here[f"{NAME}_effect"], "place")[:, level] * x
            else:
                variance = variance + flat(here["unit_sd"]) ** 2
            if target == "new":
                variance = variance + flat(here["place_sd"]) ** 2 + (flat(here[f"{NAME}_sd"]) * x) ** 2
            ends[end] = eta, stats.norm.cdf(-eta / np.sqrt(variance))
        for k, scale in enumerate(("latent", "at_lower")):
            change = (ends["high"][k] - ends["low"][k]).mean(axis=1)
            ours = found[scale]["change"].isel(exposure=0, service=s, level=0).to_numpy().ravel()
            np.testing.assert_allclose(ours, change, rtol=1e-9, atol=1e-12)


def raw_yes(given: Case) -> np.ndarray:
    return given.design.exposures[0].values


def flat(values: xr.DataArray, *dims: str) -> np.ndarray:
    """Draws in one row each, (chain * draw, ...)."""
    found = values.transpose("chain", "draw", *dims).to_numpy()
    return found.reshape(-1, *(found.shape[2:] or (1,)))


def test_it_stands_in_the_equation(given: Case) -> None:
    text = equation(given.design, given.family, given.priors, given.loaded.codebook)
    assert f"    + {NAME}_effect[place, service] * yes" in text
    assert f"{NAME}_effect ~ Normal(0, {NAME}_sd);  {NAME}_sd ~ HalfNormal(2)" in text


def test_a_fit_has_it_in_its_manifest_its_summary_and_what_may_leave(
    wanted: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    fit = made(**wanted, draws=250, tune=250, chains=2)
    assert fit.manifest.design["spreads"] == {
        "place_sd": "place",
        f"{NAME}_sd": "yes over place",
        "unit_sd": "unit",
        "residual_sd": "residual",
    }
    print_fit(fit)
    assert "yes over place" in capsys.readouterr().out
    with fit.draws() as draws:
        assert {f"{NAME}_sd", f"{NAME}_effect"} <= set(draws["posterior"].data_vars)


def test_its_effects_of_few_answers_do_not_leave(given: Case, posterior: xr.Dataset) -> None:
    few = few_of(given.design, given.family)
    few["place"] = few["place"] | (few["place"]["place"] == "n")
    shown = may_leave(xr.DataTree.from_dict({"posterior": posterior}), few)["posterior"]
    assert "n" not in shown[f"{NAME}_effect"]["place"].to_numpy()


def test_a_set_that_is_silent_about_it_and_an_unknown_component_are_refused(wanted: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="no prior for role 'group_slope_sd'"):
        case(**{**wanted, "priors": "weak"})
    text = wanted["data"].parent / "other.toml"
    for table, said in (
        ({"group_slop": {}}, r"components: got 'group_slop'; .*Did you mean 'group_slope'"),
        ({"groups": {"place": 3}}, "components: got 'groups'; expected one of group_slope"),
        ({"group_slope": {"groop": "place"}}, r"group_slope: got 'groop'; .*Did you mean 'group'"),
    ):
        text.write_text(small_codebook("y", m={"components": table}), encoding="utf-8")
        with pytest.raises(InputError, match=said):
            case(**{**wanted, "study": str(text)})


def test_a_model_that_does_not_ask_for_it_has_none(wanted: dict[str, Any]) -> None:
    assert later("models.components.group_slope").of(case("peer_tobit", service="condoms").design) == ()
