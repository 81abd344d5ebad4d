"""What a calibration shows: tables at 80 columns, JSON, CSV and figures, all under the stamp of simulated data."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from data.files.csv_text import csv_records
from data.files.replacing import replacing
from fits.calibration.operating import Operating
from fits.calibration.run import Asked, Part, stamp_of, statuses
from fits.calibration.sbc import FEWEST, Sbc
from fits.calibration.simulated_effects import NONE, P_VALUE, PROCEDURES, SMALL, Share, percent
from fits.calibration.store import plain
from fits.plan import Loaded
from fits.verdicts.rule import VERDICTS, Rule
from models.family import Family

NAME, JSON = "calibration", "calibration.json"
"""Of what is written together, and of the file that comes last."""

SHOWN = 6
"""Quantities of a calibration that are printed when all pass; those that fail are all printed, up to `MOST`."""

MOST = 30

HALVES = {"bayes": "Bayes", "ml": "max. likelihood"}


def print_parts(parts: tuple[Part, ...], asked: Asked, loaded: Loaded, rule: Rule) -> None:
    """Print every scenario, then what the number of simulations can tell."""
    console = Console(highlight=False, markup=False)
    console.print(Text(f"Calibration of {_who(asked, loaded)}", style="bold"))
    console.print(Text("SIMULATED DATA, not evidence about any clinic.", style="bold red"))
    for part in parts:
        console.print()
        console.print(Text(f"{part.scenario}: {part.words}", style="bold"))
        console.print(statuses(part.records))
        console.print()
        if part.operating is not None:
            _print_operating(part.operating, console)
        else:
            _print_sbc(part.sbc, console)
    console.print()
    if any(part.operating for part in parts):
        _print_legend(rule, console)
    console.print(_exactness(asked.sims))
    console.print(f"Stored in {asked.wanted.home}: {', '.join(part.name for part in parts)}")


def _who(asked: Asked, loaded: Loaded) -> str:
    service = f", {asked.wanted.service} alone" if asked.wanted.service else ""
    return f"{loaded.reading.spec.name}{service}, priors {loaded.priors.name}"


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


def told(parts: tuple[Part, ...], asked: Asked, loaded: Loaded, rule: Rule) -> dict[str, Any]:
    """Return everything as one JSON object."""
    scenarios = []
    for part in parts:
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
        scenarios.append(found)
    head = {"model": loaded.reading.spec.name, "priors": loaded.priors.name, "service": asked.wanted.service or ""}
    judged = {"rule": rule.name, "rule_sha256": rule.sha256, "smallest": rule.smallest, "sure": rule.sure}
    found = plain({"simulated": True, **head, **judged, "scenarios": scenarios})
    return dict(found)


def print_json(parts: tuple[Part, ...], asked: Asked, loaded: Loaded, rule: Rule) -> None:
    """Print the JSON object."""
    print(json.dumps(told(parts, asked, loaded, rule), indent=1, allow_nan=False))


def write(parts: tuple[Part, ...], asked: Asked, loaded: Loaded, rule: Rule, out: Path) -> list[str]:
    """Write JSON, and per scenario CSV and figures, into a folder, all or none of them; return their names."""
    from reports.figures.operating import draw_operating  # matplotlib: only where a figure is asked for
    from reports.figures.sbc import draw_sbc

    found = told(parts, asked, loaded, rule)
    names = [JSON]
    with replacing(out, NAME, after=JSON) as fresh:
        (fresh / JSON).write_text(json.dumps(found, indent=1, allow_nan=False) + "\n", encoding="utf-8")
        for part in parts:
            head = {"stamp": stamp_of(part), "model": found["model"], "priors": found["priors"]}
            title = f"{_who(asked, loaded)}: {part.words}"
            rows: list[dict[str, Any]] = []
            if part.sbc is not None:
                rows = [one.to_dict() for one in part.sbc.quantities]
                names += draw_sbc(part.sbc, fresh, name=part.name, title=title, stamp=stamp_of(part))
            if part.operating is not None:
                rows = part.operating.rows()
                target = fresh / f"{part.name}.svg"
                scale = Family.find(loaded.reading.spec.family).scale
                draw_operating(part.records, rule, scale, target, title=title, stamp=stamp_of(part))
                names.append(f"{part.name}.svg")
            if rows:
                (fresh / f"{part.name}.csv").write_text(
                    csv_records([{**head, **row} for row in rows]), encoding="utf-8"
                )
                names.append(f"{part.name}.csv")
    return names
