"""Operating characteristics of a few effects, against numbers worked out by hand."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from fits.calibration.characteristics import Calls, Errors
from fits.calibration.operating import ENOUGH, Operating
from fits.calibration.simulated_effects import (
    DIRECTION_RULE,
    INTERVAL_RULE,
    P_DIRECTION,
    P_VALUE,
    PROCEDURES,
    VERDICT_RULE,
    SimulatedShare,
    percent,
    table_of,
)
from fits.calibration.true_sizes import ALL, TrueSizes, words_of, worlds
from fits.effects.effect_table import POOLED
from fits.verdicts.rule import Rule
from reports.figures.canvas import canvas
from reports.figures.operating import draw_estimates, draw_operating

RULE = Rule.read()
NONE, SMALL, LARGE = "0", "(0, 2]", "(8, 10]"


def effect(true: float, mean: float, reach: float, **changes: Any) -> dict[str, Any]:
    """An effect whose 90 and 95 % intervals are its mean and 1 and 1.2 times `reach`, both halves alike."""
    wide = 1.2 * reach
    ends = {"low_90": mean - reach, "high_90": mean + reach, "low_95": mean - wide, "high_95": mean + wide}
    sure = {"above": mean - reach > 5, "below": mean + reach < -5, "within": abs(mean) + reach < 5}
    likely = {name: float(there) for name, there in sure.items()}
    error = reach / norm.ppf(0.95)
    found = {
        "exposure": "peer",
        "service": "condoms",
        "true": true,
        "bayes": {"mean": mean, "sd": reach, **ends, **likely},
        "ml": {"estimate": mean, "error": error, "p_value": float(2 * norm.sf(abs(mean) / error))},
    }
    return {**found, **changes}


def study(k: int, *effects: dict[str, Any], status: str = "passed", first: str = "") -> dict[str, Any]:
    return {"k": k, "status": status, "first": first or status, "effects": list(effects)}


def calls(found: Operating, procedure: str, true: str, *, pooled: bool = False) -> Calls:
    (one,) = [o for o in found.calls if (o.procedure, o.true, o.pooled) == (procedure, true, pooled)]
    return one


def errors(found: Operating, half: str, true: str) -> Errors:
    (one,) = [o for o in found.errors if (o.half, o.true, o.pooled) == (half, true, False)]
    return one


FOUR = [
    # Effects of 10: called rightly with 20; called with the wrong sign; not called; called with 12.
    study(0, effect(10, 20, 5), effect(10, -12, 5)),
    study(1, effect(10, 3, 5), effect(10, 12, 5)),
]


def test_missed_type_s_and_type_m_errors_are_those_worked_out_by_hand() -> None:
    one = calls(Operating.of(FOUR, RULE, "points"), INTERVAL_RULE, LARGE)
    assert (one.effects, one.simulations, one.unanswered) == (4, 2, 0)
    assert one.called.value == 0.75
    assert one.missed.value == 0.5  # one not called, one with the wrong sign
    assert one.wrong_sign.value == pytest.approx(1 / 3)
    assert one.exaggeration.value == pytest.approx((20 + 12 + 12) / 30)


def test_bias_rmse_width_and_coverage_are_those_worked_out_by_hand() -> None:
    for half in ("bayes", "ml"):
        one = errors(Operating.of(FOUR, RULE, "points"), half, LARGE)
        off = np.array([10.0, -22.0, -7.0, 2.0])
        assert one.bias.value == pytest.approx(off.mean())
        assert one.rmse.value == pytest.approx(np.sqrt((off**2).mean()))
        assert one.covered_90.value == 0.25
    assert errors(Operating.of(FOUR, RULE, "points"), "bayes", LARGE).width.value == pytest.approx(12.0)
    wald = 2 * norm.ppf(0.975) / norm.ppf(0.95) * 5
    assert errors(Operating.of(FOUR, RULE, "points"), "ml", LARGE).width.value == pytest.approx(wald)


def test_monte_carlo_errors_count_simulations_not_effects() -> None:
    k = np.repeat([0, 1, 2, 3], 6)
    together = SimulatedShare.of(np.repeat([1.0, 0.0, 0.0, 1.0], 6), np.ones(24), k)
    # Four numbers 1, 0, 0, 1: sd sqrt(1/3), over sqrt(4).
    assert together.error == pytest.approx(math.sqrt(1 / 3) / 2)
    spread = SimulatedShare.of(np.tile([1.0, 0.0], 12), np.ones(24), k)  # half of every simulation
    assert (spread.value, spread.error) == (0.5, pytest.approx(0.0, abs=1e-12))
    assert math.isnan(SimulatedShare.of(np.ones(3), np.ones(3), np.zeros(3)).error)  # one simulation has no spread
    assert math.isnan(SimulatedShare.of(np.zeros(3), np.zeros(3), np.zeros(3)).value)


def test_shares_are_printed_in_percent_with_an_error_where_there_is_one() -> None:
    said = [percent(SimulatedShare(*pair)) for pair in ((0.0421, 0.0104), (0.0, 0.0), (np.nan, np.nan))]
    assert said == ["4.2 ± 1.0 %", "0.0 %", "-"]


def test_effects_are_sorted_by_their_true_size_and_pooled_ones_stand_apart() -> None:
    effects = (effect(0.04, 0, 5), effect(-0.06, 9, 5), effect(-10.0, 9, 5), effect(5, 9, 5, service=POOLED))
    found = Operating.of([study(0, *effects)], RULE, "points")
    sorted_ = [(one.true, one.pooled, one.effects) for one in found.calls if one.procedure == P_VALUE]
    assert sorted_ == [(NONE, False, 1), (SMALL, False, 1), (LARGE, False, 1), ("(2, 5]", True, 1)]
    assert math.isnan(calls(found, INTERVAL_RULE, NONE).wrong_sign.value)
    assert math.isnan(calls(found, INTERVAL_RULE, SMALL).missed.value)  # what does not matter is not missed
    assert calls(found, INTERVAL_RULE, SMALL).wrong_sign.value == 1.0


def test_every_true_size_has_exactly_one_class() -> None:
    for planted in ((), (4.0,), (5.0, 8.0, 10.0, 15.0, 20.0)):
        sizes = TrueSizes(planted)
        true = np.linspace(-25.0, 25.0, 20_001)
        found = sizes.classes(true)
        assert set(found) <= set(sizes.names)
        assert (found[np.abs(true) < 0.049] == NONE).all()
        for size in planted:
            assert (found[np.abs(np.abs(true) - size) <= 0.0999] == f"{size:g}").all()
            assert (found[np.abs(np.abs(true) - size) >= 0.1001] != f"{size:g}").all()
        places = np.array([sizes.names.index(name) for name in found])
        there = ~np.isin(found, [f"{size:g}" for size in planted if size == 4.0])  # 4 lies within an interval
        order = np.argsort(np.abs(true[there]), kind="stable")
        assert (np.diff(places[there][order]) >= 0).all()  # larger effects are in later classes
    assert TrueSizes.of("one_real").names == (
        *("0", "(0, 2]", "(2, 5)", "5", "(5, 8)", "8", "(8, 10)", "10", "(10, 15)", "15", "(15, 20)", "20", "over 20"),
    )
    assert TrueSizes.of("as_claimed").classes(np.array([5.0, 5.02, 5.64])).tolist() == ["(2, 5]", "(5, 8]", "(5, 8]"]
    assert "4" in TrueSizes.of("alike").names


def test_availability_is_sorted_in_points_of_a_hundred_clinics() -> None:
    """A coefficient that gives .1 of probability is ten points; the rule's .05 are five."""
    found = Operating.of([study(0, effect(0.1, 0.2, 0.05), effect(0.0, 0.0, 0.05))], RULE, "probability")
    assert {one.true for one in found.calls} == {"0", "(8, 10]"}
    assert [one.effects for one in found.mattering] == [1] * len(PROCEDURES)


