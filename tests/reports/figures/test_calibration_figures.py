"""Figures of calibrations stay small, whatever the number of simulations, and show what strays most."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fits.calibration.sbc import Sbc
from fits.calibration.true_sizes import TrueSizes
from fits.verdicts.rule import Rule
from reports.figures.canvas import canvas, save, shortened
from reports.figures.operating import draw_operating
from reports.figures.sbc import draw_sbc, shown_points

LARGEST = 100_000
"""Bytes of a figure that is committed."""

SIMULATIONS = 200

LONG_NAME = "exposure_coef[lived_experience_share, routine_medical_care {}]"


def effects(rng: np.random.Generator, k: int) -> list[dict[str, Any]]:
    """Three exposures on eight services, with truths of every class and estimates all over the place."""
    found = []
    for e in range(3):
        for s in range(8):
            true = float(rng.normal(0, 8))
            mean, likely = true + rng.normal(0, 3), true + rng.normal(0, 6)
            ends = {"low_90": mean - 4, "high_90": mean + 4, "low_95": mean - 5, "high_95": mean + 5}
            found.append(
                {
                    "exposure": f"lived_experience_share_{e}",
                    "service": f"routine_medical_care_{s}",
                    "true": true,
                    "bayes": {"mean": mean, **ends, "above": 0.5, "below": 0.2, "within": 0.3},
                    "ml": {"estimate": likely, "error": 6.0, "p_value": 0.2},
                }
            )
    return found


def test_the_operating_figure_of_200_studies_is_small(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    records = [{"k": k, "status": "passed", "first": "passed", "effects": effects(rng, k)} for k in range(SIMULATIONS)]
    sizes = TrueSizes.of("one_real")
    for count in (2, SIMULATIONS):
        target = tmp_path / f"{count}.svg"
        draw_operating(records[:count], Rule.read(), "points", target, title="A", stamp="SIMULATED", sizes=sizes)
        text = target.read_text(encoding="utf-8")
        assert len(text) < LARGEST
        assert text.count("data:image/png;base64") == 2  # clouds of both halves
        assert "lived_experience_share_2, routine_medical_care_7" in text
    again = tmp_path / "again.svg"
    draw_operating(records, Rule.read(), "points", again, title="A", stamp="SIMULATED", sizes=sizes)
    assert again.read_bytes() == target.read_bytes()


def sbc(quantities: int, rng: np.random.Generator) -> Sbc:
    return Sbc.of({LONG_NAME.format(q): rng.uniform(size=SIMULATIONS).tolist() for q in range(quantities)})


def test_every_page_of_ranks_is_small(tmp_path: Path) -> None:
    found = sbc(22, np.random.default_rng(2))
    names = draw_sbc(found, tmp_path, name="f", title="A", stamp="SIMULATED")
    assert names == ["f-1.svg", "f-2.svg"]
    for name in names:
        assert (tmp_path / name).stat().st_size < LARGEST


@pytest.mark.parametrize("seed", range(5))
def test_the_point_farthest_astray_is_drawn(seed: int) -> None:
    found = sbc(3, np.random.default_rng(seed))
    for one in found.quantities:
        shown = shown_points(one, found)
        assert len(shown) <= 41
        assert (shown[0], shown[-1]) == (0, SIMULATIONS - 2)
        band = np.where(one.difference > 0, found.upper, -found.lower)
        edge = (found.upper + found.points > 1 - 1e-9) & (one.difference > 0)
        edge |= (found.lower + found.points < 1e-9) & (one.difference < 0)
        width = np.abs(one.difference[shown])[~edge[shown]] / band[shown][~edge[shown]]
        assert width.max() == pytest.approx(one.value)


def test_positions_lose_decimals_and_texts_none(tmp_path: Path) -> None:
    with canvas((3.0, 2.0)) as figure:
        axes = figure.subplots()
        axes.plot([0, 1 / 3, 1], [0, 1 / 7, 1])
        axes.set_title('p = 0.123456, d="0.123456"')
        save(figure, tmp_path / "f.svg", title="A value of 0.98765", stamp="")
    text = (tmp_path / "f.svg").read_text(encoding="utf-8")
    assert 'p = 0.123456, d="0.123456"' in text
    assert "A value of 0.98765" in text
    held = [value for tag in re.findall(r"<[^<>]+>", text) for value in re.findall(r'\s(?:d|x|y)="([^"]*)"', tag)]
    assert len(held) > 20
    assert not [value for value in held if re.search(r"\.[0-9]{3}", value)]


def test_shortening_keeps_what_is_drawn() -> None:
    svg = '<svg>\n  <path d="M 1.234567 2.000000 \nL -0.000001 3.5 \nz\n"/>\n  <text x="1.005">a  b</text></svg>'
    assert shortened(svg) == '<svg>\n<path d="M 1.23 2 L -0 3.5 z"/>\n<text x="1">a  b</text></svg>'
