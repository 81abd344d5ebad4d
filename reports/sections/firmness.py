"""The section on the firmness of verdicts: under other rules, with more units, jointly, and against chance."""

from __future__ import annotations

from typing import Any

from fits.number_format import rounded
from fits.verdicts.called import Called
from fits.verdicts.curve import Curve, curve_of
from fits.verdicts.judgement import Judgement
from fits.verdicts.rule import Rule
from fits.verdicts.settle import CHANCE
from fits.verdicts.together import Together, by_chance
from reports.document.blocks import Block, Cell, Column, Figure, Origin, Prose, Section, Table
from reports.figures.curve import draw_curves, plotly_curves
from reports.report_inputs import ReportInputs, svg_of

ORDER = 15

NAME, TITLE = "firmness", "How firm the verdicts are"


def section(inputs: ReportInputs) -> Section | None:
    """Return the section; None for a report without claims."""
    if inputs.rule is None or not inputs.judgements:
        return None
    rule = inputs.rule
    blocks = (
        *_against_smallest(inputs, rule),
        *_settling(inputs),
        *_together(inputs, rule),
        *_called(inputs, rule),
        *_by_chance(inputs),
        *_tensions(inputs),
    )
    return Section(NAME, TITLE, blocks) if blocks else None


def _origin(inputs: ReportInputs, made_by: str) -> Origin:
    return Origin(tuple(dict.fromkeys(one.fit for one in inputs.judgements if one.fit)), made_by, inputs.command)


def _against_smallest(inputs: ReportInputs, rule: Rule) -> list[Block]:
    curves = [curve for one in inputs.judgements if (curve := curve_of(one, rule))]
    if not curves:
        return []
    steady = sum(len(curve.turns) == 1 for curve in curves)
    lead = (
        f"Another rule would have said otherwise of {len(curves) - steady} of {len(curves)} readings: the verdict of "
        "each, from no smallest effect at all to three times the rule's. A fit that did not pass its checks is drawn "
        "too; its verdict in the table above is what counts."
    )
    title = "Verdict against the smallest effect that matters"
    figure = Figure(
        "verdict-against-smallest-effect",
        title,
        f"{title}, one strip per reading. {lead}",
        svg_of(draw_curves, curves, title=title, stamp="; ".join(inputs.stamps)),
        plotly_curves(curves),
        _origin(inputs, "fits.verdicts.curve.curve_of"),
    )
    rows = tuple(_turns(curve) for curve in curves)
    columns = (
        Column("reading", "reading"),
        Column("fit", "fit"),
        Column("unit", "unit"),
        Column("rule", "the rule's", True),
        Column("turns", "verdict from which smallest effect on"),
    )
    table = Table("verdict-turns", "Where each verdict turns", columns, rows, origin=figure.origin)
    return [Prose(lead), figure, table]


def _turns(curve: Curve) -> dict[str, Any]:
    told = "; ".join(f"{verdict} from {least:.3g}" for least, verdict in curve.turns)
    return {
        "reading": curve.name,
        "fit": curve.fit,
        "unit": curve.unit,
        "rule": curve.rule,
        "turns": Cell([[least, verdict] for least, verdict in curve.turns], told),
    }


def _settling(inputs: ReportInputs) -> list[Block]:
    rows = tuple(
        {
            "reading": one.id,
            "fit": one.fit,
            "now": one.settle.now,
            "units": Cell(one.settle.units, one.settle.text),
            "times": one.settle.times,
            "chance": Cell(one.settle.chance, f"{one.settle.chance:.2f}"),
        }
        for one in inputs.judgements
        if one.settle
    )
    if not rows:
        return []
    columns = (
        Column("reading", "undecided reading"),
        Column("fit", "fit"),
        Column("now", "units now", True),
        Column("units", "would settle it"),
        Column("times"),
        Column("chance", "chance of a verdict", True),
    )
    note = (
        f"By the posterior's own scaling, with a chance of {CHANCE:.0%}: were there k times as many units, its "
        "variance would be 1/k of what it is, and its mean as uncertain as what that leaves; the rule is asked of "
        "200 such futures. It takes all uncertainty to be of the kind that more units of the same states and types "
        "lessen, so it is on the low side. A reading whose effect lies at the rule's smallest effect takes very many."
    )
    table = Table(
        "units-to-settle",
        "How many units would settle what is undecided",
        columns,
        rows,
        note=note,
        origin=_origin(inputs, "fits.verdicts.settle.Settle.of"),
    )
    return [table]


