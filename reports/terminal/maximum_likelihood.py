"""What `models.fit --engine mle` prints: estimates, standard errors of one kind, and what has no estimate."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

import xarray as xr

from fits.effects.coefficients import Coefficients
from fits.number_format import INTERVAL
from fits.plan import FitPlan
from fits.storage.fit import Fit
from fits.storage.manifest import finite_or_text
from models.engines.maximum.estimates import CLASSICAL
from reports.document.blocks import Prose
from reports.document.terminal import screen, show
from reports.terminal.fit_head import head_of
from reports.terminal.posterior import (
    effects_command,
    exposure_tables,
    remarks,
    short_path,
    size_of,
    with_defaults,
)


def print_json(fit: Fit) -> None:
    """Print the manifest and the coefficients as one JSON object."""
    found = {
        "fit": fit.name,
        "directory": str(fit.files),
        **asdict(fit.manifest),
        "interval": INTERVAL,
        "errors": CLASSICAL,
        "coefficients": Coefficients.of_estimates(fit.estimates(), errors=CLASSICAL).to_list(),
    }
    print(json.dumps(finite_or_text(found), indent=1, default=str, allow_nan=False))


def print_fit(fit: Fit) -> None:
    """Print each exposure's coefficients, then what was left out or has no maximum."""
    manifest, estimates = fit.manifest, fit.estimates()
    found = Coefficients.of_estimates(estimates, errors=CLASSICAL)
    effects = exposure_tables(manifest, found, headings=("estimate", "interval", "p"))
    show([*head_of(fit), Prose(size_of(manifest)), *effects, *_closing(fit, estimates)], screen())


def _closing(fit: Fit, estimates: xr.Dataset) -> Iterator[Prose]:
    manifest = fit.manifest
    kinds = ", ".join(str(kind) for kind in estimates["errors"].to_numpy() if kind != CLASSICAL)
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
    yield Prose(f"      {with_defaults(FitPlan.of(fit)).command(fit.home)}   (the hierarchical model on the same rows)")


def _points(fit: Fit) -> str:
    return "probability" if fit.manifest.design["family"] == "bernoulli" else "the outcome's own unit"
