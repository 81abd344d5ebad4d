"""The first section: the verdict on every claim."""

from __future__ import annotations

from collections import Counter
from typing import Any

from fits.verdicts.events import VERDICTS
from fits.verdicts.judgement import Judgement, Probability
from fits.verdicts.rule import Rule
from reports.claims.sentences import estimate_words, sentence_of, verdict_words
from reports.document.blocks import Block, Cell, Column, Fold, Origin, Prose, Section, Table, with_files
from reports.report_inputs import ReportInputs
from reports.sections.parts.wording import anchor

ORDER = 10

NAME, TITLE = "verdicts", "What can be said of each claim"

MADE_BY = "fits.verdicts.judgement.Judgement.of"

CHANCES = {"direction": "Pr sign", "holds": "Pr claimed", "against": "Pr opposite", "inside": "Pr none"}
"""Headings of the columns of probabilities, by the judgement's attribute."""


def section(inputs: ReportInputs) -> Section | None:
    """Return the section; None for a report without claims."""
    if inputs.rule is None or not inputs.judgements:
        return None
    rule = inputs.rule
    blocks: list[Block] = [Prose(_lead(inputs.judgements), "lead"), *_warnings(inputs, rule)]
    blocks += [_table(inputs, rule), Prose(HOW_TO_READ, "note"), *_words(inputs, rule), *_steps(inputs)]
    return Section(NAME, TITLE, tuple(blocks))


def _lead(judgements: tuple[Judgement, ...]) -> str:
    claims = {(one.source.name, one.claim.id) for one in judgements}
    counts = Counter(one.verdict for one in judgements)
    told = ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict])
    sources = len({one.source.name for one in judgements})
    return (
        f"{len(claims)} claims of {sources} source{'s' if sources > 1 else ''}, read in {len(judgements)} ways that a "
        f"posterior can or could judge: {told}."
    )


def _warnings(inputs: ReportInputs, rule: Rule) -> list[Block]:
    found: list[Block] = []
    if not rule.registered:
        found.append(Prose(f"Judged by {rule.name!r} ({rule.sha256[:8]}), {rule.standing}.", "warning"))
    if any(one.manifest.simulated for one in inputs.fits):
        words = "The data are simulated: these verdicts show how the method judges. They say nothing of any clinic."
        found.append(Prose(words, "warning"))
    analogues = sorted({one.fit for one in inputs.judgements if one.analogue})
    if analogues:
        words = "of another study than the claims are about: an analogue, not a replication"
        found.append(Prose(f"{', '.join(analogues)}: {words}.", "warning"))
    reasons = [(one.name, one.why_no_verdict) for one in inputs.fits if one.manifest.kind != "mle"]
    found += [Prose(f"No verdict rests on {name}: {why}.", "warning") for name, why in reasons if why]
    return found


def _table(inputs: ReportInputs, rule: Rule) -> Table:
    shown = [
        Column("claim", "Claim, and how it is read"),
        Column("verdict", "Verdict"),
        Column("found", "What the data say"),
        *(Column(f"pr_{key}", heading, True) for key, heading in CHANCES.items()),
        Column("fit"),
        Column("rule"),
    ]
    ordered = sorted(inputs.judgements, key=lambda one: VERDICTS.index(one.verdict))
    rows = tuple(_row(one, rule) for one in ordered)
    return Table(
        "claims",
        f"Every claim and its verdict, by the rule {rule.name!r} ({rule.standing})",
        with_files(shown, rows),
        rows,
        note=_note(rule),
        filters=("verdict", "source", "kind"),
        origin=Origin(tuple(one.name for one in inputs.fits), MADE_BY, inputs.command),
    )


