"""Plain sentences about a judgement, from the same numbers as its tables."""

from __future__ import annotations

from collections.abc import Callable

from fits.effects.summary import Summary
from fits.number_format import INTERVAL, rounded
from fits.verdicts.events import best_known, surest
from fits.verdicts.judgement import Judgement, Probability
from fits.verdicts.quantity import Quantity
from fits.verdicts.rule import Rule
from fits.verdicts.source import Reading

SPOKEN = {"0 -> 1": "yes against no"}
"""Wording of contrasts."""

MOST_NAMED = 3
"""Most exceptions to a null claim that are named."""


def sentence_of(judgement: Judgement, rule: Rule) -> str:
    """Return the sentence on a reading: the verdict, the estimate and the probabilities."""
    if judgement.quantity is None:
        more = f" This would give one: {judgement.next_step}" if judgement.next_step else ""
        return f"Not evaluable: {judgement.why}.{more}"
    parts = [f"{verdict_words(judgement, rule)}.", estimate_words(judgement)]
    if judgement.verdict != "described":
        parts.append(chance_words(judgement))
    if judgement.settle:
        parts.append(f"To settle it with a chance of 80 % would take {judgement.settle.text}.")
    return " ".join(filter(None, parts))


def verdict_words(judgement: Judgement, rule: Rule) -> str:
    """Return the verdict with its meaning for a claim of this kind."""
    verdict = judgement.verdict
    if verdict in ("no verdict", "described"):
        return f"{'No verdict' if verdict == 'no verdict' else 'Described, not judged'}: {judgement.why}"
    if verdict == "undecided":
        sure = rule.sure_of_none if judgement.claim.kind == "null" and rule.sure_of_none else rule.sure
        return f"Undecided: none of supported, contradicted and practically none has a probability of {sure:.0%}"
    if verdict == "practically none":
        who = "every effect is" if len(judgement.parts) > 1 else "it is"
        return f"Practically none: {who} smaller than {_nothing(judgement)}, either way"
    words = _HOLDS if verdict == "supported" else _AGAINST
    return f"{verdict.capitalize()}: {words[judgement.claim.kind](judgement)}"


def estimate_words(judgement: Judgement) -> str:
    """Return the estimate in the outcome's unit, with its direction; for several effects, the largest."""
    quantity = judgement.quantity
    if quantity is None:
        return ""
    if judgement.estimate is None and judgement.verdict == "contradicted" and judgement.claim.kind == "null":
        return ""  # the effects that contradict it have been named
    if judgement.estimate is None:
        name, largest = max(judgement.parts, key=lambda part: abs(part[1].mean))
        return f"The largest of {len(judgement.parts)} effects: {name}, {amount_words(largest, quantity)}."
    contrast = SPOKEN.get(quantity.contrast, quantity.contrast)
    name = ", ".join(filter(None, [quantity.names[0], contrast]))
    if judgement.claim.kind == "prevalence":
        return f"The {name}: {_interval_words(judgement.estimate, quantity)}."
    part = f", {_percent_words(judgement.percent)}" if judgement.percent else ""
    return f"{name}: {amount_words(judgement.estimate, quantity)}{part}."


def amount_words(summary: Summary, quantity: Quantity) -> str:
    """Return a summary in words: how many more or fewer, and the interval."""
    low, high = (_signed(value, summary.end_places, quantity) for value in (summary.low, summary.high))
    mean = _signed(summary.mean, summary.places, quantity, noun=_noun(quantity))
    return f"{mean} ({INTERVAL:.0%} interval {low} to {high})"


def _interval_words(summary: Summary, quantity: Quantity) -> str:
    """Return a level, which has no sign, in words."""
    shrink = 2 if _factor(quantity) == 100 else 0
    low, high = (rounded(_factor(quantity) * end, summary.end_places - shrink) for end in (summary.low, summary.high))
    mean = rounded(_factor(quantity) * summary.mean, summary.places - shrink)
    return f"{mean} {_noun(quantity)} ({INTERVAL:.0%} interval {low} to {high})"


def _percent_words(summary: Summary) -> str:
    """Return an effect in percent of the lower end, in words."""
    mean, interval, _ = summary.text
    return f"which is {mean} percent ({interval}) of the lower end"


def chance_words(judgement: Judgement) -> str:
    """Return the probabilities of a judgement, each with its event."""
    least = _least(judgement)
    told: list[tuple[str, Probability | None]] = [("of the claimed sign", judgement.direction)]
    kind, counted = judgement.claim.kind, _reading(judgement).estimand == "number_of_effects"
    if kind == "prevalence":
        told = [("as claimed", judgement.holds)]
    elif kind == "null":
        told += [("as claimed", judgement.holds), ("that the clearest exceptions are real", judgement.against)]
    elif kind == "size":
        told += [("near the claimed size", judgement.holds), (f"smaller than {least} either way", judgement.inside)]
    elif counted:
        told += [("as claimed", judgement.holds), (f"every effect smaller than {least}", judgement.inside)]
    else:
        told += [(f"as claimed and more than {least}", judgement.holds)]
        if _reading(judgement).direction != "either":
            other = (
                "less than that, though not nothing"
                if _reading(judgement).strong
                else f"the opposite, more than {least}"
            )
            told += [(other, judgement.against)]
        told += [(f"smaller than {_nothing(judgement)} either way", judgement.inside)]
    return f"Probability: {'; '.join(f'{words} {one.text}' for words, one in told if one)}."


