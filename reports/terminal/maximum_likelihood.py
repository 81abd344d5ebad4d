"""What `models.fit --engine mle` prints: estimates, standard errors of one kind, and what has no estimate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from fits.number_format import INTERVAL
from fits.plan import FitPlan
from fits.storage.fit import Fit
from models.engines.maximum.estimates import CLASSICAL
from models.family import Family
from reports.document.blocks import Prose
from reports.document.terminal import screen, show
from reports.terminal.fit_head import head_of
from reports.terminal.posterior import coefficients, effects_command, exposure_tables, remarks, short_path, size_of


def print_fit(fit: Fit) -> None:
    """Print each exposure's coefficients, then what was left out or has no maximum."""
    effects = exposure_tables(fit.manifest, coefficients(fit), headings=("estimate", "interval", "p"))
    show([*head_of(fit), Prose(size_of(fit.manifest)), *effects, *_closing(fit)], screen())


def _closing(fit: Fit) -> Iterator[Prose]:
    manifest = fit.manifest
    kinds = ", ".join(str(kind) for kind in fit.estimates()["errors"].to_numpy() if kind != CLASSICAL)
    yield Prose(
        f"Maximum likelihood, an equation per service, nothing pooled; {INTERVAL:.0%} Wald intervals from classical "
        f"standard errors. Also stored: {kinds}."
    )
    for service, said in manifest.diagnostics.items():
        if said["words"]:
            yield Prose(f"{service}: {said['words']}.", "plain" if manifest.checks[f"maximum[{service}]"] else "bad")
    yield from remarks(manifest)
    yield Prose(f"Stored in {short_path(fit)}")
    yield Prose(f"Next: {effects_command(fit)}   (the same in {_points(fit)})")
    pooled = replace(FitPlan.of(fit), engine=FitPlan.engine).command(fit.home)
    yield Prose(f"      {pooled}   (the hierarchical model on the same rows)")


def _points(fit: Fit) -> str:
    return "probability" if Family.find(str(fit.manifest.design["family"])).binary else "the outcome's own unit"