def _row(judgement: Judgement, rule: Rule) -> dict[str, Any]:
    plain = judgement.to_dict()
    reading = judgement.reading.says if judgement.reading else ""
    read = f"Read as: {reading}." if reading else ""
    if judgement.reading and judgement.reading.assumed:
        read += " (An assumption.)"
    fit = f"fit {judgement.fit}{' (analogue)' if judgement.analogue else ''}" if judgement.fit else ""
    found = Cell(sentence_of(judgement, rule), _found(judgement, rule), below=fit, below_to="provenance" if fit else "")
    return {
        **plain,
        "claim": Cell(plain["id"], f"{judgement.source.name}: {judgement.claim.words}", below=read.strip()),
        "verdict": Cell(plain["verdict"], below=f"rule {rule.sha256[:8]}", mark=plain["verdict"]),
        "found": found,
        "rule": rule.sha256,
        "rule_name": rule.name,
        "rule_registered": rule.registered,
        "source": plain["source"],
        **{f"pr_{key}": _chance(plain[f"pr_{key}"], getattr(judgement, key)) for key in CHANCES},
    }


def _found(judgement: Judgement, rule: Rule) -> str:
    if judgement.quantity is None:
        return f"{judgement.why[:1].upper()}{judgement.why[1:]}."
    said = verdict_words(judgement, rule).partition(": ")[2]
    return f"{said[:1].upper()}{said[1:]}. {estimate_words(judgement)}"


def _chance(value: float | None, probability: Probability | None) -> Cell:
    return Cell(value, probability.text if probability else "–")


def _note(rule: Rule) -> str:
    smallest = ", ".join(f"{value:g} {scale}" for scale, value in rule.smallest.items())
    own = ", ".join(f"{name} {value:g}" for name, value in rule.outcomes.items())
    strong = ", ".join(f"{value:g} {scale}" for scale, value in rule.strong.items())
    none = rule.sure if rule.sure_of_none is None else rule.sure_of_none
    return (
        f"Smallest effect that matters: {smallest}{f'; {own}' if own else ''}. Strong: {strong or 'not said'}. A "
        f"verdict asks for a probability of {rule.sure:g}, a null claim for {none:g} of lying inside. A claimed size "
        f"holds within {rule.size_within:.0%} of itself, even where that is smaller than matters. Rule "
        f"{rule.sha256[:8]}, {rule.standing}."
        + (f" An assumption: {rule.reason}" if rule.assumed else f" Source: {rule.source}.")
    )


HOW_TO_READ = (
    "Pr sign: the effect has the claimed sign, however small. Pr claimed: it is as claimed and larger than matters. "
    "Pr opposite: the other way, and larger than matters. Pr none: smaller than matters either way. Supported, "
    "contradicted and practically none ask for that much of the second, third and fourth; undecided is none of them. "
    "A claim of no effect is supported by precision alone, never by a wide interval. No verdict: the fit failed a "
    "check or was not checked, or Monte Carlo error straddles the rule. No digit is shown that Monte Carlo error "
    "does not support; the errors stand in the table's files."
)


def _words(inputs: ReportInputs, rule: Rule) -> list[Block]:
    """Return every judgement in full sentences, source by source."""
    found: list[Block] = []
    for source in inputs.sources:
        own = [one for one in inputs.judgements if one.source.name == source.name]
        lines: list[Block] = [Prose(f"{source.cite}. {source.design}.", "note")]
        for one in own:
            reading = f" Read as: {one.reading.says}." if one.reading and one.reading.says else ""
            assumed = f" Assumed: {one.reading.reason}" if one.reading and one.reading.assumed else ""
            lines.append(Prose(f"{one.id}. “{one.claim.words}”{reading} {sentence_of(one, rule)}{assumed}"))
        found.append(Fold(f"{source.title}: every reading in full sentences", tuple(lines)))
    return found


def _steps(inputs: ReportInputs) -> list[Block]:
    """Return the commands that would make more claims evaluable."""
    commands = Counter(one.next_step for one in inputs.judgements if one.next_step)
    if not commands:
        return []
    rows = tuple({"command": command, "readings": count} for command, count in commands.most_common())
    columns = (Column("command", "A fit that could answer"), Column("readings", "readings", True))
    table = Table(anchor(NAME, "next"), "Fits that would make more claims evaluable", columns, rows)
    return [Fold("Claims that no fit of this report answers, and which fit would", (table,))]
