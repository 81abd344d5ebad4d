"""The table of effects: every number under its label, nothing about few units, all of it plain data."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from data.disclosure import SMALLEST_SHOWN, is_few
from data.errors import InputError
from fits.effects.averages import TARGETS, Target, average_contrasts, place_of
from fits.effects.contrasts import contrasts_of
from fits.effects.effect_table import POOLED, Effect, EffectTable
from fits.effects.effects_of_fit import Question, effect_tables, levels_of
from fits.effects.levels import Split
from fits.effects.summary import Summary, summaries
from fits.number_format import INTERVAL
from models.scale import choose
from tests.fakes import posterior
from tests.models._prepare import Case, case, few_kinds
from tests.small_study import kinds

EXPOSURES = ("lived_experience_share", "peer_influence", "peer_senior")
TAILS = [(1.0 - INTERVAL) / 2.0, (1.0 + INTERVAL) / 2.0]
DRAWS = {"chains": 2, "draws": 25}

ROUNDING = 1e-10
"""Relative; sums in another order."""


@cache
def made(model: str, service: str = "") -> Case:
    return case(model, service=service) if service else case(model)


def tables(
    given: Case, draws: xr.Dataset, *scales: str, targets: tuple[Target, ...] = ("these",), **asked: Any
) -> tuple[EffectTable, ...]:
    loaded, design = given.loaded, given.design
    judge = asked.pop("judge", None)
    chosen = choose(scales, given.family.scales_within(design.limits), ratio=asked.get("ratio", False))
    question = Question(scales=chosen, targets=targets, **asked)
    return effect_tables(
        draws,
        design,
        given.family,
        dataset=loaded.dataset,
        codebook=loaded.codebook,
        question=question,
        judge=judge,
    )


def averages(given: Case, draws: xr.Dataset, scale: str, levels: Split | None = None) -> xr.Dataset:
    """Under every draw, of these units; what they are is tested in `test_averages`."""
    loaded, design = given.loaded, given.design
    return average_contrasts(
        draws,
        design,
        given.family,
        contrasts=contrasts_of(design, loaded.dataset, loaded.codebook),
        scales=(given.family.scales_within(design.limits)[scale],),
        place=place_of("these", design),
        levels=levels,
    )[scale]


def one(table: EffectTable, exposure: str, service: str, level: str = "") -> Effect:
    (row,) = (r for r in table.of_exposure(exposure) if (r.service, r.level) == (service, level))
    return row


def same(summary: Summary | None, draws: np.ndarray, *, null: float = 0.0) -> None:
    """The summary is of these draws."""
    assert isinstance(summary, Summary)
    found = [summary.mean, summary.low, summary.high, summary.positive]
    wanted = [draws.mean(), *np.quantile(draws, TAILS), (draws > null).mean()]
    np.testing.assert_allclose(found, wanted, rtol=ROUNDING, atol=1e-12)


def numbers(plain: dict[str, Any]) -> set[str]:
    return {key for key, value in plain.items() if isinstance(value, int | float)}


@pytest.mark.parametrize(("model", "scale"), [("peer_tobit", "expected"), ("peer_logit", "probability")])
def test_every_number_stands_under_its_label(model: str, scale: str) -> None:
    given = made(model)
    draws = posterior(given, **DRAWS)
    (table,) = tables(given, draws)
    services = (*given.design.services, POOLED)
    assert [(r.exposure, r.service, r.level) for r in table.rows] == [(e, s, "") for e in EXPOSURES for s in services]
    contrasts = ["+10 percent of staff", "0 -> 1", "0 -> 1"]
    assert table.exposures() == dict(zip(EXPOSURES, contrasts, strict=True))
    by_draw = averages(given, draws, scale).sel(level="all")
    # A mean over services in which each weighs the same.
    with_mean = xr.concat([by_draw, by_draw.mean("service").expand_dims(service=[POOLED])], "service")
    for row in table.rows:
        here = with_mean.sel(exposure=row.exposure, service=row.service)
        for end, summary in (("low", row.low), ("high", row.high), ("change", row.change)):
            same(summary, here[end].to_numpy())
    count = {s: int((given.design.service_of == k).sum()) for k, s in enumerate(given.design.services)}
    assert {r.service: r.units.n for r in table.rows} == {**count, POOLED: len(given.design.units)}


def test_a_single_service_has_no_mean_over_services() -> None:
    given = made("peer_tobit", "condoms")
    (table,) = tables(given, posterior(given, **DRAWS), exposures=("peer_senior",))
    assert [(r.exposure, r.service, r.units.plain()) for r in table.rows] == [("peer_senior", "condoms", 275)]


def test_a_mean_at_a_level_is_over_services_that_enough_units_there_answer() -> None:
    given = made("peer_tobit")
    draws, loaded = posterior(given, **DRAWS), given.loaded
    (table,) = tables(given, draws, split="unit_type")
    levels = levels_of("unit_type", given.design, loaded.dataset, loaded.codebook)
    by_draw, counts = averages(given, draws, "expected", levels), levels.counts(given.design)
    assert table.split == "unit_type"
    for k, level in enumerate(levels.labels):
        enough = [s for s, n in zip(given.design.services, counts[:, k], strict=True) if n >= SMALLEST_SHOWN]
        assert level != "inpatient" or enough == ["hiv_testing"]
        for end in ("low", "high", "change"):
            mean = by_draw[end].sel(exposure="peer_influence", level=level, service=enough).mean("service")
            same(getattr(one(table, "peer_influence", POOLED, level), end), mean.to_numpy())
        for s, service in enumerate(given.design.services):
            row = one(table, "peer_influence", service, level)
            assert (row.change is None) == (row.low is None) == (row.high is None) == (counts[s, k] < SMALLEST_SHOWN)
    answering = dict(zip(levels.labels, np.bincount(levels.index), strict=True))
    assert {r.level: r.units.n for r in table.rows if r.service == POOLED} == answering


def test_a_ratio_is_of_averages_under_every_draw() -> None:
    given = made("peer_tobit", "condoms")
    draws, count = posterior(given, **DRAWS), len(given.design.units)
    (table,) = tables(given, draws, ratio=True)
    by_draw = averages(given, draws, "expected").sel(exposure="peer_influence", service="condoms")
    row = one(table, "peer_influence", "condoms")
    same(row.change, (by_draw["high"] / by_draw["low"]).to_numpy(), null=1.0)
    same(row.low, by_draw["low"].to_numpy())
    # Neither a ratio of posterior means nor a mean of the units' ratios.
    each = Split("each", tuple(map(str, range(count))), np.arange(count))
    units = averages(given, draws, "expected", each).sel(exposure="peer_influence", service="condoms")
    mistaken = (float(by_draw["high"].mean() / by_draw["low"].mean()), float((units["high"] / units["low"]).mean()))
    assert np.abs(np.array(mistaken) / row.change.mean - 1.0).min() > 1e-3
    assert (table.array_name, table.to_list()[0]["unit"]) == ("expected_ratio", "ratio")
    assert table.words.startswith("ratio of averages of E[y], limits included; these units,")


def test_a_pooled_ratio_is_of_pooled_averages() -> None:
    given = made("peer_logit")
    draws = posterior(given, **DRAWS)
    (table,) = tables(given, draws, ratio=True)
    pooled = averages(given, draws, "probability").sel(exposure="peer_senior", level="all").mean("service")
    same(one(table, "peer_senior", POOLED).change, (pooled["high"] / pooled["low"]).to_numpy(), null=1.0)


def test_an_odds_ratio_is_exp_of_the_coefficient() -> None:
    given = made("peer_logit")
    draws = posterior(given, **DRAWS)
    (table,) = tables(given, draws, "log_odds", ratio=True)
    assert "odds ratio, exp of the change" in table.words
    for service in given.design.services:
        coefficient = draws["exposure_coef"].sel(exposure="peer_influence", service=service).to_numpy()
        same(one(table, "peer_influence", service).change, np.exp(coefficient), null=1.0)
    mean = draws["exposure_coef"].sel(exposure="peer_influence").mean("service").to_numpy()
    same(one(table, "peer_influence", POOLED).change, np.exp(mean), null=1.0)


def test_what_too_few_units_are_behind_has_no_number() -> None:
    given = made("peer_tobit", "condoms")
    (table,) = tables(given, posterior(given, **DRAWS), split="unit_type", exposures=("peer_influence",))
    hidden = one(table, "peer_influence", "condoms", "inpatient")
    assert (hidden.units.n, str(hidden.units)) == (2, "<11")
    assert (hidden.change, hidden.low, hidden.high) == (None, None, None)
    by_level = {row["unit_type"]: row for row in table.to_list()}
    assert numbers(by_level["inpatient"]) == {"interval", "services"}
    assert by_level["inpatient"]["units"] == "<11"
    assert numbers(by_level["residential"]) > {"interval", "units", "mean", "from", "to"}


def test_a_neighbour_of_few_units_does_not_give_their_number_away(tmp_path: Path) -> None:
    given = few_kinds(tmp_path, table=kinds(60).assign(kind=np.repeat(["a", "b"], [52, 8])))
    (table,) = tables(given, posterior(given, **DRAWS), split="kind")
    assert [(r.level, str(r.units), r.change is None) for r in table.rows] == [("a", ">49", False), ("b", "<11", True)]


def test_a_mean_over_no_service_with_enough_units_is_withheld(tmp_path: Path) -> None:
    """Fourteen units of a kind, of which seven answer each outcome."""
    table = kinds(80).assign(kind=np.repeat(["a", "b"], [66, 14]))
    table.loc[66:72, "y"] = np.nan
    table.loc[73:, "other"] = np.nan
    given = few_kinds(tmp_path, outcomes=("y", "other"), table=table)
    (found,) = tables(given, posterior(given, **DRAWS), split="kind")
    services = ("y", "other", POOLED)
    assert [one(found, "yes", s, "b").units.n for s in services] == [7, 7, 14]
    assert [one(found, "yes", s, "b").change for s in services] == [None, None, None]


def test_the_number_of_a_lone_hidden_level_is_not_had_by_subtraction() -> None:
    """The table without a split says how many units there are in all."""
    given = made("peer_tobit", "condoms")
    draws = posterior(given, **DRAWS)
    whole, by_level = (tables(given, draws, split=split, exposures=("peer_senior",))[0] for split in ("", "unit_type"))
    counts = [row["units"] for row in by_level.to_list()]
    assert "<11" in counts
    (total,) = (row["units"] for row in whole.to_list())
    assert not is_few(total - sum(count for count in counts if isinstance(count, int))), (total, counts)


@pytest.mark.parametrize("ratio", [False, True])
@pytest.mark.parametrize(("model", "service"), [("peer_tobit", ""), ("peer_logit", ""), ("peer_tobit", "condoms")])
def test_every_number_says_how_exactly_it_is_known(model: str, service: str, ratio: bool) -> None:
    given = made(model, service)
    asked = {"targets": tuple(TARGETS), "split": "unit_type", "exposures": ("peer_influence",), "ratio": ratio}
    found = tables(given, posterior(given, **DRAWS), "all", **asked)
    rows = [row for table in found for row in table.to_list()]
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows
    shown = [row for row in rows if "mean" in row]
    assert len(shown) > 0.5 * len(rows)
    accuracy = {"mcse", "mcse_low", "mcse_high", "ess_bulk", "ess_tail", "rhat"}
    for row in shown:
        assert row["mcse"] > 0.0
        assert {"low", "high", "probability_positive", *accuracy} <= numbers(row), row
        for end in ("from", "to"):
            assert end not in row or {f"{end}_mcse", f"{end}_ess_bulk", f"{end}_rhat"} <= numbers(row), row
    assert {row["target"] for row in rows} == set(TARGETS)
    assert {row["scale"] for row in rows} == {table.scale.name for table in found}
    for row in rows:
        assert row["quantity"].startswith(f"{row['scale']}_")


def test_one_chain_has_no_r_hat_and_is_still_json() -> None:
    given = made("peer_tobit", "condoms")
    (table,) = tables(given, posterior(given, chains=1, draws=25))
    rows = json.loads(json.dumps(table.to_list(), allow_nan=False))
    assert [(row["rhat"], row["from_rhat"]) for row in rows] == [(None, None)] * 3
    assert all(row["mcse"] > 0 for row in rows)


def test_tables_say_what_they_are_of() -> None:
    given = made("peer_tobit", "condoms")
    found = tables(given, posterior(given, **DRAWS), "all", targets=("these", "new"), exposures=("peer_senior",))
    units = ["points (percent of patients)", "probability"]
    names = ["expected", "latent", "at_lower", "at_upper", "interior", "within", "across"]
    assert [(t.target, t.scale.name) for t in found] == [(target, n) for target in ("these", "new") for n in names]
    assert [t.array_name for t in found[:4]] == [
        "expected_points",
        "latent_points",
        "at_lower_probability",
        "at_upper_probability",
    ]
    assert [t.unit for t in found[:4]] == [units[0], units[0], units[1], units[1]]
    assert found[2].words == f"P(y = 0), probability; {TARGETS['these']}"
    assert found[7].words == f"E[y], limits included, points (percent of patients); {TARGETS['new']}"
    assert [t.has_ends for t in found[:7]] == [True] * 5 + [False] * 2
    assert "from" not in found[5].to_list()[0]
    log_odds = tables(made("peer_logit"), posterior(made("peer_logit"), **DRAWS), "log_odds")[0]
    assert (log_odds.unit, log_odds.array_name) == ("logits", "log_odds_logits")


def test_a_model_without_groups_speaks_of_these_units_alone(tmp_path: Path) -> None:
    given = few_kinds(tmp_path, groups=())
    (table,) = tables(given, posterior(given, **DRAWS))
    assert table.words.endswith("; these units")


def test_what_is_no_effect_is_told_to_the_judge() -> None:
    given, nulls = made("peer_tobit", "condoms"), []

    def judge(values: xr.DataArray, null: float) -> list[tuple[dict[str, str], Summary]]:
        nulls.append((str(values.name), null))
        return summaries(values, null=null)

    for ratio in (False, True):
        tables(given, posterior(given, **DRAWS), ratio=ratio, judge=judge)
    assert nulls == [
        *[("low", 0.0), ("high", 0.0), ("expected_points", 0.0)],
        *[("low", 0.0), ("high", 0.0), ("expected_ratio", 1.0)],
    ]


def test_rows_are_picked_by_service_and_splits_by_a_known_variable() -> None:
    given = made("peer_tobit")
    (table,) = tables(given, posterior(given, **DRAWS), exposures=("peer_senior",))
    assert [row.service for row in table.only(("condoms", POOLED)).rows] == ["condoms", POOLED]
    with pytest.raises(InputError, match=r"variable to split by: got 'ownershp'.*Did you mean 'ownership'\?"):
        tables(given, posterior(given, **DRAWS), split="ownershp")