def _reading(judgement: Judgement) -> Reading:
    if judgement.reading is None:
        raise ValueError(f"{judgement.id} has no reading")
    return judgement.reading


def _number(judgement: Judgement) -> int:
    return _reading(judgement).number or 0


def _held(judgement: Judgement) -> str:
    """Return the statement of a direction claim that holds."""
    reading = _reading(judgement)
    if reading.estimand == "number_of_effects":
        return f"at least {reading.number} effects are {reading.direction} and larger than {_least(judgement)}"
    if reading.estimand == "every_effect":
        return f"every effect is {reading.direction}, and larger than {_least(judgement)}"
    how = "there" if reading.direction == "either" else reading.direction
    return f"the effect is {how}, and larger than {_least(judgement)}"


def _opposed(judgement: Judgement) -> str:
    """Return the statement that contradicts a direction claim."""
    if _reading(judgement).estimand == "number_of_effects":
        reading = _reading(judgement)
        return f"fewer than {reading.number} effects are {reading.direction} and larger than {_least(judgement)}"
    if _reading(judgement).strong:
        return f"there is an effect as claimed of no more than {_least(judgement)}, or the opposite"
    if len(judgement.parts) > 1:
        return f"an effect has the other sign, and is larger than {_least(judgement)}"
    return f"the effect has the other sign, and is larger than {_least(judgement)}"


def _none_large(judgement: Judgement) -> str:
    """Return the statement of a null claim that holds."""
    most = _number(judgement)
    many = f"at most {most} effects are" if most else "no effect is"
    return f"{many} larger than {_least(judgement)}"


def _exceptions(judgement: Judgement) -> str:
    """Return the effects that contradict a null claim, best known first."""
    quantity = judgement.quantity
    if quantity is None:
        raise ValueError(f"{judgement.id} was not asked of a fit")
    parts = judgement.parts or ((quantity.names[0], judgement.estimate),)
    least = judgement.least or 0.0
    sure, chances = judgement.against.value if judgement.against else 1.0, surest(quantity.flat, least)
    known = [place for place in best_known(quantity.flat, least) if chances[place] >= sure]
    named = [parts[place] for place in known[:MOST_NAMED]]
    told = "; ".join(f"{name}, {amount_words(one, quantity)}" for name, one in named if one)
    return f"effects larger than {_least(judgement)} are there: {told}"


def _sized(judgement: Judgement) -> str:
    reading = _reading(judgement)
    size = reading.size or 0.0
    return f"{100 * size:g} percent" if reading.relative else _amount(size, judgement.quantity)


def _level(judgement: Judgement) -> str:
    above = _reading(judgement).above or 0.0
    quantity = judgement.quantity
    return f"{_factor(quantity) * above:g} {_noun(quantity)}" if quantity else f"{above:g}"


_HOLDS: dict[str, Callable[[Judgement], str]] = {
    "direction": _held,
    "size": lambda j: f"the size is near the claimed {_sized(j)}",
    "prevalence": lambda j: f"it is more than {_level(j)}",
    "ranking": lambda j: f"it leads every other by more than {_least(j)}",
    "null": _none_large,
}
_AGAINST: dict[str, Callable[[Judgement], str]] = {
    "direction": _opposed,
    "size": lambda j: f"the size is not near the claimed {_sized(j)}",
    "prevalence": lambda j: f"it is less than {_level(j)}",
    "ranking": lambda j: f"another leads it by more than {_least(j)}",
    "null": _exceptions,
}


def _factor(quantity: Quantity) -> int:
    return 100 if quantity.measure == "probability" else 1


def _signed(value: float, places: int, quantity: Quantity, *, noun: str = "") -> str:
    """Return a number with 'more' or 'fewer' instead of its sign, and its noun."""
    factor = _factor(quantity)
    shown = rounded(abs(value) * factor, places - (2 if factor == 100 else 0))
    people = "of a hundred" in _noun(quantity)
    more, fewer = ("more", "fewer") if people else ("higher", "lower")
    how = more if value >= 0 else fewer
    if people or not noun:
        return " ".join(filter(None, [shown, how, noun]))
    unit, _, place = noun.partition(" on ")
    return " ".join(filter(None, [shown, unit, how, f"on {place}" if place else ""]))


def _noun(quantity: Quantity) -> str:
    """Return the noun for a number's unit."""
    if quantity.measure == "probability":
        return "units of a hundred"
    if quantity.scale.kind == "index":
        return f"{quantity.unit.split(' (')[0]} on the linear index"
    noun = quantity.unit.partition("percent of ")[2].rstrip(")")
    return f"{noun} of a hundred" if noun else quantity.unit


def _nothing(judgement: Judgement) -> str:
    """Return, in words, the size below which there is practically no effect."""
    return _amount(judgement.nothing or judgement.least or 0.0, judgement.quantity)


def _least(judgement: Judgement) -> str:
    """Return, in words, the smallest effect that a reading must exceed."""
    return _amount(judgement.least or 0.0, judgement.quantity)


def _amount(value: float, quantity: Quantity | None) -> str:
    if quantity is None:
        return f"{value:g}"
    return f"{_factor(quantity) * value:g} {'points' if quantity.measure else quantity.unit}"
