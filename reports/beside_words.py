"""What readers are told of what stands beside pooled effects: the same sentences on a terminal and in a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fits.effects.beside import Beside
from fits.number_format import INTERVAL

ESTIMATE, ML_INTERVAL, CHANCE = "ML estimate", "ML interval", "Pr(not exchangeable)"
"""Headings of what stands beside."""

POOLED_WORDS = (
    "The effects of single services are pooled: each is drawn towards the mean over services, the more so the less its "
    "own data say."
)

ML_WORDS = (
    "Maximum likelihood (ML) takes each service alone, on the same rows and for the same contrast: no prior, nothing "
    f"pooled. Its {INTERVAL:.0%} interval (Wald, classical errors) is made to hold a true effect of any size "
    f"{100 * INTERVAL:.0f} times in 100, where a pooled one holds a service that differs from the others less often. "
    "But of many such intervals some leave out 0 where there is nothing, so no verdict is judged from them."
)


CONDITIONAL_WORDS = (
    "In log-odds the two differ for another reason too: the pooled effect is that on one and the same unit, with its "
    "own intercept; the maximum likelihood one is that over units, and nearer 0."
)


def notes(found: Iterable[Beside | None]) -> tuple[str, ...]:
    """Return the sentences about what stands beside effects, each once; none where nothing does."""
    there = [one for one in found if one]
    return tuple(dict.fromkeys(sentence for one in there for sentence in (*_caption(one), *words_of_services(one))))


def caption(beside: Beside) -> str:
    """Return what the two answers are, in plain sentences."""
    return " ".join(_caption(beside))


def words_of_services(beside: Beside) -> Iterator[str]:
    """Yield why services have no maximum likelihood estimate, or what was left out of their equations."""
    for service, text in beside.words.items():
        yield f"Maximum likelihood of {service}: {text}."


def _caption(beside: Beside) -> Iterator[str]:
    yield POOLED_WORDS
    yield beside.absent or ML_WORDS
    if beside.conditional and not beside.absent:
        yield CONDITIONAL_WORDS
    if beside.mixture:
        before = f"; before the data it is {beside.prior:.2g}" if beside.prior is not None else ""
        yield (
            f"{CHANCE} is the probability that a service's effect differs from the mean over services by more than "
            f"services usually differ{before}."
        )