@pytest.mark.parametrize(
    ("true", "world"),
    [((0, 0, 0), "alike"), ((4, 4.01, 4), "alike"), ((0, 8, 0), "one"), ((0, 8, 1), "varied"), ((8,), "")],
)
def test_what_is_true_of_the_other_services_is_known(true: tuple[float, ...], world: str) -> None:
    values = np.array([*true, 0.0, 8.0, 0.0])
    found = worlds(values, np.array([1] * len(true) + [0] * 3))
    assert found.tolist() == [world] * len(true) + ["one"] * 3


NAMES = ("aftercare", "condoms", "methadone")


def lone(k: int, *means: float, size: float = 10.0, exposure: str = "peer") -> list[dict[str, Any]]:
    """One real effect, on the first of three services, with these estimates."""
    true = (size, 0.0, 0.0)
    rows = [effect(t, m, 5, service=s) for t, m, s in zip(true, means, NAMES, strict=True)]
    return [{**row, "exposure": exposure} for row in rows]


def test_the_real_one_and_the_others_stand_apart() -> None:
    records = [study(0, *lone(0, 12, 0, 9)), study(1, *lone(1, 3, 0, 0))]
    found = Operating.of(records, RULE, "points", TrueSizes.of("one_real"))
    there = {(one.true, one.world): one.called.value for one in found.calls if one.procedure == DIRECTION_RULE}
    assert there == {("0", "one"): 0.25, ("10", "one"): 0.5}
    assert [words_of(*key) for key in there] == ["0, another is real", "10 points, alone"]
    assert {(row["true"], row["world"]) for row in found.rows() if row["table"] == "verdicts"} == set(there)


