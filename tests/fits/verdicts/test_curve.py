"""The verdict against the smallest effect that matters, and its figures."""

from __future__ import annotations

import html
import json
import re
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from fits.verdicts.curve import REACH, Curve, curve_of
from fits.verdicts.events import decide
from fits.verdicts.judgement import Judgement
from reports.figures.curve import COLOURS, LETTERS, draw_curves, plotly_curves
from tests.fits.verdicts._made import OTHER, PROBABILITY, RULE, judged, named, normal_draws, quantity

KINDS: dict[str, dict[str, Any]] = {
    "direction": {},
    "negative": {"direction": "negative"},
    "either": {"direction": "either"},
    "null": {"kind": "null"},
    "size": {"kind": "size", "size": 10.0},
    "strong": {"strong": True},
}

HOSTILE = '<b>x</b><script>alert("1")</script> & [bold]'


def curve(judgement: Judgement) -> Curve:
    found = curve_of(judgement, RULE)
    assert found is not None
    return found


def of(mean: float, sd: float, **said: Any) -> Judgement:
    return judged(quantity(normal_draws(mean, sd)), **said)


@pytest.mark.parametrize("mean", [9.0, -9.0, 0.0, 5.0, 30.0])
@pytest.mark.parametrize("said", KINDS)
def test_around_the_rules_own_effect_the_curve_is_the_judgement(said: str, mean: float) -> None:
    """Probabilities there lie between those of the grid's neighbours, and the verdict is that of its own."""
    judgement = of(mean, 1.3, **KINDS[said])
    found = curve(judgement)
    assert found.rule == judgement.least
    after = int(np.searchsorted(found.least, found.rule))
    before = after - 1
    for name in ("holds", "against", "inside"):
        own, line = getattr(judgement, name), getattr(found, name)
        low, high = sorted((line[before], line[after]))
        assert low <= own.value <= high
    three = [one.value for one in (judgement.holds, judgement.against, judgement.inside) if one]
    verdict = decide(judgement.claim, (three[0], three[1], three[2]), RULE)
    assert verdict in {found.verdicts[before], found.verdicts[after]}
    if not judgement.why:
        assert judgement.verdict == verdict


def test_every_point_is_the_rule_with_another_effect() -> None:
    judgement = of(6.0, 2.0)
    found = curve(judgement)
    assert (found.least[0], found.least[-1]) == (0.0, REACH * 5.0)
    for least, holds, against, inside, verdict in zip(
        found.least, found.holds, found.against, found.inside, found.verdicts, strict=True
    ):
        assert holds == pytest.approx(norm.sf(least, 6.0, 2.0), abs=1 / 4000)
        assert against == pytest.approx(norm.cdf(-least, 6.0, 2.0), abs=1 / 4000)
        assert inside == pytest.approx(1 - holds - against, abs=1 / 4000)
        assert verdict == decide(judgement.claim, (holds, against, inside), RULE)


def test_the_curve_turns_where_the_posterior_says() -> None:
    """Supported up to the effect that 95 % lie beyond; none from the one that 95 % lie within."""
    turns = curve(of(6.0, 1.0)).turns
    assert [verdict for _, verdict in turns] == ["supported", "undecided", "practically none"]
    step = REACH * 5.0 / (len(curve(of(6.0, 1.0)).least) - 1)
    expected = (0.0, 6.0 + norm.ppf(0.05), 6.0 + norm.ppf(0.95))
    for (least, _), exact in zip(turns, expected, strict=True):
        assert exact <= least + 0.01 < exact + step + 0.02


def test_without_a_smallest_effect_an_effect_is_of_one_sign_or_undecided() -> None:
    assert curve(of(3.0, 1.0)).verdicts[0] == "supported"
    assert curve(of(-3.0, 1.0)).verdicts[0] == "contradicted"
    assert curve(of(0.0, 1.0)).verdicts[0] == "undecided"


