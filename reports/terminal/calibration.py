"""What `models.calibrate` prints: tables at 80 columns or JSON, under the stamp of simulated data."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from fits.calibration.operating import Operating, counts
from fits.calibration.recorded import shape_of
from fits.calibration.run import Calibrated, Part
from fits.calibration.sbc import FEWEST, Sbc
from fits.calibration.simulated_effects import P_VALUE, PROCEDURES, SimulatedShare, percent
from fits.calibration.store import Record, plain
from fits.calibration.true_sizes import words_of
from fits.planning.pooling import NONE
from fits.verdicts.rule import EFFECT_VERDICTS, Rule
from reports.document.blocks import Block, Prose, Section, Table, toned
from reports.document.terminal import screen, show

SHOWN = 6
"""Quantities of a calibration that are printed when all pass; those that fail are all printed, up to `MOST`."""

MOST = 30

HALVES = {"bayes": "Bayes", "ml": "max. likelihood"}


def print_calibrated(found: Calibrated, where: str) -> None:
    """Print every scenario, then what the number of simulations can tell, and where the simulations are."""
    show(_blocks(found, where), screen())


def _blocks(found: Calibrated, where: str) -> Iterator[Block | Section]:
    yield Prose(f"Calibration of {subject(found)}", "lead")
    yield Prose("SIMULATED DATA, not evidence about any clinic.", "bad")
    for part in found.parts:
        said = _operating(part.operating) if part.operating is not None else _sbc(part.sbc)
        yield Section("", f"{part.scenario}: {part.words}", (Prose(statuses(part.records)), *said))
    if any(part.operating for part in found.parts):
        yield from map(Prose, _legend(found.rule))
    yield Prose(_exactness(found.plan.sims))
    yield Prose(f"{where}: {', '.join(part.name for part in found.parts)}")


def subject(found: Calibrated) -> str:
    """Return what was calibrated: the model, a service alone, its priors, and how services are pooled."""
    service = f", {found.plan.fit.service} alone" if found.plan.fit.service else ""
    request = found.parts[0].request if found.parts else {}
    pooled = request.get("pooling", NONE) != NONE  # records of a time when there was one shape name none
    return f"{found.model}{service}, priors {found.priors}{f', pooling {shape_of(request)}' if pooled else ''}"


def stamp_of(part: Part) -> str:
    """Return what must stand across everything made of simulations."""
    return f"SIMULATED DATA ({part.scenario}, {len(part.records)} simulations)"


def statuses(records: Sequence[Record]) -> str:
    """Return how the fits went, in words; none is left out of any number."""
    count = len(records)
    found = counts(records)
    said = (
        f"Fits: {count} simulations; {found['failed_first']} failed the diagnostics at first, {found['failed']} for "
        f"good ({found['failed'] / count:.0%}); they are counted in every number below."
    )
    if found["looks"]:
        said += f" {found['looks']} have too few draws for the gate (a look, without a verdict)."
    if found["errors"]:
        first = next(record for record in records if record["status"] == "error")
        said += f" {found['errors']} gave an error and no number; simulation {first['k']}: {first['words']}"
    return said


def _exactness(sims: int) -> str:
    error = 100 * math.sqrt(0.9 * 0.1 / sims)
    return (
        f"{sims} simulations a scenario tell a coverage of 90 % to ± {error:.1f} points where the effects of one study "
        "all hit or miss together, and better where they do not. More --sims go on from here."
    )


def _sbc(sbc: Sbc | None) -> Iterator[Block]:
    if sbc is None:
        yield Prose(f"Too few simulations to judge ranks by: {FEWEST} are needed.")
        return
    bad = [one for one in sbc.worst if not one.passed]
    shown = sbc.worst[: min(MOST, max(SHOWN, len(bad)))]
    rows = []
    for one in shown:
        mark = "within" if one.passed else one.sentence.rsplit(" is ", 1)[1]
        texts = (one.name, f"{one.mean:.2f}", f"{one.extremity:.2f}", f"{one.value:.2f}", mark)
        rows.append(toned(texts, "plain" if one.passed else "bad"))
    yield Table.of(("quantity", "mean rank", "in tails", "excursion", ""), rows)
    if len(shown) < len(sbc.quantities):
        yield Prose(f"and {len(sbc.quantities) - len(shown)} more, less astray (--out writes all).")
    yield Prose(sbc.sentence, "plain" if sbc.passed else "bad")
    yield Prose("A right posterior has mean rank .50 and .50 in tails; an excursion above 1 is outside its band.")


def _operating(found: Operating) -> Iterator[Block]:
    yield Prose(f"{found.check.sentence}.", "bad" if found.check.passed is False else "plain")
    yield from map(Prose, (*found.sentences(), *found.hardly))
    for pooled in (False, True):
        if any(one.pooled == pooled for one in found.calls):
            yield from _calls(found, pooled)
            yield _errors(found, pooled)
            yield _verdicts(found, pooled)
    if found.false:
        yield _false(found)


def _calls(found: Operating, pooled: bool) -> Iterator[Block]:
    calls = [one for one in found.calls if one.pooled == pooled]
    rows = []
    for one in calls:
        factor = "-" if math.isnan(one.exaggeration.value) else f"x {one.exaggeration.value:.1f}"
        rows.append((one.procedure, *map(percent, (one.called, one.missed, one.wrong_sign)), factor))
    yield Table.of(
        ("mean over services" if pooled else "single services", "called", "missed", "wrong sign", "exagg."),
        rows,
        groups=[f"{words_of(one.true, one.world)}, n = {one.effects}" for one in calls],
    )
    if silent := sum(one.unanswered for one in calls if one.procedure == P_VALUE):
        yield Prose(f"The likelihood has no maximum for {silent} effects, which are not called.")


def _errors(found: Operating, pooled: bool) -> Table:
    errors = [one for one in found.errors if one.pooled == pooled]
    rows = [
        (
            HALVES[one.half],
            *map(percent, (one.covered_90, one.covered_95)),
            *(_number(share, found.unit) for share in (one.bias, one.rmse, one.width)),
        )
        for one in errors
    ]
    headings = ("estimates", "90 % cov.", "95 % cov.", "bias", "RMSE", "width")
    return Table.of(headings, rows, groups=[words_of(one.true, one.world) for one in errors])


def _verdicts(found: Operating, pooled: bool) -> Table:
    rows = [
        (words_of(one.true, one.world), *(f"{100 * one.chance[name].value:.1f}" for name in EFFECT_VERDICTS))
        for one in found.verdicts
        if one.pooled == pooled
    ]
    return Table.of(("verdicts, %", *EFFECT_VERDICTS), rows)


def _false(found: Operating) -> Table:
    rows = [
        (one.procedure, *map(percent, (one.studies, one.exposures, one.of_called)), f"{one.calls}")
        for one in found.false
    ]
    return Table.of(("false directions", "any in a study", "any of an exp.", "of the calls", "calls"), rows)


def _legend(rule: Rule) -> Iterator[str]:
    grounds = "; its smallest effect is an assumption (see --rule)" if rule.assumed else ""
    yield "Average effects of each exposure on these units; truths are the simulator's."
    yield from (f"{name}: {words}." for name, words in PROCEDURES.items())
    yield f"The rule is {rule.name}: {rule.sure:.0%} sure of more than the smallest effect that matters{grounds}."
    yield (
        "Classes are of true effects in points of E[y] (of 100 patients or clinics), each within .1 of a size that the "
        "scenario plants, or in an interval between; alone: the exposure has no effect on the other services."
    )
    yield "any of an exp.: any service's call of an exposure in a study; false: of no effect, or with the wrong sign."
    yield "missed: not called, or with the wrong sign. exagg.: size of the called estimates over that of their truths."
    yield "± : Monte Carlo standard error, from simulation to simulation. width: of the 95 % interval."


def _number(share: SimulatedShare, unit: str) -> str:
    if math.isnan(share.value):
        return "-"
    return f"{share.value:.1f}" if unit == "points" else f"{share.value:.3f}"


def told(found: Calibrated) -> dict[str, Any]:
    """Return everything as one JSON object."""
    rule = found.rule
    head = {"model": found.model, "priors": found.priors, "service": found.plan.fit.service or ""}
    judged = {"rule": rule.name, "rule_sha256": rule.sha256, "smallest": rule.smallest, "sure": rule.sure}
    scenarios = [_told_of(part) for part in found.parts]
    return dict(plain({"simulated": True, **head, **judged, "scenarios": scenarios}))


def _told_of(part: Part) -> dict[str, Any]:
    found: dict[str, Any] = {
        "scenario": part.scenario,
        "stamp": stamp_of(part),
        "words": part.words,
        "passed": part.passed,
        "fits": statuses(part.records),
        "simulations": len(part.records),
    }
    if part.sbc is not None:
        found |= {"sentence": part.sbc.sentence, "quantities": [one.to_dict() for one in part.sbc.quantities]}
    if part.operating is not None:
        check = part.operating.check
        found |= {
            "counts": part.operating.simulations,
            "check": {"name": check.name, "value": check.value, "limits": check.limits, "passed": check.passed},
            "sentences": [check.sentence, *part.operating.sentences()],
            "characteristics": part.operating.rows(),
        }
    return found