def test_false_directions_are_counted_by_study_by_exposure_and_among_the_calls() -> None:
    # Two exposures in each study. First: one right call and one of nothing. Second: a call with the wrong sign.
    records = [
        study(0, *lone(0, 12, 9, 0), *lone(0, 0, 0, 0, exposure="pcc")),
        study(1, *lone(1, -12, 0, 0), *lone(1, 12, 0, 0, exposure="pcc")),
        study(2, *lone(2, 0, 0, 0), *lone(2, 0, 0, 0, exposure="pcc")),
    ]
    found = {one.procedure: one for one in Operating.of(records, RULE, "points", TrueSizes((10.0,))).false}
    for procedure in (DIRECTION_RULE, P_DIRECTION):
        one = found[procedure]
        assert one.calls == 4
        assert one.studies.value == pytest.approx(2 / 3)
        assert one.exposures.value == pytest.approx(2 / 6)
        assert one.of_called.value == pytest.approx(2 / 4)


def test_a_direction_is_called_by_a_90_percent_interval_and_an_interval_by_95() -> None:
    found = Operating.of([study(0, effect(0, 5.5, 5))], RULE, "points")  # 90 %: .5 to 10.5; 95 %: -.5 to 11.5
    assert calls(found, DIRECTION_RULE, NONE).called.value == 1.0
    assert calls(found, INTERVAL_RULE, NONE).called.value == 0.0
    assert calls(found, P_DIRECTION, NONE).called.value == 1.0  # p = .07
    assert calls(found, P_VALUE, NONE).called.value == 0.0


def test_means_over_services_have_a_row_of_all_sizes() -> None:
    effects = (effect(0.5, 1, 5, service=POOLED), effect(2.5, 10, 5, service=POOLED), *lone(0, 0, 0, 0))
    found = Operating.of([study(0, *effects)], RULE, "points")
    pooled = [(one.true, one.effects) for one in found.errors if one.pooled and one.half == "bayes"]
    assert pooled == [("(0, 2]", 1), ("(2, 5]", 1), (ALL, 2)]


def test_effects_that_a_rule_can_hardly_call_are_named() -> None:
    claimed = [study(0, effect(5.02, 5, 5), effect(5.64, 5, 5), effect(3.0, 5, 5))]
    assert Operating.of(claimed, RULE, "points").hardly == (
        "The 2 true effects of (5, 8] points that matter lie between 5.02 and 5.64: a rule that asks for more than 5 "
        "can hardly call them, however a model pools.",
    )
    larger = [study(0, effect(5.02, 5, 5), effect(7.0, 5, 5))]
    assert Operating.of(larger, RULE, "points").hardly == ()
    (said,) = Operating.of([study(0, *lone(0, 0, 0, 0, size=5.0))], RULE, "points", TrueSizes((5.0,))).hardly
    assert said.startswith("The 1 true effects of 5 points that matter are exactly that: a rule")


def test_failed_fits_stay_in_every_number_but_have_no_verdict() -> None:
    records = [study(0, effect(0, 20, 5)), study(1, effect(0, 20, 5), status="failed")]
    found = Operating.of(records, RULE, "points")
    assert calls(found, INTERVAL_RULE, NONE).called.value == 1.0
    rule = calls(found, VERDICT_RULE, NONE)
    assert (rule.called.value, rule.unanswered, rule.effects) == (0.5, 1, 2)
    (verdicts,) = found.verdicts
    given = {name: share.value for name, share in verdicts.chance.items() if share.value}
    assert given == {"positive": 0.5, "no verdict": 0.5}


def test_simulations_of_every_kind_are_counted() -> None:
    records = [
        study(0, effect(0, 1, 5)),
        study(1, effect(0, 1, 5), first="failed"),
        study(2, effect(0, 1, 5), status="failed"),
        study(3, effect(0, 1, 5), status="look"),
        {"k": 4, "status": "error", "first": "error", "words": "no row"},
    ]
    found = Operating.of(records, RULE, "points")
    assert found.simulations == {"done": 5, "failed_first": 2, "failed": 1, "looks": 1, "errors": 1}
    assert calls(found, INTERVAL_RULE, NONE).simulations == 4


