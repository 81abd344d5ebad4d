"""What pooling did: raw means by pandas, expectations by loops, the limits of no and of complete pooling; figures."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.optimize import brentq
from scipy.special import logit

from fits.effects.effects_of_fit import Question, effect_tables
from fits.effects.shrinkage import Level, Shrinkage
from models.family import Family
from models.scale import choose
from reports.figures.forest import draw_forest
from reports.figures.shrinkage import draw_shrinkage
from tests.fakes import posterior
from tests.fits.effects._by_hand import answering, index_by_loops, logit_by_hand, tobit_by_hand
from tests.models._prepare import Case, case

STAMP = "SIMULATED DATA (SIMULATED mixed seed 2017)"
MODELS = [("peer_tobit", ""), ("peer_tobit", "condoms"), ("peer_logit", "condoms")]


@cache
def made(model: str, service: str = "") -> Case:
    return case(model, service=service) if service else case(model)


def of(given: Case, draws: xr.Dataset, group: str = "unit_type") -> Shrinkage:
    return Shrinkage.of(draws, given.design, given.family, group=group, outcome_unit="percent of patients")


def rows(given: Case, group: str) -> pd.DataFrame:
    """Every answer with its service and the level of its unit, from the study itself."""
    design, dataset = given.design, given.loaded.dataset
    outcome = design.reading.role
    wide = pd.DataFrame(dataset[outcome].to_numpy(), columns=dataset["service"].to_numpy())[list(design.services)]
    if outcome == "utilisation":
        wide = wide.where(dataset["availability"].sel(service=list(design.services)).to_numpy() == 1)
    long = wide.assign(level=dataset[group].to_numpy()).melt("level", var_name="service", value_name="y")
    return long.dropna()


@pytest.mark.parametrize("group", ["unit_type", "state"])
@pytest.mark.parametrize(("model", "service"), MODELS)
def test_raw_means_are_those_of_the_study(model: str, service: str, group: str) -> None:
    given = made(model, service)
    found = of(given, posterior(given, draws=4), group)
    by_hand = rows(given, group).groupby(["service", "level"])["y"].agg(["mean", "size"])
    assert {(one.service, one.level) for one in found.levels} == set(by_hand.index)
    for one in found.levels:
        mean, size = by_hand.loc[(one.service, one.level)]
        assert one.units.n == size
        # Sums in another order.
        assert one.raw.value == pytest.approx(mean, rel=1e-12)
    assert found.unit == ("points (percent of patients)" if model == "peer_tobit" else "probability")


@pytest.mark.parametrize("group", ["unit_type", "state"])
@pytest.mark.parametrize(("model", "service"), MODELS)
def test_pooled_and_typical_are_those_of_loops(model: str, service: str, group: str) -> None:
    """In its own level, and with the group's effect at 0; other groups keep theirs, unit intercepts are integrated."""
    given = made(model, service)
    draws, design = posterior(given, chains=1, draws=4), given.design
    found = {(one.service, one.level): one for one in of(given, draws, group).levels}
    names = {"pooled": ("state", "unit_type"), "typical": tuple({"state", "unit_type"} - {group})}
    for s, name in enumerate(design.services):
        level = np.array(design.groups[group].levels)[design.groups[group].index[answering(design, s)]]
        for what, groups in names.items():
            means = []
            for d in range(4):
                draw = draws.isel(chain=0, draw=d)
                eta = index_by_loops(draw, design, s, groups=groups, unit_intercept=False)
                tau = float(draw["unit_sd"]) if design.unit_intercept else 0.0
                if given.family.others:
                    sd = float(np.hypot(draw["residual_sd"][s], tau))
                    means.append(tobit_by_hand(eta, sd, design.limits)["expected"])
                else:
                    means.append(logit_by_hand(eta, tau)["probability"])
            for one in set(level.tolist()):
                by_loop = np.array(means)[:, level == one].mean(axis=1)
                summary = getattr(found[name, one], what)
                if (level == one).sum() < 11:
                    assert summary is None
                    continue
                # Sums in another order.
                assert summary.mean == pytest.approx(by_loop.mean(), rel=1e-9)
                low, high = np.quantile(by_loop, [0.025, 0.975])
                assert [summary.low, summary.high] == pytest.approx([low, high], rel=1e-9)


def still(given: Case, effects: dict[str, np.ndarray]) -> xr.Dataset:
    """Draws that never move: no slope, no effect but these, whose arrays are (level, service)."""
    draws = posterior(given, draws=4)
    for name in draws.data_vars:
        if str(name).endswith(("_coef", "_effect", "intercept")):
            draws[name] = xr.zeros_like(draws[name])
    draws["intercept"] = draws["intercept"] + (40.0 if given.family.others else 0.3)
    if given.family.others:
        draws["residual_sd"] = xr.full_like(draws["residual_sd"], 30.0)
    for name, values in effects.items():
        draws[name] = draws[name] + xr.DataArray(values, dims=draws[name].dims[2:])
    return draws