def _together(inputs: ReportInputs, rule: Rule) -> list[Block]:
    found = Together.of(inputs.judgements, sure=rule.sure)
    if found is None:
        return []
    count = len(found.names)
    largest = ", ".join(found.largest) or "none"
    words = (
        f"Of {count} claims of an effect, each in its first reading, {rounded(found.expected, 1)} are expected to "
        f"hold; that all of them hold has a probability of {_told(found.all_hold)}, that at least half do "
        f"{_told(found.at_least((count + 1) // 2))}. The largest set that holds together with a probability of "
        f"{rule.sure:g}: {largest}" + (f" ({_told(found.largest_chance)})." if found.largest else ".")
    )
    rows = tuple(
        {"count": k, "chance": Cell(float(chance), _told(float(chance)))} for k, chance in enumerate(found.chance)
    )
    each = tuple(
        {"reading": name, "chance": Cell(chance, _told(chance)), "largest": "yes" if name in found.largest else "no"}
        for name, chance in zip(found.names, found.each, strict=True)
    )
    origin = Origin(found.fits, "fits.verdicts.together.Together.of", inputs.command)
    note = (
        "Claims that rest on one fit hold or fail together as its draws do; between fits, those of the same clinics "
        "too, they are taken as independent. A claim made by two sources counts once, null claims do not count."
    )
    columns = (
        Column("reading", "claim"),
        Column("chance", "Pr(it holds)", True),
        Column("largest", "in the largest set"),
    )
    return [
        Prose(words),
        Table("claims-together", "Each claim's probability of holding", columns, each, note=note, origin=origin),
        Table(
            "claims-that-hold",
            "How many of them hold",
            (Column("count", "how many", True), Column("chance", "probability", True)),
            rows,
            origin=origin,
        ),
    ]


def _told(chance: float) -> str:
    if chance < 0.001:
        return "< 0.001"
    return "> 0.999" if chance > 0.999 else f"{chance:.3f}" if chance < 0.01 else f"{chance:.2f}"


def _called(inputs: ReportInputs, rule: Rule) -> list[Block]:
    """Return how many of the directions that are called are expected to be false."""
    found = Called.of(inputs.judgements, sure=rule.sure)
    if not found.effects:
        return []
    count = len(found.calls)
    words = (
        f"Direction claims are about {found.effects} effects here, each counted once for each fit. The direction of "
        f"{count} is called, with a probability of {rule.sure:g} or more"
    )
    if not count:
        return [Prose(f"{words}.")]
    rows = tuple(
        {
            "effect": one.effect,
            "fit": one.fit,
            "direction": "positive" if one.positive else "negative",
            "wrong": Cell(one.wrong, _told(one.wrong)),
        }
        for one in found.calls
    )
    columns = (
        Column("effect", "effect"),
        Column("fit", "fit"),
        Column("direction", "called"),
        Column("wrong", "Pr(wrong sign)", True),
    )
    note = (
        "The expected number is the sum of the probabilities, however they depend on one another. They are those of "
        "the model: where it is wrong, so are they. models.calibrate counts false directions where the truth is known."
    )
    fits = tuple(dict.fromkeys(one.fit for one in found.calls))
    origin = Origin(fits, "fits.verdicts.called.Called.of", inputs.command)
    expected = _told_count(found.expected_false)
    return [
        Prose(f"{words}; of these {count} directions, {expected} are expected to be false."),
        Table("called-directions", "Directions that are called", columns, rows, note=note, origin=origin),
    ]


def _told_count(expected: float) -> str:
    return "fewer than 0.01" if expected < 0.01 else f"{expected:.2f}"


def _by_chance(inputs: ReportInputs) -> list[Block]:
    found: list[Block] = []
    for source in inputs.sources:
        search = source.multiplicity
        if search is None:
            continue
        chance = by_chance(search)
        found.append(
            Prose(
                f"{source.name} looked at {search.coefficients} coefficients and names {search.named} associations. "
                f"Were there no effect at all, a level of {search.level:g} would name {chance.expected:g} on average, "
                f"and {search.named} or more with a probability of {chance.as_many:.3f}. {search.reason}"
            )
        )
    return found


def _tensions(inputs: ReportInputs) -> list[Block]:
    """Return claims that are unlikely to be true together, side by side."""
    verdicts: dict[str, list[Judgement]] = {}
    for one in inputs.judgements:
        verdicts.setdefault(f"{one.source.name}/{one.claim.id}", []).append(one)
    rows = []
    for name, own in verdicts.items():
        claim = own[0].claim
        for other in claim.tension:
            there = verdicts.get(other, [])
            rows.append(
                {
                    "claim": Cell(name, f"{name}: {claim.words}"),
                    "verdict": _verdicts(own),
                    "other": Cell(other, f"{other}: {there[0].claim.words}" if there else other),
                    "other_verdict": _verdicts(there) if there else "not in this report",
                    "why": claim.tension_why,
                }
            )
    if not rows:
        return []
    columns = (
        Column("claim", "claim"),
        Column("verdict", "verdict"),
        Column("other", "beside"),
        Column("other_verdict", "verdict"),
        Column("why", "why they do not agree"),
    )
    return [Table("tensions", "Claims that contradict each other", columns, tuple(rows))]


def _verdicts(judgements: list[Judgement]) -> str:
    """Return the verdicts of a claim's readings, each once, in order."""
    return ", ".join(dict.fromkeys(one.verdict for one in judgements))
