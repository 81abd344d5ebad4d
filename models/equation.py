"""The model as an equation with the study's variables filled in."""

from __future__ import annotations

from collections.abc import Sequence

from data.codebook import Codebook
from models.component import Component
from models.design import Design
from models.family import Family
from models.predictors.predictor import parts_of
from models.sizes import Sizes
from models.terms import DesignColumn
from priors.translate import Translated


def equation(design: Design, family: Family, priors: Translated, codebook: Codebook) -> str:
    """Return the likelihood, the linear predictor, the priors on the model's scale, and the contents of the dims."""
    several, dim = ("[service]", ", service") if design.several else ("", "")
    lower, upper = design.limits
    outcome = design.reading.role or design.services[0]
    parts = parts_of(design, family)
    first, *terms = [term for part in _spoken(parts) for term in part.terms(dim)]
    lines = [
        family.equation.format(y=outcome, lower=f"{lower:g}", upper=f"{upper:g}").replace("[service]", several),
        "",
        f"eta = {first}",
        *(f"    + {term}" for term in terms),
        "Covariates enter in contrasts, centred at their mean over the units.",
        "",
        *(line for part in _spoken(parts) for line in part.beliefs(priors, dim)),
        "",
        *_sizes(design, codebook),
    ]
    return "\n".join(lines)


def _spoken(parts: Sequence[Component]) -> list[Component]:
    """Return components in the order of an equation, which begins with the intercept."""
    return sorted(parts, key=lambda part: part.name != "intercept")


def _sizes(design: Design, codebook: Codebook) -> list[str]:
    groups = ", ".join(f"{len(group.levels)} of {name}" for name, group in design.groups.items())
    sizes = Sizes.of(design)
    return [
        f"services: {', '.join(design.services)}",
        *_assumed([*design.exposures, *design.controls], codebook),
        f"{sizes.units} units, {sizes.cells} cells (unit x service){f'; {groups}' if groups else ''}"
        + (f"; {sizes.lost} units lost to missing values" if sizes.lost.n else "")
        + (f"; {sizes.unanswered} units without an answer" if sizes.unanswered.n else ""),
    ]


def _assumed(columns: Sequence[DesignColumn], codebook: Codebook) -> list[str]:
    names = dict.fromkeys(column.variable for column in columns)
    return [f"assumed: {name}: {codebook.variables[name].reason}" for name in names if codebook.variables[name].assumed]