def index_of_mean(given: Case) -> Callable[[float], float]:
    """The linear predictor whose expected outcome is a mean, from the textbook's formula."""
    if not given.family.others:
        return lambda mean: float(logit(mean))

    def solve(mean: float) -> float:
        def off(eta: float) -> float:
            return float(tobit_by_hand(np.array([eta]), 30.0, given.design.limits)["expected"][0]) - mean

        return float(brentq(off, -150.0, 250.0, xtol=1e-12))

    return solve


@pytest.mark.parametrize(("model", "service"), MODELS[1:])
def test_nothing_is_shrunk_where_the_model_has_the_raw_means(model: str, service: str) -> None:
    given = made(model, service)
    raw = rows(given, "unit_type").groupby("level")["y"].mean()
    at, intercept = index_of_mean(given), 40.0 if given.family.others else 0.3
    levels = given.design.groups["unit_type"].levels
    # A level whose mean is at a limit has no finite index; half of it will do, it is not looked at.
    inside = {level: float(np.clip(raw[level], 1e-3, raw.max())) for level in levels}
    effect = np.array([[at(inside[level]) - intercept] for level in levels])
    found = of(given, still(given, {"unit_type_effect": effect}))
    shown = [one for one in found.levels if isinstance(one.raw.plain(), float)]
    assert len(shown) == 3
    for one in shown:
        # Between the solver's and the formula's last digits.
        assert one.pooled.mean == pytest.approx(one.raw.value, rel=1e-8)
        assert abs(one.shrunk) < 1e-8
    # Halfway there on the outcome's scale is half shrunk.
    half = [at(0.5 * (inside[level] + float(shown[0].typical.mean))) - intercept for level in levels]
    for one in of(given, still(given, {"unit_type_effect": np.array(half)[:, None]})).levels:
        assert one.level == "inpatient" or one.shrunk == pytest.approx(0.5, abs=1e-8)


@pytest.mark.parametrize(("model", "service"), MODELS)
def test_everything_is_shrunk_where_all_effects_are_0(model: str, service: str) -> None:
    given = made(model, service)
    draws = posterior(given, draws=4)
    draws["unit_type_effect"] = xr.zeros_like(draws["unit_type_effect"])
    known = [one.shrunk for one in of(given, draws).levels if np.isfinite(one.shrunk)]
    assert known == [1.0] * len(known)
    assert known


def test_shrinkage_is_not_a_number_where_the_raw_mean_is_as_good_as_typical() -> None:
    given = made("peer_tobit", "condoms")
    found = of(given, posterior(given, draws=100))
    assert any(one.typical is None for one in found.levels)
    for one in (one for one in found.levels if one.typical):
        gap, sd = abs(one.raw.value - one.typical.mean), (one.typical.high - one.typical.low) / (2.0 * 1.959964)
        shown = isinstance(one.raw.plain(), float)
        assert np.isfinite(one.shrunk) == (shown and gap > sd), one
        if np.isfinite(one.shrunk):
            by_hand = 1.0 - (one.pooled.mean - one.typical.mean) / (one.raw.value - one.typical.mean)
            assert one.shrunk == pytest.approx(by_hand, rel=1e-12)
    wide = posterior(given, draws=100)
    wide["intercept"] = wide["intercept"] + xr.DataArray(np.linspace(-60.0, 60.0, 100), dims="draw")
    assert np.isnan([one.shrunk for one in of(given, wide).levels]).all()


def test_the_pooling_factor_is_that_of_gelman_and_pardoe() -> None:
    given = made("peer_tobit", "condoms")
    draws = posterior(given, chains=2, draws=50)
    for group in given.design.groups:
        found = of(given, draws, group).factors
        effect = draws[f"{group}_effect"].to_numpy()
        for s, service in enumerate(given.design.services):
            values = effect[..., s].reshape(100, -1)  # (chain, draw, level) -> (draw, level)
            of_means = np.mean((values.mean(axis=0) - values.mean()) ** 2)
            mean_of = np.mean([np.mean((one - one.mean()) ** 2) for one in values])
            # Sums in another order, of terms that all but cancel.
            assert found[service] == pytest.approx(1.0 - of_means / mean_of, rel=1e-9)
            # Effects that are noise around 0 are pooled completely, but for what 100 draws leave of their mean:
            # 1/100 on average, with a relative spread of sqrt(2 / (levels - 1)), at most 0.8.
            assert 1.0 - 0.01 * (1.0 + 5 * 0.8) < found[service] < 1.0
        name = f"{group}_effect"
        draws[name] = draws[name].isel(chain=0, draw=0, drop=True).broadcast_like(draws[name])
        # Effects that are known are not pooled at all.
        np.testing.assert_allclose(list(of(given, draws, group).factors.values()), 0.0, atol=1e-12)


