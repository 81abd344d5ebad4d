"""Numbers in sentences: the table's own, with its sign, in people's units, with no more digits than are known."""

from __future__ import annotations

import math
import re
from functools import cache
from typing import Any

import numpy as np
import pytest

from fits.verdicts.judgement import Judgement
from reports.claims.sentences import chance_words, estimate_words, sentence_of
from tests.fits.verdicts._made import (
    BERNOULLI,
    LATENT,
    OTHER,
    POINTS,
    PROBABILITY,
    RULE,
    TOBIT,
    judged,
    normal_draws,
    quantity,
)

LOG_ODDS = {"scale": BERNOULLI["log_odds"], "unit": "logits", "measure": None}
STAFF = {"scale": TOBIT["expected"], "unit": "points (percent of staff)", "measure": "points"}
AT_A_LIMIT = {"scale": TOBIT["at_lower"], "unit": "probability", "measure": "probability"}

UNITS = {
    "points": (POINTS, 1, "patients of a hundred", "fewer"),
    "staff": (STAFF, 1, "staff of a hundred", "fewer"),
    "probability": (PROBABILITY, 100, "units of a hundred", "fewer"),
    "at a limit": (AT_A_LIMIT, 100, "units of a hundred", "fewer"),
    "latent": (LATENT, 1, "points on the linear index", "lower"),
    "log-odds": (LOG_ODDS, 1, "logits on the linear index", "lower"),
    "other": (OTHER, 1, "scale points", "lower"),
}
"""By name: the scale, what one unit is multiplied by, what is counted, and the word for less."""

CASES = {
    "positive": (9.0, 1.0),
    "negative": (-9.0, 1.0),
    "null": (0.3, 0.5),
    "nothing": (0.0, 0.5),
    "undecided": (4.0, 4.0),
    "wide": (-37.0, 300.0),
    "tiny": (-0.0004, 0.00001),
}
"""Mean and sd, in points."""

SPOKEN = re.compile(r"(\d+(?:\.\d+)?) (?:scale points |points |logits )?(more|fewer|higher|lower)\b")


@cache
def of(unit: str, case: str, **more: Any) -> Judgement:
    scale, factor, _, _ = UNITS[unit]
    mean, sd = (value / factor for value in CASES[case])
    return judged(quantity(normal_draws(mean, sd, draws=250), **scale), **more)


def spoken(text: str) -> list[float]:
    """Numbers with the sign that a word gives them, and how they were written."""
    return [float(number) * (1 if word in ("more", "higher") else -1) for number, word in SPOKEN.findall(text)]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("unit", UNITS)
def test_an_estimate_says_the_tables_numbers(unit: str, case: str) -> None:
    """Each is the table's, rounded to the power of ten that is not smaller than its Monte Carlo error."""
    _, factor, noun, fewer = UNITS[unit]
    found = of(unit, case)
    words, told = estimate_words(found), found.to_dict()
    numbers = spoken(words)
    assert len(numbers) == 3
    ends = max(told["effect_mcse_low"], told["effect_mcse_high"])
    for number, key, error in zip(numbers, ("mean", "low", "high"), (told["effect_mcse"], ends, ends), strict=True):
        exact = told[f"effect_{key}"] * factor
        step = 10.0 ** math.ceil(math.log10(error * factor) - 1e-9)
        assert abs(number - exact) <= 0.5 * step * (1 + 1e-9), (key, number, exact, step)
        assert number / step == pytest.approx(round(number / step), abs=1e-6)
        if abs(exact) > 0.5 * step:
            assert np.sign(number) == np.sign(exact)
    if fewer == "fewer":
        said, up = rf"(more|fewer) {noun}", "more"
    else:
        thing, _, place = noun.partition(" on ")
        said, up = rf"{thing} (higher|lower){f' on {place}' if place else ''}", "higher"
    assert re.search(rf"^e0, yes against no: [\d.]+ {said} \(95% interval ", words)
    assert {word for _, word in SPOKEN.findall(words)} <= {up, fewer}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("unit", UNITS)
def test_digits_do_not_exceed_monte_carlo_error(unit: str, case: str) -> None:
    _, factor, _, _ = UNITS[unit]
    found = of(unit, case)
    assert found.estimate is not None
    errors = (found.estimate.mcse, found.estimate.mcse_low, found.estimate.mcse_high)
    for (text, _), error in zip(SPOKEN.findall(estimate_words(found)), errors, strict=True):
        decimals = len(text.partition(".")[2])
        assert decimals == 0 or 10.0**-decimals >= error * factor * (1 - 1e-9)


@pytest.mark.parametrize("kind", ["direction", "null", "size"])
@pytest.mark.parametrize("case", ["negative", "nothing", "wide", "tiny"])
@pytest.mark.parametrize("unit", ["points", "probability", "latent", "other"])
def test_no_sign_is_written_before_a_number(unit: str, case: str, kind: str) -> None:
    words = sentence_of(of(unit, case, kind=kind, **({"size": 10.0} if kind == "size" else {})), RULE)
    assert not re.search(r"[-+−]\d|\+-|\bnan\b|\binf\b|None|\be[-+]\d", words), words
    assert "  " not in words
    assert ".." not in words
    assert words.endswith(".")


@pytest.mark.parametrize("unit", ["points", "probability", "latent", "staff", "at a limit"])
@pytest.mark.parametrize("case", ["positive", "negative", "null", "undecided"])
def test_the_probabilities_are_the_tables(unit: str, case: str) -> None:
    found = of(unit, case)
    told = found.to_dict()
    words = chance_words(found)
    parts = words.removeprefix("Probability: ").removesuffix(".").split("; ")
    keys = ("direction", "holds", "against", "inside")
    assert [part.rpartition(" ")[0].removesuffix(" <").removesuffix(" >") for part in parts] == [
        "of the claimed sign",
        "as claimed and more than 5 points",
        "the opposite, more than 5 points",
        "smaller than 5 points either way",
    ]
    for part, key in zip(parts, keys, strict=True):
        value, error = told[f"pr_{key}"], told[f"pr_{key}_mcse"]
        bound = re.search(r"([<>]) ([\d.]+)$", part)
        number = float(part.rpartition(" ")[2])
        if bound:
            assert (value < number) if bound[1] == "<" else (value > number)
        else:
            decimals = len(part.rpartition(".")[2])
            assert abs(value - number) <= 0.5 * 10.0**-decimals + 1e-9
            assert 10.0**-decimals >= error or decimals == 1
            assert 0.0 < number < 1.0


def test_of_several_effects_the_largest_is_told() -> None:
    effects = quantity(
        normal_draws(2.0, 1.0), normal_draws(-6.0, 1.0, seed=2), normal_draws(5.0, 1.0, seed=3), names=("a", "b", "c")
    )
    found = judged(effects, "null", estimand="every_effect")
    assert found.verdict == "undecided"
    words = estimate_words(found)
    assert words.startswith("The largest of 3 effects: b, 6.0 fewer patients of a hundred (95% interval ")
    assert spoken(words)[0] == -6.0


def test_the_contrast_is_in_words() -> None:
    draws = normal_draws(9.0, 1.0)
    assert estimate_words(judged(quantity(draws))).startswith("e0, yes against no: ")
    share = quantity(draws, contrast="+10 percent of staff")
    assert estimate_words(judged(share)).startswith("e0, +10 percent of staff: ")
    assert estimate_words(judged(quantity(draws, contrast=""))).startswith("e0: ")
    assert estimate_words(judged(quantity(draws, names=("x on condoms",)))).startswith("x on condoms, yes against no: ")
