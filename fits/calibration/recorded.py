"""From a calibration to its compact record, and back: what was calibrated is judged again from a record alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from data.codebook import Codebook
from data.errors import InputError, Problem
from data.simulation import simulator
from fits.calibration.compact import SUFFIX, CompactRecord
from fits.calibration.plan import PRIOR, CalibrationPlan
from fits.calibration.run import Calibrated, Part, judged
from fits.calibration.store import REQUEST, SIMULATIONS, Record
from fits.plan import FitPlan
from fits.planning.pooling import ONLY
from fits.verdicts.rule import Rule
from models.family import Family
from models.spec import ModelSpec


def compact_of(found: Calibrated, part: Part) -> CompactRecord:
    """Return the record of one scenario of a calibration."""
    head = {
        "stamp": f"SIMULATED DATA ({part.scenario})",
        "scenario": part.scenario,
        "name": part.name,
        "words": part.words,
        "model": found.model,
        "priors": found.priors,
        "service": found.plan.fit.service or "",
        "scale": found.scale,
        "rule": found.rule.name,
        "smallest": found.rule.smallest_on(found.scale),
        **_pooling(part.request),
        "request": part.request,
    }
    return CompactRecord(head, part.records)


def read_record(path: Path) -> CompactRecord:
    """Return what a compact record or a folder of stored simulations holds.

    Raises
    ------
    InputError
        For a path that is neither, and for a folder whose declarations are not there any more.
    """
    if not path.is_dir():
        return CompactRecord.read(path)
    try:
        request = json.loads((path / REQUEST).read_text(encoding="utf-8"))
        text = (path / SIMULATIONS).read_text(encoding="utf-8")
        # A last line without its end is still being written, or was cut off.
        records = [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]
        scenario, study = request["scenario"], Codebook.read(request["study"])
    except (OSError, ValueError, KeyError) as error:
        wanted = f"a folder of stored simulations, or a record, NAME{SUFFIX}"
        raise InputError([Problem(str(path), f"no simulations ({type(error).__name__})", wanted)]) from error
    family = request.get("family") or ModelSpec.find(request["model"], study).family
    words = f"whole studies under {scenario!r} ({simulator.scenarios().get(scenario, 'a scenario of another day')})"
    head = {
        "scenario": scenario,
        "name": path.name,
        "words": "truths and outcomes from a prior" if scenario == PRIOR else words,
        **{key: request[key] for key in ("model", "priors", "service")},
        "scale": Family.find(family).unit,
        "smallest": request.get("smallest"),
        **_pooling(request),
        "request": request,
    }
    return CompactRecord(head, tuple(records))


def judged_again(record: CompactRecord, rule: Rule) -> Calibrated:
    """Return what a record says, judged by a rule.

    Raises
    ------
    InputError
        For a record whose probabilities are of another smallest effect than the rule's, and for one without
        simulations.
    """
    head = record.head
    require_rule(record, rule)
    if not record.records:
        raise InputError([Problem(head["name"], "no simulations", "one or more")])
    fit = FitPlan(head["model"], service=head["service"] or None, priors=head["priors"])
    plan = CalibrationPlan(fit, (head["scenario"],), len(record.records))
    part = judged(
        head["scenario"],
        head["name"],
        head["words"],
        records=record.records,
        rule=rule,
        scale=head["scale"],
        request=head["request"],
    )
    return Calibrated(plan, head["model"], head["priors"], head["scale"], rule, (part,))


def require_rule(record: CompactRecord, rule: Rule) -> None:
    """Raise for a record whose probabilities are of another smallest effect than the rule's."""
    stored, asked = record.head["smallest"], rule.smallest_on(record.head["scale"])
    if record.head["scenario"] != PRIOR and stored != asked:
        got = f"a smallest effect of {asked:g}, where the probabilities stored are of {stored:g}"
        raise InputError([Problem(f"rule {rule.name!r} on {record.head['name']}", got, "the same smallest effect")])


def shape_of(head: Mapping[str, Any]) -> str:
    """Return the shape of pooling over services in words, such as ``mixture .8``."""
    weight = head.get("pooling_weight")
    return f"{head['pooling']} {weight:g}".replace(" 0.", " .") if weight else str(head["pooling"])


def _pooling(request: Mapping[str, Any]) -> Record:
    """Return the shape of pooling that a request names, and the weight of a mixture."""
    return {"pooling": request.get("pooling") or ONLY, "pooling_weight": request.get("pooling_weight")}
