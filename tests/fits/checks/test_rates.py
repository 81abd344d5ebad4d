"""Shares, means and spreads beside replications: numbers by hand, and what may not be printed."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from data.disclosure import FEW
from fits.checks.prior import prior_test
from fits.checks.rates import HALF_A_COUNT, Rates, _surprise, discrepancy
from fits.checks.replicates import Replicates, counted, replicate
from fits.checks.splits import CellSplit, splits_of
from fits.checks.suppression import BESIDE, Few, beside
from fits.number_format import INTERVAL
from tests.fits.checks._worlds import drawn_with, logit, steady, truth
from tests.models._prepare import Case, few_kinds
from tests.small_study import kinds

LIMITS = (0.0, 10.0)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return few_kinds(
        tmp_path_factory.mktemp("two"), groups=("place", "kind"), outcomes=("y", "other"), table=kinds(400)
    )


def replications(given: Case, count: int = 50, seed: int = 2) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.clip(rng.normal(5.0, 6.0, (count, len(given.design.y))), *LIMITS)


def rates_of(given: Case, y: np.ndarray) -> tuple[Replicates, dict[str, Rates]]:
    found = counted(y, given.design, splits=splits_of(given.design), limits=LIMITS)
    return found, {one.name: one for one in Rates.all_of(found, given.design, binary=False, unit="points")}


def test_names_and_words(two: Case) -> None:
    _, rates = rates_of(two, replications(two))
    parts = ("service", "place_within_service", "kind_within_service", "place_x_kind", "yes")
    names = {f"{what}_by_{part}" for what, part in product(("at_lower", "at_upper", "mean"), parts)}
    assert set(rates) == names | {"spread_by_service"}
    assert rates["at_upper_by_yes"].words == "Share at 10 by yes"
    assert rates["mean_by_service"].words == "Mean (points) by service"
    assert rates["spread_by_service"].words == "Standard deviation (points) by service"


def test_every_row_equals_numbers_by_hand(two: Case) -> None:
    y = replications(two)
    _, rates = rates_of(two, y)
    statistic = {
        "at_lower": lambda cells: np.mean(cells == 0.0),
        "at_upper": lambda cells: np.mean(cells == 10.0),
        "mean": np.mean,
        "spread": np.std,
    }
    for split in splits_of(two.design):
        for key, value in statistic.items():
            if key == "spread" and split.name != "service":
                continue
            for k, row in enumerate(rates[f"{key}_by_{split.key}"].rows):
                cells = split.index == k
                drawn = [value(one[cells]) for one in y]
                low, high = np.quantile(drawn, [(1 - INTERVAL) / 2, (1 + INTERVAL) / 2])
                observed = value(two.design.y[cells])
                found = (row.observed, row.mean, row.low, row.high)
                np.testing.assert_allclose(found, (observed, np.mean(drawn), low, high), rtol=1e-9, atol=1e-12)
                assert (row.label, row.n) == (split.labels[k], len(set(two.design.unit_of[cells].tolist())))
                assert row.inside == (low <= observed <= high)


def discrepancy_by_loops(observed: np.ndarray, replicated: np.ndarray, floor: float) -> float:
    def far(values: np.ndarray) -> float:
        total = 0.0
        for k, value in enumerate(values):
            drawn = replicated[:, k]
            total += (value - drawn.mean()) ** 2 / (drawn.var() + floor)
        return float(total)

    reached = [far(row) >= far(observed) * (1 - 1e-12) for row in replicated]
    return (1 + sum(reached)) / (1 + len(replicated))


def test_the_discrepancy_equals_loops(two: Case) -> None:
    found, rates = rates_of(two, replications(two))
    for split in splits_of(two.design):
        counts = found.counts[split.name]
        sizes = split.sizes
        for key in ("at_lower", "at_upper", "mean"):
            floor = 0.0 if key == "mean" else HALF_A_COUNT
            expected = discrepancy_by_loops(counts.observed[key], counts.replicated[key], floor)
            assert rates[f"{key}_by_{split.key}"].test.p == pytest.approx(expected, abs=1e-12)
            assert sizes.sum() == len(two.design.y)


def test_the_floor_keeps_one_rare_count_from_deciding_alone() -> None:
    replicated = np.zeros((1000, 2))
    replicated[0, 0] = 1.0  # expected .001, seen once: 1 / .001 variances away without the floor
    replicated[:, 1] = np.random.default_rng(1).binomial(40, 0.5, 1000)
    observed = np.array([1.0, 20.0])
    assert discrepancy(observed, replicated, floor=0.0) < 0.01
    assert discrepancy(observed, replicated, floor=HALF_A_COUNT) > 0.03


def test_a_label_that_never_varies_agrees_or_is_infinitely_far_off() -> None:
    replicated = np.column_stack([np.full(99, 5.0), np.arange(99.0)])
    assert discrepancy(np.array([5.0, 49.0]), replicated, floor=0.0) == 1.0
    assert discrepancy(np.array([4.0, 49.0]), replicated, floor=0.0) == 1 / 100


def test_surprise_is_an_exact_rank_over_labels() -> None:
    rng = np.random.default_rng(3)
    observed, replicated = rng.normal(size=4), rng.normal(size=(60, 4))
    together = np.vstack([observed, replicated])
    ends = [min(min(sum(c <= v), sum(c >= v)) for v, c in zip(row, together.T, strict=True)) for row in together]
    assert _surprise(observed, replicated) == sum(end <= ends[0] for end in ends) / len(ends)
    lowest = len(set(replicated.argmin(axis=0).tolist()))  # as far out as a value beyond all, at the other end
    assert _surprise(observed + 99, replicated) == (1 + lowest) / 61
    assert _surprise(np.median(replicated, axis=0), replicated) > 0.9


def test_surprise_gives_no_more_false_alarms_than_it_says() -> None:
    """Ranked among the replications alone, values beyond all of them would be called p < 1 / n ten times too often."""
    rng, worlds = np.random.default_rng(4), 3000
    ps = np.array([_surprise(rng.normal(size=8), rng.normal(size=(199, 8))) for _ in range(worlds)])
    for level in (0.005, 0.01, 0.05, 0.2):
        assert (ps <= level).mean() <= level + 3 * np.sqrt(level / worlds)
    assert (ps <= 0.2).mean() > 0.1  # and it is no idle test


@pytest.mark.parametrize("direction", [-1, 1])
def test_sentences_say_which_way_and_name_the_worst(direction: int, two: Case) -> None:
    """Replications are moved from the lower to the upper limit in one service, or back."""
    y = replications(two, 200)
    here = two.design.service_of == 1
    moved = np.clip(y + direction * 4.0 * here, *LIMITS)
    _, rates = rates_of(two, moved)
    lower = rates["at_lower_by_service"]
    assert lower.test.p < 0.01
    seen = int(re.search(r"other (\d+) %, predicted (\d+) % to (\d+) %\)\.$", lower.test.fails)[1])  # type: ignore[index]
    low, high = (100 * value for value in (lower.rows[1].low, lower.rows[1].high))
    assert (seen < low) if direction < 0 else (seen > high)
    assert seen == round(100 * np.mean(two.design.y[here] == 0.0))
    assert lower.test.fails.startswith("Share at 0 by service: not as the model predicts (p 0.00")
    assert "; 1 of 2 observed values in their 95% predictive intervals; other " in lower.test.fails
    mean = rates["mean_by_service"]
    assert re.search(r"; other \d\.\d+, predicted \d\.?\d* to \d\.?\d*\)\.$", mean.test.fails)
    (said,) = prior_test([mean])
    assert said.fails.startswith("Prior, mean (points) by service: the data surprise the prior (p ")
    assert re.search(r"most at other: \d\.\d+, the prior says \d\.?\d* to \d\.?\d*\.$", said.fails)
    assert said.holds.endswith(f"the data are not surprising (p {mean.surprise:.3f}).")


def table_of(parts: list[tuple[int, int, int]], index: int = 0) -> tuple[CellSplit, Few]:
    """A split whose labels have so many units at the lower limit, between, and at the upper one."""
    labels, y = [], []
    for k, (lower, between, upper) in enumerate(parts):
        labels += [k] * (lower + between + upper)
        y += [0.0] * lower + [5.0] * between + [10.0] * upper
    split = CellSplit("place", tuple("abcdef"[: len(parts)]), np.array(labels))

    class Cells:
        unit_of = units = np.arange(len(y))
        services, service_of, several = ("y",), np.zeros(len(y), dtype=int), False
        asked = answered = np.ones((len(y), 1), dtype=bool)
        rows_lost = rows_unanswered = 0

    cells = Cells()
    cells.y = np.array(y)  # type: ignore[attr-defined]
    return split, Few(split, cells, LIMITS, binary=False)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("parts", "lower", "upper", "mean", "units"),
    [
        # Nothing is small, and 0 names nobody.
        ([(20, 20, 20), (30, 0, 30)], ["", ""], ["", ""], ["", ""], [60, 60]),
        # A label of few units says nothing, and takes the smallest of its neighbours along: totals are printed.
        (
            *([(2, 2, 2), (20, 20, 20), (30, 20, 30), (40, 20, 40)], [FEW, BESIDE, "", ""]),
            *([FEW, BESIDE, "", ""], [FEW, BESIDE, "", ""], ["<11", ">10", 80, 100]),
        ),
        # Two of them need nobody, unless they are few together.
        (
            *([(2, 2, 2), (1, 2, 2), (30, 20, 30), (40, 20, 40)], [FEW, FEW, BESIDE, ""]),
            *([FEW, FEW, BESIDE, ""], [FEW, FEW, "", ""], ["<11", "<11", 80, 100]),
        ),
        # Few at one limit: the other, the mean and the number of units stay.
        ([(3, 20, 20), (25, 20, 20), (30, 20, 30)], [FEW, BESIDE, ""], [""] * 3, [""] * 3, [43, 65, 80]),
        # Few between the limits are had from both shares: the smaller share goes, and one of a neighbour with it.
        ([(30, 4, 40), (25, 20, 20), (50, 20, 30)], [FEW, BESIDE, ""], [""] * 3, [""] * 3, [74, 65, 100]),
        ([(40, 4, 30), (25, 20, 20), (50, 20, 30)], [""] * 3, [FEW, BESIDE, ""], [""] * 3, [74, 65, 100]),
        # All but few at a limit.
        ([(40, 4, 0), (25, 20, 20), (50, 20, 30)], [FEW, BESIDE, ""], [""] * 3, [""] * 3, [44, 65, 100]),
    ],
)
def test_what_is_withheld(
    parts: list[tuple[int, int, int]], lower: list[str], upper: list[str], mean: list[str], units: list[int | str]
) -> None:
    _, few = table_of(parts)
    assert few.why("at_lower") == lower
    assert few.why("at_upper") == upper
    assert few.why("mean") == mean
    assert [few.told(k) for k in range(len(parts))] == units


def test_no_withheld_count_is_alone_in_a_row_or_a_column() -> None:
    rng = np.random.default_rng(6)
    rows, columns = (part.ravel() for part in np.indices((6, 4)))
    for _ in range(50):
        sizes = rng.integers(0, 60, 24)
        hidden = (sizes > 0) & (sizes < 11)
        found = beside(hidden, sizes, (rows, columns))
        assert found[hidden].all()
        for parts in (rows, columns):
            for total in np.unique(parts[found]):
                here = parts == total
                shown = here & ~found & (sizes > 0)
                assert np.count_nonzero(here & found) > 1 or not shown.any()


def test_answers_of_one_unit_on_two_services_are_one_unit(two: Case) -> None:
    """Ten units with two answers each must not pass for twenty."""
    design = two.design
    ten = np.flatnonzero(design.groups["place"].index == 0)[10:]
    kept = ~np.isin(design.unit_of, ten)
    small = replace(design, y=design.y[kept], unit_of=design.unit_of[kept], service_of=design.service_of[kept])
    split = CellSplit("place", design.groups["place"].levels, design.groups["place"].index[small.unit_of])
    assert split.sizes[0] == 20
    few = Few(split, small, LIMITS, binary=False)
    assert (few.told(0), few.why("mean")[0]) == ("<11", FEW)


def test_nothing_that_is_withheld_is_said_or_plain(two: Case) -> None:
    """One unit of a place in all, whose answer is at the limit, is in the table but not to be read from it."""
    y = two.design.y.copy()
    place = two.design.groups["place"].index[two.design.unit_of]
    y[place == 0] = np.where(np.flatnonzero(place == 0) < np.flatnonzero(place == 0)[6], 0.0, 5.5)
    given = replace(two, design=replace(two.design, y=y))
    _, rates = rates_of(given, replications(given))
    shares = rates["at_lower_by_place_within_service"]
    hidden = [row for row in shares.rows if row.withheld]
    assert {row.withheld for row in hidden} == {FEW, BESIDE}
    for row in hidden:
        told = row.plain()
        assert told["observed"] in {FEW, BESIDE}
        assert told["inside"] is None
        assert row.label not in shares.test.fails + shares.test.holds
    assert f"{len(hidden)} withheld as too few units" in shares.test.fails
    assert shares.shown == [row for row in shares.rows if row not in hidden]


def test_a_label_of_few_units_tells_nothing_at_all(two: Case) -> None:
    place = two.design.groups["place"].index[two.design.unit_of]
    first = np.flatnonzero(place == 0)
    kept = np.ones(len(place), dtype=bool)
    kept[first[7:]] = False
    cut = {name: getattr(two.design, name)[kept] for name in ("y", "unit_of", "service_of")}
    given = replace(two, design=replace(two.design, **cut))
    _, rates = rates_of(given, replications(given))
    rows = [row.plain() for one in rates.values() for row in one.rows if one.rows[0].split.startswith("place within")]
    few = [row for row in rows if row["units"] == "<11"]
    assert len(few) == 2 * 3
    for row in few:
        # Predicted shares are multiples of one over the number of cells, which would tell it.
        assert {row[key] for key in ("observed", "predicted", "low", "high", "inside")} == {FEW, None}


@pytest.mark.parametrize("few", ["yes", "no"])
def test_a_rate_of_few_yes_or_few_no_is_withheld(few: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    given = logit(tmp_path_factory.mktemp("logit"))
    y = np.zeros(len(given.design.y))
    y[:4] = 1.0
    design = replace(given.design, y=y if few == "yes" else 1.0 - y)
    drawn = np.random.default_rng(1).integers(0, 2, (30, len(y))).astype(float)
    found = counted(drawn, design, splits=splits_of(design), limits=(-np.inf, np.inf))
    rates = Rates.all_of(found, design, binary=True, unit="")
    assert [one.name for one in rates] == ["rate_by_service", "rate_by_place", "rate_by_x"]
    assert rates[0].rows[0].withheld == FEW
    assert rates[0].words == "Rate by service"
    assert "0 of 0 observed values" in rates[0].test.fails


@pytest.mark.parametrize("right", [True, False])
def test_a_right_model_passes_and_another_does_not(right: bool, two: Case) -> None:
    draw = truth(two)
    design = drawn_with(draw, two.design, two.family, np.random.default_rng(11))
    believed = draw if right else draw.assign(residual_sd=0.4 * draw["residual_sd"])
    given = {"splits": splits_of(design), "limits": LIMITS, "seed": 3}
    found = replicate(steady(believed), design, two.family, **given)
    ps = {one.name: one.test.p for one in Rates.all_of(found, design, binary=False, unit="")}
    failed = {name for name, p in ps.items() if p < 0.01}
    wrong = {f"{name}_by_service" for name in ("at_lower", "at_upper", "spread")}
    assert (failed == set()) if right else (wrong <= failed)
