"""What figures draw, and what they leave out."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes

from fits.checks.calibration import Calibration
from fits.checks.loo import Loo
from fits.checks.rates import Rates
from fits.checks.replicates import BINS, Interior, replicate
from fits.checks.splits import splits_of
from models.design import Design
from reports.figures.checks import limits
from reports.figures.checks.calibration import draw_calibration
from reports.figures.checks.left_out import draw_left_out
from reports.figures.checks.limits import coarse, draw_limits
from reports.figures.checks.pit import MOST_POINTS, _fewer, draw_pit
from reports.figures.checks.rates import MOST_ROWS, draw_rates, drawn
from tests.fits.checks._worlds import steady, truth
from tests.fits.checks.test_left_out import world
from tests.models._prepare import Case, few_kinds
from tests.small_study import kinds

STAMP = "SIMULATED DATA (mixed seed 7)"


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return few_kinds(
        tmp_path_factory.mktemp("two"), groups=("place", "kind"), outcomes=("y", "other"), table=kinds(300)
    )


def found_of(given: Case, limits: tuple[float, float]) -> tuple[Interior, list[Rates]]:
    posterior, splits = steady(truth(given), draws=50), splits_of(given.design)
    found = replicate(posterior, given.design, given.family, splits=splits, limits=limits, seed=1)
    assert found.interior is not None
    return found.interior, Rates.all_of(found, given.design, binary=False, unit="points")


def test_bins_are_made_wide_until_none_shows_a_few() -> None:
    replicated = np.ones((5, BINS))
    for counts, bins in (([20] * 20, 20), ([6] * 20, 10), ([3] * 20, 5), ([0] * 10 + [12] * 10, 20)):
        observed, wide = coarse(np.array(counts), replicated)
        assert len(observed) == bins
        assert observed.sum() == sum(counts)
        assert wide.shape == (5, bins)
        assert (wide == BINS / bins).all()
    few, _ = coarse(np.array([3] + [0] * 19), replicated)
    assert few.tolist() == [3]  # and is not drawn


@pytest.mark.parametrize("limits", [(0.0, 10.0), (0.0, np.inf), (-np.inf, np.inf)])
def test_the_outcome_with_its_limits(limits: tuple[float, float], given: Case, tmp_path: Path) -> None:
    design = replace(given.design, limits=limits)
    interior, rates = found_of(replace(given, design=design), limits)
    by_service = [one for one in rates if one.rows[0].split == "service"]
    target = tmp_path / "limits.svg"
    draw_limits(interior, by_service, design.services, target, unit="points", title="T", stamp=STAMP)
    text = target.read_text(encoding="utf-8")
    assert text.count(STAMP) >= 2
    assert "nan" not in text.lower().replace("dominant", "")
    assert ">other<" in text


def heights(monkeypatch: pytest.MonkeyPatch, draw: object) -> list[np.ndarray]:
    """The bars that are drawn."""
    seen: list[np.ndarray] = []
    bar = Axes.bar

    def spy(self: Axes, x: object, height: np.ndarray, *rest: object, **named: object) -> object:
        seen.append(np.asarray(height))
        return bar(self, x, height, *rest, **named)

    monkeypatch.setattr(limits.Axes, "bar", spy)
    draw()  # type: ignore[operator]
    return seen


def test_a_withheld_share_is_not_the_rest_of_the_bars(
    given: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three units at the lower limit must not be all less the other limit and the bars."""
    y = given.design.y.copy()
    first = np.flatnonzero(given.design.service_of == 0)
    y[first] = np.where(y[first] == 0.0, 5.0, y[first])
    y[first[:3]] = 0.0
    few = replace(given, design=replace(given.design, y=y))
    interior, rates = found_of(few, (0.0, 10.0))
    by_service = [one for one in rates if one.rows[0].split == "service"]
    assert [bool(row.withheld) for row in by_service[0].rows] == [True, True]
    services = given.design.services
    target = tmp_path / "limits.svg"
    bars = heights(
        monkeypatch,
        lambda: draw_limits(interior, by_service, services, target, unit="", title="T", stamp=""),
    )
    total = float(interior.answers[0])
    upper = by_service[1].rows[0].observed
    left = total * (1.0 - upper - np.nansum(bars[0]) / 100.0)
    assert left - 3 > 10.5  # the rest is not the three alone
    shown = np.concatenate(bars) * total / 100.0
    assert not ((shown > 0) & (shown < 10.5)).any()


def test_rates_are_drawn_side_by_side_and_few_are_left_out(given: Case, tmp_path: Path) -> None:
    _, rates = found_of(given, (0.0, 10.0))
    split = [one for one in rates if one.rows[0].split == "place x kind"]
    assert [one.rows[0].statistic for one in drawn(split)] == ["at_lower", "at_upper"]
    assert [one.rows[0].statistic for one in drawn(split[-1:])] == ["mean"]
    target = tmp_path / "rates.svg"
    draw_rates(split, target, title="T", stamp=STAMP)
    text = target.read_text(encoding="utf-8")
    shown = {row.label for one in split[:2] for row in one.rows if not row.withheld}
    assert 0 < len(shown) < len(split[0].rows) <= MOST_ROWS
    assert {label for label in (row.label for row in split[0].rows) if f">{label}<" in text} == shown
    assert f"{len(split[0].rows) - len(shown)} labels left out" in re.sub(r"\s+", " ", text)


def test_many_transforms_draw_the_same_curve() -> None:
    pit = np.random.default_rng(1).uniform(size=5 * MOST_POINTS) ** 2
    some = _fewer(pit)
    assert some.size == MOST_POINTS
    grid = np.linspace(0, 1, 101)
    whole, part = (np.searchsorted(np.sort(values), grid) / values.size for values in (pit, some))
    np.testing.assert_allclose(part, whole, atol=1.5 / MOST_POINTS)
    assert _fewer(pit[:50]) is not some
    np.testing.assert_array_equal(_fewer(pit[:50]), pit[:50])


def test_the_pit_figure_tells_left_out_from_used(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    cells = np.zeros(60)
    values = {name: rng.uniform(size=60) for name in ("pit", "used")}
    loo = Loo(elpd=cells, lpd=cells, khat=cells, refitted=cells > 0, draws=100, **values)
    target = tmp_path / "pit.svg"
    draw_pit(loo, target, title="T", stamp=STAMP, note="Uniform.")
    text = target.read_text(encoding="utf-8")
    assert "answer left out (LOO-PIT): judged" in text
    assert "answer used (PIT): not judged" in text
    assert STAMP in text


def test_calibration_and_levels_are_drawn(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    rng = np.random.default_rng(1)
    p = rng.uniform(size=80)
    found = Calibration.of(p, (rng.random(80) < p).astype(float), replications=50, seed=1)
    draw_calibration(found, tmp_path / "calibration.svg", title="T", stamp=STAMP)
    table = kinds(400)
    table["place"] = [f"p{k % 20:02d}" for k in range(len(table))]
    case = few_kinds(tmp_path_factory.mktemp("places"), table=table)
    assert isinstance(case.design, Design)
    levels = [replace(one, units=7 if k < 2 else one.units) for k, one in enumerate(world(case, 3))]
    draw_left_out(levels, tmp_path / "left_out.svg", unit="points", title="T", stamp=STAMP)
    text = (tmp_path / "left_out.svg").read_text(encoding="utf-8")
    assert ">p05<" in text
    assert ">p00<" not in text
    assert "2 levels withheld as too few units." in re.sub(r"\s+", " ", text)
    assert "predicted probability, leave-one-out" in (tmp_path / "calibration.svg").read_text(encoding="utf-8")