def test_raw_means_of_few_units_are_withheld() -> None:
    given = made("peer_tobit", "condoms")
    found = of(given, posterior(given, draws=4), "state")
    few = [one for one in found.levels if one.units.n < 11]
    assert 0 < len(few) == found.withheld() < len(found.levels)
    for one in few:
        assert (str(one.units), one.raw.plain()) == ("<11", "<11 units")
        assert np.isnan(one.shrunk)
    by_level = {row["level"]: row for row in found.to_list()}
    for one in few:
        assert (by_level[one.level]["raw"], by_level[one.level]["shrunk"]) == ("<11 units", None)
    for one in set(found.levels) - set(few):
        assert by_level[one.level]["raw"] == float(f"{one.raw.value:.4g}")


def test_shares_are_withheld_where_few_units_say_either() -> None:
    given = made("peer_logit")
    found = of(given, posterior(given, draws=4), "state")
    long = rows(given, "state").groupby(["service", "level"])["y"].agg(["sum", "size"])
    texts = set()
    for one in found.levels:
        yes, size = long.loc[(one.service, one.level)]
        shown = isinstance(one.raw.plain(), float)
        # Nobody at all is no small group.
        assert shown == (size > 10 and not 0 < yes < 11 and not 0 < size - yes < 11), (yes, size)
        assert shown or (np.isnan(one.shrunk) and isinstance(one.raw.plain(), str))
        texts.add(one.raw.plain() if not shown else "shown")
    assert texts == {"shown", "<11 units", "all but <11 units"}


def test_plain_data_are_json_with_everything_in_its_place() -> None:
    given = made("peer_tobit")
    found = of(given, posterior(given, draws=8))
    plain = json.loads(json.dumps(found.to_list(), allow_nan=False))
    assert len(plain) == len(found.levels) == 32
    for row, one in zip(plain, found.levels, strict=True):
        assert (row["group"], row["service"], row["level"]) == ("unit_type", one.service, one.level)
        assert row["pooling_factor"] == found.factors[one.service]
        if one.pooled is None:
            assert not [key for key in row if key.startswith(("pooled_", "typical_"))]
            continue
        assert (row["pooled_mean"], row["typical_mean"]) == (one.pooled.mean, one.typical.mean)
        assert {"typical_mcse", "pooled_mcse", "pooled_rhat", "pooled_ess_bulk"} <= set(row)


def forest(target: Path, *, stamp: str) -> None:
    given = made("peer_tobit")
    question = Question(
        choose((), Family.find("tobit").scales_within(given.design.limits), ratio=False), split="unit_type"
    )
    loaded, draws = given.loaded, posterior(given, draws=8)
    (table,) = effect_tables(
        draws, given.design, given.family, dataset=loaded.dataset, codebook=loaded.codebook, question=question
    )
    draw_forest(table, target, title="A fit: effects", stamp=stamp)


def shrunk(target: Path, *, stamp: str) -> None:
    found = of(made("peer_tobit"), posterior(made("peer_tobit"), draws=8))
    draw_shrinkage(found, target, title="A fit: shrinkage", stamp=stamp)


@pytest.mark.parametrize("draw", [forest, shrunk])
def test_figures_carry_their_stamp_and_are_the_same_bytes_twice(draw: Callable[..., None], tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("one.svg", "two.svg", "real.svg")]
    for path, stamp in zip(paths, (STAMP, STAMP, ""), strict=True):
        draw(path, stamp=stamp)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    text = paths[0].read_text(encoding="utf-8")
    drawn = ["".join(node.itertext()) for node in ET.fromstring(text).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314
    assert any(STAMP in line for line in drawn)
    assert "condoms" in " ".join(drawn)
    # No date, neither in the metadata nor drawn.
    assert "<dc:date>" not in text
    assert not re.search(r"20\d\d-\d\d-\d\d", text)
    assert "SIMULATED" not in paths[2].read_text(encoding="utf-8")


def test_a_service_without_a_level_to_show_says_so(tmp_path: Path) -> None:
    given = made("peer_tobit", "condoms")
    found = of(given, posterior(given, draws=8), "state")
    few: tuple[Level, ...] = tuple(one for one in found.levels if one.units.n < 11)
    draw_shrinkage(replace(found, levels=few), tmp_path / "few.svg", title="Few", stamp="")
    text = (tmp_path / "few.svg").read_text(encoding="utf-8")
    assert "no level may be shown" in text
    assert f"{len(few)} levels with fewer than 11 units" in text
