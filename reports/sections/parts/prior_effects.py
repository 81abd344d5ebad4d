"""Prior and posterior of each effect on the outcome's scale, which show how far the data moved and narrowed it."""

from __future__ import annotations

import math
from typing import Any

from fits.effects.effect_table import EffectTable
from fits.effects.effects_of_fit import Question, effect_tables
from fits.effects.summary import Summary
from fits.fit_with_study import Evidence
from fits.number_format import decimals, rounded
from fits.prior_of_fit import show_command, translated
from models.engines.graph.density import build
from models.engines.graph.prior_draws import prior_draws
from models.engines.model_data import inputs
from models.posterior import derive
from models.scale import choose
from priors.prior_set import PriorSet
from reports.document.blocks import Block, Cell, Column, Fold, Origin, Prose, Table
from reports.sections.parts.wording import anchor

DRAWS, SEED = 1000, 2017

MOST_CELLS = 20_000
"""Most answers that are drawn from the prior; more would take longer than a report should."""

LITTLE = 0.9
"""Width of the posterior's interval, relative to the prior's, above which little was learned."""


def main_question(evidence: Evidence) -> Question:
    """Return the question of average effects on the main scale, for the units of the study."""
    return Question(choose((), evidence.family.scales_within(evidence.design.limits), ratio=False))


def learned(evidence: Evidence, priors: PriorSet) -> list[Block]:
    """Return prior and posterior of every effect side by side; nothing for a study too large to draw."""
    if len(evidence.design.y) > MOST_CELLS:
        text = "The study is too large to draw it from the prior for a report; this command shows what the prior says."
        return [Prose(f"{evidence.name}: {text}", "note")]
    (after,) = evidence.tables(main_question(evidence))
    before = _prior_table(evidence, priors)
    rows = [
        _row(old.exposure, old.name, old.change, new.change) for old, new in zip(before.rows, after.rows, strict=True)
    ]
    kept = tuple(row for row in rows if row)
    if not kept:
        return []
    little = [row for row in kept if row["ratio"].value > LITTLE]
    table = Table(
        name=anchor("priors-learned", evidence.name),
        title=f"{evidence.name}: each effect before and after the data",
        columns=(
            Column("exposure", "Exposure"),
            Column("service", "Outcome"),
            Column("prior_mean", "Prior: mean", numeric=True),
            Column("prior_interval", "95% interval"),
            Column("posterior_mean", "Posterior: mean", numeric=True),
            Column("posterior_interval", "95% interval"),
            Column("ratio", "Width over prior's", numeric=True),
            *(Column(f"{when}_{end}") for when in ("prior", "posterior") for end in ("low", "high")),
        ),
        rows=kept,
        groups="exposure",
        note=f"{after.words}. The last column is the width of the posterior's interval over that of the prior's: "
        "near 0 the data decide, near 1 the prior does.",
        origin=Origin((evidence.name,), "fits.effects.effects_of_fit.effect_tables", show_command(evidence), SEED),
    )
    said = f"{evidence.name}: {len(little)} of {len(kept)} effects are known hardly better after the data than before"
    summary = Prose(f"{said} (interval over {LITTLE:g} of the prior's).", "warning" if little else "plain", table.name)
    return [summary, Fold(f"{evidence.name}: prior and posterior of every effect", (table,))]


def _prior_table(evidence: Evidence, priors: PriorSet) -> EffectTable:
    design, family = evidence.design, evidence.family
    believed = translated(evidence, priors)
    raw, _ = prior_draws(build(design, family, believed), draws=DRAWS, seed=SEED)
    parameters = derive(raw, design, inputs(design, family, believed))
    (table,) = effect_tables(
        parameters,
        design,
        family,
        dataset=evidence.dataset,
        codebook=evidence.codebook,
        question=main_question(evidence),
    )
    return table


def _row(exposure: str, service: str, old: object, new: object) -> dict[str, Any]:
    """Return one row, with empty cells where too few units are averaged for either to be shown."""
    if not isinstance(old, Summary) or not isinstance(new, Summary):
        return {}
    widths = old.high - old.low, new.high - new.low
    ratio = widths[1] / widths[0] if widths[0] else math.nan
    errors = [
        math.hypot(one.mcse_low, one.mcse_high) / width if width else math.nan
        for one, width in zip((old, new), widths, strict=True)
    ]
    out: dict[str, Any] = {"exposure": exposure, "service": service}
    for when, one in (("prior", old), ("posterior", new)):
        mean, interval, _ = one.text
        out |= {
            f"{when}_mean": Cell(one.mean, mean),
            f"{when}_interval": interval,
            f"{when}_low": one.low,
            f"{when}_high": one.high,
        }
    return {**out, "ratio": Cell(ratio, rounded(ratio, decimals(ratio * math.hypot(*errors))))}
