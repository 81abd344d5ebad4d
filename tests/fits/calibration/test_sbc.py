"""Calibration from ranks: the band's probability, what passes, what fails, and what is said of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from arviz_stats.ecdf_utils import get_pointwise_confidence_band, simulate_confidence_bands

from data.errors import InputError
from fits.calibration.sbc import FEWEST, LEVEL, Sbc, band, probability_inside
from reports.figures.sbc import PER_PAGE, draw_sbc

COUNT = 200


def uniform(quantities: int, seed: int, count: int = COUNT) -> dict[str, list[float]]:
    rng = np.random.default_rng(seed)
    return {f"q[{k}]": rng.uniform(size=count).tolist() for k in range(quantities)}


def beta(a: float, b: float) -> list[float]:
    found: list[float] = np.random.default_rng(4).beta(a, b, COUNT).tolist()
    return found


def test_the_bands_probability_is_that_of_simulated_uniform_numbers() -> None:
    lower, upper = band(50, 0.9)
    points = np.arange(1, 50) / 50
    drawn = np.random.default_rng(1).uniform(size=(20_000, 50))
    curves = (drawn[:, None, :] <= points[:, None]).mean(axis=2)
    inside = ((curves >= lower) & (curves <= upper)).all(axis=1).mean()
    exact = probability_inside(lower, upper)
    # Three standard errors of 20,000 simulated curves.
    assert abs(inside - exact) < 3 * np.sqrt(0.9 * 0.1 / 20_000)
    # No band of whole counts has just this probability; the next narrower one has less.
    assert 0.9 <= exact < 0.905


def test_the_band_is_arviz_own_but_for_its_simulation_error() -> None:
    points = np.arange(1, 100) / 100
    pointwise = simulate_confidence_bands(100, 1, points, 0.95, 2000, np.random.default_rng(3))
    theirs = get_pointwise_confidence_band(pointwise, 100, points)
    for ours, other in zip(band(100, 0.95), theirs, strict=True):
        assert np.abs(ours - other).max() < 0.0101  # one count


def test_two_numbers_have_a_band_that_can_be_worked_out_by_hand() -> None:
    # Both, none or one below the middle: 1/4, 1/4, 1/2.
    one, any_number = (probability_inside(np.array([low]), np.array([high])) for low, high in ((0.5, 0.5), (0.0, 1.0)))
    assert one == pytest.approx(0.5)
    assert any_number == pytest.approx(1.0)


def test_uniform_ranks_of_all_quantities_pass_as_often_as_they_should() -> None:
    passed = np.mean([Sbc.of(uniform(20, seed)).passed for seed in range(400)])
    # Three binomial standard errors; Bonferroni's inequality is all but an equation for so small a share.
    assert abs(passed - LEVEL) < 3 * np.sqrt(LEVEL * (1 - LEVEL) / 400)


@pytest.mark.parametrize(
    ("a", "b", "fault"), [(2, 1, "too low"), (1, 2, "too high"), (0.5, 0.5, "too narrow"), (3, 3, "too wide")]
)
def test_other_ranks_fail_and_the_sentence_names_the_direction(a: float, b: float, fault: str) -> None:
    found = Sbc.of({**uniform(3, 1), "residual_sd[condoms]": beta(a, b)})
    worst = found.worst[0]
    assert not found.passed
    assert (worst.name, worst.passed, worst.limit) == ("residual_sd[condoms]", False, 1.0)
    assert worst.value > 1.0
    assert worst.sentence.startswith("ranks of residual_sd[condoms] leave the band")
    assert worst.sentence.endswith(f"its posterior is {fault}")
    assert found.sentence.startswith("The ranks of 1 of 4 quantities leave")
    assert all(one.passed and "lie within" in one.sentence for one in found.worst[1:])


def test_the_value_is_above_one_exactly_where_the_curve_leaves_the_band() -> None:
    for a in (1.0, 1.1, 1.2, 1.3, 1.4, 1.6):
        found = Sbc.of({"q": beta(a, 1.0)})
        (one,) = found.quantities
        inside = bool(((one.difference >= found.lower - 1e-12) & (one.difference <= found.upper + 1e-12)).all())
        assert inside == one.passed == (one.value <= 1.0)


def test_too_few_simulations_are_refused() -> None:
    with pytest.raises(InputError, match=f"got 9 simulations with ranks; expected {FEWEST} or more"):
        Sbc.of(uniform(2, 1, 9))
    assert Sbc.of(uniform(2, 1, 10)).simulations == 10


def test_the_figure_has_pages_a_stamp_and_every_quantity(tmp_path: Path) -> None:
    found = Sbc.of({**uniform(PER_PAGE, 2), "exposure_coef[peer_senior, condoms]": beta(3, 1)})
    names = draw_sbc(found, tmp_path, name="m-prior", title="A model", stamp="SIMULATED DATA (prior)")
    assert names == ["m-prior-1.svg", "m-prior-2.svg"]
    first, second = ((tmp_path / name).read_text(encoding="utf-8") for name in names)
    assert "SIMULATED DATA (prior)" in first
    assert "SIMULATED DATA (prior)" in second
    assert "peer_senior, condoms" in first  # the farthest astray comes first
    assert "peer_senior" not in second
    assert draw_sbc(Sbc.of(uniform(2, 3)), tmp_path, name="few", title="t", stamp="s") == ["few.svg"]
