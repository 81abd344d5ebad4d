"""What `models.calibrate` prints: tables at 80 columns or JSON, under the stamp of simulated data."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from fits.calibration.operating import Operating, counts
from fits.calibration.run import Calibrated, Part
from fits.calibration.sbc import FEWEST, Sbc
from fits.calibration.simulated_effects import NONE, P_VALUE, PROCEDURES, SMALL, Share, percent
from fits.calibration.store import Record, plain
from fits.verdicts.rule import VERDICTS, Rule

SHOWN = 6
"""Quantities of a calibration that are printed when all pass; those that fail are all printed, up to `MOST`."""

MOST = 30

HALVES = {"bayes": "Bayes", "ml": "max. likelihood"}


def print_calibrated(found: Calibrated, home: Path) -> None:
    """Print every scenario, then what the number of simulations can tell.

    Parameters
    ----------
    found : Calibrated
    home : Path
        The folder of stored simulations.
    """
    console = Console(highlight=False, markup=False)
    console.print(Text(f"Calibration of {subject(found)}", style="bold"))
    console.print(Text("SIMULATED DATA, not evidence about any clinic.", style="bold red"))
    for part in found.parts:
        console.print()
        console.print(Text(f"{part.scenario}: {part.words}", style="bold"))
        console.print(statuses(part.records))
        console.print()
        if part.operating is not None:
            _print_operating(part.operating, console)
        else:
            _print_sbc(part.sbc, console)
    console.print()
    if any(part.operating for part in found.parts):
        _print_legend(found.rule, console)
    console.print(_exactness(found.plan.sims))
    console.print(f"Stored in {home}: {', '.join(part.name for part in found.parts)}")


def subject(found: Calibrated) -> str:
    """Return what was calibrated: the model, its service if it is one alone, and its priors."""
    service = f", {found.plan.fit.service} alone" if found.plan.fit.service else ""
    return f"{found.model}{service}, priors {found.priors}"


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


def _print_sbc(sbc: Sbc | None, console: Console) -> None:
    if sbc is None:
        console.print(f"Too few simulations to judge ranks by: {FEWEST} are needed.")
        return
    bad = [one for one in sbc.worst if not one.passed]
    shown = sbc.worst[: min(MOST, max(SHOWN, len(bad)))]
    table = _table("quantity", "mean rank", "in tails", "excursion", "")
    for one in shown:
        style = "" if one.passed else "bold red"
        mark = "" if one.passed else one.sentence.rsplit(" is ", 1)[1]
        table.add_row(
            one.name, f"{one.mean:.2f}", f"{one.extremity:.2f}", f"{one.value:.2f}", mark or "within", style=style
        )
    console.print(table)
    if len(shown) < len(sbc.quantities):
        console.print(f"and {len(sbc.quantities) - len(shown)} more, less astray (--out writes all).")
    console.print()
    console.print(Text(sbc.sentence, style="" if sbc.passed else "bold red"))
    console.print("A right posterior has mean rank .50 and .50 in tails; an excursion above 1 is outside its band.")


def _print_operating(found: Operating, console: Console) -> None:
    console.print(Text(f"{found.check.sentence}.", style="bold red" if found.check.passed is False else ""))
    for sentence in found.sentences():
        console.print(sentence)
    for pooled in (False, True):
        if any(one.pooled == pooled for one in found.calls):
            console.print()
            _print_calls(found, pooled, console)
            console.print()
            _print_errors(found, pooled, console)
            console.print()
            _print_verdicts(found, pooled, console)


def _print_calls(found: Operating, pooled: bool, console: Console) -> None:
    table = _table("mean over services" if pooled else "single services", "called", "missed", "wrong sign", "exagg.")
    last, silent = "", 0
    for one in found.calls:
        if one.pooled != pooled:
            continue
        if one.true != last:
            table.add_row(Text(f"{_words(one.true, found)}, n = {one.effects}", style="dim"))
            last = one.true
        factor = "-" if math.isnan(one.exaggeration.value) else f"x {one.exaggeration.value:.1f}"
        table.add_row(
            f"  {one.procedure}", *(percent(share) for share in (one.called, one.missed, one.wrong_sign)), factor
        )
        silent += one.unanswered if one.procedure == P_VALUE else 0
    console.print(table)
    if silent:
        console.print(f"The likelihood has no maximum for {silent} effects, which are not called.")


def _print_errors(found: Operating, pooled: bool, console: Console) -> None:
    table = _table("estimates", "90 % cov.", "95 % cov.", "bias", "RMSE", "width")
    last = ""
    for one in found.errors:
        if one.pooled != pooled:
            continue
        if one.true != last:
            table.add_row(Text(_words(one.true, found), style="dim"))
            last = one.true
        covered = (percent(share) for share in (one.covered_90, one.covered_95))
        sizes = (_number(share, found.unit) for share in (one.bias, one.rmse, one.width))
        table.add_row(f"  {HALVES[one.half]}", *covered, *sizes)
    console.print(table)


def _print_verdicts(found: Operating, pooled: bool, console: Console) -> None:
    table = _table("verdicts, %", *(name.replace(" ", "\n") for name in VERDICTS))
    for one in found.verdicts:
        if one.pooled == pooled:
            rates = (f"{100 * one.chance[name].value:.1f}" for name in VERDICTS)
            table.add_row(_words(one.true, found), *rates)
    console.print(table)


def _words(true: str, found: Operating) -> str:
    """A class of true effects in words."""
    size = f"{found.smallest:g} {'points' if found.unit == 'points' else 'in prob.'}"
    return {NONE: "no effect", SMALL: f"less than {size}"}.get(true, f"{size} or more")


def _print_legend(rule: Rule, console: Console) -> None:
    said = [f"{name}: {words}." for name, words in PROCEDURES.items()]
    grounds = "; its smallest effect is an assumption (see --rule)" if rule.assumed else ""
    for line in (
        "Average effects of each exposure on these units; truths are the simulator's.",
        *said,
        f"The rule is {rule.name}: {rule.sure:.0%} sure of more than the smallest effect that matters{grounds}.",
        "missed: not called, or with the wrong sign. exagg.: size of the called estimates over that of their truths.",
        "± : Monte Carlo standard error, from simulation to simulation. width: of the 95 % interval.",
    ):
        console.print(line)


def _table(first: str, *rest: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 1))
    table.add_column(first, overflow="fold")
    for heading in rest:
        table.add_column(heading, justify="right")
    return table


def _number(share: Share, unit: str) -> str:
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


def print_json(found: Calibrated) -> None:
    """Print the JSON object."""
    print(json.dumps(told(found), indent=1, allow_nan=False))
