"""The model as an equation with the study's variables filled in."""

from __future__ import annotations

from collections.abc import Sequence

from data.codebook import Codebook
from models.design import Design
from models.family import Family
from models.sizes import Sizes
from models.terms import DesignColumn
from priors.translate import Translated


def equation(design: Design, family: Family, priors: Translated, codebook: Codebook) -> str:
    """Return the likelihood, the linear predictor, the priors on the model's scale, and the contents of the dims."""
    s = "[service]" if design.several else ""
    lower, upper = design.limits
    outcome = design.reading.role or design.services[0]
    lines = [
        family.equation.format(y=f"{outcome}", lower=f"{lower:g}", upper=f"{upper:g}").replace("[service]", s),
        "",
        f"eta = intercept{s}",
        *(
            f"    + exposure_coef[{c.label}{', service' if s else ''}] * ({c.label}, {c.contrast})"
            for c in design.exposures
        ),
        *(
            f"    + control_coef[{c.label}{', service' if s else ''}] * ({c.label}, {c.contrast})"
            for c in design.controls
        ),
        *(f"    + {name}_effect[{name}{', service' if s else ''}]" for name in design.groups),
        *(["    + unit_effect[unit]"] if design.unit_intercept else []),
        "Covariates enter in contrasts, centred at their mean over the units.",
        "",
        *_priors(design, family, priors, s),
        "",
        *_sizes(design, codebook),
    ]
    return "\n".join(lines)


def _priors(design: Design, family: Family, priors: Translated, s: str) -> list[str]:
    def normal(name: str, at: tuple[float, float]) -> str:
        return f"{name} ~ Normal({at[0]:.4g}, {at[1]:.4g})"

    lines = [normal(f"intercept{s}", priors.intercept)]
    if design.several:
        lines += [
            "exposure_coef[e, service] ~ Normal(exposure_mean[e] + shift[e, service], exposure_spread[e])",
            normal("exposure_mean[e]", priors.exposure_mean),
            f"exposure_spread[e] ~ HalfNormal({priors.exposure_spread:.4g})",
        ]
    else:
        marginal = (priors.exposure_mean[1] ** 2 + priors.exposure_spread**2) ** 0.5
        lines.append(normal("exposure_coef[e]", (priors.exposure_mean[0], marginal)) + " + shift[e]")
    for e, s_, shift in _shifts(design, priors):
        lines.append(f"    shift[{e}, {s_}] = {shift:+.4g}")
    if design.controls:
        lines.append(normal(f"control_coef[c{', service' if s else ''}]", priors.control))
    for name, group in design.groups.items():
        rule = f", summing to 0 over the {len(group.levels)} levels" if group.exhaustive else ""
        lines.append(
            f"{name}_effect ~ Normal(0, {name}_sd{s}){rule};  {name}_sd ~ HalfNormal({priors.group_sd[name]:.4g})"
        )
    if design.unit_intercept:
        lines.append(f"unit_effect ~ Normal(0, unit_sd);  unit_sd ~ HalfNormal({priors.unit_sd:.4g})")
    if family.has_residual:
        lines.append(f"residual_sd{s} ~ HalfNormal({priors.residual_sd:.4g})")
    return lines


def _shifts(design: Design, priors: Translated) -> list[tuple[str, str, float]]:
    return [
        (column.label, service, float(priors.exposure_shift[e, k]))
        for e, column in enumerate(design.exposures)
        for k, service in enumerate(design.services)
        if priors.exposure_shift[e, k]
    ]


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
