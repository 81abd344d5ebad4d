"""Sentences about a comparison, for the terminal and the page alike."""

from __future__ import annotations

import math
import shlex

from fits.effects.asymptotic import Asymptotic
from fits.effects.summary import Summary
from fits.number_format import INTERVAL
from fits.storage.fit import HOME
from reports.comparison.comparison import NO_PROBABILITY, Compared
from reports.comparison.difference import MOVED
from reports.comparison.parameters import Parameters
from reports.comparison.provenance_diff import same_rows
from reports.comparison.run_difference import RunDifference
from reports.comparison.scores import how_clear
from reports.comparison.stored_alone import Party


def scores_lines(compared: Compared) -> tuple[str, ...]:
    """Return what may and may not be said of predictive scores."""
    scores = compared.scores
    lines = list(scores.why_not.values())
    if len(scores.comparable) < 2:
        return (*lines, "So no two of these fits can be compared by how well they predict.")
    named = ", ".join(scores.comparable)
    if scores.rows is None:
        folders = shlex.join(_place(compared.fits[label]) for label in scores.comparable)
        return (
            *lines,
            f"{named} predict the same answers on the same scale, so they can be compared. The standard error of a "
            "difference needs every answer's own score, which is not stored: --loo computes them, some seconds a fit; "
            f"python -m models.check {folders} also refits where importance sampling fails.",
        )
    bad = sum(row.bad for row in scores.rows)
    trust = (
        f" Importance sampling failed for {bad:,} answers (k-hat), so scores are rough there: python -m models.check "
        "refits them."
        if bad
        else ""
    )
    return (*lines, f"elpd is the expected log predictive density of all answers, each predicted without itself; "
            f"higher is better. {how_clear(scores.rows)}{trust}")  # fmt: skip


def _place(evidence: Party) -> str:
    """What a command calls the fit: its name, or its folder where that is elsewhere."""
    return evidence.name if evidence.fit.directory.parent == HOME else str(evidence.fit.directory)


def verdict_lines(run: RunDifference) -> tuple[str, ...]:
    """Return what is said of two runs beside the tables of what moved and of verdicts that changed."""
    largest = f"; the largest difference is {run.largest:.2f} sd" if math.isfinite(run.largest) else ""
    count = f"{len(run.moved) or 'None'} of {run.compared} effects moved by more than {MOVED:g} Monte Carlo standard "
    lines = [f"{count}errors{largest}." if run.compared else "There is no effect to compare."]
    if run.new_data:
        lines.append("The data are others too: what moved need not have moved for the model or its priors.")
    if run.verdicts is not None:
        changed = len(run.verdicts)
        lines.append(f"{changed or 'No'} verdict{'s' if changed != 1 else ''} changed, {run.judged} judged in both.")
    return tuple(lines)


def parameter_lines(found: Parameters) -> tuple[str, ...]:
    """Return what is said of parameters above their table."""
    first, *others = found.labels
    if not found.rows:
        return ("They share none.",)
    lines = [
        f"As stored, in {found.unit}: coefficients per contrast of their exposure or control, everything else as the "
        f"model has it. These are not effects on the outcome's scale."
    ]
    for label in others:
        count, total = found.moved(label)
        sizes = {row.name: row.values[label].size for row in found.rows if label in row.values}
        if total:
            name = max(sizes, key=sizes.__getitem__)
            lines.append(
                f"{count or 'None'} of {total} parameters of {label} lie more than {MOVED:g} Monte Carlo standard "
                f"errors from {first}'s; the largest difference is {sizes[name]:.2f} sd ({name})."
            )
    lines.append(
        "An intercept is at the means of exposures and controls in the fit's own data. Effects of single states and "
        "the like, and of units, are not shown."
    )
    return tuple(lines)


def closing(compared: Compared) -> tuple[str, ...]:
    """Return how to read the effects and parameters."""
    side, parameters = compared.side, compared.parameters
    said = [entry.said for row in (side.rows if side else ()) for entry in row.entries.values()]
    said += [value.said for row in (parameters.rows if parameters else ()) for value in row.values.values()]
    posteriors = any(isinstance(one, Summary) for one in said)
    estimates = any(isinstance(one, Asymptotic) for one in said)
    lines = []
    if posteriors:
        lines.append(
            f"Intervals hold {INTERVAL:.0%} of the posterior; no digit is shown that its Monte Carlo error does not "
            "support."
        )
    if estimates:
        lines.append(f"Of maximum likelihood: estimate and {INTERVAL:.0%} Wald interval, classical standard errors.")
    for first, kind, unit in _bases(compared):
        lines.append(
            f"Differences {kind}are to {first}: in {unit} and in sd of {first}. Overlap is the area under the "
            "lower of two posterior densities: 1 for the same, 0 for nothing in common; of two runs alike, a little "
            "below 1."
        )
    if not compared.new_data:
        return (*lines, NO_PROBABILITY) if said else tuple(lines)
    if same_rows(compared.fits):
        lines.append(
            "The codebook that the data are read by is not the same: a difference may be of how they are read as well "
            "as of the model."
        )
    else:
        lines.append("The fits are not of the same data: a difference is of the data as well as of the model.")
    return tuple(lines)


def _bases(compared: Compared) -> list[tuple[str, str, str]]:
    """To which fit differences are, of which kind if there are two, and in what unit."""
    side, parameters = compared.side, compared.parameters
    found = []
    if side and side.rows:
        found.append((side.labels[0], "of effects ", "the outcome's unit"))
    if parameters and parameters.rows:
        found.append((parameters.labels[0], "of parameters ", "the parameter's unit"))
    return found if len(found) > 1 else [(first, "", unit) for first, _, unit in found]
