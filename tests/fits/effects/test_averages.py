"""Average contrasts against a double loop over units and draws that shares no code with them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from scipy.special import expit

from data.errors import InputError
from fits.effects import averages as module
from fits.effects.averages import TARGETS, Target, average_contrasts, over_services, place_of, plans_of
from fits.effects.contrasts import Contrast, contrasts_of
from fits.effects.effects_of_fit import Question, effect_tables, levels_of
from fits.effects.levels import Split
from fits.number_format import INTERVAL
from models.family import Family
from models.predictors.predictor import Place
from models.scale import choose
from tests.fakes import posterior
from tests.fits.effects._by_hand import answering, index_by_loops, levels_by_loops, tobit_by_hand
from tests.models._prepare import Case, case, few_kinds

Array = np.ndarray

ENDS: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "lived_experience_share": (lambda has: has, lambda has: has + 10.0),
    "peer_influence": (np.zeros_like, np.ones_like),
}
"""What the contrasts mean, in the variables' own units."""

MODELS = [("peer_tobit", ""), ("peer_tobit", "condoms"), ("peer_logit", ""), ("peer_logit", "condoms")]
JOINT = ("peer_tobit", "peer_logit")

ROUNDING = {"rtol": 1e-9, "atol": 1e-10}
"""Sums of hundreds of terms in another order."""

QUADRATURE = {"rtol": 0.0, "atol": 1e-5}
"""What the scale's docstring promises of its nodes."""


@cache
def made(model: str, service: str = "") -> Case:
    return case(model, service=service) if service else case(model)


def averages(
    given: Case,
    draws: xr.Dataset,
    target: Target,
    *,
    contrasts: tuple[Contrast, ...] | None = None,
    levels: Split | None = None,
) -> dict[str, xr.Dataset]:
    """Of every scale."""
    loaded, design = given.loaded, given.design
    contrasts = contrasts or contrasts_of(design, loaded.dataset, loaded.codebook, exposures=tuple(ENDS))
    scales = choose(("all",), given.family.scales_within(design.limits), ratio=False)
    place = place_of(target, design)
    return average_contrasts(
        draws, design, given.family, contrasts=contrasts, scales=scales, place=place, levels=levels
    )


def split(given: Case, name: str) -> Split:
    return levels_of(name, given.design, given.loaded.dataset, given.loaded.codebook)


def each_unit(given: Case, draw: xr.Dataset, target: Target, exposure: str, s: int) -> dict[tuple[str, str], Array]:
    """By scale and end, the value of every unit that answers a service, (unit,), under one draw."""
    has = next(column.values for column in given.design.exposures if column.label == exposure)
    found: dict[tuple[str, str], Array] = {}
    for end, move in zip(("low", "high"), ENDS[exposure], strict=True):
        by_scale = levels_by_loops(given, draw, target, s, {exposure: move(has)})
        found |= {(scale, end): value for scale, value in by_scale.items()}
    for scale in {scale for scale, _ in found}:
        found[scale, "change"] = found[scale, "high"] - found[scale, "low"]
    if given.family.others:
        between = 0.5 * (found["between", "low"] + found["between", "high"])
        found["within", "change"] = between * found["interior", "change"]
        found["across", "change"] = found["expected", "change"] - found["within", "change"]
    return found


def tolerance(scale: str, target: str) -> dict[str, float]:
    return QUADRATURE if scale == "probability" and target != "these" else ROUNDING


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("model", "service"), MODELS)
def test_averages_are_those_of_a_double_loop(model: str, service: str, target: Target) -> None:
    given = made(model, service)
    draws = posterior(given, chains=2, draws=1, seed=5)
    found = averages(given, draws, target)
    ends = {"within": ["change"], "across": ["change"]}
    for scale, there in found.items():
        assert list(there.data_vars) == ends.get(scale, ["low", "high", "change"])
        assert there["change"].dims == ("chain", "draw", "exposure", "service", "level")
    for chain in range(2):
        for exposure in ENDS:
            for s, name in enumerate(given.design.services):
                units = each_unit(given, draws.isel(chain=chain, draw=0), target, exposure, s)
                for scale, there in found.items():
                    one = there.sel(exposure=exposure, service=name, level="all").isel(chain=chain, draw=0)
                    for end in one.data_vars:
                        by_loop = units[scale, str(end)].mean()
                        np.testing.assert_allclose(
                            one[end], by_loop, **tolerance(scale, target), err_msg=f"{scale} {end}"
                        )


