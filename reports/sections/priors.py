"""The section on priors: beliefs with their reasons, their implications for the data, and how the data changed them."""

from __future__ import annotations

from fits.fit_with_study import Evidence
from fits.prior_of_fit import prior_of, show_command, translated
from models.equation import equation
from models.predictors.predictor import roles_of
from priors.prior_set import PriorSet
from priors.role import Role
from reports.document.blocks import Block, Cell, Column, Command, Fold, Origin, Prose, Section, Table
from reports.report_inputs import ReportInputs
from reports.sections.parts.prior_checks import checked
from reports.sections.parts.prior_effects import learned
from reports.sections.parts.wording import anchor

ORDER = 50

UNITS = {"points": "points", "probability": "in probability"}

SHORT = {"normal": "N", "half_normal": "half-N"}
"""Distributions by their short names in the table."""


def section(inputs: ReportInputs) -> Section:
    """Return the priors of every fit, once where several share them."""
    blocks: list[Block] = []
    shown: set[tuple[str, ...]] = set()
    for evidence in inputs.fits:
        if evidence.manifest.kind == "mle":
            text = f"{evidence.name}: maximum likelihood, which has no priors and believes nothing beforehand."
            blocks.append(Prose(text, "note"))
            continue
        found = prior_of(evidence)
        if found.priors is None:
            blocks.append(Prose(f"{evidence.name}: {found.why_not}. What is there now is not shown as its.", "warning"))
            blocks += checked(evidence)
            continue
        family = evidence.family
        own = (role.name for role in family.roles)
        key = (found.priors.sha256, family.unit, family.link, *own, *sorted(evidence.design.groups))
        if key not in shown:
            blocks += _declared(found.priors, evidence)
        shown.add(key)
        blocks += [_formal(found.priors, evidence), *checked(evidence), *learned(evidence, found.priors)]
        blocks.append(Command(show_command(evidence)))
    return Section("priors", "Priors, and what they imply", tuple(blocks))


def _declared(priors: PriorSet, evidence: Evidence) -> list[Block]:
    scale = evidence.family.unit
    on_model = _on_model(priors, evidence)
    change = "As a change in probability from one half; of the intercept, a level."
    if scale == "points":
        latent = evidence.family.link == "identity"
        place = "on the latent index" if latent else "as at the middle of the range, where one is .04 logits"
        change = f"In points of the outcome's range (a hundredth of it each), {place}."
    rows = tuple(_row(role, of, priors, evidence, on_model[role.of(of)]) for role, of in _roles(priors, evidence))
    made_by = Origin((evidence.name,), "priors.prior_set.PriorSet.read", show_command(evidence))
    table = Table(
        name=anchor("priors-set", evidence.name),
        title=f"Prior set {priors.name}, in {scale}",
        columns=(
            Column("role", "Role"),
            Column("governs", "What it governs"),
            Column("belief", "Belief, per contrast"),
            Column("mean"),
            Column("sd"),
            Column("on_model", "On the model's scale"),
            Column("why", "Why, and where from"),
            Column("reason"),
            Column("source"),
        ),
        rows=rows,
        note=f"{change} Half-normal: a normal around 0, folded, as a standard deviation is never negative.",
        origin=made_by,
    )
    return [Prose(f"{priors.name}: {priors.title}. {priors.reason}", "lead"), table, *_claimed(priors, evidence)]


def _roles(priors: PriorSet, evidence: Evidence) -> list[tuple[Role, str]]:
    """Return the roles of the fit's model; a group with its own belief is listed separately."""
    found = roles_of(evidence.design, evidence.family)
    return list(dict.fromkeys((role, of if role.of(of) in priors.roles else "") for role, of in found))


def _row(role: Role, of: str, priors: PriorSet, evidence: Evidence, on_model: str) -> dict[str, object]:
    unit = "own" if role.scale == "own" else evidence.family.unit
    name = role.of(of)
    belief, entry = priors.belief(role, evidence.family.unit, of=of), priors.entry(name, unit)
    if entry is None:
        raise ValueError(f"no belief about {name}")
    return {
        "role": name,
        "governs": role.governs + (f" ({of})" if of else ""),
        "belief": belief.words(UNITS.get(unit, "")),
        "mean": belief.mean if belief.sd is not None else None,
        "sd": belief.sd,
        "on_model": on_model,
        "why": f"{entry.reason} ({entry.source})" if entry.source else entry.reason,
        "reason": entry.reason,
        "source": entry.source,
    }


def _on_model(priors: PriorSet, evidence: Evidence) -> dict[str, str]:
    """Return the priors as they run, by role; a group without its own belief is under that of all groups."""
    found, unit = translated(evidence, priors), evidence.family.index_unit
    told: dict[str, str] = {}
    for role, of in roles_of(evidence.design, evidence.family):
        prior = found[role.of(of)]
        symbol = f"{SHORT.get(prior.distribution, prior.distribution)}({', '.join(f'{n:.4g}' for n in prior.numbers)})"
        text = symbol + (f" {unit}" if unit and role.scale != "own" else "")
        told[role.of(of if role.of(of) in priors.roles else "")] = text
    return told


def _claimed(priors: PriorSet, evidence: Evidence) -> list[Block]:
    scale, design = evidence.family.unit, evidence.design
    exposures = {column.label for column in design.exposures}
    given = [one for one in priors.claimed if getattr(one, scale) is not None]
    if not given:
        return []
    rows = tuple(
        {
            "exposure": one.exposure,
            "service": one.service,
            "shift": Cell(value := getattr(one, scale), f"{value:+g} {UNITS[scale]}"),
            "claim": one.claim or None,
            "used": "yes" if one.exposure in exposures and one.service in design.services else "no",
            "reason": one.reason,
            "source": one.source,
        }
        for one in given
    )
    columns = (
        Column("exposure", "Exposure"),
        Column("service", "Outcome"),
        Column("shift", "Moved by", numeric=True),
        Column("claim", "Claim", numeric=True),
        Column("used", "In this model"),
        Column("reason", "Reason"),
        Column("source", "Source"),
    )
    title = f"Coefficients that {priors.name} expects elsewhere than around 0"
    origin = Origin((evidence.name,), "priors.prior_set.PriorSet.read", show_command(evidence))
    return [Table(anchor("priors-claimed", evidence.name), title, columns, rows, origin=origin)]


def _formal(priors: PriorSet, evidence: Evidence) -> Fold:
    """Return the model with the study's variables filled in; the study's sizes are in the section on data."""
    text = equation(evidence.design, evidence.family, translated(evidence, priors), evidence.codebook)
    lines = [line.strip() for part in text.split("\n\n")[:-1] for line in part.splitlines()]
    table = Table(
        name=anchor("priors-model", evidence.name),
        title=f"{evidence.name}: likelihood, linear predictor and priors on the model's scale",
        columns=(Column("line", "The model, line by line"),),
        rows=tuple({"line": line} for line in lines),
        origin=Origin((evidence.name,), "models.equation.equation", f"{evidence.command} --show"),
    )
    return Fold(f"{evidence.name}: the model as an equation", (table,))
