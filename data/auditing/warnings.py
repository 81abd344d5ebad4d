"""Sentences about an audit's findings: each says what was found, what it means for a fit and what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from data.auditing.answers import BinaryOutcome, NumberOutcome
from data.auditing.collinearity import HIGH_VIF, Collinearity
from data.auditing.contrasts import FEWEST_SDS, FarContrast
from data.auditing.coverage import Crossing, GroupSizes, Missing, Rows
from data.auditing.levels_used import CategoryLevels
from data.auditing.separation import Separation
from data.disclosure import SMALLEST_SHOWN, Count, is_few
from data.numbers import number_text, size_text

COSTLY = 0.05
"""Share of lost rows from which there is a warning."""

SILENT = 0.2
"""Share of units without an answer to an outcome from which there is a warning."""

EVENTS_PER_COLUMN = 10
"""Fewest events per column by the usual rule of thumb for an unpenalised logit."""

LISTED = 5
"""Most separations with a sentence each; the table has all of them."""

FEW_LEVELS = 8
"""Groups with fewer levels say little about the spread of their effects."""

NO_ESTIMATE = "an unpenalised logit has no finite estimate here"
PRIORS_DECIDE = (
    f"{NO_ESTIMATE}, and the prior decides how far from 0 the coefficient lies. "
    "Prefer `weak` to `wide`, and compare the answer under both"
)


def about_no_rows(rows: Rows, gaps: tuple[Missing, ...]) -> list[str]:
    """Return a sentence when no row is usable."""
    if rows.usable.n:
        return []
    return [
        f"No row is usable: none has every predictor and one outcome.{_costly(gaps)} Leave out what is mostly missing."
    ]


def about_lost_rows(rows: Rows, gaps: tuple[Missing, ...]) -> list[str]:
    """Return a sentence on rows that a fit cannot use."""
    if not rows.usable.n or rows.lost.value < COSTLY:
        return []
    text = (
        f"{rows.lost} of the rows{' that were asked' if rows.not_asked.n else ''} are lost to a fit that uses every "
        f"variable.{_costly(gaps)} What is left "
        "represents all of them only if the answers are missing for reasons unrelated to the outcome; "
        "fit without the costly variables too and compare."
    )
    return [text]


def _costly(gaps: tuple[Missing, ...]) -> str:
    named = [f"{gap.variable} ({gap.alone} by itself)" for gap in gaps if gap.role != "outcome" and gap.missing.n][:3]
    return f" Most costly: {', '.join(named)}." if named else ""


def about_silence(gaps: tuple[Missing, ...]) -> list[str]:
    """Return a sentence on outcomes that many units did not answer."""
    silent = [
        f"{gap.variable} ({gap.share})" for gap in gaps if gap.role == "outcome" and SILENT <= gap.share.value < 1
    ]
    if not silent:
        return []
    text = (
        f"Unanswered by many: {_listed(silent)}. What is learned concerns the units that answered; if they were "
        "asked for a reason, the answer does not carry over to the others."
    )
    return [text]


def about_file(found: str, declared: str) -> list[str]:
    """Return a sentence when the file is not the one that the codebook was written for."""
    if not declared or found == declared:
        return []
    text = (
        f"The file is not the one this codebook was written for (sha256 {found[:12]}..., not {declared[:12]}...): "
        "codes may have changed. Check the counts against the file's documentation."
    )
    return [text]


def about_scope(outcomes: int, columns: int) -> list[str]:
    """Return sentences on what the audit did not examine."""
    text = []
    if not outcomes:
        text.append("No outcome was looked at: no variable fills the role availability or utilisation, or was named.")
    if not columns:
        text.append("No exposure or control was looked at: no variable fills such a role, or was named.")
    return text


def about_flat(
    binary: tuple[BinaryOutcome, ...], number: tuple[NumberOutcome, ...], *, priors: bool = True
) -> list[str]:
    """Return sentences on outcomes without answers, without variation or with few values between their limits."""
    outcomes: list[BinaryOutcome | NumberOutcome] = [*binary, *number]
    silent = [row.outcome for row in outcomes if not row.answered.n]
    few = [row.outcome for row in outcomes if is_few(row.answered.n)]
    told = [row for row in binary if row.answered.n >= SMALLEST_SHOWN]
    never = [row.service for row in told if not row.yes.part]
    always = [row.service for row in told if row.yes.part == row.yes.whole]
    thin = [
        f"{row.service} ({row.between})"
        for row in number
        if row.answered.n >= SMALLEST_SHOWN and row.between.n < SMALLEST_SHOWN
    ]
    text = []
    if silent:
        text.append(f"Nobody answered {_listed(silent)}: leave them out, or check the columns and the wave.")
    if few:
        instead = "the priors will speak, not the data" if priors else "too few for an estimate"
        text.append(f"Under {SMALLEST_SHOWN} units answered {_listed(few)}: {instead}.")
    if never:
        text.append(f"No unit says yes to {_listed(never)}: there is nothing to explain. Leave the service out.")
    if always:
        text.append(f"Every unit says yes to {_listed(always)}: there is nothing to explain. Leave the service out.")
    if thin:
        so = "so its prior decides" if priors else "so it is hardly known"
        text.append(
            f"Hardly any unit lies between the limits of {_listed(thin)}. The residual spread of a Tobit comes from "
            f"these units alone, {so}; model a yes-or-no outcome instead."
        )
    return text


def about_contrasts(found: tuple[FarContrast, ...], *, priors: bool = True) -> list[str]:
    """Return sentences on declared contrasts far from how much units differ."""
    return [_far(row, priors=priors) for row in found]


def _far(row: FarContrast, *, priors: bool) -> str:
    small, unit = row.sds < FEWEST_SDS, f" {row.unit}" if row.unit else ""
    size = "under a tenth of its standard deviation" if small else "over four of its standard deviations"
    so = "much less than units usually differ by" if small else "much more than units usually differ by"
    times = f"{1.0 / row.sds if small else row.sds:,.0f} times as {'wide' if small else 'narrow'}"
    prior = f", and per standard deviation its prior is {times} as the prior set says" if priors else ""
    return (
        f"The contrast declared for {row.column}, {number_text(row.contrast)}{unit}, is {size} "
        f"({size_text(row.sd.value)}{unit}): its effects are of a change {so}{prior}. Declare a `contrast` nearer to "
        "the standard deviation, or leave it out, which means 1 sd."
    )


def about_collinearity(found: Collinearity, *, priors: bool = True) -> list[str]:
    """Return sentences on columns that do not vary or that others explain."""
    text = []
    apart = "apart and only the prior does" if priors else "apart"
    constant = [column.column for column in found.columns if column.flag == "constant"]
    if constant:
        text.append(
            f"Among the usable rows {_listed(constant)} {_does(constant)} not vary: a fit refuses that. Leave out what "
            "does not vary."
        )
    if found.dependences and found.rows.n <= len(found.columns):
        text.append(
            f"There are {len(found.columns)} columns of exposures and controls and {found.rows} usable rows: the data "
            f"cannot tell the coefficients {apart}. Use fewer variables."
        )
        return text
    text += [
        f"The column {row.column} is exactly a combination of {_listed(row.of)}: the data cannot tell their "
        f"coefficients {apart}. Leave one of them out."
        for row in found.dependences
    ]
    high = [f"{column.column} ({column.vif:.0f})" for column in found.columns if column.flag == "high"]
    if high:
        text.append(
            f"Variance inflation above {HIGH_VIF:g}: {_listed(high)}. Each coefficient alone is poorly known while "
            "their sum may be well known; do not read them one by one."
        )
    return text


def about_separation(found: tuple[Separation, ...], *, priors: bool = True) -> list[str]:
    """Return sentences on separation: complete first, then quasi-complete, then by levels that are pooled."""
    own = sorted((row for row in found if not row.pooled), key=lambda row: (row.kind != "complete", -row.units.n))
    text = [_separated(row, PRIORS_DECIDE if priors else NO_ESTIMATE) for row in own[:LISTED]]
    if own[LISTED:]:
        text.append(f"There are {len(own) - LISTED} more such separations; see the table.")
    pooled: dict[str, list[Separation]] = {}
    for row in found:
        if row.pooled:
            pooled.setdefault(row.predictor, []).append(row)
    return text + [_pooled(group, hits) for group, hits in pooled.items()]


def _separated(row: Separation, so: str) -> str:
    facts = [f"never occurs {_where(row, row.never)}"] if row.never else []
    facts += [f"always occurs {_where(row, row.always)}"] if row.always else []
    if row.small_levels:
        facts.append(
            f"never or always occurs in {row.small_levels} levels of {row.predictor} of under {SMALLEST_SHOWN} units"
        )
    return f"{row.service} {' and '.join(facts)} ({row.kind} separation, {row.units} units): {so}."


def _where(row: Separation, levels: tuple[str, ...]) -> str:
    if row.by_range:
        return f"at {levels[0]} of {row.predictor}"
    return f"where {row.predictor} is {_either(levels)}"


def _pooled(group: str, hits: list[Separation]) -> str:
    most = max(hits, key=lambda row: row.units.n)
    return (
        f"Some levels of {group} have no unit with, or none without, {_listed([row.service for row in hits])} "
        f"(most: {most.service}, {most.units} units). Dummies for {group} would drop these units from a logit; "
        "partial pooling keeps them and draws such levels towards the others."
    )


def about_events(found: tuple[BinaryOutcome, ...], columns: int, *, priors: bool = True) -> list[str]:
    """Return a sentence on outcomes too rare, or too common, for the number of columns."""
    scarce = [
        f"{row.service} ({Count(events)})"
        for row in found
        if 0 < (events := min(row.yes.part, row.yes.whole - row.yes.part)) < EVENTS_PER_COLUMN * columns
    ]
    if not scarce:
        return []
    text = (
        f"Few units differ from the majority on {_listed(scarce)}: under {EVENTS_PER_COLUMN} for each of the {columns} "
        "columns of exposures and controls. Expect wide intervals"
        + (" that the priors shape; compare prior sets." if priors else ".")
    )
    return [text]


def about_strays(found: tuple[NumberOutcome, ...]) -> list[str]:
    """Return a sentence on utilisation reported by units that do not offer the service."""
    strays = [f"{row.service} ({row.strays})" for row in found if row.strays.n]
    if not strays:
        return []
    text = (
        f"Units that do not offer the service report patients who use it: {_listed(strays)}. A model ignores these "
        "answers; check the coding."
    )
    return [text]


def about_groups(sizes: tuple[GroupSizes, ...], crossed: tuple[Crossing, ...], *, priors: bool = True) -> list[str]:
    """Return sentences on few levels, on columns that vary only between levels, and on thin crossings."""
    text = []
    for row in sizes:
        if row.levels < 2:
            text.append(f"All units have the same {row.group}: a fit refuses it as a group. Leave it out.")
        elif row.levels < FEW_LEVELS and priors:
            text.append(
                f"There are {row.levels} levels of {row.group}, too few to learn their spread: the prior of that "
                "spread matters. Read the answer under more than one."
            )
        if row.constant_within:
            text.append(
                f"Within a {row.group}, {_listed(row.constant_within)} {_does(row.constant_within)} not vary: "
                f"{row.levels} levels inform that coefficient, not all units."
            )
    thin = [row for row in crossed if not row.nested and row.empty + row.sparse]
    text += [
        f"Of {row.cells} cells of {' x '.join(row.groups)}, {row.empty} are empty and {row.sparse} hold 1-4 units: "
        "an effect per cell cannot be estimated; effects that add up (one per row, one per column) can."
        for row in thin
    ]
    return text


def about_restarts(crossed: tuple[Crossing, ...]) -> list[str]:
    """Return a sentence on groups whose numbering restarts in every level of another group."""
    return [
        f"The levels of {inner} are numbered anew in each {outer}, and {inner} {first} of one {outer} is taken for "
        f"{inner} {first} of every other (crossed groups). If they are different, make them unique: a column that "
        f"holds both, such as {outer} and {inner} joined by an underscore, as the group in place of {inner}. If they "
        "are the same, all is well."
        for inner, outer, first in (row.restarting for row in crossed if row.restarting)
    ]


def about_references(found: tuple[CategoryLevels, ...]) -> list[str]:
    """Return sentences on references that no usable row has, which a fit refuses."""
    return [
        f"The reference of {row.variable}, {row.reference!r}, "
        + (
            "has no usable row, as others of its values are missing"
            if row.lost_reference
            else "is no level of the file"
        )
        + f": a fit refuses that. Declare one of {_listed(row.usable)}."
        for row in found
        if row.usable and not row.held
    ]


def about_levels(found: tuple[CategoryLevels, ...]) -> list[str]:
    """Return sentences on levels that no usable row has, so that a fit learns nothing about them."""
    text = []
    for row in found:
        small = f"{row.lost_small} level{'s' if row.lost_small > 1 else ''} of under {SMALLEST_SHOWN} units"
        lost = [*row.lost, *([small] if row.lost_small else [])]
        if lost:
            text.append(f"No usable row has {row.variable} {_either(lost)}: there is no coefficient for it.")
    return text


def about_rounding(found: Mapping[str, Count]) -> list[str]:
    """Return a sentence on values within rounding of a limit."""
    if not found:
        return []
    text = ", ".join(f"{name} ({count})" for name, count in found.items())
    return [f"Values within rounding of a limit count as at it: {text}."]


def _does(names: Sequence[str]) -> str:
    return "does" if len(names) == 1 else "do"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else "nothing"


def _either(levels: Sequence[str]) -> str:
    return levels[0] if len(levels) == 1 else f"{', '.join(levels[:-1])} or {levels[-1]}"