@pytest.mark.parametrize("name", ["unit_type", "ownership", "medicaid_expansion"])
@pytest.mark.parametrize("model", JOINT)
def test_a_split_averages_over_the_units_of_a_level(model: str, name: str) -> None:
    given = made(model)
    draws, levels = posterior(given, chains=1, draws=1), split(given, name)
    found, whole = averages(given, draws, "these", levels=levels), averages(given, draws, "these")
    raw = given.loaded.dataset[name].to_numpy()[given.design.units]
    if name == "medicaid_expansion":
        raw = np.where(raw == 1.0, "yes", "no")
    declared = given.loaded.dataset[name].attrs.get("levels") or sorted(set(raw.tolist()))
    assert levels.labels == tuple(level for level in declared if level in set(raw.tolist()))
    counts = levels.counts(given.design)
    for s, service in enumerate(given.design.services):
        who = raw[answering(given.design, s)]
        units = each_unit(given, draws.isel(chain=0, draw=0), "these", "peer_influence", s)
        for k, level in enumerate(levels.labels):
            assert counts[s, k] == (who == level).sum()
            for scale, there in found.items():
                one = there["change"].sel(exposure="peer_influence", service=service, level=level).item()
                np.testing.assert_allclose(one, units[scale, "change"][who == level].mean(), **ROUNDING)
    # Levels together, each weighing as many units as it has, are everybody.
    weight = xr.DataArray(counts / counts.sum(axis=1, keepdims=True), dims=("service", "level"))
    for scale, there in found.items():
        xr.testing.assert_allclose((there * weight).sum("level"), whole[scale].sel(level="all", drop=True), **ROUNDING)


