"""Judge every reading of every claim by the fits that can answer it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fits.fit_with_study import Evidence
from fits.verdicts.judgement import Judgement
from fits.verdicts.match import command_for, is_analogue, why_not_evaluable
from fits.verdicts.quantity import Averages
from fits.verdicts.rule import Rule
from fits.verdicts.source import Claim, Reading, Source

NAMED = 4
"""Most reasons why fits cannot answer that are listed."""


def judge_all(sources: Iterable[Source], fits: Sequence[Evidence], rule: Rule) -> tuple[Judgement, ...]:
    """Return the judgements of every reading of every claim; no reading is left out.

    A reading that several fits can answer has a judgement from each, fits of the source's own study
    first, then in the order of the fits.
    """
    asked = [(evidence, Averages.of(evidence)) for evidence in fits]
    claims = [(source, claim) for source in sources for claim in source.claims]
    return tuple(judgement for source, claim in claims for judgement in _of_claim(source, claim, asked, rule))


def _of_claim(
    source: Source, claim: Claim, asked: Sequence[tuple[Evidence, Averages]], rule: Rule
) -> Iterable[Judgement]:
    if not claim.readings:
        yield Judgement(source, claim, None, 0, "not evaluable", f"needs {claim.needs}")
        return
    for place, reading in enumerate(claim.readings, start=1):
        if reading.needs:
            yield Judgement(source, claim, reading, place, "not evaluable", f"needs {reading.needs}")
            continue
        reasons = [why_not_evaluable(source, claim, reading, evidence, averages) for evidence, averages in asked]
        able = [pair for pair, reason in zip(asked, reasons, strict=True) if not reason]
        able.sort(key=lambda pair: is_analogue(source, pair[0]))
        for evidence, averages in able:
            yield Judgement.of(source, claim, place, evidence=evidence, averages=averages, rule=rule)
        if not able:
            yield _unanswered(source, claim, reading, place, [e.name for e, _ in asked], reasons)


def _unanswered(
    source: Source, claim: Claim, reading: Reading, place: int, names: list[str], reasons: list[str]
) -> Judgement:
    """Return the judgement of a reading that no fit here can answer, with what each lacks and a command for one."""
    by_reason: dict[str, list[str]] = {}
    for name, reason in zip(names, reasons, strict=True):
        by_reason.setdefault(reason, []).append(name)
    told = [f"{', '.join(fits)}: {reason}" for reason, fits in by_reason.items()][:NAMED]
    why = f"no fit of this report answers it ({'; '.join(told)})"
    command = command_for(source, claim, reading)
    return Judgement(source, claim, reading, place, "not evaluable", why, next_step=command)
