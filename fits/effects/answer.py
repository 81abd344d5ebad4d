"""What is asked of a fit's effects in names, as people give them, and the tables that answer it."""

from __future__ import annotations

from dataclasses import dataclass

from data.errors import InputError, Problem, unknown
from fits.effects.averages import TARGETS, Target
from fits.effects.effect_table import POOLED, EffectTable
from fits.effects.effects_of_fit import Question, tables_of_fit
from fits.effects.shrinkage import Shrinkage
from fits.effects.unpooled import with_unpooled
from fits.reload import Reloaded
from models.scale import choose


@dataclass(frozen=True)
class EffectsQuestion:
    """What is asked, by name.

    Attributes
    ----------
    scales, targets : tuple of str
        'all' for all; empty for the first of the family's, and for these units.
    by : str
        A variable of the study with levels, which splits the units; '' for none.
    exposures, services : tuple of str
        Only these; empty for all.
    ratio : bool
        Whether the higher end over the lower one is asked for, in place of their difference.
    groups : bool
        Whether each group's levels are asked for too.
    errors : str
        Standard errors of maximum likelihood; '' for the classical ones.
    """

    scales: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    by: str = ""
    exposures: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    ratio: bool = False
    groups: bool = False
    errors: str = ""

    def of_fit(self, reloaded: Reloaded) -> Question:
        """Return the question in the terms of a fit.

        Raises
        ------
        InputError
            For names that the fit does not have, and for what cannot be asked of it.
        """
        design = reloaded.design
        if self.groups and not design.groups:
            raise InputError([Problem("--groups", f"fit {reloaded.fit.name!r}, which pools no group", "one that does")])
        known = reloaded.family.scales_within(design.limits)
        scales = choose(self.scales, known, ratio=self.ratio)
        question = Question(scales, _targets(self.targets), self.by, self.exposures, self.ratio, self.errors)
        below = [scale.name for scale in scales if scale.kind == "outcome"] if design.floor < 0 else []
        if self.ratio and below:
            got = f"--ratio on {', '.join(below)} of an outcome that may be negative"
            raise InputError([Problem("--ratio", got, "an outcome with a natural zero")])
        known_services = (*design.services, *([POOLED] if design.several else []))
        for service in self.services:
            if service not in known_services:
                raise unknown("service", service, known_services)
        if self.errors and reloaded.fit.manifest.kind != "mle":
            got = f"--errors of fit {reloaded.fit.name!r}, a posterior"
            raise InputError([Problem("--errors", got, "a maximum likelihood fit: models.fit NAME --engine mle")])
        return question


def tables_of(reloaded: Reloaded, asked: EffectsQuestion) -> tuple[EffectTable, ...]:
    """Return the tables that are asked for, one per target and scale, with maximum likelihood beside pooled effects.

    Raises
    ------
    InputError
        For what cannot be asked of the fit.
    """
    question = asked.of_fit(reloaded)
    tables = with_unpooled(reloaded, tables_of_fit(reloaded, question), question)
    return tuple(table.only(asked.services) for table in tables) if asked.services else tables


def shrinkage_of(reloaded: Reloaded) -> tuple[Shrinkage, ...]:
    """Return what pooling did to the levels of each of the fit's groups."""
    design, codebook = reloaded.design, reloaded.codebook
    unit = codebook.variables[design.reading.outcomes[0]].unit
    with reloaded.fit.draws() as draws:
        posterior = draws["posterior"].to_dataset()
        return tuple(
            Shrinkage.of(posterior, design, reloaded.family, group=group, outcome_unit=unit) for group in design.groups
        )


def target_of(name: str) -> Target:
    """Return the target of a name.

    Raises
    ------
    InputError
        For an unknown one, naming the nearest.
    """
    for target in TARGETS:
        if target == name:
            return target
    raise unknown("target", name, TARGETS)


def _targets(names: tuple[str, ...]) -> tuple[Target, ...]:
    for name in names:
        if name not in TARGETS and name != "all":
            raise unknown("target", name, [*TARGETS, "all"])
    if "all" in names:
        return tuple(TARGETS)
    return tuple(target for target in TARGETS if target in names) or ("these",)