@pytest.mark.parametrize("model", JOINT)
def test_a_new_place_is_the_mean_over_simulated_states_and_clinics(model: str) -> None:
    given, rng, pairs, service = made(model), np.random.default_rng(1), 2_000, "methadone"
    draws = posterior(given, chains=1, draws=1)
    draws["state_sd"] = 2.0 * draws["state_sd"]
    draw, s = draws.isel(chain=0, draw=0), given.design.services.index(service)
    found, typical = (next(iter(averages(given, draws, target).values())) for target in ("new", "typical"))
    everybody = {"peer_influence": np.ones(len(given.design.units))}
    # Unit types are all there are, so that a new place has none but these.
    eta = index_by_loops(draw, given.design, s, groups=("unit_type",), unit_intercept=False, values=everybody)

    def mean(shift: float) -> float:
        """E[y] of these clinics in one new place."""
        if not given.family.others:
            return float(expit(eta + shift).mean())
        sd = float(draw["residual_sd"][s])
        return float(tobit_by_hand(eta + shift, sd, given.design.limits)["expected"].mean())

    shifts = rng.normal(0.0, float(draw["state_sd"][s]), pairs) + rng.normal(0.0, float(draw["unit_sd"]), pairs)
    # A place and its opposite together, which leaves little noise.
    everywhere = [0.5 * (mean(shift) + mean(-shift)) for shift in shifts]
    error, simulated = np.std(everywhere) / np.sqrt(pairs), np.mean(everywhere)
    at = {"exposure": "peer_influence", "service": service, "level": "all"}
    assert abs(found["high"].sel(at).item() - simulated) < 4.5 * error
    # Neither of the things that it could be mistaken for.
    assert abs(mean(0.0) - simulated) > 20 * error
    assert abs(typical["high"].sel(at).item() - simulated) > 20 * error


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("model", JOINT)
def test_blocks_of_draws_change_nothing(model: str, target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    given = made(model)
    draws = posterior(given, chains=2, draws=7)
    # From narrow to wide over the draws, so that blocks differ in which nodes they need.
    draws["state_sd"] = draws["state_sd"] * xr.DataArray(np.linspace(0.3, 3.0, 7), dims="draw")
    monkeypatch.setattr(module, "BLOCK", 10**9)
    whole = averages(given, draws, target)
    for block in (1, 2 * 3 * len(given.design.units)):  # a draw at a time; three, of which seven is no multiple
        monkeypatch.setattr(module, "BLOCK", block)
        for scale, there in averages(given, draws, target).items():
            bound = {"rtol": 0.0, "atol": 2e-5} if (scale, target) == ("probability", "new") else ROUNDING
            xr.testing.assert_allclose(there, whole[scale], **bound)


@pytest.mark.parametrize("outcomes", [("y",), ("y", "other")], ids=["one outcome", "two, with unit intercepts"])
@pytest.mark.parametrize("by", ["", "kind"])
@pytest.mark.parametrize("target", TARGETS)
def test_units_that_are_alike_count_as_many(
    tmp_path: Path, target: Target, by: str, outcomes: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = few_kinds(tmp_path, outcomes=outcomes)
    draws, levels = posterior(given), split(given, by)
    contrasts = contrasts_of(given.design, given.loaded.dataset, given.loaded.codebook)

    def sizes() -> list[int]:
        return [len(plan.units) for plan in plans_of(given.design, place_of(target, given.design), levels)]

    together = averages(given, draws, target, contrasts=contrasts, levels=levels)
    # Two by three by four kinds of units at most, but none are alike that have intercepts of their own.
    assert max(sizes()) <= 24 or (target == "these" and len(outcomes) == 2)
    monkeypatch.setattr(module, "patterns", lambda columns, units: (np.arange(units), np.arange(units)))
    assert sizes() == [150] * len(outcomes)
    one_by_one = averages(given, draws, target, contrasts=contrasts, levels=levels)
    for scale, there in together.items():
        xr.testing.assert_allclose(there, one_by_one[scale], rtol=1e-11, atol=1e-12)  # the order of sums


def test_contrasts_asked_together_are_those_asked_alone() -> None:
    given = made("peer_tobit", "condoms")
    draws, step = posterior(given), np.ones(len(given.design.units))
    # Two that start from what units have, and one from 0.
    asked = tuple(Contrast(name, "+1", {}, {name: step}) for name in ("peer_senior", "lived_experience_share"))
    asked += (Contrast("peer_influence", "0 -> 1", {"peer_influence": -step}, {"peer_influence": step}),)
    together = averages(given, draws, "these", contrasts=asked)
    for one in asked:
        for scale, there in averages(given, draws, "these", contrasts=(one,)).items():
            xr.testing.assert_identical(there, together[scale].sel(exposure=[one.label]))


def test_only_these_units_exist_in_a_model_without_groups(tmp_path: Path) -> None:
    design = few_kinds(tmp_path, groups=()).design
    assert place_of("these", design) == Place(())
    for target in ("typical", "new"):
        with pytest.raises(InputError, match=rf"--target: got '{target}' of a model without groups; expected 'these'"):
            place_of(target, design)


def test_services_weigh_the_same_where_enough_units_answer() -> None:
    values = xr.DataArray([[1.0, 10.0, np.nan], [2.0, np.nan, 5.0], [6.0, 40.0, 7.0]], dims=("service", "level"))
    counts = np.array([[11, 11, 300], [50, 10, 10], [12, 11, 0]])
    mean = over_services(values, counts)
    # The second level leaves out a service of 10 units; what is not a number among those that count is not hidden.
    np.testing.assert_array_equal(mean, [3.0, 25.0, np.nan])
    assert np.isnan(over_services(values, np.full((3, 3), 10))).all()
    np.testing.assert_array_equal(over_services(values, np.array([[0, 0, 0], [9, 3, 11], [11, 0, 11]])), [6, np.nan, 6])


def test_a_service_whose_units_have_no_level_has_no_average() -> None:
    given = made("peer_tobit")
    index, out = np.zeros(len(given.design.units), dtype=np.int64), given.design.services.index("methadone")
    index[answering(given.design, out)] = -1
    levels = Split("made_up", ("a", "b"), index)
    found = averages(given, posterior(given), "these", levels=levels)["expected"]["change"]
    assert np.isfinite(found.sel(level="a").drop_sel(service="methadone")).all()
    assert np.isnan(found.sel(level="b").drop_sel(service="methadone")).all()
    assert np.isnan(found.sel(service="methadone")).all()


def test_an_interval_is_of_averages_and_no_average_of_intervals() -> None:
    """Averages of each unit's bounds would be far too wide: units differ in which draws are high for them."""
    given = made("peer_tobit", "condoms")
    draws = posterior(given, chains=2, draws=150)
    question = Question(
        choose((), Family.find("tobit").scales_within(given.design.limits), ratio=False), exposures=("peer_influence",)
    )
    loaded = given.loaded
    (table,) = effect_tables(
        draws, given.design, given.family, dataset=loaded.dataset, codebook=loaded.codebook, question=question
    )
    values = [
        each_unit(given, draws.isel(chain=chain, draw=draw), "these", "peer_influence", 0)
        for chain in range(2)
        for draw in range(150)
    ]
    tails = [(1.0 - INTERVAL) / 2.0, (1.0 + INTERVAL) / 2.0]
    (row,) = table.rows
    for end, summary, much in (("low", row.low, 1.5), ("high", row.high, 1.5), ("change", row.change, 1.05)):
        grid = np.array([one["expected", end] for one in values])  # (draw, unit)
        of_averages = np.quantile(grid.mean(axis=1), tails)
        of_bounds = np.quantile(grid, tails, axis=0).mean(axis=1)
        np.testing.assert_allclose([summary.low, summary.high], of_averages, **ROUNDING)
        assert np.diff(of_bounds) > much * np.diff([summary.low, summary.high]), end


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("model", JOINT)
def test_a_tiny_step_is_worth_its_length_times_the_slope(model: str, target: Target) -> None:
    """The slope of E[y] is the probability of being between the limits, that of a probability p (1 - p)."""
    given, step = made(model), 1e-4
    draws = posterior(given, chains=1, draws=1)
    tiny = Contrast("peer_senior", "+1e-4", {}, {"peer_senior": np.full(len(given.design.units), step)})
    found = next(iter(averages(given, draws, target, contrasts=(tiny,)).values()))
    slope_of, draw = "between" if given.family.others else "slope", draws.isel(chain=0, draw=0)
    for s, service in enumerate(given.design.services):
        slope = levels_by_loops(given, draw, target, s)[slope_of].mean()
        coefficient = float(draw["exposure_coef"].sel(exposure="peer_senior", service=service))
        change = found["change"].sel(exposure="peer_senior", service=service, level="all").item()
        # The next term is of the order of the step; so is what 20 nodes miss of a slope.
        np.testing.assert_allclose(change, step * coefficient * slope, rtol=5e-4)