def test_a_likelihood_without_a_maximum_is_not_called_and_counted() -> None:
    found = Operating.of([study(0, effect(10, 20, 5, ml=None), effect(10, 20, 5))], RULE, "points")
    one = calls(found, P_VALUE, LARGE)
    assert (one.effects, one.unanswered, one.called.value, one.missed.value) == (2, 1, 0.5, 0.5)
    assert errors(found, "ml", LARGE).effects == 1


def test_the_two_questions_are_answered_in_sentences_for_all_three_procedures() -> None:
    nothing = [study(0, effect(0, 9, 5), effect(0, 1, 5)), study(1, effect(0, 1, 5), effect(0, 1, 5))]
    called, missed = Operating.of(nothing, RULE, "points").sentences()
    assert called == (
        "Called although there is no effect (4 effects of 2 simulations): "
        "Bayes: direction 25.0 ± 25.0 %; Bayes: interval 25.0 ± 25.0 %; Bayes: rule 0.0 %; "
        "ML: p < .10 25.0 ± 25.0 %; ML: p < .05 25.0 ± 25.0 %."
    )
    assert missed == "Missed although it matters: no effect here reaches 5 points."
    called, missed = Operating.of(FOUR, RULE, "points").sentences()
    assert called == "Called although there is no effect: no effect of this scenario is absent."
    assert missed.startswith(
        "Missed although it matters (4 effects of 2 simulations): Bayes: direction 50.0 %; Bayes: interval 50.0 %"
    )


@pytest.mark.parametrize(
    ("true", "hits", "count", "passed", "said"),
    [
        (10.0, 90, 100, True, "as they should (84% to 95%)"),
        (10.0, 83, 100, False, "NOT as they should"),
        (10.0, 96, 100, False, "NOT as they should"),
        (0.0, 96, 100, True, "as they should (at least 84%"),
        (0.0, 83, 100, False, "NOT as they should"),
        (10.0, 50, 99, None, f"99 simulations are too few to judge by, {ENOUGH} are needed"),
    ],
)
def test_coverage_is_judged_with_enough_simulations(
    true: float, hits: int, count: int, passed: bool | None, said: str
) -> None:
    # Two services, so that nothing is alike: half of an effect that is there is no effect of the other.
    truths = (true, true / 2)
    records = [study(k, *(effect(t, t if k < hits else t + 9, 5) for t in truths)) for k in range(count)]
    check = Operating.of(records, RULE, "points").check
    assert check.value == hits / count
    assert check.passed is passed
    assert said in check.sentence


def test_rows_are_flat_and_plain() -> None:
    rows = Operating.of(FOUR, RULE, "points").rows()
    assert {row["table"] for row in rows} == {"calls", "errors", "verdicts", "falsedirections"}
    assert {type(value) for row in rows for value in row.values()} <= {str, bool, int, float, type(None)}
    (row,) = [r for r in rows if r.get("procedure") == P_VALUE and r["what"] == "missed"]
    assert (row["true"], row["effects"], row["value"]) == (LARGE, 4, 0.5)


@pytest.mark.parametrize("true", [0.0, 10.0])
def test_the_figure_says_that_it_is_simulated(tmp_path: Path, true: float) -> None:
    records = [study(k, effect(true, true + k, 5), effect(0, k, 3, service="aftercare")) for k in range(3)]
    draw_operating(records, RULE, "points", tmp_path / "f.svg", title="A model", stamp="SIMULATED DATA (null)")
    text = (tmp_path / "f.svg").read_text(encoding="utf-8")
    assert "SIMULATED DATA (null)" in text
    assert "peer, condoms" in text
    assert "peer, aftercare" in text


@pytest.mark.parametrize(("true", "places"), [(0.0, ["none"]), (4.0, ["4"]), (-10.0, ["-10", "none"])])
def test_the_figure_puts_estimates_at_the_true_sizes_that_there_are(true: float, places: list[str]) -> None:
    others = 0.0 if "none" in places else true
    records = [study(k, effect(true, true + k, 5), effect(others, k, 3, service="aftercare")) for k in range(3)]
    with canvas((4.0, 3.0)) as figure:
        axes = figure.subplots()
        draw_estimates(axes, table_of(records, RULE, "points", TrueSizes()), RULE, "points")
        assert [label.get_text() for label in axes.get_xticklabels()] == places
        drawn = [(np.asarray(line.get_xdata()), np.asarray(line.get_ydata())) for line in axes.get_lines()]
        spans = [y[0] for x, y in drawn if len(x) == 2 and np.ptp(x) == pytest.approx(0.8)]
        assert spans == sorted({true, others})
        bayes, likelihood = (x for x, _ in drawn if len(x) == 6)
        for place in range(len(places)):
            left, right = (cloud[np.abs(cloud - place) < 0.5] for cloud in (bayes, likelihood))
            assert left.max() < right.min()