def test_what_has_no_smallest_effect_has_no_curve() -> None:
    level = {"estimand": "level", "above": 0.5, "exposure": "", "services": ()}
    prevalence = judged(quantity(normal_draws(0.1, 0.02), **PROBABILITY), "prevalence", **level)
    described = judged(quantity(normal_draws(9.0, 1.0), **OTHER))
    unanswered = Judgement(described.source, described.claim, described.reading, 1, "not evaluable", "no fit")
    assert [curve_of(one, RULE) for one in (prevalence, described, unanswered)] == [None] * 3


def test_a_curve_knows_its_name_fit_and_unit() -> None:
    found = curve(named(of(9.0, 1.0), name="mine", origin="them", fit="peer_tobit-weak-ndatss"))
    assert (found.name, found.fit) == ("them/mine#1", "peer_tobit-weak-ndatss")
    assert found.unit == "points (percent of patients)"


def curves() -> list[Curve]:
    return [
        curve(named(of(9.0, 1.0), name="a")),
        curve(named(of(-9.0, 1.0), name="b")),
        curve(named(of(4.0, 2.0), name="c")),
        curve(named(judged(quantity(normal_draws(0.02, 0.01), **PROBABILITY)), name=HOSTILE)),
    ]


def svg(*shown: Curve, stamp: str = "SIMULATED DATA") -> str:
    target = BytesIO()
    draw_curves(shown, target, title="Verdicts", stamp=stamp)
    return target.getvalue().decode("utf-8")


def test_the_figure_holds_every_name_letter_and_stamp(tmp_path: Path) -> None:
    text = svg(*curves())
    words = html.unescape(text)
    for one in curves():
        assert one.name in words
    assert "<script" not in text
    for name, letter in LETTERS.items():
        assert f"{letter} {name}" in words
    assert text.count("SIMULATED DATA") >= 2  # for people, and in the description
    assert "multiples of the rule" in words
    target = tmp_path / "curves.svg"
    draw_curves(curves(), target, title="Verdicts", stamp="SIMULATED DATA")
    assert target.read_text(encoding="utf-8") == text


def test_the_figure_is_the_same_bytes_twice() -> None:
    assert svg(*curves()) == svg(*curves())
    assert svg(*curves()[:2]) != svg(*curves()[1:3])


def test_the_letters_stand_in_their_stretch() -> None:
    """A strip that turns twice has three letters, and its legend four."""
    found = re.findall(r">([SCN?])</text>", svg(curves()[0]))
    verdicts = [verdict for _, verdict in curves()[0].turns]
    assert found == [LETTERS[verdict] for verdict in verdicts]
    assert len(set(COLOURS.values())) == len(COLOURS) == len(LETTERS)


def test_the_page_says_the_same_numbers() -> None:
    shown = curves()
    (heatmap,) = plotly_curves(shown)["data"]
    assert len(heatmap["z"]) == len(heatmap["y"]) == len(heatmap["text"]) == len(shown)
    assert heatmap["x"] == pytest.approx(np.linspace(0, REACH, len(shown[0].least)))
    names = list(COLOURS)
    for row, texts, one in zip(heatmap["z"], heatmap["text"], shown, strict=True):
        assert [names[value] for value in row] == list(one.verdicts)
        for text, verdict, holds, against, inside, least in zip(
            texts, one.verdicts, one.holds, one.against, one.inside, one.least, strict=True
        ):
            assert f": {verdict}<br>as claimed {holds:.2f}, opposite {against:.2f}, smaller {inside:.2f}" in text
            assert f"smallest effect {least:.3g} {one.unit.split(' (')[0]}: " in text
    assert heatmap["colorbar"]["ticktext"] == names
    assert [edge for edge, _ in heatmap["colorscale"]] == [0.0, 0.25, 0.25, 0.5, 0.5, 0.75, 0.75, 1.0]


def test_hostile_names_are_text_in_the_page() -> None:
    found = plotly_curves(curves())
    text = json.dumps(found, allow_nan=False)
    assert "<b>" not in text
    assert "<script" not in text
    assert html.unescape(found["data"][0]["y"][-1]) == f"s/{HOSTILE}#1"
    assert all(f"s/{HOSTILE}#1" in html.unescape(one) for one in found["data"][0]["text"][-1])
