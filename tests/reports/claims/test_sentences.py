"""Words of sentences: what each verdict says of each kind of claim."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fits.verdicts.judgement import Judgement
from fits.verdicts.quantity import Quantity
from fits.verdicts.source import Reading
from reports.claims.sentences import sentence_of, verdict_words
from tests.fits.verdicts._made import (
    OTHER,
    PROBABILITY,
    RULE,
    claim,
    fake_fit,
    judged,
    normal_draws,
    quantity,
    reading,
    source,
)

NONE = "Practically none: it is smaller than 5 points, either way"
OPEN = "Undecided: none of supported, contradicted and practically none has a probability of 95%"

LEVEL: dict[str, Any] = {"kind": "prevalence", "estimand": "level", "above": 0.5, "exposure": "", "services": ()}
LEAD: dict[str, Any] = {"kind": "ranking", "estimand": "lead", "over": ("kind[b]",), "services": ()}
EVERY: dict[str, Any] = {"estimand": "every_effect", "services": ()}
TWO: dict[str, Any] = {"estimand": "number_of_effects", "number": 2, "services": ()}
THREE: dict[str, Any] = {"kind": "null", "estimand": "number_of_effects", "number": 3, "services": ()}


def effects(*means_and_sds: tuple[float, float], **more: Any) -> Quantity:
    """Independent normal effects in points, or with `PROBABILITY` in hundredths."""
    factor = 100.0 if more.get("measure") == "probability" else 1.0
    return quantity(
        *(normal_draws(mean / factor, sd / factor, seed=k) for k, (mean, sd) in enumerate(means_and_sds)), **more
    )


@pytest.mark.parametrize(
    ("said", "asked", "words"),
    [
        ({}, [(9, 1)], "Supported: the effect is positive, and larger than 5 points"),
        ({"direction": "negative"}, [(-9, 1)], "Supported: the effect is negative, and larger than 5 points"),
        ({"direction": "either"}, [(-9, 1)], "Supported: the effect is there, and larger than 5 points"),
        ({}, [(-9, 1)], "Contradicted: the effect has the other sign, and is larger than 5 points"),
        (
            {"direction": "negative"},
            [(9, 1)],
            "Contradicted: the effect has the other sign, and is larger than 5 points",
        ),
        ({}, [(0, 1)], NONE),
        ({"direction": "either"}, [(0, 1)], NONE),
        ({}, [(5, 2)], OPEN),
        (EVERY, [(0, 1), (0, 1)], "Practically none: every effect is smaller than 5 points, either way"),
        (EVERY, [(9, 1), (5, 2)], OPEN),
        (TWO, [(9, 1), (9, 1), (0, 1)], "Supported: at least 2 effects are positive and larger than 5 points"),
        (TWO, [(9, 1), (0, 1), (0, 1)], "Contradicted: fewer than 2 effects are positive and larger than 5 points"),
        ({"kind": "size", "size": 10.0}, [(10, 1)], "Supported: the size is near the claimed 10 points"),
        ({"kind": "size", "size": 10.0}, [(30, 1)], "Contradicted: the size is not near the claimed 10 points"),
        ({"kind": "size", "size": 10.0}, [(0, 1)], NONE),
        ({"kind": "size", "size": 10.0}, [(5, 2)], OPEN),
        ({"kind": "null"}, [(0, 1)], "Supported: no effect is larger than 5 points"),
        ({"kind": "null"}, [(5, 2)], OPEN),
        (THREE, [(9, 1), (-9, 1), (0, 1)], "Supported: at most 3 effects are larger than 5 points"),
        (THREE, [(5, 2)] * 5, OPEN),
    ],
)
def test_each_verdict_on_each_kind(said: dict[str, Any], asked: list[tuple[float, float]], words: str) -> None:
    found = judged(effects(*asked), **said)
    assert verdict_words(found, RULE) == words
    assert words.split(":")[0].lower() == found.verdict
    assert sentence_of(found, RULE).startswith(f"{words}. ")


@pytest.mark.parametrize(
    ("said", "mean", "sd", "words"),
    [
        (LEVEL, 10, 2, "Supported: it is more than 50 units of a hundred"),
        (LEVEL, -10, 2, "Contradicted: it is less than 50 units of a hundred"),
        (LEVEL, 1, 2, OPEN),
        (LEAD, 10, 2, "Supported: it leads every other by more than 5 points"),
        (LEAD, -10, 2, "Contradicted: another leads it by more than 5 points"),
        (LEAD, 0, 1, NONE),
        (LEAD, 5, 2, OPEN),
    ],
)
def test_levels_and_rankings_of_a_probability(said: dict[str, Any], mean: float, sd: float, words: str) -> None:
    assert verdict_words(judged(effects((mean, sd), base=0.5, **PROBABILITY), **said), RULE) == words


def test_a_relative_size_is_told_in_percent() -> None:
    found = judged(effects((8, 1), base=80.0), "size", size=0.1, relative=True)
    assert verdict_words(found, RULE) == "Supported: the size is near the claimed 10 percent"


def test_exceptions_to_a_null_claim_are_named_and_not_all() -> None:
    made = effects((7, 0.5), (-9, 0.5), (8, 0.5), (6.5, 0.5), (0, 0.5), names=("a", "b", "c", "d", "e"))
    words = verdict_words(judged(made, "null", **EVERY), RULE)
    assert words.startswith("Contradicted: effects larger than 5 points are there: ")
    places = [words.index(start) for start in ("b, 9.0", "c, 8.0", "a, 7.0")]
    assert places == sorted(places)
    assert "d, " not in words
    assert "e, " not in words


def test_the_probabilities_of_each_kind_are_named_for_what_they_are() -> None:
    level = sentence_of(judged(effects((10, 2), base=0.6, **PROBABILITY), **LEVEL), RULE)
    assert level.endswith("Probability: as claimed > 0.999.")
    null = sentence_of(judged(effects((0, 1)), "null"), RULE)
    assert "Probability: as claimed > 0.999; that the clearest exceptions are real < 0.001." in null
    size = sentence_of(judged(effects((10, 1)), "size", size=10.0), RULE)
    assert "of the claimed sign > 0.999; near the claimed size > 0.999; smaller than 5 points either way <" in size
    number = sentence_of(judged(effects((9, 1), (9, 1)), **TWO), RULE)
    assert "Probability: as claimed > 0.999; every effect smaller than 5 points < 0.001." in number
    either = sentence_of(judged(effects((9, 1)), direction="either"), RULE)
    assert "Probability: as claimed and more than 5 points > 0.999; smaller than 5 points either way <" in either
    assert "opposite" not in either
    assert "sign" not in either


def test_the_smallest_effect_in_a_sentence_is_the_one_it_was_held_to() -> None:
    much = sentence_of(judged(effects((9, 1)), strong=True), RULE)
    assert "as claimed and more than 15 points" in much
    assert "5 points either way" in much
    assert verdict_words(judged(effects((9, 1)), "null", strong=True), RULE).endswith("larger than 15 points")
    own = sentence_of(judged(effects((9, 1)), rule=replace(RULE, outcomes={"utilisation": 2.5})), RULE)
    assert "as claimed and more than 2.5 points" in own
    chance = sentence_of(judged(effects((9, 1), **PROBABILITY)), RULE)
    assert "as claimed and more than 5 points" in chance


def test_what_would_settle_it_is_said_of_what_is_undecided_alone() -> None:
    found = judged(effects((0, 4)))
    assert found.settle is not None
    assert sentence_of(found, RULE).endswith(
        f" To settle it with a chance of 80 % would take about {found.settle.units:,} units, "
        f"{found.settle.times:g} times as many."
    )
    for other in (judged(effects((9, 1))), judged(effects((0, 4)), fit=fake_fit(why_no_verdict="the fit is stale"))):
        assert "settle" not in sentence_of(other, RULE)


def test_a_barred_fit_says_why_and_still_tells_what_it_found() -> None:
    words = sentence_of(
        judged(effects((9, 1)), fit=fake_fit(why_no_verdict="the fit failed its diagnostics (rhat)")), RULE
    )
    assert words.startswith("No verdict: the fit failed its diagnostics (rhat). e0, yes against no: 9")
    assert "Probability: of the claimed sign > 0.999" in words
    assert "upported" not in words


def test_what_is_described_has_no_probability() -> None:
    words = sentence_of(judged(effects((9, 1), **OTHER)), RULE)
    assert words.startswith("Described, not judged: rule 'mine' names no smallest effect in scale points. ")
    assert "9.0 scale points higher (95% interval 7" in words
    assert "Probability" not in words


def test_what_no_fit_answers_says_which_command_would() -> None:
    made = claim("direction", reading())
    bare = Judgement(source(made), made, made.readings[0], 1, "not evaluable", "no fit of this report answers it ()")
    assert sentence_of(bare, RULE) == "Not evaluable: no fit of this report answers it ()."
    with_step = replace(bare, next_step="python -m models.fit peer_tobit")
    assert sentence_of(with_step, RULE).endswith(". This would give one: python -m models.fit peer_tobit")
    needs = replace(bare, reading=Reading(needs="a joint model"), why="needs a joint model")
    assert sentence_of(needs, RULE) == "Not evaluable: needs a joint model."
